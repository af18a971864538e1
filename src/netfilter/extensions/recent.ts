/**
 * recent: lists of addresses with the times at which they were seen (xt_recent), to notice those that come too often.
 *
 * State: a list lives under its name and is shared by all rules that say it. The longest unseen address makes room for a
 * new one when a list is full (100). `recentFile` and `writeRecentFile` are /proc/net/xt_recent/NAME.
 * A list goes with the last rule that says its name.
 */
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { formatAddress } from '../address';
import { OptionError, type CommandContext, type MatchExtension, type Place } from '../extension';
import type { Address } from '../rule';
import type { Services } from '../services';
import type { Skb } from '../skb';
import { cutBytes } from '../text';
import { HZ, isProcName, jiffies } from './proc-name';

type Action = 'set' | 'rcheck' | 'update' | 'remove';

interface Recent {
	action: Action;
	invert: boolean;
	/** 0 for any time */
	seconds: number;
	reap: boolean;
	/** 0 for any number */
	hits: number;
	ttl: boolean;
	name: string;
	destination: boolean;
	mask: Address;
}

interface Entry {
	/** 0 when it was written by hand */
	ttl: number;
	/** jiffies; a ring, `index` is the next place */
	stamps: number[];
	index: number;
}

/** ip_list_tot, XT_RECENT_NAME_LEN, XT_RECENT_MAX_NSTAMPS */
const MOST_ADDRESSES = 100;
const LONGEST_NAME = 199;
const MOST_STAMPS = 65536;
/** stamps kept when no rule asks for hits */
const USUAL_STAMPS = 32;

const ACTIONS: readonly Action[] = ['set', 'rcheck', 'update', 'remove'];
const LISTED: Readonly<Record<Action, string>> = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' };

/** The addresses of one name; the one seen longest ago comes first. */
export class RecentList {
	readonly #entries = new Map<number, Entry>();
	#stamps = 0;

	/** @param mask of the rule that made it, and it holds for all others too */
	constructor(readonly mask: number) {}

	/** A rule that asks for more hits than are kept begins the list anew. */
	keep(stamps: number): void {
		if (stamps <= this.#stamps) return;
		this.#stamps = stamps;
		this.#entries.clear();
	}

	/** @param ttl 0 for any */
	find(address: number, ttl = 0): Entry | undefined {
		const entry = this.#entries.get(address);
		return entry && (ttl === 0 || entry.ttl === ttl) ? entry : undefined;
	}

	add(address: number, ttl: number, now: number): void {
		if (this.#entries.size >= MOST_ADDRESSES) this.#entries.delete(this.#entries.keys().next().value!);
		this.#entries.set(address, { ttl, stamps: [now], index: 1 });
	}

	stamp(address: number, entry: Entry, now: number): void {
		entry.index %= this.#stamps || USUAL_STAMPS;
		entry.stamps[entry.index++] = now;
		this.#entries.delete(address);
		this.#entries.set(address, entry);
	}

	remove(address: number): void {
		this.#entries.delete(address);
	}

	clear(): void {
		this.#entries.clear();
	}

	/** The one seen longest ago is forgotten if that was before `time`. */
	reap(time: number): void {
		const oldest = this.#entries.entries().next().value;
		if (oldest && lastSeen(oldest[1]) < time) this.#entries.delete(oldest[0]);
	}

	entries(): IterableIterator<[number, Entry]> {
		return this.#entries.entries();
	}
}

function lastSeen({ stamps, index }: Entry): number {
	return stamps[index - 1] ?? 0;
}

type Lists = Map<string, RecentList>;

const allLists = (services: Services): Lists => services.shared<Lists>('recent', () => new Map());

function listOf(services: Services, { name, mask, hits }: Recent): RecentList {
	const lists = allLists(services);
	let list = lists.get(name);
	if (!list) lists.set(name, (list = new RecentList(Number(mask) | 0)));
	list.keep(hits === 0 ? USUAL_STAMPS : 2 ** Math.ceil(Math.log2(hits)));
	return list;
}

/* ---- /proc/net/xt_recent ----------------------------------------------------------------------------------------- */

/** The files of that directory. */
export function recentNames(services: Services): string[] {
	return [...allLists(services).keys()];
}

/** A file's text; undefined when there is no such list. */
export function recentFile(services: Services, name: string): string | undefined {
	const list = allLists(services).get(name);
	if (!list) return undefined;
	let text = '';
	for (const [address, entry] of list.entries()) {
		const { ttl, stamps, index } = entry;
		text += `src=${formatIpv4Address(address >>> 0)} ttl: ${ttl} last_seen: ${lastSeen(entry)} oldest_pkt: ${index}`;
		text += `${stamps.map((stamp) => ` ${stamp}`).join(',')}\n`;
	}
	return text;
}

/** "+1.2.3.4", "-1.2.3.4", "/" for all. @returns an errno's name, null for fine */
export function writeRecentFile(services: Services, name: string, text: string): 'ENOENT' | 'EINVAL' | null {
	const list = allLists(services).get(name);
	if (!list) return 'ENOENT';
	const line = text.replace(/\n[^]*/, '');
	if (line.startsWith('/')) {
		list.clear();
		return null;
	}
	const address = parseIpv4Address(line.slice(1));
	if (!/^[-+]/.test(line) || address === undefined) return 'EINVAL';
	const entry = list.find(address | 0);
	const now = jiffies(services.uptime());
	if (line.startsWith('-')) list.remove(address | 0);
	else if (entry) list.stamp(address | 0, entry, now);
	else list.add(address | 0, 0, now);
	return null;
}

/* ---- in the kernel ----------------------------------------------------------------------------------------------- */

function isRecent({ stamps }: Entry, { seconds, hits }: Recent, now: number): boolean {
	const time = now - seconds * HZ;
	let found = 0;
	for (const stamp of stamps) {
		if (seconds > 0 && stamp < time) continue;
		if (++found >= hits) return true;
	}
	return false;
}

function compile(data: Recent, services: Services): (skb: Skb) => boolean {
	const { action, invert, destination } = data;
	const list = listOf(services, data);
	const { mask } = list;
	return (skb) => {
		const address = (destination ? skb.destination : skb.source) & mask;
		// as it was before this host took one off
		const ttl = skb.ttl + (skb.outgoing !== null && skb.hook !== 'OUTPUT' && skb.uid < 0 ? 1 : 0);
		const entry = list.find(address, data.ttl ? ttl : 0);
		const now = jiffies(services.uptime());
		if (!entry) {
			if (action === 'set') list.add(address, ttl, now);
			return (action === 'set') !== invert;
		}
		const found = action === 'set' || action === 'remove' || isRecent(entry, data, now);
		if (data.reap) list.reap(now - data.seconds * HZ);
		if (action === 'remove') list.remove(address);
		const matched = found !== invert;
		if (action === 'set' || (action === 'update' && matched)) {
			list.stamp(address, entry, now);
			entry.ttl = ttl;
		}
		return matched;
	};
}

/** The list is there as soon as the first rule is. */
function check(data: Recent, { family, services }: Place): string | null {
	const { action, seconds, hits, ttl, reap, name } = data;
	const plain = action === 'set' || action === 'remove';
	if (plain && (seconds > 0 || hits > 0 || ttl || reap)) return 'EINVAL';
	if (hits >= MOST_STAMPS || !isProcName(name)) return 'EINVAL';
	if (family === 'ip') listOf(services, data);
	return null;
}

/* ---- as printed -------------------------------------------------------------------------------------------------- */

function list(data: Recent, { family }: CommandContext): string {
	const { action, invert, seconds, reap, hits, ttl, name, destination, mask } = data;
	return (
		`${invert ? ' !' : ''} recent: ${LISTED[action]}` +
		(seconds > 0 ? ` seconds: ${seconds}` : '') +
		(reap ? ' reap' : '') +
		(hits > 0 ? ` hit_count: ${hits}` : '') +
		(ttl ? ' TTL-Match' : '') +
		` name: ${name} side: ${destination ? 'dest' : 'source'} mask: ${formatAddress(mask, family)}`
	);
}

function save(data: Recent, { family }: CommandContext): string {
	const { action, invert, seconds, reap, hits, ttl, name, destination, mask } = data;
	return (
		`${invert ? ' !' : ''} --${action}` +
		(seconds > 0 ? ` --seconds ${seconds}` : '') +
		(reap ? ' --reap' : '') +
		(hits > 0 ? ` --hitcount ${hits}` : '') +
		(ttl ? ' --rttl' : '') +
		` --name ${name} --mask ${formatAddress(mask, family)} --${destination ? 'rdest' : 'rsource'}`
	);
}

const ACTION_HELP: Readonly<Record<Action, string>> = {
	set: 'puts the address on the list; always matches',
	rcheck: 'matches if the address is on the list',
	update: 'like --rcheck, and the address counts as seen once more',
	remove: 'matches if the address is on the list, and takes it off'
};

export const recent: MatchExtension<Recent> = {
	name: 'recent',
	families: ['ip', 'ip6'],
	summary: 'lists of addresses and when they were last seen',
	stateful: true,
	options: [
		...ACTIONS.map(
			(id) => ({ name: id, id, type: 'none', invert: true, exclude: ACTIONS, help: ACTION_HELP[id] }) as const
		),
		{ name: 'seconds', id: 'seconds', type: 'uint32', min: 1, help: 'seen within so many seconds' },
		{
			name: 'reap',
			id: 'reap',
			type: 'none',
			also: ['seconds'],
			help: 'addresses not seen within --seconds are taken off'
		},
		{ name: 'hitcount', id: 'hits', type: 'uint32', help: 'seen so many times' },
		{ name: 'rttl', id: 'ttl', type: 'none', exclude: ['set', 'remove'], help: 'with the same TTL as when it was set' },
		{ name: 'name', id: 'name', type: 'string', help: 'name of the list, DEFAULT if not given' },
		{ name: 'rsource', id: 'rsource', type: 'none', help: 'the source address, as without it' },
		{ name: 'rdest', id: 'rdest', type: 'none', help: 'the destination address' },
		{ name: 'mask', id: 'mask', type: 'host', help: 'bits of the address that count: 255.255.255.0' }
	],
	init: ({ family }) => ({
		action: 'rcheck',
		invert: false,
		seconds: 0,
		reap: false,
		hits: 0,
		ttl: false,
		name: 'DEFAULT',
		destination: false,
		mask: family === 'ip' ? 0xffffffff : (1n << 128n) - 1n
	}),
	parse(draft, { id, number, argument, address, invert }) {
		switch (id) {
			case 'seconds':
			case 'hits':
				draft[id] = number;
				break;
			case 'reap':
			case 'ttl':
				draft[id] = true;
				break;
			case 'name':
				draft.name = cutBytes(argument, LONGEST_NAME);
				break;
			case 'rsource':
			case 'rdest':
				draft.destination = id === 'rdest';
				break;
			case 'mask':
				draft.mask = address;
				break;
			default:
				draft.action = id as Action;
				if (invert) draft.invert = true;
		}
	},
	finish(_draft, seen) {
		if (!ACTIONS.some((action) => seen.has(action)))
			throw new OptionError("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'");
	},
	list,
	save,
	check,
	sharedName: ({ name }) => name,
	retain(services, names) {
		const lists = allLists(services);
		for (const name of lists.keys()) if (!names.has(name)) lists.delete(name);
	},
	compile,
	explain({ action, seconds, hits, name, destination, invert, mask }, { packet }, matched) {
		const address = formatIpv4Address(((destination ? packet.destination : packet.source) & Number(mask)) >>> 0);
		if (action === 'set') return `${address} was put on the list ${name}`;
		const often = hits > 0 ? ` ${hits} times` : '';
		const when = seconds > 0 ? ` within ${seconds} s` : '';
		return `${address} is ${matched === invert ? 'not ' : ''}on the list ${name}${often || when ? `, seen${often}${when}` : ''}`;
	}
};

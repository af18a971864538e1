/**
 * Lists of addresses of xinetd.conf: only_from and no_access.
 *
 * An item is an address whose rightmost zero bytes stand for anything (0.0.0.0 for everybody), an address with a prefix
 * length, a factorised address (10.0.{1,2}), or a name of a host or, with a dot in front, of a domain. Names are looked up
 * when somebody connects: the name that the client's address leads to is compared.
 *
 * As the real program: an item of which nothing can be made is left out with a message, so a list of nothing but such
 * items lets nobody in; "10.1" is the address 10.0.0.1 (inet_aton(3)); names of /etc/networks stand for their one
 * address, since the C library fills them up with zeros. Of IPv6 only the addresses that IPv4 has there come here.
 */
import type { Sys } from '#kernel/syscalls';
import { maskOf, parseIpv4Address, parseIpv6Address } from '#wire/address';
import { getaddrinfo, gethostbyaddr, gethostbyaddr6, gethostbynameAny, parseLooseIpv4 } from '../libc/netdb';
import { readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import type { Place, Report } from './message';

export interface AddressItem {
	readonly kind: 'NUMERIC' | 'NET' | 'HOST' | 'IPV6';
	/** as written */
	readonly text: string;
	readonly place: Place;
	readonly address: number;
	readonly mask: number;
	/** of IPv6: 16 bytes, and how many bits of them count */
	readonly bytes?: Uint8Array;
	readonly prefix?: number;
}

/** Who connects: over a socket of IPv6 an address of IPv4 comes in IPv6's clothes. */
export interface Peer {
	readonly address: number;
	readonly mapped: boolean;
}

export type Operator = '=' | '+=' | '-=';

const ALL = 0xffff_ffff;

/** What one item means; a message instead when it is wrong; undefined when nothing can be made of it. */
export function* readItem(text: string, place: Place): Sys<AddressItem[] | string | undefined> {
	const one = (kind: AddressItem['kind'], address: number, mask: number): AddressItem[] => [
		{ kind, text, place, address, mask }
	];
	if (!text.includes('/') && !text.includes('{')) {
		const ipv6 = text.includes(':') ? parseIpv6Address(text) : undefined;
		if (ipv6) return [{ kind: 'IPV6', text, place, address: 0, mask: 0, bytes: ipv6, prefix: 128 }];
		const numeric = parseIpv4Address(text) ?? parseLooseIpv4(text);
		if (numeric !== undefined) return one('NUMERIC', numeric, wildcardMask(numeric));
		if (text.startsWith('.') ? /[^\d.]/.test(text) : yield* exists(text)) return one('HOST', 0, 0);
	}
	const masked = text.includes('{') ? null : /^([^/]{1,45})\/\+?(\d+)/.exec(text);
	if (masked) {
		const address = parseIpv4Address(masked[1]!) ?? parseLooseIpv4(masked[1]!);
		const bits = Number(masked[2]);
		if (address !== undefined) return one(bits === 32 ? 'NUMERIC' : 'NET', address, maskOf(Math.min(bits, 32)));
		const bytes = masked[1]!.includes(':') ? parseIpv6Address(masked[1]!) : undefined;
		/* with all bits it is taken for a name that nobody has */
		if (bytes) return [{ kind: 'IPV6', text, place, address: 0, mask: 0, bytes, prefix: bits < 128 ? bits : 129 }];
	}
	if (text.includes('{')) {
		const parts = factorise(text);
		if (typeof parts === 'string') return parts;
		return parts?.map(({ address, mask }) => ({ kind: 'NUMERIC' as const, text, place, address, mask }));
	}
	const network = yield* networkNamed(text);
	return network === undefined ? undefined : one('NET', network, ALL);
}

/** Rightmost bytes that are zero stand for anything. */
function wildcardMask(address: number): number {
	let mask = ALL;
	for (let shift = 0; shift < 32 && ((address >>> shift) & 0xff) === 0; shift += 8)
		mask = shift === 24 ? 0 : (ALL << (shift + 8)) >>> 0;
	return mask;
}

function* exists(name: string): Sys<boolean> {
	return (yield* getaddrinfo(name)).ok || (yield* gethostbynameAny(name)).ok;
}

/** `a.b.{c,d}`: @returns a message when it is malformed, undefined when something else than digits and dots stands before */
function factorise(text: string): { address: number; mask: number }[] | string | undefined {
	const open = text.indexOf('{');
	const head = text.slice(0, open);
	const dots = /[^\d.]/.exec(head);
	const double = /^\.|\.\./.exec(head);
	if (double && (!dots || double.index < dots.index)) return `Bad address: ${text}. Consecutive dots`;
	if (dots) return undefined;
	const bytes = head.split('.').slice(0, -1);
	const shift = 24 - 8 * bytes.length;
	const base = bytes.reduce((sum, byte) => sum * 256 + Number(byte), 0);
	const tail = text.slice(open + 1);
	if (/^,|^\}|,[,}]/.test(tail.replace(/[^\d,}].*/, ''))) return `Bad address: ${text}. Consecutive commas`;
	if (!/^\d+(,\d+)*\}$/.test(tail)) return `Bad address: ${text}`;
	return tail
		.slice(0, -1)
		.split(',')
		.map((number) => ({
			address: shift < 0 ? 0 : ((base * 2 ** (shift + 8) + Number(number) * 2 ** shift) % 2 ** 32) >>> 0,
			mask: shift <= 0 ? ALL : ~(2 ** shift - 1) >>> 0
		}));
}

/** getnetbyname(3): networks of files alone. */
function* networkNamed(name: string): Sys<number | undefined> {
	let text: string;
	try {
		text = yield* readText('/etc/networks');
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
	for (const line of text.split('\n')) {
		const [first, number, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
		if (number === undefined || (first !== name && !aliases.includes(name))) continue;
		const parts = number.split('.');
		return parseIpv4Address([...parts, '0', '0', '0'].slice(0, Math.max(4, parts.length)).join('.'));
	}
	return undefined;
}

/** Adds or removes items. @returns false when the list is malformed and the service must not run */
export function* changeList(
	list: AddressItem[],
	values: readonly string[],
	operator: Operator,
	place: Place,
	report: Report
): Sys<boolean> {
	if (operator === '=') list.length = 0;
	for (const text of values) {
		if (text.includes(',') && !text.includes('{')) {
			yield* report('err', `Address: ${text} has a comma in it - remove the comma`, place);
			return false;
		}
		const items = yield* readItem(text, place);
		if (typeof items === 'string') {
			yield* report('err', items, place);
			yield* report('err', `Failed adding: ${text}`, place);
			return false;
		}
		if (!items) yield* report('err', `failed to parse ${text}`, place);
		else if (operator !== '-=') list.push(...items);
		else for (const item of items) removeItem(list, item);
	}
	return true;
}

function removeItem(list: AddressItem[], gone: AddressItem): void {
	const byName = ({ kind }: AddressItem): boolean => kind === 'HOST' || kind === 'IPV6';
	const rest = list.filter((item) => {
		if (byName(gone) || byName(item)) return !(item.kind === gone.kind && item.text === gone.text);
		return !(item.address === gone.address && item.mask === gone.mask);
	});
	list.splice(0, list.length, ...rest);
}

/** The first item that stands for the client. */
export function* findItem(list: readonly AddressItem[], peer: Peer | undefined): Sys<AddressItem | undefined> {
	if (!peer) return undefined;
	let name: string | undefined;
	for (const item of list) {
		if (item.kind === 'IPV6') {
			if (peer.mapped && isWithin(mappedBytes(peer.address), item)) return item;
			continue;
		}
		if (item.kind !== 'HOST') {
			if (((peer.address ^ item.address) & item.mask) === 0) return item;
			continue;
		}
		name ??= (yield* nameOf(peer))?.toLowerCase();
		if (name === undefined) continue;
		const wanted = item.text.toLowerCase();
		/* a domain has to stand at the end, where it is found first */
		if (
			wanted.startsWith('.')
				? name.indexOf(wanted) === name.length - wanted.length && name.includes(wanted)
				: name === wanted
		)
			return item;
	}
	return undefined;
}

/** The name that an address leads to (getnameinfo(3)). */
export function* nameOf({ address, mapped }: Peer): Sys<string | undefined> {
	const found = yield* mapped ? gethostbyaddr6(mappedBytes(address)) : gethostbyaddr(address);
	return found.ok ? found.entry.name : undefined;
}

function isWithin(address: Uint8Array, { bytes, prefix = 128 }: AddressItem): boolean {
	if (!bytes || prefix > 128) return false;
	const differs = (byte: number, i: number): boolean => {
		const bits = Math.min(8, Math.max(0, prefix - 8 * i));
		return ((byte ^ address[i]!) & (0xff00 >> bits) & 0xff) !== 0;
	};
	return !bytes.some(differs);
}

function mappedBytes(address: number): Uint8Array {
	const bytes = new Uint8Array(16);
	bytes.set([0xff, 0xff, address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255], 10);
	return bytes;
}

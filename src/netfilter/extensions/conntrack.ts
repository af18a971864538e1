/**
 * conntrack: what connection tracking knows of the packet's connection: state, status, both tuples, time left (xt_conntrack).
 *
 * A packet without a connection matches by its state alone, whatever else was asked for: so does the real one.
 */
import { STATUS, type Connection, type Tuple } from '../conntrack/connection';
import { OptionError, type CommandContext, type MatchExtension, type OptionRow, type ParsedOption } from '../extension';
import { addressText, formatMask } from '../address';
import type { Address } from '../rule';
import { CT, type Skb } from '../skb';
import type { Services } from '../services';
import { DNAT, NAT_STATES, parseWords, SNAT, stateNames, STATES } from './states';

interface Asked<T> {
	readonly value: T;
	readonly invert: boolean;
}
type End = 'origsrc' | 'origdst' | 'replsrc' | 'repldst';

interface Conntrack {
	state: Asked<number> | null;
	protocol: Asked<number> | null;
	addresses: Partial<Record<End, Asked<{ readonly address: Address; readonly mask: Address }>>>;
	ports: Partial<Record<End, Asked<readonly [number, number]>>>;
	status: Asked<number> | null;
	/** seconds left */
	expire: Asked<readonly [number, number]> | null;
	direction: 0 | 1 | null;
}

const ENDS: readonly End[] = ['origsrc', 'origdst', 'replsrc', 'repldst'];
const STATUSES = [
	{ name: 'EXPECTED', bit: STATUS.expected },
	{ name: 'SEEN_REPLY', bit: STATUS.seenReply },
	{ name: 'ASSURED', bit: STATUS.assured },
	{ name: 'CONFIRMED', bit: STATUS.confirmed }
];
/** in the order in which an abbreviation is looked up */
const STATUS_WORDS = [{ name: 'NONE', bit: 0 }, ...STATUSES];
const DIRECTIONS = ['ORIGINAL', 'REPLY'] as const;

const END_WORDS: Readonly<Record<End, string>> = {
	origsrc: 'source of the first packet',
	origdst: 'destination of the first packet',
	replsrc: 'source of the answers',
	repldst: 'destination of the answers'
};

const OPTIONS: readonly OptionRow[] = [
	{
		name: 'ctstate',
		id: 'state',
		type: 'string',
		invert: true,
		help: 'a list of NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED, SNAT, DNAT'
	},
	{ name: 'ctproto', id: 'protocol', type: 'protocol', invert: true, help: "the connection's protocol" },
	...ENDS.map((end): OptionRow => ({
		name: `ct${end}`,
		id: end,
		type: 'host-mask',
		invert: true,
		help: `address[/mask]: ${END_WORDS[end]}`
	})),
	{
		name: 'ctstatus',
		id: 'status',
		type: 'string',
		invert: true,
		help: 'a list of NONE, EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED'
	},
	{
		name: 'ctexpire',
		id: 'expire',
		type: 'uint32-range',
		invert: true,
		help: 'seconds until the connection is forgotten, or a range'
	},
	...ENDS.map((end): OptionRow => ({
		name: `ct${end}port`,
		id: `${end}port`,
		type: 'port-range',
		invert: true,
		help: `port or range: ${END_WORDS[end]}`
	})),
	{
		name: 'ctdir',
		id: 'direction',
		type: 'string',
		help: 'ORIGINAL: as the first packet goes, REPLY: as its answers go'
	}
];

/** @throws OptionError */
function parse(draft: Conntrack, option: ParsedOption): void {
	const { id, argument, invert, range } = option;
	const words = (label: string, list: readonly { readonly name: string; readonly bit: number }[]): Asked<number> => {
		const value = parseWords(argument, list);
		if (typeof value !== 'number') throw new OptionError(`Bad ${label} "${value.bad}"`);
		return { value, invert };
	};
	switch (id) {
		case 'state':
			draft.state = words('ctstate', [...STATES, ...NAT_STATES]);
			return;
		case 'status':
			draft.status = words('ctstatus', STATUS_WORDS);
			return;
		case 'protocol':
			draft.protocol = { value: option.number, invert };
			return;
		case 'expire':
			draft.expire = { value: range, invert };
			return;
		case 'direction': {
			const direction = DIRECTIONS.findIndex((name) => name === argument.toUpperCase());
			if (direction < 0) throw new OptionError(`conntrack: Bad value for "--ctdir" option: "${argument}"`);
			draft.direction = direction as 0 | 1;
			return;
		}
	}
	const end = id.slice(0, 7) as End;
	if (id.endsWith('port')) draft.ports = { ...draft.ports, [end]: { value: range, invert } };
	else {
		const value = { address: option.address, mask: option.addressMask };
		draft.addresses = { ...draft.addresses, [end]: { value, invert } };
	}
}

/** -L and -S tell the same, under other names of the options. */
function dump(data: Conntrack, prefix: string, numeric: boolean, context: CommandContext): string {
	const parts: string[] = [];
	const add = (asked: { readonly invert: boolean } | null | undefined, name: string, text: () => string): void => {
		if (asked) parts.push(`${asked.invert ? ' !' : ''} ${prefix}${name} ${text()}`);
	};
	const { family, names } = context;
	add(data.state, 'ctstate', () => stateNames(data.state!.value));
	add(data.protocol, 'ctproto', () => String(data.protocol!.value));
	for (const end of ENDS) {
		const asked = data.addresses[end];
		add(asked, `ct${end}`, () => {
			const { address, mask } = asked!.value;
			if (!numeric && BigInt(address) === 0n) return 'anywhere';
			return addressText(address, family, names, numeric) + formatMask(mask, family);
		});
	}
	for (const end of ENDS) {
		const asked = data.ports[end];
		add(asked, `ct${end}port`, () => pair(asked!.value, asked!.value[1] === 0));
	}
	add(data.status, 'ctstatus', () => statusNames(data.status!.value));
	add(data.expire, 'ctexpire', () => pair(data.expire!.value));
	if (data.direction !== null) parts.push(` ${prefix}ctdir ${DIRECTIONS[data.direction]}`);
	return parts.join('');
}

function pair([low, high]: readonly [number, number], single = low === high): string {
	return single || low === high ? String(low) : `${low}:${high}`;
}

function statusNames(bits: number): string {
	return (
		STATUSES.filter(({ bit }) => bits & bit)
			.map(({ name }) => name)
			.join(',') || 'NONE'
	);
}

/* ---- in the kernel ----------------------------------------------------------------------------------------------- */

/** RELATED, NEW … and whether the connection was translated */
function stateBits(skb: Skb): number {
	const connection = skb.connection;
	if (!connection) return skb.state === CT.untracked ? CT.untracked : CT.invalid;
	const { status } = connection;
	return skb.state | (status & STATUS.sourceNat ? SNAT : 0) | (status & STATUS.destinationNat ? DNAT : 0);
}

/** One part of the rule, by itself. */
interface Part {
	readonly holds: (connection: Connection, skb: Skb) => boolean;
	readonly invert: boolean;
	/** "the connection's protocol is 6, not 17" */
	readonly words: (connection: Connection, skb: Skb) => string;
}

function tupleOf(connection: Connection, end: End): Tuple {
	return end.startsWith('orig') ? connection.original : connection.reply;
}

const addressOf = (connection: Connection, end: End): number =>
	end.endsWith('src') ? tupleOf(connection, end).source : tupleOf(connection, end).destination;
const portOf = (connection: Connection, end: End): number =>
	end.endsWith('src') ? tupleOf(connection, end).sourcePort : tupleOf(connection, end).destinationPort;

const within = (value: number, [low, high]: readonly [number, number]): boolean => value >= low && value <= high;

function partsOf(data: Conntrack, now: () => number): Part[] {
	const parts: Part[] = [];
	const { direction, protocol, status, expire } = data;
	if (direction !== null)
		parts.push({
			holds: (_, skb) => skb.direction === direction,
			invert: false,
			words: (_, skb) => `the packet goes in the ${DIRECTIONS[skb.direction]} direction`
		});
	for (const end of ENDS) {
		const asked = data.addresses[end];
		if (!asked) continue;
		const mask = Number(asked.value.mask) | 0;
		const address = Number(asked.value.address) & mask;
		parts.push({
			holds: (connection) => (addressOf(connection, end) & mask) === address,
			invert: asked.invert,
			words: (connection) => `the ${END_WORDS[end]} is ${dotted(addressOf(connection, end))}`
		});
	}
	for (const end of ENDS) {
		const asked = data.ports[end];
		if (!asked) continue;
		parts.push({
			holds: (connection) => within(portOf(connection, end), asked.value),
			invert: asked.invert,
			words: (connection) => `the port at the ${END_WORDS[end]} is ${portOf(connection, end)}`
		});
	}
	if (protocol)
		parts.push({
			holds: (connection) => connection.original.protocol === protocol.value,
			invert: protocol.invert,
			words: (connection) => `the connection's protocol is ${connection.original.protocol}`
		});
	if (status)
		parts.push({
			holds: (connection) => (connection.status & status.value) !== 0,
			invert: status.invert,
			words: (connection) => `the connection's status is ${statusNames(connection.status)}`
		});
	if (expire)
		parts.push({
			holds: (connection) => within(secondsLeft(connection, now()), expire.value),
			invert: expire.invert,
			words: () => `the connection's time left is ${expire.invert ? '' : 'not '}${pair(expire.value)} s`
		});
	return parts;
}

/** Before its first packet left the host, a connection has no time. */
function secondsLeft({ status, expires }: Connection, now: number): number {
	return status & STATUS.confirmed ? Math.max(0, Math.floor((expires - now) / 1e6)) : 0;
}

function dotted(address: number): string {
	return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

function compile(data: Conntrack, services: Services): (skb: Skb) => boolean {
	const { state } = data;
	const parts = partsOf(data, () => services.now());
	if (state && parts.length === 0) {
		const { value, invert } = state;
		return (skb) => ((stateBits(skb) & value) !== 0) !== invert;
	}
	return (skb) => {
		if (state && ((stateBits(skb) & state.value) !== 0) === state.invert) return false;
		const connection = skb.connection;
		if (!connection) return state !== null;
		for (const part of parts) if (part.holds(connection, skb) === part.invert) return false;
		return true;
	};
}

function explain(data: Conntrack, skb: Skb, matched: boolean): string {
	const { state } = data;
	const bits = stateBits(skb);
	if (state && (matched || ((bits & state.value) !== 0) === state.invert)) {
		const inside = (bits & state.value) !== 0;
		return `the packet's state is ${stateNames(bits)}, ${inside ? 'one' : 'none'} of ${stateNames(state.value)}${state.invert ? ', which are excluded' : ''}`;
	}
	const connection = skb.connection;
	if (!connection) return 'the packet belongs to no connection';
	const parts = partsOf({ ...data, expire: null }, () => 0);
	const failing = parts.find((part) => part.holds(connection, skb) === part.invert);
	if (failing)
		return `${failing.words(connection, skb)}, which is ${failing.invert ? 'excluded' : 'not what the rule asks for'}`;
	if (!matched)
		return `the connection's time left is ${data.expire?.invert ? '' : 'not '}${pair(data.expire?.value ?? [0, 0])} s`;
	return parts.map((part) => part.words(connection, skb)).join(', ') || "the connection's time left is as asked for";
}

export const conntrack: MatchExtension<Conntrack> = {
	name: 'conntrack',
	families: ['ip', 'ip6'],
	summary: "state, status, addresses and ports of the packet's connection",
	conntrack: true,
	options: OPTIONS,
	init: () => ({ state: null, protocol: null, addresses: {}, ports: {}, status: null, expire: null, direction: null }),
	parse,
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('conntrack: At least one option is required');
	},
	list: (data, context) => dump(data, '', context.numeric, context),
	save: (data, context) => dump(data, '--', true, context),
	compile,
	explain
};

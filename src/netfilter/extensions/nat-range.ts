/**
 * Addresses and ports of the NAT targets: how SNAT, DNAT, MASQUERADE and REDIRECT read and print them (libxt_NAT.c).
 *
 *      10.0.0.1   10.0.0.1-10.0.0.9   10.0.0.1:80   10.0.0.1:80-90   :80   10.0.0.1:1000-2000/3000   [fe80::1]:80
 */
import type { Ipv4Address } from '#wire/packet';
import { formatAddress, parseAddress } from '../address';
import type { NatRange } from '../conntrack/conntrack';
import { OptionError, type CommandContext, type Names, type OptionRow, type ParsedOption } from '../extension';
import { parseLeadingNumber } from '../number';
import { servicePort } from '../protocol';
import type { Address, Family } from '../rule';

/** The data of the four targets. Absent parts stay as they are in the packet. */
export interface Nat {
	addresses: readonly [Address, Address] | null;
	ports: readonly [number, number] | null;
	/** the port that the range's first one stands for */
	basePort: number | null;
	random: boolean;
	randomFully: boolean;
	persistent: boolean;
}

export function newNat(): Nat {
	return { addresses: null, ports: null, basePort: null, random: false, randomFully: false, persistent: false };
}

/** TCP, UDP, SCTP, DCCP, and ICMP with its ids */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 132, 33, 1]);
const PORT_MAXIMUM = 65535;

/** in the order in which they are shown */
const FLAGS = [
	{ field: 'random', option: 'random', help: 'takes a random source port' },
	{ field: 'randomFully', option: 'random-fully', help: 'takes a random source port that cannot be guessed' },
	{ field: 'persistent', option: 'persistent', help: 'gives a client the same address for each connection' }
] as const;

export function flagOptions(...names: readonly string[]): OptionRow[] {
	return FLAGS.filter(({ option }) => names.includes(option)).map(({ option, help }) => ({
		name: option,
		id: option,
		type: 'none',
		help
	}));
}

/** Reads any option of the four. @throws OptionError */
export function parseNat(draft: Nat, option: ParsedOption, context: CommandContext): void {
	const flag = FLAGS.find((row) => row.option === option.id);
	if (flag) draft[flag.field] = true;
	else if (option.id === 'to-ports') parsePorts(draft, option.argument, context);
	else parseTo(draft, option.argument, context);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

function anyService(name: string, names: Names): number | undefined {
	return servicePort(name, null, names);
}

function parsePorts(draft: Nat, text: string, { rule, names }: CommandContext): void {
	if (!rule.protocol || !WITH_PORTS.has(rule.protocol.number))
		throw new OptionError('Need TCP, UDP, SCTP or DCCP with port specification');
	const [first, rest] = parseLeadingNumber(text, 0, PORT_MAXIMUM) ?? [anyService(text, names), ''];
	if (first === undefined) throw new OptionError(`Port \`${text}' not valid`);
	draft.ports = [first, first];
	if (rest === '') return;
	if (rest[0] === ':') throw new OptionError('Invalid port:port syntax - use dash');
	if (rest[0] !== '-') throw new OptionError(`Garbage after port value: \`${rest}'`);
	const second = rest.slice(1);
	const end = parseLeadingNumber(second, 0, PORT_MAXIMUM);
	if (!end) throw new OptionError(`Port \`${second}' not valid`);
	const [last, behind] = end;
	if (last < first) throw new OptionError(`Port range \`${second}' funky`);
	draft.ports = [first, last];
	if (behind === '') return;
	if (behind[0] !== '/') throw new OptionError(`Garbage after port range: \`${behind}'`);
	const base = behind.slice(1);
	const basePort = parseLeadingNumber(base, 1, PORT_MAXIMUM)?.[0] ?? anyService(base, names);
	if (basePort === undefined) throw new OptionError(`Port \`${base}' not valid`);
	draft.basePort = basePort;
}

function parseTo(draft: Nat, text: string, context: CommandContext): void {
	const { addresses, ports } = splitTo(text, context.family);
	if (ports !== null) parsePorts(draft, ports, context);
	if (addresses === null) return;
	const dash = addresses.indexOf('-');
	const one = (part: string): Address => {
		const address = parseAddress(part, context.family);
		if (address === undefined) throw new OptionError(`Bad IP address "${part}"`);
		return address;
	};
	if (dash < 0) {
		const address = one(addresses);
		draft.addresses = [address, address];
	} else draft.addresses = [one(addresses.slice(0, dash)), one(addresses.slice(dash + 1))];
}

/** Two colons without brackets are an IPv6 address, not ports. */
function splitTo(text: string, family: Family): { addresses: string | null; ports: string | null } {
	const bracket = text.indexOf('[');
	if (bracket < 0) {
		const colon = text.indexOf(':');
		if (colon < 0 || text.includes(':', colon + 1)) return { addresses: text, ports: null };
		return { addresses: colon === 0 ? null : text.slice(0, colon), ports: text.slice(colon + 1) };
	}
	const end = text.indexOf(']', bracket);
	if (end < 0 || family === 'ip') throw new OptionError('Invalid address format');
	const inside = text.slice(bracket + 1, end);
	const colon = text.indexOf(':', end);
	if (colon < 0) return { addresses: inside, ports: null };
	return { addresses: colon === 2 ? null : inside, ports: text.slice(colon + 1) };
}

/** A shifted range is DNAT's alone: of others the base is lost, and shown as 0. */
export function forgetBasePort(draft: Nat): void {
	if (draft.basePort !== null) draft.basePort = 0;
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

function rangeText(data: Nat, family: Family): string {
	let text = '';
	if (data.addresses) {
		const [from, to] = data.addresses.map((address) => formatAddress(address, family)) as [string, string];
		text = from === to ? from : `${from}-${to}`;
		if (family === 'ip6' && data.ports) text = `[${text}]`;
	}
	if (data.ports) {
		const [from, to] = data.ports;
		text += from === to ? `:${from}` : `:${from}-${to}`;
		if (data.basePort !== null) text += `/${data.basePort}`;
	}
	return text;
}

/**
 * @param before what stands before the range: "to:", "--to-source "
 * @param dashes before the flags: none in a listing
 */
export function natText(data: Nat, family: Family, before: string, dashes: '' | '--'): string {
	const range = rangeText(data, family);
	const portsOnly = /ports/.test(before) ? range.replace(/^:/, '') : range;
	const flags = FLAGS.filter(({ field }) => data[field]).map(({ option }) => ` ${dashes}${option}`);
	return (range === '' ? '' : ` ${before}${portsOnly}`) + flags.join('');
}

/* ---- for the kernel ---------------------------------------------------------------------------------------------- */

export function natRange(
	data: Nat,
	addresses = data.addresses as readonly [Ipv4Address, Ipv4Address] | null
): NatRange {
	return {
		minimum: addresses?.[0] ?? null,
		maximum: addresses?.[1] ?? null,
		minimumPort: data.ports?.[0] ?? null,
		maximumPort: data.ports?.[1] ?? null,
		...(data.basePort === null ? {} : { basePort: data.basePort }),
		random: data.random,
		randomFully: data.randomFully,
		persistent: data.persistent
	};
}

/** "10.0.0.1:80", for the learner */
export function natSentence(data: Nat): string {
	return rangeText(data, typeof data.addresses?.[0] === 'bigint' ? 'ip6' : 'ip').replace(/^:/, 'port ');
}

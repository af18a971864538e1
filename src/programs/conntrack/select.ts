/** What the options of conntrack(8) mean: which entries are meant, or what a new one is like. */
import type { ConntrackDraft, ConntrackEntry, ConntrackUpdate } from '#netfilter/conntrack/entry';
import { STATUS, type Tuple } from '#netfilter/conntrack/connection';
import { STATE_NAMES } from '#netfilter/conntrack/tcp-table';
import { invert } from '#netfilter/conntrack/tuple';
import { maskOf, parseIpv4Address, parseIpv6Address } from '#wire/address';
import { parseLooseIpv4 } from '../libc/netdb';
import { CommandError, type CommandLine, type OptionName, type ProtocolOption } from './options';

const ICMP = 1;
const TCP = 6;

const STATUS_NAMES: Readonly<Record<string, number>> = {
	EXPECTED: STATUS.expected,
	ASSURED: STATUS.assured,
	SEEN_REPLY: STATUS.seenReply,
	FIXED_TIMEOUT: STATUS.fixedTimeout,
	UNSET: 0,
	UNREPLIED: 0
};

/** strtoul: the digits that it begins with; 0 for none */
export function number(text: string): number {
	const found = /^\s*(0x[0-9a-f]+|0[0-7]*|\d+)/i.exec(text);
	if (!found) return 0;
	const digits = found[1]!;
	if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8) >>> 0;
	return Number(digits) % 2 ** 32;
}

interface Range {
	readonly address: number;
	readonly mask: number;
}

/** Null for an IPv6 address: no entry of ours has one. */
function address(text: string): Range | null {
	const [host = '', length] = text.split('/', 2);
	const found = parseLooseIpv4(host);
	if (found === undefined) {
		if (parseIpv6Address(host)) return null;
		throw new CommandError(`Invalid IP address \`${text}'`);
	}
	if (length === undefined) return { address: found, mask: 0xffffffff };
	const prefix = /^\d+$/.test(length) ? Number(length) : NaN;
	if (!(prefix <= 32)) throw new CommandError('Invalid netmask');
	return { address: found, mask: maskOf(prefix) };
}

export function statusBits(text: string): { readonly bits: number; readonly unreplied: boolean } {
	let bits = 0;
	let unreplied = false;
	for (let rest: string | undefined = text; rest !== undefined;) {
		const comma: number = rest.indexOf(',');
		const name = (comma < 0 ? rest : rest.slice(0, comma)).toUpperCase();
		const known = Object.hasOwn(STATUS_NAMES, name) ? STATUS_NAMES[name]! : undefined;
		if (known === undefined) throw new CommandError(`Bad parameter \`${rest}'`);
		bits |= known;
		unreplied ||= known === 0;
		rest = comma < 0 ? undefined : rest.slice(comma + 1);
	}
	return { bits, unreplied };
}

function tcpState(name: string): string {
	if (name === 'LISTEN') return 'SYN_SENT2';
	if (!(STATE_NAMES as readonly string[]).includes(name)) throw new CommandError(`unknown TCP state \`${name}'`);
	return name;
}

type Test = (entry: ConntrackEntry) => boolean;

/** Which entries -L, -D, -E and -U are about. @throws CommandError for values that are none */
export function selection(line: CommandLine, updating = false): Test {
	const { options, protocol, protocolOptions } = line;
	const tests: Test[] = [];
	const family = options.get('family');
	if (family !== undefined && family !== null) tests.push(familyTest(family));
	if (protocol !== null) tests.push((entry) => entry.original.protocol === protocol);
	addAddresses(tests, options);
	addNat(tests, options);
	for (const [name, text] of protocolOptions) tests.push(protocolTest(name, text, protocol, updating));
	const mark = options.get('mark');
	if (!updating && typeof mark === 'string') {
		const [value = '', mask] = mark.split('/', 2);
		const bits = mask === undefined ? 0xffffffff : number(mask);
		const wanted = number(value);
		tests.push((entry) => ((entry.mark ^ wanted) & bits) === 0);
	}
	const status = options.get('status');
	if (typeof status === 'string') {
		const { bits, unreplied } = statusBits(status);
		if (!updating)
			tests.push((entry) => (entry.status & bits) === bits && !(unreplied && (entry.status & STATUS.seenReply) !== 0));
	}
	const zone = options.get('zone') ?? options.get('orig-zone') ?? options.get('reply-zone');
	if (typeof zone === 'string') {
		const wanted = number(zone);
		tests.push((entry) => entry.zone === wanted);
	}
	return (entry) => tests.every((test) => test(entry));
}

function familyTest(family: string): Test {
	const known = family.toLowerCase();
	if (known !== 'ipv4' && known !== 'ipv6') throw new CommandError(`\`${family}' unsupported protocol`);
	return () => known === 'ipv4';
}

function addAddresses(tests: Test[], options: CommandLine['options']): void {
	const ends: [OptionName, OptionName | null, (entry: ConntrackEntry) => number][] = [
		['src', 'mask-src', ({ original }) => original.source],
		['dst', 'mask-dst', ({ original }) => original.destination],
		['reply-src', null, ({ reply }) => reply.source],
		['reply-dst', null, ({ reply }) => reply.destination]
	];
	for (const [name, maskName, of] of ends) {
		const text = options.get(name);
		if (typeof text !== 'string') continue;
		const range = address(text);
		const own = maskName === null ? undefined : options.get(maskName);
		const mask = typeof own === 'string' ? (address(own)?.address ?? 0) : (range?.mask ?? 0);
		tests.push(range ? (entry) => ((of(entry) ^ range.address) & mask) === 0 : () => false);
	}
}

/** "address", ":port" or "address:port" of -n and -g */
function natEnd(text: string): { readonly address: number | null; readonly port: number | null } {
	const [host = '', port] = text.split(':', 2);
	const found = parseIpv4Address(host);
	if (host !== '' && found === undefined) throw new CommandError(`Invalid IP address \`${text}'`);
	return { address: found ?? null, port: port === undefined ? null : number(port) };
}

const isSourceNat = ({ status, original, reply }: ConntrackEntry): boolean =>
	(status & STATUS.sourceNatDone) !== 0 && reply.destination !== original.source;
const isDestinationNat = ({ status, original, reply }: ConntrackEntry): boolean =>
	(status & STATUS.destinationNatDone) !== 0 && reply.source !== original.destination;

function addNat(tests: Test[], options: CommandLine['options']): void {
	const source = (text: string | null): Test => {
		const end = text === null ? null : natEnd(text);
		return (entry) =>
			isSourceNat(entry) &&
			(!end ||
				((end.address === null || entry.reply.destination === end.address) &&
					(end.port === null || entry.reply.destinationPort === end.port)));
	};
	const destination = (text: string | null): Test => {
		const end = text === null ? null : natEnd(text);
		return (entry) =>
			isDestinationNat(entry) &&
			(!end ||
				((end.address === null || entry.reply.source === end.address) &&
					(end.port === null || entry.reply.sourcePort === end.port)));
	};
	if (options.has('src-nat')) tests.push(source(options.get('src-nat')!));
	if (options.has('dst-nat')) tests.push(destination(options.get('dst-nat')!));
	if (!options.has('any-nat')) return;
	const text = options.get('any-nat')!;
	const [one, other] = [source(text), destination(text)];
	tests.push((entry) => one(entry) || other(entry));
}

function protocolTest(name: ProtocolOption, text: string, protocol: number | null, updating: boolean): Test {
	if (name === 'state') {
		if (protocol !== TCP) return () => true;
		const state = tcpState(text);
		return updating ? () => true : (entry) => entry.state === state;
	}
	const wanted = name.startsWith('icmp') && name !== 'icmp-id' ? number(text) & 0xff : number(text) & 0xffff;
	const value = VALUES[name];
	return value ? (entry) => value(entry) === wanted : () => true;
}

const VALUES: Partial<Record<ProtocolOption, (entry: ConntrackEntry) => number>> = {
	sport: ({ original }) => original.sourcePort,
	dport: ({ original }) => original.destinationPort,
	'reply-port-src': ({ reply }) => reply.sourcePort,
	'reply-port-dst': ({ reply }) => reply.destinationPort,
	'icmp-type': ({ original }) => original.icmpType,
	'icmp-code': ({ original }) => original.icmpCode,
	'icmp-id': ({ original }) => original.sourcePort
};

/** The tuple that -I and -G name; from that of the replies when it alone is given. */
export function tuples(line: CommandLine): { readonly original: Tuple; readonly reply: Tuple } | null {
	const { options, protocol, protocolOptions } = line;
	const end = (name: OptionName): number | null => {
		const text = options.get(name);
		return typeof text === 'string' ? (address(text)?.address ?? null) : null;
	};
	const value = (name: ProtocolOption): number | null => {
		const text = protocolOptions.get(name);
		return text === undefined ? null : number(text) & 0xffff;
	};
	const [source, destination] = [end('src'), end('dst')];
	const forward = source !== null && destination !== null;
	const named: Tuple = {
		protocol: protocol ?? 0,
		source: (forward ? source : end('reply-src')) ?? 0,
		destination: (forward ? destination : end('reply-dst')) ?? 0,
		sourcePort:
			(protocol === ICMP ? value('icmp-id') : forward ? value('sport') : (value('reply-port-src') ?? value('sport'))) ??
			0,
		destinationPort: (forward ? value('dport') : (value('reply-port-dst') ?? value('dport'))) ?? 0,
		icmpType: value('icmp-type') ?? 0,
		icmpCode: value('icmp-code') ?? 0
	};
	const inverse = invert(named);
	if (!inverse) return null;
	if (!forward) return { original: inverse, reply: named };
	return {
		original: named,
		reply: {
			...inverse,
			source: end('reply-src') ?? inverse.source,
			destination: end('reply-dst') ?? inverse.destination,
			sourcePort: value('reply-port-src') ?? inverse.sourcePort,
			destinationPort: value('reply-port-dst') ?? inverse.destinationPort
		}
	};
}

/** A new entry; null when no such one can be. */
export function draft(line: CommandLine): ConntrackDraft | null {
	const ends = tuples(line);
	if (!ends) return null;
	const { options, protocol, protocolOptions } = line;
	let { reply } = ends;
	let status = statusBits(options.get('status') ?? 'UNSET').bits;
	const source = options.get('src-nat');
	if (typeof source === 'string') {
		const end = natEnd(source);
		reply = {
			...reply,
			destination: end.address ?? reply.destination,
			destinationPort: end.port ?? reply.destinationPort
		};
		status |= STATUS.sourceNat | STATUS.sourceNatDone;
	}
	const destination = options.get('dst-nat');
	if (typeof destination === 'string') {
		const end = natEnd(destination);
		reply = { ...reply, source: end.address ?? reply.source, sourcePort: end.port ?? reply.sourcePort };
		status |= STATUS.destinationNat | STATUS.destinationNatDone;
	}
	const state = protocolOptions.get('state');
	return {
		original: ends.original,
		reply,
		timeout: number(options.get('timeout') ?? '0'),
		status,
		mark: number(options.get('mark') ?? '0'),
		zone: number(options.get('zone') ?? '0') & 0xffff,
		state: protocol === TCP && state !== undefined ? tcpState(state) : ''
	};
}

/** What -U changes. */
export function change({ options, protocol, protocolOptions }: CommandLine, entry: ConntrackEntry): ConntrackUpdate {
	const mark = options.get('mark');
	const timeout = options.get('timeout');
	const status = options.get('status');
	const state = protocolOptions.get('state');
	return {
		...(typeof mark === 'string' ? { mark: newMark(mark, entry.mark) } : {}),
		...(typeof timeout === 'string' ? { timeout: number(timeout) } : {}),
		...(typeof status === 'string' ? { status: statusBits(status).bits } : {}),
		...(protocol === TCP && state !== undefined ? { state: tcpState(state) } : {})
	};
}

/** value/mask: the masked bits are cleared, then the value is mixed in */
function newMark(text: string, old: number): number {
	const [value = '', mask] = text.split('/', 2);
	return mask === undefined ? number(value) : ((old & ~number(mask)) ^ number(value)) >>> 0;
}

/**
 * A connection as a line of text: /proc/net/nf_conntrack's, and that of libnetfilter_conntrack, which `conntrack` prints.
 */
import { formatIpv4Address } from '#wire/address';
import { PROTOCOL } from '#wire/packet';
import { STATUS, type Tuple } from './connection';
import type { ConntrackEntry, ExpectationEntry } from './entry';
import { hasPorts } from './tuple';

/** as the kernel and the library name them; "unknown" for the rest */
const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
	1: 'icmp',
	6: 'tcp',
	17: 'udp',
	33: 'dccp',
	47: 'gre',
	58: 'icmpv6',
	132: 'sctp',
	136: 'udplite'
};
/** AF_INET */
const IPV4 = 'ipv4     2 ';

export function protocolName(protocol: number): string {
	return PROTOCOL_NAMES[protocol] ?? 'unknown';
}

/** Ends with a space, as all parts of a line. */
function tupleText(tuple: Tuple): string {
	let text = `src=${formatIpv4Address(tuple.source)} dst=${formatIpv4Address(tuple.destination)} `;
	if (tuple.protocol === PROTOCOL.icmp) text += `type=${tuple.icmpType} code=${tuple.icmpCode} id=${tuple.sourcePort} `;
	else if (hasPorts(tuple.protocol)) text += `sport=${tuple.sourcePort} dport=${tuple.destinationPort} `;
	else if (tuple.protocol === 47) text += 'srckey=0x0 dstkey=0x0 ';
	return text;
}

function countersText({ packets, bytes }: ConntrackEntry, direction: 0 | 1): string {
	return packets && bytes ? `packets=${packets[direction]} bytes=${bytes[direction]} ` : '';
}

/** Protocol, time-out, state, both tuples with their flags. @param counters shown where they are counted */
function beginning(entry: ConntrackEntry, counters: boolean): string {
	const { original, reply, status, state, timeout } = entry;
	let text = `${protocolName(original.protocol).padEnd(8)} ${original.protocol} `;
	if (timeout !== null) text += `${timeout} `;
	if (state !== '') text += `${state} `;
	text += tupleText(original);
	if (counters) text += countersText(entry, 0);
	if (!(status & STATUS.seenReply)) text += '[UNREPLIED] ';
	text += tupleText(reply);
	if (counters) text += countersText(entry, 1);
	if (status & STATUS.assured) text += '[ASSURED] ';
	return text;
}

/** A line of /proc/net/nf_conntrack, with its newline. */
export function procLine(entry: ConntrackEntry): string {
	const age = entry.age === null ? '' : `delta-time=${entry.age} `;
	return `${IPV4}${beginning(entry, true)}mark=${entry.mark} zone=${entry.zone} ${age}use=2\n`;
}

/** A line of /proc/net/nf_conntrack_expect, with its newline. */
export function procExpectLine(entry: ExpectationEntry): string {
	const { timeout, protocol, source, destination, sourcePort, destinationPort, helper } = entry;
	const ends = `src=${formatIpv4Address(source)} dst=${formatIpv4Address(destination)} sport=${sourcePort} dport=${destinationPort}`;
	return `${timeout} l3proto = 2 proto=${protocol} ${ends} ${helper}\n`;
}

export interface LineOptions {
	/** -o extended: the layer below comes first */
	readonly extended: boolean;
	/** -o id */
	readonly id: boolean;
	/** -o ktimestamp: gives a time of microseconds since 1970 as text */
	readonly time: ((microseconds: number) => string) | null;
	/** how many hold the entry; null in an event, which does not say */
	readonly use: number | null;
	/** an event says the mark only when there is one, the counters only at the end */
	readonly mark: boolean;
	readonly counters: boolean;
}

/** As the kernel hides the address of its structure: no order to be seen. Unsigned 32 bits. */
export function shownId(id: number): number {
	return Math.imul(id ^ 0x5bd1e995, 0x9e3779b1) >>> 0;
}

/** A line of `conntrack -L` or `-E`, without newline. */
export function toolLine(entry: ConntrackEntry, options: LineOptions): string {
	let text = (options.extended ? IPV4 : '') + beginning(entry, options.counters);
	if (options.mark) text += `mark=${entry.mark} `;
	if (entry.zone !== 0) text += `zone=${entry.zone} `;
	if (options.counters && entry.age !== null) text += `delta-time=${entry.age} `;
	if (options.time && entry.begun !== null && options.counters) {
		text += `[start=${options.time(entry.begun)}] `;
		if (entry.ended !== null) text += `[stop=${options.time(entry.ended)}] `;
	}
	if (entry.helper !== null) text += `helper=${entry.helper} `;
	if (options.use !== null) text += `use=${options.use} `;
	if (options.id) text += `id=${shownId(entry.id)} `;
	return text.trimEnd();
}

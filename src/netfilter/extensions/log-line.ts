/**
 * A packet as a line of the kernel's log: what LOG writes, and TRACE of the legacy variant (nf_log_syslog.c).
 *
 * Reads: the packet's bytes, so that what an ICMP error quotes is told in the same words.
 * Not simulated: VLAN tags, bridge ports (PHYSIN=, PHYSOUT=).
 */
import { buildIpv4 } from '#wire/ipv4';
import type { Frame } from '#wire/packet';
import type { Skb } from '../skb';

export interface LogDetails {
	readonly prefix: string;
	readonly tcpSequence: boolean;
	readonly tcpOptions: boolean;
	readonly ipOptions: boolean;
	readonly uid: boolean;
	readonly macDecode: boolean;
}

/** what a line shows when nobody says otherwise (NF_LOG_DEFAULT_MASK): TRACE's */
export const ALL_DETAILS: Omit<LogDetails, 'prefix'> = {
	tcpSequence: true,
	tcpOptions: true,
	ipOptions: true,
	uid: true,
	macDecode: false
};

const IP_HEADER = 20;
const TCP_HEADER = 20;
const UDP_HEADER = 8;
const ICMP_HEADER = 8;

/** The line without level and time; ends with a space, as the kernel's does. */
export function logLine(skb: Skb, details: LogDetails): string {
	const interfaces = `${details.prefix}IN=${skb.incoming ?? ''} OUT=${skb.outgoing ?? ''} `;
	const link = skb.incoming === null ? '' : linkText(skb.incoming, skb.frame, details.macDecode);
	// of a packet that came in, over loopback too, no socket is known
	const owner = details.uid && skb.incoming === null && skb.uid >= 0 ? `UID=${skb.uid} GID=${skb.gid} ` : '';
	const mark = skb.mark === 0 ? '' : `MARK=0x${(skb.mark >>> 0).toString(16)} `;
	return `${interfaces}${link}${packetText(buildIpv4(skb.packet), details, false)}${owner}${mark}`;
}

function linkText(incoming: string, frame: Frame | null, decode: boolean): string {
	if (frame === null) return incoming === 'lo' ? `MAC=${'00:'.repeat(12)}08:00 ` : 'MAC= ';
	const bytes = (value: number, digits: number): string =>
		value.toString(16).padStart(digits, '0').match(/../g)!.join(':');
	const [destination, source] = [bytes(frame.destination, 12), bytes(frame.source, 12)];
	if (!decode) return `MAC=${destination}:${source}:${bytes(frame.type, 4)} `;
	return `MACSRC=${source} MACDST=${destination} MACPROTO=${frame.type.toString(16).padStart(4, '0')} `;
}

/* ---- the packet's bytes ------------------------------------------------------------------------------------------ */

class Bytes {
	readonly #view: DataView;

	constructor(readonly all: Uint8Array) {
		this.#view = new DataView(all.buffer, all.byteOffset, all.byteLength);
	}

	get length(): number {
		return this.all.length;
	}

	uint8(at: number): number {
		return this.#view.getUint8(at);
	}

	uint16(at: number): number {
		return this.#view.getUint16(at);
	}

	uint32(at: number): number {
		return this.#view.getUint32(at);
	}

	quad(at: number): string {
		return [...this.all.subarray(at, at + 4)].join('.');
	}

	/** upper-case digits without anything between */
	hex(from: number, to: number): string {
		return [...this.all.subarray(from, to)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
	}

	from(at: number): Uint8Array {
		return this.all.subarray(at);
	}
}

const DF = 0x4000;
const MF = 0x2000;
const CE = 0x8000;
const OFFSET = 0x1fff;
const TOS_BITS = 0x1e;
const PRECEDENCE_BITS = 0xe0;

/** @param quoted inside an ICMP error: nothing within it is opened again */
function packetText(all: Uint8Array, details: LogDetails, quoted: boolean): string {
	const bytes = new Bytes(all);
	if (bytes.length < IP_HEADER) return 'TRUNCATED';
	const [tos, fragment, protocol] = [bytes.uint8(1), bytes.uint16(6), bytes.uint8(9)];
	const two = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
	let text = `SRC=${bytes.quad(12)} DST=${bytes.quad(16)} LEN=${bytes.uint16(2)} `;
	text += `TOS=0x${two(tos & TOS_BITS)} PREC=0x${two(tos & PRECEDENCE_BITS)} TTL=${bytes.uint8(8)} ID=${bytes.uint16(4)} `;
	for (const [bit, name] of [[CE, 'CE'] as const, [DF, 'DF'] as const, [MF, 'MF'] as const])
		if (fragment & bit) text += `${name} `;
	if (fragment & OFFSET) text += `FRAG:${fragment & OFFSET} `;
	const headerEnd = (bytes.uint8(0) & 15) * 4;
	if (details.ipOptions && headerEnd > IP_HEADER) {
		if (bytes.length < headerEnd) return `${text}TRUNCATED`;
		text += `OPT (${bytes.hex(IP_HEADER, headerEnd)}) `;
	}
	const write = TRANSPORTS[protocol];
	if (!write) return `${text}PROTO=${protocol} `;
	const inside = new Bytes(bytes.from(Math.min(headerEnd, bytes.length)));
	return text + write(inside, (fragment & OFFSET) !== 0, details, quoted);
}

type Writer = (bytes: Bytes, isFragment: boolean, details: LogDetails, quoted: boolean) => string;

const incomplete = (bytes: Bytes): string => `INCOMPLETE [${bytes.length} bytes] `;

const FLAGS: readonly (readonly [bit: number, name: string])[] = [
	[0x100, 'AE'],
	[0x80, 'CWR'],
	[0x40, 'ECE'],
	[0x20, 'URG'],
	[0x10, 'ACK'],
	[0x08, 'PSH'],
	[0x04, 'RST'],
	[0x02, 'SYN'],
	[0x01, 'FIN']
];
/** of the header's words that hold data offset, reserved bits and flags */
const RESERVED = 0x0e00;

const tcpText: Writer = (bytes, isFragment, details) => {
	let text = 'PROTO=TCP ';
	if (isFragment) return text;
	if (bytes.length < TCP_HEADER) return text + incomplete(bytes);
	const flags = bytes.uint16(12);
	text += `SPT=${bytes.uint16(0)} DPT=${bytes.uint16(2)} `;
	if (details.tcpSequence) text += `SEQ=${bytes.uint32(4)} ACK=${bytes.uint32(8)} `;
	text += `WINDOW=${bytes.uint16(14)} RES=0x${((flags & RESERVED) >> 6).toString(16).padStart(2, '0')} `;
	for (const [bit, name] of FLAGS) if (flags & bit) text += `${name} `;
	text += `URGP=${bytes.uint16(18)} `;
	const headerEnd = (flags >> 12) * 4;
	if (!details.tcpOptions || headerEnd <= TCP_HEADER) return text;
	return text + (bytes.length < headerEnd ? 'OPT (TRUNCATED)' : `OPT (${bytes.hex(TCP_HEADER, headerEnd)}) `);
};

const portsText =
	(name: string): Writer =>
	(bytes, isFragment) => {
		if (isFragment) return `PROTO=${name} `;
		if (bytes.length < UDP_HEADER) return `PROTO=${name} ${incomplete(bytes)}`;
		return `PROTO=${name} SPT=${bytes.uint16(0)} DPT=${bytes.uint16(2)} LEN=${bytes.uint16(4)} `;
	};

const ECHO_REPLY = 0;
const UNREACHABLE = 3;
const SOURCE_QUENCH = 4;
const REDIRECT = 5;
const ECHO = 8;
const TIME_EXCEEDED = 11;
const PARAMETER_PROBLEM = 12;
const FRAGMENTATION_NEEDED = 4;
/** bytes that a message of the type has at least */
const ICMP_LENGTHS: Readonly<Record<number, number>> = {
	[ECHO_REPLY]: 4,
	[UNREACHABLE]: ICMP_HEADER + IP_HEADER,
	[SOURCE_QUENCH]: ICMP_HEADER + IP_HEADER,
	[REDIRECT]: ICMP_HEADER + IP_HEADER,
	[ECHO]: 4,
	[TIME_EXCEEDED]: ICMP_HEADER + IP_HEADER,
	[PARAMETER_PROBLEM]: ICMP_HEADER + IP_HEADER,
	13: 20,
	14: 20,
	17: 12,
	18: 12
};
const QUOTING: ReadonlySet<number> = new Set([UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED]);

const icmpText: Writer = (bytes, isFragment, details, quoted) => {
	let text = 'PROTO=ICMP ';
	if (isFragment) return text;
	if (bytes.length < ICMP_HEADER) return text + incomplete(bytes);
	const [type, code] = [bytes.uint8(0), bytes.uint8(1)];
	text += `TYPE=${type} CODE=${code} `;
	if (bytes.length < (ICMP_LENGTHS[type] ?? 0)) return text + incomplete(bytes);
	if (type === ECHO || type === ECHO_REPLY) text += `ID=${bytes.uint16(4)} SEQ=${bytes.uint16(6)} `;
	if (type === PARAMETER_PROBLEM) text += `PARAMETER=${bytes.uint8(4)} `;
	if (type === REDIRECT) text += `GATEWAY=${bytes.quad(4)} `;
	if (QUOTING.has(type) && !quoted) text += `[${packetText(bytes.from(ICMP_HEADER), details, true)}] `;
	if (type === UNREACHABLE && code === FRAGMENTATION_NEEDED) text += `MTU=${bytes.uint16(6)} `;
	return text;
};

/** Security parameters index. @param at where it stands in the header @param least the header's length */
const spiText =
	(name: string, at: number, least: number, nameInFragments: boolean): Writer =>
	(bytes, isFragment) => {
		if (isFragment) return nameInFragments ? `PROTO=${name} ` : '';
		if (bytes.length < least) return `PROTO=${name} ${incomplete(bytes)}`;
		return `PROTO=${name} SPI=0x${bytes.uint32(at).toString(16)} `;
	};

const TRANSPORTS: Readonly<Record<number, Writer>> = {
	1: icmpText,
	6: tcpText,
	17: portsText('UDP'),
	50: spiText('ESP', 0, 8, true),
	51: spiText('AH', 4, 12, false),
	136: portsText('UDPLITE')
};

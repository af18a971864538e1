/**
 * Packets in the words of the netfilter recordings: the lines of `seen`, and the `result` that the first packet which came
 * back makes (`../netfilter/README.md`).
 */
import { formatIpv4Address } from '#wire/address';
import { parseIpv4, parsePayload } from '#wire/ipv4';
import { packetLength } from '#wire/length';
import { PROTOCOL, TCP, type IcmpMessage, type Ipv4Packet, type TcpSegment } from '#wire/packet';
import { FLAG_LETTERS } from './netfilter-raw';

const ICMP_ECHO: readonly number[] = [0, 8];
const ICMP_ERRORS: readonly number[] = [3, 4, 5, 11, 12];

/** One packet as `seen` lists it. */
export function seenLine(packet: Ipv4Packet): string {
	const addresses = `${formatIpv4Address(packet.source)} > ${formatIpv4Address(packet.destination)}`;
	const tail = `ttl=${packet.ttl} len=${packetLength(packet)}${packet.tos ? ` tos=0x${packet.tos.toString(16)}` : ''}`;
	if (packet.fragmentOffset > 0)
		return `fragment proto ${packet.protocol} ${addresses} offset=${packet.fragmentOffset} ${tail}`;
	if (packet.moreFragments) return `first fragment of ${body(unfragmented(packet), addresses, tail)}`;
	return body(packet, addresses, tail);
}

function body(packet: Ipv4Packet, addresses: string, tail: string): string {
	const { payload } = packet;
	if (payload.kind === 'tcp') {
		const data = payload.payload.length > 0 ? ` data=${payload.payload.length}` : '';
		return `tcp ${withPorts(packet, payload)} ${flagLetters(payload.flags)} ${tail}${maximumSize(payload)}${data}`;
	}
	if (payload.kind === 'udp') return `udp ${withPorts(packet, payload)} ${tail}`;
	if (payload.kind === 'icmp') return `icmp ${addresses} type=${payload.type} code=${payload.code} ${tail}${icmpTail(payload)}`;
	return `proto ${packet.protocol} ${addresses} ${tail}`;
}

/** What is there of a first fragment, read as if it were all. */
function unfragmented(packet: Ipv4Packet): Ipv4Packet {
	if (packet.payload.kind !== 'raw') return packet;
	return { ...packet, payload: parsePayload(packet, packet.payload.bytes, false) ?? packet.payload };
}

function withPorts(
	{ source, destination }: Ipv4Packet,
	{ sourcePort, destinationPort }: { readonly sourcePort: number; readonly destinationPort: number }
): string {
	return `${formatIpv4Address(source)}:${sourcePort} > ${formatIpv4Address(destination)}:${destinationPort}`;
}

export function flagLetters(flags: number): string {
	return FLAG_LETTERS.map(([letter, bit]) => (flags & bit ? letter : '')).join('') || '-';
}

function maximumSize({ options }: TcpSegment): string {
	const found = options.find((option) => option.kind === 'mss');
	return found ? ` mss=${found.value}` : '';
}

function icmpTail(message: IcmpMessage): string {
	if (ICMP_ECHO.includes(message.type)) return ` id=${message.rest >>> 16} seq=${message.rest & 0xffff}`;
	return ICMP_ERRORS.includes(message.type) ? about(message.payload) : '';
}

/** The packet that an ICMP error quotes, whose ports are in its first eight bytes. */
function about(quoted: Uint8Array): string {
	const packet = parseIpv4(quoted);
	if (!packet) return '';
	const named = Object.entries(PROTOCOL).find(([, number]) => number === packet.protocol)?.[0];
	const data = quoted.subarray((quoted[0]! & 15) * 4);
	if ((named !== 'tcp' && named !== 'udp') || packet.fragmentOffset > 0 || data.length < 4)
		return ` about proto ${packet.protocol} ${formatIpv4Address(packet.source)} > ${formatIpv4Address(packet.destination)}`;
	const ports = { sourcePort: (data[0]! << 8) | data[1]!, destinationPort: (data[2]! << 8) | data[3]! };
	return ` about ${named} ${withPorts(packet, ports)}`;
}

/* ---- results ---- */

/** "type/code" of an ICMP message → its name in the recordings */
const ICMP_NAMES: Readonly<Record<string, string>> = {
	'3/0': 'net-unreachable',
	'3/1': 'host-unreachable',
	'3/2': 'proto-unreachable',
	'3/3': 'port-unreachable',
	'3/4': 'frag-needed',
	'3/9': 'net-prohibited',
	'3/10': 'host-prohibited',
	'3/13': 'admin-prohibited',
	'11/0': 'ttl-exceeded'
};

/** @param syn the probe was a SYN, so that a reset of it is a refusal */
export function resultOf(packet: Ipv4Packet, syn: boolean): string {
	const { payload } = packet;
	if (payload.kind === 'udp') return 'reply';
	if (payload.kind === 'icmp') {
		const key = `${payload.type}/${payload.code}`;
		return key === '0/0' ? 'echo-reply' : `icmp:${ICMP_NAMES[key] ?? key}`;
	}
	if (payload.kind !== 'tcp') return `proto ${packet.protocol}`;
	if (payload.flags & TCP.rst) return syn ? 'refused' : 'reset';
	if (payload.flags & TCP.syn) return 'open';
	return `tcp:${flagLetters(payload.flags)}`;
}

/**
 * The picture of a frame's bytes, layer by layer, in Wireshark's words: for the packet panel.
 *
 * Reads: bytes alone, so that what is shown is what a wire carried, wrong checksums included.
 * Lacks: what Wireshark knows from other packets (relative sequence numbers, streams, retransmissions).
 */
import { formatIpv4Address, formatMac, BROADCAST_MAC } from './address';
import { applicationOf, dnsInTcp, isRequest, latin1 } from './application';
import { ARP, ARP_LENGTH, parseArp } from './arp';
import { checksum, pseudoHeaderSum } from './checksum';
import { DNS_HEADER, dnsSpans, parseDns, rcodeName } from './dns';
import { ETHERNET, ETHERNET_LENGTH, parseFrame } from './ethernet';
import { readHeader, viewHeader, type FieldView, type HeaderTable, type LayerView } from './header';
import {
	ICMP,
	ICMP_ECHO_REST,
	ICMP_GATEWAY_REST,
	ICMP_LENGTH,
	ICMP_MTU_REST,
	ICMP_TYPE,
	ICMP_TYPE_NAMES,
	ICMP_UNUSED_REST
} from './icmp';
import { IPV4, IPV4_LENGTH, parseIpv4 } from './ipv4';
import { PROTOCOL, TCP, type Ipv4Packet, type TcpOption, type TcpSegment, type UdpDatagram } from './packet';
import { summary } from './summary';
import { parseTcpOptions, TCP_HEADER, TCP_LENGTH } from './tcp';
import { UDP, UDP_LENGTH } from './udp';

export type { FieldView, LayerView } from './header';

/** The shape of `world/door`'s PacketView. */
export interface PacketLayers {
	readonly bytes: Uint8Array;
	/** as tcpdump prints it */
	readonly summary: string;
	readonly layers: readonly LayerView[];
}

export function decodeFrame(bytes: Uint8Array): PacketLayers {
	const frame = parseFrame(bytes);
	const { payload } = frame;
	const mac = (address: number) =>
		address === BROADCAST_MAC ? `Broadcast (${formatMac(address)})` : formatMac(address);
	const layers: LayerView[] = [];
	let used = bytes.length;
	if (payload.kind === 'arp') {
		layers.push(arpLayer(bytes));
		used = ETHERNET_LENGTH + ARP_LENGTH;
	} else if (payload.kind === 'ipv4') {
		layers.push(...ipv4Layers(bytes, ETHERNET_LENGTH, true));
		used = Math.min(bytes.length, ETHERNET_LENGTH + readHeader(IPV4, bytes, ETHERNET_LENGTH).totalLength);
	} else if (bytes.length > ETHERNET_LENGTH) layers.push(dataLayer(bytes, ETHERNET_LENGTH, bytes.length));
	const padding = used < bytes.length ? [bytesField('Padding', bytes, used, bytes.length)] : [];
	const ethernet: LayerView = {
		name: 'Ethernet II',
		summary: `Src: ${mac(frame.source)}, Dst: ${mac(frame.destination)}`,
		offset: 0,
		length: Math.min(ETHERNET_LENGTH, bytes.length),
		fields: [...(bytes.length >= ETHERNET_LENGTH ? viewHeader(ETHERNET, bytes, 0) : []), ...padding]
	};
	return { bytes, summary: summary(frame), layers: [ethernet, ...layers] };
}

function bytesField(name: string, bytes: Uint8Array, from: number, to: number): FieldView {
	const shown = Array.from(bytes.subarray(from, Math.min(to, from + 32)), (byte) =>
		byte.toString(16).padStart(2, '0')
	).join('');
	return { name, value: to - from > 32 ? `${shown}…` : shown, bitOffset: from * 8, bitLength: (to - from) * 8 };
}

function dataLayer(bytes: Uint8Array, from: number, to: number): LayerView {
	return {
		name: 'Data',
		summary: `${to - from} bytes`,
		offset: from,
		length: to - from,
		fields: [bytesField('Data', bytes, from, to)]
	};
}

function arpLayer(bytes: Uint8Array): LayerView {
	const packet = parseArp(bytes.subarray(ETHERNET_LENGTH))!;
	const [sender, target] = [formatIpv4Address(packet.senderIp), formatIpv4Address(packet.targetIp)];
	const text =
		packet.operation === 2 ? `${sender} is at ${formatMac(packet.senderMac)}` : `Who has ${target}? Tell ${sender}`;
	const kind = packet.operation === 1 ? ' (request)' : packet.operation === 2 ? ' (reply)' : '';
	return {
		name: `Address Resolution Protocol${kind}`,
		summary: text,
		offset: ETHERNET_LENGTH,
		length: ARP_LENGTH,
		fields: viewHeader(ARP, bytes, ETHERNET_LENGTH)
	};
}

/* ---- IPv4 -------------------------------------------------------------------------------------------------------- */

function checksumNote(given: number, right: number): string {
	return given === right ? 'correct' : `incorrect, should be 0x${right.toString(16).padStart(4, '0')}`;
}

/** @param whole false for the beginning of a packet that an ICMP error quotes */
function ipv4Layers(bytes: Uint8Array, offset: number, whole: boolean): LayerView[] {
	const packet = parseIpv4(bytes.subarray(offset));
	if (!packet) return offset < bytes.length ? [dataLayer(bytes, offset, bytes.length)] : [];
	const header = readHeader(IPV4, bytes, offset);
	const length = header.headerWords * 4;
	const end = Math.min(bytes.length, offset + header.totalLength);
	const cleared = bytes.slice(offset, offset + length);
	cleared.fill(0, 10, 12);
	const fields = viewHeader(IPV4, bytes, offset, {
		checksum: checksumNote(header.checksum, checksum(cleared)),
		fragmentOffset: `${packet.fragmentOffset} bytes`
	});
	if (length > IPV4_LENGTH) fields.push(bytesField('Options', bytes, offset + IPV4_LENGTH, offset + length));
	const layer: LayerView = {
		name: 'Internet Protocol Version 4',
		summary: `Src: ${formatIpv4Address(packet.source)}, Dst: ${formatIpv4Address(packet.destination)}`,
		offset,
		length,
		fields
	};
	return [
		layer,
		...transportLayers(packet, bytes, offset + length, end, whole && offset + header.totalLength <= bytes.length)
	];
}

function transportLayers(packet: Ipv4Packet, bytes: Uint8Array, from: number, to: number, whole: boolean): LayerView[] {
	switch (packet.payload.kind) {
		case 'tcp':
			return tcpLayers(packet, packet.payload, bytes, from, to, whole);
		case 'udp':
			return udpLayers(packet, packet.payload, bytes, from, to, whole);
		case 'icmp':
			return icmpLayers(bytes, from, to, whole);
		case 'raw':
			return from < to ? [dataLayer(bytes, from, to)] : [];
	}
}

/** The right checksum of bytes whose own checksum stands at `at`. */
function rightChecksum(bytes: Uint8Array, at: number, sum: number): number {
	const cleared = bytes.slice();
	cleared.fill(0, at, at + 2);
	return checksum(cleared, sum);
}

/* ---- TCP --------------------------------------------------------------------------------------------------------- */

const FLAG_NAMES = [
	[TCP.fin, 'FIN'],
	[TCP.syn, 'SYN'],
	[TCP.rst, 'RST'],
	[TCP.psh, 'PSH'],
	[TCP.ack, 'ACK'],
	[TCP.urg, 'URG'],
	[TCP.ece, 'ECE'],
	[TCP.cwr, 'CWR']
] as const;

function optionView(option: TcpOption): string {
	switch (option.kind) {
		case 'nop':
			return 'No-Operation (NOP)';
		case 'mss':
			return `Maximum segment size: ${option.value} bytes`;
		case 'window-scale':
			return `Window scale: ${option.shift} (multiply by ${2 ** option.shift})`;
		case 'sack-permitted':
			return 'SACK permitted';
		case 'sack':
			return `SACK ${option.blocks.map(([left, right]) => `${left}-${right}`).join(' ')}`;
		case 'timestamps':
			return `Timestamps: TSval ${option.value}, TSecr ${option.echo}`;
		case 'unknown':
			return `Unknown (${option.number})`;
	}
}

function tcpLayers(
	packet: Ipv4Packet,
	segment: TcpSegment,
	bytes: Uint8Array,
	from: number,
	to: number,
	whole: boolean
): LayerView[] {
	const header = readHeader(TCP_HEADER, bytes, from);
	const length = header.headerWords * 4;
	const sum = pseudoHeaderSum(packet.source, packet.destination, PROTOCOL.tcp, to - from);
	const note = checksumNote(header.checksum, rightChecksum(bytes.subarray(from, to), 16, sum));
	const flags = FLAG_NAMES.filter(([bit]) => segment.flags & bit).map(([, name]) => name);
	const options = parseTcpOptions(bytes.subarray(from + TCP_LENGTH, from + length)).map((placed): FieldView => ({
		name: 'TCP Option',
		value: optionView(placed.option),
		bitOffset: (from + TCP_LENGTH + placed.offset) * 8,
		bitLength: placed.length * 8
	}));
	const layer: LayerView = {
		name: 'Transmission Control Protocol',
		summary: `Src Port: ${segment.sourcePort}, Dst Port: ${segment.destinationPort}, [${flags.join(', ') || '<None>'}], Seq: ${segment.sequence}${
			segment.flags & TCP.ack ? `, Ack: ${segment.acknowledgement}` : ''
		}, Len: ${segment.payload.length}`,
		offset: from,
		length,
		fields: [...viewHeader(TCP_HEADER, bytes, from, whole ? { checksum: note } : {}), ...options]
	};
	return [layer, ...applicationLayers(segment, bytes, from + length, to)];
}

/* ---- UDP, ICMP --------------------------------------------------------------------------------------------------- */

function udpLayers(
	packet: Ipv4Packet,
	datagram: UdpDatagram,
	bytes: Uint8Array,
	from: number,
	to: number,
	whole: boolean
): LayerView[] {
	const header = readHeader(UDP, bytes, from);
	const end = Math.min(to, from + header.length);
	const sum = pseudoHeaderSum(packet.source, packet.destination, PROTOCOL.udp, header.length);
	const right = rightChecksum(bytes.subarray(from, end), 6, sum) || 0xffff;
	const note = header.checksum === 0 ? 'no checksum' : checksumNote(header.checksum, right);
	const layer: LayerView = {
		name: 'User Datagram Protocol',
		summary: `Src Port: ${datagram.sourcePort}, Dst Port: ${datagram.destinationPort}`,
		offset: from,
		length: UDP_LENGTH,
		fields: viewHeader(UDP, bytes, from, whole ? { checksum: note } : {})
	};
	return [layer, ...applicationLayers(datagram, bytes, from + UDP_LENGTH, end)];
}

/** The second word of the header, and whether a packet is quoted behind it. */
const ICMP_RESTS: Readonly<Record<number, { readonly table: HeaderTable; readonly quotes: boolean }>> = {
	[ICMP_TYPE.echoReply]: { table: ICMP_ECHO_REST, quotes: false },
	[ICMP_TYPE.echoRequest]: { table: ICMP_ECHO_REST, quotes: false },
	[ICMP_TYPE.unreachable]: { table: ICMP_UNUSED_REST, quotes: true },
	[ICMP_TYPE.redirect]: { table: ICMP_GATEWAY_REST, quotes: true },
	[ICMP_TYPE.timeExceeded]: { table: ICMP_UNUSED_REST, quotes: true },
	[ICMP_TYPE.sourceQuench]: { table: ICMP_UNUSED_REST, quotes: true },
	[ICMP_TYPE.parameterProblem]: { table: ICMP_UNUSED_REST, quotes: true }
};
const FRAGMENTATION_NEEDED = 4;
const UNREACHABLE_CODES = [
	'Network unreachable',
	'Host unreachable',
	'Protocol unreachable',
	'Port unreachable',
	'Fragmentation needed',
	'Source route failed',
	'Destination network unknown',
	'Destination host unknown',
	'Source host isolated',
	'Network administratively prohibited',
	'Host administratively prohibited',
	'Network unreachable for TOS',
	'Host unreachable for TOS',
	'Communication administratively filtered',
	'Host precedence violation',
	'Precedence cutoff in effect'
];

function icmpLayers(bytes: Uint8Array, from: number, to: number, whole: boolean): LayerView[] {
	const { type, code, checksum: given } = readHeader(ICMP, bytes, from);
	const row = ICMP_RESTS[type] ?? { table: ICMP_UNUSED_REST, quotes: false };
	const table = type === ICMP_TYPE.unreachable && code === FRAGMENTATION_NEEDED ? ICMP_MTU_REST : row.table;
	const codeText = type === ICMP_TYPE.unreachable ? UNREACHABLE_CODES[code] : undefined;
	const notes: Record<string, string> = {};
	if (whole) notes.checksum = checksumNote(given, rightChecksum(bytes.subarray(from, to), 2, 0));
	if (codeText !== undefined) notes.code = codeText;
	const name = ICMP_TYPE_NAMES[type as keyof typeof ICMP_TYPE_NAMES] ?? `Type ${type}`;
	const data = from + ICMP_LENGTH;
	const layer: LayerView = {
		name: 'Internet Control Message Protocol',
		summary: codeText === undefined ? name : `${name} (${codeText})`,
		offset: from,
		length: ICMP_LENGTH,
		fields: [...viewHeader(ICMP, bytes, from, notes), ...viewHeader(table, bytes, from + 4)]
	};
	if (data >= to) return [layer];
	return [layer, ...(row.quotes ? ipv4Layers(bytes.subarray(0, to), data, false) : [dataLayer(bytes, data, to)])];
}

/* ---- applications ------------------------------------------------------------------------------------------------ */

function applicationLayers(
	transport: TcpSegment | UdpDatagram,
	bytes: Uint8Array,
	from: number,
	to: number
): LayerView[] {
	if (from >= to) return [];
	const application = applicationOf(transport);
	if (application?.text) return [textLayer(application.layer, isRequest(transport), bytes, from, to)];
	if (application?.protocol === 'DNS') {
		const inTcp = transport.kind === 'tcp' ? dnsInTcp(bytes.subarray(from, to)) : undefined;
		const start = inTcp ? from + 2 : from;
		const end = inTcp ? start + inTcp.length : to;
		if (transport.kind === 'udp' || inTcp) return [dnsLayer(bytes, start, end)];
	}
	return [dataLayer(bytes, from, to)];
}

function textLayer(name: string, request: boolean, bytes: Uint8Array, from: number, to: number): LayerView {
	const text = latin1(bytes.subarray(from, to));
	const fields: FieldView[] = [];
	let at = from;
	for (const line of text.split(/(?<=\n)/)) {
		const value = line.replace(/[^ -~]/g, escapeCharacter);
		fields.push({ name: request ? 'Command Line' : 'Response', value, bitOffset: at * 8, bitLength: line.length * 8 });
		at += line.length;
	}
	return {
		name,
		summary: text.split(/\r?\n/)[0]!.replace(/[^ -~]/g, escapeCharacter),
		offset: from,
		length: to - from,
		fields
	};
}

function escapeCharacter(character: string): string {
	const short = { '\r': '\\r', '\n': '\\n', '\t': '\\t' }[character];
	return short ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function dnsLayer(bytes: Uint8Array, from: number, to: number): LayerView {
	const inside = bytes.subarray(from, to);
	const message = parseDns(inside);
	const kind = message?.response ? 'response' : 'query';
	const fields = inside.length < 12 ? [bytesField('Data', bytes, from, to)] : viewHeader(DNS_HEADER, bytes, from);
	for (const span of dnsSpans(inside))
		fields.push({
			name: span.section,
			value: span.text,
			bitOffset: (from + span.offset) * 8,
			bitLength: span.length * 8
		});
	const question = message?.questions[0];
	return {
		name: `Domain Name System (${kind})`,
		summary: !message
			? 'malformed'
			: `${question ? `${question.type} ${question.name}` : ''}${message.response ? `, ${rcodeName(message.rcode)}` : ''}`,
		offset: from,
		length: to - from,
		fields
	};
}

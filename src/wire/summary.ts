/**
 * A frame in one line, as `tcpdump -n -S -t` (4.99) prints it: absolute sequence numbers, no time.
 *
 * Lacks: what tcpdump knows of protocols that nobody here speaks (OSPF, IGMP, IPv6 …): those show as ip-proto-N.
 */
import { formatIpv4Address, formatMac } from './address';
import { applicationOf, dnsInTcp, latin1 } from './application';
import { labelsOf, parseDns, typeName, type DnsMessage, type DnsRecord } from './dns';
import { buildFrame, ETHERNET_LENGTH } from './ethernet';
import { buildIcmp, ICMP_TYPE } from './icmp';
import { parseIpv4 } from './ipv4';
import {
	ETHERTYPE,
	TCP,
	type ArpPacket,
	type Frame,
	type IcmpMessage,
	type Ipv4Packet,
	type TcpOption,
	type TcpSegment,
	type UdpDatagram
} from './packet';

export function summary(frame: Frame): string {
	const { payload } = frame;
	if (payload.kind === 'ipv4') return `IP ${ipv4Summary(payload)}`;
	if (payload.kind === 'arp') return arpSummary(payload, buildFrame(frame).length - ETHERNET_LENGTH);
	const ethertype =
		frame.type === ETHERTYPE.arp ? 'ARP' : `ethertype Unknown (0x${frame.type.toString(16).padStart(4, '0')})`;
	return `${formatMac(frame.source)} > ${formatMac(frame.destination)}, ${ethertype}, length ${buildFrame(frame).length}`;
}

function arpSummary(packet: ArpPacket, length: number): string {
	const target = formatIpv4Address(packet.targetIp);
	const sender = formatIpv4Address(packet.senderIp);
	if (packet.operation === 1) return `ARP, Request who-has ${target} tell ${sender}, length ${length}`;
	if (packet.operation === 2) return `ARP, Reply ${sender} is-at ${formatMac(packet.senderMac)}, length ${length}`;
	return `ARP, Unknown (${packet.operation}) who-has ${target} tell ${sender}, length ${length}`;
}

function ipv4Summary(packet: Ipv4Packet): string {
	const source = formatIpv4Address(packet.source);
	const destination = formatIpv4Address(packet.destination);
	const { payload } = packet.moreFragments && packet.fragmentOffset === 0 ? firstFragment(packet) : packet;
	switch (payload.kind) {
		case 'tcp':
			return `${source}.${payload.sourcePort} > ${destination}.${payload.destinationPort}: ${tcpSummary(payload)}`;
		case 'udp':
			return `${source}.${payload.sourcePort} > ${destination}.${payload.destinationPort}: ${udpSummary(payload)}`;
		case 'icmp':
			return `${source} > ${destination}: ICMP ${icmpSummary(payload)}`;
		case 'raw':
			return packet.fragmentOffset > 0
				? `${source} > ${destination}: ip-proto-${packet.protocol}`
				: `${source} > ${destination}:  ip-proto-${packet.protocol} ${payload.bytes.length}`;
	}
}

/** The first fragment has the transport's header; it is read like a packet that was cut short. */
function firstFragment(packet: Ipv4Packet): Ipv4Packet {
	if (packet.payload.kind !== 'raw') return packet;
	const { bytes } = packet.payload;
	const header = Uint8Array.of(0x45, 0, 0xff, 0xff, 0, 0, 0, 0, 64, packet.protocol, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	const whole = new Uint8Array(header.length + bytes.length);
	whole.set(header);
	whole.set(bytes, header.length);
	return parseIpv4(whole) ?? packet;
}

/* ---- TCP --------------------------------------------------------------------------------------------------------- */

/** In the order in which tcpdump prints them. */
const FLAG_LETTERS = [
	[TCP.fin, 'F'],
	[TCP.syn, 'S'],
	[TCP.rst, 'R'],
	[TCP.psh, 'P'],
	[TCP.ack, '.'],
	[TCP.urg, 'U'],
	[TCP.ece, 'E'],
	[TCP.cwr, 'W']
] as const;

export function tcpFlags(flags: number): string {
	const letters = FLAG_LETTERS.filter(([bit]) => flags & bit).map(([, letter]) => letter);
	return letters.length === 0 ? 'none' : letters.join('');
}

function optionText(option: TcpOption): string {
	switch (option.kind) {
		case 'nop':
			return 'nop';
		case 'mss':
			return `mss ${option.value}`;
		case 'window-scale':
			return `wscale ${option.shift}`;
		case 'sack-permitted':
			return 'sackOK';
		case 'sack':
			return `sack ${option.blocks.length} ${option.blocks.map(([left, right]) => `{${left}:${right}}`).join('')}`;
		case 'timestamps':
			return `TS val ${option.value} ecr ${option.echo}`;
		case 'unknown': {
			const data = Array.from(option.data, (byte) => byte.toString(16).padStart(2, '0')).join('');
			return option.number === 253 || option.number === 254
				? `exp-${data}`
				: `unknown-${option.number}${data && ` 0x${data}`}`;
		}
	}
}

function tcpSummary(segment: TcpSegment): string {
	const { flags, sequence, payload } = segment;
	const parts = [`Flags [${tcpFlags(flags)}]`];
	if (payload.length > 0) parts.push(`seq ${sequence}:${(sequence + payload.length) >>> 0}`);
	else if (flags & (TCP.syn | TCP.fin | TCP.rst)) parts.push(`seq ${sequence}`);
	if (flags & TCP.ack) parts.push(`ack ${segment.acknowledgement}`);
	parts.push(`win ${segment.window}`);
	if (flags & TCP.urg) parts.push(`urg ${segment.urgentPointer}`);
	if (segment.options.length > 0) parts.push(`options [${segment.options.map(optionText).join(',')}]`);
	return `${parts.join(', ')}, length ${payload.length}${tcpApplication(segment)}`;
}

function tcpApplication(segment: TcpSegment): string {
	const application = applicationOf(segment);
	if (!application || segment.payload.length === 0) return '';
	if (application.protocol === 'DNS') {
		const bytes = dnsInTcp(segment.payload);
		return bytes ? ` ${dnsSummary(bytes)}` : '';
	}
	return application.tcpdump ? `: ${textSummary(application.tcpdump, latin1(segment.payload))}` : '';
}

/** The first line of a text protocol (txtproto_print): all of it printable, or only the protocol's name. */
function textSummary(protocol: string, text: string): string {
	const end = text.search(/\r?\n/);
	const line = end < 0 ? text : text.slice(0, end);
	if (!/^[\t -~]*$/.test(line)) return protocol;
	if (protocol === 'HTTP' && !/^(GET|PUT|POST|HEAD|DELETE|TRACE|OPTIONS|CONNECT|PATCH|HTTP\/\S+)( |$)/.test(line))
		return protocol;
	return `${protocol}: ${line}${end < 0 ? ` [|${protocol.toLowerCase()}]` : ''}`;
}

/* ---- UDP, DNS ---------------------------------------------------------------------------------------------------- */

function udpSummary(datagram: UdpDatagram): string {
	const application = applicationOf(datagram);
	return application?.protocol === 'DNS' ? dnsSummary(datagram.payload) : `UDP, length ${datagram.payload.length}`;
}

const OPCODES = [
	'',
	' inv_q',
	' stat',
	' op3',
	' notify',
	' update',
	' op6',
	' op7',
	' op8',
	' updateA',
	' updateD',
	' updateDA',
	' updateM',
	' updateMA',
	' zoneInit',
	' zoneRef'
];
const RCODES = [
	'',
	' FormErr',
	' ServFail',
	' NXDomain',
	' NotImp',
	' Refused',
	' YXDomain',
	' YXRRSet',
	' NXRRSet',
	' NotAuth',
	' NotZone'
];

/** A name as tcpdump prints it: bytes as they are, no escapes. */
function plainName(name: string): string {
	return name === '.' ? '.' : `${(labelsOf(name) ?? []).join('.')}.`;
}

function typeText(type: string): string {
	return type.startsWith('TYPE') ? `Type${type.slice(4)}` : type;
}

export function dnsSummary(bytes: Uint8Array): string {
	if (bytes.length < 12) return `domain [length ${bytes.length} < 12] (invalid)`;
	const message = parseDns(bytes);
	if (!message) return `${bytes[0]! * 256 + bytes[1]!} [|domain]`;
	return `${message.response ? responseText(message) : queryText(message, bytes)} (${bytes.length})`;
}

function queryText(message: DnsMessage, bytes: Uint8Array): string {
	const { answers, authority } = message;
	const additional = message.additional.length + (message.edns ? 1 : 0);
	/* the bits that a query should not have: all but QR, opcode, RD, CD */
	const odd = bytes[2]! * 256 + bytes[3]!;
	const parts = [
		`${message.id}${OPCODES[message.opcode]}${message.recursionDesired ? '+' : ''}${message.checkingDisabled ? '%' : ''}`
	];
	if (odd & 0x06cf) parts.push(`[b2&3=0x${odd.toString(16)}]`);
	if (answers.length > 0) parts.push(`[${answers.length}a]`);
	if (message.questions.length !== 1) parts.push(`[${message.questions.length}q]`);
	if (authority.length > 0) parts.push(`[${authority.length}n]`);
	if (additional > 0) parts.push(`[${additional}au]`);
	for (const question of message.questions) parts.push(`${typeText(question.type)}? ${plainName(question.name)}`);
	return parts.join(' ');
}

function responseText(message: DnsMessage): string {
	const marks = [
		[message.authoritative, '*'],
		[!message.recursionAvailable, '-'],
		[message.truncated, '|'],
		[message.authenticData, '$']
	] as const;
	const flags = marks.map(([on, mark]) => (on ? mark : '')).join('');
	const additional = message.additional.length + (message.edns ? 1 : 0);
	const counts = `${message.answers.length}/${message.authority.length}/${additional}`;
	const questions = message.questions.length === 1 ? '' : ` [${message.questions.length}q]`;
	const answers = message.answers.map(recordText).join(', ');
	return `${message.id}${OPCODES[message.opcode]}${RCODES[message.rcode & 15] ?? ` Resp${message.rcode}`}${flags}${questions} ${counts}${answers && ` ${answers}`}`;
}

function recordText(record: DnsRecord): string {
	switch (record.type) {
		case 'A':
			return `A ${formatIpv4Address(record.address)}`;
		case 'NS':
		case 'CNAME':
		case 'PTR':
			return `${record.type} ${plainName(record.host)}`;
		case 'MX':
			return `MX ${plainName(record.exchange)} ${record.preference}`;
		case 'TXT':
			return `TXT ${record.strings.map((text) => `"${text}"`).join(' ')}`;
		case 'AAAA':
			return `AAAA ${record.address6}`;
		case 'SRV':
			return `SRV ${plainName(record.target)}:${record.port} ${record.priority} ${record.weight}`;
		case 'unknown':
			return typeText(typeName(record.number));
		default:
			return record.type;
	}
}

/* ---- ICMP -------------------------------------------------------------------------------------------------------- */

/** Destination unreachable, by code; D is the quoted packet's destination, as text. */
const UNREACHABLE: Readonly<Record<number, (destination: string) => string>> = {
	0: (d) => `net ${d} unreachable`,
	1: (d) => `host ${d} unreachable`,
	5: (d) => `${d} unreachable - source route failed`,
	6: (d) => `net ${d} unreachable - unknown`,
	7: (d) => `host ${d} unreachable - unknown`,
	8: (d) => `${d} unreachable - source host isolated`,
	9: (d) => `net ${d} unreachable - admin prohibited`,
	10: (d) => `host ${d} unreachable - admin prohibited`,
	11: (d) => `net ${d} unreachable - tos prohibited`,
	12: (d) => `host ${d} unreachable - tos prohibited`,
	13: (d) => `host ${d} unreachable - admin prohibited filter`,
	14: (d) => `host ${d} unreachable - host precedence violation`,
	15: (d) => `host ${d} unreachable - precedence cutoff`
};
const REDIRECT: Readonly<Record<number, readonly [string, string]>> = {
	0: ['redirect', 'net'],
	1: ['redirect', 'host'],
	2: ['redirect-tos', 'net'],
	3: ['redirect-tos', 'host']
};

function icmpSummary(message: IcmpMessage): string {
	return `${icmpText(message)}, length ${buildIcmp(message).length}`;
}

function icmpText({ type, code, rest, payload }: IcmpMessage): string {
	const quoted = parseIpv4(payload);
	const destination = quoted ? formatIpv4Address(quoted.destination) : '';
	const identified = `id ${rest >>> 16}, seq ${rest & 0xffff}`;
	switch (type) {
		case ICMP_TYPE.echoRequest:
			return `echo request, ${identified}`;
		case ICMP_TYPE.echoReply:
			return `echo reply, ${identified}`;
		case ICMP_TYPE.unreachable:
			if (code === 2) return `${destination} protocol ${quoted?.protocol ?? 0} unreachable`;
			if (code === 3) return quoted ? `${destination} ${portText(quoted)} unreachable` : 'unreachable';
			if (code === 4)
				return `${destination} unreachable - need to frag${rest & 0xffff ? ` (mtu ${rest & 0xffff})` : ''}`;
			return UNREACHABLE[code]?.(destination) ?? `${destination} unreachable - #${code}`;
		case ICMP_TYPE.redirect: {
			const [word, what] = REDIRECT[code] ?? [`redirect-#${code}`, 'net'];
			return `${word} ${destination} to ${what} ${formatIpv4Address(rest)}`;
		}
		case ICMP_TYPE.sourceQuench:
			return 'source quench';
		case ICMP_TYPE.timeExceeded:
			return code === 0
				? 'time exceeded in-transit'
				: code === 1
					? 'ip reassembly time exceeded'
					: `time exceeded-#${code}`;
		case ICMP_TYPE.parameterProblem:
			return code === 0 ? `parameter problem - octet ${rest >>> 24}` : `parameter problem - code ${code}`;
		default:
			return `type-#${type}`;
	}
}

/** The destination port of a quoted packet, of which only eight bytes may be there. */
function portText(packet: Ipv4Packet): string {
	const { payload } = packet;
	const name = packet.protocol === 6 ? 'tcp' : packet.protocol === 17 ? 'udp' : 'protocol';
	if (name === 'protocol') return `protocol ${packet.protocol} port`;
	const port =
		'destinationPort' in payload
			? payload.destinationPort
			: payload.kind === 'raw' && payload.bytes.length >= 4
				? payload.bytes[2]! * 256 + payload.bytes[3]!
				: 0;
	return `${name} port ${port}`;
}

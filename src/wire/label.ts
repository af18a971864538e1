/**
 * A frame in a few words, for the mark that runs along a wire, and the name of its protocol.
 */
import { formatIpv4Address, formatMac } from './address';
import { applicationOf, dnsInTcp, latin1 } from './application';
import { parseDns, recordType, rcodeName, RCODE } from './dns';
import { ICMP_TYPE } from './icmp';
import { PROTOCOL_NAMES } from './ipv4';
import { TCP, type Frame, type IcmpMessage, type Ipv4Packet, type TcpSegment } from './packet';

/** Longest label, characters. */
const LONGEST = 48;

/** "SYN 25", "EHLO ws.example.org", "454", "A? mail.example.net", "echo request", "who has 192.168.75.2" … */
export function label(frame: Frame): string {
	const { payload } = frame;
	if (payload.kind === 'raw') return `${payload.bytes.length} bytes`;
	if (payload.kind === 'ipv4') return ipv4Label(payload);
	if (payload.operation === 1) return `who has ${formatIpv4Address(payload.targetIp)}`;
	return `${formatIpv4Address(payload.senderIp)} is at ${formatMac(payload.senderMac)}`;
}

/** "ARP", "ICMP", "TCP", "UDP", "DNS", "SMTP" … as Wireshark's column has it; a segment without data is "TCP". */
export function protocolName(frame: Frame): string {
	const { payload } = frame;
	if (payload.kind === 'raw') return 'Ethernet';
	if (payload.kind === 'arp') return 'ARP';
	const transport = payload.payload;
	if (transport.kind === 'raw')
		return payload.fragmentOffset > 0
			? 'IPv4'
			: (PROTOCOL_NAMES[payload.protocol as keyof typeof PROTOCOL_NAMES] ?? 'IPv4');
	if (transport.kind === 'icmp') return 'ICMP';
	const plain = transport.kind.toUpperCase();
	return transport.payload.length === 0 ? plain : (applicationOf(transport)?.protocol ?? plain);
}

function ipv4Label({ payload, fragmentOffset }: Ipv4Packet): string {
	switch (payload.kind) {
		case 'tcp':
			return tcpLabel(payload);
		case 'udp':
			return (
				(applicationOf(payload)?.protocol === 'DNS' && dnsLabel(payload.payload)) || `UDP ${payload.destinationPort}`
			);
		case 'icmp':
			return icmpLabel(payload);
		case 'raw':
			return fragmentOffset > 0 ? 'fragment' : `${payload.bytes.length} bytes`;
	}
}

function tcpLabel(segment: TcpSegment): string {
	const { flags } = segment;
	if (flags & TCP.rst) return 'RST';
	if (flags & TCP.syn) return flags & TCP.ack ? 'SYN/ACK' : `SYN ${segment.destinationPort}`;
	if (segment.payload.length > 0) return dataLabel(segment);
	if (flags & TCP.fin) return 'FIN';
	return flags & TCP.ack ? 'ACK' : 'TCP';
}

function dataLabel(segment: TcpSegment): string {
	const bytes = `${segment.payload.length} bytes`;
	const application = applicationOf(segment);
	if (application?.protocol === 'DNS') {
		const message = dnsInTcp(segment.payload);
		return (message && dnsLabel(message)) || bytes;
	}
	if (!application?.text) return bytes;
	const line = latin1(segment.payload).split(/\r?\n/)[0]!;
	if (!/^[\t -~]+$/.test(line)) return bytes;
	if (application.protocol === 'SMTP') return smtpLabel(line) ?? bytes;
	return shorten(line);
}

/** A reply shows as its code; what stands between commands is the message's text. */
function smtpLabel(line: string): string | undefined {
	const reply = /^(\d{3})([ -]|$)/.exec(line);
	if (reply) return reply[1]!;
	const command = /^(HELO|EHLO|MAIL|RCPT|DATA|RSET|QUIT|NOOP|VRFY|ETRN|AUTH|STARTTLS|HELP|EXPN)\b *(.*)$/i.exec(line);
	if (!command) return undefined;
	const [, verb, rest] = command;
	const address = /^(FROM|TO): *<?([^<> ]*)>?/i.exec(rest!);
	return shorten(address ? `${verb} ${address[1]} ${address[2] || '<>'}` : `${verb} ${rest}`.trim());
}

/** "MX? example.net" for a query, "MX example.net" for its answer, "NXDOMAIN nosuch.example.net". */
function dnsLabel(bytes: Uint8Array): string | undefined {
	const message = parseDns(bytes);
	const question = message?.questions[0];
	if (!message || !question) return undefined;
	const name = question.name.replace(/(.)\.$/, '$1');
	if (!message.response) return shorten(`${question.type}? ${name}`);
	if (message.rcode !== RCODE.NOERROR) return shorten(`${rcodeName(message.rcode)} ${name}`);
	const found = message.answers.some((record) => recordType(record) === question.type) || message.answers.length > 0;
	return shorten(found ? `${question.type} ${name}` : `no ${question.type} ${name}`);
}

const UNREACHABLE = ['net', 'host', 'protocol', 'port'] as const;

function icmpLabel({ type, code, rest }: IcmpMessage): string {
	switch (type) {
		case ICMP_TYPE.echoRequest:
			return 'echo request';
		case ICMP_TYPE.echoReply:
			return 'echo reply';
		case ICMP_TYPE.unreachable:
			if (code === 4) return `too big, MTU ${rest & 0xffff}`;
			return code === 9 || code === 10 || code === 13 ? 'prohibited' : `${UNREACHABLE[code] ?? 'host'} unreachable`;
		case ICMP_TYPE.timeExceeded:
			return 'time exceeded';
		case ICMP_TYPE.redirect:
			return 'redirect';
		default:
			return `ICMP ${type}`;
	}
}

function shorten(text: string): string {
	return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

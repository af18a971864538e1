/**
 * What travels in TCP and UDP, by well-known port, as tcpdump and Wireshark guess it: the one table behind the summary,
 * the layers and the label.
 */
import type { TcpSegment, UdpDatagram } from './packet';

export interface Application {
	/** Wireshark's column: "SMTP" */
	readonly protocol: string;
	/** Wireshark's layer: "Simple Mail Transfer Protocol" */
	readonly layer: string;
	/** lines of text ending in CRLF */
	readonly text: boolean;
	/** the word that tcpdump prints before the first line */
	readonly tcpdump?: string;
}

const SMTP: Application = { protocol: 'SMTP', layer: 'Simple Mail Transfer Protocol', text: true };
const DNS: Application = { protocol: 'DNS', layer: 'Domain Name System', text: false };

const TCP_PORTS: Readonly<Record<number, Application>> = {
	21: { protocol: 'FTP', layer: 'File Transfer Protocol (FTP)', text: true, tcpdump: 'FTP' },
	23: { protocol: 'TELNET', layer: 'Telnet', text: true },
	25: { ...SMTP, tcpdump: 'SMTP' },
	53: DNS,
	79: { protocol: 'FINGER', layer: 'finger', text: true },
	80: { protocol: 'HTTP', layer: 'Hypertext Transfer Protocol', text: true, tcpdump: 'HTTP' },
	110: { protocol: 'POP', layer: 'Post Office Protocol', text: true },
	143: { protocol: 'IMAP', layer: 'Internet Message Access Protocol', text: true },
	587: SMTP
};
const UDP_PORTS: Readonly<Record<number, Application>> = { 53: DNS };

/** The application of a segment or datagram: by the lower of its ports first, as Wireshark does. */
export function applicationOf(transport: TcpSegment | UdpDatagram): Application | undefined {
	const table = transport.kind === 'tcp' ? TCP_PORTS : UDP_PORTS;
	const [low, high] = [transport.sourcePort, transport.destinationPort].sort((a, b) => a - b);
	return table[low!] ?? table[high!];
}

/** Whether the segment goes to the application's server. */
export function isRequest(transport: TcpSegment | UdpDatagram): boolean {
	return transport.destinationPort <= transport.sourcePort;
}

/** Bytes as text, a character a byte. */
export function latin1(bytes: Uint8Array): string {
	let text = '';
	for (const byte of bytes) text += String.fromCharCode(byte);
	return text;
}

/** The DNS messages of a TCP segment stand behind their length (RFC 1035 4.2.2); undefined unless one begins here. */
export function dnsInTcp(payload: Uint8Array): Uint8Array | undefined {
	if (payload.length < 14) return undefined;
	return payload.subarray(2, 2 + payload[0]! * 256 + payload[1]!);
}

/**
 * How long a packet is on the wire, told from the typed value: no bytes are built for it.
 *
 * Reads: packet values. Lengths are those that the builders of `#wire` give: TCP options padded to four bytes, an
 * Ethernet frame to 60 (IEEE 802.3 without FCS).
 */
import type { Frame, Ipv4Packet, TcpOption } from './packet';

export const ETHERNET_HEADER = 14;
const ETHERNET_MINIMUM = 60;
const ARP_LENGTH = 28;
export const IPV4_HEADER = 20;
export const TCP_HEADER = 20;
export const UDP_HEADER = 8;
export const ICMP_HEADER = 8;

/** Bytes on the wire, padding counted, preamble and FCS not. */
export function frameLength(frame: Frame): number {
	return Math.max(ETHERNET_MINIMUM, unpaddedLength(frame));
}

/** Bytes as the sender's own capture shows them: before the network card pads. */
export function unpaddedLength(frame: Frame): number {
	const payload = frame.payload;
	if (payload.kind === 'ipv4') return ETHERNET_HEADER + packetLength(payload);
	return ETHERNET_HEADER + (payload.kind === 'arp' ? ARP_LENGTH : payload.bytes.length);
}

/** The total length field of the IP header. */
export function packetLength(packet: Ipv4Packet): number {
	return IPV4_HEADER + packet.options.length + transportLength(packet);
}

export function transportLength(packet: Ipv4Packet): number {
	const payload = packet.payload;
	switch (payload.kind) {
		case 'tcp':
			return TCP_HEADER + tcpOptionsLength(payload.options) + payload.payload.length;
		case 'udp':
			return UDP_HEADER + payload.payload.length;
		case 'icmp':
			return ICMP_HEADER + payload.payload.length;
		case 'raw':
			return payload.bytes.length;
	}
}

/** With the padding to a multiple of four. */
export function tcpOptionsLength(options: readonly TcpOption[]): number {
	let length = 0;
	for (const option of options) length += tcpOptionLength(option);
	return (length + 3) & ~3;
}

function tcpOptionLength(option: TcpOption): number {
	switch (option.kind) {
		case 'nop':
			return 1;
		case 'mss':
			return 4;
		case 'window-scale':
			return 3;
		case 'sack-permitted':
			return 2;
		case 'sack':
			return 2 + 8 * option.blocks.length;
		case 'timestamps':
			return 10;
		case 'unknown':
			return 2 + option.data.length;
	}
}

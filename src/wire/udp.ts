/** User datagrams (RFC 768). A datagram sent without checksum has `checksum: 0`. */
import { checksum, pseudoHeaderSum } from './checksum';
import { concat, headerLength, readHeader, writeHeader, type HeaderTable } from './header';
import { PROTOCOL, type Ipv4Address, type UdpDatagram } from './packet';

export const UDP = [
	{ name: 'sourcePort', bits: 16, show: 'decimal', label: 'Source Port' },
	{ name: 'destinationPort', bits: 16, show: 'decimal', label: 'Destination Port' },
	{ name: 'length', bits: 16, show: 'decimal', label: 'Length' },
	{ name: 'checksum', bits: 16, show: 'hex', label: 'Checksum' }
] as const satisfies HeaderTable;

export const UDP_LENGTH = headerLength(UDP);

export function buildUdp(datagram: UdpDatagram, source: Ipv4Address, destination: Ipv4Address): Uint8Array {
	const length = UDP_LENGTH + datagram.payload.length;
	const draft = concat(writeHeader(UDP, { ...datagram, length, checksum: 0 }), datagram.payload);
	const sum =
		datagram.checksum ?? (checksum(draft, pseudoHeaderSum(source, destination, PROTOCOL.udp, length)) || 0xffff);
	draft[6] = sum >> 8;
	draft[7] = sum & 255;
	return draft;
}

export function parseUdp(
	bytes: Uint8Array,
	source: Ipv4Address,
	destination: Ipv4Address,
	verify = true
): UdpDatagram | undefined {
	if (bytes.length < UDP_LENGTH) return undefined;
	const { length, checksum: given, ...ports } = readHeader(UDP, bytes);
	if (length < UDP_LENGTH || (verify && length > bytes.length)) return undefined;
	const datagram = bytes.subarray(0, length);
	const wrong =
		given === 0 || (verify && checksum(datagram, pseudoHeaderSum(source, destination, PROTOCOL.udp, length)) !== 0);
	return { kind: 'udp', ...ports, payload: datagram.slice(UDP_LENGTH), ...(wrong ? { checksum: given } : {}) };
}

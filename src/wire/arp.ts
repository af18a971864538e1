/** Address resolution (RFC 826), for IPv4 over Ethernet. Other kinds of ARP are raw payload. */
import { headerLength, readHeader, writeHeader, type HeaderTable } from './header';
import { ETHERTYPE, type ArpPacket } from './packet';

export const ARP = [
	{ name: 'hardwareType', bits: 16, show: 'decimal', label: 'Hardware type', values: { 1: 'Ethernet' } },
	{ name: 'protocolType', bits: 16, show: 'hex', label: 'Protocol type', values: { [ETHERTYPE.ipv4]: 'IPv4' } },
	{ name: 'hardwareSize', bits: 8, show: 'decimal', label: 'Hardware size' },
	{ name: 'protocolSize', bits: 8, show: 'decimal', label: 'Protocol size' },
	{ name: 'operation', bits: 16, show: 'decimal', label: 'Opcode', values: { 1: 'request', 2: 'reply' } },
	{ name: 'senderMac', bits: 48, show: 'mac', label: 'Sender MAC address' },
	{ name: 'senderIp', bits: 32, show: 'ipv4', label: 'Sender IP address' },
	{ name: 'targetMac', bits: 48, show: 'mac', label: 'Target MAC address' },
	{ name: 'targetIp', bits: 32, show: 'ipv4', label: 'Target IP address' }
] as const satisfies HeaderTable;

export const ARP_LENGTH = headerLength(ARP);
const ETHERNET_IPV4 = { hardwareType: 1, protocolType: ETHERTYPE.ipv4, hardwareSize: 6, protocolSize: 4 };

export function buildArp(packet: ArpPacket): Uint8Array {
	return writeHeader(ARP, { ...ETHERNET_IPV4, ...packet });
}

export function parseArp(bytes: Uint8Array): ArpPacket | undefined {
	if (bytes.length < ARP_LENGTH) return undefined;
	const { hardwareType, protocolType, hardwareSize, protocolSize, ...values } = readHeader(ARP, bytes);
	if (hardwareType !== 1 || protocolType !== ETHERTYPE.ipv4 || hardwareSize !== 6 || protocolSize !== 4)
		return undefined;
	return { kind: 'arp', ...values };
}

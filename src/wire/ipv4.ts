/**
 * The Internet Protocol, version 4 (RFC 791).
 *
 * Trusts: nothing. A packet that is cut short (as an ICMP error quotes it) is read as far as it goes.
 * Lacks: options by name; their bytes are kept.
 */
import { checksum } from './checksum';
import { concat, headerLength, readHeader, writeHeader, type HeaderTable } from './header';
import { buildIcmp, parseIcmp } from './icmp';
import { PROTOCOL, type Ipv4Packet } from './packet';
import { buildTcp, parseTcp } from './tcp';
import { buildUdp, parseUdp } from './udp';

export const PROTOCOL_NAMES = {
	[PROTOCOL.icmp]: 'ICMP',
	2: 'IGMP',
	[PROTOCOL.tcp]: 'TCP',
	[PROTOCOL.udp]: 'UDP',
	47: 'GRE',
	50: 'ESP'
};

export const IPV4 = [
	{ name: 'version', bits: 4, show: 'decimal', label: 'Version' },
	{ name: 'headerWords', bits: 4, show: 'words', label: 'Header Length' },
	{ name: 'tos', bits: 8, show: 'hex', label: 'Differentiated Services Field' },
	{ name: 'totalLength', bits: 16, show: 'decimal', label: 'Total Length' },
	{ name: 'identification', bits: 16, show: 'hex', label: 'Identification' },
	{ name: 'reserved', bits: 1, show: 'flag', label: 'Reserved bit' },
	{ name: 'dontFragment', bits: 1, show: 'flag', label: "Don't fragment" },
	{ name: 'moreFragments', bits: 1, show: 'flag', label: 'More fragments' },
	{ name: 'fragmentOffset', bits: 13, show: 'decimal', label: 'Fragment Offset' },
	{ name: 'ttl', bits: 8, show: 'decimal', label: 'Time to Live' },
	{ name: 'protocol', bits: 8, show: 'decimal', label: 'Protocol', values: PROTOCOL_NAMES },
	{ name: 'checksum', bits: 16, show: 'hex', label: 'Header Checksum' },
	{ name: 'source', bits: 32, show: 'ipv4', label: 'Source Address' },
	{ name: 'destination', bits: 32, show: 'ipv4', label: 'Destination Address' }
] as const satisfies HeaderTable;

export const IPV4_LENGTH = headerLength(IPV4);
const CHECKSUM_AT = 10;

export function buildIpv4(packet: Ipv4Packet): Uint8Array {
	const payload = buildPayload(packet);
	const header = concat(
		writeHeader(IPV4, {
			...packet,
			version: 4,
			headerWords: 5 + packet.options.length / 4,
			totalLength: IPV4_LENGTH + packet.options.length + payload.length,
			reserved: 0,
			dontFragment: Number(packet.dontFragment),
			moreFragments: Number(packet.moreFragments),
			fragmentOffset: packet.fragmentOffset / 8,
			checksum: 0
		}),
		packet.options
	);
	const sum = checksum(header);
	header[CHECKSUM_AT] = sum >> 8;
	header[CHECKSUM_AT + 1] = sum & 255;
	return concat(header, payload);
}

function buildPayload({ payload, source, destination }: Ipv4Packet): Uint8Array {
	switch (payload.kind) {
		case 'tcp':
			return buildTcp(payload, source, destination);
		case 'udp':
			return buildUdp(payload, source, destination);
		case 'icmp':
			return buildIcmp(payload);
		case 'raw':
			return payload.bytes;
	}
}

/** Undefined for bytes that do not begin with an IPv4 header; bytes behind the packet (padding) are ignored. */
export function parseIpv4(bytes: Uint8Array): Ipv4Packet | undefined {
	if (bytes.length < IPV4_LENGTH) return undefined;
	const {
		version,
		headerWords,
		totalLength,
		reserved: _reserved,
		checksum: _checksum,
		...header
	} = readHeader(IPV4, bytes);
	const length = headerWords * 4;
	if (version !== 4 || headerWords < 5 || bytes.length < length || totalLength < length) return undefined;
	const inside = bytes.slice(length, Math.min(totalLength, bytes.length));
	const isFragment = header.fragmentOffset > 0 || header.moreFragments === 1;
	const whole = bytes.length >= totalLength;
	return {
		kind: 'ipv4',
		...header,
		dontFragment: header.dontFragment === 1,
		moreFragments: header.moreFragments === 1,
		fragmentOffset: header.fragmentOffset * 8,
		options: bytes.slice(IPV4_LENGTH, length),
		payload: (isFragment ? undefined : parsePayload(header, inside, whole)) ?? { kind: 'raw', bytes: inside }
	};
}

/** @param whole false when the packet was cut short and its checksum cannot be verified */
export function parsePayload(
	{ protocol, source, destination }: { protocol: number; source: number; destination: number },
	bytes: Uint8Array,
	whole: boolean
): Ipv4Packet['payload'] | undefined {
	if (protocol === PROTOCOL.tcp) return parseTcp(bytes, source, destination, whole);
	if (protocol === PROTOCOL.udp) return parseUdp(bytes, source, destination, whole);
	return protocol === PROTOCOL.icmp ? parseIcmp(bytes, whole) : undefined;
}

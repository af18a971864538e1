/**
 * Tuples: read from a packet, turned around, packed into four 32-bit numbers for the index.
 *
 * Reads: typed payloads; of an ICMP error the quoted beginning of a packet. Null where there is no tuple: a fragment, a
 *        header that is cut short, an ICMP type that nobody answers.
 */
import type { Ipv4Packet } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import type { Tuple } from './connection';

/** protocols that are tracked by two ports: TCP, UDP, SCTP, UDP-Lite (DCCP is not any more, since 6.16) */
export function hasPorts(protocol: number): boolean {
	return protocol === 6 || protocol === 17 || protocol === 132 || protocol === 136;
}

/** the ICMP type that answers a type */
const ICMP_ANSWER: Readonly<Record<number, number>> = {
	8: 0,
	0: 8,
	13: 14,
	14: 13,
	15: 16,
	16: 15,
	17: 18,
	18: 17
};

export function tupleOf(packet: Ipv4Packet): Tuple | null {
	const payload = packet.payload;
	switch (payload.kind) {
		case 'tcp':
		case 'udp':
			return make(packet, payload.sourcePort, payload.destinationPort, 0, 0);
		case 'icmp':
			return make(packet, payload.rest >>> 16, 0, payload.type, payload.code);
		case 'raw': {
			const bytes = payload.bytes;
			if (packet.fragmentOffset > 0 || packet.protocol === PROTOCOL.icmp) return null;
			if (!hasPorts(packet.protocol)) return make(packet, 0, 0, 0, 0);
			if (bytes.length < 8) return null;
			return make(packet, (bytes[0]! << 8) | bytes[1]!, (bytes[2]! << 8) | bytes[3]!, 0, 0);
		}
	}
}

function make(
	packet: Ipv4Packet,
	sourcePort: number,
	destinationPort: number,
	icmpType: number,
	icmpCode: number
): Tuple {
	return {
		protocol: packet.protocol,
		source: packet.source,
		destination: packet.destination,
		sourcePort,
		destinationPort,
		icmpType,
		icmpCode
	};
}

/** The tuple of the packet that an ICMP error quotes. */
export function quotedTuple(bytes: Uint8Array): Tuple | null {
	if (bytes.length < 20 || bytes[0]! >>> 4 !== 4) return null;
	const header = (bytes[0]! & 15) * 4;
	if (header < 20 || bytes.length < header + 8) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	if (view.getUint16(6) & 0x1fff) return null;
	const protocol = bytes[9]!;
	const icmp = protocol === PROTOCOL.icmp;
	const ports = hasPorts(protocol);
	return {
		protocol,
		source: view.getUint32(12),
		destination: view.getUint32(16),
		sourcePort: icmp ? view.getUint16(header + 4) : ports ? view.getUint16(header) : 0,
		destinationPort: ports ? view.getUint16(header + 2) : 0,
		icmpType: icmp ? bytes[header]! : 0,
		icmpCode: icmp ? bytes[header + 1]! : 0
	};
}

/** What an answer looks like; null for an ICMP type without one. */
export function invert(tuple: Tuple): Tuple | null {
	let { icmpType, sourcePort, destinationPort } = tuple;
	if (tuple.protocol === PROTOCOL.icmp) {
		const answer = ICMP_ANSWER[icmpType];
		if (answer === undefined) return null;
		icmpType = answer;
	} else [sourcePort, destinationPort] = [destinationPort, sourcePort];
	return {
		protocol: tuple.protocol,
		source: tuple.destination,
		destination: tuple.source,
		sourcePort,
		destinationPort,
		icmpType,
		icmpCode: tuple.icmpCode
	};
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
	return (
		a.source === b.source &&
		a.destination === b.destination &&
		a.sourcePort === b.sourcePort &&
		a.destinationPort === b.destinationPort &&
		a.protocol === b.protocol &&
		a.icmpType === b.icmpType &&
		a.icmpCode === b.icmpCode
	);
}

/** ports, or ICMP's id, type and code, as one number */
export function packedPorts(tuple: Tuple): number {
	return tuple.protocol === PROTOCOL.icmp
		? (tuple.sourcePort << 16) | (tuple.icmpType << 8) | tuple.icmpCode
		: (tuple.sourcePort << 16) | tuple.destinationPort;
}

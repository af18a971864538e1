/**
 * Writes translated addresses and ports into packets, and into the beginning of a packet that an ICMP error quotes.
 *
 * Does: gives new packets, never changes one. Checksums of typed packets make themselves; in a quotation they are
 *       corrected as RFC 1624 says, where they are within what is quoted.
 * Trusts: a quotation to be one that `quotedTuple` could read.
 */
import type { Ipv4Packet } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import type { Tuple } from '../conntrack/connection';
import { hasPorts } from '../conntrack/tuple';
import type { Manipulation } from './choose';

/** ICMP messages that carry an identifier */
const WITH_ID: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);

/** The packet with the source, or the destination, of `target`. */
export function rewrite(packet: Ipv4Packet, kind: Manipulation, target: Tuple): Ipv4Packet {
	const address =
		kind === 'source' ? { ...packet, source: target.source } : { ...packet, destination: target.destination };
	const payload = rewritePayload(packet, kind, target);
	return payload === packet.payload ? address : { ...address, payload };
}

function rewritePayload(packet: Ipv4Packet, kind: Manipulation, target: Tuple): Ipv4Packet['payload'] {
	const payload = packet.payload;
	const port = kind === 'source' ? target.sourcePort : target.destinationPort;
	switch (payload.kind) {
		case 'tcp':
		case 'udp': {
			const old = kind === 'source' ? payload.sourcePort : payload.destinationPort;
			if (old === port) return payload;
			return kind === 'source' ? { ...payload, sourcePort: port } : { ...payload, destinationPort: port };
		}
		case 'icmp':
			if (!WITH_ID.has(payload.type) || payload.rest >>> 16 === target.sourcePort) return payload;
			return { ...payload, rest: ((target.sourcePort << 16) | (payload.rest & 0xffff)) >>> 0 };
		case 'raw': {
			if (!hasPorts(packet.protocol) || packet.fragmentOffset > 0 || payload.bytes.length < 4) return payload;
			const bytes = payload.bytes.slice();
			const at = kind === 'source' ? 0 : 2;
			bytes[at] = port >> 8;
			bytes[at + 1] = port & 0xff;
			return { kind: 'raw', bytes };
		}
	}
}

/** The quotation with the source, or the destination, of `target`. */
export function rewriteQuoted(quoted: Uint8Array, kind: Manipulation, target: Tuple): Uint8Array {
	const bytes = quoted.slice();
	const view = new DataView(bytes.buffer);
	const header = (bytes[0]! & 15) * 4;
	const protocol = bytes[9]!;
	const addressAt = kind === 'source' ? 12 : 16;
	const address = kind === 'source' ? target.source : target.destination;
	const words: [number, number][] = [
		[view.getUint16(addressAt), address >>> 16],
		[view.getUint16(addressAt + 2), address & 0xffff]
	];
	view.setUint32(addressAt, address);
	correct(view, 10, words);
	const port = kind === 'source' ? target.sourcePort : target.destinationPort;
	if (hasPorts(protocol)) {
		const portAt = header + (kind === 'source' ? 0 : 2);
		words.push([view.getUint16(portAt), port]);
		view.setUint16(portAt, port);
		if (protocol === PROTOCOL.udp && view.getUint16(header + 6) !== 0) correct(view, header + 6, words, 0xffff);
		if (protocol === PROTOCOL.tcp && bytes.length >= header + 20) correct(view, header + 16, words);
	} else if (protocol === PROTOCOL.icmp && WITH_ID.has(bytes[header]!)) {
		const old = view.getUint16(header + 4);
		view.setUint16(header + 4, target.sourcePort);
		correct(view, header + 2, [[old, target.sourcePort]]);
	}
	return bytes;
}

/** RFC 1624: HC' = ~(~HC + ~m + m'). @param zero what stands for a sum of 0 */
function correct(view: DataView, at: number, words: readonly (readonly [number, number])[], zero = 0): void {
	let sum = ~view.getUint16(at) & 0xffff;
	for (const [old, now] of words) sum += (~old & 0xffff) + now;
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
	view.setUint16(at, ~sum & 0xffff || zero);
}

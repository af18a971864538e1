/**
 * Packets as bytes, for the few places inside a host that need them: the quotation in an ICMP error, fragments, raw and
 * packet sockets. Everything else passes typed values on. The formats are those of `#wire`.
 */
import { buildIpv4, IPV4_LENGTH, parsePayload } from '#wire/ipv4';
import type { Ipv4Packet } from '#wire/packet';

/** What stands behind the IP header. */
export function buildTransport(packet: Ipv4Packet): Uint8Array {
	return packet.payload.kind === 'raw'
		? packet.payload.bytes
		: buildIpv4(packet).subarray(IPV4_LENGTH + packet.options.length);
}

/** The same packet with its raw payload understood, where there is a parser and it is no fragment. */
export function parseTransport(packet: Ipv4Packet): Ipv4Packet {
	if (packet.payload.kind !== 'raw' || packet.moreFragments || packet.fragmentOffset > 0) return packet;
	const payload = parsePayload(packet, packet.payload.bytes, true);
	return payload ? { ...packet, payload } : packet;
}

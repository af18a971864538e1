/** What stands behind the IP header, as bytes: for protocols that have no typed form here (ESP, AH, SCTP, DCCP …). */
import type { Skb } from '../skb';

/** null in later fragments, and for protocols that have a typed form */
export function payloadBytes(skb: Skb): Uint8Array | null {
	const payload = skb.packet.payload;
	return skb.fragmentOffset === 0 && payload.kind === 'raw' ? payload.bytes : null;
}

/** The header that a match wants to read; a packet that ends before it is dropped. Null in later fragments. */
export function headerBytes(skb: Skb, least: number): Uint8Array | null {
	const bytes = payloadBytes(skb);
	if (bytes && bytes.length < least) {
		skb.hotDrop = true;
		return null;
	}
	return bytes;
}

/** Unsigned, in network order; undefined behind the end. */
export function word32(bytes: Uint8Array, at: number): number | undefined {
	if (at + 4 > bytes.length) return undefined;
	return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The Internet checksum (RFC 1071): the complement of the ones' complement sum of 16-bit words. */
import type { Ipv4Address } from './packet';

/** @param sum what was summed before (a pseudo header) */
export function checksum(bytes: Uint8Array, sum = 0): number {
	for (let i = 0; i + 1 < bytes.length; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
	if (bytes.length % 2 === 1) sum += bytes[bytes.length - 1]! << 8;
	while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
	return ~sum & 0xffff;
}

/** The sum over the pseudo header of TCP and UDP (RFC 9293 3.1). @param length bytes of header and data */
export function pseudoHeaderSum(
	source: Ipv4Address,
	destination: Ipv4Address,
	protocol: number,
	length: number
): number {
	return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length;
}

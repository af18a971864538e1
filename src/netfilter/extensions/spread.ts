/** How HMARK and cluster spread packets by a hash (jhash of `../nat/jhash`). */

/** The bytes of a word the other way round: an address as it stands in the memory of a little-endian machine. */
export function swapped(word: number): number {
	return (((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** A hash onto 0 … count - 1 (reciprocal_scale). */
export function scaled(hash: number, count: number): number {
	return Number((BigInt(hash >>> 0) * BigInt(count)) >> 32n);
}

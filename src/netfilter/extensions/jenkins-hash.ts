/**
 * Bob Jenkins' hash over a few words, as the kernel has it (linux/jhash.h): HMARK and cluster spread by it.
 *
 * The words are in host order of the machine that recorded it: a little-endian one, where an address in network order
 * reads backwards (`swapped`).
 */

const INITIAL = 0xdeadbeef;

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

function final(a: number, b: number, c: number): number {
	c = (c ^ b) - rotate(b, 14);
	a = (a ^ c) - rotate(c, 11);
	b = (b ^ a) - rotate(a, 25);
	c = (c ^ b) - rotate(b, 16);
	a = (a ^ c) - rotate(c, 4);
	b = (b ^ a) - rotate(a, 14);
	c = (c ^ b) - rotate(b, 24);
	return c >>> 0;
}

/** @param words one to three */
export function jenkinsHash(words: readonly number[], seed: number): number {
	const initial = (INITIAL + (words.length << 2) + seed) | 0;
	const [a = 0, b = 0, c = 0] = words;
	return final((a + initial) | 0, (b + initial) | 0, (c + initial) | 0);
}

/** The bytes of a word the other way round. */
export function swapped(word: number): number {
	return (((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** A hash onto 0 … count - 1 (reciprocal_scale). */
export function scaled(hash: number, count: number): number {
	return Number((BigInt(hash >>> 0) * BigInt(count)) >> 32n);
}

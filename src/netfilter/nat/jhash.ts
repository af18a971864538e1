/** Bob Jenkins' lookup3 over 32-bit words, as the kernel's jhash2: NAT spreads connections over a pool of addresses with it. */

const INITIAL = 0xdeadbeef;

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** @returns an unsigned 32-bit number */
export function jhash2(words: readonly number[], seed: number): number {
	let a = (INITIAL + (words.length << 2) + seed) | 0;
	let b = a;
	let c = a;
	let at = 0;
	let left = words.length;
	for (; left > 3; left -= 3, at += 3) {
		a = (a + words[at]!) | 0;
		b = (b + words[at + 1]!) | 0;
		c = (c + words[at + 2]!) | 0;
		a = ((a - c) | 0) ^ rotate(c, 4);
		c = (c + b) | 0;
		b = ((b - a) | 0) ^ rotate(a, 6);
		a = (a + c) | 0;
		c = ((c - b) | 0) ^ rotate(b, 8);
		b = (b + a) | 0;
		a = ((a - c) | 0) ^ rotate(c, 16);
		c = (c + b) | 0;
		b = ((b - a) | 0) ^ rotate(a, 19);
		a = (a + c) | 0;
		c = ((c - b) | 0) ^ rotate(b, 4);
		b = (b + a) | 0;
	}
	if (left === 0) return c >>> 0;
	if (left === 3) c = (c + words[at + 2]!) | 0;
	if (left >= 2) b = (b + words[at + 1]!) | 0;
	a = (a + words[at]!) | 0;
	c = ((c ^ b) - rotate(b, 14)) | 0;
	a = ((a ^ c) - rotate(c, 11)) | 0;
	b = ((b ^ a) - rotate(a, 25)) | 0;
	c = ((c ^ b) - rotate(b, 16)) | 0;
	a = ((a ^ c) - rotate(c, 4)) | 0;
	b = ((b ^ a) - rotate(a, 14)) | 0;
	c = ((c ^ b) - rotate(b, 24)) | 0;
	return c >>> 0;
}

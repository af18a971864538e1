/** Message digests and check sums as pure functions: MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4), CRC of POSIX cksum. */

/** the message, 0x80, zeros, its length in bits */
function padded(bytes: Uint8Array, block: 64 | 128, littleEndian: boolean): DataView {
	const lengthSize = block / 8;
	const total = Math.ceil((bytes.length + 1 + lengthSize) / block) * block;
	const all = new Uint8Array(total);
	all.set(bytes);
	all[bytes.length] = 0x80;
	const view = new DataView(all.buffer);
	const bits = BigInt(bytes.length) * 8n;
	view.setBigUint64(total - 8, bits, littleEndian);
	return view;
}

const rotateLeft = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
const rotateRight = (x: number, n: number): number => (x >>> n) | (x << (32 - n));
const hex32 = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
const swap = (x: number): number =>
	((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | ((x >>> 24) & 0xff);

const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const MD5_SINES = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);

export function md5(bytes: Uint8Array): string {
	const view = padded(bytes, 64, true);
	const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
	for (let at = 0; at < view.byteLength; at += 64) {
		let [a, b, c, d] = state as [number, number, number, number];
		for (let i = 0; i < 64; i++) {
			const round = i >> 4;
			const mix = round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d); // prettier-ignore
			const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round]! % 16;
			const sum = (a + mix + MD5_SINES[i]! + view.getInt32(at + word * 4, true)) | 0;
			[a, d, c, b] = [d, c, b, (b + rotateLeft(sum, MD5_SHIFTS[round * 4 + (i % 4)]!)) | 0];
		}
		[a, b, c, d].forEach((value, i) => (state[i] = (state[i]! + value) | 0));
	}
	return state.map((word) => hex32(swap(word))).join('');
}

export function sha1(bytes: Uint8Array): string {
	const view = padded(bytes, 64, false);
	const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
	const words = new Int32Array(80);
	for (let at = 0; at < view.byteLength; at += 64) {
		for (let i = 0; i < 80; i++)
			words[i] = i < 16 ? view.getInt32(at + i * 4) : rotateLeft(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1); // prettier-ignore
		let [a, b, c, d, e] = state as [number, number, number, number, number];
		for (let i = 0; i < 80; i++) {
			const round = Math.floor(i / 20);
			const mix = round === 0 ? (b & c) | (~b & d) : round === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
			const constant = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][round]!;
			const next = (rotateLeft(a, 5) + mix + e + constant + words[i]!) | 0;
			[a, b, c, d, e] = [next, a, rotateLeft(b, 30), c, d];
		}
		[a, b, c, d, e].forEach((value, i) => (state[i] = (state[i]! + value) | 0));
	}
	return state.map(hex32).join('');
}

function primes(count: number): bigint[] {
	const found: bigint[] = [];
	for (let n = 2n; found.length < count; n++) if (found.every((prime) => n % prime !== 0n)) found.push(n);
	return found;
}

/** the largest x with x^power ≤ n */
function root(n: bigint, power: bigint): bigint {
	let low = 0n;
	let high = 1n << (BigInt(n.toString(2).length) / power + 1n);
	while (low < high) {
		const middle = (low + high + 1n) / 2n;
		if (middle ** power <= n) low = middle;
		else high = middle - 1n;
	}
	return low;
}

/** The first 64 bits of the fractional part of a prime's root. */
const fraction = (prime: bigint, power: bigint): bigint => BigInt.asUintN(64, root(prime << (64n * power), power));

const PRIMES = primes(80);
let constants: readonly bigint[] | undefined;
/** K of SHA-512; its upper halves are K of SHA-256 */
const roundConstants = (): readonly bigint[] => (constants ??= PRIMES.map((prime) => fraction(prime, 3n)));

const SHA224_START = [0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4];

function sha2Short(bytes: Uint8Array, start: readonly number[], words: number): string {
	const view = padded(bytes, 64, false);
	const k = roundConstants().slice(0, 64).map((value) => Number(value >> 32n) | 0); // prettier-ignore
	const state = [...start];
	const w = new Int32Array(64);
	for (let at = 0; at < view.byteLength; at += 64) {
		for (let i = 0; i < 64; i++) {
			if (i < 16) {
				w[i] = view.getInt32(at + i * 4);
				continue;
			}
			const [x, y] = [w[i - 15]!, w[i - 2]!];
			const s0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
			const s1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10);
			w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
		}
		let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
		for (let i = 0; i < 64; i++) {
			const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
			const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0;
			const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
			const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
			[a, b, c, d, e, f, g, h] = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
		}
		[a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (state[i]! + value) | 0));
	}
	return state.slice(0, words).map(hex32).join('');
}

const wide = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotateWide = (x: bigint, n: bigint): bigint => (x >> n) | wide(x << (64n - n));

function sha2Long(bytes: Uint8Array, start: readonly bigint[], words: number): string {
	const view = padded(bytes, 128, false);
	const k = roundConstants();
	const state = [...start];
	const w: bigint[] = new Array<bigint>(80).fill(0n);
	for (let at = 0; at < view.byteLength; at += 128) {
		for (let i = 0; i < 80; i++) {
			if (i < 16) {
				w[i] = view.getBigUint64(at + i * 8);
				continue;
			}
			const [x, y] = [w[i - 15]!, w[i - 2]!];
			const s0 = rotateWide(x, 1n) ^ rotateWide(x, 8n) ^ (x >> 7n);
			const s1 = rotateWide(y, 19n) ^ rotateWide(y, 61n) ^ (y >> 6n);
			w[i] = wide(w[i - 16]! + s0 + w[i - 7]! + s1);
		}
		let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
		for (let i = 0; i < 80; i++) {
			const s1 = rotateWide(e, 14n) ^ rotateWide(e, 18n) ^ rotateWide(e, 41n);
			const t1 = wide(h + s1 + ((e & f) ^ (wide(~e) & g)) + k[i]! + w[i]!);
			const s0 = rotateWide(a, 28n) ^ rotateWide(a, 34n) ^ rotateWide(a, 39n);
			const t2 = wide(s0 + ((a & b) ^ (a & c) ^ (b & c)));
			[a, b, c, d, e, f, g, h] = [wide(t1 + t2), a, b, c, wide(d + t1), e, f, g];
		}
		[a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = wide(state[i]! + value)));
	}
	return state.slice(0, words).map((word) => word.toString(16).padStart(16, '0')).join(''); // prettier-ignore
}

export const sha224 = (bytes: Uint8Array): string => sha2Short(bytes, SHA224_START, 7);
export const sha256 = (bytes: Uint8Array): string =>
	sha2Short(bytes, PRIMES.slice(0, 8).map((prime) => Number(fraction(prime, 2n) >> 32n) | 0), 8); // prettier-ignore
export const sha384 = (bytes: Uint8Array): string =>
	sha2Long(bytes, PRIMES.slice(8, 16).map((prime) => fraction(prime, 2n)), 6); // prettier-ignore
export const sha512 = (bytes: Uint8Array): string =>
	sha2Long(bytes, PRIMES.slice(0, 8).map((prime) => fraction(prime, 2n)), 8); // prettier-ignore

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
	let value = byte << 24;
	for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
	return value;
});

/** POSIX cksum: the length counts too. */
export function posixCrc(bytes: Uint8Array): number {
	let crc = 0;
	const take = (byte: number): void => {
		crc = (crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ byte) & 0xff]!;
	};
	bytes.forEach(take);
	for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) take(length & 0xff);
	return ~crc >>> 0;
}

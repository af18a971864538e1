/** Message digests and check sums as pure functions: MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4), CRC of POSIX cksum. */
import * as sha2 from '../libc/sha2';

/** the message, 0x80, zeros, its length in bits */
function padded(bytes: Uint8Array, littleEndian: boolean): DataView {
	const total = Math.ceil((bytes.length + 9) / 64) * 64;
	const all = new Uint8Array(total);
	all.set(bytes);
	all[bytes.length] = 0x80;
	const view = new DataView(all.buffer);
	const bits = BigInt(bytes.length) * 8n;
	view.setBigUint64(total - 8, bits, littleEndian);
	return view;
}

const rotateLeft = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
const hex32 = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
const swap = (x: number): number =>
	((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | ((x >>> 24) & 0xff);

const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const MD5_SINES = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);

export function md5(bytes: Uint8Array): string {
	const view = padded(bytes, true);
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
	const view = padded(bytes, false);
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

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const sha224 = (bytes: Uint8Array): string => hex(sha2.sha224(bytes));
export const sha256 = (bytes: Uint8Array): string => hex(sha2.sha256(bytes));
export const sha384 = (bytes: Uint8Array): string => hex(sha2.sha384(bytes));
export const sha512 = (bytes: Uint8Array): string => hex(sha2.sha512(bytes));

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

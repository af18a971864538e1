/**
 * SHA-2 as FIPS 180-4 has it: SHA-224, -256, -384 and -512 as pure functions of bytes.
 *
 * The 64-bit words of SHA-384 and SHA-512 are pairs of 32-bit halves: crypt(3) makes five thousand rounds of it for each
 * password, and BigInt takes thirty times as long.
 */

/** bytes of a block: 64 with 32-bit words, 128 with 64-bit words */
type Block = 64 | 128;

/** the message, 0x80, zeros, its length in bits */
function padded(bytes: Uint8Array, block: Block): DataView {
	const total = Math.ceil((bytes.length + 1 + block / 8) / block) * block;
	const all = new Uint8Array(total);
	all.set(bytes);
	all[bytes.length] = 0x80;
	const view = new DataView(all.buffer);
	view.setUint32(total - 8, Math.floor(bytes.length / 2 ** 29));
	view.setUint32(total - 4, (bytes.length << 3) >>> 0);
	return view;
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

/** Upper and lower halves of the first 64 bits of the fractional parts of the primes' roots. */
interface Halves {
	readonly high: Int32Array;
	readonly low: Int32Array;
}

function fractions(of: readonly bigint[], power: bigint): Halves {
	const words = of.map((prime) => BigInt.asUintN(64, root(prime << (64n * power), power)));
	return {
		high: Int32Array.from(words, (word) => Number(word >> 32n)),
		low: Int32Array.from(words, (word) => Number(BigInt.asIntN(32, word)))
	};
}

interface Constants {
	/** K of SHA-512; its upper halves are K of SHA-256 */
	readonly rounds: Halves;
	/** of the first sixteen primes: where SHA-512, SHA-256 (0–7) and SHA-384, SHA-224 (8–15) begin */
	readonly start: Halves;
}
let made: Constants | undefined;
/** made when first needed: it takes a millisecond */
function constants(): Constants {
	const eighty = made ? [] : primes(80);
	return (made ??= { rounds: fractions(eighty, 3n), start: fractions(eighty.slice(0, 16), 2n) });
}

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

function short(bytes: Uint8Array, start: Int32Array, size: number): Uint8Array {
	const view = padded(bytes, 64);
	const k = constants().rounds.high;
	const state = start.slice();
	const w = new Int32Array(64);
	for (let at = 0; at < view.byteLength; at += 64) {
		for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + i * 4);
		for (let i = 16; i < 64; i++) {
			const x = w[i - 15]!;
			const y = w[i - 2]!;
			const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
			const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
			w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
		}
		shortRounds(state, w, k);
	}
	return written(state, size);
}

function shortRounds(state: Int32Array, w: Int32Array, k: Int32Array): void {
	let a = state[0]!;
	let b = state[1]!;
	let c = state[2]!;
	let d = state[3]!;
	let e = state[4]!;
	let f = state[5]!;
	let g = state[6]!;
	let h = state[7]!;
	for (let i = 0; i < 64; i++) {
		const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0;
		const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
		h = g;
		g = f;
		f = e;
		e = (d + t1) | 0;
		d = c;
		c = b;
		b = a;
		a = (t1 + t2) | 0;
	}
	for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = state[i]! + value;
}

/** The halves of x rotated right by n, for n below 32 (`high` and `low` of x in this order) or n − 32 (exchanged). */
const rotateWide = (one: number, other: number, n: number): number => (one >>> n) | (other << (32 - n));
/** what a sum of unsigned lower halves carries */
const carry = (sum: number): number => (sum / 4_294_967_296) | 0;

const wHigh = new Int32Array(80);
const wLow = new Int32Array(80);

function schedule(view: DataView, at: number): void {
	for (let i = 0; i < 16; i++) {
		wHigh[i] = view.getInt32(at + i * 8);
		wLow[i] = view.getInt32(at + i * 8 + 4);
	}
	for (let i = 16; i < 80; i++) {
		const xh = wHigh[i - 15]!;
		const xl = wLow[i - 15]!;
		const yh = wHigh[i - 2]!;
		const yl = wLow[i - 2]!;
		const s0h = rotateWide(xh, xl, 1) ^ rotateWide(xh, xl, 8) ^ (xh >>> 7);
		const s0l = rotateWide(xl, xh, 1) ^ rotateWide(xl, xh, 8) ^ rotateWide(xl, xh, 7);
		const s1h = rotateWide(yh, yl, 19) ^ rotateWide(yl, yh, 29) ^ (yh >>> 6);
		const s1l = rotateWide(yl, yh, 19) ^ rotateWide(yh, yl, 29) ^ rotateWide(yl, yh, 6);
		const low = (wLow[i - 16]! >>> 0) + (s0l >>> 0) + (wLow[i - 7]! >>> 0) + (s1l >>> 0);
		wLow[i] = low;
		wHigh[i] = wHigh[i - 16]! + s0h + wHigh[i - 7]! + s1h + carry(low);
	}
}

/** @param state upper and lower halves of the eight words: a at 0 and 1, b at 2 and 3 … */
function wideRounds(state: Int32Array, k: Halves): void {
	let [ah, al, bh, bl, ch, cl, dh, dl] = state as unknown as Halves8;
	let [eh, el, fh, fl, gh, gl, hh, hl] = state.subarray(8) as unknown as Halves8;
	for (let i = 0; i < 80; i++) {
		const s1h = rotateWide(eh, el, 14) ^ rotateWide(eh, el, 18) ^ rotateWide(el, eh, 9);
		const s1l = rotateWide(el, eh, 14) ^ rotateWide(el, eh, 18) ^ rotateWide(eh, el, 9);
		const choiceLow = (el & fl) ^ (~el & gl);
		const t1Sum = (hl >>> 0) + (s1l >>> 0) + (choiceLow >>> 0) + (k.low[i]! >>> 0) + (wLow[i]! >>> 0);
		const t1h = (hh + s1h + ((eh & fh) ^ (~eh & gh)) + k.high[i]! + wHigh[i]! + carry(t1Sum)) | 0;
		const t1l = t1Sum | 0;
		const s0h = rotateWide(ah, al, 28) ^ rotateWide(al, ah, 2) ^ rotateWide(al, ah, 7);
		const s0l = rotateWide(al, ah, 28) ^ rotateWide(ah, al, 2) ^ rotateWide(ah, al, 7);
		const majorHigh = (ah & bh) ^ (ah & ch) ^ (bh & ch);
		const majorLow = (al & bl) ^ (al & cl) ^ (bl & cl);
		hh = gh;
		hl = gl;
		gh = fh;
		gl = fl;
		fh = eh;
		fl = el;
		const eSum = (dl >>> 0) + (t1l >>> 0);
		eh = (dh + t1h + carry(eSum)) | 0;
		el = eSum | 0;
		dh = ch;
		dl = cl;
		ch = bh;
		cl = bl;
		bh = ah;
		bl = al;
		const aSum = (t1l >>> 0) + (s0l >>> 0) + (majorLow >>> 0);
		ah = (t1h + s0h + majorHigh + carry(aSum)) | 0;
		al = aSum | 0;
	}
	const sums = [ah, al, bh, bl, ch, cl, dh, dl, eh, el, fh, fl, gh, gl, hh, hl];
	for (let i = 0; i < 16; i += 2) {
		const low = (state[i + 1]! >>> 0) + (sums[i + 1]! >>> 0);
		state[i + 1] = low;
		state[i] = state[i]! + sums[i]! + carry(low);
	}
}
type Halves8 = [number, number, number, number, number, number, number, number];

function wide(bytes: Uint8Array, first: number, size: number): Uint8Array {
	const view = padded(bytes, 128);
	const { rounds, start } = constants();
	const state = new Int32Array(16);
	for (let i = 0; i < 8; i++) {
		state[2 * i] = start.high[first + i]!;
		state[2 * i + 1] = start.low[first + i]!;
	}
	for (let at = 0; at < view.byteLength; at += 128) {
		schedule(view, at);
		wideRounds(state, rounds);
	}
	return written(state, size);
}

/** The first `size` bytes of the state. */
function written(state: Int32Array, size: number): Uint8Array {
	const out = new DataView(new ArrayBuffer(size));
	for (let i = 0; i < size / 4; i++) out.setInt32(i * 4, state[i]!);
	return new Uint8Array(out.buffer);
}

export const sha224 = (bytes: Uint8Array): Uint8Array => short(bytes, constants().start.low.subarray(8, 16), 28);
export const sha256 = (bytes: Uint8Array): Uint8Array => short(bytes, constants().start.high.subarray(0, 8), 32);
export const sha384 = (bytes: Uint8Array): Uint8Array => wide(bytes, 8, 48);
export const sha512 = (bytes: Uint8Array): Uint8Array => wide(bytes, 0, 64);

/**
 * The integers, strings and names of DNS messages as bytes, names compressed (RFC 1035 4.1.4).
 *
 * Trusts: nothing. A reader throws `Malformed` when the bytes end or a pointer does not point back.
 */
import { labelsOf, nameOf } from './dns-name';

/** Thrown for bytes that are no message, and caught by whoever began to read. */
export class Malformed {}

/** Takes fields off the bytes of a message. */
export class Reader {
	at = 0;
	constructor(
		readonly bytes: Uint8Array,
		public end = bytes.length
	) {}

	uint(count: number): number {
		if (this.at + count > this.end) throw new Malformed();
		let value = 0;
		for (let i = 0; i < count; i++) value = value * 256 + this.bytes[this.at++]!;
		return value;
	}

	take(count: number): Uint8Array {
		if (this.at + count > this.end) throw new Malformed();
		this.at += count;
		return this.bytes.slice(this.at - count, this.at);
	}

	text(): string {
		return String.fromCharCode(...this.take(this.uint(1)));
	}

	/** follows compression pointers, each of which must point before the last (so it ends) */
	name(): string {
		const labels: string[] = [];
		let at = this.at;
		let limit = this.at;
		let after = -1;
		for (;;) {
			const length = this.bytes[at];
			if (length === undefined) throw new Malformed();
			if (length >= 0xc0) {
				const target = ((length & 0x3f) << 8) | (this.bytes[at + 1] ?? 0);
				if (after < 0) after = at + 2;
				if (target >= limit) throw new Malformed();
				at = limit = target;
			} else if (length > 63 || at + length >= this.bytes.length) throw new Malformed();
			else if (length === 0) break;
			else {
				labels.push(String.fromCharCode(...this.bytes.subarray(at + 1, at + 1 + length)));
				at += length + 1;
			}
			if (labels.length > 127) throw new Malformed();
		}
		this.at = after < 0 ? at + 1 : after;
		return nameOf(labels);
	}
}

/** A name and its parent may be pointed at and replaced by a pointer. */
const COMPRESSED_SUFFIXES = 2;

/** Puts the fields of a message together, with compressed names. */
export class Writer {
	bytes: number[] = [];
	#names = new Map<string, number>();

	/** @param compressing off: names are written out, as the data of a record that stands alone */
	constructor(readonly compressing = true) {}

	uint(value: number, count: number): void {
		for (let i = count - 1; i >= 0; i--) this.bytes.push(Math.floor(value / 2 ** (8 * i)) & 255);
	}

	put(bytes: ArrayLike<number>): void {
		for (let i = 0; i < bytes.length; i++) this.bytes.push(bytes[i]!);
	}

	text(text: string): void {
		this.bytes.push(text.length & 255);
		for (let i = 0; i < text.length; i++) this.bytes.push(text.charCodeAt(i) & 255);
	}

	/**
	 * Compresses as BIND does in answers: by exact spelling, so that the case of a zone is kept, and looking only at the whole
	 * name and at what is behind its first label (dns_compress_find).
	 */
	name(name: string, compress = true): void {
		const labels = labelsOf(name) ?? [];
		for (let i = 0; i < labels.length; i++) {
			if (i >= COMPRESSED_SUFFIXES) {
				this.text(labels[i]!);
				continue;
			}
			const rest = nameOf(labels.slice(i));
			const earlier = this.#names.get(rest);
			if (compress && this.compressing && earlier !== undefined) {
				this.uint(0xc000 | earlier, 2);
				return;
			}
			if (this.bytes.length < 0x4000) this.#names.set(rest, this.bytes.length);
			this.text(labels[i]!);
		}
		this.bytes.push(0);
	}

	/** Cuts back to an earlier length and forgets the names behind it. */
	rewind(length: number): void {
		this.bytes.length = length;
		for (const [name, at] of this.#names) if (at >= length) this.#names.delete(name);
	}
}

/**
 * Seeded random numbers (sfc32, Chris Doty-Humphrey's small fast counter generator).
 *
 * Does: gives every part of a world that needs chance (ports, sequence numbers, loss on a link) numbers that depend on
 *       the seed alone.
 * Lacks: cryptographic strength; nothing here protects a secret.
 */
export class Random {
	#a: number;
	#b: number;
	#c: number;
	#counter = 1;

	constructor(seed: number) {
		this.#a = seed | 0;
		this.#b = 0x9e3779b9 | 0;
		this.#c = 0x243f6a88 | 0;
		for (let i = 0; i < 12; i++) this.uint32();
	}

	/** 0 … 2³²-1 */
	uint32(): number {
		const sum = (this.#a + this.#b + this.#counter) | 0;
		this.#counter = (this.#counter + 1) | 0;
		this.#a = this.#b ^ (this.#b >>> 9);
		this.#b = (this.#c + (this.#c << 3)) | 0;
		this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
		this.#c |= 0;
		return sum >>> 0;
	}

	/** A whole number from `low` to `high`, both included. */
	between(low: number, high: number): number {
		return low + (this.uint32() % (high - low + 1));
	}

	/** At least 0, less than 1. */
	fraction(): number {
		return this.uint32() / 0x1_0000_0000;
	}

	bytes(count: number): Uint8Array {
		const out = new Uint8Array(count);
		for (let i = 0; i < count; i++) out[i] = this.uint32() & 0xff;
		return out;
	}

	/** A generator of its own whose numbers do not depend on how many this one gives later. */
	split(): Random {
		return new Random(this.uint32());
	}
}

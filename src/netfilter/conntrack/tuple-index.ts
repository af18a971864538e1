/**
 * Finds connections by the tuple of a packet: a hash table with chains in typed arrays, so that a look-up makes no
 * object and 100,000 connections cost a few megabytes.
 *
 * Does: each connection has a slot and two entries, one a direction (entry = 2 × slot + direction). New entries stand
 *       first in their chain.
 */
import type { Tuple } from './connection';
import { packedPorts } from './tuple';

const FIRST_SLOTS = 64;
const NONE = -1;

/** murmur3's mixing of four words */
function hashOf(a: number, b: number, c: number, d: number): number {
	let hash = Math.imul(a, 0xcc9e2d51);
	hash = Math.imul((hash << 13) | (hash >>> 19), 5) ^ Math.imul(b, 0x1b873593);
	hash = Math.imul((hash << 13) | (hash >>> 19), 5) ^ Math.imul(c, 0x85ebca6b);
	hash = Math.imul((hash << 13) | (hash >>> 19), 5) ^ Math.imul(d, 0xc2b2ae35);
	hash ^= hash >>> 16;
	hash = Math.imul(hash, 0x7feb352d);
	return hash ^ (hash >>> 15);
}

export class TupleIndex {
	#slots = FIRST_SLOTS;
	/** slots never used begin here; those given back are chained by `#next` of their first entry */
	#used = 0;
	#free = NONE;
	#buckets = new Int32Array(FIRST_SLOTS * 2).fill(NONE);
	#next = new Int32Array(FIRST_SLOTS * 2);
	/** four words an entry: source, destination, ports, protocol and zone */
	#words = new Int32Array(FIRST_SLOTS * 8);

	/** @returns an entry (2 × slot + direction), -1 for none */
	find(source: number, destination: number, ports: number, protocol: number): number {
		const words = this.#words;
		const buckets = this.#buckets;
		let entry = buckets[hashOf(source, destination, ports, protocol) & (buckets.length - 1)]!;
		while (entry !== NONE) {
			const at = entry << 2;
			if (
				words[at + 2] === ports &&
				words[at] === source &&
				words[at + 1] === destination &&
				words[at + 3] === protocol
			)
				return entry;
			entry = this.#next[entry]!;
		}
		return NONE;
	}

	findTuple(tuple: Tuple, zone: number): number {
		return this.find(tuple.source | 0, tuple.destination | 0, packedPorts(tuple), tuple.protocol | (zone << 8));
	}

	/** @returns the slot */
	insert(original: Tuple, reply: Tuple, zone: number): number {
		let slot = this.#free;
		if (slot === NONE) {
			if (this.#used === this.#slots) this.#grow();
			slot = this.#used++;
		} else this.#free = this.#next[slot * 2]!;
		this.#write(slot * 2, original, zone);
		this.#write(slot * 2 + 1, reply, zone);
		return slot;
	}

	remove(slot: number): void {
		this.#unlink(slot * 2);
		this.#unlink(slot * 2 + 1);
		this.#next[slot * 2] = this.#free;
		this.#free = slot;
	}

	/** The kernel's bucket of an entry when it has that many, a power of two. */
	bucketOf(entry: number, buckets: number): number {
		const at = entry << 2;
		const words = this.#words;
		return hashOf(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) & (buckets - 1);
	}

	/** Entries whose bucket, out of `buckets`, is one of `count` from that of `tuple` on. */
	near(tuple: Tuple, zone: number, buckets: number, count: number): number[] {
		const found: number[] = [];
		const from = hashOf(tuple.source | 0, tuple.destination | 0, packedPorts(tuple), tuple.protocol | (zone << 8));
		for (let step = 0; step < count; step++) {
			const bucket = (from + step) & (buckets - 1);
			let entry = this.#buckets[bucket & (this.#buckets.length - 1)]!;
			for (; entry !== NONE; entry = this.#next[entry]!)
				if (this.bucketOf(entry, buckets) === bucket) found.push(entry);
		}
		return found;
	}

	clear(): void {
		this.#slots = FIRST_SLOTS;
		this.#used = 0;
		this.#free = NONE;
		this.#buckets = new Int32Array(FIRST_SLOTS * 2).fill(NONE);
		this.#next = new Int32Array(FIRST_SLOTS * 2);
		this.#words = new Int32Array(FIRST_SLOTS * 8);
	}

	#write(entry: number, tuple: Tuple, zone: number): void {
		const at = entry << 2;
		this.#words[at] = tuple.source | 0;
		this.#words[at + 1] = tuple.destination | 0;
		this.#words[at + 2] = packedPorts(tuple);
		this.#words[at + 3] = tuple.protocol | (zone << 8);
		this.#link(entry);
	}

	#link(entry: number): void {
		const bucket = this.bucketOf(entry, this.#buckets.length);
		this.#next[entry] = this.#buckets[bucket]!;
		this.#buckets[bucket] = entry;
	}

	#unlink(entry: number): void {
		const bucket = this.bucketOf(entry, this.#buckets.length);
		let at = this.#buckets[bucket]!;
		if (at === entry) {
			this.#buckets[bucket] = this.#next[entry]!;
			return;
		}
		while (this.#next[at] !== entry) at = this.#next[at]!;
		this.#next[at] = this.#next[entry]!;
	}

	#grow(): void {
		this.#slots *= 2;
		const words = new Int32Array(this.#slots * 8);
		words.set(this.#words);
		this.#words = words;
		this.#next = new Int32Array(this.#slots * 2);
		this.#buckets = new Int32Array(this.#slots * 2).fill(NONE);
		for (let entry = 0; entry < this.#used * 2; entry++) this.#link(entry);
	}
}

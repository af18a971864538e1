/**
 * The trace: what happened, in order, in one bounded buffer.
 *
 * Does: numbers and times each event, keeps the newest `capacity` of them, hands each to the listeners (the worker's
 *       batch, a capture, a test), and can keep a running hash, by which two runs are compared.
 * Trusts: nothing; it knows no event by name. A room declares the events that it emits beside the code that emits them;
 *       `world/events.ts` names their union.
 * Lacks: search. That is for whoever reads it.
 */

/** What all events share. `kind` is `room.what`: "link.frame", "postfix.restriction". */
export interface TraceEvent {
	readonly kind: string;
	/** the host where it happened; empty for none */
	readonly host: string;
}

/** An event as recorded. */
export interface Recorded<E extends TraceEvent = TraceEvent> {
	/** counts from 0, never reused */
	readonly sequence: number;
	/** microseconds of virtual time */
	readonly time: number;
	readonly event: E;
}

export type TraceListener = (recorded: Recorded) => void;

export class Trace {
	readonly #capacity: number;
	#ring: Recorded[] = [];
	#first = 0;
	#count = 0;
	#listeners: TraceListener[] = [];

	/** @param capacity events kept; older ones are forgotten */
	constructor(capacity = 100_000) {
		this.#capacity = capacity;
	}

	/** Events ever emitted: also the sequence number of the next one. */
	get count(): number {
		return this.#count;
	}

	emit(time: number, event: TraceEvent): void {
		const recorded: Recorded = { sequence: this.#count++, time, event };
		if (this.#ring.length < this.#capacity) this.#ring.push(recorded);
		else {
			this.#ring[this.#first] = recorded;
			this.#first = (this.#first + 1) % this.#capacity;
		}
		for (const listener of this.#listeners) listener(recorded);
	}

	/** @returns a function that ends the subscription */
	listen(listener: TraceListener): () => void {
		this.#listeners.push(listener);
		return () => {
			this.#listeners = this.#listeners.filter((other) => other !== listener);
		};
	}

	/** The event of that number, undefined when it is forgotten or yet to come. */
	at(sequence: number): Recorded | undefined {
		const oldest = this.#count - this.#ring.length;
		if (sequence < oldest || sequence >= this.#count) return undefined;
		return this.#ring[(this.#first + sequence - oldest) % this.#capacity];
	}

	/** The kept events from `sequence` on, oldest first. */
	*since(sequence = 0): Generator<Recorded> {
		for (let i = Math.max(sequence, this.#count - this.#ring.length); i < this.#count; i++) yield this.at(i)!;
	}
}

/**
 * A running 53-bit hash over events (cyrb53 over their JSON text; typed arrays count as their bytes). Two runs with the
 * same seed and inputs end with the same hash, in Node and in a browser.
 */
export class TraceHash {
	#high = 0xdeadbeef;
	#low = 0x41c6ce57;

	readonly add: TraceListener = (recorded) => {
		const text = JSON.stringify([recorded.time, recorded.event], (_key, value: unknown) =>
			value instanceof Uint8Array ? Array.from(value).join() : value
		);
		for (let i = 0; i < text.length; i++) {
			const code = text.charCodeAt(i);
			this.#high = Math.imul(this.#high ^ code, 2654435761);
			this.#low = Math.imul(this.#low ^ code, 1597334677);
		}
	};

	/** 14 hexadecimal digits */
	digest(): string {
		let high = Math.imul(this.#high ^ (this.#high >>> 16), 2246822507);
		high ^= Math.imul(this.#low ^ (this.#low >>> 13), 3266489909);
		let low = Math.imul(this.#low ^ (this.#low >>> 16), 2246822507);
		low ^= Math.imul(this.#high ^ (this.#high >>> 13), 3266489909);
		return (4294967296 * (2097151 & low) + (high >>> 0)).toString(16).padStart(14, '0');
	}
}

/**
 * Where TCP keeps bytes: those that wait to be sent or acknowledged, those that wait to be read, and those that came
 * before their turn.
 */
import { add, after, ahead, before } from './sequence';

/** A queue of bytes made of chunks; nothing is copied until it is taken. */
export class ByteQueue {
	#chunks: Uint8Array[] = [];
	/** bytes of the first chunk that are gone */
	#offset = 0;
	#length = 0;

	get length(): number {
		return this.#length;
	}

	append(bytes: Uint8Array): void {
		if (bytes.length === 0) return;
		this.#chunks.push(bytes);
		this.#length += bytes.length;
	}

	/** A copy of `count` bytes from `from` on; they stay. */
	slice(from: number, count: number): Uint8Array {
		let at = from + this.#offset;
		let i = 0;
		while (i < this.#chunks.length && at >= this.#chunks[i]!.length) at -= this.#chunks[i++]!.length;
		const first = this.#chunks[i];
		if (first && at + count <= first.length) return first.subarray(at, at + count);
		const out = new Uint8Array(count);
		for (let done = 0; done < count; i++, at = 0) {
			const part = this.#chunks[i]!.subarray(at, at + count - done);
			out.set(part, done);
			done += part.length;
		}
		return out;
	}

	drop(count: number): void {
		this.#length -= count;
		this.#offset += count;
		let gone = 0;
		while (gone < this.#chunks.length && this.#offset >= this.#chunks[gone]!.length)
			this.#offset -= this.#chunks[gone++]!.length;
		if (gone > 0) this.#chunks.splice(0, gone);
	}

	take(count: number): Uint8Array {
		const bytes = this.slice(0, count);
		this.drop(count);
		return bytes;
	}

	clear(): void {
		this.#chunks = [];
		this.#offset = 0;
		this.#length = 0;
	}
}

interface Piece {
	readonly start: number;
	readonly end: number;
	readonly bytes: Uint8Array;
}

/** Segments behind a gap, without overlaps, in the order of their numbers (RFC 2018 reports them as blocks). */
export class OutOfOrderQueue {
	#pieces: Piece[] = [];
	#recent = 0;

	get empty(): boolean {
		return this.#pieces.length === 0;
	}

	get bytes(): number {
		let sum = 0;
		for (const piece of this.#pieces) sum += piece.bytes.length;
		return sum;
	}

	/** Keeps what was not there yet. @returns whether all of it was there */
	add(start: number, bytes: Uint8Array): boolean {
		this.#recent = start;
		let at = 0;
		let from = start;
		const end = add(start, bytes.length);
		let news = false;
		while (before(from, end)) {
			while (at < this.#pieces.length && !after(this.#pieces[at]!.end, from)) at++;
			const next = this.#pieces[at];
			if (next && !after(next.start, from)) {
				from = next.end;
				continue;
			}
			const to = next && before(next.start, end) ? next.start : end;
			this.#pieces.splice(at, 0, { start: from, end: to, bytes: bytes.subarray(ahead(from, start), ahead(to, start)) });
			news = true;
			from = to;
		}
		return !news;
	}

	/** Takes what follows `next` without a gap. */
	takeFrom(next: number): Uint8Array[] {
		const out: Uint8Array[] = [];
		while (this.#pieces.length > 0 && !after(this.#pieces[0]!.start, next)) {
			const piece = this.#pieces.shift()!;
			if (!after(piece.end, next)) continue;
			out.push(piece.bytes.subarray(ahead(next, piece.start)));
			next = piece.end;
		}
		return out;
	}

	/** Blocks for the SACK option: the one with the newest segment first, at most four. */
	blocks(): (readonly [number, number])[] {
		const blocks: [number, number][] = [];
		for (const piece of this.#pieces) {
			const last = blocks[blocks.length - 1];
			if (last && last[1] === piece.start) last[1] = piece.end;
			else blocks.push([piece.start, piece.end]);
		}
		const newest = blocks.findIndex(([start, end]) => !before(this.#recent, start) && before(this.#recent, end));
		if (newest > 0) blocks.unshift(...blocks.splice(newest, 1));
		return blocks.slice(0, 4);
	}

	clear(): void {
		this.#pieces = [];
	}
}

/** Records from a stream (rec_get(3)), as cleanup and postdrop read them. */
import type { Sys } from '#kernel/syscalls';
import { decode } from '../libc/text';
import { read } from '../libc/unistd';

export class RecordReader {
	#rest = new Uint8Array(0);

	/** @param start bytes that were read already */
	constructor(
		readonly fd: number,
		start?: Uint8Array
	) {
		if (start) this.#rest = start.slice();
	}

	/** The next record; null at the end of the stream, also in the middle of a record. */
	*next(): Sys<{ readonly type: string; readonly data: string } | null> {
		for (;;) {
			const found = this.#take();
			if (found) return found;
			const part = yield* read(this.fd, 65_536);
			if (part.length === 0) return null;
			const joined = new Uint8Array(this.#rest.length + part.length);
			joined.set(this.#rest);
			joined.set(part, this.#rest.length);
			this.#rest = joined;
		}
	}

	#take(): { readonly type: string; readonly data: string } | null {
		let length = 0;
		for (let at = 1, shift = 0; at < this.#rest.length; at++, shift += 7) {
			const byte = this.#rest[at]!;
			length += (byte & 0x7f) * 2 ** shift;
			if ((byte & 0x80) !== 0) continue;
			const end = at + 1 + length;
			if (end > this.#rest.length) return null;
			const record = { type: String.fromCharCode(this.#rest[0]!), data: decode(this.#rest.subarray(at + 1, end)) };
			this.#rest = this.#rest.subarray(end);
			return record;
		}
		return null;
	}
}

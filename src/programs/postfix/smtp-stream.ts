/**
 * Lines of an SMTP connection (smtp_stream(3)): both ends use it.
 *
 * Does: reads lines ended by LF (a CR before it is dropped), pieces of over-long ones, and exact counts of bytes; collects
 *       what is to be sent until someone must wait for the other side.
 * Errors: `StreamEnd` when the other side is gone ('lost') or silent for too long ('timeout'); 'quiet' when we ourselves hung up.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { decode, encode } from '../libc/text';
import { tlsAccept, tlsConnect, TlsError, type TlsOptions, type TlsStream } from '../libc/tls';
import { poll, read, write } from '../libc/unistd';

export class StreamEnd {
	constructor(readonly why: 'lost' | 'timeout' | 'quiet') {}
}

export interface Line {
	readonly text: string;
	/** the newline has come; else this is a piece of a long line */
	readonly complete: boolean;
	readonly bareNewline: boolean;
}

const LF = 10;
const CR = 13;

export class SmtpStream {
	#input = new Uint8Array(0);
	#at = 0;
	#output: string[] = [];
	tls: TlsStream | null = null;

	/** @param timeout microseconds of silence */
	constructor(
		readonly fd: number,
		public timeout: number
	) {}

	/** Bytes that have come and were not read. */
	get buffered(): Uint8Array {
		return this.#input.subarray(this.#at);
	}

	put(text: string): void {
		this.#output.push(text);
	}

	*flush(): Sys<void> {
		if (this.#output.length === 0) return;
		const bytes = encode(this.#output.join(''));
		this.#output = [];
		try {
			if (this.tls) yield* this.tls.write(bytes);
			else yield* write(this.fd, bytes);
		} catch (thrown) {
			if (thrown instanceof Errno) throw new StreamEnd('lost');
			throw thrown;
		}
	}

	/** From here on encrypted; what was said in clear and not read is thrown away. @throws TlsError, StreamEnd */
	*startTls(role: 'client' | 'server', options: Omit<TlsOptions, 'timeout'>): Sys<TlsStream> {
		yield* this.flush();
		this.#input = new Uint8Array(0);
		this.#at = 0;
		const whole = { ...options, timeout: this.timeout };
		try {
			return (this.tls = yield* role === 'client' ? tlsConnect(this.fd, whole) : tlsAccept(this.fd, whole));
		} catch (thrown) {
			if (thrown instanceof Errno) throw new StreamEnd('lost');
			throw thrown;
		}
	}

	/** Takes what has come already; waits for nothing. */
	*peek(): Sys<Uint8Array> {
		const ready = this.tls?.pending || (yield* poll([{ fd: this.fd, read: true }], 0)).length > 0;
		if (ready && !(yield* this.#more())) return this.buffered;
		return this.buffered;
	}

	/** @returns false at the end of the stream */
	*#more(): Sys<boolean> {
		try {
			const part = this.tls ? yield* this.tls.read() : yield* read(this.fd, 65_536);
			if (part.length === 0) return false;
			const rest = this.buffered;
			const joined = new Uint8Array(rest.length + part.length);
			joined.set(rest);
			joined.set(part, rest.length);
			this.#input = joined;
			this.#at = 0;
			return true;
		} catch (thrown) {
			if (thrown instanceof Errno || thrown instanceof TlsError) return false;
			throw thrown;
		}
	}

	*#fill(): Sys<void> {
		yield* this.flush();
		if (!this.tls?.pending && (yield* poll([{ fd: this.fd, read: true }], this.timeout)).length === 0)
			throw new StreamEnd('timeout');
		if (!(yield* this.#more())) throw new StreamEnd('lost');
	}

	/** @param limit bytes of one piece (line_length_limit) */
	*line(limit: number): Sys<Line> {
		let searched = 0;
		for (;;) {
			const rest = this.buffered;
			const newline = rest.indexOf(LF, searched);
			if (newline >= 0 && newline <= limit) {
				const bare = newline === 0 || rest[newline - 1] !== CR;
				let end = newline;
				while (end > 0 && rest[end - 1] === CR) end--;
				this.#at += newline + 1;
				return { text: decode(rest.subarray(0, end)), complete: true, bareNewline: bare };
			}
			if (rest.length >= limit) {
				this.#at += limit;
				return { text: decode(rest.subarray(0, limit)), complete: false, bareNewline: false };
			}
			searched = rest.length;
			yield* this.#fill();
		}
	}

	/** A whole line of which only the first `limit` bytes are kept. */
	*command(limit: number): Sys<Line> {
		const first = yield* this.line(limit);
		let piece = first;
		while (!piece.complete) piece = yield* this.line(limit);
		return first;
	}

	*bytes(count: number): Sys<Uint8Array> {
		while (this.buffered.length < count) yield* this.#fill();
		const out = this.buffered.slice(0, count);
		this.#at += count;
		return out;
	}
}

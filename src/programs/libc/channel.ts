/**
 * A connection as the programs of mail use it: lines, exact counts of bytes, a limit on silence; encrypted from the
 * moment that both sides agree (`startTls`).
 *
 * Errors: `Closed` when the other side is gone or silent for too long.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { decode, encode } from './text';
import { tlsAccept, tlsConnect, TlsError, type TlsOptions, type TlsStream } from './tls';
import { poll, read, write } from './unistd';

export class Closed {
	constructor(readonly why: 'end' | 'reset' | 'timeout') {}
}

const LF = 10;
const CR = 13;
const CHUNK = 65_536;

export class Channel {
	#rest = new Uint8Array(0);
	tls: TlsStream | null = null;
	/** bytes of text that came and went, without those of TLS */
	received = 0;
	sent = 0;

	/** @param timeout microseconds of silence, -1 for ever */
	constructor(
		readonly fd: number,
		public timeout: number
	) {}

	get buffered(): number {
		return this.#rest.length;
	}

	*write(text: string | Uint8Array): Sys<void> {
		const bytes = typeof text === 'string' ? encode(text) : text;
		this.sent += bytes.length;
		try {
			if (this.tls) yield* this.tls.write(bytes);
			else yield* write(this.fd, bytes);
		} catch (thrown) {
			if (thrown instanceof Errno) throw new Closed('reset');
			throw thrown;
		}
	}

	/** Waits for more. @throws Closed */
	*fill(): Sys<void> {
		const part = yield* this.#receive();
		this.received += part.length;
		const joined = new Uint8Array(this.#rest.length + part.length);
		joined.set(this.#rest);
		joined.set(part, this.#rest.length);
		this.#rest = joined;
	}

	*#receive(): Sys<Uint8Array> {
		if (!this.tls?.pending && (yield* poll([{ fd: this.fd, read: true }], this.timeout)).length === 0)
			throw new Closed('timeout');
		try {
			const part = this.tls ? yield* this.tls.read() : yield* read(this.fd, CHUNK);
			if (part.length === 0) throw new Closed('end');
			return part;
		} catch (thrown) {
			if (thrown instanceof Errno || thrown instanceof TlsError) throw new Closed('reset');
			throw thrown;
		}
	}

	/** Whether something has come already or comes within the time. */
	*ready(wait: number): Sys<boolean> {
		if (this.#rest.length > 0 || this.tls?.pending) return true;
		return (yield* poll([{ fd: this.fd, read: true }], wait)).length > 0;
	}

	/** A line without its end. @param limit bytes; what is longer ends the connection */
	*line(limit = CHUNK): Sys<string> {
		let searched = 0;
		for (;;) {
			const newline = this.#rest.indexOf(LF, searched);
			if (newline >= 0) {
				const end = newline > 0 && this.#rest[newline - 1] === CR ? newline - 1 : newline;
				const text = decode(this.#rest.subarray(0, end));
				this.#rest = this.#rest.subarray(newline + 1);
				return text;
			}
			searched = this.#rest.length;
			if (searched > limit) throw new Closed('reset');
			yield* this.fill();
		}
	}

	*bytes(count: number): Sys<Uint8Array> {
		while (this.#rest.length < count) yield* this.fill();
		const out = this.#rest.slice(0, count);
		this.#rest = this.#rest.subarray(count);
		return out;
	}

	/** What was said in clear and not read is thrown away. @throws TlsError */
	*startTls(role: 'client' | 'server', options: TlsOptions): Sys<void> {
		this.#rest = new Uint8Array(0);
		this.tls = yield* role === 'client' ? tlsConnect(this.fd, options) : tlsAccept(this.fd, options);
	}
}

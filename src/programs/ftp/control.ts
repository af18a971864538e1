/**
 * The control connection of ftp(1): commands out, replies in.
 *
 * A reply is shown as it comes when `verbose` is on; with it off only the words of refusals (5xx) are.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import type { Ipv4Address } from '#wire/packet';
import { print, printError } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { close, connect, getfl, getsockname, poll, read, setfl, socket, socketError, write } from '../libc/unistd';

const NEWLINE = 10;
const RETURN = 13;
/** bytes of a reply that are kept for those who read it */
const LINE_MAX = 4096;
/** for the control connection, microseconds */
const PATIENCE = 5_000_000;

export interface Endpoint {
	readonly address: Ipv4Address;
	readonly port: number;
}

/** How a command went: the first digit of its reply (RFC 959 4.2). */
export const REPLY = { preliminary: 1, complete: 2, continue: 3, transient: 4, error: 5 } as const;

export class Control {
	/** argv[0], before what is complained about */
	program = 'ftp';
	fd: number | undefined;
	/** as the user named it */
	host = '';
	local: Endpoint = { address: 0, port: 0 };
	remote: Endpoint = { address: 0, port: 0 };
	verbose = false;
	/** show nothing at all, whatever `verbose` is */
	silent = false;
	/** Ctrl-C came while a reply was awaited */
	interrupted = false;
	debug = 0;
	/** of the last reply: its number and its last line */
	code = 0;
	text = '';
	#rest = new Uint8Array(0);

	get connected(): boolean {
		return this.fd !== undefined;
	}

	/** @returns the error, or undefined */
	*open(host: string, to: Endpoint): Sys<Errno | undefined> {
		const fd = yield* socket('inet', 'stream');
		try {
			yield* connectWithin(fd, to);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* close(fd);
			return thrown;
		}
		const name = yield* getsockname(fd);
		if (name.family === 'inet') this.local = name;
		this.fd = fd;
		this.remote = to;
		this.host = host;
		this.#rest = new Uint8Array(0);
		return undefined;
	}

	*lose(): Sys<void> {
		if (this.fd !== undefined) yield* close(this.fd);
		this.fd = undefined;
	}

	/** Sends a command and reads its reply. @returns the first digit, 0 without a connection */
	*command(text: string, shown = text): Sys<number> {
		if (this.debug > 0) yield* print(`---> ${shown}\n`);
		if (this.fd === undefined) {
			yield* printError(`${this.program}: No control connection for command\n`);
			this.code = -1;
			return 0;
		}
		try {
			yield* write(this.fd, encode(`${text}\r\n`));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		return yield* this.reply(text === 'QUIT');
	}

	/** Like `command`, with nothing of it shown, or nothing but the words of a refusal. */
	*quietly(text: string, refusals: boolean): Sys<number> {
		const { silent, verbose } = this;
		if (this.debug === 0) {
			this.silent = !refusals;
			this.verbose = false;
		}
		const result = yield* this.command(text);
		this.silent = silent;
		this.verbose = verbose;
		return result;
	}

	/** @param ending the server may hang up. @returns the first digit */
	*reply(ending = false): Sys<number> {
		let first: string | undefined;
		for (;;) {
			const line = yield* this.#line();
			if (line === null) {
				if (ending) {
					this.code = 221;
					return REPLY.complete;
				}
				if (!this.silent && this.verbose)
					yield* print('421 Service not available, remote server has closed connection\n');
				yield* this.lose();
				this.code = 421;
				return REPLY.transient;
			}
			yield* this.#show(line);
			const match = /^(\d{3})([ -])/.exec(line);
			if (match && first === undefined && match[2] === '-') first = match[1]!;
			else if (first === undefined ? /^\d{3}/.test(line) : match?.[1] === first && match[2] === ' ') {
				this.code = Number(line.slice(0, 3));
				this.text = line.slice(0, LINE_MAX);
				break;
			}
		}
		if (this.code === 421) yield* this.lose();
		return Math.floor(this.code / 100);
	}

	*#show(line: string): Sys<void> {
		if (this.silent) return;
		if (this.verbose) yield* print(`${line}\n`);
		else if (line.startsWith('5')) yield* print(`${line.slice(4)}\n`);
	}

	*#line(): Sys<string | null> {
		for (;;) {
			const end = this.#rest.indexOf(NEWLINE);
			if (end >= 0) {
				const line = this.#rest.subarray(0, end);
				this.#rest = this.#rest.slice(end + 1);
				return decode(line.filter((byte) => byte !== RETURN));
			}
			if (this.fd === undefined) return null;
			let part: Uint8Array;
			try {
				part = yield* read(this.fd, LINE_MAX);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code !== 'EINTR') return null;
				this.interrupted = true;
				continue;
			}
			if (part.length === 0) return null;
			const joined = new Uint8Array(this.#rest.length + part.length);
			joined.set(this.#rest);
			joined.set(part, this.#rest.length);
			this.#rest = joined;
		}
	}
}

/** A host that does not answer at all is given up after five seconds (SO_SNDTIMEO): EINPROGRESS. */
function* connectWithin(fd: number, to: Endpoint): Sys<void> {
	const flags = yield* getfl(fd);
	yield* setfl(fd, flags | O.NONBLOCK);
	try {
		yield* connect(fd, { family: 'inet', ...to });
	} catch (thrown) {
		if (!(thrown instanceof Errno) || thrown.code !== 'EINPROGRESS') throw thrown;
		if ((yield* poll([{ fd, write: true }], PATIENCE)).length === 0) throw thrown;
		const error = yield* socketError(fd);
		if (error) throw new Errno(error);
	}
	yield* setfl(fd, flags);
}

/** What went wrong with a call, on standard error. */
export function* complain(control: Control, what: string, error: Errno): Sys<void> {
	yield* printError(`${control.program}: ${what}: ${strerror(error)}\n`);
}

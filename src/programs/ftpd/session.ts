/**
 * One control connection of in.ftpd: its replies, who is logged in, how data are to be sent.
 *
 * Replies: `220 text`, lines of a longer one `220- text`; both end with CRLF.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import type { Ipv4Address } from '#wire/packet';
import { STDIN, STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import type { Log } from '../libc/syslog';
import { decode, encode } from '../libc/text';
import { poll, read, write } from '../libc/unistd';

/** bytes of a command */
const COMMAND_LENGTH = 512;
const NEWLINE = 10;
const RETURN = 13;
/** telnet's escape; two bytes follow WILL, WONT, DO and DONT, one follows the others (RFC 854) */
const IAC = 255;
const WILL = 251;

export interface Endpoint {
	readonly address: Ipv4Address;
	readonly port: number;
}

export interface Settings {
	/** -l given that often */
	readonly logging: number;
	/** -d */
	readonly debug: boolean;
	/** -n */
	readonly numeric: boolean;
	/** -P: PORT may name anybody */
	readonly anyPort: boolean;
	/** seconds */
	readonly timeout: number;
	readonly maxTimeout: number;
	readonly umask: number;
}

export type Representation = 'A' | 'I' | 'L';

/** Ends the session: thrown through all that is under way. */
export class Hangup {
	constructor(readonly status: number) {}
}

export class Session {
	/* the connection */
	readonly local: Endpoint;
	readonly remote: Endpoint;
	/** the client's name, or its address */
	clientName = '';
	hostname = '';
	/* who */
	/** given by USER, waiting for PASS */
	asked: string | undefined;
	user = '';
	uid = 0;
	loggedIn = false;
	guest = false;
	attempts = 0;
	/* how */
	timeout: number;
	type: Representation = 'A';
	/** where REST said to begin, bytes */
	restart = 0;
	renameFrom: string | undefined;
	/* the data connection: where PORT said, or a socket that listens */
	port: Endpoint | undefined;
	passive: number | undefined;
	#rest: number[] = [];

	constructor(
		readonly settings: Settings,
		readonly log: Log,
		/** PAM's words; opened before a guest's root changes */
		readonly authLog: Log,
		ends: { readonly local: Endpoint; readonly remote: Endpoint }
	) {
		this.local = ends.local;
		this.remote = ends.remote;
		this.timeout = settings.timeout;
	}

	*reply(code: number, text: string): Sys<void> {
		yield* this.send(`${code} ${text}\r\n`);
		if (this.settings.debug) yield* this.log.write('debug', `<--- ${code} ${text}`);
	}

	/** A line of a reply that goes on. */
	*line(code: number, text: string): Sys<void> {
		yield* this.send(`${code}- ${text}\r\n`);
		if (this.settings.debug) yield* this.log.write('debug', `<--- ${code}- ${text}`);
	}

	/** The reply about a call that failed. */
	*failed(code: number, what: string, error: Errno): Sys<void> {
		yield* this.reply(code, `${what}: ${strerror(error)}.`);
	}

	*send(text: string): Sys<void> {
		try {
			yield* write(STDOUT, encode(text));
		} catch (thrown) {
			if (thrown instanceof Errno) throw new Hangup(255);
			throw thrown;
		}
	}

	/** The next command without its end; ends the session when there is none. */
	*command(): Sys<string> {
		for (;;) {
			const end = this.#rest.indexOf(NEWLINE);
			if (end >= 0) {
				const line = this.#rest.splice(0, end + 1).slice(0, -1);
				if (line[line.length - 1] === RETURN) line.pop();
				return decode(Uint8Array.from(withoutTelnet(line)));
			}
			if (this.#rest.length > COMMAND_LENGTH) {
				this.#rest = [];
				yield* this.reply(500, 'Command too long.');
			}
			const part = yield* this.#read();
			if (part.length === 0) {
				yield* this.reply(221, 'You could at least say goodbye.');
				throw new Hangup(0);
			}
			this.#rest.push(...part);
		}
	}

	*#read(): Sys<Uint8Array> {
		const ready = yield* poll([{ fd: STDIN, read: true }], this.timeout * 1_000_000);
		if (ready.length === 0) yield* this.timedOut();
		try {
			return yield* read(STDIN, COMMAND_LENGTH);
		} catch (thrown) {
			if (thrown instanceof Errno) throw new Hangup(255);
			throw thrown;
		}
	}

	*timedOut(): Sys<never> {
		yield* this.reply(421, `Timeout (${this.timeout} seconds): closing control connection.`);
		const who = this.loggedIn ? this.user : 'unknown';
		if (this.settings.logging > 0) yield* this.log.write('info', `User ${who} timed out after ${this.timeout} seconds`);
		throw new Hangup(1);
	}
}

function withoutTelnet(line: readonly number[]): number[] {
	const out: number[] = [];
	for (let i = 0; i < line.length; i++) {
		const byte = line[i]!;
		if (byte !== IAC) out.push(byte);
		else if (line[i + 1] === IAC) {
			out.push(IAC);
			i++;
		} else i += line[i + 1] !== undefined && line[i + 1]! >= WILL ? 2 : 1;
	}
	return out;
}

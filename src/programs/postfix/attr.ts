/**
 * What Postfix daemons say to each other: lists of named attributes, `name NUL value NUL … NUL` (attr_print0(3),
 * attr_scan0(3)).
 *
 * Does: prints a list onto a stream, reads the next list from one, connects to a service of the mail system and asks it
 *       one question.
 * Reads: the sockets below `public` and `private` of the queue directory, relative to the working directory, which
 *       every daemon sets to the queue directory.
 * Lacks: nested tables; a repeated name stands for a list.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { decode, encode } from '../libc/text';
import { close, connect, poll, read, socket, write } from '../libc/unistd';

export type Attributes = readonly (readonly [name: string, value: string])[];

/** The value of a name, or of an absent one ''. */
export function attribute(list: Attributes, name: string): string {
	return list.find(([key]) => key === name)?.[1] ?? '';
}

export function* attrPrint(fd: number, list: Attributes): Sys<void> {
	yield* write(fd, encode(list.map(([name, value]) => `${name}\0${value}\0`).join('') + '\0'));
}

/** Thrown when the other side says nothing for too long. */
export class AttrTimeout {}

/** Reads lists from a stream; keeps what was read beyond one. */
export class AttrReader {
	#rest = new Uint8Array(0);

	/** @param timeout microseconds that one read may take (ipc_timeout), -1 for ever */
	constructor(
		readonly fd: number,
		readonly timeout = 3_600_000_000
	) {}

	/** What was read behind the last list: records that follow. */
	get rest(): Uint8Array {
		return this.#rest;
	}

	/** The next list; null when the stream ended before it was complete. */
	*scan(): Sys<Attributes | null> {
		for (;;) {
			const end = this.#endOfList();
			if (end >= 0) {
				const fields = decode(this.#rest.subarray(0, end)).split('\0');
				this.#rest = this.#rest.slice(end + 1);
				const list: [string, string][] = [];
				for (let i = 0; i + 1 < fields.length; i += 2) list.push([fields[i]!, fields[i + 1]!]);
				return list;
			}
			if (this.timeout >= 0 && (yield* poll([{ fd: this.fd, read: true }], this.timeout)).length === 0)
				throw new AttrTimeout();
			const part = yield* read(this.fd, 65_536);
			if (part.length === 0) return null;
			const joined = new Uint8Array(this.#rest.length + part.length);
			joined.set(this.#rest);
			joined.set(part, this.#rest.length);
			this.#rest = joined;
		}
	}

	/** Index of the NUL that stands where a name would begin, -1 if it has not come yet. */
	#endOfList(): number {
		let at = 0;
		for (;;) {
			if (at >= this.#rest.length) return -1;
			if (this.#rest[at] === 0) return at;
			const name = this.#rest.indexOf(0, at);
			if (name < 0) return -1;
			const value = this.#rest.indexOf(0, name + 1);
			if (value < 0) return -1;
			at = value + 1;
		}
	}
}

/** Connects to a service: `mailConnect('private', 'rewrite')`. @throws Errno when nobody listens */
export function* mailConnect(area: 'public' | 'private', service: string, directory = '.'): Sys<number> {
	const fd = yield* socket('unix', 'stream');
	try {
		const prefix = directory === '.' ? '' : `${directory}/`;
		yield* connect(fd, { family: 'unix', path: `${prefix}${area}/${service}` });
		return fd;
	} catch (thrown) {
		yield* close(fd);
		throw thrown;
	}
}

/** One question, one answer (mail_command_client(3)). Null when the service gave none. @throws Errno */
export function* mailCommand(
	area: 'public' | 'private',
	service: string,
	request: Attributes,
	directory?: string
): Sys<Attributes | null> {
	const fd = yield* mailConnect(area, service, directory);
	try {
		yield* attrPrint(fd, request);
		return yield* new AttrReader(fd).scan();
	} catch (thrown) {
		if (
			thrown instanceof AttrTimeout ||
			(thrown instanceof Errno && (thrown.code === 'EPIPE' || thrown.code === 'ECONNRESET'))
		)
			return null;
		throw thrown;
	} finally {
		yield* close(fd);
	}
}

/** Wakes a service up: a byte on a fresh connection (mail_trigger(3)). False when nobody listens. */
export function* mailTrigger(
	area: 'public' | 'private',
	service: string,
	what = 'W',
	directory?: string
): Sys<boolean> {
	try {
		const fd = yield* mailConnect(area, service, directory);
		yield* write(fd, encode(what));
		yield* close(fd);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

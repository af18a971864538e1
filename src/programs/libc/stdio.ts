/**
 * Reading and writing as programs do: whole files, lines, text to standard output and error.
 *
 * Lacks: output buffering. Each `print` is one write; a program that prints a lot collects its text first.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { decode, encode } from './text';
import { close, open, read, write } from './unistd';

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

const CHUNK = 65_536;

export function* print(text: string): Sys<void> {
	if (text !== '') yield* write(STDOUT, encode(text));
}

export function* printError(text: string): Sys<void> {
	if (text === '') return;
	try {
		yield* write(STDERR, encode(text));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

/** Reads until end of file. */
export function* readAll(fd: number): Sys<Uint8Array> {
	const parts: Uint8Array[] = [];
	let length = 0;
	for (;;) {
		const part = yield* read(fd, CHUNK);
		if (part.length === 0) break;
		parts.push(part);
		length += part.length;
	}
	if (parts.length === 1) return parts[0]!;
	const all = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

export function* readFile(path: string): Sys<Uint8Array> {
	const fd = yield* open(path, O.RDONLY);
	try {
		return yield* readAll(fd);
	} finally {
		yield* close(fd);
	}
}

export function* readText(path: string): Sys<string> {
	return decode(yield* readFile(path));
}

/** Creates or replaces a file's content. */
export function* writeFile(path: string, content: Uint8Array | string, mode = 0o666): Sys<void> {
	const fd = yield* open(path, O.WRONLY | O.CREAT | O.TRUNC, mode);
	try {
		yield* write(fd, typeof content === 'string' ? encode(content) : content);
	} finally {
		yield* close(fd);
	}
}

export function* appendFile(path: string, content: Uint8Array | string, mode = 0o666): Sys<void> {
	const fd = yield* open(path, O.WRONLY | O.CREAT | O.APPEND, mode);
	try {
		yield* write(fd, typeof content === 'string' ? encode(content) : content);
	} finally {
		yield* close(fd);
	}
}

/** Lines of a descriptor as they come, bytes kept between calls: for pipes, sockets and terminals. */
export class LineReader {
	#rest = new Uint8Array(0);
	#ended = false;

	constructor(readonly fd: number) {}

	/** The next line with its newline, the last one perhaps without; null at end of file. */
	*line(): Sys<Uint8Array | null> {
		let searched = 0;
		for (;;) {
			const newline = this.#rest.indexOf(10, searched);
			if (newline >= 0) {
				const line = this.#rest.subarray(0, newline + 1);
				this.#rest = this.#rest.subarray(newline + 1);
				return line;
			}
			searched = this.#rest.length;
			if (!this.#ended) {
				const part = yield* read(this.fd, CHUNK);
				if (part.length > 0) {
					const joined = new Uint8Array(this.#rest.length + part.length);
					joined.set(this.#rest);
					joined.set(part, this.#rest.length);
					this.#rest = joined;
					continue;
				}
				this.#ended = true;
			}
			if (this.#rest.length === 0) return null;
			const line = this.#rest;
			this.#rest = new Uint8Array(0);
			return line;
		}
	}

	/** What was read beyond the last line. */
	get buffered(): Uint8Array {
		return this.#rest;
	}
}

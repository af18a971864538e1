/**
 * Files and pipes of an awk program (mawk's files.c, fin.c): each name is opened once and stays open until `close`.
 *
 * Input is read in blocks of 4096 bytes that are filled before the first record is taken, except from a terminal: an awk
 * behind `tail -f` shows nothing for a long time. Output is buffered as stdio does: to a terminal by lines, else by 4096
 * bytes; standard output is written before a command is started.
 */
import { O, type Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { close, dup2, exec, fork, open, pipe, read, setcloexec, tcgetattr, wait, write } from '../libc/unistd';
import { fromBytes, toArgument, toBytes } from './bytes';
import { FatalError } from './errors';
import { AwkRegex, type RegexCache } from './regex';

const BLOCK = 4096;
const MOST_RECORD = 16_777_216;

function* isTerminal(fd: number): Sys<boolean> {
	try {
		yield* tcgetattr(fd);
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}

/** Records of a descriptor. */
export class InputStream {
	#buffer = '';
	#ended = false;
	#started = false;
	#terminal: boolean | undefined;

	constructor(readonly fd: number) {}

	/** @param rs RS as text. @returns null at the end */
	*record(rs: string, cache: RegexCache): Sys<string | null> {
		this.#terminal ??= yield* isTerminal(this.fd);
		for (;;) {
			if (this.#buffer === '') {
				if (this.#ended) return null;
				yield* this.#fill();
				if (this.#buffer === '' && this.#ended) return null;
			}
			if (!this.#started && rs === '') this.#buffer = this.#buffer.replace(/^\n+/, '');
			if (this.#buffer === '') continue;
			this.#started = true;
			const found = this.#separator(rs, cache);
			if (found) {
				const text = this.#buffer.slice(0, found.start);
				this.#buffer = this.#buffer.slice(found.end);
				return text;
			}
			if (this.#ended) {
				const text = rs === '' && this.#buffer.endsWith('\n') ? this.#buffer.slice(0, -1) : this.#buffer;
				this.#buffer = '';
				return text;
			}
			if (this.#buffer.length > MOST_RECORD) throw new FatalError('out of memory');
			yield* this.#fill();
		}
	}

	/** The first separator, if more input cannot make it longer. */
	#separator(rs: string, cache: RegexCache): { readonly start: number; readonly end: number } | null {
		if (rs.length === 1) {
			const start = this.#buffer.indexOf(rs);
			return start < 0 ? null : { start, end: start + 1 };
		}
		const regex: AwkRegex = cache.get(rs === '' ? '\n\n+' : rs);
		const match = regex.execSome(this.#buffer);
		return match && (match.end < this.#buffer.length || this.#ended) ? match : null;
	}

	*#fill(): Sys<void> {
		let wanted = BLOCK;
		while (wanted > 0) {
			let bytes: Uint8Array;
			try {
				bytes = yield* read(this.fd, wanted);
			} catch (thrown) {
				throw new FatalError(`read error (${strerror(errnoOf(thrown))})`);
			}
			if (bytes.length === 0) {
				this.#ended = true;
				return;
			}
			this.#buffer += fromBytes(bytes);
			if (this.#terminal) return;
			wanted -= bytes.length;
		}
	}
}

/** Buffered output. */
export class OutputStream {
	#pending = '';
	#terminal: boolean | undefined;

	constructor(
		readonly fd: number,
		/** standard error: nothing is kept back */
		readonly unbuffered = false
	) {}

	/** Adds text without writing; `settle` writes what is due. */
	put(text: string): void {
		this.#pending += text;
	}

	*settle(): Sys<void> {
		this.#terminal ??= yield* isTerminal(this.fd);
		if (this.unbuffered || this.#pending.length >= BLOCK) return yield* this.flush();
		if (!this.#terminal) return;
		const end = this.#pending.lastIndexOf('\n') + 1;
		if (end > 0) yield* this.#write(end);
	}

	*flush(): Sys<void> {
		yield* this.#write(this.#pending.length);
	}

	*#write(length: number): Sys<void> {
		if (length === 0) return;
		const text = this.#pending.slice(0, length);
		this.#pending = this.#pending.slice(length);
		try {
			yield* write(this.fd, toBytes(text));
		} catch (thrown) {
			this.#pending = '';
			throw new FatalError(`write failure (${strerror(errnoOf(thrown))})`);
		}
	}
}

type Kind = 'file' | 'pipeOut' | 'input' | 'pipeIn';

interface Entry {
	readonly name: string;
	readonly kind: Kind;
	readonly output?: OutputStream;
	readonly input?: InputStream;
	readonly pid?: number;
}

/** All that is open, the last used first. */
export class Streams {
	readonly stdout = new OutputStream(1);
	#entries: Entry[] = [
		{ name: '/dev/stdout', kind: 'file', output: this.stdout },
		{ name: '/dev/stderr', kind: 'file', output: new OutputStream(2, true) }
	];
	/** statuses of children that ended while another was waited for */
	readonly #ended = new Map<number, number>();

	constructor(readonly env: ReadonlyMap<string, string>) {}

	/** @param how ">", ">>" or "|" */
	*output(name: string, how: string): Sys<OutputStream> {
		const kind = how === '|' ? 'pipeOut' : 'file';
		const known = this.#find(name, kind);
		if (known) return known.output!;
		if (kind === 'pipeOut') {
			const { fd, pid } = yield* this.#pipe(name, kind);
			return this.#add({ name, kind, output: new OutputStream(fd), pid }).output!;
		}
		const flags = O.WRONLY | O.CREAT | O.CLOEXEC | (how === '>>' ? O.APPEND : O.TRUNC);
		try {
			const fd = yield* open(toArgument(name), flags, 0o666);
			return this.#add({ name, kind, output: new OutputStream(fd) }).output!;
		} catch (thrown) {
			throw new FatalError(`cannot open "${name}" for output (${strerror(errnoOf(thrown))})`);
		}
	}

	/** @returns undefined when it cannot be opened */
	*input(name: string, kind: 'input' | 'pipeIn'): Sys<InputStream | undefined> {
		const known = this.#find(name, kind);
		if (known) return known.input;
		if (kind === 'pipeIn') {
			const { fd, pid } = yield* this.#pipe(name, kind);
			return this.#add({ name, kind, input: new InputStream(fd), pid }).input;
		}
		const fd = yield* openInput(name);
		return typeof fd === 'number' ? this.#add({ name, kind, input: new InputStream(fd) }).input : undefined;
	}

	/** `close(name)`. @returns -1 if nothing of that name is open */
	*close(name: string): Sys<number> {
		let status = -1;
		const closed = this.#entries.filter((entry) => entry.name === name);
		this.#entries = this.#entries.filter((entry) => entry.name !== name);
		for (const entry of closed) status = yield* this.#closeEntry(entry);
		return status;
	}

	/** `fflush(name)`; without a name all but standard output. */
	*flush(name?: string): Sys<number> {
		let status = name === undefined || name === '' ? 0 : -1;
		for (const entry of this.#entries) {
			if (!entry.output || (name !== undefined && name !== '' && entry.name !== name)) continue;
			yield* entry.output.flush();
			status = 0;
		}
		return status;
	}

	/** At the end: everything is written, commands that are written to are waited for. */
	*closeOutputs(): Sys<void> {
		for (const entry of this.#entries) if (entry.output) yield* this.#closeEntry(entry);
		this.#entries = [];
	}

	*#closeEntry(entry: Entry): Sys<number> {
		if (entry.output) {
			yield* entry.output.flush();
			if (entry.output.fd > 2) yield* close(entry.output.fd);
		} else if (entry.input!.fd > 2) yield* close(entry.input!.fd);
		return entry.pid === undefined ? 0 : yield* this.waitFor(entry.pid);
	}

	#find(name: string, kind: Kind): Entry | undefined {
		const at = this.#entries.findIndex((entry) => entry.name === name && entry.kind === kind);
		if (at < 0) return undefined;
		const [entry] = this.#entries.splice(at, 1);
		this.#entries.unshift(entry!);
		return entry;
	}

	#add(entry: Entry): Entry {
		this.#entries.unshift(entry);
		return entry;
	}

	*#pipe(command: string, kind: 'pipeIn' | 'pipeOut'): Sys<{ readonly fd: number; readonly pid: number }> {
		const ends = yield* pipe();
		const [ours, theirs] = kind === 'pipeIn' ? ends : [ends[1], ends[0]];
		yield* this.stdout.flush();
		const pid = yield* this.start(command, function* () {
			yield* close(ours);
			yield* dup2(theirs, kind === 'pipeIn' ? 1 : 0);
			yield* close(theirs);
		});
		yield* close(theirs);
		yield* setcloexec(ours, true);
		return { fd: ours, pid };
	}

	/** `sh -c command` in a child. */
	*start(command: string, prepare?: () => Sys<void>): Sys<number> {
		const env = this.env;
		return yield* fork(function* () {
			if (prepare) yield* prepare();
			try {
				return yield* exec('/bin/sh', ['sh', '-c', toArgument(command)], env);
			} catch (thrown) {
				errnoOf(thrown);
				return 128;
			}
		});
	}

	/** @returns the exit status, 256 more than the number of the signal that ended it */
	*waitFor(pid: number): Sys<number> {
		for (;;) {
			const known = this.#ended.get(pid);
			if (known !== undefined) {
				this.#ended.delete(pid);
				return known;
			}
			const status = yield* wait(-1);
			if (!status) return -1;
			if (status.kind === 'exited') this.#ended.set(status.pid, status.status);
			else if (status.kind === 'signalled') this.#ended.set(status.pid, 256 + status.signal);
		}
	}
}

/** @returns the descriptor or why not; `-` and /dev/stdin are standard input */
export function* openInput(name: string): Sys<number | string> {
	if (name === '-' || name === '/dev/stdin') return 0;
	try {
		return yield* open(toArgument(name), O.RDONLY | O.CLOEXEC);
	} catch (thrown) {
		return strerror(errnoOf(thrown));
	}
}

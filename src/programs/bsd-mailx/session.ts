/**
 * What a run of mail(1) has in hand: the terminal, variables, aliases, and the mailbox that is open.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { LineReader, print, printError } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { exitStatus, run, spawn } from '../libc/spawn';
import { decode, encode } from '../libc/text';
import { close, dup2, pipe, takeSignals, wait, winsize, write } from '../libc/unistd';
import type { Folder } from './folder';

/** Ctrl-C instead of a line */
export const INTERRUPT = Symbol('interrupt');

export class Session {
	readonly variables = new Map<string, string>();
	readonly aliases = new Map<string, string[]>();
	readonly ignored = new Set<string>();
	readonly retained = new Set<string>();
	folder: Folder | null = null;
	/** the first screenful of header lines is 0 */
	screen = 0;
	/** a command has been given: the empty line goes on to the next message */
	sawCommand = false;
	rows = 24;
	columns = 80;
	#input = new LineReader(0);

	constructor(
		readonly program: string,
		readonly user: string,
		readonly home: string,
		readonly env: ReadonlyMap<string, string>,
		/** standard input is a terminal: prompts, questions, tilde escapes */
		readonly interactive: boolean
	) {
		if (interactive) this.variables.set('interactive', '');
		const shell = env.get('SHELL');
		if (shell !== undefined) this.variables.set('SHELL', shell);
	}

	*measure(): Sys<void> {
		try {
			const size = yield* winsize(1);
			if (size.rows > 0) this.rows = size.rows;
			if (size.columns > 0) this.columns = size.columns;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	get mbox(): string {
		return this.env.get('MBOX') ?? `${this.home}/mbox`;
	}

	get systemMailbox(): string {
		return this.env.get('MAIL') ?? `/var/mail/${this.user}`;
	}

	/** A file's name as commands take it: `%` the mailbox, `%user`, `&` mbox, `~`. */
	expand(name: string): string {
		if (name === '%') return this.systemMailbox;
		if (name.startsWith('%')) return `/var/mail/${name.slice(1)}`;
		if (name === '&') return this.mbox;
		return name.replace(/^~(?=\/|$)/, this.home);
	}

	/** Header fields that are not shown. */
	hides(field: string): boolean {
		return this.retained.size > 0 ? !this.retained.has(field) : this.ignored.has(field);
	}

	/** @returns a line without its newline, null at the end of input */
	*line(prompt: string): Sys<string | null | typeof INTERRUPT> {
		if (this.interactive && prompt !== '') yield* print(prompt);
		try {
			const line = yield* this.#input.line();
			/* a terminal goes on after Ctrl-D */
			if (line === null && this.interactive) this.#input = new LineReader(0);
			return line === null ? null : decode(line).replace(/\n$/, '');
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'EINTR') return null;
			yield* takeSignals();
			return INTERRUPT;
		}
	}

	/** Runs a command by the user's shell. */
	*shell(command: string): Sys<void> {
		const shell = this.env.get('SHELL') ?? '/bin/sh';
		yield* run(shell, command === '' ? [shell] : [shell, '-c', command], this.env);
	}

	/** Runs a program with a text on its standard input. @returns its exit status */
	*feed(path: string, argv: readonly string[], text: string): Sys<number> {
		const [input, output] = yield* pipe();
		const pid = yield* spawn(path, argv, this.env, {
			*prepare() {
				yield* dup2(input, 0);
				yield* close(input);
				yield* close(output);
			}
		});
		yield* close(input);
		const bytes = encode(text);
		try {
			for (let at = 0; at < bytes.length;) at += yield* write(output, bytes.subarray(at, at + 4096));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		yield* close(output);
		const status = yield* wait(pid);
		return status === null ? 0 : exitStatus(status);
	}

	*complain(name: string, error: Errno): Sys<void> {
		yield* printError(`${this.program}: ${name}: ${strerror(error)}\n`);
	}
}

/**
 * What fetchmail says (report.c): remarks on standard output, errors on standard error, lines that are written bit by bit.
 *
 * Does: breaks an unfinished line before another one where progress is shown, as on a terminal or in a pipe; in a regular
 *       file nothing is shown and nothing broken. As a daemon: a log file, syslog, or nowhere.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { appendFile, print, printError, STDOUT } from '../libc/stdio';
import { Log } from '../libc/syslog';
import { fstat } from '../libc/unistd';

export type Destination =
	{ readonly kind: 'terminal' | 'nowhere' | 'syslog' } | { readonly kind: 'file'; readonly path: string };

const TYPE = 0o170000;
const REGULAR = 0o100000;

export class Report {
	destination: Destination = { kind: 'terminal' };
	#unfinished = false;
	#log: Log | null = null;

	private constructor(
		readonly level: 'silent' | 'normal' | 'verbose',
		/** '#' for a header, '*' for a line of a body */
		readonly progress: boolean
	) {}

	static *open(level: Report['level'], wantsDots: boolean): Sys<Report> {
		let isFile = false;
		try {
			isFile = ((yield* fstat(STDOUT)).mode & TYPE) === REGULAR;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		return new Report(level, level !== 'silent' && (wantsDots || (level === 'verbose' && !isFile)));
	}

	get verbose(): boolean {
		return this.level === 'verbose';
	}

	get silent(): boolean {
		return this.level === 'silent';
	}

	*#write(text: string, isError: boolean): Sys<void> {
		const { destination } = this;
		if (destination.kind === 'terminal') yield* isError ? printError(text) : print(text);
		else if (destination.kind === 'file') yield* appendFile(destination.path, text);
		else if (destination.kind === 'syslog' && text.trim() !== '') {
			this.#log ??= new Log({ ident: 'fetchmail', facility: 'mail' });
			yield* this.#log.write(isError ? 'err' : 'info', text.trim().replace(/^fetchmail: /, ''));
		}
	}

	*#break(): Sys<void> {
		if (!this.#unfinished) return;
		this.#unfinished = false;
		if (this.progress) yield* this.#write('\n', false);
	}

	/** A remark. */
	*say(text: string): Sys<void> {
		yield* this.#break();
		yield* this.#write(`fetchmail: ${text}\n`, false);
	}

	/** One that has no name in front. */
	*plain(text: string): Sys<void> {
		yield* this.#break();
		yield* this.#write(`${text}\n`, false);
	}

	/** As it is: "Trying to connect to …" and what came of it. */
	*raw(text: string): Sys<void> {
		yield* this.#break();
		yield* this.#write(text, false);
	}

	/** The beginning of a line, or more of it. */
	*part(text: string): Sys<void> {
		yield* this.#write(text, false);
		this.#unfinished = true;
	}

	/** The end of a line. */
	*end(text: string): Sys<void> {
		this.#unfinished = false;
		yield* this.#write(`${text}\n`, false);
	}

	*error(text: string): Sys<void> {
		yield* this.#write(`fetchmail: ${text}\n`, true);
	}

	*plainError(text: string): Sys<void> {
		yield* this.#write(`${text}\n`, true);
	}
}

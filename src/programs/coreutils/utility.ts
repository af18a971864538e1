/**
 * The frame of a GNU utility: options by a table, buffered standard output, messages with the program's name in front,
 * usage errors with the "Try" line, --help and --version (gnulib's error(3), xalloc and long-options).
 *
 * Standard output is collected as stdio does: written when 32 KiB have come together, at the end, before each message on
 * standard error, and after every piece when it is a terminal.
 */
import { Errno, O, type Main, type Sys } from '#kernel/syscalls';
import { getopt, type GetoptStyle, OptionTable, type Parsed, UsageError } from '../libc/getopt';
import { printError, readAll, STDIN, STDOUT } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { close, open, tcgetattr, write } from '../libc/unistd';
import { quoteFile } from './quote';

const BUFFER = 32_768;

/** Ends the program with a message. */
export class Fatal {
	/** @param message undefined: it has been printed */
	constructor(
		readonly message: string | undefined,
		readonly status = 1
	) {}
}

export interface UtilityStyle extends GetoptStyle {
	/** exit status of a usage error; default 1 */
	readonly usageStatus?: number;
	/** "cat [OPTION]... [FILE]...", for --help */
	readonly synopsis?: string;
	/** "GNU coreutils) 9.1" without its opening bracket; default that */
	readonly version?: string;
	/** the "Try" line has the program's name in front, as diffutils writes it */
	readonly namedTry?: boolean;
}

/** What a running utility has. */
export class Tool {
	status = 0;
	/** each piece is written at once, as to a terminal */
	unbuffered = false;
	#pending: Uint8Array[] = [];
	#length = 0;
	#terminal: boolean | undefined;

	constructor(
		readonly name: string,
		readonly env: ReadonlyMap<string, string>,
		readonly fd = STDOUT
	) {}

	/** Adds to standard output. */
	*print(text: string | Uint8Array): Sys<void> {
		const bytes = typeof text === 'string' ? encode(text) : text;
		if (bytes.length === 0) return;
		this.#pending.push(bytes);
		this.#length += bytes.length;
		if (this.#length >= BUFFER || this.unbuffered || (yield* this.isTerminal())) yield* this.flush();
	}

	*isTerminal(): Sys<boolean> {
		this.#terminal ??= yield* isatty(this.fd);
		return this.#terminal;
	}

	*flush(): Sys<void> {
		if (this.#length === 0) return;
		const all = join(this.#pending, this.#length);
		this.#pending = [];
		this.#length = 0;
		try {
			yield* write(this.fd, all);
		} catch (thrown) {
			throw new Fatal(`write error: ${strerror(errnoOf(thrown))}`);
		}
	}

	/** "name: text" on standard error; the exit status becomes `status`. */
	*complain(text: string, status = 1): Sys<void> {
		yield* this.flush();
		yield* printError(`${this.name}: ${text}\n`);
		this.status = Math.max(this.status, status);
	}

	/** As `complain`, without changing the status. */
	*warn(text: string): Sys<void> {
		yield* this.flush();
		yield* printError(`${this.name}: ${text}\n`);
	}

	/** All bytes of a file, `-` being standard input; undefined after a complaint. */
	*input(
		path: string,
		message = (error: string): string => `${quoteFile(path)}: ${error}`
	): Sys<Uint8Array | undefined> {
		try {
			if (path === '-') return yield* readAll(STDIN);
			const fd = yield* open(path, O.RDONLY);
			try {
				return yield* readAll(fd);
			} finally {
				yield* close(fd);
			}
		} catch (thrown) {
			yield* this.complain(message(strerror(errnoOf(thrown))));
			return undefined;
		}
	}

	/** As `input`, as text. */
	*inputText(path: string, message?: (error: string) => string): Sys<string | undefined> {
		const bytes = yield* this.input(path, message);
		return bytes && decode(bytes);
	}
}

export function join(parts: readonly Uint8Array[], length: number): Uint8Array {
	if (parts.length === 1) return parts[0]!;
	const all = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

export function* isatty(fd: number): Sys<boolean> {
	try {
		yield* tcgetattr(fd);
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}

/** A call's answer, or undefined when it fails: for looking without wanting to know why not. */
export function* attempt<T>(call: Sys<T>): Sys<T | undefined> {
	try {
		return yield* call;
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

/** Lines without their newlines; a last one without newline counts. */
export function splitLines(text: string, end = '\n'): string[] {
	if (text === '') return [];
	const lines = text.split(end);
	if (lines[lines.length - 1] === '') lines.pop();
	return lines;
}

const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Makes a `main` of what a utility does with its options. */
export function utility(
	rows: readonly string[],
	run: (tool: Tool, options: Parsed) => Sys<number | void>,
	style: UtilityStyle = {}
): Main {
	const table = new OptionTable([...rows, 'help', 'version']);
	return function* (argv, env) {
		const tool = new Tool(argv[0] ?? '', env);
		try {
			const options = getopt(argv, table, style);
			if (yield* informed(tool, options, style)) return 0;
			const status = yield* run(tool, options);
			yield* tool.flush();
			return status ?? tool.status;
		} catch (thrown) {
			return yield* failed(tool, thrown, style);
		}
	};
}

function* informed(tool: Tool, options: Parsed, style: UtilityStyle): Sys<boolean> {
	const asked = options.options.find(
		({ name, value }) => value === undefined && (name === 'help' || name === 'version')
	);
	if (!asked) return false;
	const name = basename(tool.name);
	if (asked.name === 'help') yield* tool.print(`Usage: ${style.synopsis ?? `${name} [OPTION]... [FILE]...`}\n`);
	else yield* tool.print(`${name} (${style.version ?? 'GNU coreutils) 9.1'}\n`);
	yield* tool.flush();
	return true;
}

function* failed(tool: Tool, thrown: unknown, style: UtilityStyle): Sys<number> {
	if (thrown instanceof UsageError) {
		yield* tool.flush();
		const message = thrown.message === '' ? '' : `${tool.name}: ${thrown.message}\n`;
		const lead = style.namedTry ? `${tool.name}: ` : '';
		yield* printError(`${message}${lead}Try '${tool.name} --help' for more information.\n`);
		return style.usageStatus ?? 1;
	}
	if (thrown instanceof Fatal) {
		if (thrown.message !== undefined) {
			if (!thrown.message.startsWith('write error')) yield* tool.flush();
			yield* printError(`${tool.name}: ${thrown.message}\n`);
		}
		return thrown.status;
	}
	if (thrown instanceof Errno) {
		yield* tool.complain(strerror(thrown));
		return style.usageStatus ?? 1;
	}
	throw thrown;
}

/** Only the "Try" line: the message has been printed. */
export function badUsage(): UsageError {
	return new UsageError('');
}

/** At least `count` operands, or "missing operand". */
export function needOperands(options: Parsed, count = 1): void {
	const { operands } = options;
	if (operands.length === 0) throw new UsageError('missing operand');
	if (operands.length < count) throw new UsageError(`missing operand after ${quoteLocale(operands.at(-1)!)}`);
}

export function atMost(options: Parsed, count: number): void {
	if (options.operands.length > count) throw new UsageError(`extra operand ${quoteLocale(options.operands[count]!)}`);
}

function quoteLocale(text: string): string {
	return `‘${text}’`;
}

export { UsageError } from '../libc/getopt';
export type { Parsed } from '../libc/getopt';

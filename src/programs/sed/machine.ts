/**
 * sed's machine: pattern space, hold space, the cycle over the lines of the files, and what each command does.
 *
 * Trusts: nothing; a script that loops for ever is pre-empted.
 */
import { O, type Sys } from '#kernel/syscalls';
import { attempt, type Tool } from '../coreutils/utility';
import type { Parsed } from '../libc/getopt';
import type { Regex, RegexMatch } from '../libc/regex';
import { readAll, readText, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { chmod, chown, close, open, preempt, rename, stat, unlink, write } from '../libc/unistd';
import { isDirectory } from '../coreutils/modes';
import { type Address, type Command, type ReplacementPart, SedError, type Substitution } from './script';

interface Line {
	readonly text: string;
	/** false: the last line of a file without its newline */
	readonly ended: boolean;
}

/** A range that has begun: up to that line, or until its second address matches. */
interface RangeState {
	active: boolean;
	end: number;
}

const ENDED = Symbol('ended');
type Ending = { readonly status: number; readonly [ENDED]: true };

export class Machine {
	#lines: Line[] = [];
	#next = 0;
	#file = '-';
	#fileIndex = 0;
	#number = 0;
	#pattern = '';
	#hold = '';
	#ended = true;
	#holdEnded = true;
	#substituted = false;
	#appended: { text?: string; file?: string }[] = [];
	#regex: Regex | undefined;
	readonly #ranges = new Map<Command, RangeState>();
	readonly #outputs = new Map<string, number>();
	readonly #reading = new Map<string, string[]>();
	/** in-place: what the file is to become */
	#replacing: { path: string; parts: Uint8Array[] } | undefined;
	#missingNewline = false;
	#steps = 0;
	readonly #end: string;
	readonly #separate: boolean;

	constructor(
		readonly tool: Tool,
		readonly commands: readonly Command[],
		readonly options: Parsed,
		readonly silent: boolean,
		readonly files: readonly string[]
	) {
		this.#end = options.has('null-data') ? '\0' : '\n';
		this.#separate = options.has('separate') || options.has('in-place');
	}

	*run(): Sys<number> {
		for (const command of this.commands) {
			const path = command.name === 'w' || command.name === 'W' ? command.text : command.substitution?.write;
			if (path !== undefined) yield* this.#output(path);
		}
		let status = 0;
		while (yield* this.#readLine()) {
			const ending = yield* this.#cycle();
			if (ending) {
				status = ending.status;
				if (this.#replacing) while (this.#next < this.#lines.length) yield* this.#emitLine(this.#lines[this.#next++]!);
				break;
			}
		}
		yield* this.#finishFile();
		return status;
	}

	/* ---- input ---- */

	*#openNext(): Sys<boolean> {
		while (this.#fileIndex < this.files.length) {
			const path = this.files[this.#fileIndex++]!;
			yield* this.#finishFile();
			const text = yield* this.#content(path);
			if (text === undefined) continue;
			this.#file = path;
			if (this.options.has('in-place') && path !== '-') this.#replacing = { path, parts: [] };
			if (this.#separate) this.#number = 0;
			this.#lines = splitText(text, this.#end);
			this.#next = 0;
			if (this.#lines.length > 0) return true;
		}
		return false;
	}

	*#content(path: string): Sys<string | undefined> {
		try {
			if (path === '-' && !this.options.has('in-place')) return decode(yield* readAll(STDIN));
			const found = yield* stat(path);
			if (isDirectory(found.mode)) {
				const inPlace = this.options.has('in-place');
				const message = inPlace
					? `couldn't edit ${path}: not a regular file`
					: `read error on ${path}: ${strerror('EISDIR')}`;
				yield* this.tool.complain(message, inPlace ? 4 : 2);
				return undefined;
			}
			return yield* readText(path);
		} catch (thrown) {
			yield* this.tool.complain(`can't read ${path}: ${strerror(errnoOf(thrown))}`, 2);
			return undefined;
		}
	}

	*#readLine(): Sys<boolean> {
		if (this.#next >= this.#lines.length && !(yield* this.#openNext())) return false;
		const line = this.#lines[this.#next++]!;
		this.#pattern = line.text;
		this.#ended = line.ended;
		this.#number++;
		return true;
	}

	*#isLast(): Sys<boolean> {
		if (this.#next < this.#lines.length) return false;
		if (this.#separate) return true;
		while (this.#fileIndex < this.files.length) {
			const path = this.files[this.#fileIndex]!;
			const text = yield* this.#content(path);
			if (text !== undefined && text !== '') {
				this.#lines = splitText(text, this.#end);
				this.#next = 0;
				this.#fileIndex++;
				this.#file = path;
				return false;
			}
			this.#fileIndex++;
		}
		return true;
	}

	/* ---- output ---- */

	*#put(text: string): Sys<void> {
		if (this.#replacing) this.#replacing.parts.push(encode(text));
		else yield* this.tool.print(text);
	}

	*#emit(text: string, ended = true): Sys<void> {
		yield* this.#newline();
		yield* this.#put(text + (ended ? this.#end : ''));
		this.#missingNewline = !ended;
	}

	*#emitLine(line: Line): Sys<void> {
		yield* this.#emit(line.text, line.ended);
	}

	/** The newline that the last line lacked, when something follows it. */
	*#newline(): Sys<void> {
		if (!this.#missingNewline) return;
		this.#missingNewline = false;
		yield* this.#put(this.#end);
	}

	*#finishFile(): Sys<void> {
		if (!this.#replacing) return;
		const { path, parts } = this.#replacing;
		this.#replacing = undefined;
		this.#missingNewline = false;
		const suffix = this.options.get('in-place');
		const found = yield* attempt(stat(path));
		const directory = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
		const temporary = `${directory}/sed${this.#fileIndex}XXXXXX`;
		let fd: number;
		try {
			fd = yield* open(temporary, O.WRONLY | O.CREAT | O.EXCL, 0o600);
		} catch (thrown) {
			throw new SedError(
				`couldn't open temporary file ${temporary.replace(/\d+XXXXXX$/, 'XXXXXX')}: ${strerror(errnoOf(thrown))}`,
				4
			);
		}
		for (const part of parts) yield* write(fd, part);
		yield* close(fd);
		if (found) {
			yield* attempt(chown(temporary, found.uid, found.gid));
			yield* attempt(chmod(temporary, found.mode & 0o7777));
		}
		try {
			if (suffix) {
				const name = path.slice(path.lastIndexOf('/') + 1);
				const backup = suffix.includes('*') ? suffix.replaceAll('*', name) : name + suffix;
				yield* rename(path, backup.includes('/') ? backup : `${directory}/${backup}`);
			}
			yield* rename(temporary, path);
		} catch (thrown) {
			yield* attempt(unlink(temporary));
			throw new SedError(`cannot rename ${temporary}: ${strerror(errnoOf(thrown))}`, 4);
		}
	}

	*#output(path: string): Sys<number> {
		if (path === '/dev/stdout') return -1;
		let fd = this.#outputs.get(path);
		if (fd === undefined) {
			try {
				fd = yield* open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o666);
			} catch (thrown) {
				throw new SedError(`couldn't open file ${path}: ${strerror(errnoOf(thrown))}`, 4);
			}
			this.#outputs.set(path, fd);
		}
		return fd;
	}

	*#writeTo(path: string, text: string, ended = true): Sys<void> {
		const fd = yield* this.#output(path);
		if (fd < 0) yield* this.tool.print(text + this.#end);
		else yield* write(fd, encode(text + (ended ? this.#end : '')));
	}

	/* ---- the script ---- */

	/** One line through the script. @returns an ending for q and Q */
	*#cycle(): Sys<Ending | undefined> {
		for (;;) {
			const outcome = yield* this.#execute();
			if (outcome === 'again') {
				yield* this.#flushAppended();
				continue;
			}
			if (outcome !== 'deleted' && outcome !== 'quiet' && !this.silent) yield* this.#emit(this.#pattern, this.#ended);
			yield* this.#flushAppended();
			return typeof outcome === 'object' ? outcome : undefined;
		}
	}

	*#flushAppended(): Sys<void> {
		for (const { text, file } of this.#appended) {
			if (text !== undefined) {
				yield* this.#newline();
				yield* this.#put(text);
			} else {
				const content = file === '/dev/stdin' ? decode(yield* readAll(STDIN)) : yield* attempt(readText(file!));
				if (content) {
					yield* this.#newline();
					yield* this.#put(content);
				}
			}
		}
		this.#appended = [];
	}

	*#execute(): Sys<'done' | 'deleted' | 'quiet' | 'again' | Ending> {
		this.#substituted = false;
		for (let at = 0; at < this.commands.length; at++) {
			if (++this.#steps % 1024 === 0) yield* preempt();
			const command = this.commands[at]!;
			if ((yield* this.#selects(command)) === command.negated) {
				if (command.name === '{') at = command.target - 1;
				continue;
			}
			switch (command.name) {
				case '{':
					break;
				case '=':
					yield* this.#emit(String(this.#number));
					break;
				case 'a':
					this.#appended.push({ text: command.text });
					break;
				case 'i':
					yield* this.#newline();
					yield* this.#put(command.text);
					break;
				case 'c':
					if (!command.second || command.negated || !this.#ranges.get(command)?.active) {
						yield* this.#newline();
						yield* this.#put(command.text);
					}
					return 'deleted';
				case 'b':
					at = command.target - 1;
					break;
				case 't':
					if (this.#substituted) at = command.target - 1;
					this.#substituted = false;
					break;
				case 'T':
					if (!this.#substituted) at = command.target - 1;
					this.#substituted = false;
					break;
				case 'd':
					return 'deleted';
				case 'D': {
					const newline = this.#pattern.indexOf(this.#end);
					if (newline < 0) return 'deleted';
					this.#pattern = this.#pattern.slice(newline + 1);
					return 'again';
				}
				case 'F':
					yield* this.#emit(this.#file);
					break;
				case 'g':
					this.#pattern = this.#hold;
					this.#ended = this.#holdEnded;
					break;
				case 'G':
					this.#pattern += this.#end + this.#hold;
					this.#ended = this.#holdEnded;
					break;
				case 'h':
					this.#hold = this.#pattern;
					this.#holdEnded = this.#ended;
					break;
				case 'H':
					this.#hold += this.#end + this.#pattern;
					break;
				case 'x':
					[this.#pattern, this.#hold] = [this.#hold, this.#pattern];
					[this.#ended, this.#holdEnded] = [this.#holdEnded, this.#ended];
					break;
				case 'l':
					yield* this.#emit(unambiguous(this.#pattern, command.text === '' ? Number(this.options.get('line-length') ?? 70) : Number(command.text))); // prettier-ignore
					break;
				case 'n':
					if (yield* this.#isLast()) {
						if (this.options.has('posix')) return 'quiet';
						return { status: 0, [ENDED]: true };
					}
					if (!this.silent) yield* this.#emit(this.#pattern, this.#ended);
					yield* this.#flushAppended();
					yield* this.#readLine();
					break;
				case 'N': {
					if (yield* this.#isLast()) return this.options.has('posix') ? 'deleted' : { status: 0, [ENDED]: true };
					yield* this.#flushAppended();
					const before = this.#pattern;
					yield* this.#readLine();
					this.#pattern = before + this.#end + this.#pattern;
					break;
				}
				case 'p':
					yield* this.#emit(this.#pattern, this.#ended);
					break;
				case 'P':
					yield* this.#emit(this.#pattern.split(this.#end)[0]!);
					break;
				case 'q':
					if (!this.silent) yield* this.#emit(this.#pattern, this.#ended);
					yield* this.#flushAppended();
					this.#pattern = '';
					return yield* this.#quit(Number(command.text || 0));
				case 'Q':
					return yield* this.#quit(Number(command.text || 0));
				case 'r':
					this.#appended.push({ file: command.text });
					break;
				case 'R': {
					let lines = this.#reading.get(command.text);
					if (!lines) this.#reading.set(command.text, (lines = splitText((yield* attempt(readText(command.text))) ?? '', this.#end).map((line) => line.text))); // prettier-ignore
					const line = lines.shift();
					if (line !== undefined) this.#appended.push({ text: line + this.#end });
					break;
				}
				case 's':
					yield* this.#substitute(command.substitution!);
					break;
				case 'w':
					yield* this.#writeTo(command.text, this.#pattern, this.#ended);
					break;
				case 'W':
					yield* this.#writeTo(command.text, this.#pattern.split(this.#end)[0]!);
					break;
				case 'y':
					this.#pattern = [...this.#pattern].map((character) => command.map!.get(character) ?? character).join('');
					break;
				case 'z':
					this.#pattern = '';
					break;
				default:
					break;
			}
		}
		return 'done';
	}

	/** Ends without printing the pattern space again. */
	*#quit(status: number): Sys<never> {
		if (this.#replacing) while (this.#next < this.#lines.length) yield* this.#emitLine(this.#lines[this.#next++]!);
		yield* this.#finishFile();
		yield* this.tool.flush();
		throw new Quit(status === 0 ? this.tool.status : status);
	}

	*#selects(command: Command): Sys<boolean> {
		const { first, second } = command;
		if (!first) return true;
		if (!second) return yield* this.#matches(first);
		let state = this.#ranges.get(command);
		if (!state)
			this.#ranges.set(command, (state = { active: first.kind === 'line' && first.line === 0, end: Infinity }));
		if (!state.active) {
			if (!(yield* this.#matches(first))) return false;
			return this.#begin(state, second);
		}
		if (second.kind === 'regex') {
			if (yield* this.#matches(second)) state.active = false;
		} else if (second.kind === 'last') {
			if (yield* this.#isLast()) state.active = false;
		} else {
			if (this.#number >= state.end) state.active = false;
			if (this.#number > state.end) return first.kind === 'line' ? false : yield* this.#restart(state, first, second);
		}
		return true;
	}

	*#restart(state: RangeState, first: Address, second: Address): Sys<boolean> {
		if (!(yield* this.#matches(first))) return false;
		return this.#begin(state, second);
	}

	#begin(state: RangeState, second: Address): boolean {
		state.active = true;
		state.end = Infinity;
		if (second.kind === 'line') state.end = second.line;
		else if (second.kind === 'plus') state.end = this.#number + second.count;
		else if (second.kind === 'multiple')
			state.end = second.of === 0 ? this.#number : Math.ceil(this.#number / second.of) * second.of;
		if (state.end <= this.#number) state.active = false;
		return true;
	}

	*#matches(address: Address): Sys<boolean> {
		switch (address.kind) {
			case 'line':
				return this.#number === address.line;
			case 'last':
				return yield* this.#isLast();
			case 'step':
				return address.step <= 0 ? this.#number === address.first : this.#number >= address.first && (this.#number - address.first) % address.step === 0; // prettier-ignore
			case 'regex':
				return this.#used(address.regex).test(this.#pattern);
			default:
				return false;
		}
	}

	#used(regex: Regex | null): Regex {
		if (regex) this.#regex = regex;
		if (!this.#regex) throw new SedError('no previous regular expression');
		return this.#regex;
	}

	*#substitute(substitution: Substitution): Sys<void> {
		const regex = this.#used(substitution.regex);
		const text = this.#pattern;
		let out = '';
		let at = 0;
		let count = 0;
		let changed = false;
		let lastEnd = -1;
		for (let from = 0; from <= text.length;) {
			const match = regex.exec(text, from);
			if (!match) break;
			if (match.end === match.start && match.start === lastEnd) {
				from = match.end + 1;
				continue;
			}
			count++;
			lastEnd = match.end;
			if (count >= substitution.number) {
				out += text.slice(at, match.start) + replacementText(substitution.replacement, match);
				at = match.end;
				changed = true;
				if (!substitution.global) break;
			}
			from = match.end > match.start ? match.end : match.end + 1;
			if (count % 512 === 0) yield* preempt();
		}
		if (!changed) return;
		this.#pattern = out + text.slice(at);
		this.#substituted = true;
		if (substitution.print) yield* this.#emit(this.#pattern, this.#ended);
		if (substitution.write !== undefined) yield* this.#writeTo(substitution.write, this.#pattern, this.#ended);
	}
}

/** q and Q: everything has been written. */
export class Quit {
	constructor(readonly status: number) {}
}

function splitText(text: string, end: string): Line[] {
	if (text === '') return [];
	const parts = text.split(end);
	const last = parts.pop()!;
	const lines: Line[] = parts.map((part) => ({ text: part, ended: true }));
	if (last !== '') lines.push({ text: last, ended: false });
	return lines;
}

function replacementText(parts: readonly ReplacementPart[], match: RegexMatch): string {
	let out = '';
	let mode = 'E';
	let once = '';
	for (const part of parts) {
		if (part.kind === 'case') {
			if (part.letter === 'u' || part.letter === 'l') once = part.letter;
			else {
				mode = part.letter;
				if (part.letter === 'E') once = '';
			}
			continue;
		}
		let text = part.kind === 'text' ? part.text : (match.groups[part.index] ?? '');
		if (mode === 'U') text = text.toUpperCase();
		else if (mode === 'L') text = text.toLowerCase();
		if (once !== '' && text !== '') {
			text = (once === 'u' ? text[0]!.toUpperCase() : text[0]!.toLowerCase()) + text.slice(1);
			once = '';
		}
		out += text;
	}
	return out;
}

const NAMED: Readonly<Record<number, string>> = {
	7: '\\a',
	8: '\\b',
	12: '\\f',
	10: '\\n',
	13: '\\r',
	9: '\\t',
	11: '\\v',
	92: '\\\\'
};

/** The l command. */
function unambiguous(text: string, width: number): string {
	const cells: string[] = [];
	for (const byte of encode(text)) cells.push(NAMED[byte] ?? (byte < 32 || byte > 126 ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte))); // prettier-ignore
	if (width <= 1) return `${cells.join('')}$`;
	let out = '';
	let line = '';
	for (const cell of cells) {
		if (line.length + cell.length > width - 1) {
			out += `${line}\\\n`;
			line = '';
		}
		line += cell;
	}
	return `${out}${line}$`;
}

/**
 * grep, egrep and fgrep (GNU grep 3.8 as Debian builds it).
 *
 * Does: -E -F -G -e -f -i -v -w -x -c -l -L -q -s -o -n -b -H -h -A -B -C -m -r -R --include --exclude --exclude-dir -z -a
 *       --color --line-buffered --label.
 * Lacks: -P (Perl expressions), --binary-files=without-match beyond -I, devices.
 */
import { O, type Main, type Sys } from '#kernel/syscalls';
import { globMatches } from '../coreutils/glob';
import { attempt, Tool } from '../coreutils/utility';
import { getopt, OptionTable, type Parsed, UsageError } from '../libc/getopt';
import { Regex, RegexError, type RegexMatch } from '../libc/regex';
import { LineReader, printError, readAll, readText, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { close, fstat, open, preempt, readdir, stat } from '../libc/unistd';
import { isDirectory } from '../coreutils/modes';

const OPTIONS = new OptionTable([
	'A|after-context=', 'a|text', 'B|before-context=', 'b|byte-offset', 'binary-files=', 'C|context=', 'color|colour=?', 'c|count', 'D|devices=', 'd|directories=',
	'E|extended-regexp', 'e|regexp=', 'exclude=', 'exclude-dir=', 'exclude-from=', 'F|fixed-strings', 'f|file=', 'G|basic-regexp', 'group-separator=', 'H|with-filename',
	'h|no-filename', 'I', 'i|y|ignore-case', 'include=', 'initial-tab|T', 'L|files-without-match', 'l|files-with-matches', 'label=', 'line-buffered', 'm|max-count=',
	'n|line-number', 'no-group-separator', 'no-ignore-case', 'no-messages|s', 'null|Z', 'null-data|z', 'o|only-matching', 'P|perl-regexp', 'q|silent|quiet', 'R|dereference-recursive',
	'r|recursive', 'U|binary', 'u|unix-byte-offsets', 'V|version', 'v|invert-match', 'w|word-regexp', 'x|line-regexp', 'help'
]); // prettier-ignore

const USAGE = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n";

class Trouble {
	constructor(readonly message: string) {}
}

/** A line with its match positions. */
type Matcher = (line: string, from: number) => { start: number; end: number } | null;

interface Settings {
	readonly matcher: Matcher;
	readonly invert: boolean;
	readonly after: number;
	readonly before: number;
	readonly separator: string | undefined;
	readonly names: boolean;
	readonly numbers: boolean;
	readonly offsets: boolean;
	readonly count: boolean;
	readonly list: 'with' | 'without' | undefined;
	readonly quiet: boolean;
	readonly only: boolean;
	readonly max: number;
	readonly end: string;
	readonly nameEnd: string | undefined;
	readonly binary: 'text' | 'binary' | 'skip';
	readonly color: boolean;
	readonly label: string;
	readonly noMessages: boolean;
}

function grepAs(mode: 'G' | 'E' | 'F'): Main {
	return function* (argv, env) {
		const tool = new Tool('grep', env);
		try {
			return yield* run(tool, getopt(argv, OPTIONS), mode);
		} catch (thrown) {
			yield* tool.flush();
			if (thrown instanceof UsageError)
				yield* printError(thrown.message === '' ? USAGE : `grep: ${thrown.message}\n${USAGE}`);
			else if (thrown instanceof Trouble) yield* printError(`grep: ${thrown.message}\n`);
			else throw thrown;
			return 2;
		}
	};
}

export const grep = grepAs('G');
export const egrep = grepAs('E');
export const fgrep = grepAs('F');

function* run(tool: Tool, options: Parsed, mode: 'G' | 'E' | 'F'): Sys<number> {
	if (options.has('version')) {
		yield* tool.print('grep (GNU grep) 3.8\n');
		yield* tool.flush();
		return 0;
	}
	if (options.has('help')) {
		yield* tool.print('Usage: grep [OPTION]... PATTERNS [FILE]...\nSearch for PATTERNS in each FILE.\n');
		yield* tool.flush();
		return 0;
	}
	tool.unbuffered = options.has('line-buffered');
	const operands = [...options.operands];
	const patterns = yield* patternsOf(options, operands);
	const kind = options.last('extended-regexp', 'fixed-strings', 'basic-regexp', 'perl-regexp');
	const syntax = kind === 'extended-regexp' || kind === 'perl-regexp' ? 'E' : kind === 'fixed-strings' ? 'F' : kind === 'basic-regexp' ? 'G' : mode; // prettier-ignore
	const recursive =
		options.has('recursive') || options.has('dereference-recursive') || options.get('directories') === 'recurse';
	const files = operands.length > 0 ? operands : recursive ? ['.'] : ['-'];
	const settings = yield* settingsOf(
		tool,
		options,
		yield* makeMatcher(tool, patterns, syntax, options),
		files,
		recursive
	);
	const search = new Search(tool, settings, options, recursive);
	for (const file of files) {
		yield* search.operand(file, operands.length === 0 && recursive);
		if (settings.quiet && search.found) return 0;
	}
	yield* tool.flush();
	if (tool.status > 0 && !(settings.quiet && search.found)) return 2;
	return search.found ? 0 : 1;
}

function* patternsOf(options: Parsed, operands: string[]): Sys<string[]> {
	const given: string[] = [];
	for (const { name, value } of options.options) {
		if (name === 'regexp') given.push(...value!.split('\n'));
		if (name === 'file') {
			try {
				const text = value === '-' ? decode(yield* readAll(STDIN)) : yield* readText(value!);
				if (text !== '') given.push(...text.replace(/\n$/, '').split('\n'));
			} catch (thrown) {
				throw new Trouble(`${value}: ${strerror(errnoOf(thrown))}`);
			}
		}
	}
	if (options.has('regexp') || options.has('file')) return given;
	const first = operands.shift();
	if (first === undefined) throw new UsageError('');
	return first.split('\n');
}

function number(options: Parsed, name: string): number | undefined {
	const value = options.get(name);
	if (value === undefined) return undefined;
	if (!/^-?\d+$/.test(value))
		throw new Trouble(name === 'max-count' ? 'invalid max count' : `${value}: invalid context length argument`);
	return Number(value) < 0 ? Infinity : Number(value);
}

function* settingsOf(
	tool: Tool,
	options: Parsed,
	matcher: Matcher,
	files: readonly string[],
	recursive: boolean
): Sys<Settings> {
	const context = number(options, 'context') ?? 0;
	const naming = options.last('with-filename', 'no-filename');
	const one = files.length === 1 && !(recursive && files[0] !== '-' && (yield* isDirectoryPath(files[0]!)));
	const when = options.get('color') ?? (options.has('color') ? 'auto' : 'never');
	const list = options.last('files-with-matches', 'files-without-match');
	const type = options.has('text') ? 'text' : options.has('I') ? 'skip' : (options.get('binary-files') ?? 'binary');
	return {
		matcher,
		invert: options.has('invert-match'),
		after: number(options, 'after-context') ?? context,
		before: number(options, 'before-context') ?? context,
		separator: options.has('no-group-separator') ? undefined : (options.get('group-separator') ?? '--'),
		names: naming === undefined ? !one : naming === 'with-filename',
		numbers: options.has('line-number'),
		offsets: options.has('byte-offset'),
		count: options.has('count') && list === undefined,
		list: list === undefined ? undefined : list === 'files-with-matches' ? 'with' : 'without',
		quiet: options.has('quiet'),
		only: options.has('only-matching'),
		max: number(options, 'max-count') ?? Infinity,
		end: options.has('z') ? '\0' : '\n',
		nameEnd: options.has('Z') ? '\0' : undefined,
		binary: type === 'without-match' || type === 'skip' ? 'skip' : type === 'text' ? 'text' : 'binary',
		color: when === 'always' || when === 'yes' || when === 'force' || (when === 'auto' && (yield* tool.isTerminal())),
		label: options.get('label') ?? '(standard input)',
		noMessages: options.has('s')
	};
}

function* isDirectoryPath(path: string): Sys<boolean> {
	const found = yield* attempt(stat(path));
	return found !== undefined && isDirectory(found.mode);
}

function* makeMatcher(tool: Tool, patterns: readonly string[], syntax: 'G' | 'E' | 'F', options: Parsed): Sys<Matcher> {
	const ignoreCase = options.last('ignore-case', 'no-ignore-case') === 'ignore-case';
	const expressions: Regex[] = [];
	for (const pattern of patterns) {
		if (syntax !== 'F' && /^\[([:.=])[^\]]*\1\]$/.test(pattern)) {
			throw new Trouble('character class syntax is [[:space:]], not [:space:]');
		}
		try {
			const text = syntax === 'F' ? pattern.replace(/[\\[\].*^$]/g, '\\$&') : pattern;
			const regex = new Regex(text, { extended: syntax === 'E', ignoreCase, dialect: 'grep' });
			for (const warning of regex.warnings) yield* tool.warn(`warning: ${warning}`);
			for (const stray of strayEscapes(syntax === 'F' ? '' : pattern))
				yield* tool.warn(`warning: stray \\ before ${stray}`);
			expressions.push(regex);
		} catch (thrown) {
			if (thrown instanceof RegexError) throw new Trouble(thrown.message);
			throw thrown;
		}
	}
	const whole = options.has('line-regexp');
	const word = options.has('word-regexp');
	return (line, from) => longest(expressions, line, from, whole, word);
}

/** grep 3.8 warns of backslashes that mean nothing. */
function strayEscapes(pattern: string): string[] {
	const out: string[] = [];
	for (const [, character] of pattern.replace(/\[[^\]]*\]/g, '').matchAll(/\\([^])/g)) {
		if (/[a-zA-Z]/.test(character!) && !/[bBwWsS]/.test(character!)) out.push(character!);
		else if (/[^a-zA-Z0-9\s!-/:-@[-`{-~]/.test(character!)) out.push(character!);
	}
	return out;
}

const isWordCharacter = (character: string | undefined): boolean =>
	character !== undefined && /[\p{L}\p{N}_]/u.test(character);

function longest(
	expressions: readonly Regex[],
	line: string,
	from: number,
	whole: boolean,
	word: boolean
): ReturnType<Matcher> {
	let best: { start: number; end: number } | null = null;
	for (const expression of expressions) {
		if (whole) {
			if (from === 0 && expression.matchesWhole(line)) return { start: 0, end: line.length };
			continue;
		}
		const match = word ? wordMatch(expression, line, from) : expression.exec(line, from);
		if (match && (!best || match.start < best.start || (match.start === best.start && match.end > best.end)))
			best = match;
	}
	return best;
}

/** -w: neither neighbour may be part of a word; a shorter match at the same place counts as well. */
function wordMatch(expression: Regex, line: string, from: number): { start: number; end: number } | null {
	let at = from;
	while (at <= line.length) {
		const match: RegexMatch | null = expression.exec(line, at);
		if (!match) return null;
		if (!isWordCharacter(line[match.start - 1])) {
			for (let end = match.end; end > match.start || (end === match.start && match.end === end); end--) {
				if (isWordCharacter(line[end])) continue;
				if (end === match.end) return { start: match.start, end };
				const shorter = expression.exec(line.slice(0, end), match.start);
				if (shorter && shorter.start === match.start && shorter.end === end) return { start: match.start, end };
			}
		}
		at = match.start + 1;
	}
	return null;
}

class Search {
	found = false;
	/** a group of lines has been printed, so that the next needs a separator */
	#printed = false;

	constructor(
		readonly tool: Tool,
		readonly settings: Settings,
		readonly options: Parsed,
		readonly recursive: boolean
	) {}

	*#complain(path: string, error: string): Sys<void> {
		this.tool.status = 2;
		if (!this.settings.noMessages) yield* this.tool.complain(`${path}: ${error}`, 2);
	}

	*operand(path: string, implicit: boolean): Sys<void> {
		if (path === '-') return yield* this.#stream(STDIN, this.settings.label);
		let found;
		try {
			found = yield* stat(path);
		} catch (thrown) {
			return yield* this.#complain(path, strerror(errnoOf(thrown)));
		}
		if (isDirectory(found.mode)) {
			if (this.recursive) return yield* this.#directory(path, implicit);
			if (this.options.get('directories') !== 'skip') {
				yield* this.#complain(path, strerror('EISDIR'));
				// what cannot be read counts as empty
				if (this.settings.count) yield* this.tool.print(`${this.settings.names ? path + (this.settings.nameEnd ?? ':') : ''}0\n`); // prettier-ignore
			}
			if (this.settings.list === 'without') yield* this.tool.print(`${path}\n`);
			return;
		}
		if (this.#excluded(path, true)) return;
		yield* this.#file(path);
	}

	#excluded(path: string, commandLine: boolean): boolean {
		const name = path.slice(path.lastIndexOf('/') + 1);
		const include = this.options.all('include');
		const excluded = this.options
			.all('exclude')
			.some((pattern) => globMatches(pattern, name) || globMatches(pattern, path));
		if (excluded) return true;
		return (
			include.length > 0 && !(commandLine && !this.recursive) && !include.some((pattern) => globMatches(pattern, name))
		);
	}

	*#directory(path: string, implicit: boolean): Sys<void> {
		let entries;
		try {
			entries = yield* readdir(path);
		} catch (thrown) {
			return yield* this.#complain(path, strerror(errnoOf(thrown)));
		}
		for (const { name, type } of entries) {
			const full = implicit ? name : `${path.replace(/\/$/, '')}/${name}`;
			let directory = isDirectory(type);
			if ((type & 0o170000) === 0o120000) {
				if (!this.options.has('dereference-recursive')) continue;
				directory = yield* isDirectoryPath(full);
			}
			if (directory) {
				if (!this.options.all('exclude-dir').some((pattern) => globMatches(pattern, name)))
					yield* this.#directory(full, false);
			} else if (!this.#excluded(full, false)) yield* this.#file(full);
			if (this.settings.quiet && this.found) return;
		}
	}

	*#file(path: string): Sys<void> {
		let fd;
		try {
			fd = yield* open(path, O.RDONLY);
		} catch (thrown) {
			return yield* this.#complain(path, strerror(errnoOf(thrown)));
		}
		try {
			yield* this.#stream(fd, path);
		} catch (thrown) {
			yield* this.#complain(path, strerror(errnoOf(thrown)));
		} finally {
			yield* close(fd);
		}
	}

	*#stream(fd: number, name: string): Sys<void> {
		const { settings, tool } = this;
		if (!settings.quiet && !settings.list && !settings.count && (yield* isOutput(fd))) {
			return yield* this.#complain(name, 'input file is also the output');
		}
		const file = new FileSearch(tool, settings, name, this.#printed);
		const reader = new LineReader(fd);
		const interactive = settings.end === '\n';
		if (interactive) {
			for (let count = 0; ; count++) {
				const bytes = yield* reader.line();
				if (bytes === null || !(yield* file.line(bytes))) break;
				if (count % 256 === 255) yield* preempt();
			}
		} else {
			const text = yield* readAll(fd);
			for (let at = 0; at < text.length;) {
				const zero = text.indexOf(0, at);
				const end = zero < 0 ? text.length : zero + 1;
				if (!(yield* file.line(text.subarray(at, end)))) break;
				at = end;
			}
		}
		yield* file.finish();
		this.#printed ||= file.printed;
		if (settings.list === 'without' ? file.count === 0 : file.count > 0) this.found = true;
	}
}

function* isOutput(fd: number): Sys<boolean> {
	const output = yield* attempt(fstat(1));
	if (!output || (output.mode & 0o170000) !== 0o100000) return false;
	const input = yield* attempt(fstat(fd));
	return input !== undefined && input.inode === output.inode && (input.mode & 0o170000) === 0o100000 && input.size > 0;
}

interface Held {
	readonly number: number;
	readonly offset: number;
	readonly text: string;
}

/** One file on its way through. */
class FileSearch {
	count = 0;
	printed: boolean;
	#number = 0;
	#offset = 0;
	#before: Held[] = [];
	#after = 0;
	#lastPrinted = 0;
	#binary = false;
	#suppressed = false;

	constructor(
		readonly tool: Tool,
		readonly settings: Settings,
		readonly name: string,
		printed: boolean
	) {
		this.printed = printed;
	}

	/** @returns whether to go on */
	*line(bytes: Uint8Array): Sys<boolean> {
		const { settings } = this;
		const endByte = settings.end.charCodeAt(0);
		const ended = bytes[bytes.length - 1] === endByte;
		const text = decode(ended ? bytes.subarray(0, -1) : bytes);
		const held: Held = { number: ++this.#number, offset: this.#offset, text };
		this.#offset += bytes.length;
		if (
			settings.binary !== 'text' &&
			!this.#binary &&
			/[\udc80-\udcff]|\0/.test(text) &&
			!(settings.end === '\0' && !/[\udc80-\udcff]/.test(text))
		) {
			this.#binary = true;
			if (settings.binary === 'skip') return false;
		}
		if (this.count >= settings.max) {
			if (this.#after <= 0) return false;
			this.#after--;
			if (settings.matcher(text, 0) !== null) return false;
			yield* this.#show(held, '-');
			return true;
		}
		const match = settings.matcher(text, 0);
		if ((match !== null) !== settings.invert) return yield* this.#selected(held);
		if (this.#after > 0) {
			this.#after--;
			yield* this.#show(held, '-');
		} else if (settings.before > 0) {
			this.#before.push(held);
			if (this.#before.length > settings.before) this.#before.shift();
		}
		return true;
	}

	*#selected(held: Held): Sys<boolean> {
		const { settings } = this;
		this.count++;
		if (settings.quiet || settings.list) return false;
		if (settings.count) return this.count < settings.max;
		if (this.#binary) {
			this.#suppressed = true;
			return false;
		}
		const context = settings.before > 0 || settings.after > 0;
		const first = this.#before[0]?.number ?? held.number;
		if (context && this.printed && settings.separator !== undefined && first > this.#lastPrinted + 1) {
			yield* this.tool.print(
				settings.color ? `\x1b[36m\x1b[K${settings.separator}\x1b[m\x1b[K\n` : `${settings.separator}\n`
			);
		}
		for (const earlier of this.#before) yield* this.#show(earlier, '-');
		this.#before = [];
		yield* this.#show(held, ':');
		this.#after = settings.after;
		return this.count < settings.max || settings.after > 0;
	}

	*#show(held: Held, mark: ':' | '-'): Sys<void> {
		const { settings, tool } = this;
		this.#lastPrinted = held.number;
		this.printed = true;
		if (settings.only) {
			if (mark === '-' || settings.invert) return;
			for (let at = 0; at <= held.text.length;) {
				const match = settings.matcher(held.text, at);
				if (!match) break;
				if (match.end > match.start) {
					const offset = settings.offsets
						? held.offset + new TextEncoder().encode(held.text.slice(0, match.start)).length
						: 0;
					yield* tool.print(
						`${this.#prefix(held, mark, offset)}${this.#colored(held.text.slice(match.start, match.end))}${settings.end}`
					);
					at = match.end;
				} else at = match.start + 1;
			}
			return;
		}
		const text = settings.color && (mark === ':') !== settings.invert ? this.#highlight(held.text) : held.text;
		yield* tool.print(`${this.#prefix(held, mark, held.offset)}${text}${settings.end}`);
	}

	#prefix(held: Held, mark: string, offset: number): string {
		const { settings } = this;
		const paint = (code: string, text: string): string =>
			settings.color ? `\x1b[${code}m\x1b[K${text}\x1b[m\x1b[K` : text;
		let out = '';
		if (settings.names) out += paint('35', this.name) + (settings.nameEnd ?? paint('36', mark));
		if (settings.numbers) out += paint('32', String(held.number)) + paint('36', mark);
		if (settings.offsets) out += paint('32', String(offset)) + paint('36', mark);
		return out;
	}

	#colored(text: string): string {
		return this.settings.color ? `\x1b[01;31m\x1b[K${text}\x1b[m\x1b[K` : text;
	}

	#highlight(text: string): string {
		let out = '';
		let at = 0;
		for (let from = 0; from <= text.length;) {
			const match = this.settings.matcher(text, from);
			if (!match) break;
			if (match.end === match.start) {
				from = match.start + 1;
				continue;
			}
			out += text.slice(at, match.start) + this.#colored(text.slice(match.start, match.end));
			at = from = match.end;
		}
		return out + text.slice(at);
	}

	*finish(): Sys<void> {
		const { settings, tool, name } = this;
		if (settings.quiet) return;
		if (this.#suppressed) yield* tool.print(`grep: ${name}: binary file matches\n`);
		if (settings.count) yield* tool.print(`${settings.names ? name + (settings.nameEnd ?? ':') : ''}${this.count}\n`);
		if (settings.list && (settings.list === 'with') === this.count > 0)
			yield* tool.print(`${name}${settings.nameEnd ?? '\n'}`);
	}
}

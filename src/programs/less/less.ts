/**
 * less(1) 590: a text page by page, with search; a plain copy when standard output is no terminal.
 *
 * Does: space b f d u j k arrows g G N% / ? n N & no; options -N -S -i -I -F -X -R -E, +N, +/PATTERN, +G.
 * Not simulated: reading on while a pipe or a file grows (F), marks, tags, filters, editing, LESSOPEN.
 */
import { Errno, S, type Main, type Sys } from '#kernel/syscalls';
import { print, printError, readAll, readFile, STDIN, STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { stat, write } from '../libc/unistd';
import { isTerminal, NORMAL, openTerminal, REVERSE, Screen } from '../ncurses/screen';
import { compile, fold, type Pattern, type Row } from './pager';

interface Options {
	numbers: boolean;
	chop: boolean;
	ignoreCase: boolean;
	quitIfOneScreen: boolean;
	quitAtEnd: boolean;
	/** commands of +… */
	readonly start: string[];
}

const HELP = `
                   SUMMARY OF LESS COMMANDS

      Commands marked with * may be preceded by a number, N.

  q                  Exit.
  e  ^E  j  ^N  CR  *  Forward  one line   (or N lines).
  y  ^Y  k  ^K  ^P  *  Backward one line   (or N lines).
  f  ^F  ^V  SPACE  *  Forward  one window (or N lines).
  b  ^B  ESC-v      *  Backward one window (or N lines).
  d  ^D             *  Forward  one half-window.
  u  ^U             *  Backward one half-window.
  r  ^R  ^L            Repaint screen.
  g  <  ESC-<       *  Go to first line in file (or line N).
  G  >  ESC->       *  Go to last line in file (or line N).
  p  %              *  Go to beginning of file (or N percent into file).
  /pattern          *  Search forward for (N-th) matching line.
  ?pattern          *  Search backward for (N-th) matching line.
  n                 *  Repeat previous search (for N-th occurrence).
  N                 *  Repeat previous search in reverse direction.
  =                    Print current file name.
`;

export const less: Main = function* (argv) {
	const options: Options = {
		numbers: false,
		chop: false,
		ignoreCase: false,
		quitIfOneScreen: false,
		quitAtEnd: false,
		start: []
	};
	const files: string[] = [];
	for (const word of argv.slice(1)) {
		if (word.startsWith('+')) options.start.push(word.slice(1));
		else if (word === '--version' || word === '-V') {
			yield* print('less 590 (GNU regular expressions)\n');
			return 0;
		} else if (/^-./.test(word)) readOptions(word, options);
		else files.push(word);
	}
	const toTerminal = yield* isTerminal(STDOUT);
	if (files.length === 0 && (yield* isTerminal(STDIN))) {
		yield* printError('Missing filename ("less --help" for help)\n');
		return 1;
	}
	let status = 0;
	const texts: { name: string; bytes: Uint8Array }[] = [];
	for (const name of files.length === 0 ? ['-'] : files) {
		const bytes = yield* content(name);
		if (typeof bytes !== 'string') texts.push({ name, bytes });
		else {
			yield* printError(`${bytes}\n`);
			status = toTerminal ? 1 : 0;
		}
	}
	if (!toTerminal) {
		for (const { bytes } of texts) if (bytes.length > 0) yield* write(STDOUT, bytes);
		return status;
	}
	for (const [index, { name, bytes }] of texts.entries()) {
		const pager = new Pager(name === '-' ? '' : name, decode(bytes), options, index + 1 < texts.length);
		if (yield* pager.run()) break;
	}
	return status;
};

function readOptions(word: string, options: Options): void {
	for (const letter of word.startsWith('--') ? (LONG[word.slice(2)] ?? '') : word.slice(1)) {
		if (letter === 'N') options.numbers = true;
		if (letter === 'S') options.chop = true;
		if (letter === 'i' || letter === 'I') options.ignoreCase = true;
		if (letter === 'F') options.quitIfOneScreen = true;
		if (letter === 'E' || letter === 'e') options.quitAtEnd = true;
	}
}

const LONG: Readonly<Record<string, string>> = {
	'LINE-NUMBERS': 'N',
	'chop-long-lines': 'S',
	'ignore-case': 'i',
	'IGNORE-CASE': 'I',
	'quit-if-one-screen': 'F',
	'QUIT-AT-EOF': 'E'
};

/** @returns the bytes, or why not */
function* content(name: string): Sys<Uint8Array | string> {
	try {
		if (name === '-') return yield* readAll(STDIN);
		if (((yield* stat(name)).mode & S.IFMT) === S.IFDIR) return `${name} is a directory`;
		return yield* readFile(name);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return `${name}: ${strerror(thrown)}`;
	}
}

class Pager {
	readonly #lines: string[];
	#screen: Screen | undefined;
	#rows: Row[] = [];
	#top = 0;
	#pattern: Pattern | null = null;
	#forward = true;
	#message = '';

	constructor(
		readonly name: string,
		text: string,
		readonly options: Options,
		readonly hasNext: boolean
	) {
		this.#lines = text.replace(/\n$/, '').split('\n');
	}

	/** @returns true to leave less, false for the next file */
	*run(): Sys<boolean> {
		const screen = new Screen((yield* isTerminal(STDIN)) ? STDIN : yield* openTerminal(), STDOUT);
		this.#screen = screen;
		yield* screen.measure();
		this.#fold();
		if (this.options.quitIfOneScreen && this.#rows.length < screen.rows) {
			yield* print(this.#rows.map((row) => `${row.text}\n`).join(''));
			return !this.hasNext;
		}
		this.#message = this.name;
		yield* screen.open();
		for (const command of this.options.start) yield* this.#begin(command);
		const leave = yield* this.#loop(screen);
		yield* screen.close();
		return leave;
	}

	*#begin(command: string): Sys<void> {
		if (command.startsWith('/')) this.#searchFor(command.slice(1), true, true);
		else if (command === 'G') this.#go(Infinity);
		else if (/^\d+g?$/.test(command)) this.#goToLine(parseInt(command, 10));
	}

	get #height(): number {
		return this.#screen!.rows - 1;
	}

	#fold(): void {
		this.#rows = fold(this.#lines, this.#screen!.columns, this.options.chop, this.options.numbers);
	}

	#go(top: number): void {
		this.#top = Math.max(0, Math.min(top, this.#rows.length - this.#height));
	}

	#goToLine(line: number): void {
		const row = this.#rows.findIndex((candidate) => candidate.line === line - 1);
		this.#go(row < 0 ? Infinity : row);
	}

	get #atEnd(): boolean {
		return this.#top + this.#height >= this.#rows.length;
	}

	#prompt(): string {
		if (this.#message !== '') return `${REVERSE}${this.#message}${NORMAL}`;
		return this.#atEnd ? `${REVERSE}(END)${NORMAL}` : ':';
	}

	*#draw(prompt = this.#prompt()): Sys<void> {
		const shown = this.#rows.slice(this.#top, this.#top + this.#height).map((row) => this.#highlight(row.text));
		while (shown.length < this.#height) shown.push(this.#rows.length === 0 ? '' : '~');
		const width = prompt.replace(/\x1b\[\d*m/g, '').length;
		yield* this.#screen!.draw([...shown, prompt], { row: this.#height, column: width });
	}

	#highlight(text: string): string {
		let result = '';
		let at = 0;
		for (const [start, end] of this.#pattern?.(text) ?? []) {
			result += `${text.slice(at, start)}${REVERSE}${text.slice(start, end)}\x1b[27m`;
			at = end;
		}
		return result + text.slice(at);
	}

	*#loop(screen: Screen): Sys<boolean> {
		let count = '';
		for (;;) {
			yield* this.#draw(count === '' ? undefined : `:${count}`);
			const key = yield* screen.key();
			if (key === null) return true;
			this.#message = '';
			if (/^\d$/.test(key)) {
				count += key;
				continue;
			}
			const number = count === '' ? undefined : Number(count);
			count = '';
			if (key === 'q' || key === 'Q' || key === '^C') return true;
			if (this.options.quitAtEnd && this.#atEnd && [' ', 'f', 'PageDown', 'j', 'Enter'].includes(key))
				return !this.hasNext;
			if (key === ':') {
				const next = yield* screen.key();
				if (next === 'q') return true;
				if (next === 'n' && this.hasNext) return false;
				if (next === 'n') this.#message = 'No next file  (press RETURN)';
			} else if (key === '/' || key === '?') yield* this.#ask(key);
			else if (key === 'h' || key === 'H')
				yield* new Pager('HELP', HELP, { ...this.options, start: [] }, false).#help(screen);
			else if (key === 'Resize') this.#fold();
			else if (key === '^L' || key === 'r') screen.forget();
			else if (key === '^Z') yield* screen.suspend();
			else if (!this.#move(key, number)) yield* screen.write('\x07');
		}
	}

	*#help(screen: Screen): Sys<void> {
		this.#screen = screen;
		this.#fold();
		this.#message = 'HELP -- Press RETURN for more, or q when done';
		yield* this.#loop(screen);
	}

	/** @returns false for a key without a meaning */
	#move(key: string, count: number | undefined): boolean {
		const window = this.#height;
		const half = Math.floor(window / 2);
		const command = MOVES[key];
		if (command === undefined) return false;
		if (command === 'down') this.#go(this.#top + (count ?? 1));
		else if (command === 'up') this.#go(this.#top - (count ?? 1));
		else if (command === 'pageDown') this.#go(this.#top + (count ?? window));
		else if (command === 'pageUp') this.#go(this.#top - (count ?? window));
		else if (command === 'halfDown') this.#go(this.#top + (count ?? half));
		else if (command === 'halfUp') this.#go(this.#top - (count ?? half));
		else if (command === 'first') this.#goToLine(count ?? 1);
		else if (command === 'last')
			this.#go(count === undefined ? Infinity : this.#rows.findIndex((row) => row.line === count - 1));
		else if (command === 'percent') this.#go(Math.floor((this.#rows.length * (count ?? 0)) / 100));
		else if (command === 'next' || command === 'previous') this.#search((command === 'next') === this.#forward, false);
		else if (command === 'where') this.#message = this.#place();
		return true;
	}

	#place(): string {
		const last = Math.min(this.#top + this.#height, this.#rows.length);
		const percent = Math.floor((100 * last) / Math.max(1, this.#rows.length));
		return `${this.name} lines ${this.#top + 1}-${last}/${this.#lines.length} ${percent}%${this.#atEnd ? ' (END)' : ''}`;
	}

	*#ask(kind: string): Sys<void> {
		let text = '';
		for (;;) {
			yield* this.#draw(kind + text);
			const key = yield* this.#screen!.key();
			if (key === null || key === '^C' || key === 'Escape') return;
			if (key === 'Enter' || key === '^J') break;
			if (key === 'Backspace') {
				if (text === '') return;
				text = text.slice(0, -1);
			} else if ([...key].length === 1) text += key;
		}
		this.#searchFor(text, kind === '/', false);
	}

	/** @param fromTop also the first row that is shown */
	#searchFor(text: string, forward: boolean, fromTop: boolean): void {
		this.#forward = forward;
		if (text !== '') {
			this.#pattern = compile(text, this.options.ignoreCase && !/[A-Z]/.test(text));
			if (!this.#pattern) {
				this.#message = 'Invalid pattern  (press RETURN)';
				return;
			}
		}
		this.#search(forward, fromTop);
	}

	#search(forward: boolean, fromTop: boolean): void {
		if (!this.#pattern) {
			this.#message = 'No previous regular expression  (press RETURN)';
			return;
		}
		const step = forward ? 1 : -1;
		for (let row = this.#top + (fromTop ? 0 : step); row >= 0 && row < this.#rows.length; row += step) {
			if (this.#pattern(this.#rows[row]!.text).length === 0) continue;
			if (forward && row > this.#rows.length - this.#height && this.#atEnd) break;
			this.#go(row);
			return;
		}
		this.#message = 'Pattern not found  (press RETURN)';
	}
}

const MOVES: Readonly<Record<string, string>> = {
	j: 'down',
	e: 'down',
	Enter: 'down',
	Down: 'down',
	'^E': 'down',
	'^N': 'down',
	'^J': 'down',
	k: 'up',
	y: 'up',
	Up: 'up',
	'^Y': 'up',
	'^K': 'up',
	'^P': 'up',
	' ': 'pageDown',
	f: 'pageDown',
	'^F': 'pageDown',
	'^V': 'pageDown',
	PageDown: 'pageDown',
	b: 'pageUp',
	'^B': 'pageUp',
	PageUp: 'pageUp',
	'M-v': 'pageUp',
	d: 'halfDown',
	'^D': 'halfDown',
	u: 'halfUp',
	'^U': 'halfUp',
	g: 'first',
	'<': 'first',
	Home: 'first',
	'M-<': 'first',
	G: 'last',
	'>': 'last',
	End: 'last',
	'M->': 'last',
	p: 'percent',
	'%': 'percent',
	n: 'next',
	N: 'previous',
	'=': 'where',
	'^G': 'where'
};

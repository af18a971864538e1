/**
 * A terminal's screen and keys for programs that use all of it (less, nano, vi, watch): a small ncurses(3X).
 *
 * Does: raw mode and the alternate screen while it is open; draws only rows that changed; names keys; notices a new size
 *       of the window (SIGWINCH) and shows it as the key `Resize`.
 * Not simulated: terminfo (every terminal is an xterm), mouse, characters of two columns.
 */
import { Errno, O, SIGNAL, type Sys, type Termios } from '#kernel/syscalls';
import { decode, encode } from '../libc/text';
import {
	getpid,
	kill,
	open,
	poll,
	read,
	signal,
	takeSignals,
	tcgetattr,
	tcsetattr,
	winsize,
	write
} from '../libc/unistd';

/** A lone Escape is one that nothing follows for that long, microseconds. */
const ESCAPE_DELAY = 50_000;
const ENTER = '\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=';
const LEAVE = '\x1b[?1l\x1b>\x1b[?1049l\x1b[23;0;0t';
export const REVERSE = '\x1b[7m';
export const NORMAL = '\x1b[m';

const SEQUENCES: Readonly<Record<string, string>> = {
	A: 'Up',
	B: 'Down',
	C: 'Right',
	D: 'Left',
	H: 'Home',
	F: 'End',
	'1~': 'Home',
	'7~': 'Home',
	'4~': 'End',
	'8~': 'End',
	'2~': 'Insert',
	'3~': 'Delete',
	'5~': 'PageUp',
	'6~': 'PageDown',
	'1;5A': 'CtrlUp',
	'1;5B': 'CtrlDown',
	'1;5C': 'CtrlRight',
	'1;5D': 'CtrlLeft',
	'1;5H': 'CtrlHome',
	'1;5F': 'CtrlEnd',
	'200~': 'PasteStart',
	'201~': 'PasteEnd'
};

export interface Cursor {
	/** counted from 0 */
	readonly row: number;
	readonly column: number;
}

export class Screen {
	rows = 24;
	columns = 80;
	readonly #input: number;
	readonly #output: number;
	#before: Termios | undefined;
	#shown: string[] = [];
	#pending: string[] = [];

	constructor(input: number, output: number) {
		this.#input = input;
		this.#output = output;
	}

	/** Takes the terminal over. Throws ENOTTY when it is none. @param raw false: Ctrl-C still sends its signal */
	*open(raw = true): Sys<void> {
		this.#before = yield* tcgetattr(this.#input);
		yield* tcsetattr(this.#input, { canonical: false, echo: false, signals: !raw, crToNl: false });
		yield* signal(SIGNAL.SIGWINCH, 'catch');
		yield* this.measure();
		yield* this.write(ENTER);
	}

	/** Gives the terminal back. */
	*close(): Sys<void> {
		yield* this.write(`\x1b[${this.rows};1H${LEAVE}`);
		if (this.#before) yield* tcsetattr(this.#input, this.#before);
		yield* signal(SIGNAL.SIGWINCH, 'default');
	}

	/** Stops the program as Ctrl-Z does, and takes the screen again afterwards. */
	*suspend(raw = true): Sys<void> {
		yield* this.close();
		yield* kill(yield* getpid(), SIGNAL.SIGTSTP);
		yield* this.open(raw);
		this.#shown = [];
	}

	*measure(): Sys<void> {
		const size = yield* winsize(this.#output);
		this.rows = size.rows > 0 ? size.rows : 24;
		this.columns = size.columns > 0 ? size.columns : 80;
		this.#shown = [];
	}

	*write(text: string): Sys<void> {
		yield* write(this.#output, encode(text));
	}

	/** Draws every row anew at the next `draw`. */
	forget(): void {
		this.#shown = [];
	}

	/** @param lines one a row, already as wide as the screen at most; may hold colours, which end with the row */
	*draw(lines: readonly string[], cursor: Cursor): Sys<void> {
		let text = this.#shown.length === 0 ? '\x1b[H\x1b[2J' : '';
		for (let row = 0; row < this.rows; row++) {
			const line = lines[row] ?? '';
			if (line === (this.#shown[row] ?? '')) continue;
			text += `\x1b[${row + 1};1H${line}${line.includes('\x1b') ? NORMAL : ''}`;
			if (columnsOf(line) < this.columns) text += '\x1b[K';
			this.#shown[row] = line;
		}
		if (this.#shown.length === 0) this.#shown = [''];
		yield* this.write(`${text}\x1b[${cursor.row + 1};${Math.min(cursor.column, this.columns - 1) + 1}H`);
	}

	/**
	 * The next key: a character, "^X" for Ctrl-X, "M-x" for Alt-x, or a name ("Up", "PageDown", "Escape", "Enter", "Tab",
	 * "Backspace", "Resize"); null when the terminal is gone.
	 */
	*key(): Sys<string | null> {
		const first = yield* this.#character(-1);
		if (first === null || first === 'Resize') {
			if (first === 'Resize') yield* this.measure();
			return first;
		}
		if (first !== '\x1b') return keyName(first);
		const second = yield* this.#character(ESCAPE_DELAY);
		if (second === null) return 'Escape';
		if (second !== '[' && second !== 'O') return second === '\x1b' ? 'Escape' : `M-${second}`;
		let sequence = '';
		for (let i = 0; i < 12; i++) {
			const next = yield* this.#character(ESCAPE_DELAY);
			if (next === null) break;
			sequence += next;
			if (next >= '@' && next <= '~') break;
		}
		return SEQUENCES[sequence] ?? 'Unknown';
	}

	/** Whether keys wait that were typed ahead. */
	get typedAhead(): boolean {
		return this.#pending.length > 0;
	}

	*#character(timeout: number): Sys<string | null> {
		while (this.#pending.length === 0) {
			try {
				if (timeout >= 0 && (yield* poll([{ fd: this.#input, read: true }], timeout)).length === 0) return null;
				const bytes = yield* read(this.#input, 4096);
				if (bytes.length === 0) return null;
				this.#pending.push(...Array.from(decode(bytes)));
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code !== 'EINTR') return null;
				const caught = yield* takeSignals();
				if (caught.includes(SIGNAL.SIGINT)) return '\x03';
				if (caught.includes(SIGNAL.SIGWINCH)) return 'Resize';
			}
		}
		return this.#pending.shift()!;
	}
}

function keyName(character: string): string {
	if (character === '\r' || character === '\n') return character === '\r' ? 'Enter' : '^J';
	if (character === '\t') return 'Tab';
	if (character === '\x7f' || character === '\b') return 'Backspace';
	if (character >= ' ') return character;
	return `^${String.fromCharCode(character.charCodeAt(0) + 64)}`;
}

/** How many columns a line takes: without colours. */
export function columnsOf(line: string): number {
	return Array.from(line.replace(/\x1b\[[0-9;]*m/g, '')).length;
}

/**
 * A line of a file as it is shown: tabs to the next multiple of eight, control characters as ^X, bytes that are no text
 * as �.
 * @returns cells, one a column; `at[i]` is the column where character i (UTF-16) begins
 */
export function layOut(line: string): { readonly cells: readonly string[]; readonly at: readonly number[] } {
	const cells: string[] = [];
	const at: number[] = [];
	for (const character of line) {
		for (let i = 0; i < character.length; i++) at.push(cells.length);
		const code = character.codePointAt(0)!;
		if (character === '\t')
			do cells.push(' ');
			while (cells.length % 8 !== 0);
		else if (code < 32 || code === 127) cells.push('^', String.fromCharCode(code ^ 64));
		else cells.push(code >= 0xdc80 && code <= 0xdcff ? '\ufffd' : character);
	}
	at.push(cells.length);
	return { cells, at };
}

/** A descriptor for keys when standard input is a pipe: the controlling terminal, else standard error. */
export function* openTerminal(): Sys<number> {
	try {
		return yield* open('/dev/tty', O.RDWR);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return 2;
	}
}

export function* isTerminal(fd: number): Sys<boolean> {
	try {
		yield* tcgetattr(fd);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

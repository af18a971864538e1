/**
 * Line editing at a terminal (readline(3), emacs mode): keys, history, search, completion, bracketed paste.
 *
 * Does: puts the terminal in raw mode while a line is read and back before it is executed; redraws what changed.
 * Not simulated: vi mode, inputrc, numeric arguments, characters of two columns.
 */
import { decode, encode } from '#kernel/text';
import { Errno, type Sys } from '#kernel/syscalls';
import { read, takeSignals, tcgetattr, tcsetattr, winsize, write } from '../libc/unistd';
import { complete, type Completion } from './completion';
import { readLineFrom } from './builtins/read';
import type { Shell } from './shell';

export type Line = { readonly text: string } | 'interrupted' | null;

const ESCAPES: Readonly<Record<string, string>> = {
	'[A': 'previous',
	'[B': 'next',
	'[C': 'forward',
	'[D': 'back',
	OA: 'previous',
	OB: 'next',
	OC: 'forward',
	OD: 'back',
	'[H': 'home',
	'[F': 'end',
	OH: 'home',
	OF: 'end',
	'[1~': 'home',
	'[4~': 'end',
	'[7~': 'home',
	'[8~': 'end',
	'[3~': 'delete',
	'[1;5C': 'wordForward',
	'[1;5D': 'wordBack',
	'[1;3C': 'wordForward',
	'[1;3D': 'wordBack',
	b: 'wordBack',
	f: 'wordForward',
	d: 'killWord',
	'\x7f': 'killWordBack',
	'\b': 'killWordBack',
	u: 'upcase',
	l: 'downcase',
	c: 'capitalize',
	'.': 'lastArgument',
	_: 'lastArgument',
	'<': 'first',
	'>': 'last',
	'[200~': 'paste'
};

const CONTROL: Readonly<Record<string, string>> = {
	'\x01': 'home',
	'\x02': 'back',
	'\x03': 'interrupt',
	'\x04': 'endOfFile',
	'\x05': 'end',
	'\x06': 'forward',
	'\x07': 'abort',
	'\b': 'deleteBack',
	'\t': 'complete',
	'\n': 'accept',
	'\x0b': 'killLine',
	'\x0c': 'clear',
	'\r': 'accept',
	'\x0e': 'next',
	'\x10': 'previous',
	'\x12': 'search',
	'\x14': 'transpose',
	'\x15': 'killBack',
	'\x17': 'killWordBackSpace',
	'\x19': 'yank',
	'\x7f': 'deleteBack'
};

const LINE_MAX = 100_000;

export class Readline {
	#characters: string[] = [];
	#cursor = 0;
	#prompt = '';
	#kill = '';
	#historyAt = 0;
	#saved = '';
	/** bytes that were typed ahead */
	#pending: string[] = [];
	#columns = 80;
	/** the row of the cursor, counted from the prompt's first */
	#row = 0;
	#tabs = 0;

	constructor(readonly shell: Shell) {}

	/** @returns the line, null at the end of input */
	*read(prompt: string): Sys<Line> {
		let before;
		try {
			before = yield* tcgetattr(0);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* this.shell.writeError(prompt);
			const text = yield* readLineFrom(this.shell, 0);
			return text === null ? null : { text };
		}
		// Keys are read one by one and Ctrl-C too; what programs print afterwards needs the terminal as it was.
		yield* tcsetattr(0, { canonical: false, echo: false, signals: false, crToNl: false });
		try {
			return yield* this.#edit(prompt);
		} finally {
			yield* tcsetattr(0, {
				canonical: before.canonical,
				echo: before.echo,
				signals: before.signals,
				crToNl: before.crToNl
			});
		}
	}

	*#edit(prompt: string): Sys<Line> {
		this.#characters = [];
		this.#cursor = 0;
		this.#row = 0;
		this.#tabs = 0;
		this.#historyAt = this.shell.history.length;
		const size = yield* winsize(0);
		this.#columns = Math.max(10, size.columns);
		const lines = prompt.split('\n');
		this.#prompt = lines.pop()!;
		yield* this.#write((lines.length > 0 ? lines.join('\n') + '\n' : '') + this.#prompt);
		for (;;) {
			const key = yield* this.#key();
			if (key === null) return null;
			const action = CONTROL[key] ?? (key.startsWith('\x1b') ? ESCAPES[key.slice(1)] : undefined);
			if (action !== 'complete') this.#tabs = 0;
			if (action === undefined) {
				if (key >= ' ' && !key.startsWith('\x1b')) yield* this.#insert(key);
				continue;
			}
			if (action === 'accept') return yield* this.#accept();
			if (action === 'interrupt') {
				yield* this.#moveTo(this.#characters.length);
				yield* this.#write('^C');
				return 'interrupted';
			}
			if (action === 'endOfFile' && this.#characters.length === 0) return null;
			if (action === 'search') {
				if (yield* this.#search()) return yield* this.#accept();
				continue;
			}
			yield* this.#act(action);
		}
	}

	*#accept(): Sys<Line> {
		yield* this.#moveTo(this.#characters.length);
		yield* this.#write('\n');
		return { text: this.#characters.join('') };
	}

	/* ---- keys ---- */

	*#write(text: string): Sys<void> {
		try {
			yield* write(2, encode(text));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** One character, or an escape sequence as a whole. */
	*#key(): Sys<string | null> {
		const first = yield* this.#character();
		if (first !== '\x1b') return first;
		const second = yield* this.#character();
		if (second === null) return null;
		if (second !== '[' && second !== 'O') return first + second;
		let sequence = first + second;
		for (let i = 0; i < 12; i++) {
			const next = yield* this.#character();
			if (next === null) return null;
			sequence += next;
			if (next >= '@' && next <= '~') break;
		}
		return sequence;
	}

	*#character(): Sys<string | null> {
		while (this.#pending.length === 0) {
			try {
				const bytes = yield* read(0, 4096);
				if (bytes.length === 0) return null;
				this.#pending.push(...Array.from(decode(bytes)));
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code !== 'EINTR') return null;
				if ((yield* takeSignals()).includes(2)) return '\x03';
			}
		}
		return this.#pending.shift()!;
	}

	/* ---- drawing ---- */

	#width(text: string): number {
		return Array.from(text.replace(/\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07|[\x01\x02]/g, '')).length;
	}

	/** Draws the line again and puts the cursor where it belongs. */
	*#redraw(): Sys<void> {
		let text = (this.#row > 0 ? `\x1b[${this.#row}A` : '') + '\r' + this.#prompt + this.#characters.join('') + '\x1b[J';
		const end = this.#width(this.#prompt) + this.#characters.length;
		if (end > 0 && end % this.#columns === 0) text += ' \r';
		yield* this.#write(text);
		this.#row = Math.floor(end / this.#columns);
		yield* this.#place();
	}

	/** Moves the terminal's cursor from the end of what was drawn to the place in the line. */
	*#place(): Sys<void> {
		const target = this.#width(this.#prompt) + this.#cursor;
		const row = Math.floor(target / this.#columns);
		const column = target % this.#columns;
		let text = '\r';
		if (row < this.#row) text += `\x1b[${this.#row - row}A`;
		if (row > this.#row) text += `\x1b[${row - this.#row}B`;
		if (column > 0) text += `\x1b[${column}C`;
		this.#row = row;
		yield* this.#write(text);
	}

	*#moveTo(cursor: number): Sys<void> {
		cursor = Math.max(0, Math.min(this.#characters.length, cursor));
		if (cursor === this.#cursor) return;
		this.#cursor = cursor;
		yield* this.#place();
	}

	*#insert(text: string): Sys<void> {
		const added = Array.from(text);
		// What was typed ahead goes in with one drawing.
		while (this.#pending.length > 0 && this.#pending[0]! >= ' ' && this.#pending[0] !== '\x7f')
			added.push(this.#pending.shift()!);
		if (this.#characters.length + added.length > LINE_MAX) return;
		const atEnd = this.#cursor === this.#characters.length;
		this.#characters.splice(this.#cursor, 0, ...added);
		this.#cursor += added.length;
		const end = this.#width(this.#prompt) + this.#characters.length;
		if (atEnd && Math.floor(end / this.#columns) === this.#row && end % this.#columns !== 0)
			yield* this.#write(added.join(''));
		else yield* this.#redraw();
	}

	*#replace(text: string): Sys<void> {
		this.#characters = Array.from(text);
		this.#cursor = this.#characters.length;
		yield* this.#redraw();
	}

	/* ---- actions ---- */

	#wordStart(blank = false): number {
		const inWord = (c: string) => (blank ? c !== ' ' : /[\p{L}\p{N}]/u.test(c));
		let at = this.#cursor;
		while (at > 0 && !inWord(this.#characters[at - 1]!)) at--;
		while (at > 0 && inWord(this.#characters[at - 1]!)) at--;
		return at;
	}

	#wordEnd(): number {
		const inWord = (c: string) => /[\p{L}\p{N}]/u.test(c);
		let at = this.#cursor;
		while (at < this.#characters.length && !inWord(this.#characters[at]!)) at++;
		while (at < this.#characters.length && inWord(this.#characters[at]!)) at++;
		return at;
	}

	*#remove(from: number, to: number, keep = true): Sys<void> {
		if (from >= to) return;
		const removed = this.#characters.splice(from, to - from);
		if (keep) this.#kill = removed.join('');
		this.#cursor = from;
		yield* this.#redraw();
	}

	*#act(action: string): Sys<void> {
		const end = this.#characters.length;
		switch (action) {
			case 'home':
				return yield* this.#moveTo(0);
			case 'end':
				return yield* this.#moveTo(end);
			case 'back':
				return yield* this.#moveTo(this.#cursor - 1);
			case 'forward':
				return yield* this.#moveTo(this.#cursor + 1);
			case 'wordBack':
				return yield* this.#moveTo(this.#wordStart());
			case 'wordForward':
				return yield* this.#moveTo(this.#wordEnd());
			case 'deleteBack':
				return yield* this.#remove(this.#cursor - 1 < 0 ? this.#cursor : this.#cursor - 1, this.#cursor, false);
			case 'delete':
			case 'endOfFile':
				return yield* this.#remove(this.#cursor, Math.min(end, this.#cursor + 1), false);
			case 'killLine':
				return yield* this.#remove(this.#cursor, end);
			case 'killBack':
				return yield* this.#remove(0, this.#cursor);
			case 'killWord':
				return yield* this.#remove(this.#cursor, this.#wordEnd());
			case 'killWordBack':
				return yield* this.#remove(this.#wordStart(), this.#cursor);
			case 'killWordBackSpace':
				return yield* this.#remove(this.#wordStart(true), this.#cursor);
			case 'yank':
				if (this.#kill !== '') yield* this.#insert(this.#kill);
				return;
			case 'transpose':
				return yield* this.#transpose();
			case 'upcase':
			case 'downcase':
			case 'capitalize':
				return yield* this.#changeCase(action);
			case 'clear':
				this.#row = 0;
				yield* this.#write('\x1b[H\x1b[2J');
				return yield* this.#redraw();
			case 'previous':
				return yield* this.#history(this.#historyAt - 1);
			case 'next':
				return yield* this.#history(this.#historyAt + 1);
			case 'first':
				return yield* this.#history(0);
			case 'last':
				return yield* this.#history(this.shell.history.length);
			case 'lastArgument': {
				const last = this.shell.history[this.shell.history.length - 1]?.trim().split(/\s+/).pop();
				if (last) yield* this.#insert(last);
				return;
			}
			case 'paste':
				return yield* this.#paste();
			case 'complete':
				return yield* this.#complete();
		}
	}

	*#transpose(): Sys<void> {
		const at = Math.min(this.#cursor, this.#characters.length - 1);
		if (at < 1) return;
		const [a, b] = [this.#characters[at - 1]!, this.#characters[at]!];
		this.#characters[at - 1] = b;
		this.#characters[at] = a;
		this.#cursor = at + 1;
		yield* this.#redraw();
	}

	*#changeCase(action: string): Sys<void> {
		const end = this.#wordEnd();
		const word = this.#characters.slice(this.#cursor, end).join('');
		const changed =
			action === 'upcase'
				? word.toUpperCase()
				: action === 'downcase'
					? word.toLowerCase()
					: word.toLowerCase().replace(/[\p{L}\p{N}]/u, (c) => c.toUpperCase());
		this.#characters.splice(this.#cursor, end - this.#cursor, ...Array.from(changed));
		this.#cursor = Math.min(this.#characters.length, this.#cursor + Array.from(changed).length);
		yield* this.#redraw();
	}

	*#history(index: number): Sys<void> {
		const { history } = this.shell;
		if (index < 0 || index > history.length || index === this.#historyAt) return;
		if (this.#historyAt === history.length) this.#saved = this.#characters.join('');
		this.#historyAt = index;
		yield* this.#replace(index === history.length ? this.#saved : history[index]!.replaceAll('\n', ' '));
	}

	/** Bracketed paste: all up to ESC [ 2 0 1 ~ is text. */
	*#paste(): Sys<void> {
		let text = '';
		while (text.length < LINE_MAX) {
			const next = yield* this.#character();
			if (next === null) break;
			text += next;
			if (text.endsWith('\x1b[201~')) {
				text = text.slice(0, -6);
				break;
			}
		}
		yield* this.#insert(text.replace(/\r\n?/g, '\n').replace(/[^\n\x20-\uffff\u{10000}-\u{10ffff}]/gu, ''));
	}

	/** Ctrl-R. @returns whether the line was accepted with Enter */
	*#search(): Sys<boolean> {
		const { history } = this.shell;
		let wanted = '';
		let at = history.length;
		let found = this.#characters.join('');
		const find = (from: number) => {
			for (let i = Math.min(from, history.length - 1); i >= 0; i--)
				if (history[i]!.includes(wanted)) {
					at = i;
					found = history[i]!;
					return true;
				}
			return false;
		};
		const prompt = this.#prompt;
		let failed = false;
		const show = () => {
			this.#prompt = `(${failed ? 'failed ' : ''}reverse-i-search)\`${wanted}': `;
			this.#characters = Array.from(found);
			this.#cursor = this.#characters.length;
			return this.#redraw();
		};
		yield* show();
		for (;;) {
			const key = yield* this.#key();
			if (key === '\x12') failed = !find(at - 1);
			else if (key === '\x7f' || key === '\b') {
				wanted = wanted.slice(0, -1);
				failed = wanted !== '' && !find(history.length - 1);
			} else if (key !== null && key >= ' ' && !key.startsWith('\x1b')) {
				wanted += key;
				failed = !find(at);
			} else {
				this.#prompt = prompt;
				if (key === '\x07' || key === '\x03') found = '';
				yield* this.#replace(found);
				this.#historyAt = at;
				if (key === '\r' || key === '\n') return true;
				if (key !== null && key !== '\x07' && key !== '\x03') this.#pending.unshift(...Array.from(key));
				return false;
			}
			yield* show();
		}
	}

	/* ---- completion ---- */

	*#complete(): Sys<void> {
		const before = this.#characters.slice(0, this.#cursor).join('');
		const completion = yield* complete(this.shell, before);
		if (completion.candidates.length === 0) return yield* this.#write('\x07');
		const addition = completion.insert.slice(completion.typed.length);
		if (addition !== '') {
			this.#tabs = 0;
			return yield* this.#insert(addition);
		}
		if (completion.candidates.length === 1) return;
		this.#tabs++;
		if (this.#tabs < 2) return yield* this.#write('\x07');
		yield* this.#list(completion);
	}

	*#list(completion: Completion): Sys<void> {
		const names = completion.candidates;
		if (names.length > 100) {
			yield* this.#moveTo(this.#characters.length);
			yield* this.#write(`\nDisplay all ${names.length} possibilities? (y or n)`);
			const answer = yield* this.#key();
			if (answer !== 'y' && answer !== 'Y' && answer !== ' ') {
				this.#row = 0;
				yield* this.#write('\n');
				return yield* this.#redraw();
			}
		}
		const width = Math.min(this.#columns, Math.max(...names.map((name) => name.length)) + 2);
		const columns = Math.max(1, Math.floor(this.#columns / width));
		const rows = Math.ceil(names.length / columns);
		let text = '\n';
		for (let row = 0; row < rows; row++) {
			let line = '';
			for (let column = 0; column < columns; column++) {
				const name = names[column * rows + row];
				if (name !== undefined)
					line += column === columns - 1 || names[(column + 1) * rows + row] === undefined ? name : name.padEnd(width);
			}
			text += line + '\n';
		}
		yield* this.#write(text);
		this.#row = 0;
		yield* this.#redraw();
	}
}

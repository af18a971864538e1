/**
 * The editor's state and its screen: text, cut buffer, what can be undone, questions at the bottom; editing and moving.
 * The text is `buffer.ts`, the picture `view.ts`; keys are given their meaning in `commands.ts`.
 */
import type { Sys } from '#kernel/syscalls';
import type { Screen } from '../ncurses/screen';
import { Buffer } from './buffer';
import * as view from './view';

/** What a question was answered with. */
export type Answer = { readonly text: string } | { readonly key: string } | null;

export class Editor {
	buffer = new Buffer();
	name = '';
	message: view.Message | null = null;
	top = 0;
	done = false;
	#cutBuffer = '';
	/** consecutive ^K collect */
	lastCommand = '';
	lastSearch = '';
	caseSensitive = false;
	/** what each undo takes back, in the words of nano */
	#undo: string[] = [];
	#redo: string[] = [];

	constructor(
		readonly screen: Screen,
		readonly readOnly: boolean
	) {}

	/** The text always ends with an empty line, where one can go on typing. */
	keepLastLineEmpty(): void {
		if (this.buffer.lines.at(-1) !== '') this.buffer.lines.push('');
	}

	*draw(bar?: { question: string; answer: string; shortcuts: view.Shortcuts }): Sys<void> {
		const { rows, columns } = this.screen;
		const height = Math.max(1, rows - 4);
		const { line } = this.buffer.cursor;
		// A cursor that left the window is shown in its middle.
		if (line < this.top || line >= this.top + height)
			this.top = Math.max(0, line === this.top - 1 ? line : line - Math.floor(height / 2));
		const text = view.textRows(this.buffer, this.top, height, columns);
		const status = bar ? view.promptBar(bar.question, bar.answer, columns) : view.statusBar(this.message, columns);
		yield* this.screen.draw(
			[
				view.titleBar(this.name === '' ? 'New Buffer' : this.name, this.buffer.modified, columns),
				...text.rows,
				status,
				...view.shortcutLines(bar?.shortcuts ?? view.MAIN_SHORTCUTS, columns)
			],
			bar
				? { row: rows - 3, column: bar.question.length + bar.answer.length }
				: { row: text.cursor.row + 1, column: text.cursor.column }
		);
	}

	/** @param given the answer to begin with. @returns null when it was cancelled */
	*ask(question: string, shortcuts: view.Shortcuts, given = '', keys: readonly string[] = []): Sys<Answer> {
		let answer = given;
		for (;;) {
			yield* this.draw({ question, answer, shortcuts });
			const key = yield* this.screen.key();
			if (key === null || key === '^C' || key === 'Escape') {
				this.message = { text: 'Cancelled' };
				return null;
			}
			if (keys.includes(key)) return { key };
			if (key === 'Enter' || key === '^J') return { text: answer };
			if (key === 'Backspace') answer = Array.from(answer).slice(0, -1).join('');
			else if (key === '^U' || key === '^K') answer = '';
			else if ([...key].length === 1) answer += key;
		}
	}

	/** @returns the letter; null when it was cancelled */
	*askLetter(question: string, shortcuts: view.Shortcuts, letters: string): Sys<string | null> {
		for (;;) {
			yield* this.draw({ question, answer: ' ', shortcuts });
			const key = yield* this.screen.key();
			if (key === null || key === '^C') {
				this.message = { text: 'Cancelled' };
				return null;
			}
			if (key.length === 1 && letters.includes(key.toLowerCase())) return key.toLowerCase();
		}
	}

	/* ---- editing ---- */

	/** @param what the change in nano's words; typing one character after another is one change */
	change(what: string, edit: () => void): void {
		if (what !== 'addition' || this.lastCommand !== 'addition') {
			this.buffer.mark();
			this.#undo.push(what);
			this.#redo = [];
		}
		edit();
		this.keepLastLineEmpty();
		this.lastCommand = what;
	}

	erase(direction: -1 | 1): void {
		const { buffer } = this;
		const from = buffer.cursor;
		if (!buffer.step(direction)) return;
		const to = buffer.cursor;
		buffer.cursor = from;
		const joins = from.line !== to.line;
		const [first, second] = direction < 0 ? [to, from] : [from, to];
		if (joins && second.line === buffer.lines.length - 1 && first.column > 0 && buffer.lines[second.line] === '') {
			// the newline at the end of the text stays; the cursor goes back over it all the same
			buffer.cursor = first;
			return;
		}
		this.change(joins ? 'line join' : 'deletion', () => void buffer.cut(first, second));
	}

	cutLine(): void {
		const { buffer } = this;
		const { line } = buffer.cursor;
		if (line === buffer.lines.length - 1 && buffer.line === '') {
			this.message = { text: 'Nothing was cut' };
			return;
		}
		if (this.lastCommand !== 'cut') this.#cutBuffer = '';
		this.change('cut', () => (this.#cutBuffer += buffer.cutLines(line, 1)));
	}

	copyLine(): void {
		if (this.lastCommand !== 'copy') this.#cutBuffer = '';
		this.#cutBuffer += `${this.buffer.line}\n`;
		this.buffer.moveTo(this.buffer.cursor.line + 1, this.buffer.cursor.column);
	}

	paste(): void {
		if (this.#cutBuffer === '') this.message = { text: 'Cutbuffer is empty', alert: true };
		else this.change('paste', () => this.buffer.insert(this.#cutBuffer));
	}

	takeBack(again: boolean): void {
		const [from, to] = again ? [this.#redo, this.#undo] : [this.#undo, this.#redo];
		const what = from.pop();
		if (what === undefined) {
			this.message = { text: again ? 'Nothing to redo' : 'Nothing to undo', alert: true };
			return;
		}
		to.push(what);
		if (again) this.buffer.redo();
		else this.buffer.undo();
		this.message = { text: `${again ? 'Redid' : 'Undid'} ${what}` };
	}

	/* ---- moving ---- */

	page(direction: -1 | 1): void {
		const height = Math.max(1, this.screen.rows - 6);
		const { line } = this.buffer.cursor;
		this.top = Math.max(0, Math.min(this.top + direction * height, Math.max(0, this.buffer.lines.length - 1)));
		this.buffer.moveTo(line + direction * height, 0);
	}

	/** To the beginning of the next or of this word. */
	word(direction: -1 | 1): void {
		const inWord = (): boolean => /[\p{L}\p{N}_]/u.test(this.buffer.line[this.buffer.cursor.column] ?? '');
		const { buffer } = this;
		if (direction > 0) {
			while (inWord() && buffer.step(1));
			while (!inWord() && buffer.step(1));
			return;
		}
		while (buffer.step(-1) && !inWord());
		while (buffer.cursor.column > 0) {
			buffer.step(-1);
			if (inWord()) continue;
			buffer.step(1);
			return;
		}
	}

	type(text: string): void {
		this.change(text === '\n' ? 'line break' : 'addition', () => this.buffer.insert(text));
	}
}

/**
 * nano(1) 7.2: the editor for everyone.
 *
 * Does: the usual keys (see `COMMANDS`), search and replace, cut and paste of lines, undo, reading and writing files
 *       through ordinary system calls, so that permissions apply.
 * Not simulated: spelling, justifying, syntax colours, the mark, several buffers, regular expressions, nanorc.
 *
 * Length: the editor's one state and the commands on it; the text itself is `buffer.ts`, the picture `view.ts`.
 */
import { Errno, O, S, type Main, type Sys } from '#kernel/syscalls';
import { print, printError, readText, STDIN, STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import { access, close, open, stat, write } from '../libc/unistd';
import { isTerminal, Screen } from '../ncurses/screen';
import { Buffer, plainText } from './buffer';
import { HELP } from './help';
import * as view from './view';

/** What a question was answered with. */
type Answer = { readonly text: string } | { readonly key: string } | null;

export const nano: Main = function* (argv) {
	const operands = argv.slice(1).filter((word) => !/^-./.test(word));
	if (argv.includes('--version') || argv.includes('-V')) {
		yield* print(' GNU nano, version 7.2\n');
		return 0;
	}
	if (!(yield* isTerminal(STDIN)) || !(yield* isTerminal(STDOUT))) {
		yield* printError('Standard input is not a terminal\n');
		return 1;
	}
	const jump = /^\+(\d+)(?:,(\d+))?$/.exec(operands[0] ?? '');
	if (jump) operands.shift();
	const editor = new Editor(new Screen(STDIN, STDOUT), argv.includes('-v') || argv.includes('--view'));
	yield* editor.screen.open();
	yield* editor.load(operands[0] ?? '');
	if (jump) editor.buffer.moveTo(Number(jump[1]) - 1, Number(jump[2] ?? 1) - 1);
	yield* editor.run();
	yield* editor.screen.close();
	return 0;
};

class Editor {
	buffer = new Buffer();
	name = '';
	message: view.Message | null = null;
	top = 0;
	#done = false;
	#cutBuffer = '';
	/** consecutive ^K collect */
	#lastCommand = '';
	#lastSearch = '';
	#caseSensitive = false;
	/** what each undo takes back, in the words of nano */
	#undo: string[] = [];
	#redo: string[] = [];

	constructor(
		readonly screen: Screen,
		readonly readOnly: boolean
	) {}

	*load(name: string): Sys<void> {
		this.name = name;
		if (name === '') {
			this.message = { text: 'Welcome to nano.  For basic help, type Ctrl+G.' };
			return;
		}
		try {
			if (((yield* stat(name)).mode & S.IFMT) === S.IFDIR) {
				this.name = '';
				this.message = { text: `"${name}" is a directory`, alert: true };
				return;
			}
			const text = yield* readText(name);
			this.buffer = Buffer.of(text);
			this.#magicLine();
			const count = this.buffer.lines.length - 1;
			this.message = { text: `Read ${lines(count)}` };
			yield* this.#warnUnwritable(name);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code === 'ENOENT') yield* this.#newFile(name);
			else {
				this.name = '';
				this.message = { text: `Error reading ${name}: ${strerror(thrown)}`, alert: true };
			}
		}
	}

	*#newFile(name: string): Sys<void> {
		const slash = name.lastIndexOf('/');
		const folder = slash < 0 ? '.' : slash === 0 ? '/' : name.slice(0, slash);
		try {
			yield* stat(folder);
			this.message = { text: 'New File' };
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			this.message = { text: `Directory '${folder}' does not exist`, alert: true };
		}
	}

	*#warnUnwritable(name: string): Sys<void> {
		try {
			yield* access(name, { write: true });
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			this.message = { text: `File '${name}' is unwritable`, alert: true };
		}
	}

	/** The text always ends with an empty line, where one can go on typing. */
	#magicLine(): void {
		if (this.buffer.lines.at(-1) !== '') this.buffer.lines.push('');
	}

	/* ---- the loop ---- */

	*run(): Sys<void> {
		while (!this.#done) {
			yield* this.#draw();
			const key = yield* this.screen.key();
			if (key === null) return;
			yield* this.#press(key);
		}
	}

	*#press(key: string): Sys<void> {
		const command = COMMANDS[key];
		if (!command && (key.length === 1 || key === 'Tab' || key === 'Enter' || [...key].length === 1)) {
			if (this.readOnly) this.message = { text: 'Key is invalid in view mode', alert: true };
			else this.#type(key === 'Tab' ? '\t' : key === 'Enter' ? '\n' : key);
			return;
		}
		if (key === 'Resize' || key === 'PasteStart' || key === 'PasteEnd') return;
		if (!MOVES.has(command ?? '')) this.message = null;
		if (command === undefined) {
			this.message = { text: `Unknown ${key.startsWith('M-') ? 'sequence' : 'function'}: ${key}`, alert: true };
		} else if (this.readOnly && EDITS.has(command)) this.message = { text: 'Key is invalid in view mode', alert: true };
		else yield* this.#execute(command);
		this.#lastCommand = command ?? '';
	}

	*#execute(command: string): Sys<void> {
		const action = ACTIONS[command];
		if (action) yield* action(this);
	}

	*#draw(bar?: { question: string; answer: string; shortcuts: view.Shortcuts }): Sys<void> {
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
			yield* this.#draw({ question, answer, shortcuts });
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
			yield* this.#draw({ question, answer: ' ', shortcuts });
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
		if (what !== 'addition' || this.#lastCommand !== 'addition') {
			this.buffer.mark();
			this.#undo.push(what);
			this.#redo = [];
		}
		edit();
		this.#magicLine();
		this.#lastCommand = what;
	}

	#type(text: string): void {
		this.change(text === '\n' ? 'line break' : 'addition', () => this.buffer.insert(text));
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
		if (this.#lastCommand !== 'cut') this.#cutBuffer = '';
		this.change('cut', () => (this.#cutBuffer += buffer.cutLines(line, 1)));
	}

	copyLine(): void {
		if (this.#lastCommand !== 'copy') this.#cutBuffer = '';
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

	/* ---- search ---- */

	*search(again = false, backwards = false): Sys<void> {
		if (!again) {
			const known = this.#lastSearch === '' ? '' : ` [${this.#lastSearch}]`;
			const flags = `${this.#caseSensitive ? ' [Case Sensitive]' : ''}${backwards ? ' [Backwards]' : ''}`;
			const keys = ['M-C', 'M-c', 'M-B', 'M-b', '^R', '^T'];
			const answer = yield* this.ask(`Search${flags}${known}: `, view.SEARCH_SHORTCUTS, '', keys);
			if (answer === null) return;
			if ('key' in answer) {
				if (answer.key.toUpperCase() === 'M-C') this.#caseSensitive = !this.#caseSensitive;
				if (answer.key === '^R') return yield* this.replace();
				if (answer.key === '^T') return yield* this.goToLine();
				return yield* this.search(false, answer.key.toUpperCase() === 'M-B' ? !backwards : backwards);
			}
			if (answer.text !== '') this.#lastSearch = answer.text;
		}
		if (this.#lastSearch === '') {
			this.message = again ? { text: 'No current search pattern', alert: true } : { text: 'Cancelled' };
			return;
		}
		const before = this.buffer.cursor;
		const found = this.buffer.find(plainText(this.#lastSearch, !this.#caseSensitive), backwards);
		if (!found) {
			this.message = { text: `"${this.#lastSearch}" not found`, alert: true };
			return;
		}
		this.buffer.moveTo(found.line, found.column);
		if (found.line === before.line && found.column === before.column)
			this.message = { text: 'This is the only occurrence' };
		else if (found.wrapped) this.message = { text: 'Search Wrapped' };
	}

	*replace(): Sys<void> {
		const known = this.#lastSearch === '' ? '' : ` [${this.#lastSearch}]`;
		const wanted = yield* this.ask(`Search (to replace)${known}: `, view.SEARCH_SHORTCUTS);
		if (wanted === null || !('text' in wanted)) return;
		if (wanted.text !== '') this.#lastSearch = wanted.text;
		if (this.#lastSearch === '') return;
		const replacement = yield* this.ask('Replace with: ', view.CANCEL_SHORTCUTS);
		if (replacement === null || !('text' in replacement)) return;
		yield* this.#replaceEach(replacement.text);
	}

	/** Goes once around the text from the cursor on and asks at each place. */
	*#replaceEach(replacement: string): Sys<void> {
		const { buffer } = this;
		const start = buffer.cursor;
		const match = plainText(this.#lastSearch, !this.#caseSensitive);
		const places: { line: number; column: number }[] = [];
		for (const [line, text] of buffer.lines.entries())
			for (let at = match(text, 0, false); at >= 0; at = match(text, at + this.#lastSearch.length, false))
				places.push({ line, column: at });
		const isAfter = (place: { line: number; column: number }): boolean =>
			place.line > start.line || (place.line === start.line && place.column >= start.column);
		const order = [...places.filter(isAfter), ...places.filter((place) => !isAfter(place))];
		if (order.length === 0) {
			this.message = { text: `"${this.#lastSearch}" not found`, alert: true };
			return;
		}
		let all = false;
		let count = 0;
		const growth = replacement.length - this.#lastSearch.length;
		for (const [index, place] of order.entries()) {
			// earlier replacements on the same line have moved it
			const column = place.column + growth * this.#movedBefore(order, index, place);
			buffer.moveTo(place.line, column);
			if (!all) {
				const letter = yield* this.askLetter('Replace this instance?', view.REPLACE_SHORTCUTS, 'yna');
				if (letter === null) break;
				if (letter === 'n') continue;
				all = letter === 'a';
			}
			this.#replaced.add(place);
			count++;
			this.change('replacement', () => {
				buffer.cut({ line: place.line, column }, { line: place.line, column: column + this.#lastSearch.length });
				buffer.insert(replacement);
			});
		}
		this.#replaced.clear();
		buffer.moveTo(start.line, start.column);
		this.message = { text: `Replaced ${count} occurrence${count === 1 ? '' : 's'}` };
	}

	readonly #replaced = new Set<object>();

	#movedBefore(
		order: readonly { line: number; column: number }[],
		index: number,
		place: { line: number; column: number }
	): number {
		return order
			.slice(0, index)
			.filter((other) => other.line === place.line && other.column < place.column && this.#replaced.has(other)).length;
	}

	*goToLine(): Sys<void> {
		const answer = yield* this.ask('Enter line number, column number: ', view.CANCEL_SHORTCUTS);
		if (answer === null || !('text' in answer)) return;
		const [, line, column] = /^\s*(-?\d*)\s*(?:[,. ]\s*(\d+))?\s*$/.exec(answer.text) ?? [];
		if (line === undefined) {
			this.message = { text: 'Invalid line or column number', alert: true };
			return;
		}
		const row = line === '' ? this.buffer.cursor.line : Number(line);
		this.buffer.moveTo(row < 0 ? this.buffer.lines.length + row : line === '' ? row : row - 1, Number(column ?? 1) - 1);
	}

	/* ---- files ---- */

	/** @returns whether it was written */
	*writeOut(): Sys<boolean> {
		const answer = yield* this.ask('File Name to Write: ', view.WRITE_SHORTCUTS, this.name);
		if (answer === null || !('text' in answer)) return false;
		const name = answer.text;
		if (name === '') {
			this.message = { text: 'Cancelled' };
			return false;
		}
		if (name !== this.name && !(yield* this.#mayReplace(name))) return false;
		return yield* this.#write(name);
	}

	*#mayReplace(name: string): Sys<boolean> {
		let exists = true;
		try {
			yield* stat(name);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			exists = false;
		}
		if (
			this.name !== '' &&
			(yield* this.askLetter('Save file under DIFFERENT NAME?', view.YES_NO_SHORTCUTS, 'yn')) !== 'y'
		)
			return false;
		if (!exists) return true;
		return (yield* this.askLetter(`File "${name}" exists; OVERWRITE?`, view.YES_NO_SHORTCUTS, 'yn')) === 'y';
	}

	*#write(name: string): Sys<boolean> {
		const { buffer } = this;
		const text = buffer.text;
		try {
			const fd = yield* open(name, O.WRONLY | O.CREAT | O.TRUNC, 0o666);
			try {
				yield* write(fd, encode(text));
			} finally {
				yield* close(fd);
			}
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			this.message = { text: `Error writing ${name}: ${strerror(thrown)}`, alert: true };
			return false;
		}
		this.name = name;
		buffer.saved();
		this.message = { text: `Wrote ${lines(text === '' ? 0 : buffer.lines.length - 1)}` };
		return true;
	}

	*save(): Sys<void> {
		if (this.name === '') yield* this.writeOut();
		else yield* this.#write(this.name);
	}

	*insertFile(): Sys<void> {
		const answer = yield* this.ask('File to insert [from ./]: ', view.CANCEL_SHORTCUTS);
		if (answer === null || !('text' in answer) || answer.text === '') return;
		try {
			const text = yield* readText(answer.text);
			this.change('insertion', () => this.buffer.insert(text));
			this.message = { text: `Read ${lines(text.split('\n').length - (text.endsWith('\n') ? 1 : 0))}` };
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			this.message =
				thrown.code === 'ENOENT'
					? { text: `File "${answer.text}" not found`, alert: true }
					: { text: `Error reading ${answer.text}: ${strerror(thrown)}`, alert: true };
		}
	}

	*leave(): Sys<void> {
		if (this.buffer.modified) {
			const letter = yield* this.askLetter('Save modified buffer?', view.YES_NO_SHORTCUTS, 'yn');
			if (letter === null || (letter === 'y' && !(yield* this.writeOut()))) return;
		}
		this.#done = true;
	}

	*help(): Sys<void> {
		const { rows, columns } = this.screen;
		let top = 0;
		for (;;) {
			const title = 'Main nano help text';
			const shown = HELP.slice(top, top + rows - 3).map((line) => line.slice(0, columns));
			while (shown.length < rows - 3) shown.push('');
			const bar = `${view.titleBar('', false, columns).slice(0, 4)}${title.padStart(Math.floor((columns + title.length) / 2)).padEnd(columns)}`;
			yield* this.screen.draw(
				[
					bar,
					...shown,
					...view.shortcutLines(
						[
							['^L', 'Refresh'],
							['^X', 'Close']
						],
						columns
					)
				],
				{ row: 1, column: 0 }
			);
			const key = yield* this.screen.key();
			if (key === null || key === '^X' || key === 'q' || key === '^G') return;
			if (key === 'Down' || key === '^N') top++;
			if (key === 'Up' || key === '^P') top--;
			if (key === 'PageDown' || key === '^V' || key === ' ') top += rows - 5;
			if (key === 'PageUp' || key === '^Y') top -= rows - 5;
			top = Math.max(0, Math.min(HELP.length - 1, top));
		}
	}
}

function lines(count: number): string {
	return `${count} line${count === 1 ? '' : 's'}`;
}

/** Key to command. */
const COMMANDS: Readonly<Record<string, string>> = {
	'^G': 'help',
	'^X': 'exit',
	'^O': 'write',
	'^S': 'save',
	'^R': 'insert',
	'^W': 'search',
	'^F': 'forward',
	'^B': 'back',
	'M-W': 'searchAgain',
	'M-w': 'searchAgain',
	'M-Q': 'searchBack',
	'M-q': 'searchBack',
	'^Q': 'searchBackwards',
	'^\\': 'replace',
	'M-R': 'replace',
	'M-r': 'replace',
	'^K': 'cut',
	'^U': 'paste',
	'M-6': 'copy',
	'M-^': 'copy',
	'M-U': 'undo',
	'M-u': 'undo',
	'M-E': 'redo',
	'M-e': 'redo',
	'^C': 'location',
	'^_': 'goToLine',
	'M-G': 'goToLine',
	'M-g': 'goToLine',
	'^A': 'home',
	Home: 'home',
	'^E': 'end',
	End: 'end',
	'^P': 'up',
	Up: 'up',
	'^N': 'down',
	Down: 'down',
	Left: 'back',
	Right: 'forward',
	'^Y': 'pageUp',
	PageUp: 'pageUp',
	'^V': 'pageDown',
	PageDown: 'pageDown',
	'M-\\': 'first',
	'M-|': 'first',
	CtrlHome: 'first',
	'M-/': 'last',
	'M-?': 'last',
	CtrlEnd: 'last',
	CtrlLeft: 'wordBack',
	'M- ': 'wordBack',
	CtrlRight: 'wordForward',
	'^ ': 'wordForward',
	'^@': 'wordForward',
	Backspace: 'backspace',
	'^H': 'backspace',
	'^D': 'delete',
	Delete: 'delete',
	'^L': 'refresh',
	'^Z': 'suspend',
	'^J': 'justify',
	'^T': 'execute'
};
const MOVES = new Set([
	'home',
	'end',
	'up',
	'down',
	'back',
	'forward',
	'first',
	'last',
	'pageUp',
	'pageDown',
	'wordBack',
	'wordForward'
]);
const EDITS = new Set(['insert', 'replace', 'cut', 'paste', 'undo', 'redo', 'backspace', 'delete', 'write', 'save']);

/** What needs no system call, as a command. */
function quick(action: (editor: Editor) => void): (editor: Editor) => Sys<void> {
	return function* (editor) {
		action(editor);
	};
}

const move = (lines: number) => quick(({ buffer }) => buffer.moveTo(buffer.cursor.line + lines, buffer.cursor.column));
const notHere = (what: string) =>
	quick((editor) => (editor.message = { text: `${what} is not simulated`, alert: true }));

const ACTIONS: Readonly<Record<string, (editor: Editor) => Sys<void>>> = {
	help: (editor) => editor.help(),
	exit: (editor) => editor.leave(),
	*write(editor) {
		yield* editor.writeOut();
	},
	save: (editor) => editor.save(),
	insert: (editor) => editor.insertFile(),
	search: (editor) => editor.search(),
	searchBackwards: (editor) => editor.search(false, true),
	searchAgain: (editor) => editor.search(true),
	searchBack: (editor) => editor.search(true, true),
	replace: (editor) => editor.replace(),
	goToLine: (editor) => editor.goToLine(),
	cut: quick((editor) => editor.cutLine()),
	copy: quick((editor) => editor.copyLine()),
	paste: quick((editor) => editor.paste()),
	undo: quick((editor) => editor.takeBack(false)),
	redo: quick((editor) => editor.takeBack(true)),
	location: quick((editor) => (editor.message = { text: view.location(editor.buffer) })),
	home: quick(({ buffer }) => buffer.moveTo(buffer.cursor.line, 0)),
	end: quick(({ buffer }) => buffer.moveTo(buffer.cursor.line, Infinity)),
	up: move(-1),
	down: move(1),
	back: quick(({ buffer }) => void buffer.step(-1)),
	forward: quick(({ buffer }) => void buffer.step(1)),
	first: quick(({ buffer }) => buffer.moveTo(0, 0)),
	last: quick(({ buffer }) => buffer.moveTo(Infinity, Infinity)),
	pageUp: quick((editor) => editor.page(-1)),
	pageDown: quick((editor) => editor.page(1)),
	wordBack: quick((editor) => editor.word(-1)),
	wordForward: quick((editor) => editor.word(1)),
	backspace: quick((editor) => editor.erase(-1)),
	delete: quick((editor) => editor.erase(1)),
	refresh: quick((editor) => editor.screen.forget()),
	suspend: (editor) => editor.screen.suspend(),
	justify: notHere('Justifying'),
	execute: notHere('Executing')
};

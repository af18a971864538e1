/** Which key means what, and what each command does. */
import type { Sys } from '#kernel/syscalls';
import type { Editor } from './editor';
import { insertFile, leave, save, writeOut } from './files';
import { help } from './help-view';
import { goToLine, replace, search } from './search';
import * as view from './view';

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
	help: (editor) => help(editor),
	exit: (editor) => leave(editor),
	*write(editor) {
		yield* writeOut(editor);
	},
	save: (editor) => save(editor),
	insert: (editor) => insertFile(editor),
	search: (editor) => search(editor),
	searchBackwards: (editor) => search(editor, false, true),
	searchAgain: (editor) => search(editor, true),
	searchBack: (editor) => search(editor, true, true),
	replace: (editor) => replace(editor),
	goToLine: (editor) => goToLine(editor),
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

export function* press(editor: Editor, key: string): Sys<void> {
	const command = COMMANDS[key];
	if (!command && (key.length === 1 || key === 'Tab' || key === 'Enter' || [...key].length === 1)) {
		if (editor.readOnly) editor.message = { text: 'Key is invalid in view mode', alert: true };
		else editor.type(key === 'Tab' ? '\t' : key === 'Enter' ? '\n' : key);
		return;
	}
	if (key === 'Resize' || key === 'PasteStart' || key === 'PasteEnd') return;
	if (!MOVES.has(command ?? '')) editor.message = null;
	if (command === undefined) {
		editor.message = { text: `Unknown ${key.startsWith('M-') ? 'sequence' : 'function'}: ${key}`, alert: true };
	} else if (editor.readOnly && EDITS.has(command))
		editor.message = { text: 'Key is invalid in view mode', alert: true };
	else yield* ACTIONS[command]!(editor);
	editor.lastCommand = command ?? '';
}

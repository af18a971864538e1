/** Search and replace (^W ^\\ M-W M-R) and going to a line (^_). */
import type { Sys } from '#kernel/syscalls';
import { plainText } from './buffer';
import type { Editor } from './editor';
import * as view from './view';

interface Place {
	readonly line: number;
	readonly column: number;
}

export function* search(editor: Editor, again = false, backwards = false): Sys<void> {
	if (!again) {
		const known = editor.lastSearch === '' ? '' : ` [${editor.lastSearch}]`;
		const flags = `${editor.caseSensitive ? ' [Case Sensitive]' : ''}${backwards ? ' [Backwards]' : ''}`;
		const keys = ['M-C', 'M-c', 'M-B', 'M-b', '^R', '^T'];
		const answer = yield* editor.ask(`Search${flags}${known}: `, view.SEARCH_SHORTCUTS, '', keys);
		if (answer === null) return;
		if ('key' in answer) {
			if (answer.key.toUpperCase() === 'M-C') editor.caseSensitive = !editor.caseSensitive;
			if (answer.key === '^R') return yield* replace(editor);
			if (answer.key === '^T') return yield* goToLine(editor);
			return yield* search(editor, false, answer.key.toUpperCase() === 'M-B' ? !backwards : backwards);
		}
		if (answer.text !== '') editor.lastSearch = answer.text;
	}
	if (editor.lastSearch === '') {
		editor.message = again ? { text: 'No current search pattern', alert: true } : { text: 'Cancelled' };
		return;
	}
	const before = editor.buffer.cursor;
	const found = editor.buffer.find(plainText(editor.lastSearch, !editor.caseSensitive), backwards);
	if (!found) {
		editor.message = { text: `"${editor.lastSearch}" not found`, alert: true };
		return;
	}
	editor.buffer.moveTo(found.line, found.column);
	if (found.line === before.line && found.column === before.column)
		editor.message = { text: 'This is the only occurrence' };
	else if (found.wrapped) editor.message = { text: 'Search Wrapped' };
}

export function* replace(editor: Editor): Sys<void> {
	const known = editor.lastSearch === '' ? '' : ` [${editor.lastSearch}]`;
	const wanted = yield* editor.ask(`Search (to replace)${known}: `, view.SEARCH_SHORTCUTS);
	if (wanted === null || !('text' in wanted)) return;
	if (wanted.text !== '') editor.lastSearch = wanted.text;
	if (editor.lastSearch === '') return;
	const replacement = yield* editor.ask('Replace with: ', view.CANCEL_SHORTCUTS);
	if (replacement === null || !('text' in replacement)) return;
	yield* replaceEach(editor, replacement.text);
}

/** Goes once around the text from the cursor on and asks at each place. */
function* replaceEach(editor: Editor, replacement: string): Sys<void> {
	const { buffer } = editor;
	const start = buffer.cursor;
	const match = plainText(editor.lastSearch, !editor.caseSensitive);
	const places: Place[] = [];
	for (const [line, text] of buffer.lines.entries())
		for (let at = match(text, 0, false); at >= 0; at = match(text, at + editor.lastSearch.length, false))
			places.push({ line, column: at });
	const isAfter = (place: Place): boolean =>
		place.line > start.line || (place.line === start.line && place.column >= start.column);
	const order = [...places.filter(isAfter), ...places.filter((place) => !isAfter(place))];
	if (order.length === 0) {
		editor.message = { text: `"${editor.lastSearch}" not found`, alert: true };
		return;
	}
	let all = false;
	let count = 0;
	const replaced = new Set<Place>();
	const growth = replacement.length - editor.lastSearch.length;
	for (const [index, place] of order.entries()) {
		// earlier replacements on the same line have moved it
		const column = place.column + growth * movedBefore(order, index, place, replaced);
		buffer.moveTo(place.line, column);
		if (!all) {
			const letter = yield* editor.askLetter('Replace this instance?', view.REPLACE_SHORTCUTS, 'yna');
			if (letter === null) break;
			if (letter === 'n') continue;
			all = letter === 'a';
		}
		replaced.add(place);
		count++;
		editor.change('replacement', () => {
			buffer.cut({ line: place.line, column }, { line: place.line, column: column + editor.lastSearch.length });
			buffer.insert(replacement);
		});
	}
	buffer.moveTo(start.line, start.column);
	editor.message = { text: `Replaced ${count} occurrence${count === 1 ? '' : 's'}` };
}

/** How many of the replaced places stand before that one on its line. */
function movedBefore(order: readonly Place[], index: number, place: Place, replaced: ReadonlySet<Place>): number {
	return order
		.slice(0, index)
		.filter((other) => other.line === place.line && other.column < place.column && replaced.has(other)).length;
}

export function* goToLine(editor: Editor): Sys<void> {
	const answer = yield* editor.ask('Enter line number, column number: ', view.CANCEL_SHORTCUTS);
	if (answer === null || !('text' in answer)) return;
	const [, line, column] = /^\s*(-?\d*)\s*(?:[,. ]\s*(\d+))?\s*$/.exec(answer.text) ?? [];
	if (line === undefined) {
		editor.message = { text: 'Invalid line or column number', alert: true };
		return;
	}
	const row = line === '' ? editor.buffer.cursor.line : Number(line);
	editor.buffer.moveTo(
		row < 0 ? editor.buffer.lines.length + row : line === '' ? row : row - 1,
		Number(column ?? 1) - 1
	);
}

/**
 * What nano draws: the title bar, the text, the status bar, the prompt and two lines of shortcuts. Pure.
 *
 * Places and widths as nano 7.2 computes them (winio.c: titlebar, bottombars, statusline).
 */
import type { Buffer } from './buffer';
import { layOut, NORMAL, REVERSE, type Cursor } from '../ncurses/screen';

/** key and what it does; in columns: the first above the second, the third above the fourth … */
export type Shortcuts = readonly (readonly [key: string, label: string])[];

export const MAIN_SHORTCUTS: Shortcuts = [
	['^G', 'Help'],
	['^X', 'Exit'],
	['^O', 'Write Out'],
	['^R', 'Read File'],
	['^W', 'Where Is'],
	['^\\', 'Replace'],
	['^K', 'Cut'],
	['^U', 'Paste'],
	['^T', 'Execute'],
	['^J', 'Justify'],
	['^C', 'Location'],
	['^/', 'Go To Line'],
	['M-U', 'Undo'],
	['M-E', 'Redo'],
	['M-A', 'Set Mark'],
	['M-6', 'Copy'],
	['M-]', 'To Bracket'],
	['^Q', 'Where Was'],
	['M-Q', 'Previous'],
	['M-W', 'Next']
];
export const SEARCH_SHORTCUTS: Shortcuts = [
	['^G', 'Help'],
	['^C', 'Cancel'],
	['M-C', 'Case Sens'],
	['M-R', 'Reg.exp.'],
	['M-B', 'Backwards'],
	['^R', 'Replace'],
	['^P', 'Older'],
	['^N', 'Newer'],
	['^T', 'Go To Line']
];
export const WRITE_SHORTCUTS: Shortcuts = [
	['^G', 'Help'],
	['^C', 'Cancel'],
	['M-D', 'DOS Format'],
	['M-M', 'Mac Format'],
	['M-A', 'Append'],
	['M-P', 'Prepend'],
	['M-B', 'Backup File'],
	['^T', 'Browse']
];
export const CANCEL_SHORTCUTS: Shortcuts = [
	['^G', 'Help'],
	['^C', 'Cancel']
];
export const YES_NO_SHORTCUTS: Shortcuts = [
	[' Y', 'Yes'],
	[' N', 'No'],
	['', ''],
	['^C', 'Cancel']
];
export const REPLACE_SHORTCUTS: Shortcuts = [
	[' Y', 'Yes'],
	[' N', 'No'],
	[' A', 'All'],
	['^C', 'Cancel']
];

/** "GNU nano 7.2" with its margin, and what is kept free for the state on the right */
const VERSION_WIDTH = 15;
const STATE_WIDTH = 10;

export function titleBar(name: string, modified: boolean, columns: number): string {
	const room = columns - VERSION_WIDTH - STATE_WIDTH;
	const shown = name.length > room && room > 3 ? `...${name.slice(name.length - room + 3)}` : name;
	const offset = VERSION_WIDTH + Math.max(0, Math.floor((room - shown.length) / 2));
	const text = '  GNU nano 7.2'.padEnd(offset) + shown + (modified ? ' *' : '');
	return REVERSE + text.slice(0, columns).padEnd(columns);
}

export interface Message {
	readonly text: string;
	/** shown white on red */
	readonly alert?: boolean;
}

export function statusBar(message: Message | null, columns: number): string {
	if (!message) return '';
	const text = `[ ${message.text} ]`.slice(0, columns);
	const start = Math.floor((columns - text.length) / 2);
	return `${' '.repeat(start)}${message.alert ? '\x1b[1;37;41m' : REVERSE}${text}${NORMAL}`;
}

/** The question above the shortcuts, with the answer so far. */
export function promptBar(question: string, answer: string, columns: number): string {
	const text = question + answer;
	const shown = text.length < columns ? text : question + answer.slice(answer.length - (columns - question.length - 1));
	return REVERSE + shown.slice(0, columns).padEnd(columns);
}

export function shortcutLines(shortcuts: Shortcuts, columns: number): readonly [string, string] {
	const count = Math.min(shortcuts.length, Math.floor((columns + 40) / 20) * 2);
	const pairs = Math.ceil(count / 2);
	const width = shortcuts[0]![0] === ' Y' ? 16 : Math.floor(columns / pairs);
	const rows: [string, string] = ['', ''];
	for (let i = 0; i < count; i++) {
		const [key, label] = shortcuts[i]!;
		const room = width - key.length - 1;
		const text = label.length > room ? label.slice(0, room) : label.padEnd(room);
		rows[i % 2]! += key === '' ? ' '.repeat(width) : `${REVERSE}${key}${NORMAL} ${text}`;
	}
	return rows;
}

/** Rows of text; a long line shows the part around the cursor, with < and > at cut ends. */
export function textRows(
	buffer: Buffer,
	top: number,
	count: number,
	columns: number
): { rows: string[]; cursor: Cursor } {
	const rows: string[] = [];
	let column = 0;
	for (let i = 0; i < count; i++) {
		const line = buffer.lines[top + i];
		if (line === undefined) {
			rows.push('');
			continue;
		}
		const { cells, at } = layOut(line);
		const here = top + i === buffer.cursor.line;
		const place = here ? at[buffer.cursor.column]! : 0;
		const start = pageStart(place, columns);
		if (here) column = place - start;
		const shown = cells.slice(start, start + columns);
		if (start > 0 && shown.length > 0) shown[0] = `${REVERSE}<${NORMAL}`;
		if (cells.length > start + columns) shown[columns - 1] = `${REVERSE}>${NORMAL}`;
		rows.push(shown.join(''));
	}
	return { rows, cursor: { row: buffer.cursor.line - top, column } };
}

/** Where the visible part of a line begins, so that this column is in it (get_page_start). */
function pageStart(column: number, columns: number): number {
	if (column === 0 || column + 2 < columns) return 0;
	if (columns > 8) return column - 6 - ((column - 6) % (columns - 8));
	return column - (columns - 2);
}

/** Ctrl-C: "line 2/4 (50%), col 3/28 (10%), char 15/51 (29%)" */
export function location(buffer: Buffer): string {
	const { line, column } = buffer.cursor;
	const total = buffer.lines.length;
	const { at } = layOut(buffer.line);
	const col = at[column]! + 1;
	const end = at[buffer.line.length]! + 1;
	const before = buffer.lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column;
	const all = buffer.text.length;
	const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.floor((100 * part) / whole));
	const pad = (value: number, width: number): string => String(value).padStart(width);
	const width = (value: number): number => Math.max(2, String(value).length);
	return [
		`line ${pad(line + 1, width(total))}/${total} (${pad(percent(line + 1, total), 2)}%)`,
		`col ${pad(col, 2)}/${pad(end, 2)} (${pad(percent(col, end), 3)}%)`,
		`char ${pad(before, width(all))}/${all} (${pad(percent(before, all), 2)}%)`
	].join(', ');
}

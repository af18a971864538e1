/**
 * The text behind `less` and `man`-like pagers: lines folded to the screen, the place in them, the search. Pure.
 */
import { layOut } from '../ncurses/screen';
import { Regex, RegexError } from '../libc/regex';

/** One row on the screen: a line of the file, or a piece of one that is too long. */
export interface Row {
	readonly line: number;
	readonly text: string;
}

export function fold(lines: readonly string[], columns: number, chop: boolean, numbers: boolean): Row[] {
	const rows: Row[] = [];
	for (const [line, text] of lines.entries()) {
		const { cells } = layOut(text.replace(/\r$/, ''));
		const prefix = numbers ? `${String(line + 1).padStart(7)} ` : '';
		const room = Math.max(1, columns - prefix.length);
		let at = 0;
		do {
			rows.push({ line, text: prefix + cells.slice(at, at + room).join('') });
			at += room;
		} while (at < cells.length && !chop);
	}
	return rows;
}

export type Pattern = (text: string) => (readonly [start: number, end: number])[];

/** @returns null when the pattern is no regular expression; without capitals (-i) case does not matter */
export function compile(pattern: string, ignoreCase: boolean): Pattern | null {
	let regex: Regex;
	try {
		regex = new Regex(pattern, { extended: true, ignoreCase });
	} catch (thrown) {
		if (thrown instanceof RegexError) return null;
		throw thrown;
	}
	return (text) => {
		const found: [number, number][] = [];
		let at = 0;
		while (at <= text.length && found.length < 1000) {
			const match = regex.exec(text, at);
			if (!match) break;
			const [start, end] = [match.start, match.end];
			if (end > start) found.push([start, end]);
			at = Math.max(end, start + 1);
		}
		return found;
	};
}

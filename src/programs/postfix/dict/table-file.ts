/**
 * The text form of a table of fixed strings: `key whitespace value`, one logical line an entry (postmap(1)).
 * The same parser serves postmap, `texthash:` and the editor.
 */
import { logicalLines } from '../logical-lines';

export interface TableLine {
	readonly key: string;
	readonly value: string;
	/** 1-based */
	readonly line: number;
}

/** Where the key ends: at the first white space outside of quotes; -1: a quote is not closed. */
function endOfKey(text: string): number {
	let quoted = false;
	let at = 0;
	for (; at < text.length; at++) {
		const char = text[at]!;
		if (char === '\\') {
			if (++at >= text.length) break;
		} else if (/[ \t\r\n\f\v]/.test(char)) {
			if (!quoted) break;
		} else if (char === '"') quoted = !quoted;
	}
	return quoted ? -1 : at;
}

/**
 * @param take gets each entry, in order, so that its warnings come between those of the parser
 * @param suffix stands behind "expected format: key whitespace value" (`texthash` adds that the line is ignored)
 */
export function parseTable(
	text: string,
	path: string,
	warn: (text: string) => void,
	suffix: string,
	take: (line: TableLine) => void
): void {
	for (const { text: line, line: number } of logicalLines(text, path, warn)) {
		if (/[\uDC80-\uDCFF]/.test(line)) {
			warn(`${path}, line ${number}: non-UTF-8 input "${line}" -- ignoring this line`);
			continue;
		}
		const end = endOfKey(line);
		if (end < 0) {
			warn(`${path}, line ${number}: unbalanced '"' in '${line}' -- ignoring this line`);
			continue;
		}
		const key = line.slice(0, end);
		const value = trimBlanks(line.slice(end));
		if (key === '' || value === '') {
			warn(`${path}, line ${number}: expected format: key whitespace value${suffix}`);
			continue;
		}
		if (key.endsWith(':')) warn(`${path}, line ${number}: record is in "key: value" format; is this an alias file?`);
		take({ key, value, line: number });
	}
}

/** ASCII white space alone: a no-break space stays. */
export function trimBlanks(text: string): string {
	return text.replace(/^[ \t\r\n\f\v]+|[ \t\r\n\f\v]+$/g, '');
}

/**
 * Logical lines of Postfix's files: main.cf, master.cf, tables, aliases (readlline(3)).
 *
 * A line that starts with white space continues the one before, also across comments and empty lines between them.
 * Comments (`#` as the first character that is not blank) and empty lines are skipped.
 */

export interface PhysicalPart {
	/** 1-based */
	readonly line: number;
	/** where the part starts in the joined text */
	readonly offset: number;
	readonly text: string;
}

export interface LogicalLine {
	/** the parts, joined without the newlines */
	readonly text: string;
	/** 1-based */
	readonly line: number;
	readonly endLine: number;
	readonly parts: readonly PhysicalPart[];
}

const BLANK = /^[ \t\r\f\v]*(#|$)/;
const SPACE = /^[ \t\r\n\f\v]/;

/**
 * @param path for the warning about a first line that starts with white space
 */
export function logicalLines(text: string, path: string, warn: (text: string) => void): LogicalLine[] {
	const physical = text.split('\n');
	if (physical[physical.length - 1] === '') physical.pop();
	const lines: LogicalLine[] = [];
	let parts: PhysicalPart[] = [];
	let length = 0;
	const finish = (): void => {
		if (parts.length === 0) return;
		const joined = parts.map((part) => part.text).join('');
		if (SPACE.test(joined))
			warn(
				`${path}: logical line must not start with whitespace: "${joined.slice(0, 30)}${joined.length > 30 ? '...' : ''}"`
			);
		else lines.push({ text: joined, line: parts[0]!.line, endLine: parts[parts.length - 1]!.line, parts });
		parts = [];
		length = 0;
	};
	physical.forEach((line, index) => {
		if (BLANK.test(line)) return;
		if (!SPACE.test(line)) finish();
		parts.push({ line: index + 1, offset: length, text: line });
		length += line.length;
	});
	finish();
	return lines;
}

/** Line and column, both 1-based, of an offset into the joined text. */
export function placeOf(line: LogicalLine, offset: number): { line: number; column: number } {
	const part = line.parts.findLast((candidate) => candidate.offset <= offset) ?? line.parts[0]!;
	return { line: part.line, column: offset - part.offset + 1 };
}

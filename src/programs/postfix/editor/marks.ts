/** Marks of the editor as they are gathered: at places, on logical lines, and where a parser's warning says. */
import type { Diagnostic } from '../../editor';
import { placeOf, type LogicalLine } from '../logical-lines';
import { placeInValue, type Entry } from '../main-cf';

export class Marks {
	readonly found: Diagnostic[] = [];

	constructor(readonly lines: readonly string[]) {}

	add(severity: Diagnostic['severity'], line: number, column: number, length: number, message: string): void {
		this.found.push({ line, column, endLine: line, endColumn: column + length, severity, message });
	}

	/** The whole of a logical line. */
	logical(severity: Diagnostic['severity'], lines: LogicalLine, message: string): void {
		const endColumn = (this.lines[lines.endLine - 1]?.length ?? 0) + 1;
		this.found.push({ line: lines.line, column: 1, endLine: lines.endLine, endColumn, severity, message });
	}

	name(severity: Diagnostic['severity'], entry: Entry, message: string): void {
		const { line, column } = placeOf(entry.lines, entry.nameOffset);
		this.add(severity, line, column, entry.name.length, message);
	}

	inValue(severity: Diagnostic['severity'], entry: Entry, offset: number, length: number, message: string): void {
		const { line, column } = placeInValue(entry, offset);
		this.add(severity, line, column, length, message);
	}

	value(severity: Diagnostic['severity'], entry: Entry, message: string): void {
		const end = placeInValue(entry, entry.value.length);
		const start = placeInValue(entry, 0);
		this.found.push({ ...start, endLine: end.line, endColumn: end.column, severity, message });
	}

	/** A warning of a parser: it carries its line, or is about a first line that starts with white space. */
	parser(message: string, path: string): void {
		const place = /,? line (\d+): (.*)$/s.exec(message);
		if (place) {
			const line = Number(place[1]);
			this.add('warning', line, 1, this.lines[line - 1]?.length ?? 0, place[2]!);
			return;
		}
		const first = this.lines.findIndex((line) => /^\s/.test(line) && !/^\s*(#|$)/.test(line));
		const what = message.replace(`${path}: `, '');
		this.add('warning', first + 1, 1, this.lines[first]?.length ?? 0, what);
	}

	/** In the order of the file. */
	sorted(): Diagnostic[] {
		return this.found.sort((a, b) => a.line - b.line || a.column - b.column);
	}
}

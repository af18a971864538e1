/** A text of commands: where its lines begin, what it is called, and the tree of each of its lines. */
import { parse, type Statement } from 'unbash';

export class Source {
	readonly #starts: number[] = [0];

	/** @param firstLine number of the text's first line */
	constructor(
		readonly text: string,
		readonly firstLine = 1
	) {
		for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
	}

	lineAt(position: number): number {
		let low = 0;
		let high = this.#starts.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.#starts[middle]! <= position) low = middle;
			else high = middle - 1;
		}
		return this.firstLine + low;
	}

	/** the number that an error at the end of the text has: one more than the last line */
	get endLine(): number {
		const lines = this.#starts.length - (this.text.endsWith('\n') ? 1 : 0);
		return this.firstLine + lines;
	}

	lineText(position: number): string {
		const start = this.text.lastIndexOf('\n', position - 1) + 1;
		const end = this.text.indexOf('\n', position);
		return this.text.slice(start, end < 0 ? undefined : end);
	}
}

/** What is executed together: a line's statements and the text that their positions point into. */
export interface Program {
	readonly statements: readonly Statement[];
	readonly source: Source;
	/** unbash disagrees with the recogniser: its message and where */
	readonly error?: { readonly message: string; readonly position: number };
}

export function parseProgram(source: Source): Program {
	const script = parse(source.text);
	const error = script.errors?.[0];
	return { statements: script.commands, source, error: error && { message: error.message, position: error.pos } };
}

/**
 * The text that an editor holds: lines, the cursor, undo. Pure; nano and vi share it.
 *
 * Undo keeps whole earlier versions; lines are shared between them, so a version costs an array of pointers.
 */

/** Positions count from 0; `column` is an index into the line (UTF-16). */
export interface Position {
	readonly line: number;
	readonly column: number;
}

interface Version {
	readonly lines: readonly string[];
	readonly cursor: Position;
	readonly modified: boolean;
}

const UNDO_LIMIT = 200;

export class Buffer {
	lines: string[] = [''];
	cursor: Position = { line: 0, column: 0 };
	modified = false;
	#past: Version[] = [];
	#future: Version[] = [];

	/** @param text of a file */
	static of(text: string): Buffer {
		const buffer = new Buffer();
		buffer.lines = text.split('\n');
		return buffer;
	}

	get line(): string {
		return this.lines[this.cursor.line]!;
	}

	get text(): string {
		return this.lines.join('\n');
	}

	/** Remembers the state, so that `undo` comes back to it. */
	mark(): void {
		this.#past.push(this.#version());
		if (this.#past.length > UNDO_LIMIT) this.#past.shift();
		this.#future = [];
	}

	#version(): Version {
		return { lines: [...this.lines], cursor: this.cursor, modified: this.modified };
	}

	#restore(version: Version): void {
		this.lines = [...version.lines];
		this.cursor = version.cursor;
		this.modified = version.modified;
	}

	undo(): boolean {
		const version = this.#past.pop();
		if (!version) return false;
		this.#future.push(this.#version());
		this.#restore(version);
		return true;
	}

	redo(): boolean {
		const version = this.#future.pop();
		if (!version) return false;
		this.#past.push(this.#version());
		this.#restore(version);
		return true;
	}

	/** After a save the earlier versions count as changed. */
	saved(): void {
		this.modified = false;
		this.#past = this.#past.map((version) => ({ ...version, modified: true }));
		this.#future = this.#future.map((version) => ({ ...version, modified: true }));
	}

	moveTo(line: number, column: number): void {
		const row = Math.max(0, Math.min(this.lines.length - 1, line));
		this.cursor = { line: row, column: Math.max(0, Math.min(this.lines[row]!.length, column)) };
	}

	/** One character back or forward, across ends of lines. */
	step(direction: -1 | 1): boolean {
		const { line, column } = this.cursor;
		if (direction < 0 && column === 0) {
			if (line === 0) return false;
			this.moveTo(line - 1, Infinity);
		} else if (direction > 0 && column === this.line.length) {
			if (line === this.lines.length - 1) return false;
			this.moveTo(line + 1, 0);
		} else this.moveTo(line, column + direction * this.#width(direction));
		return true;
	}

	/** UTF-16 units of the character on that side of the cursor. */
	#width(direction: -1 | 1): number {
		const { column } = this.cursor;
		const high = direction > 0 ? this.line.charCodeAt(column) : this.line.charCodeAt(column - 2);
		return high >= 0xd800 && high <= 0xdbff ? 2 : 1;
	}

	/** Inserts text, newlines too, at the cursor and goes behind it. */
	insert(text: string): void {
		const { line, column } = this.cursor;
		const added = (this.line.slice(0, column) + text).split('\n');
		const tail = this.line.slice(column);
		const end = added[added.length - 1]!.length;
		added[added.length - 1] += tail;
		this.#replaceLines(line, 1, added);
		this.modified = true;
		this.moveTo(line + added.length - 1, end);
	}

	/** In pieces, since a call takes only so many arguments. */
	#replaceLines(at: number, count: number, added: readonly string[]): void {
		if (added.length < 1000) this.lines.splice(at, count, ...added);
		else this.lines = [...this.lines.slice(0, at), ...added, ...this.lines.slice(at + count)];
	}

	/** Removes what is between two positions and goes there. @returns it */
	cut(from: Position, to: Position): string {
		const first = this.lines[from.line]!;
		const last = this.lines[to.line]!;
		const inside = this.lines.slice(from.line, to.line + 1);
		inside[inside.length - 1] = last.slice(0, to.column);
		inside[0] = inside[0]!.slice(from.column);
		this.#replaceLines(from.line, to.line - from.line + 1, [first.slice(0, from.column) + last.slice(to.column)]);
		this.modified = true;
		this.moveTo(from.line, from.column);
		return inside.join('\n');
	}

	/** Removes whole lines. @returns them, each with its newline */
	cutLines(at: number, count: number): string {
		const removed = this.lines.splice(at, count);
		if (this.lines.length === 0) this.lines = [''];
		this.modified = true;
		this.moveTo(at, 0);
		return removed.map((line) => `${line}\n`).join('');
	}

	/**
	 * The next place of a text after the cursor, around the end.
	 * @returns its position and whether the search began again at the other end; null when there is none
	 */
	find(
		wanted: (line: string, from: number, backwards: boolean) => number,
		backwards = false
	): (Position & { readonly wrapped: boolean }) | null {
		const { line, column } = this.cursor;
		const count = this.lines.length;
		for (let i = 0; i <= count; i++) {
			const at = (((line + (backwards ? -i : i)) % count) + count) % count;
			const from = i === 0 ? column + (backwards ? -1 : 1) : backwards ? Infinity : 0;
			const found = from < 0 ? -1 : wanted(this.lines[at]!, from, backwards);
			if (found < 0) continue;
			const wrapped = backwards
				? at > line || (at === line && found >= column)
				: at < line || (at === line && found <= column);
			return { line: at, column: found, wrapped };
		}
		return null;
	}
}

/** For `find`: a plain text. @param fold upper and lower case are the same */
export function plainText(text: string, fold: boolean): (line: string, from: number, backwards: boolean) => number {
	const wanted = fold ? text.toLowerCase() : text;
	return (line, from, backwards) => {
		const where = fold ? line.toLowerCase() : line;
		if (backwards) return where.lastIndexOf(wanted, Math.min(from, where.length));
		return from > where.length ? -1 : where.indexOf(wanted, from);
	};
}

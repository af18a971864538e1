/**
 * The text of hosts.allow and hosts.deny (hosts_access(5)): logical lines, fields, lists. Pure; nothing is matched here.
 *
 * A logical line is at most 2,047 bytes, continued by a backslash right before the newline, and counted at its last
 * physical line. A line without newline (or a longer one) breaks the table off.
 */
import { cString, type ByteText } from './bytes';

/** BUFLEN of hosts_access.c and tcpdchk.c */
export const LINE_LENGTH = 2048;
/** BUFSIZ of the C library */
export const BUFFER_LENGTH = 8192;

/** Lines of a file as fgets(3) gives them: cut where the buffer ends, and over at a NUL. */
export class PhysicalLines {
	#at = 0;

	/** @param limit size of the buffer, one more than the most bytes */
	constructor(
		readonly text: ByteText,
		readonly limit: number
	) {}

	next(limit = this.limit): ByteText | undefined {
		if (this.#at >= this.text.length) return undefined;
		const newline = this.text.indexOf('\n', this.#at);
		const end = Math.min(newline < 0 ? this.text.length : newline + 1, this.#at + limit - 1);
		const line = this.text.slice(this.#at, end);
		this.#at = end;
		return cString(line);
	}
}

/** Lines of a file as xgets() of misc.c gives them, with the line number that goes into messages. */
export class LogicalLines {
	readonly #physical: PhysicalLines;
	/** physical lines read so far: what messages say */
	line = 0;
	/** 1-based physical line where the last logical line began */
	first = 0;

	/** @param limit size of the buffer, one more than the most bytes */
	constructor(
		text: ByteText,
		readonly limit = LINE_LENGTH
	) {
		this.#physical = new PhysicalLines(text, limit);
	}

	/** The next logical line, with its newline unless the table breaks off; undefined at the end. */
	next(): ByteText | undefined {
		let out = '';
		let room = this.limit;
		this.first = this.line + 1;
		for (let part = this.#physical.next(room); part !== undefined; part = this.#physical.next(room)) {
			if (part.endsWith('\n')) {
				this.line++;
				if (!part.endsWith('\\\n')) return out + part;
				part = part.slice(0, -2);
			}
			out += part;
			room -= part.length;
			if (room === 1) return out;
		}
		return out === '' ? undefined : out;
	}
}

/** Splits at the first delimiter outside of brackets, from `from` on; undefined when there is none. */
export function splitAt(text: ByteText, delimiter: string, from = 0): readonly [ByteText, ByteText] | undefined {
	let depth = 0;
	for (let i = from; i < text.length; i++) {
		if (text[i] === '[') depth++;
		else if (text[i] === ']') depth--;
		else if (depth === 0 && text[i] === delimiter) return [text.slice(0, i), text.slice(i + 1)];
	}
	return undefined;
}

/** `daemon@host`, `user@host`: an @ at the beginning separates nothing. */
export function splitEndpoint(token: ByteText): { readonly name: ByteText; readonly host: ByteText | undefined } {
	const parts = splitAt(token, '@', 1);
	return parts ? { name: parts[0], host: parts[1] } : { name: token, host: undefined };
}

/** The words of a list. tcpdchk does not take the carriage return for white space, the library does. */
export function words(list: ByteText, separators: RegExp = /[, \t\r\n]+/): ByteText[] {
	return list.split(separators).filter((word) => word !== '');
}

export type TableLine =
	| { readonly kind: 'blank' }
	| { readonly kind: 'broken' }
	| { readonly kind: 'no-separator' }
	| {
			readonly kind: 'rule';
			readonly daemons: ByteText;
			readonly clients: ByteText;
			/** with the newline at its end; undefined without a second colon */
			readonly options: ByteText | undefined;
	  };

/** What one logical line is. */
export function readTableLine(line: ByteText): TableLine {
	if (!line.endsWith('\n')) return { kind: 'broken' };
	if (line.startsWith('#') || /^[ \t\r\n]*$/.test(line)) return { kind: 'blank' };
	const daemons = splitAt(line, ':');
	if (!daemons) return { kind: 'no-separator' };
	const clients = splitAt(daemons[1], ':');
	return { kind: 'rule', daemons: daemons[0], clients: clients ? clients[0] : daemons[1], options: clients?.[1] };
}

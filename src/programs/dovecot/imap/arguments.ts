/** The words of an IMAP command (RFC 3501, 9): atoms, strings, literals, lists. */
import type { Sys } from '#kernel/syscalls';
import { Closed, type Channel } from '../../libc/channel';

export type Argument = string | readonly Argument[];

export interface ImapCommand {
	readonly tag: string;
	readonly name: string;
	readonly arguments: readonly Argument[];
	/** null when the brackets and quotes fit */
	readonly wrong: string | null;
}

const LITERAL = /\{(\d+)(\+?)\}$/;
const LITERAL_MOST = 10_000_000;
const LINE_MOST = 65_536;

interface Piece {
	readonly text: string;
	readonly isLiteral: boolean;
}

/** Reads a command with its literals. */
export function* readCommand(channel: Channel): Sys<ImapCommand> {
	const pieces: Piece[] = [];
	for (;;) {
		const line = yield* channel.line(LINE_MOST);
		const literal = LITERAL.exec(line);
		pieces.push({ text: literal ? line.slice(0, literal.index) : line, isLiteral: false });
		if (!literal) break;
		const size = Number(literal[1]);
		if (size > LITERAL_MOST) throw new Closed('reset');
		if (literal[2] === '') yield* channel.write('+ OK\r\n');
		const bytes = yield* channel.bytes(size);
		let text = '';
		for (const byte of bytes) text += String.fromCharCode(byte);
		pieces.push({ text, isLiteral: true });
	}
	const [, tag = '', name = '', rest = ''] = /^(\S*) ?(\S*) ?(.*)$/s.exec(pieces[0]!.text)!;
	pieces[0] = { text: rest, isLiteral: false };
	return { tag, name: name.toUpperCase(), ...parse(pieces) };
}

function parse(pieces: readonly Piece[]): { arguments: readonly Argument[]; wrong: string | null } {
	const stack: Argument[][] = [[]];
	const failed = (wrong: string): { arguments: readonly Argument[]; wrong: string } => ({ arguments: [], wrong });
	for (const { text, isLiteral } of pieces) {
		if (isLiteral) {
			stack.at(-1)!.push(text);
			continue;
		}
		const pattern = /\s+|\(|\)|"((?:[^"\\]|\\.)*)"|[^\s()"[]+(?:\[[^\]]*\](?:<[\d.]+>)?)?|\[[^\]]*\]|./gs;
		for (const match of text.matchAll(pattern)) {
			const [word, quoted] = match;
			if (/^\s/.test(word)) continue;
			if (word === '(') {
				const list: Argument[] = [];
				stack.at(-1)!.push(list);
				stack.push(list);
			} else if (word === ')') {
				if (stack.length === 1) return failed('Unexpected ")"');
				stack.pop();
			} else if (quoted !== undefined) stack.at(-1)!.push(quoted.replace(/\\(.)/g, '$1'));
			else if (word === '"') return failed("Missing '\"'");
			else stack.at(-1)!.push(word);
		}
	}
	return stack.length > 1 ? failed("Missing ')'") : { arguments: stack[0]!, wrong: null };
}

/** As a string in an answer; NIL for nothing. */
export function quoted(text: string | null | undefined): string {
	if (text === null || text === undefined) return 'NIL';
	return /[\r\n\x80-\xff]/.test(text) ? `{${text.length}}\r\n${text}` : `"${text.replace(/(["\\])/g, '\\$1')}"`;
}

/**
 * The tokens of bash and dash (TOKEN RECOGNITION in POSIX 2.3): words with all their quoting, operators, here-documents.
 *
 * Does: finds where a token ends. `$(…)` holds commands, so the grammar, which goes by the tokens, is asked for their end.
 * Trusts: nothing; nesting is bounded.
 */
import { SyntaxFailure, type Within } from './failure';

export type Dialect = 'bash' | 'dash';

export interface RecognizerOptions {
	readonly dialect?: Dialect;
	readonly extglob?: boolean;
}

export interface CommandWord {
	readonly position: number;
	readonly end: number;
	readonly text: string;
}

export interface Token {
	readonly type: 'word' | 'operator' | 'newline' | 'eof' | 'number';
	readonly text: string;
	readonly position: number;
	readonly end: number;
}

export interface PendingHereDocument {
	readonly delimiter: string;
	readonly stripTabs: boolean;
	readonly position: number;
}

/** Words that the grammar knows in command position. */
export const RESERVED = new Set(
	'if then else elif fi do done case esac while until for select function time in { } ! [[ ]] coproc'.split(' ')
);
export const DASH_RESERVED = new Set('if then else elif fi do done case esac while until for in { } !'.split(' '));
const OPERATORS = [
	'<<<',
	'<<-',
	'&>>',
	';;&',
	'&&',
	'||',
	';;',
	';&',
	'|&',
	'<<',
	'>>',
	'<&',
	'>&',
	'<>',
	'>|',
	'&>',
	'&',
	';',
	'(',
	')',
	'<',
	'>',
	'|'
];
const DASH_OPERATORS = ['<<-', '&&', '||', ';;', '<<', '>>', '<&', '>&', '<>', '>|', '&', ';', '(', ')', '<', '>', '|'];
const DEPTH_MAX = 400;

export abstract class TokenReader {
	position: number;
	readonly commandWords: CommandWord[] = [];
	/** here-documents that the end of the text closed: where they began, and what was wanted */
	readonly unclosed: { readonly delimiter: string; readonly position: number }[] = [];
	protected peeked: Token | null = null;
	protected pending: PendingHereDocument[] = [];
	protected within: Within = 'command';
	protected depth = 0;
	protected readonly dash: boolean;
	protected readonly extglob: boolean;

	constructor(
		readonly text: string,
		start = 0,
		options: RecognizerOptions = {}
	) {
		this.position = start;
		this.dash = options.dialect === 'dash';
		this.extglob = options.extglob ?? false;
	}

	/* ---- failures ---- */

	protected unexpected(token: Token): never {
		if (token.type === 'eof') throw new SyntaxFailure({ kind: 'eof', position: this.text.length, within: this.within });
		const text = token.type === 'newline' ? 'newline' : token.text;
		throw new SyntaxFailure({ kind: 'token', token: text, position: token.position, within: this.within });
	}

	protected unterminated(wanted: string, position: number): never {
		throw new SyntaxFailure({ kind: 'matching', wanted, position, within: this.within });
	}

	protected enter(): void {
		if (++this.depth > DEPTH_MAX)
			throw new SyntaxFailure({
				kind: 'message',
				message: 'maximum nesting level exceeded',
				position: this.position,
				within: this.within
			});
	}

	/* ---- tokens ---- */

	protected peek(assignable = false): Token {
		return (this.peeked ??= this.lex(assignable));
	}

	protected next(assignable = false): Token {
		const token = this.peek(assignable);
		this.peeked = null;
		return token;
	}

	protected lex(assignable: boolean): Token {
		const { text } = this;
		let at = this.position;
		for (;;) {
			const c = text[at];
			if (c === ' ' || c === '\t') at++;
			else if (c === '\\' && text[at + 1] === '\n') at += 2;
			else break;
		}
		if (text[at] === '#') while (at < text.length && text[at] !== '\n') at++;
		if (at >= text.length) {
			this.position = at;
			this.finishHereDocuments();
			return { type: 'eof', text: '', position: at, end: at };
		}
		if (text[at] === '\n') {
			this.position = at + 1;
			this.readHereDocuments();
			return { type: 'newline', text: '\n', position: at, end: at + 1 };
		}
		if (!((text[at] === '<' || text[at] === '>') && text[at + 1] === '(' && !this.dash)) {
			for (const operator of this.dash ? DASH_OPERATORS : OPERATORS)
				if (text.startsWith(operator, at)) {
					this.position = at + operator.length;
					return { type: 'operator', text: operator, position: at, end: this.position };
				}
		}
		const descriptor = /^(?:\d+|\{[A-Za-z_][A-Za-z0-9_]*\})(?=[<>])/.exec(text.slice(at, at + 80));
		if (descriptor && !(this.dash && descriptor[0][0] === '{')) {
			this.position = at + descriptor[0].length;
			return { type: 'number', text: descriptor[0], position: at, end: this.position };
		}
		const end = this.wordEnd(at, assignable);
		this.position = end;
		return { type: 'word', text: text.slice(at, end), position: at, end };
	}

	protected wordEnd(start: number, assignable: boolean): number {
		const { text } = this;
		let at = start;
		while (at < text.length) {
			const c = text[at]!;
			if (c === '\\') at += 2;
			else if (c === "'") at = this.singleQuoted(at);
			else if (c === '"') at = this.doubleQuoted(at);
			else if (c === '`') at = this.backquoted(at);
			else if (c === '$') at = this.dollar(at, false);
			else if ((c === '<' || c === '>') && text[at + 1] === '(' && !this.dash) at = this.nested(at, at + 2);
			else if (c === '(' && !this.dash) {
				const before = text[at - 1];
				if (assignable && before === '=' && /^[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=$/s.test(text.slice(start, at)))
					at = this.array(at);
				else if (this.extglob && at > start && '?*+@!'.includes(before!)) at = this.extendedPattern(at);
				else break;
			} else if (c === '[' && assignable && /^[A-Za-z_][A-Za-z0-9_]*$/.test(text.slice(start, at))) {
				at = this.subscript(at);
			} else if (' \t\n;&|<>()'.includes(c)) break;
			else at++;
		}
		return Math.min(at, text.length);
	}

	/** `a[…]=`: blanks inside belong to the word, but only if the bracket is closed on the line */
	protected subscript(start: number): number {
		let at = start + 1;
		const { text } = this;
		while (at < text.length && text[at] !== ']') {
			const c = text[at]!;
			if (c === '\n') return start + 1;
			if (c === '\\') at += 2;
			else if (c === "'") at = this.singleQuoted(at);
			else if (c === '"') at = this.doubleQuoted(at);
			else if (c === '$') at = this.dollar(at, false);
			else if (c === '`') at = this.backquoted(at);
			else if (c === '[') at = this.subscript(at);
			else at++;
		}
		if (text[at] !== ']') return start + 1;
		return /^\]\+?=/.test(text.slice(at, at + 3)) ? at + 1 : start + 1;
	}

	protected singleQuoted(start: number): number {
		const end = this.text.indexOf("'", start + 1);
		if (end < 0) this.unterminated("'", start);
		return end + 1;
	}

	protected ansiQuoted(start: number): number {
		for (let at = start + 2; at < this.text.length; at++) {
			if (this.text[at] === '\\') at++;
			else if (this.text[at] === "'") return at + 1;
		}
		this.unterminated("'", start);
	}

	protected doubleQuoted(start: number): number {
		const { text } = this;
		for (let at = start + 1; at < text.length;) {
			const c = text[at]!;
			if (c === '"') return at + 1;
			if (c === '\\') at += 2;
			else if (c === '`') at = this.backquoted(at);
			else if (c === '$') at = this.dollar(at, true, start);
			else at++;
		}
		this.unterminated('"', start);
	}

	protected backquoted(start: number): number {
		for (let at = start + 1; at < this.text.length; at++) {
			if (this.text[at] === '\\') at++;
			else if (this.text[at] === '`') return at + 1;
		}
		this.unterminated('`', start);
	}

	protected dollar(at: number, inDouble: boolean, quoteStart = at): number {
		const { text } = this;
		const c = text[at + 1];
		if (c === '(') {
			if (text[at + 2] === '(') {
				const end = this.arithmeticEnd(at + 3);
				if (end >= 0) return end;
			}
			return this.nested(at, at + 2);
		}
		if (c === '{') return this.braced(at, inDouble, quoteStart);
		if (c === '[' && !this.dash) {
			let depth = 0;
			for (let i = at + 1; i < text.length; i++) {
				if (text[i] === '[') depth++;
				else if (text[i] === ']' && --depth === 0) return i + 1;
			}
			this.unterminated(']', at);
		}
		if (!inDouble && !this.dash && c === "'") return this.ansiQuoted(at);
		return at + 1 + (c === '$' ? 1 : 0);
	}

	/** @returns the offset behind `))`, or -1 when the brackets do not close that way (then it is a subshell) */
	arithmeticEnd(start: number): number {
		let depth = 0;
		const { text } = this;
		for (let at = start; at < text.length; at++) {
			const c = text[at]!;
			if (c === '(') depth++;
			else if (c === ')') {
				if (depth > 0) depth--;
				else return text[at + 1] === ')' ? at + 2 : -1;
			} else if (c === '\\') at++;
			else if (c === "'" || c === '"' || c === '`') {
				const end = text.indexOf(c, at + 1);
				if (end < 0) return -1;
				at = end;
			} else if (c === '$' && (text[at + 1] === '{' || (text[at + 1] === '(' && text[at + 2] !== '(')))
				at = this.dollar(at, true) - 1;
		}
		return -1;
	}

	protected braced(start: number, inDouble: boolean, _quoteStart: number): number {
		const { text } = this;
		const first = text[start + 2];
		for (let at = start + 2; at < text.length;) {
			const c = text[at]!;
			if (c === '}') return at + 1;
			if (c === '\\') at += 2;
			else if (c === "'" && (!inDouble || this.quotesCount(start, at))) at = this.singleQuoted(at);
			else if (c === '"') at = this.doubleQuoted(at);
			else if (c === '`') at = this.backquoted(at);
			else if (c === '$' && at > start + 2) at = this.dollar(at, inDouble);
			else if (c === '$' && first === '$') at++;
			else at++;
		}
		this.unterminated('}', start);
	}

	/** In "${x#'…'}" single quotes quote, in "${x-'…'}" they do not. */
	protected quotesCount(start: number, at: number): boolean {
		return /^\$\{[!#]?[A-Za-z0-9_@*#?$!-]*(\[[^\]]*\])?(##?|%%?|\/\/?|\^\^?|,,?)/.test(this.text.slice(start, at));
	}

	/** The inside of `$(` or `<(`, with a grammar of its own. */
	protected nested(opened: number, start: number): number {
		const saved = {
			peeked: this.peeked,
			pending: this.pending,
			within: this.within,
			position: this.position,
			words: this.commandWords.length
		};
		this.peeked = null;
		this.pending = [];
		this.within = 'substitution';
		this.position = start;
		this.enter();
		try {
			this.substitutionBody();
		} catch (thrown) {
			this.within = saved.within;
			if (thrown instanceof SyntaxFailure && thrown.failure.kind === 'eof')
				this.unterminated(')', Math.max(this.text.length, opened));
			throw thrown;
		}
		this.depth--;
		const end = this.position;
		this.peeked = saved.peeked;
		this.pending = saved.pending;
		this.within = saved.within;
		this.position = saved.position;
		this.commandWords.length = saved.words;
		return end;
	}

	/** Commands up to and with the `)` that closes them. */
	protected abstract substitutionBody(): void;

	protected array(start: number): number {
		const saved = { peeked: this.peeked, within: this.within };
		this.peeked = null;
		this.within = 'array';
		this.position = start + 1;
		for (;;) {
			const token = this.next(true);
			if (token.type === 'operator' && token.text === ')') break;
			if (token.type === 'eof') this.unterminated(')', this.text.length);
			if (token.type === 'operator') this.unexpected(token);
		}
		const end = this.position;
		this.peeked = saved.peeked;
		this.within = saved.within;
		return end;
	}

	protected extendedPattern(start: number): number {
		const { text } = this;
		let depth = 0;
		for (let at = start; at < text.length;) {
			const c = text[at]!;
			if (c === '(') depth++;
			if (c === ')' && --depth === 0) return at + 1;
			if (c === '\\') at += 2;
			else if (c === "'") at = this.singleQuoted(at);
			else if (c === '"') at = this.doubleQuoted(at);
			else if (c === '$') at = this.dollar(at, false);
			else if (c === '`') at = this.backquoted(at);
			else at++;
		}
		this.unterminated(')', start);
	}

	/* ---- here-documents ---- */

	protected readHereDocuments(): void {
		for (const pending of this.pending.splice(0)) {
			for (;;) {
				if (this.position >= this.text.length) {
					this.unclosed.push(pending);
					break;
				}
				const newline = this.text.indexOf('\n', this.position);
				const end = newline < 0 ? this.text.length : newline;
				let line = this.text.slice(this.position, end);
				if (pending.stripTabs) line = line.replace(/^\t+/, '');
				this.position = newline < 0 ? end : end + 1;
				if (line === pending.delimiter) break;
				if (
					this.within === 'substitution' &&
					line.startsWith(pending.delimiter) &&
					line[pending.delimiter.length] === ')'
				) {
					this.position = end - line.length + pending.delimiter.length;
					break;
				}
			}
		}
	}

	protected finishHereDocuments(): void {
		for (const pending of this.pending.splice(0)) this.unclosed.push(pending);
	}

	protected isOperator(text: string): boolean {
		const token = this.peek();
		return token.type === 'operator' && token.text === text;
	}

	protected reserved(): string | null {
		const token = this.peek(true);
		return token.type === 'word' && (this.dash ? DASH_RESERVED : RESERVED).has(token.text) ? token.text : null;
	}

	protected newlines(): void {
		while (this.peek(true).type === 'newline') this.next();
	}
}

/** A here-document's delimiter with its quoting removed. */
export function unquote(word: string): string {
	return word
		.replace(/\\\n/g, '')
		.replace(
			/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
			(_, single, double, escaped) => single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped
		);
}

/**
 * The grammar of bash and dash as a recogniser: where a complete command ends, and the first token that does not fit.
 *
 * Does: tells for a text at a position how far the next complete line of commands reaches, or why there is none, in the
 *       terms of bash's own messages (parse.y). The tree itself comes from unbash, which is tolerant and so can say
 *       neither; what this accepts, unbash parses.
 * Reads: a script's text. Also gives the words in command position, which aliases are looked up for.
 * Trusts: nothing; nesting is bounded.
 * Over 600 lines: tokens and grammar depend on each other in a shell ($(…) holds commands, here-documents follow lines).
 */
export type Dialect = 'bash' | 'dash';

export type Failure =
	/** a token that does not fit; `position` is its offset */
	| { readonly kind: 'token'; readonly token: string; readonly position: number; readonly within: Within }
	/** the text ends inside a construct */
	| { readonly kind: 'eof'; readonly position: number; readonly within: Within }
	/** a quote or bracket that is never closed */
	| { readonly kind: 'matching'; readonly wanted: string; readonly position: number; readonly within: Within }
	/** [[ … ]] and for (( )) have their own messages */
	| {
			readonly kind: 'message';
			readonly message: string;
			readonly position: number;
			readonly second?: string;
			readonly within: Within;
	  };

/** What the failing text stands in: decides the exit status of `bash -c`. */
export type Within = 'command' | 'substitution' | 'array' | 'condition';

export class SyntaxFailure {
	constructor(readonly failure: Failure) {}
}

export interface RecognizerOptions {
	readonly dialect?: Dialect;
	readonly extglob?: boolean;
}

export interface CommandWord {
	readonly position: number;
	readonly end: number;
	readonly text: string;
}

interface Token {
	readonly type: 'word' | 'operator' | 'newline' | 'eof' | 'number';
	readonly text: string;
	readonly position: number;
	readonly end: number;
}

interface PendingHereDocument {
	readonly delimiter: string;
	readonly stripTabs: boolean;
	readonly position: number;
}

const RESERVED = new Set(
	'if then else elif fi do done case esac while until for select function time in { } ! [[ ]] coproc'.split(' ')
);
const DASH_RESERVED = new Set('if then else elif fi do done case esac while until for in { } !'.split(' '));
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
const REDIRECTS = new Set(['<<<', '<<-', '&>>', '<<', '>>', '<&', '>&', '<>', '>|', '&>', '<', '>']);
/** Builtins whose arguments may be `name=(…)`. */
const ASSIGNMENT_BUILTINS = new Set(['alias', 'declare', 'eval', 'export', 'local', 'readonly', 'typeset']);
const COMPOUND = new Set(['{', '(', 'if', 'for', 'while', 'until', 'case', 'select', '[[', '((']);
const UNARY_TEST = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY_TEST = new Set([
	'=',
	'==',
	'!=',
	'=~',
	'<',
	'>',
	'-eq',
	'-ne',
	'-lt',
	'-le',
	'-gt',
	'-ge',
	'-nt',
	'-ot',
	'-ef'
]);
const DEPTH_MAX = 400;
const IN_CONDITION = 'syntax error in conditional expression';

export class Recognizer {
	position: number;
	readonly commandWords: CommandWord[] = [];
	/** here-documents that the end of the text closed: where they began, and what was wanted */
	readonly unclosed: { readonly delimiter: string; readonly position: number }[] = [];
	#peeked: Token | null = null;
	#pending: PendingHereDocument[] = [];
	#within: Within = 'command';
	#depth = 0;
	readonly #dash: boolean;
	readonly #extglob: boolean;

	constructor(
		readonly text: string,
		start = 0,
		options: RecognizerOptions = {}
	) {
		this.position = start;
		this.#dash = options.dialect === 'dash';
		this.#extglob = options.extglob ?? false;
	}

	/**
	 * Reads one complete line of commands.
	 * @returns false at the end of the text
	 * @throws SyntaxFailure
	 */
	line(): boolean {
		this.#newlines();
		if (this.#peek(true).type === 'eof') return false;
		for (;;) {
			this.#andOr();
			const token = this.#peek();
			if (token.type === 'operator' && (token.text === ';' || token.text === '&')) {
				this.#next();
				const after = this.#peek(true);
				if (after.type === 'newline') {
					this.#next();
					return true;
				}
				if (after.type === 'eof') return true;
				continue;
			}
			if (token.type === 'newline') {
				this.#next();
				return true;
			}
			if (token.type === 'eof') return true;
			this.#unexpected(token);
		}
	}

	/** @returns the offset behind the `)` that closes a `$(` whose content starts here */
	substitutionEnd(): number {
		this.#substitutionBody();
		return this.position;
	}

	/* ---- failures ---- */

	#unexpected(token: Token): never {
		if (token.type === 'eof')
			throw new SyntaxFailure({ kind: 'eof', position: this.text.length, within: this.#within });
		const text = token.type === 'newline' ? 'newline' : token.text;
		throw new SyntaxFailure({ kind: 'token', token: text, position: token.position, within: this.#within });
	}

	#unterminated(wanted: string, position: number): never {
		throw new SyntaxFailure({ kind: 'matching', wanted, position, within: this.#within });
	}

	#enter(): void {
		if (++this.#depth > DEPTH_MAX)
			throw new SyntaxFailure({
				kind: 'message',
				message: 'maximum nesting level exceeded',
				position: this.position,
				within: this.#within
			});
	}

	/* ---- tokens ---- */

	#peek(assignable = false): Token {
		return (this.#peeked ??= this.#lex(assignable));
	}

	#next(assignable = false): Token {
		const token = this.#peek(assignable);
		this.#peeked = null;
		return token;
	}

	#lex(assignable: boolean): Token {
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
			this.#finishHereDocuments();
			return { type: 'eof', text: '', position: at, end: at };
		}
		if (text[at] === '\n') {
			this.position = at + 1;
			this.#readHereDocuments();
			return { type: 'newline', text: '\n', position: at, end: at + 1 };
		}
		if (!((text[at] === '<' || text[at] === '>') && text[at + 1] === '(' && !this.#dash)) {
			for (const operator of this.#dash ? DASH_OPERATORS : OPERATORS)
				if (text.startsWith(operator, at)) {
					this.position = at + operator.length;
					return { type: 'operator', text: operator, position: at, end: this.position };
				}
		}
		const descriptor = /^(?:\d+|\{[A-Za-z_][A-Za-z0-9_]*\})(?=[<>])/.exec(text.slice(at, at + 80));
		if (descriptor && !(this.#dash && descriptor[0][0] === '{')) {
			this.position = at + descriptor[0].length;
			return { type: 'number', text: descriptor[0], position: at, end: this.position };
		}
		const end = this.#wordEnd(at, assignable);
		this.position = end;
		return { type: 'word', text: text.slice(at, end), position: at, end };
	}

	#wordEnd(start: number, assignable: boolean): number {
		const { text } = this;
		let at = start;
		while (at < text.length) {
			const c = text[at]!;
			if (c === '\\') at += 2;
			else if (c === "'") at = this.#singleQuoted(at);
			else if (c === '"') at = this.#doubleQuoted(at);
			else if (c === '`') at = this.#backquoted(at);
			else if (c === '$') at = this.#dollar(at, false);
			else if ((c === '<' || c === '>') && text[at + 1] === '(' && !this.#dash) at = this.#nested(at, at + 2);
			else if (c === '(' && !this.#dash) {
				const before = text[at - 1];
				if (assignable && before === '=' && /^[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=$/s.test(text.slice(start, at)))
					at = this.#array(at);
				else if (this.#extglob && at > start && '?*+@!'.includes(before!)) at = this.#extendedPattern(at);
				else break;
			} else if (c === '[' && assignable && /^[A-Za-z_][A-Za-z0-9_]*$/.test(text.slice(start, at))) {
				at = this.#subscript(at);
			} else if (' \t\n;&|<>()'.includes(c)) break;
			else at++;
		}
		return Math.min(at, text.length);
	}

	/** `a[…]=`: blanks inside belong to the word, but only if the bracket is closed on the line */
	#subscript(start: number): number {
		let at = start + 1;
		const { text } = this;
		while (at < text.length && text[at] !== ']') {
			const c = text[at]!;
			if (c === '\n') return start + 1;
			if (c === '\\') at += 2;
			else if (c === "'") at = this.#singleQuoted(at);
			else if (c === '"') at = this.#doubleQuoted(at);
			else if (c === '$') at = this.#dollar(at, false);
			else if (c === '`') at = this.#backquoted(at);
			else if (c === '[') at = this.#subscript(at);
			else at++;
		}
		if (text[at] !== ']') return start + 1;
		return /^\]\+?=/.test(text.slice(at, at + 3)) ? at + 1 : start + 1;
	}

	#singleQuoted(start: number): number {
		const end = this.text.indexOf("'", start + 1);
		if (end < 0) this.#unterminated("'", start);
		return end + 1;
	}

	#ansiQuoted(start: number): number {
		for (let at = start + 2; at < this.text.length; at++) {
			if (this.text[at] === '\\') at++;
			else if (this.text[at] === "'") return at + 1;
		}
		this.#unterminated("'", start);
	}

	#doubleQuoted(start: number): number {
		const { text } = this;
		for (let at = start + 1; at < text.length;) {
			const c = text[at]!;
			if (c === '"') return at + 1;
			if (c === '\\') at += 2;
			else if (c === '`') at = this.#backquoted(at);
			else if (c === '$') at = this.#dollar(at, true, start);
			else at++;
		}
		this.#unterminated('"', start);
	}

	#backquoted(start: number): number {
		for (let at = start + 1; at < this.text.length; at++) {
			if (this.text[at] === '\\') at++;
			else if (this.text[at] === '`') return at + 1;
		}
		this.#unterminated('`', start);
	}

	#dollar(at: number, inDouble: boolean, quoteStart = at): number {
		const { text } = this;
		const c = text[at + 1];
		if (c === '(') {
			if (text[at + 2] === '(') {
				const end = this.arithmeticEnd(at + 3);
				if (end >= 0) return end;
			}
			return this.#nested(at, at + 2);
		}
		if (c === '{') return this.#braced(at, inDouble, quoteStart);
		if (c === '[' && !this.#dash) {
			let depth = 0;
			for (let i = at + 1; i < text.length; i++) {
				if (text[i] === '[') depth++;
				else if (text[i] === ']' && --depth === 0) return i + 1;
			}
			this.#unterminated(']', at);
		}
		if (!inDouble && !this.#dash && c === "'") return this.#ansiQuoted(at);
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
				at = this.#dollar(at, true) - 1;
		}
		return -1;
	}

	#braced(start: number, inDouble: boolean, _quoteStart: number): number {
		const { text } = this;
		const first = text[start + 2];
		for (let at = start + 2; at < text.length;) {
			const c = text[at]!;
			if (c === '}') return at + 1;
			if (c === '\\') at += 2;
			else if (c === "'" && (!inDouble || this.#quotesCount(start, at))) at = this.#singleQuoted(at);
			else if (c === '"') at = this.#doubleQuoted(at);
			else if (c === '`') at = this.#backquoted(at);
			else if (c === '$' && at > start + 2) at = this.#dollar(at, inDouble);
			else if (c === '$' && first === '$') at++;
			else at++;
		}
		this.#unterminated('}', start);
	}

	/** In "${x#'…'}" single quotes quote, in "${x-'…'}" they do not. */
	#quotesCount(start: number, at: number): boolean {
		return /^\$\{[!#]?[A-Za-z0-9_@*#?$!-]*(\[[^\]]*\])?(##?|%%?|\/\/?|\^\^?|,,?)/.test(this.text.slice(start, at));
	}

	/** The inside of `$(` or `<(`, with a grammar of its own. */
	#nested(opened: number, start: number): number {
		const saved = {
			peeked: this.#peeked,
			pending: this.#pending,
			within: this.#within,
			position: this.position,
			words: this.commandWords.length
		};
		this.#peeked = null;
		this.#pending = [];
		this.#within = 'substitution';
		this.position = start;
		this.#enter();
		try {
			this.#substitutionBody();
		} catch (thrown) {
			this.#within = saved.within;
			if (thrown instanceof SyntaxFailure && thrown.failure.kind === 'eof')
				this.#unterminated(')', Math.max(this.text.length, opened));
			throw thrown;
		}
		this.#depth--;
		const end = this.position;
		this.#peeked = saved.peeked;
		this.#pending = saved.pending;
		this.#within = saved.within;
		this.position = saved.position;
		this.commandWords.length = saved.words;
		return end;
	}

	#substitutionBody(): void {
		this.#newlines();
		if (!this.#isOperator(')')) this.#compoundList(new Set([')']), true);
		const token = this.#next();
		if (token.text !== ')' || token.type !== 'operator') this.#unexpected(token);
	}

	#array(start: number): number {
		const saved = { peeked: this.#peeked, within: this.#within };
		this.#peeked = null;
		this.#within = 'array';
		this.position = start + 1;
		for (;;) {
			const token = this.#next(true);
			if (token.type === 'operator' && token.text === ')') break;
			if (token.type === 'eof') this.#unterminated(')', this.text.length);
			if (token.type === 'operator') this.#unexpected(token);
		}
		const end = this.position;
		this.#peeked = saved.peeked;
		this.#within = saved.within;
		return end;
	}

	#extendedPattern(start: number): number {
		const { text } = this;
		let depth = 0;
		for (let at = start; at < text.length;) {
			const c = text[at]!;
			if (c === '(') depth++;
			if (c === ')' && --depth === 0) return at + 1;
			if (c === '\\') at += 2;
			else if (c === "'") at = this.#singleQuoted(at);
			else if (c === '"') at = this.#doubleQuoted(at);
			else if (c === '$') at = this.#dollar(at, false);
			else if (c === '`') at = this.#backquoted(at);
			else at++;
		}
		this.#unterminated(')', start);
	}

	/* ---- here-documents ---- */

	#readHereDocuments(): void {
		for (const pending of this.#pending.splice(0)) {
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
					this.#within === 'substitution' &&
					line.startsWith(pending.delimiter) &&
					line[pending.delimiter.length] === ')'
				) {
					this.position = end - line.length + pending.delimiter.length;
					break;
				}
			}
		}
	}

	#finishHereDocuments(): void {
		for (const pending of this.#pending.splice(0)) this.unclosed.push(pending);
	}

	/* ---- grammar ---- */

	#isOperator(text: string): boolean {
		const token = this.#peek();
		return token.type === 'operator' && token.text === text;
	}

	#reserved(): string | null {
		const token = this.#peek(true);
		return token.type === 'word' && (this.#dash ? DASH_RESERVED : RESERVED).has(token.text) ? token.text : null;
	}

	#newlines(): void {
		while (this.#peek(true).type === 'newline') this.#next();
	}

	/** At least one command, up to a word or operator of `terminators`, which is left to the caller. */
	#compoundList(terminators: ReadonlySet<string>, empty = false): void {
		this.#newlines();
		if (empty && this.#ends(terminators)) return;
		this.#andOr();
		for (;;) {
			const token = this.#peek();
			if (token.type === 'newline' || (token.type === 'operator' && (token.text === ';' || token.text === '&'))) {
				this.#next();
				this.#newlines();
				if (this.#ends(terminators)) return;
				this.#andOr();
				continue;
			}
			if (this.#ends(terminators)) return;
			this.#unexpected(token);
		}
	}

	#ends(terminators: ReadonlySet<string>): boolean {
		const token = this.#peek(true);
		return (token.type === 'word' || token.type === 'operator') && terminators.has(token.text);
	}

	#andOr(): void {
		this.#pipeline();
		while (this.#isOperator('&&') || this.#isOperator('||')) {
			this.#next();
			this.#newlines();
			this.#pipeline();
		}
	}

	#pipeline(): void {
		let prefixed = false;
		for (;;) {
			const word = this.#reserved();
			if (word === '!' || (word === 'time' && !this.#dash)) {
				this.#next();
				prefixed = !this.#dash;
				if (word === 'time')
					while (this.#peek(true).type === 'word' && /^(-p|--)$/.test(this.#peek().text)) this.#next();
				continue;
			}
			break;
		}
		const token = this.#peek(true);
		if (
			prefixed &&
			(token.type === 'newline' ||
				token.type === 'eof' ||
				(token.type === 'operator' && /^(;|&|&&|\|\||\))$/.test(token.text)))
		) {
			if (token.type !== 'operator' || token.text === ';' || token.text === ')') return;
		}
		this.#command();
		while (this.#isOperator('|') || this.#isOperator('|&')) {
			this.#next();
			this.#newlines();
			if (this.#reserved() === '!') {
				this.#pipeline();
				return;
			}
			this.#command();
		}
	}

	#command(): void {
		this.#enter();
		this.#commandInner();
		this.#depth--;
	}

	#commandInner(): void {
		const token = this.#peek(true);
		if (token.type === 'word') {
			const reserved = this.#reserved();
			if (reserved === null) return this.#simple();
			if (reserved === ']]') return this.#simple();
			if (reserved === 'function') return this.#function();
			if (reserved === 'coproc') return this.#coproc();
			if (!COMPOUND.has(reserved)) this.#unexpected(token);
			return this.#compound();
		}
		if (token.type === 'number') return this.#simple();
		if (token.type === 'operator') {
			if (token.text === '(') return this.#compound();
			if (REDIRECTS.has(token.text)) return this.#simple();
		}
		this.#unexpected(token);
	}

	/** A compound command with its redirections. */
	#compound(): void {
		const token = this.#next(true);
		switch (token.text) {
			case '(':
				this.#parenthesis(token);
				break;
			case '{':
				this.#compoundList(new Set(['}']));
				this.#expectWord('}');
				break;
			case 'if':
				this.#if();
				break;
			case 'while':
			case 'until':
				this.#compoundList(new Set(['do']));
				this.#doGroup();
				break;
			case 'for':
				this.#for();
				break;
			case 'select':
				this.#select();
				break;
			case 'case':
				this.#case();
				break;
			case '[[':
				this.#condition(token.position);
				break;
			default:
				this.#unexpected(token);
		}
		this.#redirections();
	}

	#expectWord(text: string): void {
		const token = this.#next(true);
		if (token.type !== 'word' || token.text !== text) this.#unexpected(token);
	}

	#parenthesis(open: Token): void {
		if (this.text[open.end] === '(' && !this.#dash && this.#peeked === null) {
			const end = this.arithmeticEnd(open.end + 1);
			if (end >= 0) {
				this.position = end;
				return;
			}
		}
		this.#compoundList(new Set([')']));
		const token = this.#next();
		if (token.type !== 'operator' || token.text !== ')') this.#unexpected(token);
	}

	#if(): void {
		this.#compoundList(new Set(['then']));
		this.#expectWord('then');
		this.#compoundList(new Set(['elif', 'else', 'fi']));
		for (;;) {
			const token = this.#next(true);
			if (token.text === 'fi') return;
			if (token.text === 'else') {
				this.#compoundList(new Set(['fi']));
				this.#expectWord('fi');
				return;
			}
			if (token.text !== 'elif') this.#unexpected(token);
			this.#compoundList(new Set(['then']));
			this.#expectWord('then');
			this.#compoundList(new Set(['elif', 'else', 'fi']));
		}
	}

	#doGroup(): void {
		if (this.#reserved() === '{' && !this.#dash) {
			this.#next();
			this.#compoundList(new Set(['}']));
			this.#expectWord('}');
			return;
		}
		this.#expectWord('do');
		this.#compoundList(new Set(['done']));
		this.#expectWord('done');
	}

	#for(): void {
		if (this.#isOperator('(') && !this.#dash) {
			const open = this.#next();
			if (this.text[open.end] !== '(') this.#unexpected(open);
			this.#arithmeticFor(open);
			return;
		}
		this.#select();
	}

	#arithmeticFor(open: Token): void {
		const end = this.arithmeticEnd(open.end + 1);
		if (end < 0) this.#unterminated(')', open.position);
		const inside = this.text.slice(open.end + 1, end - 2);
		const parts = inside.split(';').length;
		const second = `syntax error: \`((${inside}))'`;
		if (parts < 3)
			throw new SyntaxFailure({
				kind: 'message',
				message: 'syntax error: arithmetic expression required',
				position: open.position,
				second,
				within: 'command'
			});
		if (parts > 3)
			throw new SyntaxFailure({
				kind: 'message',
				message: "syntax error: `;' unexpected",
				position: open.position,
				second,
				within: 'command'
			});
		this.position = end;
		if (this.#isOperator(';')) this.#next();
		this.#newlines();
		this.#doGroup();
	}

	/** for and select: `NAME [in WORDS]; do … done` */
	#select(): void {
		const name = this.#next();
		if (name.type !== 'word') this.#unexpected(name);
		this.#newlines();
		if (this.#reserved() === 'in') {
			this.#next();
			while (this.#peek().type === 'word' || this.#peek().type === 'number') this.#next();
			const token = this.#next();
			if (token.type !== 'newline' && !(token.type === 'operator' && token.text === ';')) this.#unexpected(token);
		} else if (this.#isOperator(';')) this.#next();
		this.#newlines();
		this.#doGroup();
	}

	#case(): void {
		const word = this.#next();
		if (word.type !== 'word') this.#unexpected(word);
		this.#newlines();
		this.#expectWord('in');
		this.#newlines();
		while (this.#reserved() !== 'esac') {
			if (this.#isOperator('(')) this.#next();
			for (;;) {
				const pattern = this.#next();
				if (pattern.type !== 'word') this.#unexpected(pattern);
				const token = this.#next();
				if (token.type === 'operator' && token.text === '|') continue;
				if (token.type === 'operator' && token.text === ')') break;
				this.#unexpected(token);
			}
			this.#newlines();
			const ends = new Set([';;', ';&', ';;&', 'esac']);
			if (!this.#ends(ends)) this.#caseBody(ends);
			if (this.#reserved() === 'esac') break;
			this.#next();
			this.#newlines();
		}
		this.#expectWord('esac');
	}

	#caseBody(ends: ReadonlySet<string>): void {
		this.#compoundList(ends);
	}

	#function(): void {
		this.#next();
		const name = this.#next();
		if (name.type !== 'word') this.#unexpected(name);
		if (this.#isOperator('(')) {
			this.#next();
			const close = this.#next();
			if (close.text !== ')') this.#unexpected(close);
		}
		this.#functionBody();
	}

	#functionBody(): void {
		this.#newlines();
		const token = this.#peek(true);
		const compound =
			(token.type === 'operator' && token.text === '(') ||
			(token.type === 'word' && COMPOUND.has(token.text) && (!this.#dash || DASH_RESERVED.has(token.text)));
		if (compound) this.#compound();
		else if (this.#dash) this.#command();
		else this.#unexpected(token);
	}

	#coproc(): void {
		this.#next();
		const token = this.#peek(true);
		if (token.type === 'word' && !RESERVED.has(token.text)) {
			this.#next();
			const after = this.#peek(true);
			if ((after.type === 'word' && COMPOUND.has(after.text)) || (after.type === 'operator' && after.text === '('))
				return this.#compound();
			this.#simpleRest(false);
			return;
		}
		this.#command();
	}

	#redirections(): void {
		while (this.#redirection());
	}

	#redirection(): boolean {
		const token = this.#peek();
		if (token.type !== 'number' && !(token.type === 'operator' && REDIRECTS.has(token.text))) return false;
		this.#next();
		const operator = token.type === 'number' ? this.#next() : token;
		const target = this.#next();
		if (target.type !== 'word' && target.type !== 'number') this.#unexpected(target);
		if (operator.text === '<<' || operator.text === '<<-')
			this.#pending.push({
				delimiter: unquote(target.text),
				stripTabs: operator.text === '<<-',
				position: operator.position
			});
		return true;
	}

	#simple(): void {
		let first = true;
		for (;;) {
			if (this.#redirection()) continue;
			const token = this.#peek(true);
			if (token.type !== 'word') break;
			if (first && isAssignment(token.text)) {
				this.#next();
				continue;
			}
			if (!first) break;
			first = false;
			this.#next();
			this.commandWords.push({ position: token.position, end: token.end, text: token.text });
			if (this.#isOperator('(')) {
				this.#next();
				const close = this.#next();
				if (close.type !== 'operator' || close.text !== ')') this.#unexpected(close);
				this.#functionBody();
				return;
			}
			this.#simpleRest(ASSIGNMENT_BUILTINS.has(token.text));
			return;
		}
		if (this.#isOperator('(')) this.#unexpected(this.#peek());
	}

	#simpleRest(assignable: boolean): void {
		for (;;) {
			const token = this.#peek(assignable);
			if (token.type === 'word') this.#next();
			else if (!this.#redirection()) break;
		}
		if (this.#isOperator('(')) this.#unexpected(this.#peek());
	}

	/* ---- [[ … ]] ---- */

	#condition(opened: number): void {
		const saved = this.#within;
		this.#within = 'condition';
		this.#conditionOr(opened);
		const token = this.#next();
		if (token.text !== ']]')
			this.#conditionFailure(
				token,
				opened,
				(text) => `unexpected token \`${text}' in conditional command`,
				IN_CONDITION
			);
		this.#within = saved;
	}

	#conditionFailure(token: Token, opened: number, withToken: (text: string) => string, plain: string): never {
		if (token.type === 'eof')
			throw new SyntaxFailure({
				kind: 'message',
				message: "unexpected EOF while looking for `]]'",
				position: opened,
				within: 'command'
			});
		const known = token.type === 'operator' || token.text === ']]';
		const position = plain === IN_CONDITION ? opened : token.position;
		throw new SyntaxFailure({
			kind: 'message',
			message: known ? withToken(token.text) : plain,
			position,
			within: 'condition'
		});
	}

	#conditionOr(opened: number): void {
		this.#enter();
		this.#conditionAnd(opened);
		while (this.#isOperator('||')) {
			this.#next();
			this.#conditionAnd(opened);
		}
		this.#depth--;
	}

	#conditionAnd(opened: number): void {
		this.#conditionTerm(opened);
		while (this.#isOperator('&&')) {
			this.#next();
			this.#conditionTerm(opened);
		}
	}

	#conditionTerm(opened: number): void {
		this.#newlines();
		const token = this.#next();
		if (token.type === 'operator' && token.text === '(') {
			this.#conditionOr(opened);
			this.#newlines();
			const close = this.#next();
			if (close.text !== ')')
				this.#conditionFailure(close, opened, (text) => `unexpected token \`${text}', expected \`)'`, "expected `)'");
			this.#newlines();
			return;
		}
		if (token.type === 'word' && token.text === '!') return this.#conditionTerm(opened);
		if (token.type === 'number') return this.#conditionBinary(opened);
		if (token.type !== 'word' || token.text === ']]') {
			if (token.text === ']]')
				throw new SyntaxFailure({ kind: 'message', message: '', position: token.position, within: 'condition' });
			this.#conditionFailure(
				token,
				opened,
				(text) => `unexpected token \`${text}' in conditional command`,
				'unexpected token in conditional command'
			);
		}
		if (UNARY_TEST.test(token.text)) {
			const operand = this.#peek();
			if (operand.type === 'word' && operand.text !== ']]') {
				this.#next();
				this.#newlines();
				return;
			}
			this.#conditionFailure(
				operand,
				opened,
				(text) => `unexpected argument \`${text}' to conditional unary operator`,
				'unexpected argument to conditional unary operator'
			);
		}
		this.#conditionBinary(opened);
	}

	#conditionBinary(opened: number): void {
		const operator = this.#peek();
		if (operator.type === 'newline') {
			this.#newlines();
			const after = this.#peek();
			if (after.type === 'word' && after.text !== ']]')
				throw new SyntaxFailure({ kind: 'message', message: IN_CONDITION, position: opened, within: 'condition' });
			return;
		}
		if (operator.text === ']]' || (operator.type === 'operator' && ['&&', '||', ')'].includes(operator.text))) return;
		const known = BINARY_TEST.has(operator.text);
		if (!known)
			this.#conditionFailure(
				operator,
				opened,
				(text) => `unexpected token \`${text}', conditional binary operator expected`,
				'conditional binary operator expected'
			);
		this.#next();
		const operand = this.#conditionOperand(operator.text);
		if ((operand.type !== 'word' && operand.type !== 'number') || operand.text === ']]')
			this.#conditionFailure(
				operand,
				opened,
				(text) => `unexpected argument \`${text}' to conditional binary operator`,
				'unexpected argument to conditional binary operator'
			);
		this.#newlines();
	}

	/** The right side: a pattern (always with extended patterns) or a regular expression, in which brackets may stand. */
	#conditionOperand(operator: string): Token {
		if (operator !== '=~' && !/^(==?|!=)$/.test(operator)) return this.#next();
		const { text } = this;
		let at = this.position;
		while (text[at] === ' ' || text[at] === '\t') at++;
		const start = at;
		let depth = 0;
		while (at < text.length) {
			const c = text[at]!;
			if (c === '\\') at += 2;
			else if (c === "'") at = this.#singleQuoted(at);
			else if (c === '"') at = this.#doubleQuoted(at);
			else if (c === '`') at = this.#backquoted(at);
			else if (c === '$') at = this.#dollar(at, false);
			else if (c === '(' && (operator === '=~' || depth > 0 || '?*+@!'.includes(text[at - 1] ?? ' '))) {
				depth++;
				at++;
			} else if (c === ')' && depth > 0) {
				depth--;
				at++;
			} else if (
				depth === 0 &&
				(' \t\n;&()'.includes(c) ||
					(c === '|' && (operator !== '=~' || text[at + 1] === '|')) ||
					('<>'.includes(c) && operator !== '=~'))
			)
				break;
			else at++;
		}
		if (at === start) return this.#next();
		if (depth > 0) this.#unterminated(')', start);
		this.#peeked = null;
		this.position = Math.min(at, text.length);
		return { type: 'word', text: text.slice(start, at), position: start, end: at };
	}
}

export function isAssignment(word: string): boolean {
	return /^[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=/s.test(word) && !/^[A-Za-z_][A-Za-z0-9_]*\[[^\]]*$/s.test(word);
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

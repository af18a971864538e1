/**
 * Tokens of an awk program (mawk's scan.c). What a `/`, a `>` or a `<` means depends on what came before; the parser sets
 * `inPrint` and `inGetline` as mawk's grammar does.
 *
 * Throws nothing: errors of the scanner are added to `Problems`; a text or pattern without end stops the compilation.
 */
export type TokenKind =
	| 'eof' | 'nl' | ';' | '{' | '}' | '(' | ')' | '[' | ']' | '?' | ':' | '||' | '&&' | '=' | '+=' | '-=' | '*=' | '/='
	| '%=' | '^=' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'match' | '+' | '-' | '*' | '/' | '%' | '^' | '!' | ','
	| 'incdec' | 'number' | 'string' | 'regex' | 'id' | 'function-id' | 'builtin' | 'length' | 'field' | 'special' | '$'
	| 'io-out' | 'io-in' | '|' | 'unexpected' | 'keyword'; // prettier-ignore

export interface Token {
	readonly kind: TokenKind;
	/** name, text, pattern, operator */
	readonly text: string;
	/** of a number; of `$1` the index */
	readonly value: number;
	readonly line: number;
	/** how messages call it */
	readonly shown: string;
}

/** Compilation cannot go on. */
export class Stop {}

const MOST_ERRORS = 5;

/** What is wrong with a program, in the words of mawk. */
export class Problems {
	readonly messages: string[] = [];
	line = 1;

	/** @param file of several program files the one at fault */
	constructor(readonly file: string | undefined) {}

	add(message: string, line = this.line): void {
		this.raw(`${this.file === undefined ? '' : `${this.file}: `}line ${line}: ${message}`);
	}

	raw(message: string): void {
		this.messages.push(message);
		if (this.messages.length >= MOST_ERRORS) throw new Stop();
	}
}

export const KEYWORDS: ReadonlySet<string> = new Set([
	'print', 'printf', 'do', 'while', 'for', 'break', 'continue', 'if', 'else', 'in', 'delete', 'split', 'match', 'BEGIN',
	'END', 'exit', 'next', 'nextfile', 'return', 'getline', 'sub', 'gsub', 'function'
]); // prettier-ignore

/** Variables whose change has effects at once. */
export const SPECIAL: ReadonlySet<string> = new Set(['NF', 'RS', 'FS', 'OFMT', 'CONVFMT']);

const BEFORE_DIVISION: ReadonlySet<TokenKind> = new Set<TokenKind>([
	'number', 'string', ')', 'id', 'regex', ']', 'field', 'special', 'incdec'
]); // prettier-ignore

const OPERATORS: readonly TokenKind[] = [
	'+=', '-=', '*=', '%=', '^=', '==', '!=', '<=', '>=', '||', '&&', '?', ':', '=', '<', '>', '+', '-', '*', '%', '^', '!',
	',', '(', ')', '[', ']', '$', '|', ';'
]; // prettier-ignore

/** Operators after which a line may go on. */
const CONTINUES: ReadonlySet<string> = new Set(['||', '&&', ',', ';']);

/** Which kind of name it is, as far as the parser knows. */
export type NameKind = 'new' | 'variable' | 'function' | 'builtin';

export class Scanner {
	inPrint = false;
	inGetline = false;
	parentheses = 0;
	braces = 0;
	line = 1;
	/** kind of the last token, `fake` being the semicolon that a `}` implies */
	#last: TokenKind | 'fake' | 'getline' = 'nl';
	#at = 0;

	constructor(
		readonly source: string,
		readonly problems: Problems,
		readonly nameKind: (name: string) => NameKind
	) {
		this.eatNewlines();
	}

	/** Skips blank lines and comments. */
	eatNewlines(): void {
		for (;;) {
			const match = /^(?:[ \t\r\f\v]+|#[^\n]*|\\[ \t\r]*\n|\n)/.exec(this.source.slice(this.#at, this.#at + 4096));
			if (!match) return;
			this.#at += match[0].length;
			if (match[0].endsWith('\n')) this.line++;
		}
	}

	next(): Token {
		this.#skipBlanks();
		const line = (this.problems.line = this.line);
		const make = (kind: TokenKind, text: string, shown = text, value = 0): Token => {
			this.#last = kind === 'keyword' && text === 'getline' ? 'getline' : kind;
			return { kind, text, value, line, shown };
		};
		const character = this.source[this.#at];
		if (character === undefined) return make('eof', '', 'end of file');
		if (character === '\n') {
			this.#at++;
			this.line++;
			this.eatNewlines();
			return make('nl', '\n', 'end of line');
		}
		if (character === '{') {
			this.#at++;
			this.braces++;
			this.eatNewlines();
			return make('{', '{');
		}
		if (character === '}') return this.#rightBrace(make);
		if (character === '"') return make('string', this.#string(), this.#shown);
		if (/[0-9.]/.test(character)) return this.#number(make);
		if (/[A-Za-z_]/.test(character)) return this.#name(make);
		if (character === '/') return this.#slash(make);
		return this.#operator(character, make);
	}

	#shown = '';

	#skipBlanks(): void {
		for (;;) {
			const match = /^(?:[ \t\r\f\v]+|#[^\n]*|\\[ \t\r]*\n)/.exec(this.source.slice(this.#at, this.#at + 4096));
			if (!match) return;
			this.#at += match[0].length;
			if (match[0].endsWith('\n')) this.line++;
		}
	}

	#rightBrace(make: (kind: TokenKind, text: string, shown?: string) => Token): Token {
		if (this.#last === 'nl' || this.#last === ';' || this.#last === 'fake' || this.#last === '}') {
			this.#at++;
			if (--this.braces < 0) {
				this.problems.add("extra '}'");
				this.braces = 0;
				this.#eatSemicolon();
				return this.next();
			}
			if (this.braces === 0) this.#eatSemicolon();
			this.eatNewlines();
			return make('}', '}');
		}
		if (this.braces === 0) {
			this.#at++;
			this.problems.add("extra '}'");
			this.#eatSemicolon();
			return this.next();
		}
		const token = make(';', ';', '}');
		this.#last = 'fake';
		return token;
	}

	#eatSemicolon(): void {
		const match = /^[ \t\r\f\v]*;/.exec(this.source.slice(this.#at));
		if (match) this.#at += match[0].length;
	}

	#number(make: (kind: TokenKind, text: string, shown?: string, value?: number) => Token): Token {
		const match = /^(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(this.source.slice(this.#at));
		if (!match) {
			this.#at++;
			return make('unexpected', '.');
		}
		this.#at += match[0].length;
		return make('number', match[0], match[0], Number(match[0]));
	}

	#name(make: (kind: TokenKind, text: string, shown?: string) => Token): Token {
		const [name] = /^\w+/.exec(this.source.slice(this.#at))!;
		this.#at += name.length;
		if (KEYWORDS.has(name)) return make('keyword', name);
		if (SPECIAL.has(name)) return make('special', name, '$');
		if (name === 'length') {
			return /^[ \t]*\(/.test(this.source.slice(this.#at)) ? make('builtin', name) : make('length', name);
		}
		const kind = this.nameKind(name);
		if (kind === 'builtin') return make('builtin', name);
		if (kind === 'function' || (kind === 'new' && this.source[this.#at] === '(')) return make('function-id', name);
		return make('id', name);
	}

	#slash(make: (kind: TokenKind, text: string, shown?: string) => Token): Token {
		const division = this.#last === 'getline' || BEFORE_DIVISION.has(this.#last as TokenKind);
		if (division) {
			if (this.source[this.#at + 1] === '=') {
				this.#at += 2;
				return make('/=', '/=');
			}
			this.#at++;
			return make('/', '/');
		}
		const pattern = this.#regex();
		return make('regex', pattern, `/${pattern}/`);
	}

	#operator(character: string, make: (kind: TokenKind, text: string, shown?: string) => Token): Token {
		const rest = this.source.slice(this.#at, this.#at + 2);
		if (rest === '++' || rest === '--') return this.#take(2, make('incdec', rest));
		if (rest === '!~') return this.#take(2, make('match', rest));
		if (character === '~') return this.#take(1, make('match', '~'));
		if (this.inPrint && this.parentheses === 0) {
			const out = rest === '>>' ? '>>' : character === '>' ? '>' : character === '|' && rest !== '||' ? '|' : undefined;
			if (out) {
				this.inPrint = false;
				return this.#take(out.length, make('io-out', out));
			}
		}
		if (this.inGetline && character === '<' && rest !== '<=') {
			this.inGetline = false;
			return this.#take(1, make('io-in', '<'));
		}
		if (character === '$') return this.#dollar(make);
		const kind = OPERATORS.find((operator) => rest.startsWith(operator));
		if (!kind) return this.#take(1, make('unexpected', character));
		this.#at += kind.length;
		if (kind === '(') this.parentheses++;
		if (kind === ')' && --this.parentheses < 0) {
			this.problems.add("extra ')'");
			this.parentheses = 0;
			return this.next();
		}
		if (CONTINUES.has(kind)) this.eatNewlines();
		return make(kind, kind);
	}

	#take(count: number, token: Token): Token {
		this.#at += count;
		return token;
	}

	/** `$1` is one token. */
	#dollar(make: (kind: TokenKind, text: string, shown?: string, value?: number) => Token): Token {
		const match = /^\$[ \t]*(\d+\.?\d*|\.\d+)/.exec(this.source.slice(this.#at));
		if (!match) return this.#take(1, make('$', '$'));
		this.#at += match[0].length;
		const value = Number(match[1]);
		if (!Number.isInteger(value)) this.problems.add(`$${value} is invalid field index`);
		return make('field', match[0], '$', Math.trunc(value));
	}

	#string(): string {
		let raw = '';
		let at = this.#at + 1;
		for (;;) {
			const character = this.source[at];
			if (character === undefined || character === '\n') {
				this.problems.add(`runaway string constant "${raw.slice(0, 10)} ...`);
				throw new Stop();
			}
			if (character === '"') break;
			if (character === '\\') {
				if (this.source[at + 1] === '\n') {
					this.line++;
					at += 2;
					continue;
				}
				raw += character;
				at++;
				if (this.source[at] === undefined) continue;
			}
			raw += this.source[at++];
		}
		this.#at = at + 1;
		return (this.#shown = unescape(raw));
	}

	#regex(): string {
		let pattern = '';
		let boxed = 0;
		/** where a `]` does not yet end the class */
		let first = -1;
		let at = this.#at + 1;
		for (;;) {
			const character = this.source[at];
			if (character === undefined || character === '\n') {
				this.problems.add(`runaway regular expression /${pattern.slice(0, 10)} ...`);
				throw new Stop();
			}
			if (character === '/' && boxed === 0) break;
			if (character === '\\') {
				const escaped = this.source[at + 1];
				if (escaped === '/') pattern += '/';
				else if (escaped !== '\n') pattern += character + (escaped ?? '');
				at += 2;
				continue;
			}
			pattern += character;
			at++;
			if (character === '^' && pattern.length - 1 === first && pattern.at(-2) === '[') first = pattern.length;
			else if (character === '[') {
				if (boxed === 0) {
					first = pattern.length;
					boxed = 1;
				} else if (this.source[at] === ':') boxed++;
			} else if (character === ']' && boxed > 0 && pattern.length - 1 !== first) boxed--;
		}
		this.#at = at + 1;
		return pattern;
	}
}

const ESCAPES: Readonly<Record<string, string>> = {
	n: '\n', t: '\t', f: '\f', b: '\b', r: '\r', a: '\x07', v: '\v', '\\': '\\', '"': '"'
}; // prettier-ignore

/** Escape sequences in a text constant or an assignment on the command line; unknown ones stay as they are. */
export function unescape(text: string): string {
	return text.replace(
		/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([^]))/g,
		(whole, octal?: string, hex?: string, other?: string) => {
			if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
			if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
			return ESCAPES[other!] ?? whole;
		}
	);
}

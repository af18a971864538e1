/**
 * The words of a zone file (BIND's lib/isc/lex.c as dns_master_load uses it): words, quoted strings, ends of lines,
 * white space at the start of a line; comments from `;`; parentheses join lines.
 *
 * Escapes are left as they are (`\.`, `\032`): names and strings read them differently.
 */
export type Token = {
	readonly kind: 'word' | 'quoted' | 'eol' | 'blank' | 'eof';
	readonly text: string;
	readonly line: number;
	/** 1-based */ readonly column: number;
};

/** What the lexer cannot read; the words are BIND's. */
export class LexError {
	constructor(
		readonly message: 'unbalanced quotes' | 'unbalanced parentheses',
		readonly line: number,
		readonly column: number
	) {}
}

export class ZoneLexer {
	#at = 0;
	#line = 1;
	#lineStart = 0;
	#depth = 0;
	#atStart = true;
	#pushed: Token | undefined;
	#previousLine = 1;
	#lastLine = 1;

	constructor(readonly text: string) {}

	/** The line of the token before the last one: BIND's messages about data name that line. */
	get previousLine(): number {
		return this.#previousLine;
	}

	/** The line of the last token. */
	get line(): number {
		return this.#line;
	}

	unread(token: Token): void {
		this.#pushed = token;
	}

	next(): Token {
		if (this.#pushed) {
			const token = this.#pushed;
			this.#pushed = undefined;
			return token;
		}
		const { text } = this;
		for (;;) {
			const character = text[this.#at];
			if (character === undefined) {
				if (this.#depth > 0) {
					this.#depth = 0;
					throw new LexError('unbalanced parentheses', this.#lastLine, this.#column());
				}
				return this.#token('eof', '', this.#at);
			}
			if (character === ';') {
				while (this.#at < text.length && text[this.#at] !== '\n') this.#at++;
			} else if (character === '\n') {
				const token = this.#token('eol', '', this.#at++);
				this.#newLine();
				if (this.#depth === 0) return token;
			} else if (character === ' ' || character === '\t' || character === '\r') {
				const start = this.#at;
				while (/[ \t\r]/.test(text[this.#at] ?? '')) this.#at++;
				if (this.#atStart && this.#depth === 0) {
					this.#atStart = false;
					return this.#token('blank', ' ', start);
				}
			} else if (character === '(') {
				this.#depth++;
				this.#at++;
			} else if (character === ')') {
				if (this.#depth === 0) throw new LexError('unbalanced parentheses', this.#line, this.#column());
				this.#depth--;
				this.#at++;
			} else return character === '"' ? this.#quoted() : this.#word();
		}
	}

	/** Goes on behind the end of the current record, which open parentheses may carry over several lines. */
	skipLine(): 'eol' | 'eof' {
		for (;;) {
			try {
				const token = this.next();
				if (token.kind === 'eol' || token.kind === 'eof') return token.kind;
			} catch (thrown) {
				if (!(thrown instanceof LexError)) throw thrown;
				this.#depth = 0;
				const end = this.text.indexOf('\n', this.#at);
				this.#at = end < 0 ? this.text.length : end;
			}
		}
	}

	#word(): Token {
		const start = this.#at;
		this.#atStart = false;
		while (this.#at < this.text.length && !/[\s;()"]/.test(this.text[this.#at]!))
			this.#at += this.text[this.#at] === '\\' ? 2 : 1;
		return this.#token('word', this.text.slice(start, this.#at), start);
	}

	#quoted(): Token {
		const start = this.#at++;
		this.#atStart = false;
		for (;;) {
			const character = this.text[this.#at];
			if (character === undefined || character === '\n')
				throw new LexError('unbalanced quotes', this.#line, start - this.#lineStart + 1);
			if (character === '"') break;
			this.#at += character === '\\' ? 2 : 1;
		}
		this.#at++;
		return this.#token('quoted', this.text.slice(start + 1, this.#at - 1), start);
	}

	#token(kind: Token['kind'], text: string, start: number): Token {
		this.#previousLine = this.#lastLine;
		this.#lastLine = this.#line;
		return { kind, text, line: this.#line, column: start - this.#lineStart + 1 };
	}

	#column(): number {
		return this.#at - this.#lineStart + 1;
	}

	#newLine(): void {
		this.#line++;
		this.#lineStart = this.#at;
		this.#atStart = true;
	}
}

/** The grammar of GNU bc (bc.y, scan.l), statements of one or more complete lines. */
export type Expression =
	| { readonly op: 'number'; readonly text: string }
	| Place
	| { readonly op: 'assign'; readonly operator: string; readonly target: Place; readonly value: Expression }
	| { readonly op: 'step'; readonly target: Place; readonly by: 1 | -1; readonly post: boolean }
	| { readonly op: 'negate' | 'not'; readonly value: Expression }
	| { readonly op: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
	| { readonly op: 'function'; readonly name: string; readonly value: Expression }
	| { readonly op: 'call'; readonly name: string; readonly args: readonly (Expression | string)[] };

export interface Place {
	readonly op: 'place';
	readonly name: string;
	readonly index?: Expression;
}

export type Statement =
	| { readonly kind: 'expression'; readonly value: Expression; readonly silent: boolean }
	| { readonly kind: 'string'; readonly text: string }
	| { readonly kind: 'print'; readonly items: readonly (Expression | string)[] }
	| { readonly kind: 'block'; readonly body: readonly Statement[] }
	| { readonly kind: 'if'; readonly test: Expression; readonly then: Statement; readonly otherwise?: Statement }
	| {
			readonly kind: 'for';
			readonly first?: Expression;
			readonly test?: Expression;
			readonly step?: Expression;
			readonly body: Statement;
	  }
	| { readonly kind: 'return'; readonly value?: Expression }
	| {
			readonly kind: 'define';
			readonly name: string;
			readonly params: readonly string[];
			readonly autos: readonly string[];
			readonly body: Statement;
	  }
	| { readonly kind: 'break' | 'continue' | 'quit' };

/** More lines are needed. */
export class Incomplete {}
export class SyntaxProblem {
	constructor(readonly message = 'syntax error') {}
}

const TOKEN =
	/^(?:([ \t\r\f]+|\\\n|\/\*[^]*?\*\/|#[^\n]*)|("[^"]*")|((?:[0-9A-F](?:\\\n)?)+(?:\.(?:[0-9A-F](?:\\\n)?)*)?|\.[0-9A-F]+)|([a-z][a-z0-9_]*)|(\+\+|--|[-+*/%^]=|[=!<>]=|&&|\|\||[-+*/%^=<>!(){}[\],;\n.]))/;

function tokens(source: string): string[] {
	const list: string[] = [];
	for (let rest = source; rest !== '';) {
		const match = TOKEN.exec(rest);
		if (!match) {
			if (rest.startsWith('"') || rest.startsWith('/*')) throw new Incomplete();
			throw new SyntaxProblem(`illegal character: ${rest[0]!}`);
		}
		if (match[1] === undefined) list.push(match[0].startsWith('"') ? match[0] : match[0].replace(/\\\n/g, ''));
		rest = rest.slice(match[0].length);
	}
	return list;
}

export function parseProgram(source: string): Statement[] {
	if (/\\\n$/.test(source)) throw new Incomplete();
	return new Parser(tokens(source)).program();
}

const LEVELS: readonly (readonly string[])[] = [['||'], ['&&'], ['!'], ['==', '!=', '<', '<=', '>', '>='], [], ['+', '-'], ['*', '/', '%']]; // prettier-ignore
const RELATION = 3;
const ASSIGN = 4;
const SPECIAL: ReadonlySet<string> = new Set(['scale', 'ibase', 'obase', 'last']);
const WORDS: ReadonlySet<string> = new Set(['if', 'else', 'for', 'while', 'define', 'auto', 'return', 'break', 'continue', 'quit', 'halt', 'print', 'length', 'sqrt', 'read', 'warranty', 'limits']); // prettier-ignore

class Parser {
	#at = 0;
	#depth = 0;

	constructor(readonly list: readonly string[]) {}

	get #token(): string | undefined {
		return this.list[this.#at];
	}

	#is(...texts: string[]): boolean {
		return this.#token !== undefined && texts.includes(this.#token);
	}

	#take(): string {
		const token = this.#token;
		if (token === undefined) throw new Incomplete();
		this.#at++;
		return token;
	}

	#expect(text: string): void {
		if (this.#take() !== text) throw new SyntaxProblem();
	}

	program(): Statement[] {
		const body: Statement[] = [];
		while (this.#token !== undefined) {
			if (this.#is('\n', ';')) {
				this.#take();
				continue;
			}
			body.push(this.#is('define') ? this.#define() : this.#statement());
			if (this.#token !== undefined && !this.#is('\n', ';') && body.at(-1)!.kind !== 'define')
				throw new SyntaxProblem();
		}
		return body;
	}

	#newlines(): void {
		while (this.#is('\n')) this.#take();
	}

	#statement(): Statement {
		if (++this.#depth > 100) throw new SyntaxProblem();
		const made = this.#simple();
		this.#depth--;
		return made;
	}

	#simple(): Statement {
		const token = this.#take();
		switch (token) {
			case '{':
				return this.#block();
			case 'if': {
				const test = this.#condition();
				const then = this.#statement();
				if (!this.#is('else')) return { kind: 'if', test, then };
				this.#take();
				this.#newlines();
				return { kind: 'if', test, then, otherwise: this.#statement() };
			}
			case 'while': {
				const test = this.#condition();
				return { kind: 'for', test, body: this.#statement() };
			}
			case 'for':
				return this.#for();
			case 'return':
				if (this.#token === undefined || this.#is('\n', ';', '}')) return { kind: 'return' };
				return { kind: 'return', value: this.#expression() };
			case 'break':
			case 'continue':
				return { kind: token };
			case 'quit':
			case 'halt':
				return { kind: 'quit' };
			case 'print':
				return this.#print();
		}
		if (token.startsWith('"')) return { kind: 'string', text: token.slice(1, -1) };
		this.#at--;
		const start = this.#at;
		const value = this.#expression();
		return { kind: 'expression', value, silent: value.op === 'assign' && this.list[start] !== '(' };
	}

	#print(): Statement {
		const items: (Expression | string)[] = [];
		do {
			if (items.length > 0) this.#take();
			items.push(this.#token?.startsWith('"') ? this.#take().slice(1, -1) : this.#expression());
		} while (this.#is(','));
		return { kind: 'print', items };
	}

	#block(): Statement {
		const body: Statement[] = [];
		for (;;) {
			if (this.#is('\n', ';')) this.#take();
			else if (this.#is('}')) {
				this.#take();
				return { kind: 'block', body };
			} else {
				body.push(this.#statement());
				if (this.#token === undefined) throw new Incomplete();
				if (!this.#is('\n', ';', '}')) throw new SyntaxProblem();
			}
		}
	}

	#condition(): Expression {
		this.#expect('(');
		const test = this.#expression();
		this.#expect(')');
		this.#newlines();
		return test;
	}

	#for(): Statement {
		this.#expect('(');
		const first = this.#is(';') ? undefined : this.#expression();
		this.#expect(';');
		const test = this.#is(';') ? undefined : this.#expression();
		this.#expect(';');
		const step = this.#is(')') ? undefined : this.#expression();
		this.#expect(')');
		this.#newlines();
		return {
			kind: 'for',
			...(first && { first }),
			...(test && { test }),
			...(step && { step }),
			body: this.#statement()
		};
	}

	#define(): Statement {
		this.#take();
		if (this.#is('void')) this.#take();
		const name = this.#take();
		this.#expect('(');
		const params = this.#names(')');
		this.#take();
		this.#newlines();
		this.#expect('{');
		this.#newlines();
		let autos: string[] = [];
		if (this.#is('auto')) {
			this.#take();
			autos = this.#names('\n', ';');
		}
		return { kind: 'define', name, params, autos, body: this.#block() };
	}

	#names(...ends: string[]): string[] {
		const names: string[] = [];
		while (!this.#is(...ends)) {
			if (names.length > 0) this.#expect(',');
			let name = this.#take();
			if (!/^[a-z]/.test(name)) throw new SyntaxProblem();
			if (this.#is('[')) {
				this.#take();
				this.#expect(']');
				name += '[]';
			}
			names.push(name);
		}
		return names;
	}

	#expression(level = 0): Expression {
		if (++this.#depth > 400) throw new SyntaxProblem();
		const made = this.#level(level);
		this.#depth--;
		return made;
	}

	#level(level: number): Expression {
		if (level === 2 && this.#is('!')) {
			this.#take();
			return { op: 'not', value: this.#expression(2) };
		}
		if (level === ASSIGN) return this.#expression(ASSIGN + 1);
		if (level >= LEVELS.length) return this.#power();
		let left = this.#expression(level + 1);
		while (this.#token !== undefined && level !== 2 && LEVELS[level]!.includes(this.#token)) {
			const operator = this.#take();
			left = { op: 'binary', operator, left, right: this.#expression(level + 1) };
		}
		return left;
	}

	#power(): Expression {
		const left = this.#unary();
		if (!this.#is('^')) return left;
		this.#take();
		return { op: 'binary', operator: '^', left, right: this.#power() };
	}

	#unary(): Expression {
		const token = this.#take();
		if (token === '-') return { op: 'negate', value: this.#unary() };
		if (token === '++' || token === '--')
			return { op: 'step', target: this.#place(this.#take()), by: token === '++' ? 1 : -1, post: false };
		if (token === '(') {
			const value = this.#expression();
			this.#expect(')');
			return value;
		}
		if (/^[0-9A-F]|^\.[0-9A-F]/.test(token)) return { op: 'number', text: token };
		if (token === '.') return this.#after({ op: 'place', name: 'last' });
		if ((token === 'length' || token === 'sqrt' || token === 'scale') && this.#is('(')) {
			this.#take();
			const value = this.#expression();
			this.#expect(')');
			return { op: 'function', name: token, value };
		}
		if (!/^[a-z]/.test(token) || (WORDS.has(token) && !SPECIAL.has(token))) throw new SyntaxProblem();
		return this.#is('(') ? this.#call(token) : this.#after(this.#place(token));
	}

	#place(name: string): Place {
		if (!this.#is('[')) return { op: 'place', name };
		this.#take();
		const index = this.#expression();
		this.#expect(']');
		return { op: 'place', name, index };
	}

	/** An assignment or a step behind a variable. */
	#after(target: Place): Expression {
		if (this.#is('++', '--')) return { op: 'step', target, by: this.#take() === '++' ? 1 : -1, post: true };
		if (!this.#is('=', '+=', '-=', '*=', '/=', '%=', '^=')) return target;
		const operator = this.#take().slice(0, -1);
		return { op: 'assign', operator, target, value: this.#expression(RELATION - 1) };
	}

	#call(name: string): Expression {
		this.#take();
		const args: (Expression | string)[] = [];
		while (!this.#is(')')) {
			if (args.length > 0) this.#expect(',');
			if (this.list[this.#at + 1] === '[' && this.list[this.#at + 2] === ']') {
				args.push(this.#take());
				this.#at += 2;
			} else args.push(this.#expression());
		}
		this.#take();
		return { op: 'call', name, args };
	}
}

/**
 * The grammar of mawk (parse.y) by recursive descent: rules, functions and statements; `expressions.ts` has the rest.
 * `print a > b ? c : d` prints to a file. Errors go to `Problems`, and reading goes on at the next statement, as yacc's
 * error productions do.
 */
import { Expressions } from './expressions';
import { SyntaxError } from './reader';
import { resolveCalls } from './resolve';
import { type Problems, Stop } from './scanner';
import type { AwkProgram, Name, Node, Rule, Statement } from './tree';

export function parse(source: string, problems: Problems): AwkProgram | undefined {
	const parser = new Parser(source, problems);
	try {
		const program = parser.program();
		if (problems.messages.length === 0) resolveCalls(parser.calls, problems);
		return problems.messages.length === 0 ? program : undefined;
	} catch (thrown) {
		if (thrown instanceof Stop) return undefined;
		throw thrown;
	}
}

class Parser extends Expressions {
	program(): AwkProgram {
		const begin: Statement[] = [];
		const end: Statement[] = [];
		const rules: Rule[] = [];
		const seen = { begin: false, end: false };
		if (this.is('eof')) this.#attempt(() => this.fail());
		while (!this.is('eof')) {
			this.#attempt(() => {
				if (this.keyword('BEGIN') || this.keyword('END')) {
					const which = this.take().text === 'BEGIN' ? 'begin' : 'end';
					seen[which] = true;
					this.scope = which;
					if (!this.is('{')) this.fail();
					(which === 'begin' ? begin : end).push(...this.#block());
				} else if (this.keyword('function')) this.#function();
				else rules.push(this.#rule());
			});
			this.scope = 'main';
			this.locals = new Map();
		}
		return { begin, end, rules, hasBegin: seen.begin, hasEnd: seen.end, globals: this.globals };
	}

	/** After an error outside of a block the next block is read, then all goes on. */
	#attempt(read: () => void): void {
		try {
			read();
		} catch (thrown) {
			if (!(thrown instanceof SyntaxError)) throw thrown;
			this.scanner.inPrint = this.scanner.inGetline = false;
			this.locals = new Map();
			this.scope = 'main';
			while (!this.is('{')) {
				if (this.is('eof')) throw new Stop();
				this.take();
			}
			this.#attempt(() => this.#block());
		}
	}

	#rule(): Rule {
		if (this.is('{')) return { body: this.#block() };
		const pattern = this.expression();
		let last: Node | undefined;
		if (this.is(',')) {
			this.take();
			last = this.expression();
		}
		const parts = last ? { pattern, last } : { pattern };
		if (this.is('{')) return { ...parts, body: this.#block() };
		this.#separator();
		return parts;
	}

	#function(): void {
		this.take();
		if (!this.is('id') && !this.is('function-id')) this.fail();
		const { text: name, kind } = this.take();
		let func = this.functions.get(name);
		if (kind === 'id') this.problems.add(`illegal reference to variable ${name}`);
		else if (func?.body) this.problems.add(`redefinition of ${name}`);
		func ??= { name, params: [], body: undefined };
		this.functions.set(name, func);
		this.expect('(');
		const params: Name[] = [];
		while (!this.is(')')) {
			const param = this.expect('id').text;
			if (this.locals.has(param)) this.problems.add(`${param} is duplicated in argument list`);
			const local: Name = { name: param, type: 'none', slot: params.length };
			this.locals.set(param, local);
			params.push(local);
			if (!this.is(')')) this.expect(',');
		}
		this.take();
		this.scanner.eatNewlines();
		this.scope = 'function';
		func.params = params;
		func.body = [];
		func.body = this.#block();
	}

	/* ---- statements ---- */

	#block(): Statement[] {
		this.expect('{');
		const body: Statement[] = [];
		let first = true;
		while (!this.is('}')) {
			try {
				if (this.is('eof')) this.fail();
				body.push(this.#statement());
			} catch (thrown) {
				if (!(thrown instanceof SyntaxError)) throw thrown;
				this.recover(first);
			}
			first = false;
		}
		this.take();
		return body;
	}

	#separator(): void {
		if (!this.is(';') && !this.is('nl')) this.fail();
		this.take();
		this.scanner.inPrint = this.scanner.inGetline = false;
	}

	#statement(): Statement {
		if (++this.depth > 200) {
			this.problems.add('yacc stack overflow');
			throw new Stop();
		}
		try {
			const token = this.token;
			if (token.kind === '{') return { kind: 'block', body: this.#block() };
			if (token.kind === ';' || token.kind === 'nl') {
				this.take();
				return { kind: 'empty' };
			}
			const special = token.kind === 'keyword' ? this.#keywordStatement(token.text) : undefined;
			if (special) return special;
			const value = this.expression();
			this.#separator();
			return { kind: 'expression', value };
		} finally {
			this.depth--;
		}
	}

	#keywordStatement(keyword: string): Statement | undefined {
		switch (keyword) {
			case 'print':
			case 'printf':
				return this.#print(keyword);
			case 'if':
				return this.#if();
			case 'while':
				return this.#while();
			case 'do':
				return this.#do();
			case 'for':
				return this.#for();
			case 'delete':
				return this.#delete();
			case 'break':
			case 'continue':
				this.take();
				this.#separator();
				return { kind: keyword };
			case 'next':
			case 'nextfile':
				this.take();
				this.#separator();
				if (this.scope !== 'main') this.problems.add(`improper use of ${keyword}`);
				return { kind: keyword };
			case 'exit':
			case 'return': {
				this.take();
				const value = this.is(';') || this.is('nl') ? undefined : this.expression();
				this.#separator();
				if (keyword === 'return' && this.scope !== 'function') this.problems.add('return outside function body');
				return value ? { kind: keyword, value } : { kind: keyword };
			}
			default:
				return undefined;
		}
	}

	#print(kind: 'print' | 'printf'): Statement {
		this.take();
		this.scanner.inPrint = true;
		let values: readonly Node[] = [];
		const empty = (): boolean => this.is(';') || this.is('nl') || this.is('io-out');
		if (!empty()) {
			const list = [this.#printed()];
			while (this.is(',')) {
				this.take();
				list.push(this.expression());
			}
			values = list.length === 1 && list[0]!.op === 'grouping' ? list[0]!.args : list;
		}
		let redirection = '';
		let target: Node | undefined;
		if (this.is('io-out')) {
			redirection = this.take().text;
			target = this.expression();
		}
		this.#separator();
		if (kind === 'printf' && values.length === 0) this.problems.add('no arguments in call to printf');
		return target ? { kind, values, redirection, target } : { kind, values, redirection };
	}

	/** The first expression of a print: `()` is none. */
	#printed(): Node {
		return this.expression(0, true);
	}

	#condition(): Node {
		this.expect('(');
		const test = this.expression();
		this.#closing();
		return test;
	}

	/** A `)` behind which a line may end. */
	#closing(): void {
		this.expect(')');
		this.scanner.eatNewlines();
	}

	#if(): Statement {
		this.take();
		const test = this.#condition();
		const then = this.#statement();
		if (!this.keyword('else')) return { kind: 'if', test, then };
		this.take();
		this.scanner.eatNewlines();
		return { kind: 'if', test, then, otherwise: this.#statement() };
	}

	#while(): Statement {
		this.take();
		const test = this.#condition();
		return { kind: 'while', test, body: this.#statement() };
	}

	#do(): Statement {
		this.take();
		this.scanner.eatNewlines();
		const body = this.#statement();
		this.expect('keyword', 'while');
		this.expect('(');
		const test = this.expression();
		this.expect(')');
		this.#separator();
		return { kind: 'do', test, body };
	}

	#for(): Statement {
		this.take();
		this.expect('(');
		const first = this.is(';') ? undefined : this.expression();
		if (first?.op === 'in' && this.is(')') && !this.grouped.has(first) && first.args[0]!.op === 'variable') {
			this.#closing();
			const variable = this.reference(first.args[0]!);
			return { kind: 'forIn', variable, array: first.name, body: this.#statement() };
		}
		this.expect(';');
		const test = this.is(';') ? undefined : this.expression();
		this.expect(';');
		const step = this.is(')') ? undefined : this.expression();
		this.#closing();
		const body = this.#statement();
		return { kind: 'for', ...(first && { first }), ...(test && { test }), ...(step && { step }), body };
	}

	#delete(): Statement {
		this.take();
		const array = this.name(this.expect('id').text, 'array');
		if (!this.is('[')) {
			this.#separator();
			return { kind: 'delete', array };
		}
		const index = this.subscript();
		this.#separator();
		return { kind: 'delete', array, index };
	}
}

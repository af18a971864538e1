/**
 * The grammar of mawk (parse.y) by recursive descent, with its precedences: `"a" "b" | getline` reads from `b`, `$NF++`
 * is `$(NF++)`, `print a > b ? c : d` prints to a file. Errors go to `Problems`, and reading goes on at the next
 * statement, as yacc's error productions do.
 *
 * Length: one grammar; its productions call one another, and a cut would run through the middle of them.
 */
import { AwkRegex, AwkRegexError } from './regex';
import { type Problems, Scanner, Stop, type Token, type TokenKind } from './scanner';
import { resolveCalls } from './resolve';
import type { AwkProgram, Call, Func, Name, NameType, Node, Operator, Rule, Statement } from './tree';

class SyntaxError {}

/** arguments: least and most */
export const BUILTINS: Readonly<Record<string, readonly [number, number]>> = {
	length: [0, 1],
	index: [2, 2],
	substr: [2, 3],
	sprintf: [1, 255],
	sin: [1, 1],
	cos: [1, 1],
	atan2: [2, 2],
	exp: [1, 1],
	log: [1, 1],
	int: [1, 1],
	sqrt: [1, 1],
	rand: [0, 0],
	srand: [0, 1],
	close: [1, 1],
	system: [1, 1],
	toupper: [1, 1],
	tolower: [1, 1],
	fflush: [0, 1],
	systime: [0, 0],
	mktime: [1, 1],
	strftime: [0, 3]
};

const WITH_CALLS: ReadonlySet<string> = new Set(['close', 'system', 'fflush', 'systime', 'strftime']);

const ASSIGNMENTS: Readonly<Partial<Record<TokenKind, Operator | ''>>> = {
	'=': '',
	'+=': '+',
	'-=': '-',
	'*=': '*',
	'/=': '/',
	'%=': '%',
	'^=': '^'
};

const ARITHMETIC: Readonly<Partial<Record<TokenKind, number>>> = {
	'+': 10,
	'-': 10,
	'*': 20,
	'/': 20,
	'%': 20,
	'^': 40
};
const UNARY = 30;
const REDIRECTED = 35;

const BINARY: Readonly<Record<string, number>> = {
	'?': 1, '||': 2, '&&': 3, in: 4, match: 5, '==': 6, '!=': 6, '<': 6, '<=': 6, '>': 6, '>=': 6
}; // prettier-ignore

/** What may begin the next part of a concatenation. */
const STARTS: ReadonlySet<TokenKind> = new Set<TokenKind>([
	'number', 'string', 'regex', 'id', 'function-id', 'builtin', 'length', 'field', 'special', '$', '!', '(', 'incdec'
]); // prettier-ignore
const STARTING_KEYWORDS: ReadonlySet<string> = new Set(['getline', 'split', 'match', 'sub', 'gsub']);

const BEFORE_MISSING_PARENTHESIS: ReadonlySet<string> = new Set(['eof', 'nl', ';', '}']);

const REF = { variable: 'variableRef', element: 'elementRef', field: 'fieldRef', special: 'specialRef' } as const;

/** Predefined names, all but the special ones. */
const VARIABLES = ['ARGC', 'FILENAME', 'FNR', 'NR', 'OFS', 'ORS', 'RLENGTH', 'RSTART', 'SUBSEP'];
const ARRAYS = ['ARGV', 'ENVIRON'];

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

class Parser {
	readonly calls: Call[] = [];
	readonly #globals = new Map<string, Name>();
	readonly #functions = new Map<string, Func>();
	readonly #scanner: Scanner;
	#locals = new Map<string, Name>();
	#ahead: Token | undefined;
	#scope: 'begin' | 'end' | 'main' | 'function' = 'main';
	#depth = 0;
	/** nodes that stand in parentheses */
	readonly #grouped = new WeakSet<Node>();

	constructor(
		source: string,
		readonly problems: Problems
	) {
		for (const name of VARIABLES) this.#globals.set(name, { name, type: 'variable' });
		for (const name of ARRAYS) this.#globals.set(name, { name, type: 'array' });
		this.#scanner = new Scanner(source, problems, (name) => {
			if (this.#locals.has(name)) return 'variable';
			if (name in BUILTINS) return 'builtin';
			return this.#functions.has(name) ? 'function' : this.#globals.has(name) ? 'variable' : 'new';
		});
	}

	/* ---- tokens ---- */

	get #token(): Token {
		return (this.#ahead ??= this.#scanner.next());
	}

	#take(): Token {
		const token = this.#token;
		this.#ahead = undefined;
		return token;
	}

	#is(kind: TokenKind, text?: string): boolean {
		return this.#token.kind === kind && (text === undefined || this.#token.text === text);
	}

	#keyword(name: string): boolean {
		return this.#is('keyword', name);
	}

	#expect(kind: TokenKind, text?: string): Token {
		if (!this.#is(kind, text)) this.#fail();
		return this.#take();
	}

	/** The message of yyerror, then out to where reading can go on. */
	#fail(): never {
		const { kind, shown, line } = this.#token;
		const missing = (bracket: string): never => {
			this.problems.add(`missing ${bracket} near ${shown}`, line);
			throw new SyntaxError();
		};
		if (this.#scanner.parentheses > 0 && BEFORE_MISSING_PARENTHESIS.has(kind)) {
			this.#scanner.parentheses = 0;
			missing(')');
		}
		const ends = kind === 'eof' || (kind === 'keyword' && (shown === 'BEGIN' || shown === 'END'));
		if (this.#scanner.braces > 0 && ends) {
			this.#scanner.braces = 0;
			missing('}');
		}
		if (kind === 'unexpected') this.problems.raw(`${line}: unexpected character '${shown}'`);
		else this.problems.add(`syntax error at or near ${shown}`, line);
		throw new SyntaxError();
	}

	/** Skips to the end of a statement. */
	#recover(inBlock: boolean): void {
		this.#scanner.inPrint = this.#scanner.inGetline = false;
		this.#scanner.parentheses = 0;
		for (;;) {
			if (this.#is('eof')) throw new Stop();
			if (inBlock && this.#is('}')) return;
			if (this.#is(';') || this.#is('nl')) {
				this.#take();
				return;
			}
			this.#take();
		}
	}

	/* ---- rules ---- */

	program(): AwkProgram {
		const begin: Statement[] = [];
		const end: Statement[] = [];
		const rules: Rule[] = [];
		const seen = { begin: false, end: false };
		if (this.#is('eof')) this.#attempt(() => this.#fail());
		while (!this.#is('eof')) {
			this.#attempt(() => {
				if (this.#keyword('BEGIN') || this.#keyword('END')) {
					const which = this.#take().text === 'BEGIN' ? 'begin' : 'end';
					seen[which] = true;
					this.#scope = which;
					if (!this.#is('{')) this.#fail();
					(which === 'begin' ? begin : end).push(...this.#block());
				} else if (this.#keyword('function')) this.#function();
				else rules.push(this.#rule());
			});
			this.#scope = 'main';
			this.#locals = new Map();
		}
		return { begin, end, rules, hasBegin: seen.begin, hasEnd: seen.end, globals: this.#globals };
	}

	/** After an error outside of a block the next block is read, then all goes on. */
	#attempt(read: () => void): void {
		try {
			read();
		} catch (thrown) {
			if (!(thrown instanceof SyntaxError)) throw thrown;
			this.#scanner.inPrint = this.#scanner.inGetline = false;
			this.#locals = new Map();
			this.#scope = 'main';
			while (!this.#is('{')) {
				if (this.#is('eof')) throw new Stop();
				this.#take();
			}
			this.#attempt(() => this.#block());
		}
	}

	#rule(): Rule {
		if (this.#is('{')) return { body: this.#block() };
		const pattern = this.#expression();
		let last: Node | undefined;
		if (this.#is(',')) {
			this.#take();
			last = this.#expression();
		}
		const parts = last ? { pattern, last } : { pattern };
		if (this.#is('{')) return { ...parts, body: this.#block() };
		this.#separator();
		return parts;
	}

	#function(): void {
		this.#take();
		if (!this.#is('id') && !this.#is('function-id')) this.#fail();
		const { text: name, kind } = this.#take();
		let func = this.#functions.get(name);
		if (kind === 'id') this.problems.add(`illegal reference to variable ${name}`);
		else if (func?.body) this.problems.add(`redefinition of ${name}`);
		func ??= { name, params: [], body: undefined };
		this.#functions.set(name, func);
		this.#expect('(');
		const params: Name[] = [];
		while (!this.#is(')')) {
			const param = this.#expect('id').text;
			if (this.#locals.has(param)) this.problems.add(`${param} is duplicated in argument list`);
			const local: Name = { name: param, type: 'none', slot: params.length };
			this.#locals.set(param, local);
			params.push(local);
			if (!this.#is(')')) this.#expect(',');
		}
		this.#take();
		this.#scanner.eatNewlines();
		this.#scope = 'function';
		func.params = params;
		func.body = [];
		func.body = this.#block();
	}

	/* ---- statements ---- */

	#block(): Statement[] {
		this.#expect('{');
		const body: Statement[] = [];
		let first = true;
		while (!this.#is('}')) {
			try {
				if (this.#is('eof')) this.#fail();
				body.push(this.#statement());
			} catch (thrown) {
				if (!(thrown instanceof SyntaxError)) throw thrown;
				this.#recover(first);
			}
			first = false;
		}
		this.#take();
		return body;
	}

	#separator(): void {
		if (!this.#is(';') && !this.#is('nl')) this.#fail();
		this.#take();
		this.#scanner.inPrint = this.#scanner.inGetline = false;
	}

	#statement(): Statement {
		if (++this.#depth > 200) {
			this.problems.add('yacc stack overflow');
			throw new Stop();
		}
		try {
			const token = this.#token;
			if (token.kind === '{') return { kind: 'block', body: this.#block() };
			if (token.kind === ';' || token.kind === 'nl') {
				this.#take();
				return { kind: 'empty' };
			}
			const special = token.kind === 'keyword' ? this.#keywordStatement(token.text) : undefined;
			if (special) return special;
			const value = this.#expression();
			this.#separator();
			return { kind: 'expression', value };
		} finally {
			this.#depth--;
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
				this.#take();
				this.#separator();
				return { kind: keyword };
			case 'next':
			case 'nextfile':
				this.#take();
				this.#separator();
				if (this.#scope !== 'main') this.problems.add(`improper use of ${keyword}`);
				return { kind: keyword };
			case 'exit':
			case 'return': {
				this.#take();
				const value = this.#is(';') || this.#is('nl') ? undefined : this.#expression();
				this.#separator();
				if (keyword === 'return' && this.#scope !== 'function') this.problems.add('return outside function body');
				return value ? { kind: keyword, value } : { kind: keyword };
			}
			default:
				return undefined;
		}
	}

	#print(kind: 'print' | 'printf'): Statement {
		this.#take();
		this.#scanner.inPrint = true;
		let values: readonly Node[] = [];
		const empty = (): boolean => this.#is(';') || this.#is('nl') || this.#is('io-out');
		if (!empty()) {
			const list = [this.#printed()];
			while (this.#is(',')) {
				this.#take();
				list.push(this.#expression());
			}
			values = list.length === 1 && list[0]!.op === 'grouping' ? list[0]!.args : list;
		}
		let redirection = '';
		let target: Node | undefined;
		if (this.#is('io-out')) {
			redirection = this.#take().text;
			target = this.#expression();
		}
		this.#separator();
		if (kind === 'printf' && values.length === 0) this.problems.add('no arguments in call to printf');
		return target ? { kind, values, redirection, target } : { kind, values, redirection };
	}

	/** The first expression of a print: `()` is none. */
	#printed(): Node {
		return this.#expression(0, true);
	}

	#condition(): Node {
		this.#expect('(');
		const test = this.#expression();
		this.#closing();
		return test;
	}

	/** A `)` behind which a line may end. */
	#closing(): void {
		this.#expect(')');
		this.#scanner.eatNewlines();
	}

	#if(): Statement {
		this.#take();
		const test = this.#condition();
		const then = this.#statement();
		if (!this.#keyword('else')) return { kind: 'if', test, then };
		this.#take();
		this.#scanner.eatNewlines();
		return { kind: 'if', test, then, otherwise: this.#statement() };
	}

	#while(): Statement {
		this.#take();
		const test = this.#condition();
		return { kind: 'while', test, body: this.#statement() };
	}

	#do(): Statement {
		this.#take();
		this.#scanner.eatNewlines();
		const body = this.#statement();
		this.#expect('keyword', 'while');
		this.#expect('(');
		const test = this.#expression();
		this.#expect(')');
		this.#separator();
		return { kind: 'do', test, body };
	}

	#for(): Statement {
		this.#take();
		this.#expect('(');
		const first = this.#is(';') ? undefined : this.#expression();
		if (first?.op === 'in' && this.#is(')') && !this.#grouped.has(first) && first.args[0]!.op === 'variable') {
			this.#closing();
			const variable = this.#reference(first.args[0]!);
			return { kind: 'forIn', variable, array: first.name, body: this.#statement() };
		}
		this.#expect(';');
		const test = this.#is(';') ? undefined : this.#expression();
		this.#expect(';');
		const step = this.#is(')') ? undefined : this.#expression();
		this.#closing();
		const body = this.#statement();
		return { kind: 'for', ...(first && { first }), ...(test && { test }), ...(step && { step }), body };
	}

	#delete(): Statement {
		this.#take();
		const array = this.#name(this.#expect('id').text, 'array');
		if (!this.#is('[')) {
			this.#separator();
			return { kind: 'delete', array };
		}
		const index = this.#subscript();
		this.#separator();
		return { kind: 'delete', array, index };
	}

	/* ---- names ---- */

	#symbol(text: string): Name {
		const known = this.#locals.get(text) ?? this.#globals.get(text);
		if (known) return known;
		const made: Name = { name: text, type: 'none' };
		this.#globals.set(text, made);
		return made;
	}

	/** A name used as a variable, or as an array: it must not have been the other. */
	#name(text: string, type: Exclude<NameType, 'none'>): Name {
		const name = this.#symbol(text);
		if (name.type === 'none') name.type = type;
		else if (name.type !== type) {
			const local = name.slot === undefined ? '' : 'local ';
			this.problems.add(`illegal reference to ${local}${name.type} ${text}`);
		}
		return name;
	}

	/* ---- expressions ---- */

	#expression(least = 0, allowEmpty = false): Node {
		if (++this.#depth > 200) {
			this.problems.add('yacc stack overflow');
			throw new Stop();
		}
		let left = this.#operand(allowEmpty);
		for (;;) {
			const token = this.#token;
			const operator = token.kind === 'keyword' ? token.text : token.kind;
			const level = BINARY[operator];
			if (level === undefined || level < least || (left.op === 'grouping' && operator !== 'in')) break;
			this.#take();
			left = this.#binary(left, operator, token.text, level);
		}
		this.#depth--;
		return left;
	}

	#binary(left: Node, operator: string, text: string, level: number): Node {
		switch (operator) {
			case '?': {
				const yes = this.#expression();
				this.#expect(':');
				return node({ op: 'conditional' }, [left, yes, this.#expression(level)]);
			}
			case '||':
			case '&&':
				return node({ op: operator === '||' ? 'or' : 'and' }, [left, this.#expression(level + 1)]);
			case 'in': {
				const name = this.#name(this.#expect('id').text, 'array');
				return node({ op: 'in', name }, left.op === 'grouping' ? left.args : [left]);
			}
			case 'match':
				return node({ op: text === '~' ? 'match' : 'notMatch' }, [left, this.#pattern(this.#expression(level + 1))]);
			default:
				return node({ op: 'compare', operator }, [left, this.#expression(level + 1)]);
		}
	}

	/** A concatenation, or an assignment to what stands alone. */
	#operand(allowEmpty: boolean): Node {
		let left = this.#arithmetic(0, allowEmpty);
		const operator = ASSIGNMENTS[this.#token.kind];
		if (
			operator !== undefined &&
			left.op in REF &&
			!(this.#grouped.has(left) && left.op !== 'field' && left.op !== 'special')
		) {
			this.#take();
			return node({ op: 'assign', operator }, [this.#reference(left), this.#expression()]);
		}
		while (this.#startsMore()) left = node({ op: 'concat' }, [left, this.#arithmetic(0)]);
		return left;
	}

	#startsMore(): boolean {
		const { kind, text } = this.#token;
		return kind === 'keyword' ? STARTING_KEYWORDS.has(text) : STARTS.has(kind);
	}

	#arithmetic(least: number, allowEmpty = false): Node {
		if (++this.#depth > 400) {
			this.problems.add('yacc stack overflow');
			throw new Stop();
		}
		let left = this.#primary(allowEmpty);
		for (;;) {
			const { kind } = this.#token;
			if (kind === '|' && REDIRECTED >= least) {
				this.#take();
				this.#expect('keyword', 'getline');
				left = node({ op: 'getline', from: 'pipe' }, [this.#target() ?? WHOLE_RECORD, left]);
				continue;
			}
			const level = ARITHMETIC[kind];
			if (level === undefined || level < least || left.op === 'grouping') break;
			this.#take();
			const right = this.#arithmetic(kind === '^' ? level : level + 1);
			left = node({ op: 'binary', operator: kind as Operator }, [left, right]);
		}
		this.#depth--;
		return left;
	}

	#primary(allowEmpty: boolean): Node {
		const token = this.#token;
		switch (token.kind) {
			case 'number':
				this.#take();
				return node({ op: 'constant', value: token.value }, []);
			case 'string':
				this.#take();
				return node({ op: 'constant', value: token.text }, []);
			case 'regex':
				this.#take();
				return node({ op: 'match0', regex: this.#compile(token.text) }, []);
			case '!':
			case '+':
			case '-': {
				this.#take();
				const op = token.kind === '!' ? 'not' : token.kind === '-' ? 'minus' : 'plus';
				return node({ op }, [this.#arithmetic(UNARY)]);
			}
			case '(':
				return this.#parenthesised(allowEmpty);
			case 'incdec': {
				this.#take();
				const target = this.#target() ?? this.#fail();
				return node({ op: 'increment', step: token.text === '++' ? 1 : -1, post: false }, [target]);
			}
			case 'id':
			case 'field':
			case 'special':
			case '$':
				return this.#postfix(this.#place());
			case 'function-id':
				return this.#call();
			case 'builtin':
				return this.#builtin();
			case 'length':
				this.#take();
				return node({ op: 'builtin', name: 'length' }, []);
			case 'keyword':
				return this.#keywordExpression(token.text);
			default:
				return this.#fail();
		}
	}

	#parenthesised(allowEmpty: boolean): Node {
		this.#take();
		if (allowEmpty && this.#is(')')) {
			this.#take();
			return node({ op: 'grouping' }, []);
		}
		const first = this.#expression();
		if (!this.#is(',')) {
			this.#expect(')');
			this.#grouped.add(first);
			if (first.op === 'field' || first.op === 'special') return this.#postfix(first);
			return first.op === 'variable' || first.op === 'element' ? node({ op: 'value' }, [first]) : first;
		}
		const list = [first];
		while (this.#is(',')) {
			this.#take();
			list.push(this.#expression());
		}
		this.#expect(')');
		if (!this.#keyword('in') && !allowEmpty) this.#fail();
		return node({ op: 'grouping' }, list);
	}

	/** A variable, an element or a field. */
	#place(): Node {
		const token = this.#take();
		switch (token.kind) {
			case 'field':
				return node({ op: 'field' }, [node({ op: 'constant', value: token.value }, [])]);
			case 'special':
				return node({ op: 'special', special: token.text }, []);
			case '$':
				return node({ op: 'field' }, [this.#fieldIndex()]);
			default:
				if (this.#is('[')) {
					const index = this.#subscripts();
					return node({ op: 'element', name: this.#name(token.text, 'array') }, index);
				}
				return node({ op: 'variable', name: this.#name(token.text, 'variable') }, []);
		}
	}

	/** What stands behind a `$`: of a name only that name, else with `++` and `--`. */
	#fieldIndex(): Node {
		const { kind } = this.#token;
		if (kind === 'id') return this.#place();
		if (kind === '-' || kind === '+' || kind === '!') {
			this.#take();
			return node({ op: kind === '!' ? 'not' : kind === '-' ? 'minus' : 'plus' }, [this.#fieldIndex()]);
		}
		return this.#primary(false);
	}

	#postfix(place: Node): Node {
		if (!this.#is('incdec')) return place;
		const step = this.#take().text === '++' ? 1 : -1;
		return node({ op: 'increment', step, post: true }, [this.#reference(place)]);
	}

	/** The same place, to be assigned to. */
	#reference(place: Node): Node {
		const { op } = place;
		if (!(op in REF)) return this.#fail();
		return { ...place, op: REF[op as keyof typeof REF] } as Node;
	}

	/** What getline or ++ is to set, if there is such a thing. */
	#target(): Node | undefined {
		const { kind } = this.#token;
		if (kind !== 'id' && kind !== 'field' && kind !== 'special' && kind !== '$') return undefined;
		return this.#reference(this.#place());
	}

	#subscripts(): Node[] {
		this.#expect('[');
		const list = [this.#expression()];
		while (this.#is(',')) {
			this.#take();
			list.push(this.#expression());
		}
		this.#expect(']');
		return list;
	}

	/** The subscripts of `delete` as one node. */
	#subscript(): Node {
		return node({ op: 'grouping' }, this.#subscripts());
	}

	#arguments(): Node[] {
		this.#expect('(');
		const list: Node[] = [];
		while (!this.#is(')')) {
			list.push(this.#expression());
			if (!this.#is(')')) {
				this.#expect(',');
				if (this.#is(')')) this.#fail();
			}
		}
		this.#take();
		return list;
	}

	#call(): Node {
		const { text, line } = this.#take();
		let callee = this.#functions.get(text);
		if (!callee) this.#functions.set(text, (callee = { name: text, params: [], body: undefined }));
		this.#expect('(');
		const args: Node[] = [];
		while (!this.#is(')')) {
			args.push(this.#callArgument());
			if (!this.#is(')')) {
				this.#expect(',');
				if (this.#is(')')) this.#fail();
			}
		}
		this.#take();
		const call: Call = { line, callee, args };
		this.calls.push(call);
		return { op: 'call', call, args, pure: false };
	}

	/** A bare name may be an array: that is known later. */
	#callArgument(): Node {
		if (!this.#is('id')) return this.#expression();
		const name = this.#symbol(this.#token.text);
		const before = name.type;
		const value = this.#expression();
		if (value.op !== 'variable' || value.name !== name || this.#grouped.has(value)) return value;
		if (before === 'array') this.problems.messages.pop();
		name.type = before;
		return value;
	}

	#builtin(): Node {
		const name = this.#take().text;
		const [least, most] = BUILTINS[name]!;
		if (name === 'length' && this.#is('(')) {
			const whole = this.#lengthOfArray();
			if (whole) return whole;
		}
		const args = this.#arguments();
		if (args.length < least || args.length > most) this.problems.add(`wrong number of arguments in call to ${name}`);
		return node({ op: 'builtin', name }, args, !WITH_CALLS.has(name));
	}

	/** `length(a)`, when `a` is known to be an array. */
	#lengthOfArray(): Node | undefined {
		this.#take();
		const name = this.#is('id') ? this.#symbol(this.#token.text) : undefined;
		if (name?.type === 'array') {
			this.#take();
			if (this.#is(')')) {
				this.#take();
				return node({ op: 'arrayLength', name }, []);
			}
			const element = this.#postfix(node({ op: 'element', name }, this.#subscripts()));
			return node({ op: 'builtin', name: 'length' }, [this.#restOfArgument(element)]);
		}
		if (this.#is(')')) {
			this.#take();
			return node({ op: 'builtin', name: 'length' }, []);
		}
		const value = this.#expression();
		if (!this.#is(')')) this.problems.add('wrong number of arguments in call to length');
		this.#expect(')');
		return node({ op: 'builtin', name: 'length' }, [value]);
	}

	/** More of an expression whose first element has been read. */
	#restOfArgument(first: Node): Node {
		let left = first;
		while (this.#startsMore()) left = node({ op: 'concat' }, [left, this.#arithmetic(0)]);
		this.#expect(')');
		return left;
	}

	#keywordExpression(keyword: string): Node {
		if (keyword === 'getline') {
			this.#take();
			this.#scanner.inGetline = true;
			const target = this.#target() ?? WHOLE_RECORD;
			if (this.#is('io-in')) {
				this.#take();
				return node({ op: 'getline', from: 'file' }, [target, this.#arithmetic(REDIRECTED + 1)]);
			}
			this.#scanner.inGetline = false;
			return node({ op: 'getline', from: 'main' }, [target]);
		}
		if (keyword === 'split' || keyword === 'match' || keyword === 'sub' || keyword === 'gsub') {
			this.#take();
			this.#expect('(');
			const made =
				keyword === 'split' ? this.#split() : keyword === 'match' ? this.#match() : this.#substitute(keyword);
			this.#expect(')');
			return made;
		}
		return this.#fail();
	}

	#split(): Node {
		const text = this.#expression();
		this.#expect(',');
		const name = this.#name(this.#expect('id').text, 'array');
		if (this.#is(')')) return node({ op: 'split', name }, [text]);
		this.#expect(',');
		const separator = this.#expression();
		return node({ op: 'split', name }, [text, separator.op === 'match0' ? this.#pattern(separator) : separator]);
	}

	#match(): Node {
		const text = this.#expression();
		this.#expect(',');
		return node({ op: 'builtin', name: 'match' }, [text, this.#pattern(this.#expression())]);
	}

	#substitute(name: 'sub' | 'gsub'): Node {
		const pattern = this.#pattern(this.#expression());
		this.#expect(',');
		const replacement = this.#expression();
		let target: Node = WHOLE_RECORD;
		if (this.#is(',')) {
			this.#take();
			target = this.#target() ?? this.#fail();
		}
		return node({ op: 'builtin', name }, [pattern, replacement, target]);
	}

	/** A regular expression where a pattern is wanted is not matched with $0. */
	#pattern(value: Node): Node {
		if (value.op === 'match0') return node({ op: 'regex', regex: value.regex }, []);
		if (value.op === 'constant' && typeof value.value === 'string')
			return node({ op: 'regex', regex: this.#compile(value.value) }, []);
		return value;
	}

	#compile(pattern: string): AwkRegex {
		try {
			return new AwkRegex(pattern);
		} catch (thrown) {
			if (!(thrown instanceof AwkRegexError)) throw thrown;
			this.problems.add(`regular expression compile failed (${thrown.message})\n${pattern}`);
			return new AwkRegex('');
		}
	}
}

type Shape<T> = T extends unknown ? Omit<T, 'args' | 'pure'> : never;

function node(shape: Shape<Node>, args: readonly Node[], pure = true): Node {
	const own = shape.op !== 'getline' && shape.op !== 'call' && pure;
	return { ...shape, args, pure: own && args.every((arg) => arg.pure) } as Node;
}

const WHOLE_RECORD: Node = node({ op: 'fieldRef' }, [node({ op: 'constant', value: 0 }, [])]);

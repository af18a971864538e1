/**
 * Arithmetic evaluation: the grammar of bash's expr.c, which evaluates while it reads, so its errors name the same token.
 *
 * Does: integers of 64 bits with wrap-around, all C operators and **, bases, variables whose values are expressions.
 * Reads and writes variables through `ArithmeticVariables`; parameter expansion has happened before.
 * Trusts: nothing; recursion is bounded as in bash (1024 levels).
 */
export interface ArithmeticVariables {
	/** @param subscript as written, or undefined; @returns undefined when unset (and that is allowed) */
	get(name: string, subscript: string | undefined): string | undefined;
	set(name: string, subscript: string | undefined, value: string): void;
}

/** The message without the shell's prefix: `1/0: division by 0 (error token is "0")` */
export class ArithmeticError {
	constructor(readonly message: string) {}
}

const RECURSION_MAX = 1024;
const OPERATORS = [
	'<<=',
	'>>=',
	'&&',
	'||',
	'==',
	'!=',
	'<=',
	'>=',
	'<<',
	'>>',
	'**',
	'*=',
	'/=',
	'%=',
	'+=',
	'-=',
	'&=',
	'^=',
	'|='
];
const SINGLE = '=><+-*/%!()&|^~?:,';

type Kind =
	'end' | 'number' | 'name' | 'operator' | 'preincrement' | 'predecrement' | 'postincrement' | 'postdecrement';

interface Token {
	kind: Kind;
	/** the operator, or the variable's name */
	text: string;
	subscript: string | undefined;
	value: bigint;
}

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
const END: Token = { kind: 'end', text: '', subscript: undefined, value: 0n };

export function evaluate(expression: string, variables: ArithmeticVariables, depth = 0): bigint {
	if (/^[ \t\n]*$/.test(expression)) return 0n;
	if (/^[1-9][0-9]{0,17}$|^0$/.test(expression)) return BigInt(expression);
	return new Evaluator(expression, variables, depth).all();
}

class Evaluator {
	#at = 0;
	/** where the newest token starts: what an error shows */
	#start = 0;
	/** behind the newest token */
	#behind = 0;
	#token: Token = END;
	#last: Kind = 'end';
	#skip = 0;

	constructor(
		readonly expression: string,
		readonly variables: ArithmeticVariables,
		readonly depth: number
	) {
		if (depth > RECURSION_MAX) this.#fail('expression recursion level exceeded');
	}

	all(): bigint {
		this.#read();
		const value = this.#comma();
		if (this.#token.kind !== 'end') this.#fail('syntax error in expression');
		return value;
	}

	#fail(message: string, from = this.#start, to = this.expression.length): never {
		const expression = this.expression.slice(0, to);
		throw new ArithmeticError(
			`${expression.replace(/^[ \t]+/, '')}: ${message} (error token is "${expression.slice(from)}")`
		);
	}

	/* ---- tokens ---- */

	#read(): void {
		const { expression } = this;
		let at = this.#at;
		while (at < expression.length && ' \t\n'.includes(expression[at]!)) at++;
		const before = this.#token.kind;
		if (at >= expression.length) {
			this.#last = before;
			this.#token = END;
			this.#at = this.#behind = at;
			return;
		}
		this.#start = at;
		const c = expression[at]!;
		if (/[A-Za-z_]/.test(c)) this.#readName(at);
		else if (/[0-9]/.test(c)) {
			const digits = /^[0-9A-Za-z_@#]+/.exec(expression.slice(at))![0];
			this.#at = at + digits.length;
			const value = this.#number(digits);
			this.#last = before;
			this.#token = { kind: 'number', text: digits, subscript: undefined, value };
		} else this.#readOperator(at, c);
		this.#behind = this.#at;
	}

	#readName(at: number): void {
		const { expression } = this;
		const before = this.#token.kind;
		const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(expression.slice(at))![0];
		let end = at + name.length;
		let subscript: string | undefined;
		if (expression[end] === '[') {
			let depth = 0;
			let close = end;
			for (; close < expression.length; close++) {
				if (expression[close] === '[') depth++;
				else if (expression[close] === ']' && --depth === 0) break;
			}
			if (close >= expression.length) this.#fail('bad array subscript');
			subscript = expression.slice(end + 1, close);
			end = close + 1;
		}
		this.#at = end;
		while (end < expression.length && ' \t\n'.includes(expression[end]!)) end++;
		const assigned = expression[end] === '=' && expression[end + 1] !== '=';
		let value = 0n;
		if (before === 'preincrement' || before === 'predecrement' || !assigned) value = this.#variable(name, subscript);
		this.#last = before;
		this.#token = { kind: 'name', text: name, subscript, value };
	}

	#variable(name: string, subscript: string | undefined): bigint {
		if (this.#skip > 0) return 0n;
		const value = this.variables.get(name, subscript);
		return value === undefined || value === '' ? 0n : evaluate(value, this.variables, this.depth + 1);
	}

	#readOperator(at: number, c: string): void {
		const { expression } = this;
		const before = this.#token.kind;
		const operator = (text: string, kind: Kind = 'operator') => {
			this.#at = at + text.length;
			this.#last = before;
			this.#token = { kind, text, subscript: undefined, value: 0n };
		};
		if ((c === '+' || c === '-') && expression[at + 1] === c) {
			const plus = c === '+';
			if (before === 'name') return operator(c + c, plus ? 'postincrement' : 'postdecrement');
			if (before === 'number' && (this.#last === 'preincrement' || this.#last === 'predecrement'))
				this.#fail(`${c}${c}: assignment requires lvalue`);
			if (/^[ \t\n]*[A-Za-z_]/.test(expression.slice(at + 2)))
				return operator(c + c, plus ? 'preincrement' : 'predecrement');
			return operator(c);
		}
		for (const candidate of OPERATORS) if (expression.startsWith(candidate, at)) return operator(candidate);
		if (SINGLE.includes(c)) return operator(c);
		this.#at = at;
		if (before === 'end' || before === 'operator') this.#fail('syntax error: operand expected');
		this.#fail('syntax error: invalid arithmetic operator');
	}

	#number(digits: string): bigint {
		// The message ends with the number: bash cuts the expression there while it reads it.
		const bad = (message: string): never => this.#fail(message, this.#start, this.#start + digits.length);
		let base = 10n;
		let value = 0n;
		let at = 0;
		let based = false;
		if (digits[0] === '0' && digits.length > 1) {
			if (digits[1] === 'x' || digits[1] === 'X') {
				base = 16n;
				at = 2;
			} else {
				base = 8n;
				at = 1;
			}
			based = true;
		}
		for (; at < digits.length; at++) {
			const c = digits[at]!;
			if (c === '#') {
				if (based) bad('invalid number');
				if (value < 2n || value > 64n) bad('invalid arithmetic base');
				base = value;
				value = 0n;
				based = true;
				if (at + 1 >= digits.length) bad('invalid integer constant');
				continue;
			}
			const digit = digitValue(c, base);
			if (digit < 0n || digit >= base) bad('value too great for base');
			value = wrap(value * base + digit);
		}
		return value;
	}

	/* ---- grammar, loosest first ---- */

	#is(...operators: readonly string[]): boolean {
		return this.#token.kind === 'operator' && operators.includes(this.#token.text);
	}

	#comma(): bigint {
		let value = this.#assignment();
		while (this.#is(',')) {
			this.#read();
			value = this.#assignment();
		}
		return value;
	}

	/** the name that was read last, for an assignment */
	#target: Token | null = null;

	#assignment(): bigint {
		let value = this.#conditional();
		if (this.#token.kind !== 'operator' || !/^(?:[*/%+\-&^|]|<<|>>)?=$/.test(this.#token.text)) return value;
		const operator = this.#token.text.slice(0, -1);
		const target = this.#target;
		if (this.#last !== 'name' || target === null) this.#fail('attempted assignment to non-variable');
		this.#read();
		let right = this.#assignment();
		if (operator !== '') {
			if ((operator === '/' || operator === '%') && right === 0n) {
				if (this.#skip === 0) this.#fail('division by 0');
				right = 1n;
			}
			right = this.#binary(operator, value, right);
		}
		value = right;
		this.#assign(target, value);
		this.#target = null;
		return value;
	}

	#assign(target: Token, value: bigint): void {
		if (this.#skip === 0) this.variables.set(target.text, target.subscript, value.toString());
	}

	#conditional(): bigint {
		const condition = this.#logicalOr();
		if (!this.#is('?')) return condition;
		const chosen = condition !== 0n;
		this.#read();
		if (this.#token.kind === 'end' || this.#is(':')) this.#fail('expression expected');
		const first = this.#skipping(!chosen, () => this.#comma());
		if (!this.#is(':')) this.#fail("`:' expected for conditional expression");
		const second = this.#skipping(chosen, () => {
			this.#read();
			if (this.#token.kind === 'end') this.#fail('expression expected');
			return this.#conditional();
		});
		this.#last = 'operator';
		return chosen ? first : second;
	}

	#skipping(skip: boolean, evaluateIt: () => bigint): bigint {
		if (skip) this.#skip++;
		const value = evaluateIt();
		if (skip) this.#skip--;
		return value;
	}

	#logicalOr(): bigint {
		let left = this.#logicalAnd();
		while (this.#is('||')) {
			const right = this.#skipping(left !== 0n, () => {
				this.#read();
				return this.#logicalAnd();
			});
			left = left !== 0n || right !== 0n ? 1n : 0n;
			this.#last = 'operator';
		}
		return left;
	}

	#logicalAnd(): bigint {
		let left = this.#level(0);
		while (this.#is('&&')) {
			const right = this.#skipping(left === 0n, () => {
				this.#read();
				return this.#level(0);
			});
			left = left !== 0n && right !== 0n ? 1n : 0n;
			this.#last = 'operator';
		}
		return left;
	}

	/** The left-associative binary operators by precedence. */
	static readonly #LEVELS: readonly (readonly string[])[] = [
		['|'],
		['^'],
		['&'],
		['==', '!='],
		['<=', '>=', '<', '>'],
		['<<', '>>'],
		['+', '-'],
		['*', '/', '%']
	];

	#level(level: number): bigint {
		const operators = Evaluator.#LEVELS[level];
		if (operators === undefined) return this.#power();
		let left = this.#level(level + 1);
		while (this.#is(...operators)) {
			const operator = this.#token.text;
			const operandAt = this.#behind;
			this.#read();
			let right = this.#level(level + 1);
			if ((operator === '/' || operator === '%') && right === 0n) {
				if (this.#skip === 0) {
					let from = operandAt;
					while (' \t\n'.includes(this.expression[from] ?? 'x')) from++;
					this.#fail('division by 0', from);
				}
				right = 1n;
			}
			left = this.#binary(operator, left, right);
			this.#last = 'number';
		}
		return left;
	}

	#binary(operator: string, left: bigint, right: bigint): bigint {
		switch (operator) {
			case '|':
				return left | right;
			case '^':
				return left ^ right;
			case '&':
				return left & right;
			case '==':
				return left === right ? 1n : 0n;
			case '!=':
				return left !== right ? 1n : 0n;
			case '<=':
				return left <= right ? 1n : 0n;
			case '>=':
				return left >= right ? 1n : 0n;
			case '<':
				return left < right ? 1n : 0n;
			case '>':
				return left > right ? 1n : 0n;
			case '<<':
				return wrap(left << (right & 63n));
			case '>>':
				return left >> (right & 63n);
			case '+':
				return wrap(left + right);
			case '-':
				return wrap(left - right);
			case '*':
				return wrap(left * right);
			case '/':
				return wrap(left / right);
			default:
				return wrap(left % right);
		}
	}

	#power(): bigint {
		const base = this.#unary();
		if (!this.#is('**')) return base;
		this.#read();
		const exponent = this.#power();
		this.#last = 'number';
		if (exponent < 0n) this.#fail('exponent less than 0');
		let result = 1n;
		let square = base;
		for (let left = exponent; left > 0n; left >>= 1n) {
			if (left & 1n) result = wrap(result * square);
			square = wrap(square * square);
		}
		return result;
	}

	#unary(): bigint {
		if (!this.#is('!', '~', '-', '+')) return this.#primary();
		const operator = this.#token.text;
		this.#read();
		const value = this.#unary();
		this.#last = 'number';
		switch (operator) {
			case '!':
				return value === 0n ? 1n : 0n;
			case '~':
				return ~value;
			case '-':
				return wrap(-value);
			default:
				return value;
		}
	}

	#primary(): bigint {
		const token = this.#token;
		if (token.kind === 'preincrement' || token.kind === 'predecrement') {
			this.#read();
			if (this.#token.kind !== 'name') this.#fail('identifier expected after pre-increment or pre-decrement');
			const value = wrap(this.#token.value + (token.kind === 'preincrement' ? 1n : -1n));
			this.#assign(this.#token, value);
			this.#token = { ...this.#token, kind: 'number' };
			this.#read();
			return value;
		}
		if (this.#is('(')) {
			this.#read();
			const value = this.#comma();
			if (!this.#is(')')) this.#fail("missing `)'");
			this.#read();
			return value;
		}
		if (token.kind === 'number') {
			this.#read();
			return token.value;
		}
		if (token.kind !== 'name') this.#fail('syntax error: operand expected');
		this.#read();
		const after = this.#token.kind;
		if (after === 'postincrement' || after === 'postdecrement') {
			this.#assign(token, wrap(token.value + (after === 'postincrement' ? 1n : -1n)));
			this.#token = { ...this.#token, kind: 'number' };
			this.#read();
		} else {
			this.#target = token;
			this.#last = 'name';
		}
		return token.value;
	}
}

function digitValue(c: string, base: bigint): bigint {
	if (c >= '0' && c <= '9') return BigInt(c.charCodeAt(0) - 48);
	if (c >= 'a' && c <= 'z') return BigInt(c.charCodeAt(0) - 87);
	if (c >= 'A' && c <= 'Z') return BigInt(c.charCodeAt(0) - (base <= 36n ? 55 : 29));
	if (c === '@') return 62n;
	if (c === '_') return 63n;
	return -1n;
}

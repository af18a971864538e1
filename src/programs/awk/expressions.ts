/**
 * The expressions of mawk's grammar (parse.y) with its precedences: `"a" "b" | getline` reads from `b`, `$NF++` is
 * `$(NF++)`. An expression never contains a statement, so this half knows nothing of the other.
 */
import { BUILTINS, WITH_CALLS } from './arity';
import { Reader } from './reader';
import { AwkRegex, AwkRegexError } from './regex';
import { Stop, type TokenKind } from './scanner';
import type { Call, Node, Operator } from './tree';

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

const REF = { variable: 'variableRef', element: 'elementRef', field: 'fieldRef', special: 'specialRef' } as const;

export class Expressions extends Reader {
	protected expression(least = 0, allowEmpty = false): Node {
		if (++this.depth > 200) {
			this.problems.add('yacc stack overflow');
			throw new Stop();
		}
		let left = this.#operand(allowEmpty);
		for (;;) {
			const token = this.token;
			const operator = token.kind === 'keyword' ? token.text : token.kind;
			const level = BINARY[operator];
			if (level === undefined || level < least || (left.op === 'grouping' && operator !== 'in')) break;
			this.take();
			left = this.#binary(left, operator, token.text, level);
		}
		this.depth--;
		return left;
	}

	#binary(left: Node, operator: string, text: string, level: number): Node {
		switch (operator) {
			case '?': {
				const yes = this.expression();
				this.expect(':');
				return node({ op: 'conditional' }, [left, yes, this.expression(level)]);
			}
			case '||':
			case '&&':
				return node({ op: operator === '||' ? 'or' : 'and' }, [left, this.expression(level + 1)]);
			case 'in': {
				const name = this.name(this.expect('id').text, 'array');
				return node({ op: 'in', name }, left.op === 'grouping' ? left.args : [left]);
			}
			case 'match':
				return node({ op: text === '~' ? 'match' : 'notMatch' }, [left, this.#pattern(this.expression(level + 1))]);
			default:
				return node({ op: 'compare', operator }, [left, this.expression(level + 1)]);
		}
	}

	/** A concatenation, or an assignment to what stands alone. */
	#operand(allowEmpty: boolean): Node {
		let left = this.#arithmetic(0, allowEmpty);
		const operator = ASSIGNMENTS[this.token.kind];
		if (
			operator !== undefined &&
			left.op in REF &&
			!(this.grouped.has(left) && left.op !== 'field' && left.op !== 'special')
		) {
			this.take();
			return node({ op: 'assign', operator }, [this.reference(left), this.expression()]);
		}
		while (this.#startsMore()) left = node({ op: 'concat' }, [left, this.#arithmetic(0)]);
		return left;
	}

	#startsMore(): boolean {
		const { kind, text } = this.token;
		return kind === 'keyword' ? STARTING_KEYWORDS.has(text) : STARTS.has(kind);
	}

	#arithmetic(least: number, allowEmpty = false): Node {
		if (++this.depth > 400) {
			this.problems.add('yacc stack overflow');
			throw new Stop();
		}
		let left = this.#primary(allowEmpty);
		for (;;) {
			const { kind } = this.token;
			if (kind === '|' && REDIRECTED >= least) {
				this.take();
				this.expect('keyword', 'getline');
				left = node({ op: 'getline', from: 'pipe' }, [this.#target() ?? WHOLE_RECORD, left]);
				continue;
			}
			const level = ARITHMETIC[kind];
			if (level === undefined || level < least || left.op === 'grouping') break;
			this.take();
			const right = this.#arithmetic(kind === '^' ? level : level + 1);
			left = node({ op: 'binary', operator: kind as Operator }, [left, right]);
		}
		this.depth--;
		return left;
	}

	#primary(allowEmpty: boolean): Node {
		const token = this.token;
		switch (token.kind) {
			case 'number':
				this.take();
				return node({ op: 'constant', value: token.value }, []);
			case 'string':
				this.take();
				return node({ op: 'constant', value: token.text }, []);
			case 'regex':
				this.take();
				return node({ op: 'match0', regex: this.#compile(token.text) }, []);
			case '!':
			case '+':
			case '-': {
				this.take();
				const op = token.kind === '!' ? 'not' : token.kind === '-' ? 'minus' : 'plus';
				return node({ op }, [this.#arithmetic(UNARY)]);
			}
			case '(':
				return this.#parenthesised(allowEmpty);
			case 'incdec': {
				this.take();
				const target = this.#target() ?? this.fail();
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
				this.take();
				return node({ op: 'builtin', name: 'length' }, []);
			case 'keyword':
				return this.#keywordExpression(token.text);
			default:
				return this.fail();
		}
	}

	#parenthesised(allowEmpty: boolean): Node {
		this.take();
		if (allowEmpty && this.is(')')) {
			this.take();
			return node({ op: 'grouping' }, []);
		}
		const first = this.expression();
		if (!this.is(',')) {
			this.expect(')');
			this.grouped.add(first);
			if (first.op === 'field' || first.op === 'special') return this.#postfix(first);
			return first.op === 'variable' || first.op === 'element' ? node({ op: 'value' }, [first]) : first;
		}
		const list = [first];
		while (this.is(',')) {
			this.take();
			list.push(this.expression());
		}
		this.expect(')');
		if (!this.keyword('in') && !allowEmpty) this.fail();
		return node({ op: 'grouping' }, list);
	}

	/** A variable, an element or a field. */
	#place(): Node {
		const token = this.take();
		switch (token.kind) {
			case 'field':
				return node({ op: 'field' }, [node({ op: 'constant', value: token.value }, [])]);
			case 'special':
				return node({ op: 'special', special: token.text }, []);
			case '$':
				return node({ op: 'field' }, [this.#fieldIndex()]);
			default:
				if (this.is('[')) {
					const index = this.#subscripts();
					return node({ op: 'element', name: this.name(token.text, 'array') }, index);
				}
				return node({ op: 'variable', name: this.name(token.text, 'variable') }, []);
		}
	}

	/** What stands behind a `$`: of a name only that name, else with `++` and `--`. */
	#fieldIndex(): Node {
		const { kind } = this.token;
		if (kind === 'id') return this.#place();
		if (kind === '-' || kind === '+' || kind === '!') {
			this.take();
			return node({ op: kind === '!' ? 'not' : kind === '-' ? 'minus' : 'plus' }, [this.#fieldIndex()]);
		}
		return this.#primary(false);
	}

	#postfix(place: Node): Node {
		if (!this.is('incdec')) return place;
		const step = this.take().text === '++' ? 1 : -1;
		return node({ op: 'increment', step, post: true }, [this.reference(place)]);
	}

	/** The same place, to be assigned to. */
	protected reference(place: Node): Node {
		const { op } = place;
		if (!(op in REF)) return this.fail();
		return { ...place, op: REF[op as keyof typeof REF] } as Node;
	}

	/** What getline or ++ is to set, if there is such a thing. */
	#target(): Node | undefined {
		const { kind } = this.token;
		if (kind !== 'id' && kind !== 'field' && kind !== 'special' && kind !== '$') return undefined;
		return this.reference(this.#place());
	}

	#subscripts(): Node[] {
		this.expect('[');
		const list = [this.expression()];
		while (this.is(',')) {
			this.take();
			list.push(this.expression());
		}
		this.expect(']');
		return list;
	}

	/** The subscripts of `delete` as one node. */
	protected subscript(): Node {
		return node({ op: 'grouping' }, this.#subscripts());
	}

	#arguments(): Node[] {
		this.expect('(');
		const list: Node[] = [];
		while (!this.is(')')) {
			list.push(this.expression());
			if (!this.is(')')) {
				this.expect(',');
				if (this.is(')')) this.fail();
			}
		}
		this.take();
		return list;
	}

	#call(): Node {
		const { text, line } = this.take();
		let callee = this.functions.get(text);
		if (!callee) this.functions.set(text, (callee = { name: text, params: [], body: undefined }));
		this.expect('(');
		const args: Node[] = [];
		while (!this.is(')')) {
			args.push(this.#callArgument());
			if (!this.is(')')) {
				this.expect(',');
				if (this.is(')')) this.fail();
			}
		}
		this.take();
		const call: Call = { line, callee, args };
		this.calls.push(call);
		return { op: 'call', call, args, pure: false };
	}

	/** A bare name may be an array: that is known later. */
	#callArgument(): Node {
		if (!this.is('id')) return this.expression();
		const name = this.symbol(this.token.text);
		const before = name.type;
		const value = this.expression();
		if (value.op !== 'variable' || value.name !== name || this.grouped.has(value)) return value;
		if (before === 'array') this.problems.messages.pop();
		name.type = before;
		return value;
	}

	#builtin(): Node {
		const name = this.take().text;
		const [least, most] = BUILTINS[name]!;
		if (name === 'length' && this.is('(')) {
			const whole = this.#lengthOfArray();
			if (whole) return whole;
		}
		const args = this.#arguments();
		if (args.length < least || args.length > most) this.problems.add(`wrong number of arguments in call to ${name}`);
		return node({ op: 'builtin', name }, args, !WITH_CALLS.has(name));
	}

	/** `length(a)`, when `a` is known to be an array. */
	#lengthOfArray(): Node | undefined {
		this.take();
		const name = this.is('id') ? this.symbol(this.token.text) : undefined;
		if (name?.type === 'array') {
			this.take();
			if (this.is(')')) {
				this.take();
				return node({ op: 'arrayLength', name }, []);
			}
			const element = this.#postfix(node({ op: 'element', name }, this.#subscripts()));
			return node({ op: 'builtin', name: 'length' }, [this.#restOfArgument(element)]);
		}
		if (this.is(')')) {
			this.take();
			return node({ op: 'builtin', name: 'length' }, []);
		}
		const value = this.expression();
		if (!this.is(')')) this.problems.add('wrong number of arguments in call to length');
		this.expect(')');
		return node({ op: 'builtin', name: 'length' }, [value]);
	}

	/** More of an expression whose first element has been read. */
	#restOfArgument(first: Node): Node {
		let left = first;
		while (this.#startsMore()) left = node({ op: 'concat' }, [left, this.#arithmetic(0)]);
		this.expect(')');
		return left;
	}

	#keywordExpression(keyword: string): Node {
		if (keyword === 'getline') {
			this.take();
			this.scanner.inGetline = true;
			const target = this.#target() ?? WHOLE_RECORD;
			if (this.is('io-in')) {
				this.take();
				return node({ op: 'getline', from: 'file' }, [target, this.#arithmetic(REDIRECTED + 1)]);
			}
			this.scanner.inGetline = false;
			return node({ op: 'getline', from: 'main' }, [target]);
		}
		if (keyword === 'split' || keyword === 'match' || keyword === 'sub' || keyword === 'gsub') {
			this.take();
			this.expect('(');
			const made =
				keyword === 'split' ? this.#split() : keyword === 'match' ? this.#match() : this.#substitute(keyword);
			this.expect(')');
			return made;
		}
		return this.fail();
	}

	#split(): Node {
		const text = this.expression();
		this.expect(',');
		const name = this.name(this.expect('id').text, 'array');
		if (this.is(')')) return node({ op: 'split', name }, [text]);
		this.expect(',');
		const separator = this.expression();
		return node({ op: 'split', name }, [text, separator.op === 'match0' ? this.#pattern(separator) : separator]);
	}

	#match(): Node {
		const text = this.expression();
		this.expect(',');
		return node({ op: 'builtin', name: 'match' }, [text, this.#pattern(this.expression())]);
	}

	#substitute(name: 'sub' | 'gsub'): Node {
		const pattern = this.#pattern(this.expression());
		this.expect(',');
		const replacement = this.expression();
		let target: Node = WHOLE_RECORD;
		if (this.is(',')) {
			this.take();
			target = this.#target() ?? this.fail();
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

/**
 * bc(1), GNU bc 1.07.1: reads statements from files and standard input and runs each when its line is complete.
 *
 * Not simulated: read(), `limits`, the byte address (adr) in run-time messages, which is shown as 0.
 */
import { O, type Main, type Sys } from '#kernel/syscalls';
import { LineReader, print, printError, STDIN } from '../libc/stdio';
import { decode } from '../libc/text';
import { errnoOf, strerror } from '../libc/strerror';
import { close, open, preempt } from '../libc/unistd';
import { LIBRARY } from './library';
import * as n from './number';
import { type Expression, Incomplete, parseProgram, SyntaxProblem, type Statement } from './parser';

class RunError {
	constructor(readonly message: string) {}
}
class Quit {}

type Outcome = 'normal' | 'break' | 'continue' | { readonly value: n.Num };
type Func = Extract<Statement, { kind: 'define' }>;

const STEPS_PER_TURN = 500;
const MOST_CALLS = 500;
const MOST_DIGITS = 100_000;
const LINE = 70;

class Calculator {
	readonly #variables = new Map<string, n.Num>();
	readonly #arrays = new Map<string, Map<number, n.Num>>();
	readonly #functions = new Map<string, Func>();
	readonly #special = new Map<string, n.Num>([['scale', n.ZERO], ['ibase', n.whole(10)], ['obase', n.whole(10)], ['last', n.ZERO]]); // prettier-ignore
	#inside = '(main)';
	#calls = 0;
	#steps = 0;
	#column = 0;
	#out = '';

	get scale(): number {
		return Number(this.#special.get('scale')!.value);
	}

	set scale(value: number) {
		this.#special.set('scale', n.whole(value));
	}

	*flush(): Sys<void> {
		const text = this.#out;
		this.#out = '';
		yield* print(text);
	}

	/** Runs what one line completed; an error ends it with a message. */
	*run(statements: readonly Statement[]): Sys<void> {
		try {
			for (const statement of statements) yield* this.#execute(statement);
		} catch (thrown) {
			if (!(thrown instanceof RunError)) {
				yield* this.flush();
				throw thrown;
			}
			yield* this.flush();
			yield* printError(`Runtime error (func=${this.#inside}, adr=0): ${thrown.message}\n`);
			this.#inside = '(main)';
			this.#calls = 0;
		}
		yield* this.flush();
	}

	#write(text: string): void {
		for (const character of text) {
			if (character === '\n') this.#column = 0;
			else if (++this.#column === LINE) {
				this.#out += '\\\n';
				this.#column = 1;
			}
			this.#out += character;
		}
	}

	#show(value: n.Num): void {
		this.#special.set('last', value);
		this.#write(n.format(value, Number(this.#special.get('obase')!.value)));
	}

	*#execute(statement: Statement): Sys<Outcome> {
		if (++this.#steps % STEPS_PER_TURN === 0) yield* preempt();
		switch (statement.kind) {
			case 'expression': {
				const value = yield* this.#evaluate(statement.value);
				if (!statement.silent) {
					this.#show(value);
					this.#write('\n');
				}
				return 'normal';
			}
			case 'string':
				this.#out += statement.text;
				return 'normal';
			case 'print':
				for (const item of statement.items) {
					if (typeof item === 'string') this.#out += unescape(item);
					else this.#show(yield* this.#evaluate(item));
				}
				return 'normal';
			case 'block':
				for (const inner of statement.body) {
					const outcome = yield* this.#execute(inner);
					if (outcome !== 'normal') return outcome;
				}
				return 'normal';
			case 'if':
				if ((yield* this.#evaluate(statement.test)).value !== 0n) return yield* this.#execute(statement.then);
				return statement.otherwise ? yield* this.#execute(statement.otherwise) : 'normal';
			case 'for':
				return yield* this.#loop(statement);
			case 'return':
				return { value: statement.value ? yield* this.#evaluate(statement.value) : n.ZERO };
			case 'define':
				this.#functions.set(statement.name, statement);
				return 'normal';
			case 'quit':
				throw new Quit();
			default:
				return statement.kind;
		}
	}

	*#loop(loop: Extract<Statement, { kind: 'for' }>): Sys<Outcome> {
		if (loop.first) yield* this.#evaluate(loop.first);
		while (!loop.test || (yield* this.#evaluate(loop.test)).value !== 0n) {
			const outcome = yield* this.#execute(loop.body);
			if (outcome === 'break') break;
			if (typeof outcome === 'object') return outcome;
			if (loop.step) yield* this.#evaluate(loop.step);
			if (this.#out.length > 4096) yield* this.flush();
		}
		return 'normal';
	}

	*#evaluate(node: Expression): Sys<n.Num> {
		if (++this.#steps % STEPS_PER_TURN === 0) yield* preempt();
		switch (node.op) {
			case 'number':
				return n.parse(node.text, Number(this.#special.get('ibase')!.value));
			case 'place':
				return this.#get(node.name, node.index && (yield* this.#evaluate(node.index)));
			case 'assign': {
				const index = node.target.index && (yield* this.#evaluate(node.target.index));
				const value = yield* this.#evaluate(node.value);
				const result =
					node.operator === '' ? value : this.#binary(node.operator, this.#get(node.target.name, index), value);
				yield* this.#set(node.target.name, index, result);
				return result;
			}
			case 'step': {
				const index = node.target.index && (yield* this.#evaluate(node.target.index));
				const before = this.#get(node.target.name, index);
				const after = n.add(before, n.ONE, node.by === 1 ? 1n : -1n);
				yield* this.#set(node.target.name, index, after);
				return node.post ? before : after;
			}
			case 'negate': {
				const value = yield* this.#evaluate(node.value);
				return { value: -value.value, scale: value.scale };
			}
			case 'not':
				return (yield* this.#evaluate(node.value)).value === 0n ? n.ONE : n.ZERO;
			case 'binary':
				return this.#binary(node.operator, yield* this.#evaluate(node.left), yield* this.#evaluate(node.right));
			case 'function':
				return this.#function(node.name, yield* this.#evaluate(node.value));
			case 'call':
				return yield* this.#call(node);
		}
	}

	#get(name: string, index: n.Num | undefined): n.Num {
		if (index) return this.#array(name).get(Number(n.rescale(index, 0))) ?? n.ZERO;
		return this.#special.get(name) ?? this.#variables.get(name) ?? n.ZERO;
	}

	#array(name: string): Map<number, n.Num> {
		let array = this.#arrays.get(name);
		if (!array) this.#arrays.set(name, (array = new Map()));
		return array;
	}

	*#set(name: string, index: n.Num | undefined, value: n.Num): Sys<void> {
		if (index) {
			const at = Number(n.rescale(index, 0));
			if (at < 0 || at > 16_777_215) throw new RunError(`Array ${name} subscript out of bounds.`);
			this.#array(name).set(at, value);
		} else if (this.#special.has(name)) this.#special.set(name, yield* this.#limited(name, value));
		else this.#variables.set(name, value);
	}

	/** scale, ibase and obase hold whole numbers within limits. */
	*#limited(name: string, value: n.Num): Sys<n.Num> {
		if (name === 'last') return value;
		const number = Number(n.rescale(value, 0));
		const [least, most] = name === 'scale' ? [0, MOST_DIGITS] : name === 'ibase' ? [2, 16] : [2, 2_147_483_647];
		if (number >= least && number <= most) return n.whole(number);
		const what = name === 'scale' && number < 0 ? 'negative scale, set to 0' : number < least ? `${name} too small, set to ${least}` : `${name} too large, set to ${most}`; // prettier-ignore
		yield* this.flush();
		yield* printError(`Runtime warning (func=${this.#inside}, adr=0): ${what}\n`);
		return n.whole(number < least ? least : most);
	}

	#binary(operator: string, a: n.Num, b: n.Num): n.Num {
		const truth = (yes: boolean): n.Num => (yes ? n.ONE : n.ZERO);
		switch (operator) {
			case '+':
				return n.add(a, b);
			case '-':
				return n.add(a, b, -1n);
			case '*':
				return n.multiply(a, b, this.scale);
			case '/':
				if (b.value === 0n) throw new RunError('Divide by zero');
				return n.divide(a, b, this.scale);
			case '%':
				if (b.value === 0n) throw new RunError('Modulo by zero');
				return n.modulo(a, b, this.scale);
			case '^': {
				const exponent = Number(n.rescale(b, 0));
				if (Math.abs(exponent) * n.digits(a) > MOST_DIGITS) throw new RunError('exponent too large in raise');
				return n.power(a, exponent, this.scale);
			}
			case '&&':
				return truth(a.value !== 0n && b.value !== 0n);
			case '||':
				return truth(a.value !== 0n || b.value !== 0n);
			default: {
				const sign = n.order(a, b);
				if (operator === '==') return truth(sign === 0);
				if (operator === '!=') return truth(sign !== 0);
				if (operator === '<') return truth(sign < 0);
				if (operator === '<=') return truth(sign <= 0);
				return truth(operator === '>' ? sign > 0 : sign >= 0);
			}
		}
	}

	#function(name: string, value: n.Num): n.Num {
		if (name === 'length') return n.whole(n.digits(value));
		if (name === 'scale') return n.whole(value.scale);
		if (value.value < 0n) throw new RunError('Square root of a negative number');
		return n.squareRoot(value, this.scale);
	}

	*#call(node: Extract<Expression, { op: 'call' }>): Sys<n.Num> {
		const func = this.#functions.get(node.name);
		if (!func) throw new RunError(`Function ${node.name} not defined.`);
		if (func.params.length !== node.args.length) throw new RunError('Parameter number mismatch');
		if (++this.#calls > MOST_CALLS) throw new RunError('Function call nesting too deep');
		const values: (n.Num | Map<number, n.Num>)[] = [];
		for (const arg of node.args)
			values.push(typeof arg === 'string' ? new Map(this.#array(arg)) : yield* this.#evaluate(arg));
		const locals = [...func.params, ...func.autos];
		const saved = locals.map((name) =>
			name.endsWith('[]') ? this.#arrays.get(name.slice(0, -2)) : this.#variables.get(name)
		);
		locals.forEach((name, i) => this.#local(name, values[i]));
		const outer = this.#inside;
		this.#inside = node.name;
		const outcome = yield* this.#execute(func.body);
		this.#inside = outer;
		this.#calls--;
		locals.forEach((name, i) => this.#local(name, saved[i]));
		return typeof outcome === 'object' ? outcome.value : n.ZERO;
	}

	#local(name: string, value: n.Num | Map<number, n.Num> | undefined): void {
		if (name.endsWith('[]')) this.#arrays.set(name.slice(0, -2), value instanceof Map ? value : new Map());
		else this.#variables.set(name, value && !(value instanceof Map) ? value : n.ZERO);
	}
}

const ESCAPES: Readonly<Record<string, string>> = {
	a: '\x07',
	b: '\b',
	f: '\f',
	n: '\n',
	r: '\r',
	q: '"',
	t: '\t',
	'\\': '\\'
};

function unescape(text: string): string {
	return text.replace(/\\([^])/g, (_, letter: string) => ESCAPES[letter] ?? '');
}

/** Reads a file line by line; what a statement needs more lines for waits. */
function* read(calculator: Calculator, fd: number, name: string): Sys<void> {
	const reader = new LineReader(fd);
	let pending = '';
	let line = 0;
	for (;;) {
		const bytes = yield* reader.line();
		if (bytes) {
			line++;
			pending += decode(bytes);
		}
		try {
			if (pending.trim() !== '') yield* calculator.run(parseProgram(bytes ? pending : `${pending}\n`));
			pending = '';
		} catch (thrown) {
			if (thrown instanceof Incomplete && bytes) continue;
			if (!(thrown instanceof SyntaxProblem) && !(thrown instanceof Incomplete)) throw thrown;
			pending = '';
			yield* printError(`${name} ${line}: ${thrown instanceof SyntaxProblem ? thrown.message : 'syntax error'}\n`);
		}
		if (!bytes) return;
	}
}

export const bc: Main = function* (argv) {
	const calculator = new Calculator();
	const files = argv.slice(1).filter((argument) => !argument.startsWith('-'));
	const flags = argv
		.slice(1)
		.filter((argument) => argument.startsWith('-'))
		.join('');
	if (flags.includes('v')) {
		yield* print(
			'bc 1.07.1\nCopyright 1991-1994, 1997, 1998, 2000, 2004, 2006, 2008, 2012-2017 Free Software Foundation, Inc.\n'
		);
		return 0;
	}
	try {
		if (/l/.test(flags)) {
			yield* calculator.run(parseProgram(LIBRARY));
			calculator.scale = 20;
		}
		for (const file of files) {
			try {
				const fd = yield* open(file, O.RDONLY);
				yield* read(calculator, fd, file);
				yield* close(fd);
			} catch (thrown) {
				if (thrown instanceof Quit) throw thrown;
				strerror(errnoOf(thrown));
				yield* printError(`File ${file} is unavailable.\n`);
				return 1;
			}
		}
		yield* read(calculator, STDIN, '(standard_in)');
	} catch (thrown) {
		if (!(thrown instanceof Quit)) throw thrown;
	}
	return 0;
};

/**
 * Runs an awk program. Expressions that make no system call are computed directly, the others as generators; both apply
 * the same operation to operands evaluated from left to right.
 *
 * Lacks: unlimited depth. A recursion deeper than mawk's own stack ends with its message.
 */
import type { Sys } from '#kernel/syscalls';
import { breakDown, strftime } from '../libc/strftime';
import { preempt, time } from '../libc/unistd';
import { AwkArray } from './array';
import { Builtins } from './builtins';
import { Exit, FatalError, RuntimeError } from './errors';
import { printf } from './format';
import { Input as MainInput } from './input';
import { AwkRegex, RegexCache } from './regex';
import { FieldRef, Record, separator, SpecialRef, split } from './record';
import { OutputStream, Streams } from './streams';
import type { AwkProgram, Name, Node, Rule, Statement } from './tree';
import { Cell, compare, Input, isTrue, type Ref, toInt, toNumber, toText, type Value } from './value';

type Outcome = 'normal' | 'break' | 'continue' | 'next' | 'nextfile' | { readonly returned: Value };
type Frame = readonly (Cell | AwkArray)[];

const STEPS_PER_TURN = 2000;
const MOST_CALLS = 1000;
const LONGEST_TEXT = 16_777_216;

export class Interpreter {
	readonly cache = new RegexCache();
	readonly record: Record;
	readonly streams: Streams;
	readonly #builtins: Builtins;
	readonly #input: MainInput;
	readonly #inRange = new Set<Rule>();
	#frame: Frame = [];
	#calls = 0;
	#steps = 0;

	constructor(
		readonly program: AwkProgram,
		env: ReadonlyMap<string, string>,
		clock: number
	) {
		this.streams = new Streams(env);
		this.record = new Record(this.cache, this.cell('OFS'));
		this.#builtins = new Builtins(this.record, this.cache, this.cell('RSTART'), this.cell('RLENGTH'), clock);
		this.#input = new MainInput(this);
		this.cell('NR').value = 0;
		this.cell('FNR').value = 0;
		this.cell('RSTART').value = 0;
		this.cell('RLENGTH').value = -1;
		this.cell('OFS').value = ' ';
		this.cell('ORS').value = '\n';
		this.cell('SUBSEP').value = '\x1c';
		this.cell('FILENAME').value = '';
	}

	/* ---- names ---- */

	/** A global variable, made when it is not in the program. */
	cell(name: string): Cell {
		let known = this.program.globals.get(name);
		if (!known) this.program.globals.set(name, (known = { name, type: 'variable' }));
		return (known.cell ??= new Cell());
	}

	array(name: Name): AwkArray {
		if (name.slot === undefined) return (name.array ??= new AwkArray());
		return this.#frame[name.slot] as AwkArray;
	}

	#variable(name: Name): Cell {
		if (name.slot === undefined) return (name.cell ??= new Cell());
		return this.#frame[name.slot] as Cell;
	}

	text(value: Value): string {
		return toText(value, this.record.convfmt);
	}

	/** FILENAME, FNR and NR for a message. */
	where(): string {
		const number = (name: string): string => String(toInt(toNumber(this.cell(name).value)));
		return `\tFILENAME="${this.text(this.cell('FILENAME').value)}" FNR=${number('FNR')} NR=${number('NR')}\n`;
	}

	/* ---- the whole program ---- */

	/** @returns the exit status */
	*run(): Sys<number> {
		let status = 0;
		const { begin, end, rules, hasEnd } = this.program;
		const guarded = function* (part: Sys<unknown>): Sys<boolean> {
			try {
				yield* part;
				return true;
			} catch (thrown) {
				if (!(thrown instanceof Exit)) throw thrown;
				status = thrown.status ?? status;
				return false;
			}
		};
		const toEnd = yield* guarded(this.#statements(begin));
		if (toEnd && (rules.length > 0 || hasEnd)) yield* guarded(this.#main());
		this.#frame = [];
		this.#calls = 0;
		yield* guarded(this.#statements(end));
		return status & 0xff;
	}

	*#main(): Sys<void> {
		for (;;) {
			const text = yield* this.#input.next();
			if (text === null) return;
			this.record.read(text);
			const outcome = yield* this.#rules();
			if (outcome === 'nextfile') yield* this.#input.skip();
		}
	}

	*#rules(): Sys<Outcome> {
		for (const rule of this.program.rules) {
			if (!(yield* this.#applies(rule))) continue;
			const outcome = rule.body ? yield* this.#statements(rule.body) : yield* this.#print([], this.streams.stdout);
			if (outcome === 'next' || outcome === 'nextfile') return outcome;
		}
		return 'normal';
	}

	*#applies(rule: Rule): Sys<boolean> {
		if (!rule.pattern) return true;
		if (!rule.last) return isTrue(yield* this.#evaluate(rule.pattern));
		if (!this.#inRange.has(rule)) {
			if (!isTrue(yield* this.#evaluate(rule.pattern))) return false;
			this.#inRange.add(rule);
		}
		if (isTrue(yield* this.#evaluate(rule.last))) this.#inRange.delete(rule);
		return true;
	}

	/* ---- statements ---- */

	*#statements(list: readonly Statement[]): Sys<Outcome> {
		for (const statement of list) {
			const outcome = yield* this.#execute(statement);
			if (outcome !== 'normal') return outcome;
		}
		return 'normal';
	}

	*#execute(statement: Statement): Sys<Outcome> {
		if (++this.#steps % STEPS_PER_TURN === 0) yield* preempt();
		switch (statement.kind) {
			case 'expression':
				if (statement.value.pure) this.#value(statement.value);
				else yield* this.#evaluate(statement.value);
				return 'normal';
			case 'print':
			case 'printf':
				return yield* this.#output(statement);
			case 'block':
				return yield* this.#statements(statement.body);
			case 'if':
				if (isTrue(yield* this.#evaluate(statement.test))) return yield* this.#execute(statement.then);
				return statement.otherwise ? yield* this.#execute(statement.otherwise) : 'normal';
			case 'while':
			case 'do':
			case 'for':
				return yield* this.#loop(statement);
			case 'forIn':
				return yield* this.#forIn(statement);
			case 'delete':
				if (statement.index)
					this.array(statement.array).delete(yield* this.#subscript(statement.index.args), this.record.convfmt);
				else this.array(statement.array).clear();
				return 'normal';
			case 'exit':
				throw new Exit(statement.value ? toInt(toNumber(yield* this.#evaluate(statement.value))) : undefined);
			case 'return':
				return { returned: statement.value ? yield* this.#evaluate(statement.value) : undefined };
			case 'empty':
				return 'normal';
			default:
				return statement.kind;
		}
	}

	*#loop(loop: Extract<Statement, { kind: 'while' | 'do' | 'for' }>): Sys<Outcome> {
		if (loop.kind === 'for' && loop.first) yield* this.#evaluate(loop.first);
		for (let turn = 0; ; turn++) {
			const tested = loop.test && (loop.kind !== 'do' || turn > 0);
			if (tested && !isTrue(yield* this.#evaluate(loop.test))) return 'normal';
			const outcome = yield* this.#execute(loop.body);
			if (outcome === 'break') return 'normal';
			if (outcome !== 'normal' && outcome !== 'continue') return outcome;
			if (loop.kind === 'for' && loop.step) yield* this.#evaluate(loop.step);
			if (++this.#steps % STEPS_PER_TURN === 0) yield* preempt();
		}
	}

	*#forIn(loop: Extract<Statement, { kind: 'forIn' }>): Sys<Outcome> {
		const variable = (yield* this.#evaluateAny(loop.variable)) as Ref;
		for (const key of this.array(loop.array).keys()) {
			variable.set(key);
			const outcome = yield* this.#execute(loop.body);
			if (outcome === 'break') break;
			if (outcome !== 'normal' && outcome !== 'continue') return outcome;
		}
		return 'normal';
	}

	*#output(statement: Extract<Statement, { kind: 'print' | 'printf' }>): Sys<Outcome> {
		const values: Value[] = [];
		for (const value of statement.values) values.push(yield* this.#evaluate(value));
		let stream = this.streams.stdout;
		if (statement.target) {
			const name = this.text(yield* this.#evaluate(statement.target));
			stream = yield* this.streams.output(name, statement.redirection);
		}
		if (statement.kind === 'print') return yield* this.#print(values, stream);
		stream.put(printf(this.text(values[0]), values.slice(1), this.record.convfmt, 'printf'));
		yield* stream.settle();
		return 'normal';
	}

	*#print(values: readonly Value[], stream: OutputStream): Sys<Outcome> {
		const shown = (value: Value): string => toText(value, this.record.ofmt);
		const between = values.length > 1 ? shown(this.cell('OFS').value) : '';
		const text = values.length === 0 ? shown(this.record.field(0)) : values.map(shown).join(between);
		stream.put(text + shown(this.cell('ORS').value));
		yield* stream.settle();
		return 'normal';
	}

	/* ---- expressions ---- */

	/** A pure expression. */
	#value(node: Node): Value {
		return this.#any(node) as Value;
	}

	#any(node: Node): unknown {
		switch (node.op) {
			case 'constant':
				return node.value;
			case 'variable':
				return node.name.type === 'variable' ? this.#variable(node.name).value : undefined;
			case 'and':
				return isTrue(this.#value(node.args[0]!)) && isTrue(this.#value(node.args[1]!)) ? 1 : 0;
			case 'or':
				return isTrue(this.#value(node.args[0]!)) || isTrue(this.#value(node.args[1]!)) ? 1 : 0;
			case 'conditional':
				return this.#value(node.args[isTrue(this.#value(node.args[0]!)) ? 1 : 2]!);
			default:
				return this.#apply(
					node,
					node.args.map((arg) => this.#any(arg))
				);
		}
	}

	*#evaluate(node: Node): Sys<Value> {
		return (yield* this.#evaluateAny(node)) as Value;
	}

	*#evaluateAny(node: Node): Sys<unknown> {
		if (node.pure) return this.#any(node);
		if (++this.#steps % STEPS_PER_TURN === 0) yield* preempt();
		switch (node.op) {
			case 'and':
			case 'or': {
				const left = isTrue(yield* this.#evaluate(node.args[0]!));
				if (left === (node.op === 'or')) return left ? 1 : 0;
				return isTrue(yield* this.#evaluate(node.args[1]!)) ? 1 : 0;
			}
			case 'conditional':
				return yield* this.#evaluate(node.args[isTrue(yield* this.#evaluate(node.args[0]!)) ? 1 : 2]!);
			case 'call':
				return yield* this.#call(node);
			default: {
				const args: unknown[] = [];
				for (const arg of node.args) args.push(yield* this.#evaluateAny(arg));
				if (node.op === 'getline') return yield* this.#getline(node.from, args);
				if (node.op === 'builtin') {
					const done = yield* this.#systemCall(node.name, args as Value[]);
					if (done !== undefined) return done;
				}
				return this.#apply(node, args);
			}
		}
	}

	/** What a node makes of its operands. */
	#apply(node: Node, args: readonly unknown[]): unknown {
		const values = args as readonly Value[];
		switch (node.op) {
			case 'regex':
				return node.regex;
			case 'match0':
				return node.regex.test(this.record.text) ? 1 : 0;
			case 'match':
			case 'notMatch':
				return this.#builtins.pattern(args[1]).test(this.text(values[0])) === (node.op === 'match') ? 1 : 0;
			case 'variableRef':
				return this.#variable(node.name);
			case 'element':
				return this.array(node.name).find(this.#key(values), true, this.record.convfmt)!.value;
			case 'elementRef':
				return this.array(node.name).find(this.#key(values), true, this.record.convfmt);
			case 'in':
				return this.array(node.name).find(this.#key(values), false, this.record.convfmt) ? 1 : 0;
			case 'special':
				return this.record.special(node.special);
			case 'specialRef':
				return new SpecialRef(this.record, node.special);
			case 'field':
				return this.record.field(fieldIndex(values[0]));
			case 'fieldRef':
				return new FieldRef(this.record, fieldIndex(values[0]));
			case 'assign':
				return this.#assign(node.operator, args[0] as Ref, values[1]);
			case 'increment': {
				const target = args[0] as Ref;
				const before = toNumber(target.get());
				target.set(before + node.step);
				return node.post ? before : before + node.step;
			}
			case 'binary':
				return arithmetic(node.operator, toNumber(values[0]), toNumber(values[1]));
			case 'compare':
				return ordered(node.operator, values[0], values[1], this.record.convfmt);
			case 'not':
				return isTrue(values[0]) ? 0 : 1;
			case 'minus':
				return -toNumber(values[0]);
			case 'plus':
				return toNumber(values[0]);
			case 'value':
				return values[0];
			case 'concat':
				return this.#concat(values[0], values[1]);
			case 'grouping':
				return this.#key(values);
			case 'split':
				return this.#split(node.name, args);
			case 'arrayLength':
				return this.array(node.name).size;
			case 'builtin':
				return this.#builtins.call(node.name, args);
			default:
				return undefined;
		}
	}

	#assign(operator: string, target: Ref, value: Value): Value {
		const result = operator === '' ? value : arithmetic(operator, toNumber(target.get()), toNumber(value));
		target.set(result);
		return result;
	}

	#concat(left: Value, right: Value): string {
		const a = this.text(left);
		const b = this.text(right);
		if (a.length + b.length > LONGEST_TEXT) throw new FatalError('out of memory');
		return a + b;
	}

	#key(values: readonly Value[]): Value {
		if (values.length === 1) return values[0];
		return values.map((value) => this.text(value)).join(this.text(this.cell('SUBSEP').value));
	}

	*#subscript(args: readonly Node[]): Sys<Value> {
		const values: Value[] = [];
		for (const arg of args) values.push(yield* this.#evaluate(arg));
		return this.#key(values);
	}

	#split(name: Name, args: readonly unknown[]): number {
		const text = this.text(args[0] as Value);
		const given = args.length > 1 ? args[1] : this.record.fs;
		const by = given instanceof AwkRegex ? given : this.#separator(this.text(given as Value));
		const pieces = split(text, by);
		this.array(name).load(pieces.map((piece) => new Input(piece)));
		return pieces.length;
	}

	#separator(text: string): ReturnType<typeof separator> {
		return text === ' ' || text.length < 2 ? separator(text, this.cache) : this.#builtins.pattern(text);
	}

	/* ---- what needs the kernel ---- */

	*#call(node: Extract<Node, { op: 'call' }>): Sys<Value> {
		const { callee, args } = node.call;
		const frame: (Cell | AwkArray)[] = [];
		for (const [i, param] of callee.params.entries()) {
			const arg = args[i];
			if (arg?.op === 'variable' && arg.name.type === 'array') frame.push(this.array(arg.name));
			else if (param.type === 'array') frame.push(new AwkArray());
			else frame.push(new Cell(arg ? yield* this.#evaluate(arg) : undefined));
		}
		if (++this.#calls > MOST_CALLS) throw new FatalError('program limit exceeded: eval stack size=1024');
		const outer = this.#frame;
		this.#frame = frame;
		const outcome = yield* this.#statements(callee.body!);
		this.#frame = outer;
		this.#calls--;
		return typeof outcome === 'object' ? outcome.returned : undefined;
	}

	*#getline(from: 'main' | 'file' | 'pipe', args: readonly unknown[]): Sys<number> {
		const target = args[0] as Ref;
		let text: string | null;
		if (from === 'main') text = yield* this.#input.next();
		else {
			const name = this.text(args[1] as Value);
			const stream = yield* this.streams.input(name, from === 'file' ? 'input' : 'pipeIn');
			if (!stream) return -1;
			text = yield* stream.record(this.text(this.record.rs), this.cache);
		}
		if (text === null) return 0;
		if (target instanceof FieldRef && target.index === 0) this.record.read(text);
		else target.set(text === '' ? '' : new Input(text));
		return 1;
	}

	/** @returns undefined when the function is none of these */
	*#systemCall(name: string, values: readonly Value[]): Sys<Value> {
		switch (name) {
			case 'close':
				return yield* this.streams.close(this.text(values[0]));
			case 'fflush':
				if (values.length > 0) return yield* this.streams.flush(this.text(values[0]));
				yield* this.streams.stdout.flush();
				return 0;
			case 'system': {
				yield* this.streams.flush();
				return yield* this.streams.waitFor(yield* this.streams.start(this.text(values[0])));
			}
			case 'systime':
				return Math.floor((yield* time()) / 1e6);
			case 'strftime': {
				const format = values.length > 0 ? this.text(values[0]) : '';
				const seconds = values.length > 1 ? toInt(toNumber(values[1])) : Math.floor((yield* time()) / 1e6);
				return strftime(format === '' ? '%c' : format, breakDown(seconds * 1e6));
			}
			default:
				return undefined;
		}
	}
}

function fieldIndex(value: Value): number {
	const number = toNumber(value);
	if (number >= 0) return toInt(number);
	throw new RuntimeError(`negative field index $${printf('%.6g', [number], '%.6g', 'printf')}`);
}

function arithmetic(operator: string, a: number, b: number): number {
	switch (operator) {
		case '+':
			return a + b;
		case '-':
			return a - b;
		case '*':
			return a * b;
		case '/':
			return a / b;
		case '%':
			return a % b;
		default:
			return a ** b;
	}
}

function ordered(operator: string, left: Value, right: Value, convfmt: string): number {
	const numeric = typeof left === 'number' && typeof right === 'number';
	const order = numeric
		? left - right || (left === right ? 0 : left > right ? 1 : left < right ? -1 : 0)
		: compare(left, right, convfmt);
	switch (operator) {
		case '==':
			return order === 0 ? 1 : 0;
		case '!=':
			return order !== 0 ? 1 : 0;
		case '<':
			return order < 0 ? 1 : 0;
		case '<=':
			return order <= 0 ? 1 : 0;
		case '>':
			return order > 0 ? 1 : 0;
		default:
			return order >= 0 ? 1 : 0;
	}
}

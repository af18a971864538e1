/** test and [: the algorithm by the number of arguments (POSIX), then the old recursive grammar with -a and -o (test.c). */
import type { Sys } from '#kernel/syscalls';
import { CommandFailure } from './control';
import { compareFiles, compareNumbers, FILE_COMPARISONS, NUMERIC, UNARY, unaryTest } from './file-tests';
import type { Builtin } from './builtins/options';
import type { Shell } from './shell';

const BINARY = new Set(['=', '==', '!=', '<', '>', ...NUMERIC, ...FILE_COMPARISONS]);

export const testBuiltin: Builtin = function* (shell, argv) {
	let args = argv.slice(1);
	if (argv[0] === '[') {
		if (args[args.length - 1] !== ']') {
			yield* shell.complain(shell.dash ? 'missing ]' : "missing `]'");
			return 2;
		}
		args = args.slice(0, -1);
	}
	try {
		return (yield* evaluateTest(shell, args)) ? 0 : 1;
	} catch (thrown) {
		if (thrown instanceof CommandFailure) return 2;
		throw thrown;
	}
};

function* problem(shell: Shell, text: string): Sys<never> {
	yield* shell.complain(text);
	throw new CommandFailure(2);
}

function* evaluateTest(shell: Shell, args: readonly string[]): Sys<boolean> {
	const [first, second, third, fourth] = args as [string, string, string, string];
	switch (args.length) {
		case 0:
			return false;
		case 1:
			return first !== '';
		case 2:
			if (first === '!') return second === '';
			if (UNARY.has(first)) return yield* unary(shell, first, second);
			return yield* problem(shell, shell.dash ? `${first}: unexpected operator` : `${first}: unary operator expected`);
		case 3:
			if (BINARY.has(second)) return yield* binary(shell, first, second, third);
			if (second === '-a') return first !== '' && third !== '';
			if (second === '-o') return first !== '' || third !== '';
			if (first === '!') return !(yield* evaluateTest(shell, args.slice(1)));
			if (first === '(' && third === ')') return second !== '';
			return yield* problem(
				shell,
				shell.dash ? `${second}: unexpected operator` : `${second}: binary operator expected`
			);
		case 4:
			if (first === '!') return !(yield* evaluateTest(shell, args.slice(1)));
			if (first === '(' && fourth === ')') return yield* evaluateTest(shell, [second, third]);
	}
	const parser = new Parser(shell, args);
	const value = yield* parser.or();
	if (parser.at < args.length)
		return yield* problem(shell, shell.dash ? `${args[parser.at]}: unexpected operator` : 'too many arguments');
	return value;
}

class Parser {
	at = 0;

	constructor(
		readonly shell: Shell,
		readonly args: readonly string[]
	) {}

	*or(): Sys<boolean> {
		const value = yield* this.and();
		if (this.args[this.at] !== '-o') return value;
		this.at++;
		const right = yield* this.or();
		return value || right;
	}

	*and(): Sys<boolean> {
		const value = yield* this.term();
		if (this.args[this.at] !== '-a') return value;
		this.at++;
		const right = yield* this.and();
		return value && right;
	}

	*term(): Sys<boolean> {
		const { args, shell } = this;
		const word = args[this.at];
		if (word === undefined) return yield* problem(shell, 'argument expected');
		if (word === '!') {
			this.at++;
			return !(yield* this.term());
		}
		if (word === '(') {
			this.at++;
			const value = yield* this.or();
			if (args[this.at] !== ')')
				return yield* problem(
					shell,
					args[this.at] === undefined ? "`)' expected" : `\`)' expected, found ${args[this.at]}`
				);
			this.at++;
			return value;
		}
		const operator = args[this.at + 1];
		if (operator !== undefined && BINARY.has(operator) && this.at + 2 < args.length) {
			this.at += 3;
			return yield* binary(shell, word, operator, args[this.at - 1]!);
		}
		if (UNARY.has(word) && this.at + 1 < args.length) {
			this.at += 2;
			return yield* unary(shell, word, args[this.at - 1]!);
		}
		this.at++;
		return word !== '';
	}
}

function* unary(shell: Shell, operator: string, operand: string): Sys<boolean> {
	if (operator === '-t' && !/^\d+$/.test(operand))
		return yield* problem(shell, `${operand}: integer expression expected`);
	return yield* unaryTest(shell, operator, operand);
}

function* binary(shell: Shell, left: string, operator: string, right: string): Sys<boolean> {
	if (NUMERIC.has(operator)) return compareNumbers(operator, yield* integer(shell, left), yield* integer(shell, right));
	if (FILE_COMPARISONS.has(operator)) return yield* compareFiles(operator, left, right);
	switch (operator) {
		case '<':
			return left < right;
		case '>':
			return left > right;
		case '!=':
			return left !== right;
		default:
			return left === right;
	}
}

function* integer(shell: Shell, text: string): Sys<bigint> {
	if (/^\s*[+-]?\d+\s*$/.test(text)) {
		const value = BigInt(text.trim().replace(/^\+/, ''));
		if (BigInt.asIntN(64, value) === value) return value;
	}
	return yield* problem(shell, shell.dash ? `Illegal number: ${text}` : `${text}: integer expression expected`);
}

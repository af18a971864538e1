/** expr(1): integers of any size, strings, and anchored basic regular expressions. */
import type { Main } from '#kernel/syscalls';
import { Regex, RegexError } from '../libc/regex';
import { print, printError } from '../libc/stdio';
import { quote } from './quote';

class Trouble {
	constructor(
		readonly message: string,
		readonly usage = false
	) {}
}

const LEVELS: readonly (readonly string[])[] = [
	['|'],
	['&'],
	['<', '<=', '=', '==', '!=', '>=', '>'],
	['+', '-'],
	['*', '/', '%'],
	[':']
];
const isInteger = (text: string): boolean => /^-?\d+$/.test(text);
const isNull = (text: string): boolean => text === '' || /^-?0+$/.test(text);

class Expression {
	#at = 0;
	constructor(readonly words: readonly string[]) {}

	whole(): string {
		const value = this.#level(0);
		if (this.#at < this.words.length)
			throw new Trouble(`syntax error: unexpected argument ${quote(this.words[this.#at]!)}`);
		return value;
	}

	#level(level: number): string {
		if (level === LEVELS.length) return this.#primary();
		let left = this.#level(level + 1);
		while (LEVELS[level]!.includes(this.words[this.#at] ?? '\0')) {
			const operator = this.words[this.#at++]!;
			left = apply(operator, left, this.#level(level + 1));
		}
		return left;
	}

	#primary(): string {
		const word = this.words[this.#at++];
		if (word === undefined) throw new Trouble(`syntax error: missing argument after ${quote(this.words.at(-1)!)}`);
		if (word === '(') {
			const value = this.#level(0);
			const close = this.words[this.#at++];
			if (close === undefined) throw new Trouble(`syntax error: expecting ')' after ${quote(this.words.at(-1)!)}`);
			if (close !== ')') throw new Trouble(`syntax error: expecting ')' instead of ${quote(close)}`);
			return value;
		}
		if (word === ')') throw new Trouble("syntax error: unexpected ')'");
		if (this.#at >= this.words.length) return word;
		switch (word) {
			case '+':
				return this.words[this.#at++]!;
			case 'length':
				return String([...this.#primary()].length);
			case 'match':
				return match(this.#primary(), this.#primary());
			case 'index': {
				const text = [...this.#primary()];
				const set = this.#primary();
				return String(text.findIndex((character) => set.includes(character)) + 1);
			}
			case 'substr': {
				const [text, from, length] = [this.#primary(), this.#primary(), this.#primary()];
				if (!isInteger(from) || !isInteger(length) || Number(from) < 1 || Number(length) < 1) return '';
				return [...text].slice(Number(from) - 1, Number(from) - 1 + Number(length)).join('');
			}
			default:
				return word;
		}
	}
}

function match(text: string, pattern: string): string {
	const regex = new Regex(pattern);
	const found = regex.exec(text);
	const anchored = found && found.start === 0 ? found : null;
	if (regex.groups > 0) return anchored?.groups[1] ?? '';
	return String(anchored ? [...anchored.groups[0]!].length : 0);
}

function apply(operator: string, left: string, right: string): string {
	if (operator === '|') return isNull(left) ? (isNull(right) ? '0' : right) : left;
	if (operator === '&') return isNull(left) || isNull(right) ? '0' : left;
	if (operator === ':') return match(left, right);
	if (LEVELS[2]!.includes(operator)) {
		const numbers = isInteger(left) && isInteger(right);
		const [a, b] = numbers ? [BigInt(left), BigInt(right)] : [left, right];
		const order = a < b ? -1 : a > b ? 1 : 0;
		const holds = {
			'<': order < 0,
			'<=': order <= 0,
			'=': order === 0,
			'==': order === 0,
			'!=': order !== 0,
			'>=': order >= 0,
			'>': order > 0
		};
		return holds[operator as '<'] ? '1' : '0';
	}
	if (!isInteger(left) || !isInteger(right)) throw new Trouble('non-integer argument');
	const [a, b] = [BigInt(left), BigInt(right)];
	if ((operator === '/' || operator === '%') && b === 0n) throw new Trouble('division by zero');
	return String(
		operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : operator === '/' ? a / b : a % b
	);
}

export const expr: Main = function* (argv) {
	const words = argv.slice(argv[1] === '--' ? 2 : 1);
	try {
		if (words.length === 0) throw new Trouble('missing operand', true);
		const value = new Expression(words).whole();
		yield* print(`${value}\n`);
		return isNull(value) ? 1 : 0;
	} catch (thrown) {
		if (!(thrown instanceof Trouble) && !(thrown instanceof RegexError)) throw thrown;
		const usage = thrown instanceof Trouble && thrown.usage;
		yield* printError(`expr: ${thrown.message}\n${usage ? "Try 'expr --help' for more information.\n" : ''}`);
		return 2;
	}
};

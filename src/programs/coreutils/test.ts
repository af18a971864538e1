/** test(1) and [: conditions. The shell has its own; this is /usr/bin/test. */
import { S, type Main, type Stat, type Sys } from '#kernel/syscalls';
import { printError } from '../libc/stdio';
import { access, getcred, lstat, stat, tcgetattr } from '../libc/unistd';
import { quote } from './quote';
import { attempt } from './utility';

class Malformed {
	constructor(readonly message: string) {}
}

const TYPES: Readonly<Record<string, number>> = {
	f: S.IFREG,
	d: S.IFDIR,
	b: S.IFBLK,
	c: S.IFCHR,
	p: S.IFIFO,
	S: S.IFSOCK
};
const BITS: Readonly<Record<string, number>> = { u: S.ISUID, g: S.ISGID, k: S.ISVTX };
const UNARY = /^-[abcdefghkLnNOprsStuvwxGz]$/;
const BINARY = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef']);

export const test: Main = function* (argv) {
	const name = argv[0]!.split('/').at(-1)!;
	const words = argv.slice(1);
	try {
		if (name === '[') {
			if (words.pop() !== ']') throw new Malformed('missing ‘]’');
		}
		return (yield* new Condition(words).value()) ? 0 : 1;
	} catch (thrown) {
		if (!(thrown instanceof Malformed)) throw thrown;
		yield* printError(`${name}: ${thrown.message}\n`);
		return 2;
	}
};

class Condition {
	#at = 0;

	constructor(readonly words: readonly string[]) {}

	*value(): Sys<boolean> {
		const { words } = this;
		if (words.length === 0) return false;
		if (words.length === 1) return words[0] !== '';
		if (words.length === 2) {
			if (words[0] === '!') return words[1] === '';
			if (!UNARY.test(words[0]!)) throw new Malformed(`${quote(words[0]!)}: unary operator expected`);
			return yield* this.#unary(words[0]!, words[1]!);
		}
		if (words.length === 3 && BINARY.has(words[1]!)) return yield* this.#binary(words[0]!, words[1]!, words[2]!);
		const result = yield* this.#or();
		if (this.#at < words.length) throw new Malformed(`extra argument ${quote(words[this.#at]!)}`);
		return result;
	}

	*#or(): Sys<boolean> {
		let result = yield* this.#and();
		while (this.words[this.#at] === '-o') {
			this.#at++;
			const right = yield* this.#and();
			result ||= right;
		}
		return result;
	}

	*#and(): Sys<boolean> {
		let result = yield* this.#term();
		while (this.words[this.#at] === '-a') {
			this.#at++;
			const right = yield* this.#term();
			result &&= right;
		}
		return result;
	}

	*#term(): Sys<boolean> {
		const { words } = this;
		const word = words[this.#at];
		if (word === undefined) throw new Malformed(`missing argument after ${quote(words.at(-1)!)}`);
		if (word === '!') {
			this.#at++;
			return !(yield* this.#term());
		}
		if (BINARY.has(words[this.#at + 1] ?? '') && this.#at + 2 < words.length) {
			this.#at += 3;
			return yield* this.#binary(word, words[this.#at - 2]!, words[this.#at - 1]!);
		}
		if (word === '(') {
			this.#at++;
			const inner = yield* this.#or();
			if (words[this.#at++] !== ')') throw new Malformed("')' expected");
			return inner;
		}
		if (UNARY.test(word) && this.#at + 1 < words.length) {
			this.#at += 2;
			return yield* this.#unary(word, words[this.#at - 1]!);
		}
		this.#at++;
		return word !== '';
	}

	*#unary(operator: string, word: string): Sys<boolean> {
		const letter = operator[1]!;
		if (letter === 'n') return word !== '';
		if (letter === 'z') return word === '';
		if (letter === 't') return (yield* attempt(tcgetattr(integer(word)))) !== undefined;
		if (letter === 'h' || letter === 'L') return ((yield* attempt(lstat(word)))?.mode ?? 0) >> 12 === S.IFLNK >> 12;
		const found = yield* attempt(stat(word));
		if (!found) return false;
		if (letter in TYPES) return (found.mode & S.IFMT) === TYPES[letter];
		if (letter in BITS) return (found.mode & BITS[letter]!) !== 0;
		switch (letter) {
			case 's':
				return found.size > 0;
			case 'O':
				return found.uid === (yield* getcred()).euid;
			case 'G':
				return found.gid === (yield* getcred()).egid;
			case 'N':
				return found.mtime > found.atime;
			case 'r':
				return yield* allowed(word, { read: true });
			case 'w':
				return yield* allowed(word, { write: true });
			case 'x':
				return yield* allowed(word, { execute: true });
			default:
				return true;
		}
	}

	*#binary(left: string, operator: string, right: string): Sys<boolean> {
		switch (operator) {
			case '=':
			case '==':
				return left === right;
			case '!=':
				return left !== right;
			case '<':
				return left < right;
			case '>':
				return left > right;
			case '-nt':
			case '-ot': {
				const [a, b] = operator === '-nt' ? [left, right] : [right, left];
				const first = yield* attempt(stat(a));
				const second = yield* attempt(stat(b));
				return first !== undefined && (!second || first.mtime > second.mtime);
			}
			case '-ef': {
				const first: Stat | undefined = yield* attempt(stat(left));
				return first !== undefined && first.inode === (yield* attempt(stat(right)))?.inode;
			}
			default:
				return compareIntegers(integer(left), operator, integer(right));
		}
	}
}

function* allowed(path: string, mode: { read?: boolean; write?: boolean; execute?: boolean }): Sys<boolean> {
	return (
		(yield* attempt(
			(function* () {
				yield* access(path, mode);
				return true;
			})()
		)) === true
	);
}

function integer(word: string): number {
	if (!/^\s*[-+]?\d+\s*$/.test(word)) throw new Malformed(`invalid integer ${quote(word)}`);
	return Number(word);
}

function compareIntegers(a: number, operator: string, b: number): boolean {
	switch (operator) {
		case '-eq':
			return a === b;
		case '-ne':
			return a !== b;
		case '-lt':
			return a < b;
		case '-le':
			return a <= b;
		case '-gt':
			return a > b;
		default:
			return a >= b;
	}
}

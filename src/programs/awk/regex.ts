/**
 * mawk's regular expressions (rexp0.c, rexp.c): extended ones over bytes. `{` is an ordinary character in this version, a
 * `)` without `(` too; classes are those of ASCII. They run on re2js, leftmost and longest.
 */
import { RE2JS } from 're2js';

/** With mawk's words (REerrlist). */
export class AwkRegexError {
	constructor(readonly message: string) {}
}

const MISSING_RIGHT = "missing ')'";
const BAD_CLASS = 'bad class -- [], [^] or [';
const MISSING_OPERAND = 'missing operand';
const CARET_STAR = 'syntax error ^* or ^+';
const TOO_BIG = 'resource exhaustion -- regular expression too large';

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, f: 12, b: 8, r: 13, a: 7, v: 11 };

const CLASS_TESTS: Readonly<Record<string, RegExp>> = {
	alnum: /[0-9A-Za-z]/,
	alpha: /[A-Za-z]/,
	blank: /[ \t]/,
	digit: /[0-9]/,
	graph: /[!-~]/,
	lower: /[a-z]/,
	print: /[ -~]/,
	punct: /[!-/:-@[-`{-~]/,
	space: /[ \t\n\v\f\r]/,
	upper: /[A-Z]/,
	xdigit: /[0-9A-Fa-f]/
};

const hex = (code: number): string => `\\x{${code.toString(16)}}`;

/** Turns a pattern into re2's syntax. */
class Translator {
	#at = 0;

	constructor(readonly pattern: string) {}

	translate(): string {
		return this.#alternatives(0);
	}

	#alternatives(depth: number): string {
		if (depth > 100) throw new AwkRegexError(TOO_BIG);
		const parts = [this.#sequence(depth)];
		while (this.pattern[this.#at] === '|') {
			this.#at++;
			parts.push(this.#sequence(depth));
		}
		return parts.join('|');
	}

	#sequence(depth: number): string {
		let out = '';
		let atoms = 0;
		for (;;) {
			const character = this.pattern[this.#at];
			if (character === undefined || character === '|' || (character === ')' && depth > 0)) break;
			if ('*+?'.includes(character)) throw new AwkRegexError(MISSING_OPERAND);
			const start = this.#at;
			out += this.#repeated(this.#atom(character, depth), this.pattern[start] === '^');
			atoms++;
		}
		if (atoms === 0 && (this.#at < this.pattern.length || this.pattern.length > 0))
			throw new AwkRegexError(MISSING_OPERAND);
		return out;
	}

	#repeated(atom: string, caret: boolean): string {
		let out = atom;
		while ('*+?'.includes(this.pattern[this.#at] ?? ' ')) {
			const operator = this.pattern[this.#at++]!;
			if (caret && operator !== '?') throw new AwkRegexError(CARET_STAR);
			out = `(?:${out})${operator}`;
		}
		return out;
	}

	#atom(character: string, depth: number): string {
		this.#at++;
		switch (character) {
			case '(': {
				const body = this.#alternatives(depth + 1);
				if (this.pattern[this.#at] !== ')') throw new AwkRegexError(MISSING_RIGHT);
				this.#at++;
				return `(?:${body})`;
			}
			case '.':
				return '.';
			case '^':
				return '\\A';
			case '$':
				return '\\z';
			case '[':
				return this.#class();
			case '\\':
				return hex(this.#escape());
			default:
				return hex(character.charCodeAt(0));
		}
	}

	#escape(): number {
		const rest = this.pattern.slice(this.#at);
		const octal = /^[0-7]{1,3}/.exec(rest);
		if (octal) {
			this.#at += octal[0].length;
			return parseInt(octal[0], 8) & 0xff;
		}
		const hexadecimal = /^x([0-9a-fA-F]{1,2})/.exec(rest);
		if (hexadecimal) {
			this.#at += hexadecimal[0].length;
			return parseInt(hexadecimal[1]!, 16);
		}
		if (rest === '') return 0x5c;
		this.#at++;
		return ESCAPES[rest[0]!] ?? rest.charCodeAt(0);
	}

	/** Called behind the `[`. */
	#class(): string {
		const start = this.#at;
		const negated = this.pattern[this.#at] === '^';
		if (negated) this.#at++;
		const on = new Uint8Array(256);
		let first = true;
		/** the character that a `-` may extend to a range; -1: none */
		let previous = -1;
		for (; ; first = false) {
			const character = this.pattern[this.#at];
			if (character === undefined) throw new AwkRegexError(BAD_CLASS);
			if (character === ']' && !first) break;
			if (character === '[' && this.pattern[this.#at + 1] === ':') {
				this.#named(on);
				continue;
			}
			if (character === '-' && previous >= 0 && this.pattern[this.#at + 1] !== ']') {
				const mark = ++this.#at;
				const last = this.#classCharacter();
				if (previous <= last) {
					on.fill(1, previous, last + 1);
					previous = -1;
				} else {
					this.#at = mark;
					on[(previous = 0x2d)] = 1;
				}
				continue;
			}
			on[(previous = this.#classCharacter())] = 1;
		}
		this.#at++;
		if (this.#at - start < 2) throw new AwkRegexError(BAD_CLASS);
		return set(on, negated);
	}

	#classCharacter(): number {
		const character = this.pattern[this.#at];
		if (character === undefined) throw new AwkRegexError(BAD_CLASS);
		this.#at++;
		return character === '\\' ? this.#escape() : character.charCodeAt(0);
	}

	#named(on: Uint8Array): void {
		const match = /^\[:([a-z]+):\]/.exec(this.pattern.slice(this.#at));
		const test = match && CLASS_TESTS[match[1]!];
		if (!test) throw new AwkRegexError(BAD_CLASS);
		this.#at += match[0].length;
		for (let code = 0; code < 256; code++) if (test.test(String.fromCharCode(code))) on[code] = 1;
	}
}

function set(on: Uint8Array, negated: boolean): string {
	const ranges: string[] = [];
	for (let code = 0; code < 256; code++) {
		if ((on[code] === 1) === negated) continue;
		let last = code;
		while (last < 255 && (on[last + 1] === 1) !== negated) last++;
		ranges.push(`${hex(code)}-${hex(last)}`);
		code = last;
	}
	// a class of nothing: no character is beyond both ends
	return ranges.length > 0 ? `[${ranges.join('')}]` : '(?:\\z.)';
}

export interface Match {
	readonly start: number;
	readonly end: number;
}

export class AwkRegex {
	readonly #compiled: RE2JS;
	/** no pattern character in it: found by search */
	readonly #plain: string | undefined;

	constructor(readonly pattern: string) {
		if (pattern !== '' && !/[\\^$.[\]|()*+?]/.test(pattern)) this.#plain = pattern;
		try {
			this.#compiled = RE2JS.compile(new Translator(pattern).translate(), RE2JS.LONGEST_MATCH | RE2JS.DOTALL);
		} catch (thrown) {
			if (thrown instanceof AwkRegexError) throw thrown;
			throw new AwkRegexError(TOO_BIG);
		}
	}

	test(text: string): boolean {
		return this.#plain !== undefined ? text.includes(this.#plain) : this.#compiled.matcher(text).find();
	}

	/** The leftmost longest match at `from` or later; `^` means the text's beginning only. */
	exec(text: string, from = 0): Match | null {
		if (from > text.length) return null;
		if (this.#plain !== undefined) {
			const start = text.indexOf(this.#plain, from);
			return start < 0 ? null : { start, end: start + this.#plain.length };
		}
		const matcher = this.#compiled.matcher(text);
		return matcher.find(from) ? { start: matcher.start(), end: matcher.end() } : null;
	}

	/** As `exec`, only matches that are not empty (re_pos_match). */
	execSome(text: string, from = 0): Match | null {
		for (let at = from; at < text.length;) {
			const match = this.exec(text, at);
			if (!match) return null;
			if (match.end > match.start) return match;
			at = match.start + 1;
		}
		return null;
	}
}

const CACHE_SIZE = 500;

/** Patterns that are computed, compiled once. */
export class RegexCache {
	readonly #compiled = new Map<string, AwkRegex>();

	get(pattern: string): AwkRegex {
		let regex = this.#compiled.get(pattern);
		if (!regex) {
			regex = new AwkRegex(pattern);
			if (this.#compiled.size >= CACHE_SIZE) this.#compiled.clear();
			this.#compiled.set(pattern, regex);
		}
		return regex;
	}
}

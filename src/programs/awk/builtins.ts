/** The functions of awk that make no system call (mawk's bi_funct.c). */
import { RuntimeError } from './errors';
import { printf } from './format';
import { AwkRegex, AwkRegexError, type RegexCache } from './regex';
import { Random } from './random';
import type { Record } from './record';
import { type Cell, type Ref, toInt, toNumber, toText, type Value } from './value';

export class Builtins {
	#seed: Value;
	#random: Random | undefined;

	constructor(
		readonly record: Record,
		readonly cache: RegexCache,
		readonly rstart: Cell,
		readonly rlength: Cell,
		/** µs, the first seed of rand() */
		readonly clock: number
	) {
		this.#seed = clock;
	}

	#text(value: Value): string {
		return toText(value, this.record.convfmt);
	}

	/** @param args values, of sub and gsub the third a place, of match and sub a pattern perhaps compiled */
	call(name: string, args: readonly unknown[]): Value {
		const values = args as readonly Value[];
		switch (name) {
			case 'length':
				return values.length === 0 ? this.record.text.length : this.#text(values[0]).length;
			case 'index':
				return this.#text(values[1]) === '' ? 1 : this.#text(values[0]).indexOf(this.#text(values[1])) + 1;
			case 'substr':
				return this.#substr(values);
			case 'sprintf':
				return printf(this.#text(values[0]), values.slice(1), this.record.convfmt, 'sprintf');
			case 'toupper':
				return this.#text(values[0]).replace(/[a-z]+/g, (part) => part.toUpperCase());
			case 'tolower':
				return this.#text(values[0]).replace(/[A-Z]+/g, (part) => part.toLowerCase());
			case 'match':
				return this.#match(this.#text(values[0]), this.pattern(args[1]));
			case 'sub':
			case 'gsub':
				return this.#substitute(name === 'gsub', this.pattern(args[0]), this.#text(values[1]), args[2] as Ref);
			case 'atan2':
				return Math.atan2(toNumber(values[0]), toNumber(values[1]));
			case 'rand':
				return (this.#random ??= new Random(toInt(toNumber(this.#seed)))).next();
			case 'srand':
				return this.#srand(values);
			case 'mktime':
				return mktime(this.#text(values[0]));
			default:
				return mathematics(name, toNumber(values[0]));
		}
	}

	/** A pattern, compiled when it is text. */
	pattern(value: unknown): AwkRegex {
		if (value instanceof AwkRegex) return value;
		const text = this.#text(value as Value);
		try {
			return this.cache.get(text);
		} catch (thrown) {
			if (!(thrown instanceof AwkRegexError)) throw thrown;
			throw new RuntimeError(`regular expression compile failed (${thrown.message})\n${text}`);
		}
	}

	#substr(values: readonly Value[]): string {
		const text = this.#text(values[0]);
		let start = toInt(toNumber(values[1])) - 1;
		let count = values.length === 2 ? text.length : toInt(toNumber(values[2]));
		if (start < 0) {
			count -= start + 1;
			start = 0;
		}
		return count <= 0 ? '' : text.slice(start, start + count);
	}

	#match(text: string, regex: AwkRegex): number {
		const found = regex.exec(text);
		this.rstart.value = found ? found.start + 1 : 0;
		this.rlength.value = found ? found.end - found.start : -1;
		return this.rstart.value;
	}

	#substitute(all: boolean, regex: AwkRegex, replacement: string, target: Ref): number {
		const text = this.#text(target.get());
		const pieces = replacementPieces(replacement);
		const fill = (matched: string): string => pieces.map((piece) => piece ?? matched).join('');
		let out = '';
		let count = 0;
		let at = 0;
		/** the end of the last match: no empty match right behind it */
		let last = -1;
		while (at <= text.length) {
			const match = regex.exec(text, at);
			if (!match) break;
			out += text.slice(at, match.start);
			if (match.end > match.start || match.start !== last) {
				out += fill(text.slice(match.start, match.end));
				count++;
			}
			last = at = match.end;
			if (match.end === match.start) {
				if (at < text.length) out += text[at];
				at++;
			}
			if (!all) break;
		}
		if (count > 0) target.set(out + text.slice(at));
		return count;
	}

	#srand(values: readonly Value[]): Value {
		const before = this.#seed;
		this.#seed = values.length > 0 ? values[0] : this.clock;
		this.#random = new Random(toInt(toNumber(this.#seed)));
		return before;
	}
}

/** Text of a replacement, undefined standing for what matched; `\&` is a `&`, `\\` a `\`. */
function replacementPieces(text: string): (string | undefined)[] {
	const pieces: (string | undefined)[] = [];
	for (const [part] of text.matchAll(/\\[&\\]|&|[^&\\]+|\\/g)) pieces.push(part === '&' ? undefined : part.length === 2 && part[0] === '\\' ? part[1] : part); // prettier-ignore
	return pieces;
}

function mathematics(name: string, x: number): number {
	switch (name) {
		case 'sin':
			return Math.sin(x);
		case 'cos':
			return Math.cos(x);
		case 'exp':
			return Math.exp(x);
		case 'log':
			return Math.log(x);
		case 'sqrt':
			return Math.sqrt(x);
		default:
			return Math.trunc(x);
	}
}

/** "YYYY MM DD HH MM SS" as seconds since 1970; hosts run on UTC. */
function mktime(text: string): number {
	const parts = text
		.trim()
		.split(/\s+/)
		.map((part) => parseInt(part, 10));
	const [year, month, day, hour, minute, second] = parts;
	if (parts.length < 6 || parts.slice(0, 6).some(Number.isNaN)) return -1;
	return Date.UTC(year!, month! - 1, day, hour, minute, second) / 1000;
}

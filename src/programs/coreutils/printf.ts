/** printf(1) of coreutils, which find -exec, xargs and env start; the shells have their own. */
import { expandEscapes } from './echo';
import { type Conversion, formatInteger, formatNumber } from './printf-format';
import { quote } from './quote';
import { decode, encode } from '../libc/text';
import { quoteIfNeeded } from './quote';
import { Fatal, type Tool, UsageError, utility } from './utility';
import type { Main, Sys } from '#kernel/syscalls';

const DIRECTIVE = /^%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|L|j|z|t)?(.?)/s;
const pad = (text: string, width: number, left: boolean): string => {
	const blanks = ' '.repeat(Math.max(0, width - encode(text).length));
	return left ? text + blanks : blanks + text;
};

class Printer {
	#next = 0;

	constructor(
		readonly tool: Tool,
		readonly args: readonly string[]
	) {}

	/** @returns false after \c */
	*once(format: string): Sys<boolean> {
		for (let at = 0; at < format.length;) {
			const character = format[at]!;
			if (character === '\\') {
				const octal = /^\\[0-7]{1,3}/.exec(format.slice(at));
				const escape = octal?.[0] ?? /^\\(x[0-9a-fA-F]{1,2}|.)?/s.exec(format.slice(at))![0];
				at += escape.length;
				if (escape === '\\"') yield* this.tool.print('"');
				else {
					const { text, ended } = expandEscapes(octal ? `\\0${escape.slice(1)}` : escape);
					yield* this.tool.print(text);
					if (ended) return false;
				}
			} else if (character === '%') {
				const found = DIRECTIVE.exec(format.slice(at))!;
				at += found[0].length;
				if (!(yield* this.#directive(found))) return false;
			} else {
				yield* this.tool.print(character);
				at++;
			}
		}
		return true;
	}

	*all(format: string): Sys<void> {
		for (;;) {
			const before = this.#next;
			if (!(yield* this.once(format)) || this.#next >= this.args.length) return;
			if (this.#next > before) continue;
			yield* this.tool.warn(`warning: ignoring excess arguments, starting with ${quote(this.args[this.#next]!)}`);
			return;
		}
	}

	*#directive(found: RegExpExecArray): Sys<boolean> {
		const [whole, flags, widthText, precisionText, letter] = found as unknown as string[];
		if (whole === '%%') {
			yield* this.tool.print('%');
			return true;
		}
		let width = widthText === '*' ? Number(yield* this.#integer()) : Number(widthText ?? 0);
		const left = flags!.includes('-') || width < 0;
		width = Math.abs(width);
		const starred = precisionText === '*' ? Number(yield* this.#integer()) : undefined;
		const precision = starred !== undefined ? (starred < 0 ? undefined : starred) : precisionText === undefined ? undefined : Number(precisionText); // prettier-ignore
		const conversion: Conversion = { flags: left ? `${flags!}-` : flags!, width, precision, letter: letter! };
		if (letter === 'b') {
			const { text, ended } = expandEscapes((this.args[this.#next++] ?? '').replace(/\\([1-7])/g, '\\0$1'));
			yield* this.tool.print(text);
			return !ended;
		}
		if (letter === 's' || letter === 'c' || letter === 'q') {
			const text = this.args[this.#next++] ?? '';
			const bytes = encode(letter === 'q' ? quoteIfNeeded(text) : text);
			const limit = letter === 'c' ? 1 : precision;
			yield* this.tool.print(pad(decode(limit === undefined ? bytes : bytes.subarray(0, limit)), width, left));
		} else if (/^[diouxX]$/.test(letter!)) yield* this.tool.print(formatInteger(conversion, yield* this.#integer()));
		else if (/^[aefgAEFG]$/.test(letter!)) yield* this.tool.print(formatNumber(conversion, yield* this.#float()));
		else throw new Fatal(`${whole}: invalid conversion specification`);
		return true;
	}

	*#integer(): Sys<bigint> {
		const text = this.args[this.#next++];
		if (text === undefined) return 0n;
		if (/^["']./su.test(text)) return BigInt(text.codePointAt(1)!);
		const found = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
		yield* this.#check(text, found?.[0]);
		if (!found) return 0n;
		const digits = found[2]!;
		const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
		return found[1] === '-' ? -value : value;
	}

	*#float(): Sys<number> {
		const text = this.args[this.#next++];
		if (text === undefined) return 0;
		if (/^["']./su.test(text)) return text.codePointAt(1)!;
		const found = /^\s*[-+]?(0[xX][0-9a-fA-F]+|(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|inf(inity)?|nan)/i.exec(text);
		yield* this.#check(text, found?.[0]);
		if (!found) return 0;
		return /inf/i.test(found[0]) ? (found[0].includes('-') ? -Infinity : Infinity) : Number(found[0]);
	}

	*#check(text: string, used: string | undefined): Sys<void> {
		if (used === undefined) yield* this.tool.complain(`${quote(text)}: expected a numeric value`);
		else if (used !== text) yield* this.tool.complain(`${quote(text)}: value not completely converted`);
	}
}

/** It knows no options but --help and --version. */
export const printf: Main = utility(
	[],
	function* (tool, options) {
		const [format, ...args] = options.operands;
		if (format === undefined) throw new UsageError('missing operand');
		yield* new Printer(tool, args).all(format);
	},
	{ posix: true }
);

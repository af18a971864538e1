/**
 * The formats of printf (printf(1), bash's printf.def) and the escapes of echo -e and %b.
 * Widths and precisions of %s count bytes, as bash's do.
 */
import { decode, encode } from '#kernel/text';
import { formatInteger, formatNumber } from '../coreutils/printf-format';
import { quoteBackslash, quoteReusable } from './quote';
import { breakDown, strftime } from '../libc/strftime';

export interface Formatted {
	readonly text: string;
	readonly status: number;
	/** complaints, in order */
	readonly errors: readonly string[];
}

/** @param now microseconds since 1970, for %(…)T without a time */
export function formatPrintf(format: string, args: readonly string[], now: number, dash = false): Formatted {
	return new Formatter(format, args, now, dash).all();
}

class Formatter {
	#out = '';
	#next = 0;
	#status = 0;
	#errors: string[] = [];
	#stopped = false;

	constructor(
		readonly format: string,
		readonly args: readonly string[],
		readonly now: number,
		readonly dash: boolean
	) {}

	all(): Formatted {
		for (let turn = 0; turn < 100_000; turn++) {
			const before = this.#next;
			this.#once();
			if (this.#stopped || this.#next >= this.args.length || this.#next === before) break;
		}
		return { text: this.#out, status: this.#status, errors: this.#errors };
	}

	#once(): void {
		const { format } = this;
		for (let at = 0; at < format.length && !this.#stopped;) {
			const c = format[at]!;
			if (c === '\\') {
				const escape = readEscape(format, at, 'printf');
				this.#out += escape.text;
				at = escape.end;
				if (escape.stop) this.#stopped = true;
			} else if (c === '%') at = this.#conversion(at);
			else {
				this.#out += c;
				at++;
			}
		}
	}

	#argument(): string | undefined {
		return this.args[this.#next++];
	}

	#conversion(start: number): number {
		const { format } = this;
		const match = /^%([-+ 0#']*)(\*|\d+)?(?:\.(\*|-?\d*))?(?:hh|h|ll|l|j|z|t|L)?/.exec(format.slice(start))!;
		let at = start + match[0].length;
		let flags = match[1]!;
		let width = match[2] === '*' ? Number(this.#number(this.#argument())) : Number(match[2] ?? 0);
		if (width < 0) {
			flags += '-';
			width = -width;
		}
		let precision: number | undefined =
			match[3] === undefined ? undefined : match[3] === '*' ? Number(this.#number(this.#argument())) : Number(match[3]);
		if (precision !== undefined && precision < 0) precision = undefined;
		const letter = format[at];
		if (letter === undefined) {
			this.#errors.push(`\`${match[0] === '%' ? '%' : match[0]}': missing format character`);
			this.#status = 1;
			this.#stopped = true;
			return at;
		}
		at++;
		if (letter === '%') {
			this.#out += '%';
			return at;
		}
		if (letter === '(') {
			const end = format.indexOf(')T', at);
			if (end >= 0) {
				const value = this.#argument();
				const seconds =
					value === undefined || value === '-1' || value === '-2' ? this.now : Number(this.#number(value)) * 1_000_000;
				this.#out += pad(strftime(format.slice(at, end) || '%X', breakDown(seconds)), width, flags);
				return end + 2;
			}
		}
		this.#convert(letter, flags, width, precision);
		return at;
	}

	#convert(letter: string, flags: string, width: number, precision: number | undefined): void {
		switch (letter) {
			case 's':
			case 'b':
			case 'q':
			case 'Q': {
				let text = this.#argument() ?? '';
				if (letter === 'b') text = this.#escaped(text);
				else if (letter === 'q') text = quoteBackslash(text);
				else if (letter === 'Q') text = quoteReusable(text);
				if (precision !== undefined) text = decode(encode(text).subarray(0, precision));
				this.#out += pad(text, width, flags);
				return;
			}
			case 'c':
				this.#out += pad((this.#argument() ?? '').slice(0, 1), width, flags);
				return;
			case 'd':
			case 'i':
			case 'u':
			case 'o':
			case 'x':
			case 'X':
				this.#out += formatInteger({ letter, flags, width, precision }, this.#number(this.#argument()));
				return;
			case 'e':
			case 'E':
			case 'f':
			case 'F':
			case 'g':
			case 'G':
			case 'a':
			case 'A':
				this.#out += formatNumber({ letter, flags, width, precision }, this.#float(this.#argument()));
				return;
			case 'n':
				this.#argument();
				return;
			default:
				this.#errors.push(`\`${this.dash ? '%' + letter : letter}': invalid format character`);
				this.#status = 1;
				this.#stopped = true;
		}
	}

	#escaped(text: string): string {
		let out = '';
		for (let at = 0; at < text.length;) {
			if (text[at] !== '\\') {
				out += text[at++];
				continue;
			}
			const escape = readEscape(text, at, 'b');
			out += escape.text;
			at = escape.end;
			if (escape.stop) {
				this.#stopped = true;
				break;
			}
		}
		return joinBytes(out);
	}

	#number(text: string | undefined): bigint {
		if (text === undefined || text === '') return 0n;
		const first = text[0]!;
		if (first === "'" || first === '"') return BigInt(text.codePointAt(1) ?? 0);
		const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)?/.exec(text)!;
		const digits = match[2];
		let value = 0n;
		if (digits !== undefined)
			value = /^0[xX]/.test(digits)
				? BigInt(digits)
				: digits[0] === '0' && digits.length > 1
					? BigInt('0o' + digits.slice(1))
					: BigInt(digits);
		if (match[1] === '-') value = -value;
		if (digits === undefined || match[0].length < text.length) {
			this.#errors.push(
				this.dash
					? digits === undefined
						? `${text}: expected numeric value`
						: `${text}: not completely converted`
					: `${text}: invalid ${/^0[0-9]/.test(text) ? 'octal number' : /^0x/i.test(text) ? 'hex number' : 'number'}`
			);
			this.#status = 1;
		}
		const clamped =
			value > 9223372036854775807n
				? 9223372036854775807n
				: value < -9223372036854775808n
					? -9223372036854775808n
					: value;
		if (clamped !== value)
			this.#errors.push(
				this.dash ? `${text}: Numerical result out of range` : `warning: ${text}: Numerical result out of range`
			);
		return clamped;
	}

	#float(text: string | undefined): number {
		if (text === undefined || text === '') return 0;
		if (text[0] === "'" || text[0] === '"') return text.codePointAt(1) ?? 0;
		const match = /^\s*[+-]?(?:inf(?:inity)?|nan|0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/i.exec(text);
		if (match === null || match[0].length < text.length) {
			this.#errors.push(this.dash ? `${text}: expected numeric value` : `${text}: invalid number`);
			this.#status = 1;
		}
		if (match === null) return 0;
		if (/inf/i.test(match[0])) return match[0].includes('-') ? -Infinity : Infinity;
		return Number(match[0]);
	}
}

function pad(text: string, width: number, flags: string): string {
	const missing = width - encode(text).length;
	if (missing <= 0) return text;
	return flags.includes('-')
		? text + ' '.repeat(Math.min(missing, 1_000_000))
		: ' '.repeat(Math.min(missing, 1_000_000)) + text;
}

/* ---- escapes ---- */

interface Escape {
	readonly text: string;
	readonly end: number;
	readonly stop: boolean;
}

const SIMPLE: Readonly<Record<string, string>> = {
	a: '\x07',
	b: '\b',
	e: '\x1b',
	E: '\x1b',
	f: '\f',
	n: '\n',
	r: '\r',
	t: '\t',
	v: '\v',
	'\\': '\\'
};

/** The escape at `at`. `echo` and `b` want \0nnn and know \c; `printf` takes \nnn, \" and \'. */
export function readEscape(text: string, at: number, kind: 'printf' | 'b' | 'echo'): Escape {
	const rest = text.slice(at + 1, at + 10);
	const done = (value: string, length: number, stop = false): Escape => ({ text: value, end: at + 1 + length, stop });
	const letter = rest[0];
	if (letter === undefined) return done('\\', 0);
	if (letter === 'c' && kind !== 'printf') return done('', 1, true);
	const octal =
		kind === 'printf'
			? /^[0-7]{1,3}/.exec(rest)
			: kind === 'b'
				? /^0?[0-7]{1,3}/.exec(rest)
				: /^0[0-7]{0,3}/.exec(rest);
	if (octal) return done(byte(parseInt(octal[0], 8) & 255), octal[0].length);
	const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
	if (hex) return done(byte(parseInt(hex[1]!, 16)), hex[0].length);
	const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest);
	if (unicode)
		return done(String.fromCodePoint(Math.min(0x10ffff, parseInt(unicode[1] ?? unicode[2]!, 16))), unicode[0].length);
	if (letter in SIMPLE) return done(SIMPLE[letter]!, 1);
	if (kind === 'printf' && (letter === '"' || letter === "'" || letter === '?')) return done(letter, 1);
	return done('\\' + letter, 1);
}

function byte(value: number): string {
	return value < 128 ? String.fromCharCode(value) : String.fromCharCode(0xdc00 + value);
}

/** Bytes given one by one that form UTF-8 become the character. */
export function joinBytes(text: string): string {
	return /[\udc80-\udcff]/.test(text) ? decode(encode(text)) : text;
}

/** echo -e, and dash's echo. @returns the text and whether \c ended it */
export function unescapeEcho(text: string): { readonly text: string; readonly stop: boolean } {
	let out = '';
	for (let at = 0; at < text.length;) {
		if (text[at] !== '\\') {
			out += text[at++];
			continue;
		}
		const escape = readEscape(text, at, 'echo');
		out += escape.text;
		if (escape.stop) return { text: joinBytes(out), stop: true };
		at = escape.end;
	}
	return { text: joinBytes(out), stop: false };
}

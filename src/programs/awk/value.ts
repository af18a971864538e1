/**
 * Values of awk and what they turn into: number, text, truth, order (mawk's cast.c and the end of execute.c).
 *
 * Text is bytes, one character each (U+0000–U+00FF): mawk 1.3.4 knows no multibyte characters, so `length("ä")` is 2.
 * Integers are 32 bits, as "maximum-integer" of `mawk -W version` says: larger numbers print by OFMT and CONVFMT.
 */
import { cNumber } from './format';

/** Text from input, which is a number too if it looks like one (mawk's C_MBSTRN). */
export class Input {
	#number: number | null | undefined;

	constructor(readonly text: string) {}

	/** null: it does not look like a number */
	get number(): number | null {
		if (this.#number === undefined) this.#number = numeric(this.text);
		return this.#number;
	}
}

/** undefined: never assigned */
export type Value = undefined | number | string | Input;

/** Where a value is kept: a variable, an element, a field. */
export interface Ref {
	get(): Value;
	set(value: Value): void;
}

export class Cell implements Ref {
	constructor(public value: Value = undefined) {}

	get(): Value {
		return this.value;
	}

	set(value: Value): void {
		this.value = value;
	}
}

export const MAX_INT = 2_147_483_647;

/** A double as an int, larger ones cut (d_to_I). */
export function toInt(value: number): number {
	if (value >= MAX_INT) return MAX_INT;
	return value > -MAX_INT ? Math.trunc(value) + 0 : -MAX_INT;
}

/** What strtod(3) takes from the beginning of a text. */
const STRTOD =
	/^[ \t\n\v\f\r]*([-+]?)(?:(0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?\d+)?)|(inf(?:inity)?)|(nan)|((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))/i;

/** @returns the number and how many characters it took; 0 and 0 if there is none */
export function strtod(text: string): readonly [value: number, length: number] {
	const match = STRTOD.exec(text);
	if (!match) return [0, 0];
	const [whole, sign, hex, infinity, nan, decimal] = match;
	const magnitude = hex !== undefined ? hexadecimal(hex) : infinity ? Infinity : nan ? NaN : Number(decimal);
	return [sign === '-' ? -magnitude : magnitude, whole.length];
}

function hexadecimal(text: string): number {
	const [mantissa, exponent] = text.slice(2).toLowerCase().split('p') as [string, string | undefined];
	const [whole, fraction = ''] = mantissa.split('.') as [string, string | undefined];
	const digits = parseInt(whole + fraction || '0', 16);
	return digits * 2 ** (Number(exponent ?? 0) - 4 * fraction.length);
}

function numeric(text: string): number | null {
	const trimmed = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
	if (!/^[-+.\d]/.test(trimmed) || !/[\d.]$/.test(trimmed)) return null;
	const [value, length] = strtod(trimmed);
	return length === trimmed.length && length > 0 && Number.isFinite(value) ? value : null;
}

export function toNumber(value: Value): number {
	if (typeof value === 'number') return value;
	if (value === undefined) return 0;
	return strtod(typeof value === 'string' ? value : value.text)[0];
}

/** @param format CONVFMT, or OFMT for print */
export function toText(value: Value, format: string): string {
	if (typeof value === 'string') return value;
	if (value === undefined) return '';
	if (typeof value !== 'number') return value.text;
	return toInt(value) === value ? String(toInt(value)) : cNumber(format, value);
}

export function isTrue(value: Value): boolean {
	if (typeof value === 'string') return value !== '';
	if (value instanceof Input) return value.number === null ? value.text !== '' : value.number !== 0;
	return value !== undefined && value !== 0;
}

/** Numbers by value, where one is text both by bytes. @returns below 0, 0, above 0 */
export function compare(left: Value, right: Value, convfmt: string): number {
	const isText = (value: Value): boolean =>
		typeof value === 'string' || (value instanceof Input && value.number === null);
	if (isText(left) || isText(right)) {
		const a = toText(left, convfmt);
		const b = toText(right, convfmt);
		return a < b ? -1 : a > b ? 1 : 0;
	}
	const a = toNumber(left);
	const b = toNumber(right);
	return a > b ? 1 : a < b ? -1 : 0;
}

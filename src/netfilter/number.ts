/**
 * Numbers as the command reads them: strtoul(3) with base 0, refused when negative or out of range, and as it prints them.
 *
 * Reads: leading white space, a plus sign, 0x for hexadecimal, 0 for octal. "15a" is refused unless the caller goes on
 * reading behind the number.
 */

/** 2^64 - 1 */
export const UINT64_MAX = 18446744073709551615n;
export const UINT32_MAX = 4294967295;

export interface NumberPrefix {
	readonly value: bigint;
	/** where the number ends in the text; 0 when there is none */
	readonly end: number;
}

const DIGITS: Readonly<Record<number, RegExp>> = { 8: /^[0-7]+/, 10: /^[0-9]+/, 16: /^[0-9a-f]+/i };

/** The longest number at the beginning of `text` (strtoul(3)); `value` may exceed 64 bits, a minus sign ends it. */
export function numberPrefix(text: string, base: 0 | 8 | 10 | 16 = 0): NumberPrefix {
	let at = /^[ \t-\r]*\+?/.exec(text)![0].length;
	let radix: number = base;
	const hexadecimal = /^0x(?=[0-9a-f])/i.test(text.slice(at));
	if ((base === 0 || base === 16) && hexadecimal) {
		at += 2;
		radix = 16;
	} else if (base === 0) radix = text[at] === '0' ? 8 : 10;
	const digits = DIGITS[radix]!.exec(text.slice(at))?.[0];
	if (digits === undefined) return { value: 0n, end: 0 };
	const prefix = radix === 16 ? '0x' : radix === 8 ? '0o' : '';
	return { value: BigInt(prefix + digits), end: at + digits.length };
}

/** A number that is the whole of `text`, within limits; undefined otherwise (xtables_strtoul). */
export function parseBig(text: string, min = 0n, max = UINT64_MAX): bigint | undefined {
	const { value, end } = numberPrefix(text);
	return end > 0 && end === text.length && value >= min && value <= max ? value : undefined;
}

/** The same for numbers of up to 53 bits. */
export function parseNumber(text: string, min = 0, max = UINT32_MAX): number | undefined {
	if (/^[1-9]\d{0,8}$/.test(text)) {
		const number = Number(text);
		return number >= min && number <= max ? number : undefined;
	}
	const value = parseBig(text, BigInt(min), BigInt(max));
	return value === undefined ? undefined : Number(value);
}

/** A number at the beginning, and what follows it; undefined without one, or when it is out of range. */
export function parseLeadingNumber(text: string, min = 0, max = UINT32_MAX): readonly [number, string] | undefined {
	const { value, end } = numberPrefix(text);
	if (end === 0 || value < BigInt(min) || value > BigInt(max)) return undefined;
	return [Number(value), text.slice(end)];
}

/** "0x1f" */
export function hex(value: number): string {
	return `0x${(value >>> 0).toString(16)}`;
}

/** "0x1" alone under a full mask, else "0x1/0xff" (as -L and -S show marks) */
export function markText(value: number, mask: number): string {
	return mask >>> 0 === UINT32_MAX ? hex(value) : `${hex(value)}/${hex(mask)}`;
}

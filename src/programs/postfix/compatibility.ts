/** Compatibility levels "major[.minor[.patch]]" as comparable numbers (compat_level(3)). */

const PART = 1024;

/** @returns the number, or the complaint */
export function parseLevel(text: string): number | string {
	const parts = /^\s*([+-]?\d+)(?:\.\s*([+-]?\d+)(?:\.\s*([+-]?\d+))?)?$/.exec(text);
	const numbers = parts?.slice(1).map((part) => Number(part ?? 0));
	if (!numbers || numbers.some((value) => value < 0) || numbers[1]! >= PART || numbers[2]! >= PART)
		return `malformed compatibility level syntax: "${text}"`;
	return (numbers[0]! * PART + numbers[1]!) * PART + numbers[2]!;
}

/** The newest level that changes a default, and what `postfix check` recommends. */
export const LAST_COMPATIBILITY_LEVEL = '3.6';

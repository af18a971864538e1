/**
 * A range of 32-bit numbers as esp, ah, ipcomp, frag and rt keep, print and compare it: SPIs, ids, segments left.
 *
 * A full range is not saved, not even an inverted one, which the listing shows: so does the real program.
 */
import type { ParsedOption } from '../extension';
import { UINT32_MAX } from '../number';

export interface NumberRange {
	readonly low: number;
	readonly high: number;
	readonly invert: boolean;
}

export const ANY_NUMBER: NumberRange = { low: 0, high: UINT32_MAX, invert: false };

export function rangeOf({ range: [low, high], invert }: ParsedOption): NumberRange {
	return { low, high, invert };
}

/** "spi:!3", "spis:0:3"; empty for any. The label gets an s when there are two. */
export function listRange(label: string, { low, high, invert }: NumberRange): string {
	if (low === 0 && high === UINT32_MAX && !invert) return '';
	const bang = invert ? '!' : '';
	return low === high ? `${label}:${bang}${low}` : `${label}s:${bang}${low}:${high}`;
}

/** " ! --espspi 0:3"; empty for all */
export function saveRange(option: string, { low, high, invert }: NumberRange): string {
	if (low === 0 && high === UINT32_MAX) return '';
	return `${invert ? ' !' : ''} --${option} ${low === high ? low : `${low}:${high}`}`;
}

export function inRange(value: number, { low, high, invert }: NumberRange): boolean {
	return (value >= low && value <= high) !== invert;
}

export function rangeSentence(what: string, value: number, { low, high, invert }: NumberRange): string {
	const wanted = low === high ? String(low) : `between ${low} and ${high}`;
	const inside = value >= low && value <= high;
	return `${what} ${value} is ${inside ? '' : 'not '}${wanted}${invert && inside ? ', which is excluded' : ''}`;
}

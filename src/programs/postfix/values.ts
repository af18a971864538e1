/** Numbers and times as main.cf has them (mail_conf_int(3), conv_time(3)), with the fatal errors of the real programs. */
import { Fatal } from './errors';

const INT_MAX = 2 ** 31 - 1;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** strtol(3): leading white space and a sign are taken. @returns the number and what follows it */
function leadingNumber(text: string): { value: number; rest: string } | undefined {
	const found = /^\s*[+-]?\d+/.exec(text);
	return found ? { value: Number(found[0]), rest: text.slice(found[0].length) } : undefined;
}

/** @param small int, not long */
export function parseNumber(name: string, text: string, small = true): number {
	const number = leadingNumber(text);
	const limit = small ? INT_MAX : 2 ** 63;
	if (!number || number.rest !== '' || Math.abs(number.value) > limit || Math.abs(number.value) === 2 ** 63)
		throw new Fatal(`bad numerical configuration: ${name} = ${text}`);
	return number.value;
}

/** @param unit what a bare number means: the unit of the default */
export function parseSeconds(name: string, text: string, unit: string): number {
	const seconds = secondsOf(text, unit);
	if (seconds === undefined) throw new Fatal(`parameter ${name}: bad time value or unit: ${text}`);
	return seconds;
}

/** undefined for what is no time */
export function secondsOf(text: string, unit: string): number | undefined {
	const number = leadingNumber(text);
	if (!number || number.value < 0 || number.value > INT_MAX) return undefined;
	const factor = UNITS[number.rest === '' ? unit : number.rest[0]!];
	if (factor === undefined || (factor > 1 && number.value >= Math.floor(INT_MAX / factor))) return undefined;
	return number.value * factor;
}

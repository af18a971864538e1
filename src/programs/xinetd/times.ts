/** access_times of xinetd.conf: "2:00-9:00 12:00-23:59", both ends included. */
import type { Sys } from '#kernel/syscalls';
import type { Place, Report } from './message';

/** Minutes of the day. */
export interface Interval {
	readonly text: string;
	readonly start: number;
	readonly end: number;
}

/** What is wrong with an interval, or the interval. */
export function parseInterval(text: string): Interval | string {
	const limits = [23, 59, 23, 59];
	const stops = [':', '-', ':', ''];
	const numbers: number[] = [];
	let rest = text;
	for (const [i, stop] of stops.entries()) {
		const digits = /^\d*/.exec(rest)![0];
		if (rest.charAt(digits.length) !== stop) return 'incorrect time interval';
		const value = Number(digits);
		if (value > limits[i]!) return 'invalid time interval';
		numbers.push(value);
		rest = rest.slice(digits.length + 1);
	}
	const start = numbers[0]! * 60 + numbers[1]!;
	const end = numbers[2]! * 60 + numbers[3]!;
	return start >= end ? `invalid time interval: ${text}` : { text, start, end };
}

/** Adds intervals to a list. @returns false when one is wrong */
export function* addIntervals(list: Interval[], values: readonly string[], place: Place, report: Report): Sys<boolean> {
	for (const text of values) {
		const interval = parseInterval(text);
		if (typeof interval === 'string') {
			yield* report('err', interval, place);
			return false;
		}
		list.push(interval);
	}
	return true;
}

/** Days since 1970, as /etc/shadow counts them. */
import { breakDown, strftime } from '../libc/strftime';

const DAY_MS = 86_400_000;

/** YYYY-MM-DD; a month of 13 is the next year's first, as mktime(3) has it. @returns undefined for anything else */
export function parseTime(text: string): number | undefined {
	const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
	return year === undefined ? undefined : Math.floor(Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS);
}

/** "Dec 09, 2023", or with `iso` "2023-12-09" */
export function showDay(day: number, iso: boolean): string {
	return strftime(iso ? '%Y-%m-%d' : '%b %d, %Y', breakDown(day * DAY_MS * 1000));
}

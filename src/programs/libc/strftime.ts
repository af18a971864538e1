/**
 * Dates as text (strftime(3), with GNU date's flags and %N, %:z) and back from parts. The locale is C.
 *
 * Times are microseconds since 1970. Zones: UTC unless /etc/timezone or TZ say otherwise is not simulated: every host
 * runs on UTC, as a mail server should, so %Z is "UTC" and %z "+0000"; `zone` lets a caller name another fixed offset.
 *
 * Not simulated: other locales, zones with daylight saving time, %E and %O.
 */

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
export const MONTHS = [
	'January',
	'February',
	'March',
	'April',
	'May',
	'June',
	'July',
	'August',
	'September',
	'October',
	'November',
	'December'
] as const;

/** struct tm, with what else a format may show. */
export interface Tm {
	readonly year: number;
	/** 0–11 */
	readonly month: number;
	/** 1–31 */
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	readonly second: number;
	readonly microsecond: number;
	/** 0 is Sunday */
	readonly weekday: number;
	/** 0–365 */
	readonly yearday: number;
	/** seconds east of UTC */
	readonly offset: number;
	readonly zone: string;
	/** seconds since 1970 */
	readonly epoch: number;
}

export interface Zone {
	readonly offset: number;
	readonly name: string;
}

export const UTC: Zone = { offset: 0, name: 'UTC' };

/** @param time microseconds since 1970 (gmtime(3), or localtime(3) for another zone) */
export function breakDown(time: number, zone: Zone = UTC): Tm {
	const epoch = Math.floor(time / 1e6);
	const date = new Date((epoch + zone.offset) * 1000);
	const year = date.getUTCFullYear();
	return {
		year,
		month: date.getUTCMonth(),
		day: date.getUTCDate(),
		hour: date.getUTCHours(),
		minute: date.getUTCMinutes(),
		second: date.getUTCSeconds(),
		microsecond: time - epoch * 1e6,
		weekday: date.getUTCDay(),
		yearday: Math.floor((date.getTime() - yearStart(year)) / 86_400_000),
		offset: zone.offset,
		zone: zone.name,
		epoch
	};
}

function yearStart(year: number): number {
	const start = new Date(0);
	return start.setUTCFullYear(year, 0, 1);
}

interface Field {
	readonly value: string;
	/** least width, and what fills it */
	readonly width?: number;
	readonly fill?: '0' | ' ';
}

const number = (value: number, width: number, fill: '0' | ' ' = '0'): Field => ({ value: String(value), width, fill });
const text = (value: string): Field => ({ value });
const twelve = (hour: number): number => hour % 12 || 12;

/** One row a letter. A string is a format of its own. */
const CONVERSIONS: Readonly<Record<string, string | ((tm: Tm) => Field)>> = {
	a: (tm) => text(WEEKDAYS[tm.weekday]!.slice(0, 3)),
	A: (tm) => text(WEEKDAYS[tm.weekday]!),
	b: (tm) => text(MONTHS[tm.month]!.slice(0, 3)),
	B: (tm) => text(MONTHS[tm.month]!),
	c: '%a %b %e %H:%M:%S %Y',
	C: (tm) => number(Math.floor(tm.year / 100), 2),
	d: (tm) => number(tm.day, 2),
	D: '%m/%d/%y',
	e: (tm) => number(tm.day, 2, ' '),
	F: '%Y-%m-%d',
	g: (tm) => number(isoWeek(tm).year % 100, 2),
	G: (tm) => number(isoWeek(tm).year, 1),
	h: '%b',
	H: (tm) => number(tm.hour, 2),
	I: (tm) => number(twelve(tm.hour), 2),
	j: (tm) => number(tm.yearday + 1, 3),
	k: (tm) => number(tm.hour, 2, ' '),
	l: (tm) => number(twelve(tm.hour), 2, ' '),
	m: (tm) => number(tm.month + 1, 2),
	M: (tm) => number(tm.minute, 2),
	n: () => text('\n'),
	N: (tm) => text(String(tm.microsecond * 1000).padStart(9, '0')),
	p: (tm) => text(tm.hour < 12 ? 'AM' : 'PM'),
	P: (tm) => text(tm.hour < 12 ? 'am' : 'pm'),
	q: (tm) => number(Math.floor(tm.month / 3) + 1, 1),
	r: '%I:%M:%S %p',
	R: '%H:%M',
	s: (tm) => number(tm.epoch, 1),
	S: (tm) => number(tm.second, 2),
	t: () => text('\t'),
	T: '%H:%M:%S',
	u: (tm) => number(tm.weekday || 7, 1),
	U: (tm) => number(Math.floor((tm.yearday + 7 - tm.weekday) / 7), 2),
	V: (tm) => number(isoWeek(tm).week, 2),
	w: (tm) => number(tm.weekday, 1),
	W: (tm) => number(Math.floor((tm.yearday + 7 - ((tm.weekday + 6) % 7)) / 7), 2),
	x: '%m/%d/%y',
	X: '%H:%M:%S',
	y: (tm) => number(((tm.year % 100) + 100) % 100, 2),
	Y: (tm) => number(tm.year, 1),
	z: (tm) => text(offsetText(tm.offset, '')),
	Z: (tm) => text(tm.zone),
	'%': () => text('%')
};

function offsetText(offset: number, separator: string): string {
	const minutes = Math.floor(Math.abs(offset) / 60);
	const two = (value: number): string => String(value).padStart(2, '0');
	return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}

/** ISO 8601 week and the year it belongs to. */
function isoWeek(tm: Tm): { year: number; week: number } {
	const thursday = new Date(0);
	thursday.setUTCFullYear(tm.year, tm.month, tm.day - ((tm.weekday + 6) % 7) + 3);
	const year = thursday.getUTCFullYear();
	return { year, week: Math.floor((thursday.getTime() - yearStart(year)) / (7 * 86_400_000)) + 1 };
}

/** @param format with GNU flags (`-` no filling, `_` blanks, `0` zeros, `^` upper case, `#` other case) and widths */
export function strftime(format: string, tm: Tm): string {
	return format.replace(
		/%([-_0^#+]*)(\d*)(:{0,3}z|[a-zA-Z+%])/g,
		(whole, flags: string, width: string, letter: string) => {
			if (letter.startsWith(':')) return colonZone(letter.length - 1, tm.offset);
			const row = CONVERSIONS[letter];
			if (row === undefined) return whole;
			return pad(typeof row === 'string' ? text(strftime(row, tm)) : row(tm), flags, width, letter);
		}
	);
}

function colonZone(colons: number, offset: number): string {
	const long = offsetText(offset, ':');
	if (colons === 2) return `${long}:${String(Math.abs(offset) % 60).padStart(2, '0')}`;
	return colons === 3 && long.endsWith(':00') ? long.slice(0, 3) : long;
}

function pad(field: Field, flags: string, width: string, letter: string): string {
	let { value } = field;
	if (letter === 'N') {
		const digits = width === '' ? 9 : Number(width);
		value = value.slice(0, digits).padEnd(digits, '0');
		return flags.includes('-') && width === '' ? value.replace(/0+$/, '') || '0' : value;
	}
	if (flags.includes('^')) value = value.toUpperCase();
	if (flags.includes('#')) value = letter === 'p' || letter === 'Z' ? value.toLowerCase() : value.toUpperCase();
	if (flags.includes('-')) return value;
	const fill = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : (field.fill ?? ' ');
	const least = width === '' ? (field.width ?? 0) : Number(width);
	if (value.startsWith('-') && fill === '0') return `-${value.slice(1).padStart(least - 1, '0')}`;
	return value.padStart(least, fill);
}

/** "Mar  4 09:12:31": the time as syslog writes it (RFC 3164). */
export function syslogTime(time: number): string {
	return strftime('%b %e %H:%M:%S', breakDown(time));
}

/** "Mon, 4 Mar 2002 09:12:31 +0000 (UTC)": the Date: of a mail as Postfix writes it (RFC 5322). */
export function mailDate(time: number): string {
	return strftime('%a, %-d %b %Y %H:%M:%S %z (%Z)', breakDown(time));
}

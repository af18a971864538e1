/**
 * time: the hour, the day of the week or month, a span of dates (xt_time). The simulated hosts' kernels know no time zone, so
 * --kerneltz is UTC too.
 */
import { OptionError, type CommandContext, type MatchExtension, type ParsedOption } from '../extension';
import { numberPrefix } from '../number';
import type { Services } from '../services';
import type { Skb } from '../skb';

interface Time {
	/** seconds since 1970 */
	dateStart: number;
	dateStop: number;
	/** seconds since midnight */
	start: number;
	stop: number;
	/** bit 1 is Monday */
	weekdays: number;
	/** bit 1 is the first */
	monthdays: number;
	kernelZone: boolean;
	contiguous: boolean;
}

const DAY = 86400;
const LAST_SECOND = DAY - 1;
const NO_STOP = 0x7fffffff;
const EVERY_WEEKDAY = 0xfe;
const EVERY_MONTHDAY = 0xfffffffe;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/* ---- as typed ---------------------------------------------------------------------------------------------------- */

interface Field {
	readonly most: number;
	/** what may follow it, beside the end */
	readonly next: string;
}

/** Numbers with signs between them; the text may end after any of the optional ones. Undefined where it does not fit. */
function parseFields(
	text: string,
	fields: readonly Field[],
	required: number
): { values: number[]; bad: string | null } {
	const values: number[] = [];
	let rest = text;
	for (const [i, { most, next }] of fields.entries()) {
		const at = rest;
		const { value, end } = numberPrefix(at, 10);
		rest = at.slice(end);
		const fits = rest === '' ? i + 1 >= required : next !== '' && rest.startsWith(next);
		if (!fits || value > BigInt(most) || /^\s*-/.test(at)) return { values, bad: at };
		values.push(Number(value));
		if (rest === '') break;
		rest = rest.slice(1);
	}
	return { values, bad: null };
}

const DATE_FIELDS: readonly Field[] = [
	{ most: 2038, next: '-' },
	{ most: 12, next: '-' },
	{ most: 31, next: 'T' },
	{ most: 23, next: ':' },
	{ most: 59, next: ':' },
	{ most: 59, next: '' }
];
const CLOCK_FIELDS: readonly Field[] = DATE_FIELDS.slice(3);

/** "2001-02-03T04:05:06" or a beginning of it; days that no month has go on into the next. @throws OptionError */
function parseDate(text: string): number {
	const { values, bad } = parseFields(text, DATE_FIELDS, 1);
	const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = values;
	if (bad !== null || year < 1970)
		throw new OptionError(`Invalid date "${text}" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]`);
	return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** "08:00[:00]". @throws OptionError that names the part where it went wrong */
function parseClock(text: string): number {
	const { values, bad } = parseFields(text, CLOCK_FIELDS, 2);
	if (bad !== null)
		throw new OptionError(`invalid time "${bad}" specified, should be hh:mm[:ss] format and within the boundaries`);
	const [hour = 0, minute = 0, second = 0] = values;
	return hour * 3600 + minute * 60 + second;
}

/** The items of a list, each cut to so many letters; a comma at the very end adds none. */
function listItems(text: string, letters: number): string[] {
	const items = text.split(',');
	if (items.at(-1) === '') items.pop();
	return items.map((item) => item.slice(0, letters));
}

/** A whole number as strtoul(3) reads it; an empty text is 0. */
function wholeNumber(text: string): number | undefined {
	const { value, end } = numberPrefix(text);
	return end === text.length ? Number(value) : undefined;
}

/** @throws OptionError */
function parseMonthdays(text: string): number {
	let days = 0;
	for (const item of listItems(text, 2)) {
		const day = wholeNumber(item);
		if (day === undefined || day > 31) throw new OptionError(`${item} is not a valid day for --monthdays`);
		days |= 1 << day;
	}
	return days >>> 0;
}

/** By number or by the first two letters. @throws OptionError */
function parseWeekdays(text: string): number {
	let days = 0;
	for (const item of listItems(text, 3)) {
		const number = wholeNumber(item);
		if (number === 0) throw new OptionError('No, the week does NOT begin with Sunday.');
		const day = number ?? WEEKDAYS.findIndex((name) => name.slice(0, 2) === item.slice(0, 2)) + 1;
		if (day === 0) throw new OptionError(`${item} is not a valid day specifier`);
		days |= 1 << day;
	}
	return days & 0xff;
}

function parse(draft: Time, { id, argument, invert }: ParsedOption, context: CommandContext): void {
	switch (id) {
		case 'dateStart':
		case 'dateStop':
			draft[id] = parseDate(argument);
			break;
		case 'start':
		case 'stop':
			draft[id] = parseClock(argument);
			break;
		case 'weekdays':
			draft.weekdays = parseWeekdays(argument) ^ (invert ? EVERY_WEEKDAY : 0);
			break;
		case 'monthdays':
			draft.monthdays = (parseMonthdays(argument) ^ (invert ? EVERY_MONTHDAY : 0)) >>> 0;
			break;
		case 'contiguous':
			draft.contiguous = true;
			break;
		case 'local':
			context.warn(
				'WARNING: --localtz is being replaced by --kerneltz, since "local" is ambiguous. Note the kernel timezone has caveats - see manpage for details.'
			);
			draft.kernelZone = true;
			break;
		case 'kernel':
			draft.kernelZone = true;
	}
}

/* ---- as printed -------------------------------------------------------------------------------------------------- */

const two = (number: number): string => String(number).padStart(2, '0');

function clockText(seconds: number): string {
	return [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => two(Math.floor(part))).join(':');
}

/** Nothing for the year's begin in 1970: so does the real one. */
function dateText(seconds: number, separator: string, before: string): string {
	return seconds === 0
		? ''
		: `${before} ${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', separator)}`;
}

function monthdayList(days: number): number[] {
	return Array.from({ length: 31 }, (_, i) => i + 1).filter((day) => days & (1 << day));
}

const weekdayList = (days: number): string => WEEKDAYS.filter((_, i) => days & (1 << (i + 1))).join(',');

/** 11st, 12nd and 13rd too, as the real one writes them */
const ordinal = (day: number): string => day + (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th');

const hasClock = ({ start, stop }: Time): boolean => start !== 0 || stop !== LAST_SECOND;

function list(data: Time): string {
	const { start, stop, weekdays, monthdays, dateStart, dateStop } = data;
	return (
		' TIME' +
		(hasClock(data) ? ` from ${clockText(start)} to ${clockText(stop)}` : '') +
		(weekdays === EVERY_WEEKDAY ? '' : ` on ${weekdayList(weekdays)}`) +
		(monthdays === EVERY_MONTHDAY ? '' : ` on ${monthdayList(monthdays).map(ordinal).join(',')}`) +
		(dateStart === 0 ? '' : ` starting from${dateText(dateStart, ' ', '')}`) +
		(dateStop === NO_STOP ? '' : ` until date${dateText(dateStop, ' ', '')}`) +
		(data.kernelZone ? '' : ' UTC') +
		(data.contiguous ? ' contiguous' : '')
	);
}

function save(data: Time): string {
	const { start, stop, weekdays, monthdays, dateStart, dateStop } = data;
	return (
		(hasClock(data) ? ` --timestart ${clockText(start)} --timestop ${clockText(stop)}` : '') +
		(monthdays === EVERY_MONTHDAY ? '' : ` --monthdays ${monthdayList(monthdays).join(',')}`) +
		(weekdays === EVERY_WEEKDAY ? '' : ` --weekdays ${weekdayList(weekdays)}`) +
		dateText(dateStart, 'T', ' --datestart') +
		dateText(dateStop, 'T', ' --datestop') +
		(data.kernelZone ? ' --kerneltz' : '') +
		(data.contiguous ? ' --contiguous' : '')
	);
}

/* ---- in the kernel ----------------------------------------------------------------------------------------------- */

/** What does not fit, null when all does. @param now seconds since 1970 */
function mismatch(data: Time, now: number): string | null {
	const { start, stop, weekdays, monthdays, dateStart, dateStop } = data;
	let stamp = Math.floor(now);
	const told = new Date(stamp * 1000).toISOString().slice(0, 19);
	if (stamp < dateStart || stamp > dateStop) return `the date ${told} is outside the span`;
	const clock = stamp % DAY;
	if (start < stop ? clock < start || clock > stop : clock < start && clock > stop)
		return `the time ${clockText(clock)} is not between ${clockText(start)} and ${clockText(stop)}`;
	// the hours after midnight belong to the day on which the span began
	if (start >= stop && data.contiguous && clock <= stop) stamp -= DAY;
	const day = new Date(stamp * 1000);
	const weekday = (day.getUTCDay() + 6) % 7;
	if ((weekdays & (1 << (weekday + 1))) === 0) return `${WEEKDAYS[weekday]} is not one of ${weekdayList(weekdays)}`;
	if (monthdays !== EVERY_MONTHDAY && (monthdays & (1 << day.getUTCDate())) === 0)
		return `day ${day.getUTCDate()} of the month is not one of ${monthdayList(monthdays).join(',')}`;
	return null;
}

function compile(data: Time, services: Services): (skb: Skb) => boolean {
	return () => mismatch(data, services.now() / 1e6) === null;
}

export const time: MatchExtension<Time> = {
	name: 'time',
	families: ['ip', 'ip6'],
	summary: 'the time of day, days of the week or month, a span of dates; in UTC',
	options: [
		{ name: 'datestart', id: 'dateStart', type: 'string', help: 'YYYY-MM-DDThh:mm:ss, or only the beginning of it' },
		{ name: 'datestop', id: 'dateStop', type: 'string', help: 'YYYY-MM-DDThh:mm:ss, or only the beginning of it' },
		{ name: 'timestart', id: 'start', type: 'string', help: 'hh:mm or hh:mm:ss' },
		{
			name: 'timestop',
			id: 'stop',
			type: 'string',
			help: 'hh:mm or hh:mm:ss; earlier than the start means: of the next day'
		},
		{
			name: 'contiguous',
			id: 'contiguous',
			type: 'none',
			help: 'a span over midnight counts for the day on which it began'
		},
		{ name: 'weekdays', id: 'weekdays', type: 'string', invert: true, help: 'Mon,Tue,Wed,Thu,Fri,Sat,Sun or 1 to 7' },
		{ name: 'monthdays', id: 'monthdays', type: 'string', invert: true, help: 'days from 1 to 31 with commas' },
		{ name: 'localtz', id: 'local', type: 'none', exclude: ['utc'], help: 'older name of --kerneltz' },
		{ name: 'utc', id: 'utc', type: 'none', exclude: ['local', 'kernel'], help: 'times are UTC, as without it' },
		{ name: 'kerneltz', id: 'kernel', type: 'none', exclude: ['utc'], help: "times are of the kernel's time zone" }
	],
	init: () => ({
		dateStart: 0,
		dateStop: NO_STOP,
		start: 0,
		stop: LAST_SECOND,
		weekdays: EVERY_WEEKDAY,
		monthdays: EVERY_MONTHDAY,
		kernelZone: false,
		contiguous: false
	}),
	parse,
	finish({ start, stop }, seen) {
		if (seen.has('contiguous') && start < stop)
			throw new OptionError('time: --contiguous only makes sense when stoptime is smaller than starttime');
	},
	list,
	save,
	compile,
	explain: (data, _skb, matched) =>
		matched
			? `the time is as asked for:${list(data).replace(' TIME', '')}`
			: `the time does not fit:${list(data).replace(' TIME', '')}`
};

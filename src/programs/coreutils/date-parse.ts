/**
 * Dates as people write them (gnulib's parse_datetime): "2002-03-04 09:12", "4 Mar 2002", "@0", "yesterday",
 * "+2 days", "next month", "Mon", zones as offsets.
 *
 * Lacks: zone names other than UTC, GMT and Z; ordinals beyond next, last, this.
 */

const SECOND = 1_000_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const UNITS: Readonly<Record<string, readonly [unit: 'year' | 'month' | 'day' | 'second', times: number]>> = {
	year: ['year', 1], month: ['month', 1], fortnight: ['day', 14], week: ['day', 7], day: ['day', 1],
	hour: ['second', 3600], minute: ['second', 60], min: ['second', 60], second: ['second', 1], sec: ['second', 1]
}; // prettier-ignore
const RELATIVE_DAYS: Readonly<Record<string, number>> = { tomorrow: 1, yesterday: -1, today: 0, now: 0 };
const ORDINALS: Readonly<Record<string, number>> = {
	last: -1,
	this: 0,
	next: 1,
	first: 1,
	third: 3,
	fourth: 4,
	fifth: 5,
	sixth: 6
};

interface Draft {
	date?: [year: number, month: number, day: number];
	time?: [hour: number, minute: number, second: number];
	/** seconds east of UTC */
	offset: number;
	weekday?: number;
	weekdayOrdinal: number;
	add: { year: number; month: number; day: number; second: number };
}

interface Rule {
	readonly pattern: RegExp;
	/** @returns false when the match means nothing after all */
	readonly take: (draft: Draft, found: readonly (string | undefined)[], now: Date) => boolean | void;
}

const month = (name: string): number => MONTHS.indexOf(name.slice(0, 3).toLowerCase());
const fullYear = (text: string): number =>
	text.length > 2 ? Number(text) : Number(text) + (Number(text) < 69 ? 2000 : 1900);
const MONTH =
	'(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';

function setDate(draft: Draft, year: number, monthIndex: number, day: number): boolean {
	if (draft.date || monthIndex < 0 || monthIndex > 11 || day < 1 || day > 31) return false;
	const check = new Date(Date.UTC(2000, monthIndex, day));
	check.setUTCFullYear(year, monthIndex, day);
	if (check.getUTCMonth() !== monthIndex) return false;
	draft.date = [year, monthIndex, day];
	return true;
}

const RULES: readonly Rule[] = [
	{
		pattern: /^(\d{4})-(\d{1,2})-(\d{1,2})(?=$|[\sT+-])/i,
		take: (draft, [, y, m, d]) => setDate(draft, Number(y), Number(m) - 1, Number(d))
	},
	{ pattern: /^t(?=\d)/i, take: () => true },
	{
		pattern: /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?/i,
		take: (draft, [, h, m, s, half]) => {
			let hour = Number(h);
			if (half) hour = (hour % 12) + (half[0]!.toLowerCase() === 'p' ? 12 : 0);
			if (draft.time || hour > 23 || Number(m) > 59 || Number(s ?? 0) > 60) return false;
			draft.time = [hour, Number(m), Number(s ?? 0)];
			return true;
		}
	},
	{
		pattern: /^(\d{1,2})\s*([ap])\.?m\.?/i,
		take: (draft, [, h, half]) => {
			draft.time = [(Number(h) % 12) + (half!.toLowerCase() === 'p' ? 12 : 0), 0, 0];
		}
	},
	{ pattern: /^(\d{1,2})\/(\d{1,2})(?:\/(\d{2,4}))?/, take: (draft, [, m, d, y], now) => setDate(draft, y ? fullYear(y) : now.getUTCFullYear(), Number(m) - 1, Number(d)) }, // prettier-ignore
	{ pattern: new RegExp(`^(\\d{1,2})[\\s-]*${MONTH}(?:[\\s,-]+(\\d{4}|\\d{2}(?![:\\d])))?`, 'i'), take: (draft, [, d, m, y], now) => setDate(draft, y ? fullYear(y) : now.getUTCFullYear(), month(m!), Number(d)) }, // prettier-ignore
	{ pattern: new RegExp(`^${MONTH}[\\s-]+(\\d{1,2})(?![\\d:])(?:(?:st|nd|rd|th))?(?:[\\s,-]+(\\d{4}))?`, 'i'), take: (draft, [, m, d, y], now) => setDate(draft, y ? Number(y) : now.getUTCFullYear(), month(m!), Number(d)) }, // prettier-ignore
	{
		pattern: /^([+-])(\d{2}):?(\d{2})?(?=$|\s)(?!\s*(?:sec|min|hour|day|week|fortnight|month|year))/,
		take: (draft, [, sign, h, m]) => {
			if (!draft.time) return false;
			draft.offset = (sign === '-' ? -1 : 1) * (Number(h) * 3600 + Number(m ?? 0) * 60);
			return true;
		}
	},
	{ pattern: /^(?:utc|gmt|z)(?![a-z])/i, take: (draft) => void (draft.offset = 0) },
	{
		pattern:
			/^([+-]?\s*\d+|last|this|next|first|third|fourth|fifth|sixth)?\s*(year|month|fortnight|week|day|hour|minute|min|second|sec)s?(?![a-z])(\s+ago(?![a-z]))?/i,
		take: (draft, [, count, word, ago]) => {
			const [unit, times] = UNITS[word!.toLowerCase()]!;
			const number = count === undefined ? 1 : (ORDINALS[count.toLowerCase()] ?? Number(count.replace(/\s/g, '')));
			draft.add[unit] += number * times * (ago ? -1 : 1);
		}
	},
	{
		pattern: /^(today|tomorrow|yesterday|now|midnight|noon)(?![a-z])/i,
		take: (draft, [, word]) => {
			draft.add.day += RELATIVE_DAYS[word!.toLowerCase()] ?? 0;
			if (word === 'midnight') draft.time = [0, 0, 0];
			if (word === 'noon') draft.time = [12, 0, 0];
		}
	},
	{
		pattern: /^(?:(last|this|next)\s+)?(sun|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?)(?:day)?(?![a-z])\.?,?/i,
		take: (draft, [, ordinal, day]) => {
			draft.weekday = DAYS.indexOf(day!.slice(0, 3).toLowerCase());
			draft.weekdayOrdinal = ORDINALS[(ordinal ?? 'this').toLowerCase()]!;
		}
	},
	{
		pattern: /^(\d{8})(?!\d)/,
		take: (draft, [, digits]) =>
			setDate(draft, Number(digits!.slice(0, 4)), Number(digits!.slice(4, 6)) - 1, Number(digits!.slice(6)))
	},
	{
		pattern: /^(\d{2})(\d{2})?(?!\d)/,
		take: (draft, [, h, m]) => {
			if (draft.time || Number(h) > 23 || Number(m ?? 0) > 59) return false;
			draft.time = [Number(h), Number(m ?? 0), 0];
			return true;
		}
	},
	{
		pattern: /^(\d{4})(?!\d)/,
		take: (draft, [, y]) => {
			if (!draft.date) return false;
			draft.date[0] = Number(y);
			return true;
		}
	}
];

/** @param now microseconds since 1970. @returns the same, undefined for what is no date */
export function parseDate(text: string, now: number): number | undefined {
	let rest = text.replace(/\([^)]*\)/g, ' ').trim();
	const epoch = /^@(-?\d+)(?:\.(\d+))?$/.exec(rest);
	if (epoch) return Number(epoch[1]) * SECOND + Number((epoch[2] ?? '').slice(0, 6).padEnd(6, '0'));
	const today = new Date(Math.floor(now / 1000));
	const draft: Draft = { offset: 0, weekdayOrdinal: 0, add: { year: 0, month: 0, day: 0, second: 0 } };
	while (rest !== '') {
		const taken = RULES.find(({ pattern, take }) => {
			const found = pattern.exec(rest);
			if (!found || take(draft, found, today) === false) return false;
			rest = rest.slice(found[0].length).replace(/^[\s,]+/, '');
			return true;
		});
		if (!taken) return undefined;
	}
	return resolve(draft, now, today, text.trim() === '');
}

function resolve(draft: Draft, now: number, today: Date, empty: boolean): number {
	const [year, monthIndex, day] = draft.date ?? [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()];
	const dayGiven = draft.date !== undefined || draft.weekday !== undefined || draft.time !== undefined || empty;
	const current: [number, number, number] = [today.getUTCHours(), today.getUTCMinutes(), today.getUTCSeconds()];
	const [hour, minute, second] = draft.time ?? (dayGiven ? [0, 0, 0] : current);
	const moment = new Date(0);
	moment.setUTCFullYear(year + draft.add.year, monthIndex + draft.add.month, day + draft.add.day);
	moment.setUTCHours(hour, minute, second);
	if (draft.weekday !== undefined && !draft.date) {
		const ahead = (draft.weekday - moment.getUTCDay() + 7) % 7;
		const weeks = draft.weekdayOrdinal - (draft.weekdayOrdinal > 0 && ahead !== 0 ? 1 : 0);
		moment.setUTCDate(moment.getUTCDate() + ahead + 7 * weeks);
	}
	const fraction = dayGiven ? 0 : now % SECOND;
	return moment.getTime() * 1000 + (draft.add.second - draft.offset) * SECOND + fraction;
}

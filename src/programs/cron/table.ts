/**
 * crontab(5): lines of settings and of times with commands. Pure.
 *
 * Not simulated: the sign "-" in front of the times of a system table (do not log).
 */
import type { Tm } from '../libc/strftime';

interface Field {
	readonly low: number;
	readonly high: number;
	/** first name is `low` */
	readonly names: readonly string[];
	readonly problem: string;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const FIELDS: readonly Field[] = [
	{ low: 0, high: 59, names: [], problem: 'bad minute' },
	{ low: 0, high: 23, names: [], problem: 'bad hour' },
	{ low: 1, high: 31, names: [], problem: 'bad day-of-month' },
	{ low: 1, high: 12, names: MONTHS, problem: 'bad month' },
	{ low: 0, high: 7, names: DAYS, problem: 'bad day-of-week' }
];
const NICKNAMES: Readonly<Record<string, string>> = {
	yearly: '0 0 1 1 *',
	annually: '0 0 1 1 *',
	monthly: '0 0 1 * *',
	weekly: '0 0 * * 0',
	daily: '0 0 * * *',
	midnight: '0 0 * * *',
	hourly: '0 * * * *'
};

export interface Entry {
	/** the five fields; null: once, when cron begins (@reboot) */
	readonly times: readonly ReadonlySet<number>[] | null;
	/** the day of the month, the day of the week began with * */
	readonly anyDay: boolean;
	readonly anyWeekday: boolean;
	/** of a system table; undefined in a user's own */
	readonly user: string | undefined;
	readonly command: string;
	/** settings above this line, in the order of their names' first appearance */
	readonly settings: ReadonlyMap<string, string>;
}

export class CrontabError {
	/** @param line as crontab(1) counts: lines that were read whole */
	constructor(
		readonly line: number,
		readonly problem: string
	) {}
}

/**
 * @param system with a user's name behind the times, as in /etc/crontab
 * @throws CrontabError
 */
export function parseCrontab(text: string, system = false): Entry[] {
	const entries: Entry[] = [];
	let settings = new Map<string, string>();
	for (const [index, line] of text.split('\n').entries()) {
		const bare = line.trimStart();
		if (bare === '' || bare.startsWith('#')) continue;
		const setting = settingOf(line);
		if (setting) settings = new Map(settings).set(setting.name, setting.value);
		else entries.push(parseEntry(bare, index, settings, system));
	}
	return entries;
}

function settingOf(line: string): { name: string; value: string } | undefined {
	const match = /^\s*(?:"([^"]*)"|'([^']*)'|([^\s="'@*][^\s=]*))\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*$/.exec(line);
	if (!match) return undefined;
	return { name: (match[1] ?? match[2] ?? match[3])!, value: match[4] ?? match[5] ?? match[6] ?? '' };
}

function parseEntry(line: string, index: number, settings: ReadonlyMap<string, string>, system: boolean): Entry {
	let rest = line;
	const word = (problem: string): string => {
		const match = /^([^ \t]*)([ \t]*)/.exec(rest)!;
		rest = rest.slice(match[0].length);
		if (match[1] === '') throw new CrontabError(index + 1, problem);
		return match[1]!;
	};
	let times: Set<number>[] | null = null;
	let anyDay = false;
	let anyWeekday = false;
	const fields = (next: (problem: string) => string): void => {
		times = FIELDS.map((field, at) => {
			const text = next(field.problem);
			const values = valuesOf(text, field);
			if (!values) throw new CrontabError(rest === '' ? index + 1 : index, field.problem);
			if (at === 2) anyDay = text.startsWith('*');
			if (at === 4) anyWeekday = text.startsWith('*');
			return values;
		});
	};
	if (line.startsWith('@')) {
		const name = word('bad time specifier').slice(1);
		const meaning = NICKNAMES[name];
		if (meaning === undefined && name !== 'reboot') throw new CrontabError(index, 'bad time specifier');
		const words = (meaning ?? '').split(' ');
		if (meaning !== undefined) fields(() => words.shift()!);
	} else fields(word);
	const user = system ? word('bad username') : undefined;
	return { times, anyDay, anyWeekday, user, command: rest, settings };
}

function valuesOf(text: string, field: Field): Set<number> | undefined {
	const values = new Set<number>();
	const number = (word: string): number => {
		const named = field.names.indexOf(word.toLowerCase());
		return named >= 0 ? named + field.low : /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
	};
	for (const item of text.split(',')) {
		const match = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d{1,9}))?$/.exec(item);
		if (!match) return undefined;
		const [, star, first, last, every] = match;
		if (every !== undefined && (Number(every) === 0 || (star === undefined && last === undefined))) return undefined;
		const from = star === undefined ? number(first!) : field.low;
		const to = star === undefined ? number(last ?? first!) : field.high;
		if (!(from >= field.low && from <= field.high && to >= field.low && to <= field.high)) return undefined;
		for (let value = from; value <= to; value += Number(every ?? 1)) values.add(value);
	}
	if (field.names === DAYS && values.has(7)) values.add(0);
	return values;
}

/** Whether the entry is due in that minute. Two days that are both restricted: either will do. */
export function isDue(entry: Entry, tm: Tm): boolean {
	if (!entry.times) return false;
	const [minutes, hours, days, months, weekdays] = entry.times as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>]; // prettier-ignore
	if (!minutes.has(tm.minute) || !hours.has(tm.hour) || !months.has(tm.month + 1)) return false;
	const day = days.has(tm.day);
	const weekday = weekdays.has(tm.weekday);
	return entry.anyDay || entry.anyWeekday ? day && weekday : day || weekday;
}

/** The command up to the first bare %, and what follows it as input, each further % a new line. */
export function commandOf(entry: Entry): { command: string; input: string } {
	const [command, ...lines] = entry.command.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
	return { command: command!, input: lines.length === 0 ? '' : `${lines.join('\n')}\n` };
}

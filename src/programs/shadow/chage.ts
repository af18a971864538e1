/** chage(1) of shadow 4.13: the ages of a password. Not simulated: asking for them one by one. */
import { getpwuid } from '../libc/passwd';
import { print } from '../libc/stdio';
import { getcred } from '../libc/unistd';
import { accountTool, expiryOf, Failure, lockFor, operandOf, USAGE_STATUS, type Tool } from './account-tool';
import { readTables, saveTable } from './database';
import { showDay } from './day';
import { CHAGE_USAGE } from './usage';

const DENIED = 1;
/** columns of /etc/shadow */
const NUMBERS = { mindays: 3, maxdays: 4, warndays: 5, inactive: 6 } as const;
const DATES = { lastday: 2, expiredate: 7 } as const;
/** more days are no limit */
const NO_LIMIT = 10_000;

const OPTIONS = [
	'd|lastday=', 'E|expiredate=', 'h|help', 'i|iso8601', 'I|inactive=', 'l|list', 'm|mindays=', 'M|maxdays=', 'R|root=',
	'W|warndays='
]; // prettier-ignore

export const chage = accountTool('chage', CHAGE_USAGE, OPTIONS, function* (tool) {
	const { options, log } = tool;
	const news = changesOf(tool);
	const name = operandOf(tool);
	const tables = yield* readTables();
	const { uid } = yield* getcred();
	const own = (yield* getpwuid(uid))?.name;
	if (uid !== 0 && !(options.has('list') && own === name)) throw new Failure(DENIED, 'Permission denied.');
	if (!tables.passwd.find(name)) throw new Failure(DENIED, `user '${name}' does not exist in /etc/passwd`);
	const row = tables.shadow.find(name);
	if (options.has('list')) return yield* print(listing(row ?? [], options.has('iso8601')));
	yield* lockFor(tool, '/etc/passwd', DENIED);
	for (const [field, value] of news) tables.shadow.set(name, field, value);
	yield* saveTable(tables.shadow);
	yield* log.write('info', `changed password expiry for ${name}`);
});

function changesOf({ options }: Tool): (readonly [number, string])[] {
	const out: (readonly [number, string])[] = [];
	for (const [option, field] of Object.entries(NUMBERS)) {
		const value = options.get(option);
		if (value === undefined) continue;
		if (!/^(?:-1|\d+)$/.test(value)) throw new Failure(USAGE_STATUS, `invalid numeric argument '${value}'`, true);
		out.push([field, value === '-1' ? '' : value]);
	}
	for (const [option, field] of Object.entries(DATES)) {
		const value = options.get(option);
		if (value === undefined) continue;
		const day = expiryOf(value);
		if (day === undefined) throw new Failure(USAGE_STATUS, `invalid date '${value}'`, true);
		out.push([field, day]);
	}
	return out;
}

function listing(row: readonly string[], iso: boolean): string {
	const number = (field: number): number => (row[field] ? Number(row[field]) : -1);
	const changed = number(DATES.lastday);
	const [least, most, warn, inactive] = Object.values(NUMBERS).map(number) as [number, number, number, number];
	const ends = changed < 0 || most < 0 || most >= NO_LIMIT ? -1 : changed + most;
	const day = (value: number): string => (value < 0 ? 'never' : showDay(value, iso));
	const due = (value: string): string => (changed === 0 ? 'password must be changed' : value);
	return [
		['Last password change\t\t\t\t\t', due(day(changed))],
		['Password expires\t\t\t\t\t', due(day(ends))],
		['Password inactive\t\t\t\t\t', due(day(ends < 0 || inactive < 0 ? -1 : ends + inactive))],
		['Account expires\t\t\t\t\t\t', day(number(DATES.expiredate))],
		['Minimum number of days between password change\t\t', String(least)],
		['Maximum number of days between password change\t\t', String(most)],
		['Number of days of warning before password expires\t', String(warn)]
	]
		.map(([title, value]) => `${title}: ${value}\n`)
		.join('');
}

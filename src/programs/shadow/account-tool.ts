/**
 * What the account programs of shadow 4.13 share: how they read their options, fail and log, the settings of
 * /etc/login.defs and /etc/default/useradd, and how they look for a free number.
 *
 * Not simulated: -R and -P (another root), -K, subordinate ids, SELinux.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { parseTime } from './day';
import { print, printError, readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { Log } from '../libc/syslog';
import { stat } from '../libc/unistd';
import { lockAccounts, type Table } from './database';

/** The program ends with that status; `message` goes behind its name. */
export class Failure {
	constructor(
		readonly status: number,
		readonly message?: string,
		/** the usage follows */
		readonly usage = false
	) {}
}

export interface Tool {
	readonly name: string;
	readonly options: Parsed;
	readonly log: Log;
	warn(text: string): Sys<void>;
}

export const USAGE_STATUS = 2;

export function accountTool(
	name: string,
	usage: string,
	rows: readonly string[],
	body: (tool: Tool) => Sys<number | void>
): Main {
	const table = new OptionTable(rows);
	return function* (argv) {
		let options: Parsed;
		try {
			options = getopt(argv, table);
		} catch (thrown) {
			if (!(thrown instanceof UsageError)) throw thrown;
			yield* printError(`${name}: ${thrown.message}\n${usage}`);
			return USAGE_STATUS;
		}
		if (options.has('help')) {
			yield* print(usage);
			return 0;
		}
		const warn = (text: string): Sys<void> => printError(`${name}: ${text}\n`);
		const log = new Log({ ident: name, facility: 'authpriv' });
		try {
			return (yield* body({ name, options, log, warn })) ?? 0;
		} catch (thrown) {
			if (!(thrown instanceof Failure)) throw thrown;
			if (thrown.message !== undefined) yield* warn(thrown.message);
			if (thrown.usage) yield* printError(usage);
			return thrown.status;
		}
	};
}

/** @param status when the caller may not */
export function* lockFor(tool: Tool, file: string, status: number): Sys<void> {
	if (yield* lockAccounts()) return;
	yield* tool.warn('Permission denied.');
	throw new Failure(status, `cannot lock ${file}; try again later.`);
}

/** The one operand, or the usage. */
export function operandOf({ options }: Tool): string {
	if (options.operands.length !== 1) throw new Failure(USAGE_STATUS, undefined, true);
	return options.operands[0]!;
}

const NAME = /^[a-z_][a-z0-9_-]*\$?$/;
const LONGEST = 32;

/** Debian's rule (its patch of is_valid_user_name): all that does not break the files. */
export function isValidName(name: string): boolean {
	if (name.length > LONGEST) return false;
	return NAME.test(name) || (/^[^-+~:,/\s][^:,/\s]*$/.test(name) && name !== '.' && name !== '..');
}

export const isField = (text: string): boolean => !/[:\n]/.test(text);

export interface Settings {
	/** of /etc/login.defs */
	readonly defs: ReadonlyMap<string, string>;
	/** of /etc/default/useradd */
	readonly useradd: ReadonlyMap<string, string>;
}

const USERADD_DEFAULTS: readonly (readonly [string, string])[] = [
	['GROUP', '100'],
	['HOME', '/home'],
	['INACTIVE', '-1'],
	['EXPIRE', ''],
	['SHELL', '/bin/bash'],
	['SKEL', '/etc/skel'],
	['CREATE_MAIL_SPOOL', 'no'],
	['LOG_INIT', 'yes']
];

/** As Debian's login.defs has them. */
const DEFS: readonly (readonly [string, string])[] = [
	['UMASK', '022'],
	['PASS_MAX_DAYS', '99999'],
	['PASS_MIN_DAYS', '0'],
	['PASS_WARN_AGE', '7'],
	['UID_MIN', '1000'],
	['UID_MAX', '60000'],
	['GID_MIN', '1000'],
	['GID_MAX', '60000'],
	['USERGROUPS_ENAB', 'yes'],
	['MAIL_DIR', '/var/mail']
];

function* lines(path: string): Sys<string[]> {
	try {
		return (yield* readText(path)).split('\n');
	} catch (thrown) {
		errnoOf(thrown);
		return [];
	}
}

export function* readSettings(): Sys<Settings> {
	const defs = new Map(DEFS);
	for (const line of yield* lines('/etc/login.defs')) {
		const [, key, value] = /^\s*([A-Z_]+)\s+"?([^"]*?)"?\s*$/.exec(line) ?? [];
		if (key !== undefined && value !== undefined) defs.set(key, value);
	}
	const useradd = new Map(USERADD_DEFAULTS);
	for (const line of yield* lines('/etc/default/useradd')) {
		const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
		if (key !== undefined && value !== undefined) useradd.set(key, value);
	}
	return { defs, useradd };
}

const SYSTEM_MIN = 101;

/**
 * A number that nobody has: people's count upwards from the highest, the system's downwards from the lowest.
 * @param preferred taken when it is free
 */
export function freeId(
	table: Table,
	{ defs }: Settings,
	kind: 'UID' | 'GID',
	system: boolean,
	preferred?: number
): number {
	const used = new Set(table.rows.map((row) => Number(row[2])));
	if (preferred !== undefined && !used.has(preferred)) return preferred;
	const least = Number(defs.get(`${kind}_MIN`));
	const [low, high] = system
		? [Number(defs.get(`SYS_${kind}_MIN`) ?? SYSTEM_MIN), Number(defs.get(`SYS_${kind}_MAX`) ?? least - 1)]
		: [least, Number(defs.get(`${kind}_MAX`))];
	const inRange = [...used].filter((id) => id >= low && id <= high);
	if (inRange.length === 0) return system ? high : low;
	const next = system ? Math.min(...inRange) - 1 : Math.max(...inRange) + 1;
	if (next >= low && next <= high) return next;
	const step = system ? -1 : 1;
	for (let id = system ? high : low; id >= low && id <= high; id += step) if (!used.has(id)) return id;
	throw new Failure(4, `Can't get unique ${kind} (no more available ${kind}s)`);
}

/** A number of an option, or undefined. */
export function idOf(text: string): number | undefined {
	return /^\d{1,10}$/.test(text) && Number(text) < 0xffff_ffff ? Number(text) : undefined;
}

/** A group by name or number. */
export function groupRow(table: Table, text: string): string[] | undefined {
	return /^\d+$/.test(text) ? table.rows.find((row) => row[2] === text) : table.find(text);
}

/** "-1" or "" is never. @returns days since 1970 as /etc/shadow has them; undefined for what is no date */
export function expiryOf(text: string): string | undefined {
	if (text === '' || text === '-1') return '';
	const day = /^\d+$/.test(text) ? Number(text) : parseTime(text);
	return day === undefined ? undefined : String(day);
}

export function* isThere(path: string): Sys<boolean> {
	try {
		yield* stat(path);
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}

/** Members of a group's row. */
export function membersOf(row: readonly string[] | undefined): string[] {
	return (row?.[3] ?? '').split(',').filter((member) => member !== '');
}

export function setMembers(table: Table, group: string, members: readonly string[]): void {
	table.set(group, 3, members.join(','));
}

/** What stands in a new group's second field: the word is in /etc/gshadow where there is one. */
export function* lockedGroupWord(): Sys<string> {
	return (yield* isThere('/etc/gshadow')) ? 'x' : '!';
}

/** A shell that cannot be one is warned of and taken. */
export function* checkShell(tool: Tool, shell: string): Sys<void> {
	if (!isField(shell) || (shell !== '' && !/^[/*]/.test(shell))) throw new Failure(3, `invalid shell '${shell}'`);
	if (shell === '' || shell === '/sbin/nologin' || shell === '/usr/sbin/nologin') return;
	try {
		if (((yield* stat(shell)).mode & 0o111) !== 0) return;
	} catch (thrown) {
		errnoOf(thrown);
	}
	yield* tool.warn(`Warning: missing or non-executable shell '${shell}'`);
}

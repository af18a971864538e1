/** What adduser and deluser share: the numbers that adduser.conf gives, other programs run, failures. */
import type { Sys } from '#kernel/syscalls';
import { getgrent, getpwent } from '../libc/passwd';
import { run } from '../libc/spawn';
import { print, printError } from '../libc/stdio';

export type Environment = ReadonlyMap<string, string>;

/** The program ends; the message goes behind its name. */
export class Failure {
	constructor(
		readonly status: number,
		readonly message?: string
	) {}
}

export class Session {
	constructor(
		/** "adduser", "addgroup", "deluser", "delgroup" */
		readonly name: string,
		readonly quiet: boolean,
		readonly env: Environment
	) {}

	*say(text: string): Sys<void> {
		if (!this.quiet) yield* print(`${text}\n`);
	}

	*warn(text: string): Sys<void> {
		yield* printError(`${this.name}: ${text}\n`);
	}

	/** Runs a program as adduser does: another status than 0 is the end. */
	*must(path: string, ...words: readonly string[]): Sys<void> {
		const status = yield* run(path, [path, ...words], this.env);
		if (status === 0) return;
		throw new Failure(
			1,
			`\`${[path.replace(/^\/usr/, ''), ...words].join(' ')}' returned error code ${status}. Exiting.`
		);
	}
}

/** First and last numbers of adduser.conf(5). */
export const PEOPLE = { first: 1000, last: 59_999 } as const;
export const SYSTEM = { first: 100, last: 999 } as const;

/** The first number that is free in all the files asked for. */
export function* firstFree(range: { first: number; last: number }, kinds: readonly ('user' | 'group')[]): Sys<number> {
	const used = new Set<number>();
	if (kinds.includes('user')) for (const { uid } of yield* getpwent()) used.add(uid);
	if (kinds.includes('group')) for (const { gid } of yield* getgrent()) used.add(gid);
	for (let id = range.first; id <= range.last; id++) if (!used.has(id)) return id;
	throw new Failure(1, 'No UID is available in the range.');
}

const NAME_REGEX = /^[a-z][-a-z0-9_]*$/;
const SYSTEM_NAME_REGEX = /^[a-zA-Z_][-a-zA-Z0-9_]*\$?$/;

export function checkName(name: string, system: boolean, badNames: boolean, allNames: boolean): void {
	if (/^[-+~]/.test(name) || /[:,/\s]/.test(name)) {
		throw new Failure(1, `To avoid problems, the username must not start with a
            dash, plus sign, or tilde, and it must not contain any of the
            following: colon, comma, slash, or any whitespace characters
            including spaces, tabs, and newlines.`); // prettier-ignore
	}
	if (badNames || allNames || (system ? SYSTEM_NAME_REGEX : NAME_REGEX).test(name)) return;
	throw new Failure(1, `Please enter a username matching the regular expression
            configured via the ${system ? 'SYS_' : ''}NAME_REGEX configuration variable.  Use the
            \`--allow-bad-names' option to relax this check or reconfigure
            ${system ? 'SYS_' : ''}NAME_REGEX in configuration.`); // prettier-ignore
}

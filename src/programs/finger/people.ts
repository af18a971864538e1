/** Who is asked about, and what is known of them: passwd, terminals, mailbox (finger(1) of bsd-finger 0.17). */
import { Errno, type Sys } from '#kernel/syscalls';
import { readProcesses } from '../procps/processes';
import { getpwent, type PasswdEntry } from '../libc/passwd';
import { strerror } from '../libc/strerror';
import { stat, time, uptime } from '../libc/unistd';

const MAILBOXES = '/var/mail';
/** a terminal that others may write to */
const TALKABLE = 0o220;

/** A terminal that somebody is logged in on. Times are microseconds since 1970. */
export interface Where {
	readonly terminal: string;
	readonly since: number;
	/** seconds */
	readonly idle: number;
	readonly writable: boolean;
}

export interface Person {
	readonly entry: PasswdEntry;
	readonly realName: string;
	readonly office: string;
	readonly officePhone: string;
	readonly homePhone: string;
	readonly where: readonly Where[];
	/** microseconds; undefined: no mail */
	readonly mail: { readonly received: number; readonly read: number } | undefined;
}

/** The first field of the comment, with `&` for the login name in capitals. */
export function realName({ gecos, name }: PasswdEntry): string {
	const first = gecos.replace(/^\*/, '').split(',')[0]!;
	return first.replaceAll('&', name.charAt(0).toUpperCase() + name.slice(1));
}

/** Sessions on terminals, as the login database would have them: session leaders with a terminal. */
function* sessions(): Sys<(Where & { readonly uid: number })[]> {
	const booted = (yield* time()) - (yield* uptime());
	const now = yield* time();
	const out: (Where & { uid: number })[] = [];
	for (const process of yield* readProcesses()) {
		if (process.pid !== process.sid || process.tty === '?' || process.tty === 'console') continue;
		const device = yield* attempt(stat(`/dev/${process.tty}`));
		out.push({
			uid: process.uid,
			terminal: process.tty,
			since: booted + process.started * 1e6,
			idle: device ? Math.max(0, Math.floor((now - device.atime) / 1e6)) : 0,
			writable: device !== undefined && (device.mode & TALKABLE) === TALKABLE
		});
	}
	return out;
}

function* attempt<T>(call: Sys<T>): Sys<T | undefined> {
	try {
		return yield* call;
	} catch (thrown) {
		if (thrown instanceof Errno) return undefined;
		throw thrown;
	}
}

/** @param complain about a mailbox that cannot be looked at */
function* person(entry: PasswdEntry, where: readonly Where[], complain: (text: string) => Sys<void>): Sys<Person> {
	const [, office = '', officePhone = '', homePhone = ''] = entry.gecos.split(',');
	let mail: Person['mail'];
	try {
		const box = yield* stat(`${MAILBOXES}/${entry.name}`);
		if (box.size > 0) mail = { received: box.mtime, read: box.atime };
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (thrown.code !== 'ENOENT') yield* complain(`finger: ${MAILBOXES}/${entry.name}: ${strerror(thrown)}\n`);
	}
	return { entry, realName: realName(entry), office, officePhone, homePhone, where, mail };
}

export interface Search {
	/** login names only, no real names */
	readonly exact: boolean;
	/** asked over the network: who has a .nofinger is not shown */
	readonly fromNetwork: boolean;
	readonly complain: (text: string) => Sys<void>;
}

function* isShown(entry: PasswdEntry, search: Search): Sys<boolean> {
	return !search.fromNetwork || (yield* attempt(stat(`${entry.home}/.nofinger`))) === undefined;
}

/** All who are logged in. */
export function* loggedIn(search: Search): Sys<Person[]> {
	const all = yield* sessions();
	const out: Person[] = [];
	for (const uid of new Set(all.map((one) => one.uid))) {
		const entry = (yield* getpwent()).find((one) => one.uid === uid);
		const where = all.filter((one) => one.uid === uid);
		if (entry && (yield* isShown(entry, search))) out.push(yield* person(entry, where, search.complain));
	}
	return out;
}

/** Those whose login name, or a word of whose real name, was asked for. Names that nobody has are complained about. */
export function* named(names: readonly string[], search: Search): Sys<Person[]> {
	const all = yield* getpwent();
	const found = new Map<string, PasswdEntry>();
	const used = new Set<string>();
	const enter = function* (entry: PasswdEntry, name: string): Sys<void> {
		if (!(yield* isShown(entry, search))) return;
		found.set(entry.name, entry);
		used.add(name);
	};
	for (const name of names) {
		const entry = all.find((one) => one.name === name);
		if (entry) yield* enter(entry, name);
	}
	for (const entry of search.exact ? [] : all)
		for (const name of names) if (!sameText(entry.name, name) && hasWord(entry, name)) yield* enter(entry, name);
	for (const name of names) if (!used.has(name)) yield* search.complain(`finger: ${name}: no such user.\n`);
	const logins = yield* sessions();
	const out: Person[] = [];
	for (const entry of found.values()) {
		const where = logins.filter((one) => one.uid === entry.uid);
		out.push(yield* person(entry, where, search.complain));
	}
	return out;
}

function hasWord(entry: PasswdEntry, name: string): boolean {
	return realName(entry)
		.split(/[\t ]+/)
		.some((word) => word !== '' && sameText(word, name));
}

function sameText(a: string, b: string): boolean {
	return a.toLowerCase() === b.toLowerCase();
}

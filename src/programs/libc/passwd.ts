/**
 * Users and groups from /etc/passwd and /etc/group (getpwnam(3), getgrnam(3)), read anew at every call as the real
 * functions do.
 *
 * Lacks: NIS and other sources of nsswitch.conf; `files` alone is read.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { readText } from './stdio';

export interface PasswdEntry {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
	readonly gecos: string;
	readonly home: string;
	readonly shell: string;
}

export interface GroupEntry {
	readonly name: string;
	readonly gid: number;
	readonly members: readonly string[];
}

export function parsePasswd(text: string): PasswdEntry[] {
	return text
		.split('\n')
		.map((line) => line.split(':'))
		.filter((fields) => fields.length >= 7 && /^\d+$/.test(fields[2]!) && /^\d+$/.test(fields[3]!))
		.map(([name, , uid, gid, gecos, home, shell]) => ({
			name: name!,
			uid: Number(uid),
			gid: Number(gid),
			gecos: gecos!,
			home: home!,
			shell: shell || '/bin/sh'
		}));
}

export function parseGroup(text: string): GroupEntry[] {
	return text
		.split('\n')
		.map((line) => line.split(':'))
		.filter((fields) => fields.length >= 4 && /^\d+$/.test(fields[2]!))
		.map(([name, , gid, members]) => ({
			name: name!,
			gid: Number(gid),
			members: members!.split(',').filter((member) => member !== '')
		}));
}

function* readDatabase(path: string): Sys<string> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return '';
		throw thrown;
	}
}

export function* getpwent(): Sys<PasswdEntry[]> {
	return parsePasswd(yield* readDatabase('/etc/passwd'));
}

export function* getgrent(): Sys<GroupEntry[]> {
	return parseGroup(yield* readDatabase('/etc/group'));
}

export function* getpwnam(name: string): Sys<PasswdEntry | undefined> {
	return (yield* getpwent()).find((entry) => entry.name === name);
}

export function* getpwuid(uid: number): Sys<PasswdEntry | undefined> {
	return (yield* getpwent()).find((entry) => entry.uid === uid);
}

export function* getgrnam(name: string): Sys<GroupEntry | undefined> {
	return (yield* getgrent()).find((entry) => entry.name === name);
}

export function* getgrgid(gid: number): Sys<GroupEntry | undefined> {
	return (yield* getgrent()).find((entry) => entry.gid === gid);
}

/** The groups that a login gives: the user's own, then those that list the name (initgroups(3)). */
export function* getgrouplist(name: string, gid: number): Sys<number[]> {
	const others = (yield* getgrent()).filter((group) => group.members.includes(name) && group.gid !== gid);
	return [gid, ...others.map((group) => group.gid)];
}

/** Users of a host as seen from outside: for starting processes and terminals in somebody's name. */
import type { Host } from '#kernel/host';
import { WorldError } from './build';

export interface HostUser {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
	readonly home: string;
	readonly shell: string;
}

function rows(host: Host, path: string): string[][] {
	if (!host.disk.exists(path)) return [];
	return host.disk
		.readText(path)
		.split('\n')
		.map((line) => line.split(':'));
}

/** A host that has lost its passwd still has root. */
export function userOf(host: Host, name: string): HostUser {
	const entry = rows(host, '/etc/passwd').find((fields) => fields[0] === name);
	if (!entry) {
		if (name === 'root') return { name, uid: 0, gid: 0, groups: [0], home: '/root', shell: '/bin/bash' };
		throw new WorldError(`host ${host.name} has no user "${name}"`);
	}
	const gid = Number(entry[3]);
	const others = rows(host, '/etc/group').filter((fields) => fields[3]?.split(',').includes(name) === true);
	return {
		name,
		uid: Number(entry[2]),
		gid,
		groups: [...new Set([gid, ...others.map((fields) => Number(fields[2]))])],
		home: entry[5] || '/',
		shell: entry[6] || '/bin/sh'
	};
}

export const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function loginEnvironment(user: HostUser): ReadonlyMap<string, string> {
	return new Map([
		['PATH', ROOT_PATH],
		['HOME', user.home],
		['USER', user.name],
		['LOGNAME', user.name],
		['SHELL', user.shell],
		['LANG', 'C.UTF-8'],
		['TZ', 'UTC'],
		['TERM', 'dumb']
	]);
}

/** The login name of a uid, its number where nobody has it. */
export function nameOfUid(host: Host, uid: number): string {
	return rows(host, '/etc/passwd').find((fields) => fields[2] === String(uid))?.[0] ?? String(uid);
}

export function nameOfGid(host: Host, gid: number): string {
	return rows(host, '/etc/group').find((fields) => fields[2] === String(gid))?.[0] ?? String(gid);
}

/** Those who may be offered a terminal: root, and everybody with a home and a shell. */
export function loginNames(host: Host): string[] {
	const people = rows(host, '/etc/passwd').filter((fields) => Number(fields[2]) >= 1000 && Number(fields[2]) < 60_000);
	return ['root', ...people.map((fields) => fields[0]!)];
}

/**
 * Netgroups (innetgr(3), glibc 2.36): sets of (host, user, domain) in /etc/netgroup.
 *
 *     pizzerias  (oven.vpizza.com,,) (,anna,) others
 *
 * An empty field stands for all. A group may name groups; each is entered once, so circles end.
 * Lacks: NIS.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { readText } from './stdio';

export interface Triple {
	readonly host: string;
	readonly user: string;
	readonly domain: string;
}

export interface Netgroup {
	readonly triples: readonly Triple[];
	readonly groups: readonly string[];
}

/** The groups of a file; a backslash at the end of a line continues it. */
export function parseNetgroups(text: string): Map<string, Netgroup> {
	const groups = new Map<string, Netgroup>();
	for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
		const [, name, rest] = /^([^\s#]\S*)\s+(.*)$/.exec(line) ?? [];
		if (name === undefined || groups.has(name)) continue;
		const triples: Triple[] = [];
		const others: string[] = [];
		for (const [, host, user, domain, word] of rest!.matchAll(/\(([^,)]*),([^,)]*),([^)]*)\)|([^\s()]+)/g)) {
			if (word !== undefined) others.push(word);
			else triples.push({ host: host!.trim(), user: user!.trim(), domain: domain!.trim() });
		}
		groups.set(name, { triples, groups: others });
	}
	return groups;
}

function* readNetgroups(): Sys<Map<string, Netgroup>> {
	try {
		return parseNetgroups(yield* readText('/etc/netgroup'));
	} catch (thrown) {
		if (thrown instanceof Errno) return new Map<string, Netgroup>();
		throw thrown;
	}
}

/** All triples of a group and of the groups that it names. */
export function* getnetgrent(name: string): Sys<Triple[]> {
	const groups = yield* readNetgroups();
	const known = new Set<string>([name]);
	const triples: Triple[] = [];
	for (const next of known) {
		const group = groups.get(next);
		for (const other of group?.groups ?? []) known.add(other);
		triples.push(...(group?.triples ?? []));
	}
	return triples;
}

/** Whether a host is in a netgroup, whoever the user. */
export function* inNetgroup(group: string, host: string): Sys<boolean> {
	const triples = yield* getnetgrent(group);
	return triples.some((triple) => triple.host === '' || triple.host.toLowerCase() === host.toLowerCase());
}

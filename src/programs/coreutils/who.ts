/** id, whoami, groups, logname: who one is. */
import type { Sys } from '#kernel/syscalls';
import { getgrgid, getgrouplist, getpwnam, getpwuid } from '../libc/passwd';
import { getcred } from '../libc/unistd';
import { quote } from './quote';
import { atMost, Fatal, type Tool, utility } from './utility';

interface Identity {
	readonly uid: number;
	readonly euid: number;
	readonly gid: number;
	readonly egid: number;
	readonly groups: readonly number[];
}

function* groupName(gid: number): Sys<string | undefined> {
	return (yield* getgrgid(gid))?.name;
}

function* identityOf(name: string | undefined): Sys<Identity | undefined> {
	if (name === undefined) {
		const own = yield* getcred();
		return { ...own, groups: [...new Set([own.gid, own.egid, ...own.groups])] };
	}
	const entry = (yield* getpwnam(name)) ?? (/^\+?\d+$/.test(name) ? yield* getpwuid(Number(name)) : undefined);
	if (!entry) return undefined;
	const groups = yield* getgrouplist(entry.name, entry.gid);
	return { uid: entry.uid, euid: entry.uid, gid: entry.gid, egid: entry.gid, groups };
}

export const id = utility(
	['a', 'Z|context', 'g|group', 'G|groups', 'n|name', 'r|real', 'u|user', 'z|zero'],
	function* (tool, options) {
		const chosen = ['user', 'group', 'groups'].filter((what) => options.has(what));
		if (chosen.length > 1) throw new Fatal('cannot print "only" of more than one choice');
		if (chosen.length === 0 && (options.has('name') || options.has('real'))) {
			throw new Fatal('cannot print only names or real IDs in default format');
		}
		const end = options.has('zero') ? '\0' : '\n';
		const names = options.operands.length > 0 ? options.operands : [undefined];
		for (const name of names) {
			const found = yield* identityOf(name);
			if (!found) {
				yield* tool.complain(`${quote(name!)}: no such user`);
				continue;
			}
			yield* tool.print((yield* idLine(tool, found, chosen[0], options.has('name'), options.has('real'))) + end);
		}
	}
);

function* idLine(tool: Tool, who: Identity, only: string | undefined, names: boolean, real: boolean): Sys<string> {
	if (only === undefined) return yield* wholeLine(who);
	const show = function* (number: number, what: 'user' | 'group'): Sys<string> {
		if (!names) return String(number);
		const name = what === 'user' ? (yield* getpwuid(number))?.name : yield* groupName(number);
		if (name === undefined) yield* tool.complain(`cannot find name for ${what} ID ${number}`);
		return name ?? String(number);
	};
	if (only === 'user') return yield* show(real ? who.uid : who.euid, 'user');
	if (only === 'group') return yield* show(real ? who.gid : who.egid, 'group');
	const shown: string[] = [];
	for (const gid of who.groups) shown.push(yield* show(gid, 'group'));
	return shown.join(' ');
}

function* wholeLine(who: Identity): Sys<string> {
	const named = (number: number, name: string | undefined): string =>
		name === undefined ? String(number) : `${number}(${name})`;
	let line = `uid=${named(who.uid, (yield* getpwuid(who.uid))?.name)} gid=${named(who.gid, yield* groupName(who.gid))}`;
	if (who.euid !== who.uid) line += ` euid=${named(who.euid, (yield* getpwuid(who.euid))?.name)}`;
	if (who.egid !== who.gid) line += ` egid=${named(who.egid, yield* groupName(who.egid))}`;
	const groups: string[] = [];
	for (const gid of who.groups) groups.push(named(gid, yield* groupName(gid)));
	return `${line} groups=${groups.join(',')}`;
}

export const groups = utility([], function* (tool, options) {
	const names = options.operands.length > 0 ? options.operands : [undefined];
	for (const name of names) {
		const found = yield* identityOf(name);
		if (!found) {
			yield* tool.complain(`${quote(name!)}: no such user`);
			continue;
		}
		const shown: string[] = [];
		for (const gid of found.groups) {
			const known = yield* groupName(gid);
			if (known === undefined) yield* tool.complain(`cannot find name for group ID ${gid}`);
			shown.push(known ?? String(gid));
		}
		yield* tool.print(`${name === undefined ? '' : `${name} : `}${shown.join(' ')}\n`);
	}
});

export const whoami = utility([], function* (tool, options) {
	atMost(options, 0);
	const { euid } = yield* getcred();
	const entry = yield* getpwuid(euid);
	if (!entry) throw new Fatal(`cannot find name for user ID ${euid}`);
	yield* tool.print(`${entry.name}\n`);
});

export const logname = utility([], function* (tool, options) {
	atMost(options, 0);
	const entry = yield* getpwuid((yield* getcred()).uid);
	if (!entry) throw new Fatal('no login name');
	yield* tool.print(`${entry.name}\n`);
});

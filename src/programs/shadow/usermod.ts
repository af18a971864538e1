/**
 * usermod(8) of shadow 4.13: an account's name, numbers, groups, home directory, shell and lock.
 *
 * Not simulated: subordinate ids, SELinux, the mail spool's new name and owner.
 */
import type { Sys } from '#kernel/syscalls';
import { errnoOf } from '../libc/strerror';
import { rename, time } from '../libc/unistd';
import {
	accountTool, checkShell, expiryOf, Failure, groupRow, idOf, isField, isThere, isValidName, lockFor, membersOf, operandOf,
	setMembers, USAGE_STATUS, type Tool
} from './account-tool'; // prettier-ignore
import { readTables, saveTables, type Tables } from './database';
import { chownTree } from './home';
import { DAY } from './new-password';
import { USERMOD_USAGE } from './usage';
import { listOf } from './useradd';

const STATUS = { file: 1, argument: 3, uid: 4, missing: 6, name: 9, home: 12 } as const;
const OPTIONS = [
	'a|append', 'b|badname', 'c|comment=', 'd|home=', 'e|expiredate=', 'f|inactive=', 'g|gid=', 'G|groups=', 'h|help',
	'l|login=', 'L|lock', 'm|move-home', 'o|non-unique', 'p|password=', 'P|prefix=', 'r|remove', 'R|root=', 's|shell=',
	'u|uid=', 'U|unlock', 'v|add-subuids=', 'V|del-subuids=', 'w|add-subgids=', 'W|del-subgids=', 'Z|selinux-user='
]; // prettier-ignore
/** columns */
const PASSWD = { uid: 2, gid: 3, comment: 4, home: 5, shell: 6 } as const;
const SHADOW = { password: 1, changed: 2, inactive: 6, expires: 7 } as const;

interface Change extends Tool {
	readonly tables: Tables;
	/** as given */
	readonly name: string;
	/** after -l */
	readonly login: string;
}

export const usermod = accountTool('usermod', USERMOD_USAGE, OPTIONS, function* (tool) {
	const tables = yield* readTables();
	yield* check(tool, tables);
	const name = tool.options.operands[0]!;
	yield* lockFor(tool, '/etc/passwd', STATUS.file);
	const entry = [...tables.passwd.find(name)!];
	const change: Change = { ...tool, tables, name, login: tool.options.get('login') ?? name };
	yield* changeName(change);
	yield* changePassword(change);
	yield* changeEntry(change);
	yield* changeAges(change);
	yield* changeGroups(change);
	yield* saveTables(tables);
	yield* changeHome(tool, entry, tables.passwd.find(change.login)!);
});

function* check(tool: Tool, tables: Tables): Sys<void> {
	const { options } = tool;
	const field = options.get('comment');
	if (field !== undefined && !isField(field)) throw new Failure(STATUS.argument, `invalid field '${field}'`);
	const home = options.get('home');
	if (home !== undefined && (!isField(home) || !home.startsWith('/')))
		throw new Failure(STATUS.argument, `homedir must be an absolute path`);
	if (expiryOf(options.get('expiredate') ?? '') === undefined)
		throw new Failure(STATUS.argument, `invalid date '${options.get('expiredate')}'`);
	for (const group of [...options.all('gid'), ...listOf(options.get('groups'))])
		if (!groupRow(tables.group, group)) throw new Failure(STATUS.missing, `group '${group}' does not exist`);
	const login = options.get('login');
	if (login !== undefined && !isValidName(login) && !options.has('badname'))
		throw new Failure(STATUS.argument, `invalid user name '${login}': use --badname to ignore`);
	const uid = options.get('uid');
	if (uid !== undefined && idOf(uid) === undefined) throw new Failure(STATUS.argument, `invalid user ID '${uid}'`);
	if (options.get('shell') !== undefined) yield* checkShell(tool, options.get('shell')!);
	const name = operandOf(tool);
	if (!tables.passwd.find(name)) throw new Failure(STATUS.missing, `user '${name}' does not exist`);
	if (options.options.length === 0) throw new Failure(USAGE_STATUS, 'no options', true);
	const wrong = (options.has('append') && !options.has('groups') && '-a flag is only allowed with the -G flag')
		|| (options.has('remove') && !options.has('groups') && '-r flag is only allowed with the -G flag')
		|| (['lock', 'unlock', 'password'].filter((each) => options.has(each)).length > 1 && 'the -L, -p, and -U flags are exclusive')
		|| (options.has('non-unique') && uid === undefined && '-o flag is only allowed with the -u flag')
		|| (options.has('move-home') && home === undefined && '-m flag is only allowed with the -d flag'); // prettier-ignore
	if (wrong) throw new Failure(USAGE_STATUS, wrong, true);
	if (login !== undefined && login !== name && tables.passwd.find(login))
		throw new Failure(STATUS.name, `user '${login}' already exists`);
	const same = tables.passwd.rows.find((row) => row[PASSWD.uid] === uid && row[0] !== name);
	if (same && !options.has('non-unique')) throw new Failure(STATUS.uid, `UID '${uid}' already exists`);
}

/** A renamed account stands last. */
function* changeName({ tables, name, login, log }: Change): Sys<void> {
	if (login === name) return;
	yield* log.write('info', `change user name '${name}' to '${login}'`);
	for (const table of [tables.passwd, tables.shadow]) {
		const row = table.find(name);
		if (!row) continue;
		table.remove(name);
		table.add(login, ...row.slice(1));
	}
}

function* changePassword({ tables, login, options, log, warn }: Change): Sys<void> {
	const before = tables.shadow.find(login)?.[SHADOW.password] ?? '';
	const given = options.get('password');
	if (options.has('lock') && !before.startsWith('!')) {
		yield* log.write('info', `lock user '${login}' password`);
		tables.shadow.set(login, SHADOW.password, `!${before}`);
	} else if (options.has('unlock') && before.startsWith('!')) {
		if (before === '!') {
			yield* warn("unlocking the user's password would result in a passwordless account.\nYou should set a password with usermod -p to unlock this user's password."); // prettier-ignore
			return;
		}
		yield* log.write('info', `unlock user '${login}' password`);
		tables.shadow.set(login, SHADOW.password, before.slice(1));
	} else if (given !== undefined) {
		yield* log.write('info', `change user '${login}' password`);
		tables.shadow.set(login, SHADOW.password, given);
		tables.shadow.set(login, SHADOW.changed, String(Math.floor((yield* time()) / DAY)));
	}
}

function* changeEntry({ tables, login, options, log }: Change): Sys<void> {
	const gid = options.get('gid');
	const wanted: readonly (readonly [what: string | undefined, field: number, value: string | undefined])[] = [
		['UID', PASSWD.uid, options.get('uid')],
		['GID', PASSWD.gid, gid === undefined ? undefined : groupRow(tables.group, gid)![2]!],
		[undefined, PASSWD.comment, options.get('comment')],
		['home', PASSWD.home, options.get('home')],
		['shell', PASSWD.shell, options.get('shell')]
	];
	for (const [what, field, value] of wanted) {
		const before = tables.passwd.find(login)![field];
		if (value === undefined || value === before) continue;
		if (what) yield* log.write('info', `change user '${login}' ${what} from '${before}' to '${value}'`);
		tables.passwd.set(login, field, value);
	}
}

function* changeAges({ tables, login, options, log }: Change): Sys<void> {
	const inactive = options.get('inactive');
	const row = tables.shadow.find(login);
	if (!row) return;
	if (inactive !== undefined) {
		yield* log.write('info', `change user '${login}' inactive from '${row[SHADOW.inactive] || '-1'}' to '${inactive}'`);
		tables.shadow.set(login, SHADOW.inactive, inactive === '-1' ? '' : inactive);
	}
	const expires = options.get('expiredate');
	const day = expires === undefined ? undefined : expiryOf(expires);
	if (day === undefined || day === row[SHADOW.expires]) return;
	const shown = (text: string | undefined): string => (text ? showExpiry(text) : 'never');
	yield* log.write('info', `change user '${login}' expiration from '${shown(row[SHADOW.expires])}' to '${shown(day)}'`);
	tables.shadow.set(login, SHADOW.expires, day);
}

function showExpiry(day: string): string {
	return new Date(Number(day) * (DAY / 1000)).toISOString().slice(0, 10);
}

/** Every group in the order of the file: the new name takes the old one's place. */
function* changeGroups({ tables, name, login, options, log }: Change): Sys<void> {
	const asked = options.has('groups');
	const listed = new Set(listOf(options.get('groups')).map((group) => groupRow(tables.group, group)![0]!));
	for (const row of tables.group.rows) {
		const group = row[0]!;
		const members = membersOf(row);
		const was = members.includes(name);
		let stays = was;
		if (asked && options.has('append')) stays = was || listed.has(group);
		else if (asked && options.has('remove')) stays = was && !listed.has(group);
		else if (asked) stays = listed.has(group);
		if (was && !stays) yield* log.write('info', `delete '${name}' from group '${group}'`);
		else if (was && name !== login) yield* log.write('info', `change '${name}' to '${login}' in group '${group}'`);
		else if (!was && stays) yield* log.write('info', `add '${login}' to group '${group}'`);
		if (was === stays && name === login) continue;
		const others = members.filter((member) => member !== name);
		setMembers(tables.group, group, stays ? [...others, login] : others);
	}
}

function* changeHome({ options, warn }: Tool, before: readonly string[], now: readonly string[]): Sys<void> {
	const [from, to] = [before[PASSWD.home]!, now[PASSWD.home]!];
	if (options.has('move-home') && from !== to && (yield* isThere(from))) {
		if (yield* isThere(to)) throw new Failure(STATUS.home, `directory ${to} exists`);
		try {
			yield* rename(from, to);
		} catch (thrown) {
			errnoOf(thrown);
			yield* warn(`cannot rename directory ${from} to ${to}`);
			throw new Failure(STATUS.home);
		}
	}
	const owner = (row: readonly string[]): { uid: number; gid: number } => ({
		uid: Number(row[PASSWD.uid]),
		gid: Number(row[PASSWD.gid])
	});
	const [old, next] = [owner(before), owner(now)];
	if ((old.uid !== next.uid || old.gid !== next.gid) && (yield* isThere(to))) yield* chownTree(to, old, next);
}

/** groupadd(8), groupdel(8), groupmod(8) and gpasswd(1) of shadow 4.13. Not simulated: group passwords, administrators. */
import { getpwuid } from '../libc/passwd';
import { print } from '../libc/stdio';
import { getcred } from '../libc/unistd';
import {
	accountTool, Failure, freeId, idOf, isValidName, lockFor, membersOf, operandOf, readSettings, setMembers, type Tool
} from './account-tool'; // prettier-ignore
import { readTables, saveTables, type Tables } from './database';
import { GPASSWD_USAGE, GROUPADD_USAGE, GROUPDEL_USAGE, GROUPMOD_USAGE } from './usage';
import { listOf } from './useradd';

const STATUS = { argument: 3, gid: 4, missing: 6, primary: 8, name: 9, file: 10 } as const;
/** gpasswd's own */
const GPASSWD = { denied: 1, argument: 3 } as const;

function checkGid(tool: Tool, { group }: Tables, text: string, self?: string): void {
	if (idOf(text) === undefined) throw new Failure(STATUS.argument, `invalid group ID '${text}'`);
	const taken = group.rows.some((row) => row[2] === text && row[0] !== self);
	if (taken && !tool.options.has('non-unique')) throw new Failure(STATUS.gid, `GID '${text}' already exists`);
}

export const groupadd = accountTool(
	'groupadd',
	GROUPADD_USAGE,
	[
		'f|force',
		'g|gid=',
		'h|help',
		'K|key=',
		'o|non-unique',
		'p|password=',
		'r|system',
		'R|root=',
		'P|prefix=',
		'U|users='
	],
	function* (tool) {
		const { options, log } = tool;
		const tables = yield* readTables();
		const name = operandOf(tool);
		let gid = options.get('gid');
		if (gid !== undefined && idOf(gid) === undefined) throw new Failure(STATUS.argument, `invalid group ID '${gid}'`);
		if (!isValidName(name)) throw new Failure(STATUS.argument, `'${name}' is not a valid group name`);
		if (tables.group.find(name)) {
			if (options.has('force')) return;
			throw new Failure(STATUS.name, `group '${name}' already exists`);
		}
		if (options.has('force') && gid !== undefined && tables.group.rows.some((row) => row[2] === gid)) gid = undefined;
		if (gid !== undefined) checkGid(tool, tables, gid);
		yield* lockFor(tool, '/etc/group', STATUS.file);
		gid ??= String(freeId(tables.group, yield* readSettings(), 'GID', options.has('system')));
		tables.group.add(name, options.get('password') ?? 'x', gid, listOf(options.get('users')).join(','));
		yield* saveTables(tables);
		yield* log.write('info', `group added to /etc/group: name=${name}, GID=${gid}`);
		yield* log.write('info', `new group: name=${name}, GID=${gid}`);
	}
);

export const groupdel = accountTool(
	'groupdel',
	GROUPDEL_USAGE,
	['f|force', 'h|help', 'R|root=', 'P|prefix='],
	function* (tool) {
		const tables = yield* readTables();
		const name = operandOf(tool);
		const row = tables.group.find(name);
		if (!row) throw new Failure(STATUS.missing, `group '${name}' does not exist`);
		const user = tables.passwd.rows.find((entry) => entry[3] === row[2]);
		if (user && !tool.options.has('force'))
			throw new Failure(STATUS.primary, `cannot remove the primary group of user '${user[0]}'`);
		yield* lockFor(tool, '/etc/group', STATUS.file);
		tables.group.remove(name);
		yield* saveTables(tables);
		yield* tool.log.write('info', `group '${name}' removed from /etc/group`);
		yield* tool.log.write('info', `group '${name}' removed`);
	}
);

export const groupmod = accountTool(
	'groupmod',
	GROUPMOD_USAGE,
	['a|append', 'g|gid=', 'h|help', 'n|new-name=', 'o|non-unique', 'p|password=', 'R|root=', 'P|prefix=', 'U|users='],
	function* (tool) {
		const { options, log } = tool;
		const tables = yield* readTables();
		const { group, passwd } = tables;
		const name = operandOf(tool);
		const gid = options.get('gid');
		if (gid !== undefined && idOf(gid) === undefined) throw new Failure(STATUS.argument, `invalid group ID '${gid}'`);
		const row = group.find(name);
		if (!row) throw new Failure(STATUS.missing, `group '${name}' does not exist`);
		const old = row[2]!;
		if (gid !== undefined) checkGid(tool, tables, gid, name);
		const now = options.get('new-name') ?? name;
		if (!isValidName(now)) throw new Failure(STATUS.argument, `invalid group name '${now}'`);
		if (now !== name && group.find(now)) throw new Failure(STATUS.name, `group '${now}' already exists`);
		yield* lockFor(tool, '/etc/group', STATUS.file);
		if (now !== name) {
			group.remove(name);
			group.add(now, ...row.slice(1));
		}
		if (gid !== undefined) group.set(now, 2, gid);
		if (options.has('password')) group.set(now, 1, options.get('password')!);
		const users = options.get('users');
		if (users !== undefined)
			setMembers(group, now, [...new Set([...(options.has('append') ? membersOf(row) : []), ...listOf(users)])]);
		const newGid = gid === undefined ? '' : `new gid: ${gid}`;
		const news = [...(now === name ? [] : [`new name: ${now}`]), ...(newGid ? [newGid] : [])].join(', ');
		if (news) yield* log.write('info', `group changed in /etc/group (group ${name}/${old}, ${news})`);
		if (gid !== undefined) {
			for (const entry of passwd.rows) if (entry[3] === old) passwd.set(entry[0]!, 3, gid);
			yield* log.write('info', `group changed in /etc/passwd (group ${name}/${old}, ${newGid})`);
		}
		yield* saveTables(tables);
	}
);

export const gpasswd = accountTool(
	'gpasswd',
	GPASSWD_USAGE,
	['a|add=', 'A|administrators=', 'd|delete=', 'h|help', 'M|members=', 'Q|root=', 'r|remove-password', 'R|restrict'],
	function* (tool) {
		const { options, log } = tool;
		const tables = yield* readTables();
		const { passwd, group } = tables;
		const { uid } = yield* getcred();
		const caller = (yield* getpwuid(uid))?.name ?? '';
		const added = options.get('add');
		const removed = options.get('delete');
		const all = options.get('members');
		for (const user of [...(added === undefined ? [] : [added]), ...listOf(all)])
			if (!passwd.find(user)) throw new Failure(GPASSWD.argument, `user '${user}' does not exist`);
		const name = operandOf(tool);
		const row = group.find(name);
		if (!row) throw new Failure(GPASSWD.argument, `group '${name}' does not exist in /etc/group`);
		if (uid !== 0) throw new Failure(GPASSWD.denied, 'Permission denied.');
		yield* lockFor(tool, '/etc/group', GPASSWD.denied);
		const members = membersOf(row);
		if (added !== undefined) {
			yield* print(`Adding user ${added} to group ${name}\n`);
			setMembers(group, name, [...members.filter((member) => member !== added), added]);
			yield* log.write('info', `user ${added} added by ${caller} to group ${name}`);
		} else if (removed !== undefined) {
			yield* print(`Removing user ${removed} from group ${name}\n`);
			if (!members.includes(removed))
				throw new Failure(GPASSWD.argument, `user '${removed}' is not a member of '${name}'`);
			setMembers(
				group,
				name,
				members.filter((member) => member !== removed)
			);
			yield* log.write('info', `user ${removed} removed by ${caller} from group ${name}`);
		} else if (all !== undefined) {
			setMembers(group, name, listOf(all));
			yield* log.write('info', `members of group ${name} set by ${caller} to ${all}`);
		} else if (options.has('remove-password')) {
			group.set(name, 1, '');
			yield* log.write('info', `password of group ${name} removed by ${caller}`);
		} else if (options.has('restrict')) group.set(name, 1, '!');
		yield* saveTables(tables);
	}
);

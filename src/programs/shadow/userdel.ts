/** userdel(8) of shadow 4.13: an account goes, with -r its home directory and mail too. */
import type { Sys } from '#kernel/syscalls';
import { readProcesses } from '../procps/processes';
import { errnoOf } from '../libc/strerror';
import { stat, unlink } from '../libc/unistd';
import {
	accountTool, Failure, isThere, lockFor, membersOf, operandOf, readSettings, setMembers, type Tool
} from './account-tool'; // prettier-ignore
import { readTables, saveTables, type Tables } from './database';
import { removeTree } from './home';
import { USERDEL_USAGE } from './usage';

const STATUS = { file: 1, missing: 6, busy: 8, home: 12 } as const;
const OPTIONS = ['f|force', 'h|help', 'r|remove', 'R|root=', 'P|prefix=', 'Z|selinux-user'];

export const userdel = accountTool('userdel', USERDEL_USAGE, OPTIONS, function* (tool) {
	const name = operandOf(tool);
	const tables = yield* readTables();
	const entry = tables.passwd.find(name);
	if (!entry) throw new Failure(STATUS.missing, `user '${name}' does not exist`);
	const uid = Number(entry[2]);
	const force = tool.options.has('force');
	const busy = (yield* readProcesses()).find((process) => process.uid === uid);
	if (busy) {
		yield* tool.warn(`user ${name} is currently used by process ${busy.pid}`);
		if (!force) return STATUS.busy;
	}
	yield* lockFor(tool, '/etc/passwd', STATUS.file);
	yield* tool.log.write('info', `delete user '${name}'`);
	tables.passwd.remove(name);
	tables.shadow.remove(name);
	yield* leaveGroups(tool, tables, name, entry[3]!, force);
	yield* saveTables(tables);
	if (!tool.options.has('remove')) return 0;
	yield* removeMail(tool, name, uid, force);
	return yield* removeHome(tool, name, entry[5]!, uid, force);
});

/** Out of all groups; the own one goes too, when it is nobody else's. */
function* leaveGroups(
	{ log, warn }: Tool,
	{ group, passwd }: Tables,
	name: string,
	gid: string,
	force: boolean
): Sys<void> {
	for (const row of group.rows) {
		const members = membersOf(row);
		if (!members.includes(name)) continue;
		yield* log.write('info', `delete '${name}' from group '${row[0]}'`);
		setMembers(
			group,
			row[0]!,
			members.filter((member) => member !== name)
		);
	}
	const own = group.find(name);
	if (!own || own[2] !== gid) return;
	if (membersOf(own).length > 0) return yield* warn(`group ${name} not removed because it has other members.`);
	if (!force && passwd.rows.some((row) => row[3] === gid))
		return yield* warn(`group ${name} is the primary group of another user and is not removed.`);
	group.remove(name);
	yield* log.write('info', `removed group '${name}' owned by '${name}'`);
}

function* removeMail({ warn }: Tool, name: string, uid: number, force: boolean): Sys<void> {
	const { defs } = yield* readSettings();
	const path = `${defs.get('MAIL_DIR')!}/${name}`;
	try {
		if ((yield* stat(path)).uid === uid || force) yield* unlink(path);
		else yield* warn(`${path} not owned by ${name}, not removing`);
	} catch (thrown) {
		if (errnoOf(thrown).code === 'ENOENT') yield* warn(`${name} mail spool (${path}) not found`);
	}
}

function* removeHome({ warn }: Tool, name: string, home: string, uid: number, force: boolean): Sys<number> {
	if (!(yield* isThere(home))) {
		yield* warn(`${name} home directory (${home}) not found`);
		return 0;
	}
	if ((yield* stat(home)).uid !== uid && !force) {
		yield* warn(`${home} not owned by ${name}, not removing`);
		return STATUS.home;
	}
	try {
		yield* removeTree(home);
		return 0;
	} catch (thrown) {
		errnoOf(thrown);
		yield* warn(`error removing directory ${home}`);
		return STATUS.home;
	}
}

/**
 * useradd(8) of shadow 4.13: a new account, its group and its home directory.
 *
 * Not simulated: -D with options, -Z, --btrfs-subvolume-home, subordinate ids, the mail spool, /etc/gshadow.
 */
import type { Sys } from '#kernel/syscalls';
import { print, STDIN } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { time, ttyname } from '../libc/unistd';
import {
	accountTool, checkShell, expiryOf, Failure, freeId, groupRow, idOf, isField, isThere, isValidName, lockedGroupWord,
	lockFor, membersOf, operandOf, readSettings, setMembers, USAGE_STATUS, type Settings, type Tool
} from './account-tool'; // prettier-ignore
import { readTables, saveTables, type Tables } from './database';
import { copyTree, makeDirectory } from './home';
import { DAY } from './new-password';
import { USERADD_USAGE } from './usage';

/** exit statuses of useradd(8) */
const STATUS = { file: 1, argument: 3, uid: 4, group: 6, name: 9, home: 12 } as const;

const OPTIONS = [
	'badname', 'b|base-dir=', 'btrfs-subvolume-home', 'c|comment=', 'd|home-dir=', 'D|defaults', 'e|expiredate=',
	'f|inactive=', 'F|add-subids-for-system', 'g|gid=', 'G|groups=', 'h|help', 'k|skel=', 'K|key=', 'l|no-log-init',
	'm|create-home', 'M|no-create-home', 'N|no-user-group', 'o|non-unique', 'p|password=', 'r|system', 'R|root=',
	'P|prefix=', 's|shell=', 'u|uid=', 'U|user-group', 'Z|selinux-user='
]; // prettier-ignore

interface Account {
	readonly name: string;
	readonly system: boolean;
	readonly ownGroup: boolean;
	readonly group: string | undefined;
	readonly groups: readonly string[];
	readonly uid: number | undefined;
	readonly comment: string;
	readonly home: string;
	readonly shell: string;
	readonly expires: string;
	readonly inactive: string;
}

export const useradd = accountTool('useradd', USERADD_USAGE, OPTIONS, function* (tool) {
	const settings = yield* readSettings();
	if (tool.options.has('defaults')) {
		for (const [key, value] of settings.useradd) yield* print(`${key}=${value}\n`);
		return;
	}
	const tables = yield* readTables();
	const account = yield* accountOf(tool, settings, tables);
	if (tables.passwd.find(account.name))
		yield* logFailure(tool, account.name, STATUS.name, `user '${account.name}' already exists`);
	if (account.ownGroup && tables.group.find(account.name)) {
		const advice = 'if you want to add this user to that group, use -g.';
		yield* logFailure(tool, account.name, STATUS.name, `group ${account.name} exists - ${advice}`);
	}
	yield* lockFor(tool, '/etc/passwd', STATUS.file);
	const taken = tables.passwd.rows.some((row) => row[2] === String(account.uid));
	if (account.uid !== undefined && taken && !tool.options.has('non-unique'))
		yield* logFailure(tool, account.name, STATUS.uid, `UID ${account.uid} is not unique`);
	yield* create(tool, settings, tables, account);
});

function* logFailure({ log }: Tool, name: string, status: number, message: string): Sys<never> {
	yield* log.write('info', `failed adding user '${name}', exit code: ${status}`);
	throw new Failure(status, message);
}

function checkCombination({ options }: Tool): void {
	const wrong = options.has('non-unique') && !options.has('uid')
			? '-o flag is only allowed with the -u flag'
			: options.has('user-group') && options.has('gid')
				? 'options -U and -g conflict'
				: options.has('user-group') && options.has('no-user-group')
					? 'options -U and -N conflict'
					: options.has('create-home') && options.has('no-create-home')
						? 'options -m and -M conflict'
						: undefined; // prettier-ignore
	if (wrong !== undefined) throw new Failure(USAGE_STATUS, wrong, true);
}

/** What the options ask for, in the order in which the program looks at them. */
function* accountOf(tool: Tool, { defs, useradd: defaults }: Settings, { group: groups }: Tables): Sys<Account> {
	const { options } = tool;
	const field = (option: string, what: string): string => {
		const value = options.get(option) ?? '';
		if (!isField(value)) throw new Failure(STATUS.argument, `invalid ${what} '${value}'`);
		return value;
	};
	const comment = field('comment', 'comment');
	const home = options.get('home-dir');
	if (home !== undefined && (!home.startsWith('/') || !isField(home)))
		throw new Failure(STATUS.argument, `invalid home directory '${home}'`);
	const expires = expiryOf(options.get('expiredate') ?? defaults.get('EXPIRE')!);
	if (expires === undefined) throw new Failure(STATUS.argument, `invalid date '${options.get('expiredate')}'`);
	const inactive = options.get('inactive') ?? defaults.get('INACTIVE')!;
	if (!/^(?:-1|\d+)$/.test(inactive)) throw new Failure(STATUS.argument, `invalid numeric argument '${inactive}'`);
	const group = options.get('gid');
	const asked = [...(group === undefined ? [] : [group]), ...listOf(options.get('groups'))];
	const missing = asked.find((each) => !groupRow(groups, each));
	if (missing !== undefined) throw new Failure(STATUS.group, `group '${missing}' does not exist`);
	const uid = options.get('uid');
	if (uid !== undefined && idOf(uid) === undefined) throw new Failure(STATUS.argument, `invalid user ID '${uid}'`);
	if (options.get('shell') !== undefined) yield* checkShell(tool, options.get('shell')!);
	checkCombination(tool);
	const name = operandOf(tool);
	if (!isValidName(name) && !options.has('badname'))
		throw new Failure(STATUS.argument, `invalid user name '${name}': use --badname to ignore`);
	return {
		name,
		system: options.has('system'),
		ownGroup:
			options.has('user-group') ||
			(group === undefined && !options.has('no-user-group') && defs.get('USERGROUPS_ENAB') === 'yes'),
		group,
		groups: listOf(options.get('groups')),
		uid: uid === undefined ? undefined : Number(uid),
		comment,
		home: home ?? `${options.get('base-dir') ?? defaults.get('HOME')!}/${name}`,
		shell: options.get('shell') ?? defaults.get('SHELL')!,
		expires,
		inactive: inactive === '-1' ? '' : inactive
	};
}

export const listOf = (text: string | undefined): string[] => (text ?? '').split(',').filter((word) => word !== '');

function* create(tool: Tool, settings: Settings, tables: Tables, account: Account): Sys<void> {
	const { options, log } = tool;
	const { name, system, home, shell } = account;
	const uid = account.uid ?? freeId(tables.passwd, settings, 'UID', system);
	let gid: number;
	if (account.ownGroup) {
		gid = freeId(tables.group, settings, 'GID', system, uid);
		yield* log.write('info', `new group: name=${name}, GID=${gid}`);
		tables.group.add(name, yield* lockedGroupWord(), String(gid), '');
	} else gid = Number(groupRow(tables.group, account.group ?? settings.useradd.get('GROUP')!)?.[2] ?? 100);
	yield* log.write(
		'info',
		`new user: name=${name}, UID=${uid}, GID=${gid}, home=${home}, shell=${shell}, from=${yield* terminal()}`
	);
	tables.passwd.add(name, 'x', String(uid), String(gid), account.comment, home, shell);
	const { defs } = settings;
	const ages = system
		? ['', '', '']
		: [defs.get('PASS_MIN_DAYS')!, defs.get('PASS_MAX_DAYS')!, defs.get('PASS_WARN_AGE')!];
	const today = String(Math.floor((yield* time()) / DAY));
	const inactive = system ? '' : account.inactive;
	tables.shadow.add(name, options.get('password') ?? '!', today, ...ages, inactive, account.expires, '');
	const joined = new Set(account.groups.map((group) => groupRow(tables.group, group)![0]!));
	for (const row of tables.group.rows) {
		if (!joined.has(row[0]!)) continue;
		yield* log.write('info', `add '${name}' to group '${row[0]}'`);
		setMembers(tables.group, row[0]!, [...membersOf(row).filter((member) => member !== name), name]);
	}
	const withHome =
		options.has('create-home') || (defs.get('CREATE_HOME') === 'yes' && !options.has('no-create-home') && !system);
	yield* saveTables(tables);
	if (withHome) yield* furnish(tool, settings, home, { uid, gid });
}

function* terminal(): Sys<string> {
	try {
		return yield* ttyname(STDIN);
	} catch (thrown) {
		errnoOf(thrown);
		return 'none';
	}
}

function* furnish(
	tool: Tool,
	{ defs, useradd: defaults }: Settings,
	home: string,
	owner: { uid: number; gid: number }
): Sys<void> {
	if (yield* isThere(home)) {
		yield* tool.warn(`warning: the home directory ${home} already exists.`);
		yield* tool.warn('Not copying any file from skel directory into it.');
		return;
	}
	const mode = defs.get('HOME_MODE') ?? (0o777 & ~Number.parseInt(defs.get('UMASK')!, 8)).toString(8);
	try {
		yield* makeDirectory(home, Number.parseInt(mode, 8), owner);
	} catch (thrown) {
		errnoOf(thrown);
		throw new Failure(STATUS.home, `cannot create directory ${home}`);
	}
	yield* copyTree(tool.options.get('skel') ?? defaults.get('SKEL')!, home, owner);
}

/**
 * deluser(8) and delgroup(8) 3.134: a user, a group, or a user's membership goes. The work is done by userdel, groupdel and
 * gpasswd.
 *
 * Not simulated: --backup, --remove-all-files beyond the home directory and mail, deluser.conf, deluser.local.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { removeTree } from '../shadow/home';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { readAnswer } from '../libc/getpass';
import { getgrnam, getpwent, getpwnam } from '../libc/passwd';
import { print, printError } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { getcred, stat } from '../libc/unistd';
import { Failure, Session, SYSTEM } from './tool';
import { DELUSER_USAGE } from './usage';

const OPTIONS = new OptionTable([
	'backup', 'backup-to=', 'backup-suffix=', 'conf=', 'debug', 'group', 'h|help', 'no-preserve-root', 'only-if-empty',
	'q|quiet', 'remove-all-files', 'remove-home', 'system', 'verbose', 'version'
]); // prettier-ignore
const STATUS = { failed: 1, noUser: 2, noGroup: 3, notEmpty: 5, noMember: 6, primary: 7, root: 9 } as const;

/** Called as delgroup it removes groups. */
export const deluser: Main = function* (argv, env) {
	const program = argv[0]!.replace(/.*\//, '');
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`Unknown option: ${/'(?:--)?(\w[-\w]*)'/.exec(thrown.message)?.[1] ?? ''}\n`);
		yield* print(DELUSER_USAGE);
		return STATUS.failed;
	}
	if (options.has('help')) {
		yield* print(DELUSER_USAGE);
		return 0;
	}
	const session = new Session(program, options.has('quiet'), env);
	try {
		return yield* work(session, options, program === 'delgroup' || options.has('group'));
	} catch (thrown) {
		if (!(thrown instanceof Failure)) throw thrown;
		if (thrown.message !== undefined) yield* session.warn(thrown.message);
		return thrown.status;
	}
};

function* work(session: Session, options: Parsed, group: boolean): Sys<number> {
	if ((yield* getcred()).euid !== 0)
		throw new Failure(STATUS.failed, 'Only root may remove a user or group from the system.');
	const [given, from] = options.operands;
	let name = given;
	if (name === undefined) {
		yield* print(`Enter a ${group ? 'group' : 'user'} name to remove: `);
		name = (yield* readAnswer()) ?? '';
	}
	if (name === '' || options.operands.length > 2) throw new Failure(STATUS.failed, 'Only one or two names allowed.');
	if (from !== undefined) return yield* leave(session, name, from);
	return yield* group ? removeGroup(session, options, name) : removeUser(session, options, name);
}

function* removeUser(session: Session, options: Parsed, name: string): Sys<number> {
	const user = yield* getpwnam(name);
	if (!user && options.has('system')) {
		yield* session.warn(`The user \`${name}' does not exist, but --system was given. Exiting.`);
		return 0;
	}
	if (!user) throw new Failure(STATUS.noUser, `The user \`${name}' does not exist.`);
	if (options.has('system') && (user.uid < SYSTEM.first || user.uid > SYSTEM.last))
		throw new Failure(STATUS.failed, `The user \`${name}' is not a system user. Exiting.`);
	if (user.uid === 0 && !options.has('no-preserve-root')) {
		yield* print(`WARNING: You are just about to delete the root account (uid 0)
Usually this is never required as it may render the whole system unusable
If you really want this, call deluser with parameter --no-preserve-root
Stopping now without having performed any action
`);
		return STATUS.root;
	}
	yield* session.warn("`/usr/bin/crontab' not executed. Skipping crontab removal. Package `cron' required.");
	const home = options.has('remove-home') || options.has('remove-all-files');
	if (home) yield* removeFiles(session, user.home, name);
	yield* session.say(`Removing user \`${name}' ...`);
	yield* session.must('/usr/sbin/userdel', name);
	yield* session.say('Done.');
	return 0;
}

/** Home directory and mail, with the words for what is there. */
function* removeFiles(session: Session, home: string, name: string): Sys<void> {
	yield* session.say('Looking for files to backup/remove ...');
	const found: string[] = [];
	for (const path of [home, `/var/mail/${name}`]) {
		try {
			yield* stat(path);
			found.push(path);
		} catch (thrown) {
			errnoOf(thrown);
		}
	}
	if (found.length === 0) return;
	yield* session.say('Removing files ...');
	for (const path of found) yield* removeTree(path);
}

function* removeGroup(session: Session, options: Parsed, name: string): Sys<number> {
	const group = yield* getgrnam(name);
	if (!group) throw new Failure(STATUS.noGroup, `The group \`${name}' does not exist.`);
	if (options.has('only-if-empty') && (group.members.length > 0 || (yield* isPrimary(group.gid))))
		throw new Failure(STATUS.notEmpty, `The group \`${name}' is not empty!`);
	yield* session.say(`Removing group \`${name}' ...`);
	yield* session.must('/usr/sbin/groupdel', name);
	yield* session.say('Done.');
	return 0;
}

function* isPrimary(gid: number): Sys<boolean> {
	return (yield* getpwent()).some((user) => user.gid === gid);
}

function* leave(session: Session, name: string, group: string): Sys<number> {
	const user = yield* getpwnam(name);
	if (!user) throw new Failure(STATUS.noUser, `The user \`${name}' does not exist.`);
	const entry = yield* getgrnam(group);
	if (!entry) throw new Failure(STATUS.noGroup, `The group \`${group}' does not exist.`);
	if (user.gid === entry.gid)
		throw new Failure(STATUS.primary, 'You may not remove the user from their primary group.');
	if (!entry.members.includes(name))
		throw new Failure(STATUS.noMember, `The user \`${name}' is not a member of group \`${group}'.`);
	yield* session.say(`Removing user \`${name}' from group \`${group}' ...`);
	const others = entry.members.filter((member) => member !== name);
	yield* session.must('/usr/bin/gpasswd', '-M', others.join(','), group);
	yield* session.say('Done.');
	return 0;
}

/**
 * adduser(8) and addgroup(8) 3.134: a new user with group, home directory, password and comment; a system user; a group; a
 * user into a group. The work is done by groupadd, useradd, passwd, chfn, gpasswd and usermod.
 *
 * Not simulated: adduser.conf (its defaults hold), --add-extra-groups beyond `users`, quotas, adduser.local.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { copyTree, makeDirectory } from '../shadow/home';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { readAnswer } from '../libc/getpass';
import { getgrgid, getgrnam, getpwnam, getpwuid } from '../libc/passwd';
import { run } from '../libc/spawn';
import { print, printError } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { getcred, stat } from '../libc/unistd';
import { checkName, Failure, firstFree, PEOPLE, Session, SYSTEM } from './tool';
import { ADDUSER_USAGE } from './usage';

const VERSION = 'adduser version 3.134\n';
const OPTIONS = new OptionTable([
	'add-extra-groups|add_extra_groups', 'allow-all-names', 'force-badname|allow-bad-names', 'allow-badname', 'gecos|comment=',
	'conf=', 'debug', 'disabled-login', 'disabled-password', 'firstgid=', 'firstuid=', 'gid=', 'group', 'h|help', 'home=',
	'ingroup=', 'lastgid=', 'lastuid=', 'no-create-home', 'q|quiet', 'shell=', 'system', 'uid=', 'verbose', 'version'
]); // prettier-ignore
const HOME_MODE = 0o700;
const SYSTEM_HOME_MODE = 0o755;
const NOWHERE = '/nonexistent';
const NOLOGIN = '/usr/sbin/nologin';

/** Called as addgroup it makes groups. */
export const adduser: Main = function* (argv, env) {
	const program = argv[0]!.replace(/.*\//, '');
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`Unknown option: ${/'(?:--)?(\w[-\w]*)'/.exec(thrown.message)?.[1] ?? ''}\n`);
		yield* print(ADDUSER_USAGE);
		return 1;
	}
	if (options.has('help') || options.has('version')) {
		yield* print(options.has('help') ? ADDUSER_USAGE : VERSION);
		return 0;
	}
	const session = new Session(program, options.has('quiet'), env);
	try {
		return yield* work(session, options, program === 'addgroup' || (options.has('group') && !options.has('system')));
	} catch (thrown) {
		if (!(thrown instanceof Failure)) throw thrown;
		if (thrown.message !== undefined) yield* session.warn(thrown.message);
		return thrown.status;
	}
};

function* work(session: Session, options: Parsed, group: boolean): Sys<number> {
	if ((yield* getcred()).euid !== 0) throw new Failure(1, 'Only root may add a user or group to the system.');
	const [name, into, more] = options.operands;
	if (name === undefined || more !== undefined) throw new Failure(1, 'Only one or two names allowed.');
	if (into !== undefined) return yield* join(session, name, into);
	checkName(name, options.has('system'), options.has('allow-bad-names'), options.has('allow-all-names'));
	if (group) return yield* newGroup(session, options, name);
	return yield* options.has('system') ? newSystemUser(session, options, name) : newUser(session, options, name);
}

/** A user into a group. */
function* join(session: Session, user: string, group: string): Sys<number> {
	if (!(yield* getpwnam(user))) throw new Failure(1, `The user \`${user}' does not exist.`);
	const entry = yield* getgrnam(group);
	if (!entry) throw new Failure(1, `The group \`${group}' does not exist.`);
	if (entry.members.includes(user) || (yield* getpwnam(user))!.gid === entry.gid) {
		yield* session.warn(`The user \`${user}' is already a member of \`${group}'.`);
		return 0;
	}
	yield* session.say(`Adding user \`${user}' to group \`${group}' ...`);
	yield* session.must('/usr/sbin/usermod', '-a', '-G', group, user);
	yield* session.say('Done.');
	return 0;
}

function* newGroup(session: Session, options: Parsed, name: string): Sys<number> {
	if (yield* getgrnam(name)) throw new Failure(1, `The group \`${name}' already exists.`);
	const given = options.get('gid');
	if (given !== undefined && (yield* getgrgid(Number(given))))
		throw new Failure(1, `The GID \`${given}' is already in use.`);
	const range = options.has('system') ? SYSTEM : rangeOf(options, 'gid');
	const gid = given ?? String(yield* firstFree(range, ['group']));
	yield* session.say(`Adding group \`${name}' (GID ${gid}) ...`);
	yield* session.must('/usr/sbin/groupadd', '-g', gid, name);
	yield* session.say('Done.');
	return 0;
}

function rangeOf(options: Parsed, kind: 'uid' | 'gid'): { first: number; last: number } {
	return {
		first: Number(options.get(`first${kind}`) ?? PEOPLE.first),
		last: Number(options.get(`last${kind}`) ?? PEOPLE.last)
	};
}

function* newSystemUser(session: Session, options: Parsed, name: string): Sys<number> {
	const present = yield* getpwnam(name);
	if (present && present.uid >= SYSTEM.first && present.uid <= SYSTEM.last) {
		yield* session.say(`The system user \`${name}' already exists. Exiting.`);
		return 0;
	}
	if (present) throw new Failure(1, `The user \`${name}' already exists.`);
	const ownGroup = options.has('group');
	const ingroup = options.get('ingroup') ?? 'nogroup';
	const uid = options.get('uid') ?? String(yield* firstFree(SYSTEM, ownGroup ? ['user', 'group'] : ['user']));
	yield* session.say(`Adding system user \`${name}' (UID ${uid}) ...`);
	let gid: string;
	if (ownGroup) {
		gid = options.get('gid') ?? uid;
		yield* session.say(`Adding new group \`${name}' (GID ${gid}) ...`);
		yield* session.must('/usr/sbin/groupadd', '-g', gid, name);
	} else {
		const group = yield* getgrnam(ingroup);
		if (!group) throw new Failure(1, `The group \`${ingroup}' does not exist.`);
		gid = String(group.gid);
	}
	yield* session.say(`Adding new user \`${name}' (UID ${uid}) with group \`${ownGroup ? name : ingroup}' ...`);
	const home = options.get('home') ?? NOWHERE;
	const shell = options.get('shell') ?? NOLOGIN;
	yield* session.must(
		'/usr/sbin/useradd',
		'-r',
		'-K',
		'PASS_MAX_DAYS=-1',
		'-d',
		home,
		'-g',
		gid,
		'-s',
		shell,
		'-u',
		uid,
		name
	);
	yield* makeHome(session, options, home, name, SYSTEM_HOME_MODE, false);
	yield* comment(session, options, name);
	return 0;
}

function* newUser(session: Session, options: Parsed, name: string): Sys<number> {
	if (yield* getpwnam(name)) throw new Failure(1, `The user \`${name}' already exists.`);
	const given = options.get('uid');
	if (given !== undefined && (yield* getpwuid(Number(given))))
		throw new Failure(1, `The UID ${given} is already in use.`);
	const ingroup = options.get('ingroup');
	const wanted = ingroup === undefined ? undefined : yield* getgrnam(ingroup);
	if (ingroup !== undefined && !wanted) throw new Failure(1, `The group \`${ingroup}' does not exist.`);
	if (!wanted && (yield* getgrnam(name))) throw new Failure(1, `The group \`${name}' already exists.`);
	yield* session.say(`Adding user \`${name}' ...`);
	const uid = given ?? String(yield* firstFree(rangeOf(options, 'uid'), wanted ? ['user'] : ['user', 'group']));
	const gid = wanted ? String(wanted.gid) : (options.get('gid') ?? uid);
	if (!wanted) {
		yield* session.say(`Adding new group \`${name}' (${gid}) ...`);
		yield* session.must('/usr/sbin/groupadd', '-g', gid, name);
	}
	yield* session.say(`Adding new user \`${name}' (${uid}) with group \`${ingroup ?? name} (${gid})' ...`);
	const home = options.get('home') ?? `/home/${name}`;
	const shell = options.get('shell') ?? (options.has('disabled-login') ? NOLOGIN : '/bin/bash');
	yield* session.must('/usr/sbin/useradd', '-d', home, '-g', gid, '-s', shell, '-u', uid, name);
	yield* makeHome(session, options, home, name, HOME_MODE, true);
	if (!options.has('disabled-password') && !options.has('disabled-login')) yield* askPassword(session, name);
	yield* comment(session, options, name);
	yield* session.say(`Adding new user \`${name}' to supplemental / extra groups \`users' ...`);
	yield* session.say(`Adding user \`${name}' to group \`users' ...`);
	const users = yield* getgrnam('users');
	if (users) yield* session.must('/usr/bin/gpasswd', '-M', [...users.members, name].join(','), 'users');
	return 0;
}

function* makeHome(
	session: Session,
	options: Parsed,
	home: string,
	name: string,
	mode: number,
	skeleton: boolean
): Sys<void> {
	if (home === NOWHERE) return yield* session.say(`Not creating \`${NOWHERE}'.`);
	if (options.has('no-create-home')) return yield* session.say(`Not creating home directory \`${home}'.`);
	const { uid, gid } = (yield* getpwnam(name))!;
	try {
		yield* stat(home);
		yield* session.warn(`The home directory \`${home}' already exists.  Not touching this directory.`);
		return;
	} catch (thrown) {
		errnoOf(thrown);
	}
	yield* session.say(`Creating home directory \`${home}' ...`);
	yield* makeDirectory(home, mode, { uid, gid });
	if (!skeleton) return;
	yield* session.say("Copying files from `/etc/skel' ...");
	yield* copyTree('/etc/skel', home, { uid, gid });
}

function* askPassword(session: Session, name: string): Sys<void> {
	for (;;) {
		if ((yield* run('/usr/bin/passwd', ['passwd', name], session.env)) === 0) return;
		yield* print('Try again? [y/N] ');
		if (!/^y/i.test((yield* readAnswer()) ?? '')) return;
	}
}

/** The comment: given, or asked for until it is right. */
function* comment(session: Session, options: Parsed, name: string): Sys<void> {
	const given = options.get('comment');
	if (given !== undefined) return yield* setComment(session, given, name);
	if (options.has('system')) return;
	for (;;) {
		yield* session.must('/usr/bin/chfn', name);
		yield* print('Is the information correct? [Y/n] ');
		const answer = yield* readAnswer();
		if (answer === null || !/^n/i.test(answer)) return;
	}
}

function* setComment({ env }: Session, text: string, name: string): Sys<void> {
	const chfn = (...words: readonly string[]): Sys<number> => run('/usr/bin/chfn', ['chfn', ...words, name], env);
	if (!text.includes(',')) {
		yield* chfn('-f', text);
		return;
	}
	const [full = '', room = '', work = '', home = '', other = ''] = text.split(',');
	yield* chfn('-f', full, '-r', room);
	yield* chfn('-w', work, '-h', home);
	yield* chfn('-o', other);
}

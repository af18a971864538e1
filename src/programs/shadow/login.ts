/**
 * login(1) of shadow 4.13 as Debian 12 has it: asks for name and password on the terminal, and starts the user's shell.
 *
 * Does: five tries, three seconds after each wrong one; a minute in all; -f NAME (unasked), -h HOST (where the caller
 *       comes from: telnetd says it), -p (keeps the environment). Waits for the shell, so that the session is closed.
 * Reads: /etc/passwd, /etc/shadow, /etc/nologin, /etc/motd, /var/mail. Writes: /var/log/lastlog.
 * Not simulated: /etc/pam.d (Debian's stack is built in), /etc/securetty, /etc/login.defs, utmp, btmp, limits, expired
 *       passwords (the login is not made to change one).
 */
import { Errno, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { readAnswer, readPassword } from '../libc/getpass';
import {
	accountProblem,
	authenticate,
	closeSession,
	Failures,
	isOpen,
	openSession,
	type Asker
} from '../libc/pam-unix';
import { getgrouplist, getpwnam, type PasswdEntry } from '../libc/passwd';
import { print, printError } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { Log } from '../libc/syslog';
import {
	alarm,
	chdir,
	chmod,
	chown,
	exec,
	fork,
	getcred,
	setgid,
	setgroups,
	setuid,
	signal,
	sleep,
	ttyname,
	uname,
	wait
} from '../libc/unistd';
import { greet, optional } from './greeting';

const OPTIONS = new OptionTable(['p', 'f', 'h=', 'r=']);
const USAGE = `Usage: login [-p] [name]
       login [-p] [-h host] [-f name]
       login [-p] -r host
`;
const TRIES = 5;
/** pam_faildelay(8), microseconds */
const FAIL_DELAY = 3_000_000;
const TIMEOUT = 60;
const TTY_GROUP = 5;
const TTY_MODE = 0o600;
const PATHS = {
	root: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
	user: '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games'
};

/** One call of login. */
interface Sitting {
	readonly pam: Asker;
	/** "/dev/pts/0" */
	readonly tty: string;
	readonly host: string;
	/** " on '/dev/pts/0' from 'ws.example.org'" */
	readonly where: string;
}

export const login: Main = function* (argv, env) {
	let parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`login: ${thrown.message}\n${USAGE}`);
		return 1;
	}
	if ((yield* getcred()).euid !== 0) {
		yield* printError('login: Cannot possibly work without effective root\n');
		return 1;
	}
	let tty: string;
	try {
		tty = yield* ttyname(0);
	} catch (thrown) {
		errnoOf(thrown);
		return 1;
	}
	const host = parsed.get('h') ?? '';
	const log = new Log({ ident: 'login', facility: 'authpriv' });
	const sitting: Sitting = {
		pam: { service: 'login', log, tty, rhost: host, failures: new Failures() },
		tty,
		host,
		where: ` on '${tty}'${host === '' ? '' : ` from '${host}'`}`
	};
	const name = parsed.operands[0];
	yield* signal(SIGNAL.SIGALRM, 'catch');
	yield* alarm(TIMEOUT * 1_000_000);
	let user: PasswdEntry | undefined;
	try {
		user = parsed.has('f') && name !== undefined ? yield* getpwnam(name) : yield* askWho(sitting, name);
	} catch (thrown) {
		if (thrown instanceof TooMany) return 0;
		if (errnoOf(thrown).code !== 'EINTR') throw thrown;
		yield* printError(`\nLogin timed out after ${TIMEOUT} seconds.\n`);
		return 0;
	}
	yield* alarm(0);
	yield* signal(SIGNAL.SIGALRM, 'default');
	if (!user) return 1;
	if ((yield* accountProblem(user.name)) === 'expired') {
		yield* printError(
			'Your account has expired; please contact your system administrator.\n\nAuthentication failure\n'
		);
		return 1;
	}
	return yield* session(sitting, user, parsed.has('p') ? env : new Map([...env].filter(([key]) => key === 'TERM')));
};

class TooMany {}

function* nothing(): Sys<void> {}

/** Name and password until they fit. @returns undefined at the end of input. Throws `TooMany` */
function* askWho({ pam, where }: Sitting, given: string | undefined): Sys<PasswdEntry | undefined> {
	let name = given;
	for (let failures = 1; ; failures++) {
		let answer: string | null = '';
		if (name === undefined) {
			yield* printError(`${(yield* uname()).nodename} login: `);
			answer = yield* readAnswer();
			if (answer === null) yield* printError('\n');
			name = answer ?? '';
		}
		const user = yield* getpwnam(name);
		if (answer === null) yield* noAnswer(pam);
		else if (yield* admitted(pam, name)) return user;
		yield* sleep(FAIL_DELAY);
		const shown = user ? name : 'UNKNOWN';
		yield* pam.log.write(
			'notice',
			`FAILED LOGIN (${failures})${where} FOR '${shown}', ${answer === null ? 'User not known to the underlying authentication module' : 'Authentication failure'}`
		);
		if (failures >= TRIES) {
			yield* pam.log.write('notice', `TOO MANY LOGIN TRIES (${failures})${where} FOR '${shown}'`);
			yield* printError(`\nLogin incorrect\nMaximum number of tries exceeded (${failures})\n`);
			if (!user) yield* pam.log.write('notice', 'pam_mail(login:session): user unknown');
			yield* closeSession(pam, name);
			yield* pam.failures?.tell(pam.log, 'login') ?? nothing();
			throw new TooMany();
		}
		yield* printError('\nLogin incorrect\n');
		name = undefined;
	}
}

/** The end of input where a name was asked for. */
function* noAnswer({ log }: Asker): Sys<void> {
	const prefix = 'pam_nologin(login:auth):';
	yield* log.write('warning', `${prefix} unexpected response from failed conversation function`);
	yield* log.write('notice', `${prefix} cannot determine user name`);
}

function* admitted(pam: Asker, name: string): Sys<boolean> {
	const closed = yield* optional('/etc/nologin');
	if (closed !== undefined) {
		yield* printError(`${closed}\n`);
		if ((yield* getpwnam(name))?.uid !== 0) return false;
	}
	if (name !== '' && (yield* isOpen(name))) {
		yield* pam.log.write(
			'debug',
			`pam_unix(${pam.service}:auth): user [${name}] has blank password; authenticated without it`
		);
		return true;
	}
	return yield* authenticate(pam, name, yield* readPassword('Password: '));
}

function* session(sitting: Sitting, user: PasswdEntry, env: ReadonlyMap<string, string>): Sys<number> {
	const { pam, tty, host, where } = sitting;
	yield* chown(tty, user.uid, TTY_GROUP);
	yield* chmod(tty, TTY_MODE);
	yield* openSession(pam, user.name);
	yield* greet(user, tty.replace('/dev/', ''), host);
	if (user.uid === 0) yield* pam.log.write('notice', `ROOT LOGIN ${where}`);
	const shell = yield* fork(function* () {
		yield* setgroups(yield* getgrouplist(user.name, user.gid));
		yield* setgid(user.gid);
		yield* setuid(user.uid);
		return yield* startShell(user, env);
	});
	for (const key of [SIGNAL.SIGINT, SIGNAL.SIGQUIT, SIGNAL.SIGTSTP]) yield* signal(key, 'ignore');
	yield* waitFor(shell);
	yield* closeSession(pam, user.name);
	yield* pam.failures?.tell(pam.log, 'login') ?? nothing();
	yield* chown(tty, 0, TTY_GROUP);
	return 0;
}

function* waitFor(child: number): Sys<void> {
	for (;;)
		try {
			const status = yield* wait(child);
			if (status && status.kind !== 'stopped' && status.kind !== 'continued') return;
		} catch (thrown) {
			if (!(thrown instanceof Errno) || thrown.code !== 'EINTR') return;
		}
}

function* startShell(user: PasswdEntry, given: ReadonlyMap<string, string>): Sys<number> {
	let { home } = user;
	try {
		yield* chdir(home);
	} catch (thrown) {
		errnoOf(thrown);
		home = '/';
		yield* chdir(home);
		yield* print('No directory, logging in with HOME=/\n');
	}
	const env = new Map([
		...given,
		['TERM', given.get('TERM') ?? 'dumb'],
		['HOME', home],
		['SHELL', user.shell],
		['PATH', user.uid === 0 ? PATHS.root : PATHS.user],
		['LOGNAME', user.name],
		['USER', user.name],
		['MAIL', `/var/mail/${user.name}`],
		['HUSHLOGIN', 'FALSE']
	]);
	const name = user.shell.slice(user.shell.lastIndexOf('/') + 1);
	try {
		return yield* exec(user.shell, [`-${name}`], env);
	} catch (thrown) {
		const { code } = errnoOf(thrown);
		yield* printError(
			`Cannot execute ${user.shell}: ${code === 'ENOENT' ? 'No such file or directory' : 'Permission denied'}\n`
		);
		return code === 'ENOENT' ? 127 : 126;
	}
}

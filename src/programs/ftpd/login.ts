/**
 * USER and PASS of in.ftpd: who may come in, as /etc/pam.d/ftp of the package says.
 *
 * Reads: /etc/ftpusers (those who may not), /etc/passwd, /etc/shadow, /etc/group, /etc/motd. Guests (`ftp`, `anonymous`)
 *        see nothing but the home directory of the user ftp, which becomes their root.
 * Not simulated: other PAM configurations, expired accounts, /etc/ftpchroot, utmp and wtmp.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { crypt } from '../libc/crypt';
import { getgrouplist, getpwnam, type PasswdEntry } from '../libc/passwd';
import { readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { chdir, chroot, setegid, seteuid, setgroups, sleep, umask } from '../libc/unistd';
import { Hangup, type Session } from './session';

const GUESTS = ['ftp', 'anonymous'];
const GUEST = 'ftp';
/** failures after which the connection is closed */
const MAX_FAILURES = 5;
/** pam_unix lets that much time pass after a wrong password, microseconds */
const FAIL_DELAY = 2_000_000;
const CONVERSATION = 'pam_ftp(ftp:auth): conversation failed';

export function* readOptional(path: string): Sys<string | undefined> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

function* isRefused(name: string): Sys<boolean> {
	const list = yield* readOptional('/etc/ftpusers');
	return list !== undefined && list.split('\n').some((line) => line === name);
}

/** Back to the one who only has a connection. */
export function* endLogin(session: Session): Sys<void> {
	if (session.loggedIn)
		yield* session.authLog.write('info', `pam_unix(ftp:session): session closed for user ${session.user}`);
	session.loggedIn = false;
	session.asked = undefined;
	session.uid = 0;
	yield* seteuid(0);
	yield* setegid(0);
}

export function* user(session: Session, name: string): Sys<void> {
	if (session.loggedIn && session.guest) return yield* session.reply(530, "Can't change user from guest login.");
	if (session.loggedIn) yield* endLogin(session);
	session.asked = undefined;
	session.guest = GUESTS.includes(name);
	if (session.guest) {
		for (const guest of GUESTS)
			if (yield* isRefused(guest)) {
				yield* session.reply(530, `User ${name} access denied.`);
				return;
			}
		if (!(yield* getpwnam(GUEST))) return yield* session.reply(530, `User ${name} unknown.`);
		session.asked = GUEST;
		return yield* session.reply(331, 'Guest login ok, send your complete e-mail address as password.');
	}
	session.asked = name;
	if (yield* isRefused(name))
		yield* session.authLog.write('notice', `pam_listfile(ftp:auth): Refused user ${name} for service ftp`);
	yield* session.authLog.write('err', CONVERSATION);
	yield* session.reply(331, `Password required for ${name}.`);
	/* guessing shall take time */
	if (session.attempts > 0) yield* sleep(session.attempts * 1_000_000);
}

export function* pass(session: Session, password: string): Sys<void> {
	const name = session.asked;
	if (session.loggedIn || name === undefined) return yield* session.reply(503, 'Login with USER first.');
	session.asked = undefined;
	const entry = yield* getpwnam(name);
	if (!entry || !(session.guest || (yield* isRight(session, entry, name, password)))) {
		if (!entry) yield* refuse(session, name, undefined);
		yield* sleep(FAIL_DELAY);
		yield* session.reply(530, 'Login incorrect.');
		yield* session.log.write('notice', `FTP LOGIN FAILED FROM ${session.clientName}, ${name}`);
		if (session.attempts++ < MAX_FAILURES) return;
		yield* session.log.write('notice', `repeated login failures from ${session.clientName}`);
		throw new Hangup(0);
	}
	session.attempts = 0;
	yield* enter(session, entry, password);
}

function* isRight(session: Session, entry: PasswdEntry, name: string, password: string): Sys<boolean> {
	const shadow = yield* readOptional('/etc/shadow');
	const line = shadow?.split('\n').find((one) => one.startsWith(`${name}:`));
	const hash = line?.split(':')[1];
	/* an empty entry is a login without a password, which pam_unix has allowed (nullok) */
	const right = hash !== undefined && (hash === '' ? password === '' : crypt(password, hash) === hash);
	if (!right) yield* refuse(session, name, entry);
	return right && !(yield* isRefused(name));
}

function* refuse(session: Session, name: string, entry: PasswdEntry | undefined): Sys<void> {
	if (!entry) yield* session.authLog.write('notice', 'pam_unix(ftp:auth): check pass; user unknown');
	const about = `authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=${session.clientName}`;
	yield* session.authLog.write('notice', `pam_unix(ftp:auth): ${about} ${entry ? ` user=${name}` : ''}`);
}

/** The session becomes the user's. */
function* enter(session: Session, entry: PasswdEntry, password: string): Sys<void> {
	const { log, clientName, settings } = session;
	yield* setegid(entry.gid);
	yield* setgroups(yield* getgrouplist(entry.name, entry.gid));
	yield* session.authLog.write(
		'info',
		`pam_unix(ftp:session): session opened for user ${entry.name}(uid=${entry.uid}) by (uid=0)`
	);
	session.user = entry.name;
	session.loggedIn = true;
	try {
		if (session.guest) {
			yield* chroot(entry.home);
			yield* chdir('/');
		}
		yield* seteuid(entry.uid);
		session.uid = entry.uid;
	} catch (thrown) {
		errnoOf(thrown);
		yield* session.reply(550, "Can't set guest privileges.");
		return yield* endLogin(session);
	}
	if (!session.guest && !(yield* goHome(session, entry))) return;
	const news = yield* readOptional('/etc/motd');
	for (const line of linesOf(news)) yield* session.line(230, line);
	yield* session.reply(
		230,
		session.guest ? 'Guest login ok, access restrictions apply.' : `User ${entry.name} logged in.`
	);
	if (settings.logging > 0)
		yield* log.write(
			'info',
			session.guest
				? `ANONYMOUS FTP LOGIN FROM ${clientName}, ${password}`
				: `FTP LOGIN FROM ${clientName} as ${entry.name}`
		);
	yield* umask(settings.umask);
}

function* goHome(session: Session, entry: PasswdEntry): Sys<boolean> {
	try {
		yield* chdir(entry.home);
		return true;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	try {
		yield* chdir('/');
	} catch (thrown) {
		errnoOf(thrown);
		yield* session.reply(530, `User ${entry.name}: can't change directory to ${entry.home}.`);
		yield* endLogin(session);
		return false;
	}
	yield* session.line(230, 'No directory! Logging in with home=/');
	return true;
}

export function linesOf(text: string | undefined): string[] {
	if (text === undefined || text === '') return [];
	return text.replace(/\n$/, '').split('\n');
}

/**
 * cron(8) 3.0pl1 of Debian: wakes each minute and starts what is due.
 *
 * Reads:  /var/spool/cron/crontabs, /etc/crontab, /etc/cron.d, when a file's time has changed, once a minute.
 * Writes: /run/crond.pid, /run/crond.reboot; what a job prints goes to its owner by /usr/sbin/sendmail.
 * Trusts: a user's table that is his and has mode 0600; a system table that is root's and that only root may write.
 * Not simulated: clocks that jump, -l and -L, SELinux.
 */
import { O, SIGNAL, type Stat, type Sys, type Main } from '#kernel/syscalls';
import { decode, encode } from '#kernel/text';
import { closeSession, openSession } from '../libc/pam-unix';
import { getgrouplist, getpwnam, type PasswdEntry } from '../libc/passwd';
import { readAll, readText, writeFile } from '../libc/stdio';
import { spawn } from '../libc/spawn';
import { errnoOf } from '../libc/strerror';
import { breakDown } from '../libc/strftime';
import { Log } from '../libc/syslog';
import {
	chdir, close, dup2, fork, getpid, lstat, open, pipe, readdir, setgid, setgroups, setsid, setuid, signal, sleep, stat,
	takeSignals, time, uname, wait, write
} from '../libc/unistd'; // prettier-ignore
import { commandOf, CrontabError, isDue, parseCrontab, type Entry } from './table';

export const SPOOL = '/var/spool/cron/crontabs';
const SYSTEM_TABLE = '/etc/crontab';
const SYSTEM_FOLDER = '/etc/cron.d';
const PID_FILE = '/run/crond.pid';
const REBOOT_FILE = '/run/crond.reboot';
const MINUTE = 60_000_000;
const WRITABLE_BY_OTHERS = 0o022;
const MODE = 0o7777;

interface Table {
	readonly mtime: number;
	/** whose jobs these are; undefined where each line says it */
	readonly user: string | undefined;
	readonly entries: readonly Entry[];
}

export const cron: Main = function* (argv) {
	const log = new Log({ ident: 'cron', facility: 'cron' });
	const foreground = argv.includes('-f');
	yield* attempt(writeFile(PID_FILE, ''));
	yield* log.write('info', '(CRON) INFO (pidfile fd = 3)');
	if (foreground) return yield* new Cron(log).run(false);
	yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nothing = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nothing, fd);
		if (nothing > 2) yield* close(nothing);
		return yield* new Cron(log).run(true);
	});
	return 0;
};

function* attempt<T>(call: Sys<T>): Sys<T | undefined> {
	try {
		return yield* call;
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

class Cron {
	readonly #tables = new Map<string, Table>();

	constructor(readonly log: Log) {}

	*run(forked: boolean): Sys<number> {
		if (forked) yield* this.#say('STARTUP (fork ok)');
		yield* attempt(writeFile(PID_FILE, `${yield* getpid()}\n`));
		yield* signal(SIGNAL.SIGHUP, 'ignore');
		yield* signal(SIGNAL.SIGCHLD, 'catch');
		yield* this.#load();
		if (yield* attempt(stat(REBOOT_FILE))) yield* this.#say('INFO (Skipping @reboot jobs -- not system startup)');
		else {
			yield* attempt(writeFile(REBOOT_FILE, ''));
			yield* this.#say('INFO (Running @reboot jobs)');
			yield* this.#start((entry) => entry.times === null);
		}
		for (;;) {
			yield* this.#untilNextMinute();
			yield* this.#load();
			const minute = breakDown(yield* time());
			yield* this.#start((entry) => isDue(entry, minute));
		}
	}

	/** Sleeps, and sees to the jobs that end meanwhile. */
	*#untilNextMinute(): Sys<void> {
		const now = yield* time();
		const next = now - (now % MINUTE) + MINUTE;
		for (;;) {
			const left = next - (yield* time());
			if (left <= 0) return;
			yield* attempt(sleep(left));
			yield* takeSignals();
			while (yield* attempt(wait(-1, { nohang: true }))) continue;
		}
	}

	*#say(text: string): Sys<void> {
		yield* this.log.write('info', `(CRON) ${text}`);
	}

	*#start(due: (entry: Entry) => boolean): Sys<void> {
		for (const table of this.#tables.values())
			for (const entry of table.entries) {
				if (!due(entry)) continue;
				const user = yield* getpwnam(table.user ?? entry.user!);
				if (user) yield* fork(() => runJob(entry, user));
			}
	}

	/** Reads what is new or has changed, and forgets what is gone. */
	*#load(): Sys<void> {
		const found = new Set<string>();
		const system = (yield* attempt(readdir(SYSTEM_FOLDER))) ?? [];
		const users = (yield* attempt(readdir(SPOOL))) ?? [];
		yield* this.#table(SYSTEM_TABLE, undefined, found);
		for (const { name } of system)
			if (/^[A-Za-z0-9_-]+$/.test(name)) yield* this.#table(`${SYSTEM_FOLDER}/${name}`, undefined, found);
		for (const { name } of users) if (!name.startsWith('.')) yield* this.#table(`${SPOOL}/${name}`, name, found);
		for (const path of this.#tables.keys()) if (!found.has(path)) this.#tables.delete(path);
	}

	*#table(path: string, user: string | undefined, found: Set<string>): Sys<void> {
		const status = yield* attempt(lstat(path));
		if (!status) return;
		found.add(path);
		const old = this.#tables.get(path);
		if (old?.mtime === status.mtime) return;
		const who = user ?? '*system*';
		const label = user === undefined ? path : `crontabs/${user}`;
		if (old) yield* this.log.write('info', `(${who}) RELOAD (${label})`);
		this.#tables.set(path, { mtime: status.mtime, user, entries: yield* this.#read(path, user, who, label, status) });
	}

	*#read(path: string, user: string | undefined, who: string, label: string, status: Stat): Sys<readonly Entry[]> {
		const problem = yield* this.#problem(user, status);
		if (problem !== undefined) {
			yield* this.log.write('info', `(${who}) ${problem} (${label})`);
			return [];
		}
		const text = (yield* attempt(readText(path))) ?? '';
		try {
			if (text === '' || text.endsWith('\n')) return parseCrontab(text, user === undefined);
			yield* this.log.write('err', `(${who}) ERROR (Missing newline before EOF, this crontab file will be ignored)`);
		} catch (thrown) {
			if (!(thrown instanceof CrontabError)) throw thrown;
			const where = user === undefined ? path : `crontab for user ${user}`;
			yield* this.log.write('err', `(${who}) ERROR (Error: ${thrown.problem}; while reading ${where})`);
			yield* this.log.write('err', `(${who}) ERROR (Syntax error, this crontab file will be ignored)`);
		}
		return [];
	}

	*#problem(user: string | undefined, { mode, uid }: Stat): Sys<string | undefined> {
		if (user === undefined) {
			if (uid !== 0) return 'WRONG FILE OWNER';
			return mode & WRITABLE_BY_OTHERS ? 'INSECURE MODE (group/other writable)' : undefined;
		}
		const owner = yield* getpwnam(user);
		if (!owner) return 'ORPHAN (no passwd entry)';
		if ((mode & MODE) !== 0o600) return 'INSECURE MODE (mode 0600 expected)';
		return uid === owner.uid || uid === 0 ? undefined : 'WRONG FILE OWNER';
	}
}

/** A process of its own for each job: starts the command, reads what it says, and mails it. */
function* runJob(entry: Entry, user: PasswdEntry): Sys<number> {
	yield* signal(SIGNAL.SIGCHLD, 'default');
	yield* signal(SIGNAL.SIGHUP, 'default');
	const session = { service: 'cron', log: new Log({ ident: 'CRON', facility: 'authpriv' }) };
	yield* openSession(session, user.name);
	const { command, input } = commandOf(entry);
	const env = new Map([
		['SHELL', '/bin/sh'],
		['HOME', user.home],
		['PATH', '/usr/bin:/bin'],
		...entry.settings,
		['LOGNAME', user.name]
	]);
	const [inRead, inWrite] = yield* pipe();
	const [outRead, outWrite] = yield* pipe();
	const job = yield* fork(function* () {
		yield* new Log({ ident: 'CRON', facility: 'cron' }).write('info', `(${user.name}) CMD (${entry.command})`);
		return yield* execute(entry, user, env, command, [inRead, outWrite, outWrite], [inWrite, outRead]);
	});
	for (const fd of [inRead, outWrite]) yield* close(fd);
	yield* attempt(write(inWrite, encode(input)));
	yield* close(inWrite);
	const said = decode(yield* readAll(outRead));
	yield* close(outRead);
	yield* attempt(wait(job));
	if (said !== '') yield* mailOutput(user, env, command, said);
	yield* closeSession(session, user.name);
	return 0;
}

function* execute(
	entry: Entry,
	user: PasswdEntry,
	env: ReadonlyMap<string, string>,
	command: string,
	streams: readonly number[],
	unused: readonly number[]
): Sys<number> {
	yield* setsid();
	for (const fd of unused) yield* close(fd);
	for (const [target, fd] of streams.entries()) yield* dup2(fd, target);
	const shell = env.get('SHELL')!;
	const pid = yield* spawn(shell, [shell, '-c', command], env, { prepare: () => become(user, env.get('HOME')!) });
	yield* attempt(wait(pid));
	return 0;
}

function* become(user: PasswdEntry, home: string): Sys<void> {
	yield* setgid(user.gid);
	yield* setgroups(yield* getgrouplist(user.name, user.gid));
	yield* setuid(user.uid);
	yield* chdir(home);
}

function* mailOutput(user: PasswdEntry, env: ReadonlyMap<string, string>, command: string, said: string): Sys<void> {
	const to = env.get('MAILTO') ?? user.name;
	if (to === '') return;
	const lines = [
		'From: root (Cron Daemon)',
		`To: ${to}`,
		`Subject: Cron <${user.name}@${(yield* uname()).nodename.split('.')[0]}> ${command}`,
		'MIME-Version: 1.0',
		'Content-Type: text/plain; charset=US-ASCII',
		'Content-Transfer-Encoding: 8bit',
		...[...env].map(([name, value]) => `X-Cron-Env: <${name}=${value}>`),
		''
	];
	const [readEnd, writeEnd] = yield* pipe();
	const argv = ['/usr/sbin/sendmail', '-FCronDaemon', '-i', '-B8BITMIME', '-oem', to];
	const pid = yield* spawn(argv[0]!, argv, env, {
		*prepare() {
			yield* close(writeEnd);
			yield* dup2(readEnd, 0);
			yield* become(user, env.get('HOME')!);
		}
	});
	yield* close(readEnd);
	yield* attempt(write(writeEnd, encode(`${lines.join('\n')}\n${said}`)));
	yield* close(writeEnd);
	yield* attempt(wait(pid));
}

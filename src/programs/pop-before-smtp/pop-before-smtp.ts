/**
 * pop-before-smtp(8): who has just read mail from an address may send from it for a while.
 *
 *     pop-before-smtp [--watchlog=FILE] [--dbfile=BASE] [--grace=SECONDS] [--daemon=PIDFILE] [--debug]
 *
 * Does: follows the mail log for logins at dovecot's POP3 and IMAP, keeps each address for the time of grace (default
 *       1800 s), writes the addresses as an access table and has postmap index it: `check_client_access hash:BASE`.
 * Reads: /var/log/maillog. Writes: /var/lib/pop-before-smtp/hosts and its index.
 * Trusts: the log, and that one address is one person; whoever shares the address may send too.
 * Not simulated: the configuration in Perl, other servers' log lines, --logto, --list.
 */
import { Errno, O, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { printError, writeFile } from '../libc/stdio';
import { run } from '../libc/spawn';
import { decode } from '../libc/text';
import {
	chdir,
	close,
	dup2,
	fork,
	fstat,
	getpid,
	lseek,
	open,
	preempt,
	read,
	rename,
	setsid,
	sleep,
	time
} from '../libc/unistd';

const OPTIONS = new OptionTable(['watchlog=', 'dbfile=', 'grace=', 'daemon=', 'debug']);
const SECOND = 1_000_000;
const DEFAULTS = { log: '/var/log/maillog', table: '/var/lib/pop-before-smtp/hosts', grace: 1800 } as const;
/** how often the log is looked at */
const LOOK = 2 * SECOND;
const CHUNK = 65_536;
const LOGIN = /\bdovecot: (?:pop3|imap)-login: Login: user=<[^>]+>,.*\brip=([\d.]+)/;

/** The address of a login; null for another line of the log. */
export function addressOf(line: string): string | null {
	return LOGIN.exec(line)?.[1] ?? null;
}

/** Follows a file; begins at its end, and anew when it has become shorter. */
class Tail {
	#at = -1;
	#rest = '';

	constructor(readonly path: string) {}

	*lines(): Sys<string[]> {
		let fd: number;
		try {
			fd = yield* open(this.path, O.RDONLY);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			this.#at = 0;
			return [];
		}
		const { size } = yield* fstat(fd);
		if (this.#at < 0) this.#at = size;
		if (size < this.#at) this.#at = 0;
		yield* lseek(fd, this.#at, 'set');
		let text = this.#rest;
		for (;;) {
			const part = yield* read(fd, CHUNK);
			if (part.length === 0) break;
			this.#at += part.length;
			text += decode(part);
			yield* preempt();
		}
		yield* close(fd);
		const lines = text.split('\n');
		this.#rest = lines.pop()!;
		return lines;
	}
}

export const popBeforeSmtp: Main = function* (argv, env) {
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`${argv[0]!}: ${thrown.message}\n`);
		return 1;
	}
	const pidfile = options.get('daemon');
	if (pidfile === undefined) return yield* watch(options, env);
	yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nothing = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nothing, fd);
		yield* writeFile(pidfile, `${yield* getpid()}\n`);
		return yield* watch(options, env);
	});
	return 0;
};

function* watch(options: Parsed, env: ReadonlyMap<string, string>): Sys<number> {
	const table = options.get('dbfile') ?? DEFAULTS.table;
	const grace = Number(options.get('grace') ?? DEFAULTS.grace) * SECOND;
	const tail = new Tail(options.get('watchlog') ?? DEFAULTS.log);
	/** address → when it ends */
	const open = new Map<string, number>();
	yield* writeTable(table, open, env);
	for (;;) {
		const lines = yield* tail.lines();
		const now = yield* time();
		let changed = false;
		for (const line of lines) {
			const address = addressOf(line);
			if (address === null) continue;
			changed ||= !open.has(address);
			open.set(address, now + grace);
		}
		for (const [address, end] of open) if (end <= now) changed = open.delete(address) || changed;
		if (changed) yield* writeTable(table, open, env);
		yield* sleep(LOOK);
	}
}

/** A table that cannot be written leaves the old one; the next change tries again. */
function* writeTable(path: string, open: ReadonlyMap<string, number>, env: ReadonlyMap<string, string>): Sys<void> {
	try {
		yield* writeFile(`${path}.new`, [...open.keys()].map((address) => `${address}\tok\n`).join(''), 0o644);
		yield* rename(`${path}.new`, path);
	} catch (thrown) {
		if (thrown instanceof Errno) return;
		throw thrown;
	}
	yield* run('/usr/sbin/postmap', ['postmap', `hash:${path}`], env);
}

/**
 * named: the name server (named(8), BIND 9.18).
 *
 * Reads:  named.conf and its zones at start, on SIGHUP and on rndc reload, and at no other time.
 * Writes: /run/named/named.pid; the log through syslog (facility daemon), or standard error with -g.
 * Exit:   0, or 1 when the configuration or a socket is refused. The parent returns when the child serves.
 */
import { Errno, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { getpwnam } from '../libc/passwd';
import { print, printError, writeFile } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { Log } from '../libc/syslog';
import {
	chdir,
	close,
	fork,
	getpid,
	mkdir,
	pipe,
	read,
	setgid,
	setsid,
	setuid,
	signal,
	takeSignals,
	time,
	unlink,
	write
} from '../libc/unistd';
import { Named } from './server';
import { NAMED_VERSION } from './serve';

const OPTIONS = new OptionTable([
	'4',
	'6',
	'c=',
	'd=',
	'f',
	'g',
	'L=',
	'n=',
	'p=',
	'S=',
	's',
	't=',
	'U=',
	'u=',
	'v',
	'V',
	'X=',
	'x='
]);
const CONFIGURATION = '/etc/bind/named.conf';

function* nothing(): Sys<void> {}

export const named: Main = function* (argv) {
	let given;
	try {
		given = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(
			`named: ${thrown.message}\nusage: named [-4|-6] [-c conffile] [-d debuglevel] [-f|-g] [-L logfile] [-p port] [-t directory] [-u username]\n`
		);
		return 1;
	}
	if (given.has('v') || given.has('V')) {
		yield* print(`BIND ${NAMED_VERSION} (Extended Support Version) <id:>\n`);
		return 0;
	}
	const path = given.get('c') ?? CONFIGURATION;
	const foreground = given.has('f') || given.has('g');
	const run = (started: () => Sys<void>) =>
		serveForEver(path, given.has('g'), given.get('p'), given.get('u'), argv, started);
	if (foreground) return yield* run(nothing);
	/* the child tells through a pipe that it serves; when it ends before, the parent fails too */
	const [readEnd, writeEnd] = yield* pipe();
	yield* fork(function* () {
		yield* close(readEnd);
		yield* setsid();
		const status = yield* run(function* () {
			yield* write(writeEnd, Uint8Array.of(1));
			yield* close(writeEnd);
		});
		return status;
	});
	yield* close(writeEnd);
	return (yield* read(readEnd, 1)).length === 1 ? 0 : 1;
};

function* serveForEver(
	path: string,
	toStderr: boolean,
	port: string | undefined,
	user: string | undefined,
	argv: readonly string[],
	started: () => Sys<void>
): Sys<number> {
	const syslog = new Log({ ident: 'named', facility: 'daemon' });
	function* log(text: string): Sys<void> {
		if (toStderr) yield* printError(`${strftime('%d-%b-%Y %H:%M:%S', breakDown(yield* time()))}.000 ${text}\n`);
		else yield* syslog.write(/failed|denied|error/i.test(text) ? 'err' : 'info', text);
	}
	const server = new Named(path, log);
	yield* log(`starting BIND ${NAMED_VERSION} (Extended Support Version) <id:>`);
	yield* log(`running as: ${argv.join(' ')}`);
	if (!(yield* server.load())) {
		yield* log('loading configuration: failure');
		yield* log('exiting (due to fatal error)');
		return 1;
	}
	server.counts.started = server.counts.reloaded = yield* time();
	yield* chdir('/');
	try {
		yield* server.listen(port === undefined ? server.port : Number(port));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* log(
			`could not listen on UDP socket: ${thrown.code === 'EADDRINUSE' ? 'address in use' : 'permission denied'}`
		);
		yield* log('exiting (due to fatal error)');
		return 1;
	}
	yield* writePid(server.pidFile);
	if (user !== undefined) yield* becomeUser(user);
	yield* server.loadZones();
	yield* log('all zones loaded');
	yield* log('running');
	for (const number of [SIGNAL.SIGHUP, SIGNAL.SIGTERM, SIGNAL.SIGINT]) yield* signal(number, 'catch');
	/* children that fetch zones are nobody's business when they end */
	yield* signal(SIGNAL.SIGCHLD, 'ignore');
	yield* started();
	yield* loop(server, log);
	yield* log('shutting down');
	yield* server.close();
	yield* removePid(server.pidFile);
	yield* log('exiting');
	return 0;
}

function* loop(server: Named, log: (text: string) => Sys<void>): Sys<void> {
	while (!server.stopping) {
		for (const number of yield* takeSignals()) {
			if (number === SIGNAL.SIGHUP) {
				yield* log('received SIGHUP signal to reload zones');
				yield* server.reload();
			} else return;
		}
		try {
			yield* server.turn();
		} catch (thrown) {
			if (!(thrown instanceof Errno) || thrown.code !== 'EINTR') throw thrown;
		}
	}
}

function* writePid(path: string): Sys<void> {
	if (path === 'none') return;
	try {
		const directory = path.slice(0, path.lastIndexOf('/'));
		try {
			yield* mkdir(directory, 0o755);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		yield* writeFile(path, `${yield* getpid()}\n`, 0o644);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

function* removePid(path: string): Sys<void> {
	try {
		yield* unlink(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

function* becomeUser(name: string): Sys<void> {
	const entry = yield* getpwnam(name);
	if (!entry) return;
	yield* setgid(entry.gid);
	yield* setuid(entry.uid);
}

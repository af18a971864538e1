/**
 * in.ftpd(8) of linux-ftpd 0.17, the server of the File Transfer Protocol (RFC 959).
 *
 *     in.ftpd [-46AdDhlMnPSU] [-T maxtimeout] [-t timeout] [-u umask] [-z option]
 *
 * Run by inetd with the connection on its standard descriptors, or with -D as a daemon that listens at port 21 itself.
 * Reads:  /etc/nologin, /etc/ftpwelcome, and what login.ts names. Data connections to a client come from port 20.
 * Trusts: nobody; it stays root beside the user's effective id, to take port 20.
 * Not simulated: TLS (-z), IPv6, -A, -M, -S, -U, the range of ports of -h, titles in ps.
 */
import { Errno, O, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getnameinfo, getservbyname } from '../libc/netdb';
import { STDIN, STDOUT } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { Log } from '../libc/syslog';
import {
	accept, bind, chdir, close, dup2, fork, getpeername, getsockname, listen, open, setsid, setsockopt, signal, socket,
	uname, wait
} from '../libc/unistd'; // prettier-ignore
import { obey } from './commands';
import { endLogin, linesOf, readOptional } from './login';
import { Hangup, Session, type Settings } from './session';
import { VERSION } from './transfer-settings';

const OPTIONS = new OptionTable([
	'4', '6', 'A', 'd', 'D', 'h', 'l', 'M', 'n', 'P', 'S', 'U', 'T=', 't=', 'u=', 'v', 'a', 'q', 'z='
]); // prettier-ignore
const TIMEOUT = 900;
const MAX_TIMEOUT = 7200;
const UMASK = 0o027;
const FTP_PORT = 21;
const BACKLOG = 32;

export const ftpd: Main = function* (argv) {
	const log = new Log({ ident: 'ftpd', facility: 'ftp' });
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* log.write('warning', `unknown flag -${thrown.message.slice(-2, -1)} ignored`);
		options = getopt([argv[0]!], OPTIONS);
	}
	const settings = settingsOf(options);
	if (options.has('D')) return yield* daemon(settings, log);
	return yield* serve(settings, log);
};

function settingsOf(options: Parsed): Settings {
	const timeout = Number.parseInt(options.get('t') ?? '', 10) || TIMEOUT;
	const maxTimeout = Number.parseInt(options.get('T') ?? '', 10) || MAX_TIMEOUT;
	return {
		logging: options.all('l').length,
		debug: options.has('d') || options.has('v'),
		numeric: options.has('n'),
		anyPort: options.has('P'),
		timeout,
		maxTimeout: Math.max(timeout, maxTimeout),
		umask: options.has('u') ? Number.parseInt(options.get('u')!, 8) & 0o777 : UMASK
	};
}

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

function* daemon(settings: Settings, log: Log): Sys<number> {
	yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nothing = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nothing, fd);
		if (nothing > 2) yield* close(nothing);
		return yield* listenFor(settings, log);
	});
	return 0;
}

function* listenFor(settings: Settings, log: Log): Sys<number> {
	yield* signal(SIGNAL.SIGCHLD, 'catch');
	const port = (yield* getservbyname('ftp', 'tcp'))?.port ?? FTP_PORT;
	const listener = yield* socket('inet', 'stream');
	try {
		yield* setsockopt(listener, 'reuseaddr', 1);
		yield* bind(listener, { family: 'inet', address: 0, port });
		yield* listen(listener, BACKLOG);
	} catch (thrown) {
		yield* log.write('err', `control socket: ${strerror(errnoOf(thrown))}`);
		return 1;
	}
	for (;;) {
		let connection: number;
		try {
			connection = (yield* accept(listener)).fd;
		} catch (thrown) {
			errnoOf(thrown);
			yield* reap();
			continue;
		}
		yield* fork(function* () {
			yield* signal(SIGNAL.SIGCHLD, 'default');
			yield* dup2(connection, STDIN);
			yield* dup2(connection, STDOUT);
			yield* close(connection);
			yield* close(listener);
			return yield* serve(settings, log);
		});
		yield* close(connection);
		yield* reap();
	}
}

function* reap(): Sys<void> {
	try {
		while (yield* wait(-1, { nohang: true }));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

/* ---- a client ---------------------------------------------------------------------------------------------------- */

function* serve(settings: Settings, log: Log): Sys<number> {
	const session = yield* sessionOf(settings, log);
	if (!session) return 1;
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	try {
		yield* welcome(session);
		for (;;) yield* obey(session, yield* session.command());
	} catch (thrown) {
		if (!(thrown instanceof Hangup)) throw thrown;
		if (session.loggedIn) yield* endLogin(session);
		return thrown.status;
	}
}

function* sessionOf(settings: Settings, log: Log): Sys<Session | undefined> {
	try {
		const remote = yield* getpeername(STDIN);
		const local = yield* getsockname(STDIN);
		if (remote.family !== 'inet' || local.family !== 'inet') return undefined;
		const session = new Session(settings, log, new Log({ ident: 'ftpd', facility: 'authpriv' }), { local, remote });
		const shown = formatIpv4Address(remote.address);
		const found = settings.numeric ? undefined : yield* getnameinfo(remote.address);
		session.clientName = found?.ok ? found.name : shown;
		session.hostname = (yield* uname()).nodename;
		return session;
	} catch (thrown) {
		yield* log.write('err', `getpeername (in.ftpd): ${strerror(errnoOf(thrown))}`);
		return undefined;
	}
}

function* welcome(session: Session): Sys<void> {
	const { settings, log, clientName, hostname } = session;
	if (settings.logging > 0) yield* log.write('info', `connection from ${clientName}`);
	const closed = yield* readOptional('/etc/nologin');
	if (closed !== undefined) {
		for (const line of linesOf(closed)) yield* session.line(530, line);
		yield* session.reply(530, 'System not available.');
		throw new Hangup(0);
	}
	for (const line of linesOf(yield* readOptional('/etc/ftpwelcome'))) yield* session.line(220, line);
	yield* session.reply(220, `${hostname} FTP server (${VERSION}) ready.`);
}

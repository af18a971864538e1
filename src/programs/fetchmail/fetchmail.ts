/**
 * fetchmail(1) 6.4.37: brings mail from where it lies to this host, and hands it to the SMTP server here.
 *
 *     fetchmail [options] [server…]
 *
 * Does: reads ~/.fetchmailrc (mode 0700 at most), asks each server in turn, runs once or as a daemon (`-d`), keeps the
 *       UIDs of what was kept in ~/.fetchids.
 * Reads: ~/.fetchmailrc, ~/.fetchids, ~/.netrc not. Writes: ~/.fetchids, ~/.fetchmail.pid (root: /run/fetchmail.pid).
 * Not simulated: ETRN and ODMR, --configdump, certificates that are not trusted, Kerberos, GSSAPI, NTLM, `interface`.
 */
import { Errno, O, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { Closed } from '../libc/channel';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getaddrinfo, gai_strerror } from '../libc/netdb';
import { getpwuid } from '../libc/passwd';
import { print, printError, readText, writeFile } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { decode } from '../libc/text';
import {
	chdir, close, dup2, fork, getcred, getpid, kill, open, read, setsid, signal, sleep, stat, takeSignals, tcgetattr,
	tcsetattr, time, umask, uname, unlink
} from '../libc/unistd'; // prettier-ignore
import { openConnection } from './connection';
import { fetchByImap } from './imap';
import { fetchByPop3 } from './pop3';
import { Report } from './report';
import {
	emptyRunControl,
	newServer,
	newUser,
	parseRunControl,
	RunControlError,
	type RunControl,
	type Server,
	type User
} from './run-control';
import { guarded, VERSION } from './session';
import { MdaSink, SmtpSink, type Sink } from './sink';
import { Failed, nameOfStatus, PS } from './status';
import { USAGE } from './usage';

const OPTIONS = new OptionTable([
	'?|help', 'V|version', 'c|check', 's|silent', 'v|verbose', 'd|daemon=', 'N|nodetach', 'q|quit', 'L|logfile=', 'syslog',
	'nosyslog', 'invisible', 'f|fetchmailrc=', 'i|idfile=', 'pidfile=', 'postmaster=', 'nobounce', 'nosoftbounce', 'softbounce',
	'I|interface=', 'M|monitor=', 'ssl', 'sslkey=', 'sslcert=', 'sslcertck', 'nosslcertck', 'sslcertfile=', 'sslcertpath=',
	'sslcommonname=', 'sslfingerprint=', 'sslproto=', 'plugin=', 'plugout=', 'bad-header=', 'p|proto|protocol=', 'U|uidl',
	'idle', 'port=', 'P|service=', 'auth=', 't|timeout=', 'E|envelope=', 'Q|qvirtual=', 'principal=', 'tracepolls',
	'u|user|username=', 'a|all|fetchall', 'K|nokeep', 'k|keep', 'F|flush', 'limitflush', 'n|norewrite', 'l|limit=', 'w|warnings=',
	'S|smtphost=', 'fetchdomains=', 'D|smtpaddress=', 'smtpname=', 'Z|antispam=', 'b|batchlimit=', 'B|fetchlimit=',
	'fetchsizelimit=', 'fastuidl=', 'e|expunge=', 'm|mda=', 'bsmtp=', 'lmtp', 'r|folder=', 'showdots'
]); // prettier-ignore
const DEFAULT_PORTS: Readonly<Record<string, readonly [plain: string, ssl: string]>> = {
	pop3: ['pop3', 'pop3s'],
	imap: ['imap', 'imaps']
};
const TTY = '/dev/tty';

interface Context {
	readonly options: Parsed;
	readonly env: ReadonlyMap<string, string>;
	readonly report: Report;
	readonly control: RunControl;
	/** of this user */
	readonly login: string;
	readonly home: string;
	readonly hostname: string;
	readonly idfile: string;
	readonly pidfile: string;
}

/** Ends the program with a message. */
class Quit {
	constructor(
		readonly status: number,
		readonly text = '',
		readonly prefixed = true
	) {}
}

export const fetchmail: Main = function* (argv, env) {
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`fetchmail: ${thrown.message}\n`);
		yield* print(USAGE);
		return 0;
	}
	if (options.has('help')) {
		yield* print(USAGE);
		return 0;
	}
	try {
		return yield* run(options, env);
	} catch (thrown) {
		if (!(thrown instanceof Quit)) throw thrown;
		if (thrown.text !== '') yield* printError(`${thrown.prefixed ? 'fetchmail: ' : ''}${thrown.text}\n`);
		return thrown.status;
	}
};

/* ---- settings --------------------------------------------------------------------------------------------------- */

const EXPOSED = 0o077;

function* loadControl(path: string, uid: number): Sys<RunControl> {
	let text: string;
	try {
		const found = yield* stat(path);
		if ((found.mode & EXPOSED) !== 0)
			throw new Quit(PS.IOERR, `File ${path} must have no more than -rwx------ (0700) permissions.`, false);
		if (found.uid !== uid && uid !== 0) throw new Quit(PS.IOERR, `File ${path} must be owned by you.`, false);
		text = yield* readText(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (thrown.code === 'ENOENT') return emptyRunControl();
		throw new Quit(PS.IOERR, `open: Permission denied`);
	}
	try {
		return parseRunControl(text);
	} catch (thrown) {
		if (!(thrown instanceof RunControlError)) throw thrown;
		throw new Quit(PS.SYNTAX, `fetchmail:${path}:${thrown.line}: ${thrown.text}`, false);
	}
}

/** What the command line says about every user, over what the file says. */
function override(options: Parsed, server: Server, user: User): void {
	const set = (name: string, apply: (value: string) => void): void => {
		const value = options.get(name);
		if (options.has(name)) apply(value ?? '');
	};
	set('protocol', (value) => (server.protocol = value.toLowerCase()));
	set('service', (value) => (server.port = value));
	set('port', (value) => (server.port = value));
	set('timeout', (value) => (server.timeout = Number(value)));
	set('uidl', () => (server.uidl = true));
	set('username', (value) => (user.remote = value));
	set('fetchall', () => (user.fetchall = true));
	set('keep', () => (user.keep = true));
	set('nokeep', () => (user.keep = false));
	set('flush', () => (user.flush = true));
	set('norewrite', () => (user.rewrite = false));
	set('limit', (value) => (user.limit = Number(value)));
	set('fetchlimit', (value) => (user.fetchlimit = Number(value)));
	set('smtphost', (value) => (user.smtphost = value));
	set('smtpaddress', (value) => (user.smtpaddress = value));
	set('mda', (value) => (user.mda = value));
	set('folder', (value) => (user.folder = value));
	set('ssl', () => (user.ssl = true));
	set('sslproto', (value) => (user.sslproto = value));
}

/** The servers to ask, complete. */
function chooseServers(control: RunControl, options: Parsed, login: string): Server[] {
	const { operands } = options;
	const named = (name: string): Server[] => {
		const known = control.servers.filter((server) => server.name === name);
		return known.length > 0 ? known : [newServer(name)];
	};
	const chosen = operands.length > 0 ? operands.flatMap(named) : control.servers.filter(({ skip }) => !skip);
	if (chosen.length === 0) throw new Quit(PS.SYNTAX, 'no mailservers have been specified.');
	for (const server of chosen) {
		if (server.users.length === 0) server.users.push(newUser());
		for (const user of server.users) {
			override(options, server, user);
			if (user.remote === '') user.remote = login;
			if (user.local.length === 0) user.local = [login];
		}
	}
	return chosen;
}

function* askPassword(who: string): Sys<string | null> {
	let fd: number;
	try {
		yield* tcgetattr(0);
		fd = yield* open(TTY, O.RDWR);
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
	yield* print(`Enter password for ${who}: `);
	yield* tcsetattr(fd, { echo: false });
	const text = decode(yield* read(fd, 4096)).replace(/\n$/, '');
	yield* tcsetattr(fd, { echo: true });
	yield* print('\n');
	yield* close(fd);
	return text;
}

function* needPasswords(servers: readonly Server[]): Sys<void> {
	for (const server of servers)
		for (const user of server.users) {
			if (user.password !== null) continue;
			const who = `${user.remote}@${server.name}`;
			const given = yield* askPassword(who);
			if (given === null) throw new Quit(PS.AUTHFAIL, `can't find a password for ${who}.`);
			user.password = given;
		}
}

/* ---- other runs of it ------------------------------------------------------------------------------------------- */

function* runningPid(path: string): Sys<number | null> {
	try {
		const pid = Number((yield* readText(path)).split('\n')[0]);
		if (!(pid > 0)) return null;
		yield* kill(pid, 0);
		return pid;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return thrown.code === 'EPERM' ? 0 : null;
	}
}

function* stopRunning(path: string): Sys<number> {
	const pid = yield* runningPid(path);
	if (pid === null) throw new Quit(PS.EXCLUDE, 'no other fetchmail is running');
	yield* kill(pid, SIGNAL.SIGTERM);
	for (let i = 0; i < 20 && (yield* runningPid(path)) !== null; i++) yield* sleep(100_000);
	yield* printError(`fetchmail: background fetchmail at ${pid} killed.\n`);
	return 0;
}

function* run(options: Parsed, env: ReadonlyMap<string, string>): Sys<number> {
	const { uid } = yield* getcred();
	const entry = yield* getpwuid(uid);
	const login = env.get('FETCHMAILUSER') ?? env.get('LOGNAME') ?? entry?.name ?? 'nobody';
	const own = entry?.name ?? login;
	const home = env.get('FETCHMAILHOME') ?? entry?.home ?? env.get('HOME') ?? '/';
	const file = options.get('fetchmailrc') ?? `${home}/.fetchmailrc`;
	const level = options.has('silent') ? 'silent' : options.has('verbose') ? 'verbose' : 'normal';
	const pidfile = options.get('pidfile') ?? (uid === 0 ? '/run/fetchmail.pid' : `${home}/.fetchmail.pid`);
	const control = yield* loadControl(file, uid);
	const report = yield* Report.open(level, options.has('showdots'));
	if (options.has('version')) {
		yield* print(`This is fetchmail release ${VERSION}+GSS+NTLM+SDPS+SSL-SSLv2-SSLv3+NLS+KRB5.\n`);
		return 0;
	}
	if (options.has('quit')) {
		const status = yield* stopRunning(pidfile);
		if (options.options.length === 1 && options.operands.length === 0) return status;
	}
	const servers = chooseServers(control, options, own);
	const context: Context = {
		options,
		env,
		report,
		control,
		login: own,
		home,
		hostname: (yield* uname()).nodename,
		idfile: options.get('idfile') ?? (control.idfile || `${home}/.fetchids`),
		pidfile
	};
	const other = yield* runningPid(pidfile);
	if (other !== null) {
		if (options.options.length > 0 || options.operands.length > 0)
			throw new Quit(PS.EXCLUDE, "can't accept options while a background fetchmail is running.");
		yield* kill(other, SIGNAL.SIGUSR1);
		yield* printError(`fetchmail: background fetchmail at ${other} awakened.\n`);
		return 0;
	}
	yield* needPasswords(servers);
	const interval = Number(options.get('daemon') ?? control.daemon);
	if (options.has('check') && report.verbose) yield* report.say('--check mode enabled, not fetching mail');
	if (interval > 0 && !options.has('check')) return yield* background(context, servers, interval);
	const status = yield* pollAll(context, servers);
	if (report.verbose) yield* report.say(`normal termination, status ${status}`);
	return status;
}

/* ---- the daemon ------------------------------------------------------------------------------------------------- */

const PERIOD = 1_000_000;

function* background(context: Context, servers: readonly Server[], interval: number): Sys<number> {
	const { options, control, report, pidfile } = context;
	if (options.has('nodetach')) return yield* loop(context, servers, interval);
	const wanted = options.get('logfile') ?? control.logfile;
	let logfile = '';
	if (wanted !== '') {
		try {
			yield* stat(wanted);
			logfile = wanted;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* printError(`Logfile "${wanted}" does not exist, ignoring logfile option.\n`);
		}
	}
	const usesSyslog = options.has('syslog') || (!options.has('nosyslog') && control.syslog === true);
	report.destination = logfile !== '' ? { kind: 'file', path: logfile } : { kind: usesSyslog ? 'syslog' : 'nowhere' };
	const child = yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nothing = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nothing, fd);
		return yield* loop(context, servers, interval);
	});
	yield* umask(0o077);
	yield* writeFile(pidfile, `${child}\n${interval}\n`, 0o600);
	return 0;
}

function* loop(context: Context, servers: readonly Server[], interval: number): Sys<number> {
	const { report, pidfile } = context;
	yield* umask(0o077);
	yield* writeFile(pidfile, `${yield* getpid()}\n${interval}\n`, 0o600);
	for (const one of [SIGNAL.SIGTERM, SIGNAL.SIGINT, SIGNAL.SIGUSR1, SIGNAL.SIGHUP]) yield* signal(one, 'catch');
	yield* report.say(`starting fetchmail ${VERSION} daemon`);
	for (;;) {
		yield* pollAll(context, servers);
		if (report.verbose) yield* report.say(`sleeping at ${yield* stamp()} for ${interval} seconds`);
		try {
			yield* sleep(interval * PERIOD);
		} catch (thrown) {
			if (!(thrown instanceof Errno && thrown.code === 'EINTR')) throw thrown;
		}
		const signals = yield* takeSignals();
		if (signals.includes(SIGNAL.SIGTERM) || signals.includes(SIGNAL.SIGINT)) {
			yield* report.say(`terminated with signal ${signals[0]}`);
			try {
				yield* unlink(pidfile);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
			}
			return 0;
		}
		if (signals.length > 0 && report.verbose) yield* report.say(`awakened by ${signals[0]}`);
		if (report.verbose) yield* report.say(`awakened at ${yield* stamp()}`);
	}
}

function* stamp(): Sys<string> {
	return strftime('%a %b %e %H:%M:%S %Y', breakDown(yield* time()));
}

/* ---- a poll ----------------------------------------------------------------------------------------------------- */

function* optionalText(path: string): Sys<string> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return '';
		throw thrown;
	}
}

/** UIDs by "user@server". */
function* loadIds(path: string): Sys<Map<string, Set<string>>> {
	const out = new Map<string, Set<string>>();
	for (const line of (yield* optionalText(path)).split('\n')) {
		const [who = '', uid] = line.split(' ');
		if (uid === undefined) continue;
		if (!out.has(who)) out.set(who, new Set());
		out.get(who)!.add(uid);
	}
	return out;
}

/** An empty list has no file. */
function* saveIds(path: string, ids: ReadonlyMap<string, ReadonlySet<string>>): Sys<void> {
	const text = [...ids].flatMap(([who, uids]) => [...uids].map((uid) => `${who} ${uid}\n`)).join('');
	try {
		if (text !== '') yield* writeFile(path, text, 0o600);
		else yield* unlink(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

/** Each user of each server. @returns 0 when one had mail, else the last status */
function* pollAll(context: Context, servers: readonly Server[]): Sys<number> {
	const { report } = context;
	const ids = yield* loadIds(context.idfile);
	const statuses: number[] = [];
	for (const server of servers)
		for (const user of server.users) {
			const who = `${user.remote}@${server.name}`;
			if (!ids.has(who)) ids.set(who, new Set());
			statuses.push(yield* pollUser(context, server, user, ids.get(who)!));
		}
	yield* saveIds(context.idfile, ids);
	const status = statuses.includes(PS.SUCCESS) ? PS.SUCCESS : statuses.at(-1)!;
	if (statuses.length === 1 && status > PS.NOMAIL) {
		if (!report.silent) yield* report.raw(`fetchmail: Query status=${status} (${nameOfStatus(status)})\n`);
	}
	return status;
}

function* pollUser(context: Context, server: Server, user: User, seen: Set<string>): Sys<number> {
	const tries = server.protocol === 'auto' ? ['imap', 'pop3'] : [server.protocol === 'apop' ? 'pop3' : server.protocol];
	const { report } = context;
	const say = function* (protocol: string, what: string): Sys<void> {
		if (!report.verbose) return;
		yield* report.say(`${VERSION} querying ${server.name} (protocol ${protocol}) at ${yield* stamp()}: poll ${what}`);
	};
	const isAuto = server.protocol === 'auto';
	if (isAuto) yield* say('auto', 'started');
	let status: number = PS.SUCCESS;
	for (const protocol of tries) {
		yield* say(protocol.toUpperCase(), 'started');
		status = yield* pollOnce(context, server, user, seen, protocol);
		yield* say(protocol.toUpperCase(), 'completed');
		if (status !== PS.SOCKET && status !== PS.PROTOCOL) break;
	}
	if (isAuto) yield* say('auto', 'completed');
	return status;
}

function* pollOnce(context: Context, server: Server, user: User, seen: Set<string>, protocol: string): Sys<number> {
	const { report, hostname, control, options } = context;
	const ports = DEFAULT_PORTS[protocol];
	if (!ports) {
		yield* report.error(`Protocol ${protocol.toUpperCase()} is not supported here.`);
		return PS.PROTOCOL;
	}
	const host = server.via || server.name;
	const found = yield* getaddrinfo(host);
	if (!found.ok) {
		yield* report.error(`couldn't find canonical DNS name of ${server.name} (${host}): ${gai_strerror(found.error)}`);
		return PS.DNS;
	}
	let connected;
	try {
		connected = yield* openConnection(report, host, server.port || ports[user.ssl ? 1 : 0], server.timeout);
	} catch (thrown) {
		if (!(thrown instanceof Failed)) throw thrown;
		yield* report.plainError(`${protocol.toUpperCase()} connection to ${server.name} failed: ${thrown.text}`);
		return thrown.status;
	}
	const postmaster = control.postmaster || context.login;
	const sink: Sink =
		user.mda === '' ? new SmtpSink(report, user, hostname, postmaster) : new MdaSink(report, user, context.env);
	const poll = {
		report, server, user, connected, sink, hostname, seen,
		checkOnly: options.has('check'),
		invisible: control.invisible || options.has('invisible')
	}; // prettier-ignore
	const { session, run } = protocol === 'imap' ? fetchByImap(poll) : fetchByPop3(poll);
	let status: number;
	try {
		if (user.ssl) yield* session.startTls();
		status = yield* guarded(session, run);
	} catch (thrown) {
		if (!(thrown instanceof Failed)) throw thrown;
		status = thrown.status;
		if (status === PS.SMTP) {
			yield* goodbye(session.protocol === 'IMAP' ? 'A9999 LOGOUT' : 'QUIT', session);
			yield* report.error(
				`SMTP transaction error while fetching from ${session.who} and delivering to SMTP host ${user.smtphost}`
			);
		}
	}
	yield* sink.close();
	yield* close(connected.channel.fd);
	return status;
}

/** What the server still sends is not waited for. */
function* goodbye(text: string, session: { send(text: string): Sys<void>; line(): Sys<string> }): Sys<void> {
	try {
		yield* session.send(text);
		yield* session.line();
	} catch (thrown) {
		if (!(thrown instanceof Closed)) throw thrown;
	}
}

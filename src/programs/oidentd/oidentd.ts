/**
 * oidentd(8) 2.5.0: says whose a connection is (RFC 1413). A line "OUR PORT, THEIR PORT" gives
 * "OUR PORT,THEIR PORT:USERID:UNIX:name", or `ERROR` with NO-USER, INVALID-PORT or HIDDEN-USER; then the connection ends.
 *
 *     oidentd [-a ADDRESS] [-p PORT] [-u USER] [-g GROUP] [-C FILE] [-t SECONDS] [-l MAX] [-eiIqS] …
 *
 * Reads: /etc/oidentd.conf at the start and at HUP. Trusts: nobody; only connections to the asking host are told.
 * Not simulated: masquerading and forwarding (-m, -M, -f, -P), users' own files, -U.
 */
import { Errno, O, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getnameinfo } from '../libc/netdb';
import { getgrnam, getpwnam, getpwuid } from '../libc/passwd';
import { print, printError, readText } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { Log } from '../libc/syslog';
import { decode, encode } from '../libc/text';
import {
	accept, alarm, bind, chdir, close, dup2, fork, getcred, getpeername, getrandom, getsockname, listen, open, read,
	setgid, setgroups, setsid, setsockopt, setuid, signal, socket, sockets, takeSignals, wait, write
} from '../libc/unistd'; // prettier-ignore
import { forceFor, parseOidentdConf, type Connection, type OidentdConfiguration } from './configuration';
import { BANNER, BUILD, USAGE } from './usage';

const OPTIONS = new OptionTable([
	'a|address=', 'c|charset=', 'C|config=', 'd|debug', 'e|error', 'f|forward=?', 'g|group=', 'h|help', 'i|foreground',
	'I|stdio', 'l|limit=', 'm|masquerade', 'M|masquerade-first', 'o|other=?', 'p|port=', 'P|proxy=', 'q|quiet', 'r|reply=',
	'R|reply-all=', 'S|nosyslog', 't|timeout=', 'u|user=', 'U|udb', 'v|version'
]); // prettier-ignore
const CONFIGURATION = '/etc/oidentd.conf';
const IDENT_PORT = 113;
const PATIENCE = 30;
const BACKLOG = 3;
/** bytes in which the question has to end */
const QUESTION = 128;
const LARGEST_PORT = 65_535;
const SECOND = 1_000_000;
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_NAME = 10;
const RANDOM_NUMBERS = 100_000;
/** a connection that somebody holds */
const HELD = new Set(['SYN_SENT', 'ESTABLISHED', 'CLOSE_WAIT']);

interface Daemon {
	readonly options: Parsed;
	configuration: OidentdConfiguration;
	readonly log: Log;
}

export const oidentd: Main = function* (argv) {
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`oidentd: ${thrown.message}\n`);
		yield* print(BANNER + USAGE);
		return 1;
	}
	if (options.has('help') || options.has('version')) {
		yield* print(BANNER + (options.has('help') ? USAGE : BUILD));
		return 0;
	}
	const path = options.get('config') ?? CONFIGURATION;
	const configuration = yield* readConfiguration(path);
	const daemon: Daemon = {
		options,
		configuration: configuration ?? { rules: new Map() },
		log: new Log({ ident: 'oidentd', facility: 'daemon' })
	};
	if (!configuration) {
		yield* tell(daemon, 'crit', `Error reading configuration file: ${path}`);
		return 1;
	}
	if (options.has('stdio')) {
		yield* serve(daemon, 0, 1);
		return 0;
	}
	let listeners: number[];
	try {
		listeners = yield* listenAll(options);
	} catch (thrown) {
		yield* tell(daemon, 'crit', `Error setting up listening socket: ${strerror(errnoOf(thrown))}`);
		return 1;
	}
	yield* becomeNobody(options);
	if (options.has('foreground')) return yield* work(daemon, listeners, path);
	yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nowhere = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nowhere, fd);
		yield* close(nowhere);
		return yield* work(daemon, listeners, path);
	});
	return 0;
};

/** A file that is not there says nothing. */
function* readConfiguration(path: string): Sys<OidentdConfiguration | undefined> {
	try {
		return parseOidentdConf(yield* readText(path));
	} catch (thrown) {
		errnoOf(thrown);
		return { rules: new Map() };
	}
}

function* tell({ options, log }: Daemon, priority: 'info' | 'crit', text: string): Sys<void> {
	if (options.has('quiet') && priority !== 'crit') return;
	if (options.has('nosyslog')) yield* printError(`${text}\n`);
	else yield* log.write(priority, text);
}

function* listenAll(options: Parsed): Sys<number[]> {
	const places = options.all('address').map((address) => parseIpv4Address(address) ?? 0);
	const port = Number(options.get('port') ?? IDENT_PORT);
	const out: number[] = [];
	for (const address of places.length === 0 ? [0] : places) {
		const fd = yield* socket('inet', 'stream');
		yield* setsockopt(fd, 'reuseaddr', 1);
		yield* bind(fd, { family: 'inet', address, port });
		yield* listen(fd, BACKLOG);
		out.push(fd);
	}
	return out;
}

function* becomeNobody(options: Parsed): Sys<void> {
	if ((yield* getcred()).euid !== 0) return;
	const group = options.get('group');
	const user = options.get('user');
	const gid = Number(group ?? NaN);
	const uid = Number(user ?? NaN);
	yield* setgroups([]);
	yield* setgid(Number.isNaN(gid) ? ((yield* firstOf(getgrnam, [group, 'oidentd', 'nogroup']))?.gid ?? 65_534) : gid);
	yield* setuid(Number.isNaN(uid) ? ((yield* firstOf(getpwnam, [user, 'oidentd', 'nobody']))?.uid ?? 65_534) : uid);
}

function* firstOf<T>(
	find: (name: string) => Sys<T | undefined>,
	names: readonly (string | undefined)[]
): Sys<T | undefined> {
	for (const name of names) {
		const found = name === undefined ? undefined : yield* find(name);
		if (found) return found;
	}
	return undefined;
}

function* work(daemon: Daemon, listeners: readonly number[], path: string): Sys<number> {
	yield* signal(SIGNAL.SIGHUP, 'catch');
	yield* signal(SIGNAL.SIGCHLD, 'catch');
	const most = Number(daemon.options.get('limit') ?? Infinity);
	let busy = 0;
	for (;;) {
		try {
			const { fd } = yield* accept(listeners[0]!);
			if (busy < most) {
				busy++;
				yield* fork(function* () {
					yield* serve(daemon, fd, fd);
					return 0;
				});
			}
			yield* close(fd);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		const caught = yield* takeSignals();
		while (busy > 0 && (yield* wait(-1, { nohang: true }))) busy--;
		if (caught.includes(SIGNAL.SIGHUP)) {
			daemon.configuration = (yield* readConfiguration(path)) ?? daemon.configuration;
		}
	}
}

/** One question and its answer. */
function* serve(daemon: Daemon, input: number, output: number): Sys<void> {
	const peer = yield* getpeername(input);
	const own = yield* getsockname(input);
	if (peer.family !== 'inet' || own.family !== 'inet') return;
	const address = formatIpv4Address(peer.address);
	const named = yield* getnameinfo(peer.address);
	const name = named.ok ? named.name : address;
	yield* tell(daemon, 'info', `Connection from ${named.ok ? `${name} (${address})` : address}:${peer.port}`);
	const line = yield* question(input, Number(daemon.options.get('timeout') ?? PATIENCE));
	const ports = /^\s*([+-]?\d+)\s*,\s*([+-]?\d+)/.exec(line ?? '');
	if (!ports) return;
	const [lport, fport] = [Number(ports[1]), Number(ports[2])];
	const said = yield* answer(
		daemon,
		{ localAddress: own.address, localPort: lport, foreignAddress: peer.address, foreignPort: fport },
		name
	);
	try {
		yield* write(output, encode(`${lport},${fport}:${said}\r\n`));
	} catch (thrown) {
		errnoOf(thrown);
	}
}

function* question(fd: number, patience: number): Sys<string | undefined> {
	yield* signal(SIGNAL.SIGALRM, 'default');
	if (patience > 0) yield* alarm(patience * SECOND);
	let text = '';
	try {
		while (!text.includes('\n') && text.length < QUESTION) {
			const part = yield* read(fd, QUESTION - text.length);
			if (part.length === 0) return undefined;
			text += decode(part);
		}
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
	yield* alarm(0);
	return text.includes('\n') ? text : undefined;
}

/** What stands behind the port numbers. */
function* answer(daemon: Daemon, connection: Connection, client: string): Sys<string> {
	const { options } = daemon;
	const { localPort, foreignPort } = connection;
	const failed = (word: string): string => `ERROR:${options.has('error') ? 'UNKNOWN-ERROR' : word}`;
	const system = options.has('other') ? (options.get('other') ?? 'OTHER') : 'UNIX';
	const charset = options.get('charset');
	const named = (user: string): string => `USERID:${system}${charset === undefined ? '' : `,${charset}`}:${user}`;
	if ([localPort, foreignPort].some((port) => port < 1 || port > LARGEST_PORT)) return failed('INVALID-PORT');
	const always = options.get('reply-all');
	if (always !== undefined) return named(always);
	const uid = yield* ownerOf(connection);
	const entry = uid === undefined ? undefined : yield* getpwuid(uid);
	const ports = `[${client}] ${localPort} , ${foreignPort} :`;
	const found = `[${client}] Successful lookup: ${localPort} , ${foreignPort} :`;
	if (uid === undefined) {
		const reply = options.get('reply');
		if (reply === undefined) {
			yield* tell(daemon, 'info', `${ports} ERROR : NO-USER`);
			return failed('NO-USER');
		}
		yield* tell(daemon, 'info', `${found} (${reply})`);
		return named(reply);
	}
	const user = entry?.name ?? String(uid);
	const force = forceFor(daemon.configuration, user, connection);
	if (force?.kind === 'hide') {
		yield* tell(daemon, 'info', `${ports} HIDDEN-USER (${user})`);
		return failed('HIDDEN-USER');
	}
	let reply = user;
	if (force?.kind === 'numeric') reply = String(uid);
	else if (force?.kind === 'reply') reply = force.replies[yield* chance(force.replies.length)] ?? user;
	else if (force?.kind === 'random_numeric') reply = `user${yield* chance(RANDOM_NUMBERS)}`;
	else if (force) reply = [...(yield* getrandom(RANDOM_NAME))].map((byte) => LETTERS[byte % LETTERS.length]!).join('');
	yield* tell(daemon, 'info', `${found} ${user} (${reply})`);
	return named(reply);
}

function* chance(below: number): Sys<number> {
	const [a = 0, b = 0, c = 0] = yield* getrandom(3);
	return ((a << 16) | (b << 8) | c) % Math.max(below, 1);
}

/** Whose socket has these two ends. */
function* ownerOf({ localAddress, localPort, foreignAddress, foreignPort }: Connection): Sys<number | undefined> {
	const found = (yield* sockets()).find(
		({ protocol, state, local, remote }) =>
			protocol === 'tcp' &&
			HELD.has(state) &&
			local.family === 'inet' &&
			remote?.family === 'inet' &&
			local.port === localPort &&
			remote.port === foreignPort &&
			local.address === localAddress &&
			remote.address === foreignAddress
	);
	return found?.uid;
}

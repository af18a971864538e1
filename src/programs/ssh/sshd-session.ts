/**
 * The session of sshd: a shell on a pseudo-terminal, or a command on pipes, as the user (RFC 4254).
 *
 * Does: pty-req, window-change, env (LANG and LC_*), shell, exec; the message of the day and the last login before a shell;
 *       the exit status back. ForceCommand takes the command's place.
 * Not simulated: several channels in a connection, subsystems (sftp), ~/.ssh/rc, /etc/nologin, signals by message.
 */
import { Errno, O, SIGNAL, type Sys } from '#kernel/syscalls';
import { closeSession, openSession } from '../libc/pam-unix';
import { getgrouplist, type PasswdEntry } from '../libc/passwd';
import { print, printError } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import {
	chdir, chmod, chown, close, dup2, exec, fork, getpid, kill, open, pipe, poll, ptsname, read, setfl, setgid, setgroups,
	setproctitle, setsid, setuid, setwinsize, signal, sleep, ttyname, wait, write
} from '../libc/unistd'; // prettier-ignore
import { isHushed, lastLoginLine, printMail, printMotd } from '../shadow/greeting';
import { rememberLogin } from '../shadow/lastlog';
import type { Connection } from './connection';
import { toBase64 } from './keys';
import { field, MSG, PeerGone, type Message } from './transport';

const CHUNK = 16_384;
/** bytes for the command that it has not read; the connection waits while there are more */
const PENDING_MOST = 65_536;
const TTY_GROUP = 5;
const PATHS = {
	root: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
	user: '/usr/local/bin:/usr/bin:/bin:/usr/games'
};

/** What the client asked for before the shell. */
interface Wishes {
	terminal: { readonly type: string; readonly rows: number; readonly columns: number } | undefined;
	readonly env: Map<string, string>;
	/** undefined: a shell */
	command: string | undefined;
}

/** The descriptors that lead to the shell. */
interface Ends {
	readonly pid: number;
	readonly input: number;
	readonly outputs: readonly { readonly fd: number; readonly type: number }[];
	readonly isTerminal: boolean;
}

export function* runSession(connection: Connection, user: PasswdEntry): Sys<number> {
	const { log, pamLog, peer, transport, keys } = connection;
	const pam = { service: 'sshd', log: pamLog };
	yield* openSession(pam, user.name);
	yield* pamLog.write('debug', 'pam_env(sshd:session): deprecated reading of user environment enabled');
	try {
		yield* transport.send(MSG.GLOBAL_REQUEST, 'hostkeys-00@openssh.com', ...keys.map(({ blob }) => toBase64(blob)));
		const wishes = yield* listenToWishes(connection);
		const ends = yield* start(connection, user, wishes);
		yield* relay(connection, ends);
		for (;;) checkGoodbye(yield* transport.receive());
	} catch (thrown) {
		if (thrown instanceof Goodbye) {
			yield* log.write('info', `Received disconnect from ${peer}:${thrown.code}: ${thrown.text}`);
			yield* log.write('info', `Disconnected from user ${user.name} ${peer}`);
		} else if (thrown instanceof PeerGone) {
			yield* log.write('info', `Connection ${thrown.how === 'reset' ? 'reset' : 'closed'} by ${peer}`);
		} else throw thrown;
	}
	yield* closeSession(pam, user.name);
	return 0;
}

function* listenToWishes({ transport, config }: Connection): Sys<Wishes> {
	const wishes: Wishes = { terminal: undefined, env: new Map(), command: undefined };
	for (;;) {
		const message = yield* transport.receive();
		checkGoodbye(message);
		if (message.type !== MSG.CHANNEL_REQUEST) continue;
		const what = field(message, 0);
		if (what === 'pty-req' && config.is('PermitTTY')) {
			wishes.terminal = {
				type: field(message, 1),
				rows: Number(field(message, 2)),
				columns: Number(field(message, 3))
			};
		} else if (what === 'env' && /^(LANG|LC_\w+)$/.test(field(message, 1)))
			wishes.env.set(field(message, 1), field(message, 2));
		else if (what === 'exec') {
			wishes.command = field(message, 1);
			return wishes;
		} else if (what === 'shell') return wishes;
	}
}

function* start(connection: Connection, user: PasswdEntry, wishes: Wishes): Sys<Ends> {
	const forced = connection.config.get('ForceCommand', user.name);
	const env = environment(connection, user, wishes);
	if (forced !== 'none') {
		if (wishes.command !== undefined) env.set('SSH_ORIGINAL_COMMAND', wishes.command);
		wishes.command = forced;
	}
	if (!wishes.terminal) {
		yield* setproctitle([`sshd: ${user.name}@notty`]);
		return yield* startOnPipes(user, wishes.command, env);
	}
	const master = yield* open('/dev/ptmx', O.RDWR);
	const tty = yield* ptsname(master);
	yield* setwinsize(master, wishes.terminal.rows, wishes.terminal.columns);
	yield* chown(tty, user.uid, TTY_GROUP);
	yield* chmod(tty, 0o620);
	env.set('SSH_TTY', tty);
	yield* setproctitle([`sshd: ${user.name}@${tty.replace('/dev/', '')}`]);
	const pid = yield* fork(function* () {
		yield* setsid();
		const slave = yield* open(tty, O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(slave, fd);
		yield* close(slave);
		yield* close(master);
		yield* close(connection.transport.fd);
		if (wishes.command === undefined) yield* greet(connection, user);
		return yield* become(user, wishes.command, env);
	});
	return { pid, input: master, outputs: [{ fd: master, type: MSG.CHANNEL_DATA }], isTerminal: true };
}

function* startOnPipes(user: PasswdEntry, command: string | undefined, env: Map<string, string>): Sys<Ends> {
	const [inRead, inWrite] = yield* pipe();
	const [outRead, outWrite] = yield* pipe();
	const [errorRead, errorWrite] = yield* pipe();
	const pid = yield* fork(function* () {
		yield* setsid();
		for (const [fd, to] of [[inRead, 0], [outWrite, 1], [errorWrite, 2]] as const) yield* dup2(fd, to); // prettier-ignore
		for (const fd of [inRead, inWrite, outRead, outWrite, errorRead, errorWrite]) yield* close(fd);
		return yield* become(user, command, env);
	});
	for (const fd of [inRead, outWrite, errorWrite]) yield* close(fd);
	yield* setfl(inWrite, O.NONBLOCK);
	return {
		pid,
		input: inWrite,
		outputs: [
			{ fd: outRead, type: MSG.CHANNEL_DATA },
			{ fd: errorRead, type: MSG.CHANNEL_EXTENDED_DATA }
		],
		isTerminal: false
	};
}

/** As root still: the last login is remembered. */
function* greet({ config, address }: Connection, user: PasswdEntry): Sys<void> {
	const terminal = (yield* ttyname(0)).replace('/dev/', '');
	const last = yield* rememberLogin(user.uid, terminal, address);
	if (yield* isHushed(user)) return;
	yield* printMotd();
	yield* printMail(user);
	if (last && config.is('PrintLastLog')) yield* print(lastLoginLine(last, 'sshd').replace('\n', '\r\n'));
}

function environment({ endpoints }: Connection, user: PasswdEntry, { terminal, env }: Wishes): Map<string, string> {
	const [address, port, , ownPort] = endpoints.split(' ');
	return new Map([
		...env,
		['USER', user.name],
		['LOGNAME', user.name],
		['HOME', user.home],
		['PATH', user.uid === 0 ? PATHS.root : PATHS.user],
		['SHELL', user.shell],
		['MAIL', `/var/mail/${user.name}`],
		...(terminal ? [['TERM', terminal.type] as const] : []),
		['SSH_CLIENT', `${address} ${port} ${ownPort}`],
		['SSH_CONNECTION', endpoints]
	]);
}

function* become(user: PasswdEntry, command: string | undefined, env: ReadonlyMap<string, string>): Sys<number> {
	yield* signal(SIGNAL.SIGPIPE, 'default');
	yield* setgroups(yield* getgrouplist(user.name, user.gid));
	yield* setgid(user.gid);
	yield* setuid(user.uid);
	try {
		yield* chdir(user.home);
	} catch (thrown) {
		yield* printError(`Could not chdir to home directory ${user.home}: ${strerror(errnoOf(thrown))}\n`);
		yield* chdir('/');
		/* on its way before the shell, which takes its time to load, says anything on the other pipe */
		yield* sleep(1000);
	}
	const name = user.shell.slice(user.shell.lastIndexOf('/') + 1);
	try {
		return yield* exec(user.shell, command === undefined ? [`-${name}`] : [name, '-c', command], env);
	} catch (thrown) {
		yield* printError(`${user.shell}: ${strerror(errnoOf(thrown))}\n`);
		return 1;
	}
}

/** Until the shell has ended and all that it wrote is sent; then its status. */
function* relay(connection: Connection, ends: Ends): Sys<void> {
	const { transport } = connection;
	const open = new Set(ends.outputs.map(({ fd }) => fd));
	const pending: { bytes: Uint8Array; ended: boolean; closed: boolean } = {
		bytes: new Uint8Array(0),
		ended: false,
		closed: false
	};
	try {
		while (open.size > 0) {
			for (let message = transport.take(); message; message = transport.take())
				yield* fromClient(message, ends, pending);
			yield* feed(ends, pending);
			const takes = pending.bytes.length < PENDING_MOST;
			const ready = yield* poll(
				[
					...(takes ? [{ fd: transport.fd, read: true }] : []),
					...[...open].map((fd) => ({ fd, read: true })),
					...(pending.bytes.length > 0 && !pending.closed ? [{ fd: ends.input, write: true }] : [])
				],
				-1
			);
			for (const { fd, read: readable, hangup } of ready) {
				const output = ends.outputs.find((one) => one.fd === fd);
				if (fd === transport.fd) {
					yield* transport.fill();
				} else if (output && (readable || hangup) && open.has(fd)) {
					const part = yield* readPart(fd);
					if (part.length > 0) yield* transport.send(output.type, part);
					else open.delete(fd);
				}
			}
		}
	} catch (thrown) {
		yield* hangUp(ends);
		throw thrown;
	}
	const status = yield* wait(ends.pid);
	for (const { fd } of ends.outputs) yield* close(fd);
	const code =
		status?.kind === 'exited'
			? ['exit-status', String(status.status)]
			: ['exit-signal', String(status?.kind === 'signalled' ? status.signal : 0)];
	yield* transport.send(MSG.CHANNEL_REQUEST, ...code);
	yield* transport.send(MSG.CHANNEL_CLOSE);
}

/** The client has gone: the terminal hangs up, a command's pipes close. */
function* hangUp(ends: Ends): Sys<void> {
	const fds = new Set([ends.input, ...ends.outputs.map(({ fd }) => fd)]);
	for (const fd of fds)
		try {
			yield* close(fd);
		} catch (thrown) {
			errnoOf(thrown);
		}
	if (!ends.isTerminal) return;
	try {
		if ((yield* getpid()) !== ends.pid) yield* kill(ends.pid, SIGNAL.SIGHUP);
	} catch (thrown) {
		errnoOf(thrown);
	}
}

function* readPart(fd: number): Sys<Uint8Array> {
	try {
		return yield* read(fd, CHUNK);
	} catch (thrown) {
		if (thrown instanceof Errno) return new Uint8Array(0);
		throw thrown;
	}
}

interface Pending {
	bytes: Uint8Array;
	ended: boolean;
	closed: boolean;
}

function* fromClient(message: Message, ends: Ends, pending: Pending): Sys<void> {
	checkGoodbye(message);
	if (message.type === MSG.CHANNEL_EOF) pending.ended = true;
	if (message.type === MSG.CHANNEL_REQUEST && field(message, 0) === 'window-change' && ends.isTerminal)
		yield* setwinsize(ends.input, Number(field(message, 1)), Number(field(message, 2)));
	if (message.type !== MSG.CHANNEL_DATA) return;
	const more = message.fields[0] ?? new Uint8Array(0);
	const all = new Uint8Array(pending.bytes.length + more.length);
	all.set(pending.bytes);
	all.set(more, pending.bytes.length);
	pending.bytes = all;
}

function* feed(ends: Ends, pending: Pending): Sys<void> {
	if (pending.closed) return;
	try {
		while (pending.bytes.length > 0) pending.bytes = pending.bytes.slice(yield* write(ends.input, pending.bytes));
	} catch (thrown) {
		if (errnoOf(thrown).code === 'EAGAIN') return;
		pending.bytes = new Uint8Array(0);
		pending.ended = true;
	}
	if (!pending.ended || ends.isTerminal) return;
	pending.closed = true;
	yield* close(ends.input);
}

/** The client says why it goes. */
class Goodbye {
	constructor(
		readonly code: string,
		readonly text: string
	) {}
}

function checkGoodbye(message: Message): void {
	if (message.type === MSG.DISCONNECT) throw new Goodbye(field(message, 0), field(message, 1));
}

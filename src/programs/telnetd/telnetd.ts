/**
 * telnetd(8) of inetutils 2.4: a login on a pseudo-terminal for whoever is at the other end of the connection.
 *
 *     telnetd [-D MODE] [-E COMMAND] [-hUn]
 *
 * Run by inetd with the connection on its standard descriptors. All that is typed and shown crosses the wire in clear, the
 * password too.
 * Trusts: the other side's word for its terminal; never its name, which it looks up.
 * Not simulated: authentication, encryption, linemode, -a, -D, -L, -l, -S, -X; out-of-band data (synch).
 */
import { Errno, O, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getnameinfo } from '../libc/netdb';
import { printError } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { Log } from '../libc/syslog';
import { COMMAND, escaped, Parser } from '../libc/telnet';
import { encode } from '../libc/text';
import {
	close, dup2, exec, fork, getpeername, open, poll, ptsname, read, setsid, setwinsize, signal, uname, wait, write
} from '../libc/unistd'; // prettier-ignore
import { Negotiation } from './negotiation';

const OPTIONS = new OptionTable([
	'a|authmode=',
	'D|debug=?',
	'E|exec-login=',
	'h|no-hostinfo',
	'l|linemode=?',
	'n|no-keepalive',
	'U|reverse-lookup',
	'X|disable-auth-type='
]);
const NET = 0;
const LOGIN = '/usr/bin/login';
const CHUNK = 8192;
const CR = 13;
const LF = 10;
const NUL = 0;

class PeerDied {}

/** One connection. */
interface Line {
	readonly parser: Parser;
	readonly negotiation: Negotiation;
	readonly log: Log;
	/** keys that came before there was a terminal */
	readonly early: number[];
	/** the last key was a return: a NUL or line feed behind it belongs to it */
	afterReturn: boolean;
}

export const telnetd: Main = function* (argv) {
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`telnetd: ${thrown.message}\nTry 'telnetd --help' or 'telnetd --usage' for more information.\n`);
		return 64;
	}
	const log = new Log({ ident: 'telnetd', facility: 'daemon' });
	let host: string;
	try {
		const peer = yield* getpeername(NET);
		if (peer.family !== 'inet') return 1;
		const named = yield* getnameinfo(peer.address);
		host = named.ok ? named.name : formatIpv4Address(peer.address);
	} catch (thrown) {
		yield* printError(`telnetd: getpeername: ${strerror(errnoOf(thrown))}\n`);
		return 1;
	}
	const line: Line = { parser: new Parser(), negotiation: new Negotiation(), log, early: [], afterReturn: false };
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	try {
		yield* negotiate(line);
		return yield* serve(line, host, !options.has('no-hostinfo'));
	} catch (thrown) {
		if (!(thrown instanceof PeerDied)) throw thrown;
		yield* log.write('info', 'telnetd:  peer died');
		return 1;
	}
};

function* send(bytes: readonly number[]): Sys<void> {
	if (bytes.length === 0) return;
	try {
		yield* write(NET, Uint8Array.from(bytes));
	} catch (thrown) {
		errnoOf(thrown);
		throw new PeerDied();
	}
}

function* receive(): Sys<Uint8Array> {
	try {
		const bytes = yield* read(NET, CHUNK);
		if (bytes.length > 0) return bytes;
	} catch (thrown) {
		errnoOf(thrown);
	}
	throw new PeerDied();
}

function* negotiate(line: Line): Sys<void> {
	const { negotiation } = line;
	/* a silent other side is waited for, as the real one does */
	const until = function* (done: () => boolean): Sys<void> {
		while (!done()) line.early.push(...(yield* takeIn(line, yield* receive())));
	};
	yield* send(negotiation.opening());
	yield* until(() => negotiation.knowsWills);
	/* the pty's packet mode begins with a NUL, which reaches the wire here and below */
	yield* send([NUL, ...negotiation.questions()]);
	yield* until(() => negotiation.knowsParameters);
	yield* send(negotiation.probe());
	yield* until(() => negotiation.knowsEcho);
	yield* send([...negotiation.takeEcho(), NUL]);
}

/** Answers the options in it. @returns the keys */
function* takeIn(line: Line, bytes: Uint8Array): Sys<number[]> {
	const keys: number[] = [];
	const answer: number[] = [];
	for (const piece of line.parser.feed(bytes)) {
		if (piece.kind === 'text') for (const byte of piece.bytes) takeKey(line, byte, keys);
		else if (piece.kind === 'command') {
			if (piece.command === COMMAND.AYT) answer.push(...encode('\r\n[Yes]\r\n'));
			if (piece.command === COMMAND.IP) keys.push(3);
		} else answer.push(...line.negotiation.take(piece));
	}
	yield* send(answer);
	return keys;
}

/** The end of a line is CR NUL or CR LF on the wire, and the return key at the terminal. */
function takeKey(line: Line, byte: number, keys: number[]): void {
	const belongs = line.afterReturn && (byte === NUL || byte === LF);
	line.afterReturn = byte === CR;
	if (!belongs) keys.push(byte);
}

function* serve(line: Line, host: string, greets: boolean): Sys<number> {
	const { negotiation } = line;
	const master = yield* open('/dev/ptmx', O.RDWR);
	const tty = yield* ptsname(master);
	if (negotiation.rows > 0) yield* setwinsize(master, negotiation.rows, negotiation.columns);
	if (greets) {
		const { sysname, release, nodename } = yield* uname();
		yield* send([...encode(`\r\n${sysname} ${release} (${nodename}) (${tty.replace('/dev/', '')})\r\n\r\n`)]);
	}
	const child = yield* fork(function* () {
		yield* setsid();
		const slave = yield* open(tty, O.RDWR);
		yield* close(master);
		for (const fd of [0, 1, 2]) yield* dup2(slave, fd);
		if (slave > 2) yield* close(slave);
		yield* signal(SIGNAL.SIGPIPE, 'default');
		const env = new Map([['TERM', negotiation.terminal]]);
		return yield* exec(LOGIN, ['login', '-h', host, '-p'], env);
	});
	try {
		if (line.early.length > 0) yield* write(master, Uint8Array.from(line.early));
		yield* relay(line, master);
	} finally {
		yield* close(master);
	}
	const ended = yield* waitFor(child);
	yield* line.log.write('info', `child process ${child} exited: ${ended}`);
	return 0;
}

function* waitFor(child: number): Sys<number> {
	const status = yield* wait(child);
	return status?.kind === 'exited' ? status.status : 1;
}

/** Until the terminal is deserted. Throws `PeerDied` when the other end is. */
function* relay(line: Line, master: number): Sys<void> {
	const { negotiation } = line;
	let { rows, columns } = negotiation;
	for (;;) {
		const ready = yield* poll(
			[
				{ fd: NET, read: true },
				{ fd: master, read: true }
			],
			-1
		);
		for (const { fd } of ready) {
			if (fd === master) {
				const shown = yield* readTerminal(master);
				if (!shown) return;
				yield* send(escaped(shown));
				continue;
			}
			const keys = yield* takeIn(line, yield* receive());
			if (keys.length > 0) yield* write(master, Uint8Array.from(keys));
			if (negotiation.rows !== rows || negotiation.columns !== columns) {
				({ rows, columns } = negotiation);
				yield* setwinsize(master, rows, columns);
			}
		}
	}
}

function* readTerminal(master: number): Sys<Uint8Array | undefined> {
	try {
		return yield* read(master, CHUNK);
	} catch (thrown) {
		if (thrown instanceof Errno) return undefined;
		throw thrown;
	}
}

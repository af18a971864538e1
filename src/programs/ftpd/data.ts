/**
 * The data connection of in.ftpd: opened to where PORT said (from port 20), or taken from the socket that PASV opened, for
 * one file or one list.
 *
 * Not simulated: ABOR while data flow (it is urgent data of TCP, which the network here has not; the command is read when
 * the transfer is over).
 */
import { Errno, O, S, type Sys } from '#kernel/syscalls';
import { FromNetwork, toNetwork } from '../libc/netascii';
import { errnoOf, strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import {
	accept, bind, close, connect, fstat, getsockname, listen, lseek, open, poll, preempt, read, seteuid, setsockopt,
	sleep, socket, stat, write
} from '../libc/unistd'; // prettier-ignore
import type { Endpoint, Session } from './session';

const CHUNK = 4096;
const NEWLINE = 10;
/** a port that is still in use is tried again, seconds */
const PATIENCE = 90;
const WAIT = 5;

/** A socket that listens for the data connection, at the address the client knows. @returns where */
export function* openPassive(session: Session): Sys<Endpoint | undefined> {
	yield* closePassive(session);
	const fd = yield* socket('inet', 'stream');
	try {
		yield* bind(fd, { family: 'inet', address: session.local.address, port: 0 });
		yield* listen(fd, 1);
	} catch (thrown) {
		yield* close(fd);
		yield* session.failed(425, "Can't open passive connection", errnoOf(thrown));
		return undefined;
	}
	session.passive = fd;
	session.port = undefined;
	const name = yield* getsockname(fd);
	return name.family === 'inet' ? { address: session.local.address, port: name.port } : undefined;
}

export function* closePassive(session: Session): Sys<void> {
	if (session.passive === undefined) return;
	yield* close(session.passive);
	session.passive = undefined;
}

/**
 * Opens the connection and says so; the reply tells when it cannot be opened.
 * @param size bytes of the file, undefined when it is not known
 */
export function* openData(session: Session, name: string, size?: number): Sys<number | undefined> {
	const opening = (): Sys<void> =>
		session.reply(
			150,
			`Opening ${session.type === 'A' ? 'ASCII' : 'BINARY'} mode data connection for '${name}'${size === undefined ? '' : ` (${size} bytes)`}.`
		);
	const fd = session.passive === undefined ? yield* connectData(session) : yield* acceptData(session);
	if (fd !== undefined) yield* opening();
	return fd;
}

function* acceptData(session: Session): Sys<number | undefined> {
	const passive = session.passive!;
	const ready = yield* poll([{ fd: passive, read: true }], session.timeout * 1_000_000);
	if (ready.length === 0) yield* session.timedOut();
	try {
		const { fd } = yield* accept(passive);
		return fd;
	} catch (thrown) {
		errnoOf(thrown);
		yield* session.reply(425, "Can't open data connection.");
		return undefined;
	} finally {
		yield* closePassive(session);
	}
}

function* connectData(session: Session): Sys<number | undefined> {
	const to = session.port ?? session.remote;
	session.port = undefined;
	for (let waited = 0; ; waited += WAIT) {
		const fd = yield* dataSocket(session, to);
		if (fd === undefined) return undefined;
		try {
			yield* connect(fd, { family: 'inet', ...to });
			return fd;
		} catch (thrown) {
			const error = errnoOf(thrown);
			yield* close(fd);
			if ((error.code !== 'EADDRINUSE' && error.code !== 'EADDRNOTAVAIL') || waited >= PATIENCE) {
				yield* session.failed(425, "Can't build data connection", error);
				return undefined;
			}
		}
		yield* sleep(WAIT * 1_000_000);
	}
}

/** A socket at the port below that of the control connection: 20, which only root may take. */
function* dataSocket(session: Session, to: Endpoint): Sys<number | undefined> {
	yield* seteuid(0);
	let error: Errno | undefined;
	const fd = yield* socket('inet', 'stream');
	try {
		yield* setsockopt(fd, 'reuseaddr', 1);
		yield* bind(fd, { family: 'inet', address: session.local.address, port: session.local.port - 1 });
	} catch (thrown) {
		error = errnoOf(thrown);
	}
	yield* seteuid(session.uid);
	if (!error) return fd;
	yield* close(fd);
	yield* session.reply(425, `Can't create data socket (${dotted(to)},${to.port}): ${strerror(error)}.`);
	return undefined;
}

const dotted = ({ address }: Endpoint): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/* ---- transfers --------------------------------------------------------------------------------------------------- */

/** RETR. */
export function* sendFile(session: Session, name: string): Sys<boolean> {
	let file: number;
	try {
		file = yield* open(name, O.RDONLY);
	} catch (thrown) {
		yield* session.failed(550, name, errnoOf(thrown));
		return false;
	}
	const { mode, size } = yield* fstat(file);
	let sent = false;
	if ((mode & S.IFMT) !== S.IFREG) yield* session.reply(550, `${name}: not a plain file.`);
	else {
		yield* skip(session, file);
		const data = yield* openData(session, name, size);
		if (data !== undefined) sent = yield* send(session, file, data);
	}
	yield* close(file);
	session.restart = 0;
	return sent;
}

/** Begins where REST said; lines count as two bytes in ASCII. */
function* skip(session: Session, file: number): Sys<void> {
	if (session.restart === 0) return;
	if (session.type !== 'A') {
		yield* lseek(file, session.restart, 'set');
		return;
	}
	let left = session.restart;
	let at = 0;
	for (let part = yield* read(file, CHUNK); part.length > 0 && left > 0; part = yield* read(file, CHUNK))
		for (const byte of part) {
			if (left <= 0) break;
			left -= byte === NEWLINE ? 2 : 1;
			at++;
		}
	yield* lseek(file, at, 'set');
}

/** Copies a file or a pipe to the data connection and closes that. */
export function* send(session: Session, from: number, data: number): Sys<boolean> {
	let reading = true;
	try {
		for (;;) {
			reading = true;
			const part = yield* read(from, CHUNK);
			if (part.length === 0) break;
			reading = false;
			yield* write(data, session.type === 'A' ? toNetwork(part) : part);
			yield* preempt();
		}
	} catch (thrown) {
		const error = errnoOf(thrown);
		yield* close(data);
		if (reading) yield* session.failed(551, 'Error on input file', error);
		else yield* session.failed(426, 'Data connection', error);
		return false;
	}
	yield* close(data);
	yield* session.reply(226, 'Transfer complete.');
	return true;
}

/** STOR, APPE and STOU. @returns the name it was stored by */
export function* receiveFile(
	session: Session,
	given: string,
	how: 'store' | 'append' | 'unique'
): Sys<string | undefined> {
	const name = how === 'unique' ? yield* unusedName(given) : given;
	if (name === undefined) {
		yield* session.reply(452, 'Unique file name cannot be created.');
		return undefined;
	}
	let file: number;
	try {
		const begin = how === 'append' ? O.APPEND : session.restart > 0 ? 0 : O.TRUNC;
		file = yield* open(name, O.WRONLY | O.CREAT | begin, 0o666);
	} catch (thrown) {
		yield* session.failed(553, name, errnoOf(thrown));
		return undefined;
	}
	if (session.restart > 0) yield* lseek(file, session.restart, 'set');
	session.restart = 0;
	const data = yield* openStore(session, name, how);
	const done = data !== undefined && (yield* receive(session, data, file, how === 'unique' ? name : undefined));
	if (data !== undefined) yield* close(data);
	yield* close(file);
	return done ? name : undefined;
}

/** The reply for STOU names the file (RFC 1123 4.1.2.9). */
function* openStore(session: Session, name: string, how: string): Sys<number | undefined> {
	if (how !== 'unique') return yield* openData(session, name);
	const fd = session.passive === undefined ? yield* connectData(session) : yield* acceptData(session);
	if (fd !== undefined) yield* session.reply(150, `FILE: ${name}`);
	return fd;
}

function* receive(session: Session, data: number, file: number, unique: string | undefined): Sys<boolean> {
	const text = new FromNetwork();
	let reading = true;
	try {
		for (;;) {
			reading = true;
			const part = yield* read(data, CHUNK);
			reading = false;
			if (part.length === 0) break;
			yield* write(file, session.type === 'A' ? text.take(part) : part);
			yield* preempt();
		}
		yield* write(file, text.end());
	} catch (thrown) {
		const error = errnoOf(thrown);
		if (reading) yield* session.failed(426, 'Data Connection', error);
		else yield* session.failed(452, 'Error writing file', error);
		return false;
	}
	if (text.bare > 0) {
		yield* session.line(226, `WARNING! ${text.bare} bare linefeeds received in ASCII mode`);
		yield* session.send('   File may not have transferred correctly.\r\n');
	}
	yield* session.reply(
		226,
		unique === undefined ? 'Transfer complete.' : `Transfer complete (unique file name:${unique}).`
	);
	return true;
}

function* unusedName(name: string): Sys<string | undefined> {
	for (let i = 0; i < 100; i++) {
		const tried = i === 0 ? name : `${name}.${i}`;
		try {
			yield* stat(tried);
		} catch (thrown) {
			if (errnoOf(thrown).code === 'ENOENT') return tried;
			return undefined;
		}
	}
	return undefined;
}

/** Text that is at hand, as a list of names. */
export function* sendText(session: Session, data: number, text: string): Sys<void> {
	try {
		const bytes = encode(text);
		yield* write(data, session.type === 'A' ? toNetwork(bytes) : bytes);
		yield* close(data);
	} catch (thrown) {
		yield* session.failed(426, 'Data connection', errnoOf(thrown));
		yield* close(data);
		return;
	}
	yield* session.reply(226, 'Transfer complete.');
}

/**
 * The user at the other end, by the Identification Protocol (RFC 1413): a question to port 113 of the client's host, from
 * the address that the client spoke to, with the two port numbers.
 *
 * Trusts: nothing but the port numbers and the form of the answer. No answer in time, or any error, is "unknown".
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { close, connect, poll, read, setfl, socket, socketError, time, write } from '../libc/unistd';
import { bind } from '../libc/unistd';
import { fromBytes, toBytes, type ByteText } from './bytes';
import type { Library } from './library';
import { UNKNOWN } from './pattern';
import type { Endpoint } from './request';

const IDENT_PORT = 113;
const SECOND = 1_000_000;
/** bytes of the answer that are looked at */
const ANSWER = 511;

export function* identUser(library: Library, client: Endpoint, server: Endpoint): Sys<ByteText> {
	if (client.family !== 'inet' || server.family !== 'inet') return UNKNOWN;
	const fd = yield* socket('inet', 'stream');
	try {
		const deadline = (yield* time()) + library.identTimeout * SECOND;
		yield* bind(fd, { family: 'inet', address: server.address, port: 0 });
		if (!(yield* connectBefore(fd, client.address, deadline))) return UNKNOWN;
		yield* write(fd, toBytes(`${client.port},${server.port}\r\n`));
		return readAnswer(yield* readLine(fd, deadline), client.port, server.port) ?? UNKNOWN;
	} catch (thrown) {
		if (thrown instanceof Errno) return UNKNOWN;
		throw thrown;
	} finally {
		yield* close(fd);
	}
}

function* connectBefore(fd: number, address: number, deadline: number): Sys<boolean> {
	yield* setfl(fd, O.RDWR | O.NONBLOCK);
	try {
		yield* connect(fd, { family: 'inet', address, port: IDENT_PORT });
	} catch (thrown) {
		if (!(thrown instanceof Errno) || thrown.code !== 'EINPROGRESS') throw thrown;
	}
	const ready = yield* poll([{ fd, write: true }], deadline - (yield* time()));
	if (ready.length === 0 || (yield* socketError(fd)) !== null) return false;
	yield* setfl(fd, O.RDWR);
	return true;
}

/** A line with its newline, or as much as fits; undefined when the answer ends or does not come. */
function* readLine(fd: number, deadline: number): Sys<ByteText | undefined> {
	let line = '';
	for (;;) {
		const left = deadline - (yield* time());
		if (left <= 0 || (yield* poll([{ fd, read: true }], left)).length === 0) return undefined;
		const part = yield* read(fd, ANSWER - line.length);
		if (part.length === 0) return undefined;
		line += fromBytes(part);
		const end = line.indexOf('\n');
		if (end >= 0) return line.slice(0, end + 1);
		if (line.length >= ANSWER) return line;
	}
}

/** "6193, 23 : USERID : UNIX : stjohns": the ports have to be ours. */
export function readAnswer(line: ByteText | undefined, clientPort: number, serverPort: number): ByteText | undefined {
	const match = /^\s*(\d+)\s*,\s*(\d+)\s*:\s*USERID\s*:[^:]+:\s*(\S{1,255})/.exec(line ?? '');
	if (!match || Number(match[1]) !== clientPort || Number(match[2]) !== serverPort) return undefined;
	return match[3]!;
}

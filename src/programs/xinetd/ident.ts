/**
 * The user at the other end, for the log option USERID and the flag IDONLY (RFC 1413). What the answer says after the port
 * numbers is logged as it stands.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { decode, encode } from '../libc/text';
import {
	bind, close, connect, getpeername, getsockname, poll, read, setcloexec, setfl, socket, socketError, time, write
} from '../libc/unistd'; // prettier-ignore
import { integer } from './attributes';
import { errorText, type ProgramLog } from './message';

const IDENT_PORT = 113;
const BUFFER = 1024;
/** seconds; a service that wants to be sure waits for ever */
export const IDENT_TIMEOUT = 30;

/** Why nobody is known. */
export type NoUser = 'no server' | 'timeout' | 'system error' | 'error while receiving response' | 'bad response';
export type Identity = { readonly user: string } | { readonly reason: NoUser };

/** @param timeout seconds; 0 for ever */
export function* identify(fd: number, timeout: number, program: ProgramLog): Sys<Identity> {
	let socketFd: number | undefined;
	try {
		const local = yield* getsockname(fd);
		const remote = yield* getpeername(fd);
		if (local.family !== 'inet' || remote.family !== 'inet') return { reason: 'system error' };
		const deadline = timeout === 0 ? Infinity : (yield* time()) + timeout * 1_000_000;
		socketFd = yield* socket('inet', 'stream');
		yield* bind(socketFd, { ...local, port: 0 });
		yield* setcloexec(socketFd, true);
		const connected = yield* connectBefore(socketFd, remote.address, deadline);
		if (connected !== undefined) return { reason: connected };
		yield* write(socketFd, encode(`${remote.port},${local.port}\r\n`));
		const line = yield* readLine(socketFd, deadline, program);
		if (line === undefined) return { reason: 'timeout' };
		if (line === '') return { reason: 'error while receiving response' };
		const user = userOf(line, local.port, remote.port);
		if (user !== undefined) return { user };
		const address = formatIpv4Address(remote.address);
		yield* program.write('err', `Bad line received from identity server at ${address}: ${line}`);
		return { reason: 'bad response' };
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return { reason: 'system error' };
	} finally {
		if (socketFd !== undefined) yield* close(socketFd);
	}
}

function* left(deadline: number): Sys<number> {
	return deadline === Infinity ? -1 : Math.max(0, deadline - (yield* time()));
}

/** @returns why there is no connection */
function* connectBefore(fd: number, address: number, deadline: number): Sys<NoUser | undefined> {
	yield* setfl(fd, O.RDWR | O.NONBLOCK);
	try {
		yield* connect(fd, { family: 'inet', address, port: IDENT_PORT });
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (thrown.code !== 'EINPROGRESS') return 'no server';
	}
	if ((yield* poll([{ fd, write: true }], yield* left(deadline))).length === 0) return 'timeout';
	if ((yield* socketError(fd)) !== null) return 'no server';
	yield* setfl(fd, O.RDWR);
	return undefined;
}

/** A line without its CR LF; empty when it is broken off, undefined when it does not come. */
function* readLine(fd: number, deadline: number, program: ProgramLog): Sys<string | undefined> {
	let text = '';
	while (text.length < BUFFER) {
		if ((yield* poll([{ fd, read: true }], yield* left(deadline))).length === 0) return undefined;
		let part: Uint8Array;
		try {
			part = yield* read(fd, BUFFER - text.length);
		} catch (thrown) {
			yield* program.write('err', `read: ${errorText(thrown)}`);
			return '';
		}
		if (part.length === 0) {
			yield* program.write('err', 'identd server reply missing ending CR-LF');
			return '';
		}
		text += decode(part);
		const end = text.indexOf('\r\n');
		if (end >= 0) return text.slice(0, end);
	}
	yield* program.write('err', 'Too much input from identity server');
	return '';
}

/** "6193, 23 : USERID : UNIX : stjohns" gives "UNIX : stjohns". */
export function userOf(line: string, localPort: number, remotePort: number): string | undefined {
	const match = /^([^,]*),([^:]*):\s*USERID\s*:\s*(\S.*)$/s.exec(line);
	if (!match || integer(match[1]!.trim()) !== remotePort || integer(match[2]!.trim()) !== localPort) return undefined;
	return match[3];
}

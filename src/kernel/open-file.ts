/**
 * An open file description: what a file descriptor points at, whatever is behind it (a regular file, a pipe, a terminal,
 * a socket). Shared by `dup` and `fork`; closed when the last descriptor goes.
 *
 * Methods answer at once, return `WouldBlock`, or throw an `Errno`. O_NONBLOCK is not their business: the scheduler
 * turns `WouldBlock` into EAGAIN (EINPROGRESS for connect).
 */
import type { ErrnoCode, Received, SocketAddress, SocketInfo, SocketOption, Stat } from './syscalls';
import type { Answer, WaitQueue } from './wait';

export interface OpenFile {
	/** status flags of open(2), changed by setfl */
	flags: number;
	/** wakes whenever readiness may have changed */
	readonly changed: WaitQueue;
	/** empty: end of file */
	read(count: number): Answer<Uint8Array>;
	/** bytes taken; the scheduler calls again with the rest unless the file is non-blocking */
	write(bytes: Uint8Array): Answer<number>;
	poll(): { read: boolean; write: boolean; hangup: boolean };
	stat(): Stat;
	/** the last descriptor is gone */
	close(): void;
	/** what /proc/PID/fd shows: a path, "socket:[1234]", "pipe:[77]" */
	readonly name: string;
}

/** The further methods of a socket: `kernel/net/socket.ts` (inet, packet) and `kernel/process/unix-socket.ts`. */
export interface SocketFile extends OpenFile {
	readonly socket: true;
	bind(address: SocketAddress): void;
	listen(backlog: number): void;
	accept(): Answer<{ file: SocketFile; from: SocketAddress }>;
	/** called again after a wake: answers once connected, throws when it failed */
	connect(address: SocketAddress): Answer<void>;
	sendto(bytes: Uint8Array, to?: SocketAddress): Answer<number>;
	recvfrom(count: number): Answer<Received>;
	/** the next datagram, which stays in the queue; only where there are datagrams that a server may leave to another */
	peekfrom?(count: number): Answer<Received>;
	shutdown(how: 'read' | 'write' | 'both'): void;
	getsockname(): SocketAddress;
	getpeername(): SocketAddress;
	setsockopt(option: SocketOption, value: number): void;
	getsockopt(option: SocketOption): number;
	takeError(): ErrnoCode | null;
	/** without owner, which the process table adds */
	info(): SocketInfo;
}

export function isSocket(file: OpenFile): file is SocketFile {
	return 'socket' in file;
}

/**
 * A daemon that listens and holds its sockets: what the X font server, the X server, rpcbind, lpd and cupsd are in
 * `netstat` and for who scans the host.
 *
 * Does: goes into the background, writes its pid, listens, accepts; TERM ends it. Who connects is heard and not answered.
 * Not simulated: all that these programs are for (fonts, windows, remote procedures, printing).
 */
import { Errno, O, SIGNAL, type Sys } from '#kernel/syscalls';
import { printError, writeFile } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import {
	accept, bind, chdir, close, dup2, fork, getpid, listen, open, poll, read, recvfrom, setsid, setsockopt, signal, socket,
	takeSignals, unlink
} from '../libc/unistd'; // prettier-ignore

export interface Place {
	readonly type: 'stream' | 'dgram';
	/** 0 for every address of the host */
	readonly address: number;
	readonly port: number;
}

export interface Listener {
	/** as its messages begin: "xfs" */
	readonly name: string;
	readonly places: readonly Place[];
	/** UNIX sockets */
	readonly paths?: readonly string[];
	readonly pidFile?: string;
	/** stays where it was started */
	readonly foreground?: boolean;
}

const BACKLOG = 128;
const CHUNK = 4096;
/** connections held at once; more are closed */
const MOST = 256;

export function* listenForEver(listener: Listener): Sys<number> {
	const sockets: { fd: number; type: Place['type'] }[] = [];
	try {
		for (const { type, address, port } of listener.places) {
			const fd = yield* socket('inet', type);
			sockets.push({ fd, type });
			yield* setsockopt(fd, 'reuseaddr', 1);
			yield* bind(fd, { family: 'inet', address, port });
			if (type === 'stream') yield* listen(fd, BACKLOG);
		}
		for (const path of listener.paths ?? []) {
			yield* remove(path);
			const fd = yield* socket('unix', 'stream');
			sockets.push({ fd, type: 'stream' });
			yield* bind(fd, { family: 'unix', path });
			yield* listen(fd, BACKLOG);
		}
	} catch (thrown) {
		yield* printError(`${listener.name}: cannot listen: ${strerror(errnoOf(thrown))}\n`);
		return 1;
	}
	if (listener.foreground) return yield* hold(listener, sockets);
	yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nowhere = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nowhere, fd);
		yield* close(nowhere);
		return yield* hold(listener, sockets);
	});
	return 0;
}

function* remove(path: string | undefined): Sys<void> {
	if (path === undefined) return;
	try {
		yield* unlink(path);
	} catch (thrown) {
		errnoOf(thrown);
	}
}

function* hold(listener: Listener, sockets: readonly { fd: number; type: Place['type'] }[]): Sys<number> {
	if (listener.pidFile !== undefined) yield* writeFile(listener.pidFile, `${yield* getpid()}\n`, 0o644);
	yield* signal(SIGNAL.SIGTERM, 'catch');
	const guests = new Set<number>();
	for (;;) {
		const fds = [...sockets.map(({ fd }) => fd), ...guests];
		try {
			for (const { fd } of yield* poll(
				fds.map((fd) => ({ fd, read: true })),
				-1
			)) {
				const own = sockets.find((one) => one.fd === fd);
				if (own?.type === 'dgram') yield* recvfrom(fd, CHUNK);
				else if (own) yield* welcome(fd, guests);
				else yield* hear(fd, guests);
			}
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		if (!(yield* takeSignals()).includes(SIGNAL.SIGTERM)) continue;
		for (const path of [...(listener.paths ?? []), listener.pidFile]) yield* remove(path);
		return 0;
	}
}

function* welcome(fd: number, guests: Set<number>): Sys<void> {
	const { fd: guest } = yield* accept(fd);
	if (guests.size < MOST) guests.add(guest);
	else yield* close(guest);
}

function* hear(fd: number, guests: Set<number>): Sys<void> {
	let length = 0;
	try {
		({ length } = yield* read(fd, CHUNK));
	} catch (thrown) {
		errnoOf(thrown);
	}
	if (length > 0) return;
	guests.delete(fd);
	yield* close(fd);
}

/**
 * The services that inetd answers itself: echo (RFC 862), discard (RFC 863), chargen (RFC 864), daytime (RFC 867), time
 * (RFC 868).
 *
 * Trusts: no datagram from an address that nobody can have, or two servers could keep each other busy for ever.
 */
import { Errno, type SocketAddress, type Sys } from '#kernel/syscalls';
import { breakDown, strftime } from '../libc/strftime';
import { encode } from '../libc/text';
import { links, read, recvfrom, sendto, time, write } from '../libc/unistd';

export interface Builtin {
	readonly name: string;
	readonly type: 'stream' | 'dgram';
	/** runs in a process of its own */
	readonly forks: boolean;
	/** serves one connection or one datagram */
	readonly serve: (fd: number, ring: Ring) => Sys<void>;
}

/** Where chargen's datagrams are in the alphabet; each starts one letter after the one before. */
export interface Ring {
	next: number;
}

const BUFFER = 4096;

export const BUILTINS: readonly Builtin[] = [
	{ name: 'echo', type: 'stream', forks: true, serve: echoStream },
	{ name: 'echo', type: 'dgram', forks: false, serve: answerDatagrams(function* (bytes) { return bytes; }, BUFFER) },
	{ name: 'discard', type: 'stream', forks: true, serve: discardStream },
	{ name: 'discard', type: 'dgram', forks: false, serve: discardDatagram },
	{ name: 'time', type: 'stream', forks: false, serve: once(machineTime) },
	{ name: 'time', type: 'dgram', forks: false, serve: answerDatagrams(machineTime, 4) },
	{ name: 'daytime', type: 'stream', forks: false, serve: once(daytime) },
	{ name: 'daytime', type: 'dgram', forks: false, serve: answerDatagrams(daytime, 256) },
	{ name: 'chargen', type: 'stream', forks: true, serve: chargenStream },
	{ name: 'chargen', type: 'dgram', forks: false, serve: answerDatagrams(chargenLine, 74) }
]; // prettier-ignore

/** A client that has gone is nobody's fault. */
function* quietly(call: Sys<unknown>): Sys<boolean> {
	try {
		yield* call;
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function* readSome(fd: number): Sys<Uint8Array> {
	try {
		return yield* read(fd, BUFFER);
	} catch (thrown) {
		if (thrown instanceof Errno) return new Uint8Array(0);
		throw thrown;
	}
}

function* echoStream(fd: number): Sys<void> {
	for (;;) {
		const bytes = yield* readSome(fd);
		if (bytes.length === 0 || !(yield* quietly(write(fd, bytes)))) return;
	}
}

function* discardStream(fd: number): Sys<void> {
	while ((yield* readSome(fd)).length > 0);
}

function* discardDatagram(fd: number): Sys<void> {
	yield* readSome(fd);
}

function once(answer: () => Sys<Uint8Array>): (fd: number) => Sys<void> {
	return function* (fd) {
		yield* quietly(write(fd, yield* answer()));
	};
}

type Answer = (bytes: Uint8Array, ring: Ring) => Sys<Uint8Array>;

/** @param room bytes of a datagram that are read */
function answerDatagrams(answer: Answer, room: number): (fd: number, ring: Ring) => Sys<void> {
	return function* (fd, ring) {
		try {
			const { bytes, from } = yield* recvfrom(fd, room);
			if (yield* isBadSource(from)) return;
			yield* sendto(fd, yield* answer(bytes, ring), from);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	};
}

/** 0/8, 127/8, 255/8, multicast, the broadcast address of a network here. */
function* isBadSource(from: SocketAddress): Sys<boolean> {
	if (from.family !== 'inet') return true;
	const { address } = from;
	const first = address >>> 24;
	if ([0, 127, 255].includes(first) || (first >= 224 && first < 240)) return true;
	return (yield* links()).some(({ addresses }) => addresses.some(({ broadcast }) => broadcast === address));
}

/** Seconds since 1900, four bytes. */
function* machineTime(): Sys<Uint8Array> {
	const seconds = Math.floor((yield* time()) / 1_000_000) + 2_208_988_800;
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, seconds >>> 0);
	return bytes;
}

function* daytime(): Sys<Uint8Array> {
	return encode(`${strftime('%a %b %e %H:%M:%S %Y', breakDown(yield* time()))}\r\n`);
}

const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
const LINE = 72;

function ringLine(start: number): Uint8Array {
	return encode(`${(PRINTABLE + PRINTABLE).slice(start, start + LINE)}\r\n`);
}

function* chargenStream(fd: number): Sys<void> {
	for (let start = 0; yield* quietly(write(fd, ringLine(start))); start = (start + 1) % PRINTABLE.length);
}

function* chargenLine(_bytes: Uint8Array, ring: Ring): Sys<Uint8Array> {
	const line = ringLine(ring.next);
	ring.next = (ring.next + 1) % PRINTABLE.length;
	return line;
}

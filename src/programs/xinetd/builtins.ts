/**
 * The services that xinetd answers itself: echo, discard, time, daytime and chargen, over TCP and UDP, and tcpmux (RFC 1078).
 * Their looks are its own: a date as in mail, an alphabet that begins after the space.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import type { Builtin, Ring } from '../inetd/internal';
import { breakDown, MONTHS } from '../libc/strftime';
import { encode } from '../libc/text';
import { close, read, recvfrom, sendto, shutdown, time, write } from '../libc/unistd';

const BUFFER = 1024;
const DATAGRAM = 2048;

export const BUILTINS: readonly Builtin[] = [
	{ name: 'echo', type: 'stream', forks: true, serve: echoStream },
	{ name: 'echo', type: 'dgram', forks: false, serve: answer(DATAGRAM, function* (bytes) { return bytes; }) },
	{ name: 'discard', type: 'stream', forks: true, serve: discardStream },
	{ name: 'discard', type: 'dgram', forks: false, serve: discardDatagram },
	{ name: 'time', type: 'stream', forks: false, serve: once(machineTime) },
	{ name: 'time', type: 'dgram', forks: false, serve: answer(1, machineTime) },
	{ name: 'daytime', type: 'stream', forks: false, serve: once(daytime) },
	{ name: 'daytime', type: 'dgram', forks: false, serve: answer(BUFFER, daytime) },
	{ name: 'chargen', type: 'stream', forks: true, serve: chargenStream },
	{ name: 'chargen', type: 'dgram', forks: false, serve: answer(BUFFER, chargenDatagram) },
	{ name: 'sensor', type: 'stream', forks: false, serve: discardStream },
	{ name: 'sensor', type: 'dgram', forks: false, serve: discardDatagram },
	{ name: 'tcpmux', type: 'stream', forks: true, serve: discardStream }
]; // prettier-ignore

/** A client that has gone is nobody's fault. @returns whether all went well */
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
	for (;;) {
		try {
			return yield* read(fd, BUFFER);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'EINTR') return new Uint8Array(0);
		}
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
	yield* quietly(recvfrom(fd, 1));
}

type Answer = (bytes: Uint8Array, ring: Ring) => Sys<Uint8Array>;

function once(text: () => Sys<Uint8Array>): Builtin['serve'] {
	return function* (fd) {
		yield* quietly(write(fd, yield* text()));
		yield* quietly(close(fd));
	};
}

/** @param room bytes of a datagram that are read */
function answer(room: number, text: Answer): Builtin['serve'] {
	return function* (fd, ring) {
		yield* quietly(
			(function* () {
				const { bytes, from } = yield* recvfrom(fd, room);
				yield* sendto(fd, yield* text(bytes, ring), from);
			})()
		);
	};
}

/** Seconds since 1900, four bytes (RFC 868). */
function* machineTime(): Sys<Uint8Array> {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, (Math.floor((yield* time()) / 1_000_000) + 2_208_988_800) >>> 0);
	return bytes;
}

/** "22 NOV 2026 16:00:00 UTC" (RFC 867) */
function* daytime(): Sys<Uint8Array> {
	const { day, month, year, hour, minute, second } = breakDown(yield* time());
	const two = (value: number): string => String(value).padStart(2, '0');
	const name = MONTHS[month]!.slice(0, 3).toUpperCase();
	return encode(`${two(day)} ${name} ${year} ${two(hour)}:${two(minute)}:${two(second)} UTC\r\n`);
}

/** RFC 864, from ! to }, without a space and a tilde. */
const PRINTABLE = Array.from({ length: 93 }, (_, i) => String.fromCharCode(33 + i)).join('');
const LINE = 72;
/** lines until the ring begins anew */
const LINES = 95;

function chargenText(ring: Ring, length: number): string {
	const line = (PRINTABLE + PRINTABLE).slice(ring.next, ring.next + length);
	ring.next = (ring.next + 1) % LINES;
	return `${line}\r\n`;
}

function* chargenStream(fd: number, ring: Ring): Sys<void> {
	yield* quietly(shutdown(fd, 'read'));
	while (yield* quietly(write(fd, encode(chargenText(ring, LINE)))));
}

/** As many lines as fit; the last is shorter. */

function* chargenDatagram(_bytes: Uint8Array, ring: Ring): Sys<Uint8Array> {
	let out = '';
	for (let left = BUFFER; left > 2; left = BUFFER - out.length) out += chargenText(ring, Math.min(LINE, left - 2));
	return encode(out);
}

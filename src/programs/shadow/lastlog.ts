/**
 * /var/log/lastlog: when each user came in last, and from where (lastlog(8), pam_lastlog(8)): a row of 292 bytes a uid.
 *
 * A host without the file keeps no such memory. Not kept: rows of uids beyond 5,000, which would make the file huge.
 */
import { O, type Sys } from '#kernel/syscalls';
import { errnoOf } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { close, lseek, open, read, time, write } from '../libc/unistd';

const PATH = '/var/log/lastlog';
const ROW = 292;
const LINE = 32;
const MOST = 5000;

export interface LastLogin {
	/** seconds since 1970 */
	readonly when: number;
	/** "pts/0" */
	readonly terminal: string;
	/** empty: from the terminal itself */
	readonly from: string;
}

const text = (bytes: Uint8Array): string => decode(bytes).replace(/\0.*/s, '');

/** Remembers this login. @returns the one before */
export function* rememberLogin(uid: number, terminal: string, from: string): Sys<LastLogin | undefined> {
	if (uid > MOST) return undefined;
	let fd: number;
	try {
		fd = yield* open(PATH, O.RDWR);
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
	yield* lseek(fd, uid * ROW, 'set');
	const before = yield* read(fd, ROW);
	const row = new Uint8Array(ROW);
	new DataView(row.buffer).setInt32(0, Math.floor((yield* time()) / 1e6), true);
	row.set(encode(terminal).subarray(0, LINE), 4);
	row.set(encode(from).subarray(0, ROW - LINE - 4), 4 + LINE);
	yield* lseek(fd, uid * ROW, 'set');
	yield* write(fd, row);
	yield* close(fd);
	if (before.length < ROW) return undefined;
	const when = new DataView(before.buffer, before.byteOffset).getInt32(0, true);
	if (when === 0) return undefined;
	return { when, terminal: text(before.subarray(4, 4 + LINE)), from: text(before.subarray(4 + LINE)) };
}

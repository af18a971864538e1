/**
 * The queue directories (mail_queue(3)): file names, hashed subdirectories, entering, moving and removing.
 *
 * Paths are relative to the queue directory. A queue id is the microseconds of the arrival (5 hexadecimal digits) and the
 * inode number; with enable_long_queue_ids it has the seconds, too, in a notation of 52 letters and digits, so that no id
 * comes twice. Inode numbers here are small; 0x10000 is added, so that ids have the length of a file system in use.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { errnoOf } from '../libc/strerror';
import { close, fstat, getpid, mkdir, open, readdir, rename, time, unlink, write } from '../libc/unistd';
import { readFile } from '../libc/stdio';
import type { Config } from './config';
import { parseQueueFile, type QueuedMail } from './queue-file';

export type QueueName =
	'incoming' | 'active' | 'deferred' | 'hold' | 'corrupt' | 'maildrop' | 'bounce' | 'defer' | 'trace' | 'saved';

const INODE_BASE = 0x10000;
/** digits of long ids: no vowels, so no words; `z` is none of an inode number's, it stands in front of that */
const DIGITS = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';
const LONG_ID = /^[0-9A-Za-z]{6,}([0-9A-Za-z]{4})z[0-9A-Za-y]+$/;

function digits(value: number, base: number): string {
	const higher = Math.floor(value / base);
	return (higher > 0 ? digits(higher, base) : '') + DIGITS[value % base]!;
}

const longId = (now: number, inode: number): string =>
	`${digits(Math.floor(now / 1e6), 52).padStart(6, '0')}${digits(now % 1e6, 52).padStart(4, '0')}z${digits(inode, 51)}`;

const shortId = (now: number, inode: number): string =>
	(now % 1e6).toString(16).toUpperCase().padStart(5, '0') + inode.toString(16).toUpperCase();

/** What the subdirectories are named after: a short id, or the microseconds in a long one as a short one has them. */
function hashed(id: string): string {
	const micros = LONG_ID.exec(id)?.[1];
	if (micros === undefined) return id;
	let value = 0;
	for (const digit of micros) value = value * 52 + DIGITS.indexOf(digit);
	return value.toString(16).toUpperCase().padStart(5, '0');
}

/** Queues with subdirectories, as hash_queue_names says; set from the configuration by each program that starts. */
export class Queues {
	readonly #hashed: ReadonlySet<string>;
	readonly #depth: number;
	readonly #newId: (now: number, inode: number) => string;

	/** @param base in front of every path: '' when the working directory is the queue directory */
	constructor(
		config: Config,
		readonly base = ''
	) {
		this.#hashed = new Set(config.items('hash_queue_names').map(({ text }) => text));
		this.#depth = config.number('hash_queue_depth');
		this.#newId = config.flag('enable_long_queue_ids') ? longId : shortId;
	}

	/** The directory of a file: "deferred/8/" */
	#directory(queue: string, id: string): string {
		let path = `${this.base}${queue}/`;
		const name = hashed(id);
		if (this.#hashed.has(queue)) for (let i = 0; i < this.#depth; i++) path += `${name[i] ?? '_'}/`;
		return path;
	}

	path(queue: string, id: string): string {
		return this.#directory(queue, id) + id;
	}

	/** Creates the subdirectories that a path of this queue needs. */
	*makeDirectory(queue: string, id: string): Sys<void> {
		let path = `${this.base}${queue}`;
		if (!this.#hashed.has(queue)) return;
		const name = hashed(id);
		for (let i = 0; i < this.#depth; i++) {
			path += `/${name[i] ?? '_'}`;
			try {
				yield* mkdir(path, 0o700);
			} catch (thrown) {
				if (errnoOf(thrown).code !== 'EEXIST') throw thrown;
			}
		}
	}

	/** A fresh file and its id. @param mode 0600 while it is being written */
	*enter(queue: QueueName, mode = 0o600): Sys<{ readonly id: string; readonly fd: number; readonly now: number }> {
		const now = yield* time();
		const temporary = `${this.base}${queue}/${now}.${yield* getpid()}`;
		const fd = yield* open(temporary, O.RDWR | O.CREAT | O.EXCL, mode);
		const { inode } = yield* fstat(fd);
		const id = this.#newId(now, INODE_BASE + inode);
		yield* rename(temporary, this.path(queue, id));
		return { id, fd, now };
	}

	*move(id: string, from: QueueName, to: QueueName): Sys<void> {
		yield* this.makeDirectory(to, id);
		yield* rename(this.path(from, id), this.path(to, id));
	}

	/** @returns false when it was not there */
	*remove(queue: string, id: string): Sys<boolean> {
		try {
			yield* unlink(this.path(queue, id));
			return true;
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'ENOENT') throw thrown;
			return false;
		}
	}

	/** All ids of a queue, in the order of the directory. */
	*list(queue: string): Sys<string[]> {
		const out: string[] = [];
		const visit = function* (path: string, depth: number): Sys<void> {
			let entries;
			try {
				entries = yield* readdir(path);
			} catch (thrown) {
				errnoOf(thrown);
				return;
			}
			for (const entry of entries) {
				if ((entry.type & 0o170000) === 0o040000) {
					if (depth < 3) yield* visit(`${path}/${entry.name}`, depth + 1);
				} else if (/^[0-9A-Za-z]{6,}$/.test(entry.name)) out.push(entry.name);
			}
		};
		yield* visit(`${this.base}${queue}`, 0);
		return out;
	}

	/** Null when it is gone or damaged. */
	*readMail(queue: string, id: string): Sys<QueuedMail | null> {
		try {
			return parseQueueFile(yield* readFile(this.path(queue, id)));
		} catch (thrown) {
			if (thrown instanceof Errno) return null;
			throw thrown;
		}
	}
}

/** Writes all of it. @throws Errno ENOSPC when a disk that fills up has taken only a part */
export function* writeFully(fd: number, bytes: Uint8Array): Sys<void> {
	for (let at = 0; at < bytes.length;) at += yield* write(fd, bytes.subarray(at));
}

export function* closeQuietly(fd: number): Sys<void> {
	try {
		yield* close(fd);
	} catch (thrown) {
		errnoOf(thrown);
	}
}

/**
 * Putting a mail into a mailbox file or a maildir (mail_copy(3), mbox_open(3), deliver_maildir()).
 *
 * Does: the `From ` line, Return-Path, X-Original-To, Delivered-To, `>From ` in the body, an empty line at the end; dot
 *       locks and flock as virtual_mailbox_lock and mailbox_delivery_lock ask.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import {
	close,
	flock,
	fstat,
	ftruncate,
	getpid,
	lseek,
	mkdir,
	open,
	rename,
	stat,
	time,
	uname,
	unlink
} from '../libc/unistd';
import type { Dsn } from './delivery';
import { writeFully } from './mail-queue';
import { quote822 } from './tok822';

export interface CopyHeaders {
	readonly sender: string;
	readonly originalTo: string;
	readonly deliveredTo: string;
	readonly returnPath: boolean;
}

const asctime = (now: number): string => {
	const [day, date, month, year, clock] = new Date(Math.floor(now / 1000)).toUTCString().replace(',', '').split(' ');
	return `${day} ${month} ${String(Number(date)).padStart(2)} ${clock} ${year}`;
};

/** The headers that local delivery puts in front. */
export function deliveryHeaders(headers: CopyHeaders): string {
	let out = '';
	if (headers.returnPath) out += `Return-Path: <${headers.sender === '' ? '' : quote822(headers.sender)}>\n`;
	if (headers.originalTo !== '') out += `X-Original-To: ${headers.originalTo}\n`;
	if (headers.deliveredTo !== '') out += `Delivered-To: ${quote822(headers.deliveredTo)}\n`;
	return out;
}

/** The line in front of a mail in an mbox. */
export function fromLine(sender: string, now: number): string {
	return `From ${quote822(sender === '' ? 'MAILER-DAEMON' : sender)}  ${asctime(now)}\n`;
}

export function mboxText(content: string, headers: CopyHeaders, now: number): string {
	const body = content.replace(/^From /gm, '>From ');
	return `${fromLine(headers.sender, now)}${deliveryHeaders(headers)}${body}${body.endsWith('\n') ? '' : '\n'}\n`;
}

export interface AppendResult {
	readonly ok: boolean;
	readonly dsn: Dsn;
	/** a lock file that could not be made where that is no error */
	readonly warning?: string;
}

/** A mail whole or not at all: what was written of one that does not fit goes (mail_copy(3)). */
function* copyIn(fd: number, bytes: Uint8Array, size: number, limit: number): Sys<Dsn | null> {
	if (limit > 0 && size + bytes.length > limit) return { status: '5.2.2', text: 'File too large' };
	try {
		yield* writeFully(fd, bytes);
		return null;
	} catch (thrown) {
		const error = errnoOf(thrown);
		yield* ftruncate(fd, size);
		return { status: ['ENOSPC', 'EAGAIN', 'EIO'].includes(error.code) ? '4.2.0' : '5.2.2', text: strerror(error) };
	}
}

/**
 * Appends to a file as the user whose rights the process has.
 * @param limit bytes that the file may have (mailbox_size_limit), 0 for no limit
 */
export function* appendMbox(path: string, text: string, locks: readonly string[], limit: number): Sys<AppendResult> {
	let lock: string | null = null;
	let warning: string | undefined;
	const failed = (status: string, reason: string): AppendResult => ({
		ok: false,
		dsn: { status, text: reason },
		...(warning ? { warning } : {})
	});
	try {
		let fd: number;
		try {
			fd = yield* open(path, O.WRONLY | O.APPEND);
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'ENOENT') throw thrown;
			fd = -1;
		}
		if (locks.includes('dotlock') && path !== '/dev/null') {
			try {
				yield* close(yield* open(`${path}.lock`, O.WRONLY | O.CREAT | O.EXCL, 0o600));
				lock = `${path}.lock`;
			} catch (thrown) {
				const error = errnoOf(thrown);
				if (error.code === 'EEXIST') return failed('4.2.0', `unable to lock for exclusive access: ${strerror(error)}`);
				warning = `unable to create lock file ${path}.lock: ${strerror(error)}`;
			}
		}
		if (fd < 0) {
			try {
				fd = yield* open(path, O.WRONLY | O.APPEND | O.CREAT | O.EXCL, 0o600);
			} catch (thrown) {
				return failed('5.2.0', `cannot create file exclusively: ${strerror(errnoOf(thrown))}`);
			}
		}
		const { mode, size } = yield* fstat(fd);
		if ((mode & 0o170000) === 0o100000) {
			if (locks.includes('fcntl') || locks.includes('flock')) yield* flock(fd, 'exclusive');
			yield* lseek(fd, 0, 'end');
		}
		const problem = yield* copyIn(fd, encode(text), size, (mode & 0o170000) === 0o100000 ? limit : 0);
		yield* close(fd);
		if (problem !== null) return failed(problem.status, `error writing message: ${problem.text}`);
		return { ok: true, dsn: { status: '2.0.0', text: '' }, ...(warning ? { warning } : {}) };
	} catch (thrown) {
		const error = errnoOf(thrown);
		const temporary = ['EAGAIN', 'ENOSPC', 'EDQUOT', 'EINTR', 'EIO'].includes(error.code);
		return failed(temporary ? '4.2.0' : '5.2.0', `cannot open file: ${strerror(error)}`);
	} finally {
		if (lock) yield* unlink(lock);
	}
}

/** A directory with all that lead to it (make_dirs(3)). */
function* makeDirectories(path: string): Sys<void> {
	for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
		const part = end < 0 ? path : path.slice(0, end);
		try {
			yield* stat(part);
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'ENOENT') throw thrown;
			yield* mkdir(part, 0o700);
		}
		if (end < 0) return;
	}
}

/** Into `new` of a maildir, by way of `tmp`; directories are made when they are missing. */
export function* appendMaildir(directory: string, text: string, limit: number): Sys<AppendResult> {
	const base = directory.replace(/\/$/, '');
	const now = yield* time();
	const name = `${Math.floor(now / 1e6)}.P${yield* getpid()}.${(yield* uname()).nodename}`;
	const temporary = `${base}/tmp/${name}`;
	const create = () => open(temporary, O.WRONLY | O.CREAT | O.EXCL, 0o600);
	try {
		let fd: number;
		try {
			fd = yield* create();
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'ENOENT') throw thrown;
			for (const part of ['tmp', 'new', 'cur']) yield* makeDirectories(`${base}/${part}`);
			fd = yield* create();
		}
		const { inode } = yield* fstat(fd);
		const problem = yield* copyIn(fd, encode(text), 0, limit);
		yield* close(fd);
		if (problem !== null) {
			yield* unlink(temporary);
			return {
				ok: false,
				dsn: { ...problem, text: `maildir delivery failed: error writing message: ${problem.text}` }
			};
		}
		const final = `${Math.floor(now / 1e6)}.V801I${inode.toString(16)}M${now % 1e6}.${(yield* uname()).nodename}`;
		yield* rename(temporary, `${base}/new/${final}`);
		return { ok: true, dsn: { status: '2.0.0', text: '' } };
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return {
			ok: false,
			dsn: {
				status: thrown.code === 'EACCES' || thrown.code === 'EPERM' ? '4.2.0' : '4.2.0',
				text: `maildir delivery failed: create maildir file ${temporary}: ${strerror(thrown)}`
			}
		};
	}
}

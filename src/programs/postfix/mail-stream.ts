/**
 * Handing a mail to cleanup (mail_stream(3)): records go over the `public/cleanup` socket, the queue id comes at once,
 * the verdict at the end.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { errnoOf } from '../libc/strerror';
import { close, write } from '../libc/unistd';
import { attribute, attrPrint, AttrReader, AttrTimeout, mailConnect } from './attr';
import { Fatal } from './errors';
import { REC, recordBytes } from './queue-file';

/** What cleanup says when it has the whole mail. */
export interface CleanupStatus {
	/** CLEANUP bits; 0 is success */
	readonly status: number;
	/** its words where it has some: "5.7.1 no such subjects" */
	readonly reason: string;
}

/** Verdict bits of cleanup (cleanup_user.h). */
export const CLEANUP = {
	BAD: 1,
	WRITE: 2,
	SIZE: 4,
	CONT: 8,
	HOPS: 16,
	PROXY: 64,
	DEFER: 128,
	NOPERM: 256,
	BARE_LF: 512
} as const;

/** Wishes of the one who submits, bits. */
export const CLEANUP_FLAG = {
	BOUNCE: 1,
	FILTER: 2,
	HOLD: 4,
	DISCARD: 8,
	BCC_OK: 16,
	MAP_OK: 32,
	MILTER: 64,
	SMTP_REPLY: 128,
	SMTPUTF8: 256
} as const;
/** from outside: with filters, maps and copies */
export const EXTERNAL = CLEANUP_FLAG.FILTER | CLEANUP_FLAG.BCC_OK | CLEANUP_FLAG.MAP_OK | CLEANUP_FLAG.MILTER;
/** from the mail system itself (bounces, notices) */
export const INTERNAL = CLEANUP_FLAG.MAP_OK;

/** the texts for each verdict (cleanup_strerror.c), in order of importance */
export const CLEANUP_DETAILS: readonly (readonly [bit: number, smtp: number, dsn: string, text: string])[] = [
	[CLEANUP.DEFER, 451, '4.7.1', 'service unavailable'],
	[CLEANUP.PROXY, 451, '4.3.0', 'queue file write error'],
	[CLEANUP.BAD, 451, '4.3.0', 'internal protocol error'],
	[CLEANUP.BARE_LF, 521, '5.5.2', 'bare <LF> received'],
	[CLEANUP.SIZE, 552, '5.3.4', 'message file too big'],
	[CLEANUP.CONT, 550, '5.7.1', 'message content rejected'],
	[CLEANUP.HOPS, 554, '5.4.0', 'too many hops'],
	[CLEANUP.WRITE, 451, '4.3.0', 'queue file write error'],
	[CLEANUP.NOPERM, 550, '5.7.1', 'service denied']
];

export class Submission {
	#parts: Uint8Array[] = [];
	#pending = 0;
	#broken = false;

	constructor(
		readonly fd: number,
		readonly reader: AttrReader,
		readonly queueId: string
	) {}

	*record(type: string, data: string): Sys<void> {
		const bytes = recordBytes(type, data);
		this.#parts.push(bytes);
		this.#pending += bytes.length;
		if (this.#pending > 32_768) yield* this.flush();
	}

	*attribute(name: string, value: string | number): Sys<void> {
		yield* this.record(REC.ATTR, `${name}=${value}`);
	}

	/** Sends what is collected, so that cleanup sees it. */
	*flush(): Sys<void> {
		const all = new Uint8Array(this.#pending);
		let at = 0;
		for (const part of this.#parts) {
			all.set(part, at);
			at += part.length;
		}
		this.#parts = [];
		this.#pending = 0;
		if (this.#broken || all.length === 0) return;
		try {
			yield* write(this.fd, all);
		} catch (thrown) {
			errnoOf(thrown);
			this.#broken = true;
		}
	}

	/** Ends the mail and hears the verdict. */
	*finish(): Sys<CleanupStatus> {
		yield* this.record(REC.END, '');
		yield* this.flush();
		try {
			const reply = yield* this.reader.scan();
			/* a cleanup that died before it answered has not taken the mail: it stays with the one who submits it */
			if (reply === null) return { status: CLEANUP.WRITE, reason: '' };
			return { status: Number(attribute(reply, 'status')), reason: attribute(reply, 'reason') };
		} catch (thrown) {
			if (thrown instanceof AttrTimeout || thrown instanceof Errno) return { status: CLEANUP.WRITE, reason: '' };
			throw thrown;
		} finally {
			yield* close(this.fd);
		}
	}

	/** Gives up: cleanup removes the queue file. */
	*abandon(): Sys<void> {
		yield* this.flush();
		yield* close(this.fd);
	}
}

/** @param service cleanup_service_name @throws Fatal when there is no cleanup service */
export function* openMailStream(service: string, flags: number, directory?: string): Sys<Submission> {
	try {
		const fd = yield* mailConnect('public', service, directory);
		const reader = new AttrReader(fd);
		const hello = yield* reader.scan();
		if (hello !== null) {
			yield* attrPrint(fd, [['flags', String(flags)]]);
			return new Submission(fd, reader, attribute(hello, 'queue_id'));
		}
		yield* close(fd);
	} catch (thrown) {
		if (!(thrown instanceof Errno) && !(thrown instanceof AttrTimeout)) throw thrown;
	}
	throw new Fatal(`unable to connect to the public ${service} service`);
}

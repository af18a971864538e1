/** Mail that the mail system writes itself (post_mail(3)): notices to the postmaster, bounces. */
import type { Sys } from '#kernel/syscalls';
import { time } from '../libc/unistd';
import { CLEANUP_FLAG, INTERNAL, openMailStream, type Submission } from './mail-stream';
import { mailDate } from './mail-date';
import { REC } from './queue-file';
import type { Daemon } from './server';

/** Opens a mail of our own: envelope and Received are written, headers follow. */
export function* openPostMail(
	daemon: Daemon,
	sender: string,
	recipient: string,
	flags: number = INTERNAL,
	traceFlags = 0
): Sys<Submission> {
	const { config } = daemon;
	const now = yield* time();
	const to = yield* openMailStream(config.text('cleanup_service_name'), flags & ~CLEANUP_FLAG.FILTER);
	yield* to.record(REC.TIME, `${Math.floor(now / 1e6)} ${now % 1e6}`);
	if (traceFlags) yield* to.attribute('trace_flags', traceFlags);
	yield* to.attribute('log_message_origin', 'local');
	yield* to.attribute('rewrite_context', 'local');
	yield* to.record(REC.FROM, sender);
	yield* to.record(REC.RCPT, recipient);
	yield* to.record(REC.MESG, '');
	yield* to.record(REC.NORM, `Received: by ${config.text('myhostname')} (${config.text('mail_name')})`);
	yield* to.record(REC.NORM, `\tid ${to.queueId}; ${mailDate(now)}`);
	yield* to.record(REC.NORM, `Date: ${mailDate(now)}`);
	return to;
}

/** @returns whether cleanup took it */
export function* closePostMail(to: Submission): Sys<boolean> {
	yield* to.record(REC.XTRA, '');
	return (yield* to.finish()).status === 0;
}

export function* postMail(daemon: Daemon, sender: string, recipient: string, lines: readonly string[]): Sys<boolean> {
	const to = yield* openPostMail(daemon, sender, recipient);
	for (const line of lines) yield* to.record(REC.NORM, line);
	return yield* closePostMail(to);
}

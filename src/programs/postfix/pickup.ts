/**
 * pickup(8): brings mail from `maildrop` (written by postdrop) to cleanup.
 *
 * Does: scans the directory when knocked at and every minute; checks which records a user may give; adds Received.
 * Trusts: the file's owner for who sent it, and nothing in the file.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { lstat, time, trace, unlink } from '../libc/unistd';
import { readFile } from '../libc/stdio';
import { mailDate } from './mail-date';
import { CLEANUP, CLEANUP_FLAG, EXTERNAL, openMailStream } from './mail-stream';
import { Queues } from './mail-queue';
import { mailEvent } from './events';
import { parseRecords, REC, type QueueRecord } from './queue-file';
import { serve, type Daemon } from './server';

/** Attributes that a user may set. */
const ALLOWED = new Set([
	'rewrite_context',
	'encoding',
	'notify_flags',
	'dsn_orig_rcpt',
	'ret_flags',
	'envelope_id',
	'trace_flags'
]);

function* pickUp(daemon: Daemon, queues: Queues, id: string): Sys<void> {
	const path = queues.path('maildrop', id);
	let records: QueueRecord[] | null;
	let uid: number;
	let arrival: number;
	try {
		const found = yield* lstat(path);
		if ((found.mode & 0o170000) !== 0o100000 || !(found.mode & 0o100)) return;
		uid = found.uid;
		arrival = found.mtime;
		records = parseRecords(yield* readFile(path));
	} catch (thrown) {
		if (thrown instanceof Errno) return;
		throw thrown;
	}
	const { config, log } = daemon;
	if (records?.at(-1)?.type !== REC.END) {
		yield* log.warn(`${id}: error writing ${id}: queue file is damaged`);
		yield* unlink(path);
		return;
	}
	const sender = records.find(({ type }) => type === REC.FROM)?.data ?? '';
	const to = yield* openMailStream(config.text('cleanup_service_name'), EXTERNAL | CLEANUP_FLAG.BOUNCE);
	yield* log.info(`${to.queueId}: uid=${uid} from=<${sender}>`);
	yield* trace(mailEvent(to.queueId, 'pickup', { sender, text: `taken from the maildrop as ${to.queueId}` }));
	const filter = config.text('content_filter');
	if (filter !== '') yield* to.record(REC.FILT, filter);
	for (const { type, data } of records) {
		if (type === REC.ATTR && !ALLOWED.has(data.slice(0, data.indexOf('=')))) continue;
		if (type === REC.ATTR && data.startsWith('rewrite_context=')) continue;
		if (type === REC.END) break;
		if (type === REC.TIME) {
			yield* to.record(REC.TIME, `${Math.floor(arrival / 1e6)} ${arrival % 1e6}`);
			yield* to.attribute('rewrite_context', 'local');
			continue;
		}
		yield* to.record(type, data);
		if (type !== REC.MESG) continue;
		yield* to.record(
			REC.NORM,
			`Received: by ${config.text('myhostname')} (${config.text('mail_name')}, from userid ${uid})`
		);
		yield* to.record(REC.NORM, `\tid ${to.queueId}; ${mailDate(yield* time())}`);
	}
	const { status } = yield* to.finish();
	if (status === 0 || status & CLEANUP.BAD) yield* unlink(path);
}

function* scan(daemon: Daemon): Sys<void> {
	const queues = new Queues(daemon.config);
	for (const id of yield* queues.list('maildrop')) yield* pickUp(daemon, queues, id);
}

export const pickup: Main = (argv) => serve('pickup', argv, (daemon) => scan(daemon));

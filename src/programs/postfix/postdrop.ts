/**
 * postdrop(1): writes a mail into `maildrop`, for which it has the rights of group postdrop; the sender's name is checked
 * by nobody here: pickup takes the file's owner.
 *
 * Says the queue id first and a status at the end, as cleanup does.
 */
import { Errno, type Main } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { chmod, close, getcred, unlink } from '../libc/unistd';
import { attrPrint, mailTrigger } from './attr';
import { openConfig } from './config';
import { Fatal, Messages } from './errors';
import { Queues, writeFully } from './mail-queue';
import { CLEANUP } from './mail-stream';
import { REC, RecordWriter } from './queue-file';
import { RecordReader } from './record-reader';

export const postdrop: Main = function* () {
	const messages = yield* Messages.ofCommand('postdrop');
	return yield* messages.guard(function* () {
		const config = yield* openConfig('postdrop', messages);
		const base = config.text('queue_directory');
		const queues = new Queues(config, `${base}/`);
		let file;
		try {
			file = yield* queues.enter('maildrop');
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			throw new Fatal(
				`mail_queue_enter: create file maildrop: ${thrown.code === 'EACCES' ? 'Permission denied' : thrown.code}`
			);
		}
		const path = queues.path('maildrop', file.id);
		yield* attrPrint(1, [['queue_id', file.id]]);
		const reader = new RecordReader(0);
		const out = new RecordWriter();
		let complete = false;
		for (;;) {
			const record = yield* reader.next();
			if (record === null) break;
			out.put(record.type, record.data);
			if (record.type === REC.END) {
				complete = true;
				break;
			}
		}
		if (!complete) {
			yield* unlink(path);
			throw new Fatal('uid: unexpected end-of-input');
		}
		const limit = config.number('message_size_limit');
		let failure: string | null = null;
		let status: number = 0;
		if (limit > 0 && out.length > limit) [failure, status] = ['File too large', CLEANUP.SIZE];
		else
			try {
				yield* writeFully(file.fd, out.bytes());
			} catch (thrown) {
				[failure, status] = [strerror(errnoOf(thrown)), CLEANUP.WRITE];
			}
		yield* close(file.fd);
		if (failure !== null) {
			yield* unlink(path);
			yield* messages.warn(`uid=${(yield* getcred()).uid}: ${failure}`);
			yield* attrPrint(1, [['status', String(status)]]);
			return 1;
		}
		yield* chmod(path, 0o744);
		yield* mailTrigger('public', config.text('pickup_service_name'), 'W', base);
		yield* attrPrint(1, [['status', '0']]);
		return 0;
	});
};

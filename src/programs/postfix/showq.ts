/**
 * showq(8): the contents of the queue, for mailq; and the same text for postqueue when the mail system is down.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { Errno } from '#kernel/syscalls';
import { stat } from '../libc/unistd';
import { attrPrint, type Attributes } from './attr';
import { readBounceLog } from './bounce/log';
import type { Config } from './config';
import { Queues, type QueueName } from './mail-queue';
import { EXPIRE_MODE } from './qmgr';
import { serve } from './server';

const SHOWN: readonly QueueName[] = ['maildrop', 'active', 'incoming', 'deferred', 'hold'];

/** One list a mail: queue, id, time, size, sender, then a recipient with its reason each. */
export function* listQueue(config: Config, base: string, each: (mail: Attributes) => Sys<void>): Sys<void> {
	const queues = new Queues(config, base);
	for (const queue of SHOWN) {
		for (const id of yield* queues.list(queue)) {
			let found;
			try {
				found = yield* stat(queues.path(queue, id));
			} catch (thrown) {
				if (thrown instanceof Errno) continue;
				throw thrown;
			}
			if (queue === 'incoming' && !(found.mode & 0o100)) continue;
			const mail = yield* queues.readMail(queue, id);
			if (!mail) continue;
			const reasons = new Map<string, string>();
			if (queue === 'deferred' || queue === 'hold' || queue === 'active')
				for (const entry of yield* readBounceLog(queues, 'defer', id))
					reasons.set(entry.get('recipient') ?? '', entry.get('reason') ?? '');
			const list: [string, string][] = [
				['queue_name', queue],
				['queue_id', id],
				['time', String(mail.arrival || found.mtime)],
				['size', String(mail.size ?? found.size)],
				['expired', found.mode & EXPIRE_MODE ? '1' : '0'],
				['sender', mail.sender]
			];
			for (const recipient of mail.recipients) {
				if (recipient.done) continue;
				list.push(
					['recipient', recipient.address],
					['reason', reasons.get(recipient.address) ?? reasons.get(recipient.original) ?? '']
				);
			}
			yield* each(list);
		}
	}
}

export const showq: Main = (argv) =>
	serve('showq', argv, function* (daemon, fd) {
		yield* listQueue(daemon.config, '', (mail) => attrPrint(fd, mail));
		yield* attrPrint(fd, []);
	});

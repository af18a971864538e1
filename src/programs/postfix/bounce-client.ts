/**
 * Asking the bounce, defer and trace services (bounce(3), abounce(3)): one request to append a recipient to a mail's log,
 * one to send the notice.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { time } from '../libc/unistd';
import { attribute, mailCommand, type Attributes } from './attr';
import type { DeliveryRequest, Dsn } from './delivery';
import { formatDelay, recipientText } from './delivery';
import type { QueuedRecipient } from './queue-file';
import type { Daemon } from './server';

export type BounceService = 'bounce' | 'defer' | 'trace';

function* ask(daemon: Daemon, service: BounceService, request: Attributes): Sys<boolean> {
	try {
		const reply = yield* mailCommand('private', daemon.config.text(`${service}_service_name`), request);
		return reply !== null && attribute(reply, 'status') === '0';
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* daemon.log.warn(`connect to private/${service}: ${thrown.code}`);
		return false;
	}
}

/** Notes the fate of one recipient in the mail's log. @returns false when the service did not take it */
export function* bounceRequest(
	daemon: Daemon,
	service: BounceService,
	what: 'append',
	mail: Pick<DeliveryRequest, 'queueId'>,
	recipient: Pick<QueuedRecipient, 'address' | 'original' | 'dsnOriginal' | 'offset' | 'notify'>,
	dsn: Dsn,
	action: string
): Sys<boolean> {
	return yield* ask(daemon, service, [
		['request', what],
		['queue_id', mail.queueId],
		['recipient', recipient.address],
		['original_recipient', recipient.original],
		['dsn_orig_rcpt', recipient.dsnOriginal],
		['notify_flags', String(recipient.notify)],
		['offset', String(recipient.offset)],
		['status', dsn.status],
		['action', action],
		['reason', dsn.text],
		['diag_type', dsn.diagnosticType ?? ''],
		['diag_text', dsn.diagnostic ?? ''],
		['mta_type', dsn.remoteType ?? ''],
		['mta_name', dsn.remote ?? '']
	]);
}

/** Sends the notice about what the log holds: `flush` (failures), `warn` (delay), `trace` (success). */
export function* bounceFlush(
	daemon: Daemon,
	service: BounceService,
	what: 'flush' | 'warn',
	queue: string,
	queueId: string,
	sender: string
): Sys<boolean> {
	return yield* ask(daemon, service, [
		['request', what],
		['queue_name', queue],
		['queue_id', queueId],
		['sender', sender]
	]);
}

/** A mail that cleanup refuses after it was taken (from pickup): all recipients bounce (cleanup_bounce.c). */
export function* bounceRejected(
	daemon: Daemon,
	queueId: string,
	sender: string,
	recipients: readonly {
		readonly address: string;
		readonly original: string;
		readonly dsnOriginal: string;
		readonly notify: number;
	}[],
	arrival: number,
	reason: string
): Sys<boolean> {
	const match = /^([45]\.\d+\.\d+)\s+(.*)$/s.exec(reason);
	const dsn: Dsn = { status: match?.[1] ?? '5.7.1', text: match?.[2] ?? reason };
	for (const recipient of recipients) {
		if (!(yield* bounceRequest(daemon, 'bounce', 'append', { queueId }, { ...recipient, offset: 0 }, dsn, 'failed')))
			return false;
		const delay = formatDelay((yield* time()) - arrival);
		yield* daemon.log.info(
			`${queueId}: ${recipientText(recipient)}, relay=none, delay=${delay}, delays=${delay}/0/0/0, dsn=${dsn.status}, status=bounced (${dsn.text})`
		);
	}
	return yield* bounceFlush(daemon, 'bounce', 'flush', 'incoming', queueId, sender);
}

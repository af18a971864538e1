/** reject_unverified_sender, reject_unverified_recipient: verify(8) is asked whether mail to the address would be taken. */
import type { Sys } from '#kernel/syscalls';
import { sleep } from '../../../libc/unistd';
import { splitAddress } from '../../tok822';
import { askVerify, RECIPIENT_STATUS, type Verified } from '../../verify';
import { CLASS, type Check, type Outcome } from '../evaluation';
import { noMatch, plain, refused, withAddress, type Row, type Subject } from './answers';

/** Asks until there is an answer, address_verify_poll_count times at most. */
function* poll(check: Check, address: string): Sys<Verified | null> {
	const { daemon } = check.session;
	const { config } = daemon;
	const count = config.number('address_verify_poll_count');
	for (let i = 0; ; i++) {
		const found = yield* askVerify(daemon, address);
		if (found?.status !== RECIPIENT_STATUS.UNKNOWN || i >= count - 1) return found;
		yield* sleep(config.seconds('address_verify_poll_delay') * 1e6);
	}
}

/** Our own probes are not probed in turn. */
function isProber(check: Check, address: string): boolean {
	const { config } = check.session.daemon;
	const own = config.text('address_verify_sender').toLowerCase();
	if (own === '') return false;
	const [local, domain = ''] = splitAddress(address.toLowerCase());
	if (own.includes('@')) return own === `${local}@${domain}`;
	return own === local && ['myorigin', 'myhostname'].some((name) => config.text(name).toLowerCase() === domain);
}

function* unverified(check: Check, subject: Subject, address: string): Sys<Outcome> {
	const { config, log } = check.session.daemon;
	const replyClass = CLASS[subject];
	const dsn = subject === 'sender' ? '4.1.7' : '4.1.1';
	const found = yield* poll(check, address);
	if (!found) {
		yield* log.warn(`${config.text('address_verify_service_name')} service failure`);
		const text = `<${address}>: ${replyClass} rejected: address verification problem`;
		return yield* check.evaluation.deferIfPermitted(check, 'defer_if_permit', 450, dsn, text);
	}
	if (found.status === RECIPIENT_STATUS.OK) return noMatch(check, `mail to ${address} would be taken: ${found.text}`);
	const bounces = found.status === RECIPIENT_STATUS.BOUNCE;
	const code = config.number(`unverified_${subject}_${bounces ? 'reject' : 'defer'}_code`);
	const words = config.text(`unverified_${subject}_reject_reason`) || found.text;
	const sort = code >= 500 ? 'undeliverable' : 'unverified';
	const text = `<${address}>: ${replyClass} rejected: ${sort} address: ${words.slice(0, 250)}`;
	if (code < 400)
		return noMatch(check, `${text}; unverified_${subject}_${bounces ? 'reject' : 'defer'}_code lets it pass`);
	if (!bounces) {
		const action = config.text(`unverified_${subject}_tempfail_action`);
		return yield* check.evaluation.deferIfPermitted(check, action, code, dsn, text);
	}
	return yield* refused(check, `a probe of ${address} failed: ${found.text}`, code, dsn, text);
}

const asks = (subject: Subject) =>
	plain(
		withAddress(subject, function* (check, address) {
			if (subject === 'sender' && isProber(check, address)) return noMatch(check, `${address} sends our own probes`);
			return yield* unverified(check, subject, address);
		})
	);

export const UNVERIFIED: readonly Row[] = [
	['reject_unverified_sender', asks('sender')],
	['reject_unverified_recipient', asks('recipient')]
];

/** Restrictions that look at nothing, or at how the client behaves: permit, reject, defer, sleep, pipelining, SASL. */
import type { Sys } from '#kernel/syscalls';
import { sleep } from '../../../libc/unistd';
import type { Check, Outcome, Restriction } from '../evaluation';
import { noMatch, number, permitted, plain, refused, type Row } from './answers';

/** What stands behind a final `permit` or `reject` is never asked. */
function* ignoredAfter(check: Check): Sys<void> {
	if (check.next !== undefined && !check.evaluation.warning)
		yield* check.session.daemon.log.warn(
			`restriction \`${check.next}' after \`${check.name.toLowerCase()}' is ignored`
		);
}

function* permitSasl(check: Check): Sys<Outcome> {
	if (check.session.saslUsername !== '')
		return permitted(check, `the client logged in as ${check.session.saslUsername}`);
	return noMatch(check, 'the client has not logged in');
}

const loginMismatch = (...names: readonly string[]): Restriction =>
	function* (check) {
		const { config, log } = check.session.daemon;
		if (!config.flag('smtpd_sasl_auth_enable')) {
			for (const name of names.length > 0 ? names : [check.name])
				yield* log.warn(`restriction \`${name}' ignored: no SASL support`);
			return 'dunno';
		}
		return 'dunno';
	};

function* noneOf(check: Check): Sys<Outcome> {
	return noMatch(check, 'the client showed no certificate');
}

export const GENERAL: readonly Row[] = [
	[
		'permit',
		plain(function* (check) {
			yield* ignoredAfter(check);
			return permitted(check, 'everything is permitted');
		})
	],
	[
		'reject',
		plain(function* (check) {
			yield* ignoredAfter(check);
			return yield* refused(
				check,
				'everything is refused',
				number(check, 'reject_code'),
				'5.7.1',
				`<${check.replyName}>: ${check.replyClass} rejected: Access denied`
			);
		})
	],
	[
		'defer',
		plain(function* (check) {
			yield* ignoredAfter(check);
			return yield* refused(
				check,
				'everything is refused for now',
				number(check, 'defer_code'),
				'4.3.2',
				`<${check.replyName}>: ${check.replyClass} rejected: Try again later`
			);
		})
	],
	[
		'defer_if_permit',
		plain((check) =>
			check.evaluation.deferIfPermitted(
				check,
				'defer_if_permit',
				450,
				'4.7.0',
				`<${check.replyName}>: ${check.replyClass} rejected: defer_if_permit requested`
			)
		)
	],
	[
		'defer_if_reject',
		plain(function* (check) {
			check.evaluation.deferIfRejected(
				check,
				450,
				'4.7.0',
				`<${check.replyName}>: ${check.replyClass} rejected: defer_if_reject requested`
			);
			return 'dunno';
		})
	],
	[
		'sleep',
		{
			argument: 'number',
			*run(check) {
				if (!/^\d+$/.test(check.argument)) {
					yield* check.session.daemon.log.warn('restriction sleep must be followed by number');
					yield* check.evaluation.serverError();
				}
				yield* sleep(Number(check.argument) * 1e6);
				return 'dunno';
			}
		}
	],
	[
		'reject_plaintext_session',
		plain((check) =>
			refused(
				check,
				'the session is not encrypted',
				number(check, 'plaintext_reject_code'),
				'5.7.1',
				'Session encryption is required'
			)
		)
	],
	[
		'reject_unauth_pipelining',
		plain(function* (check) {
			if (!check.session.illPipelining) return noMatch(check, 'the client waited for replies');
			check.evaluation.note(check.name, 'decided', 'the client sent commands before it had the right to', check.source);
			return yield* check.evaluation.refuse(
				'protocol',
				503,
				'5.5.0',
				`<${check.replyName}>: ${check.replyClass} rejected: Improper use of SMTP command pipelining`
			);
		})
	],
	[
		'reject_multi_recipient_bounce',
		plain(function* (check) {
			const { session } = check;
			if (session.sender !== '' || session.recipients <= 1) return 'dunno';
			return yield* refused(
				check,
				'a bounce has one recipient',
				number(check, 'multi_recipient_bounce_reject_code'),
				'5.5.3',
				`<${check.replyName}>: ${check.replyClass} rejected: Multi-recipient bounce`
			);
		})
	],
	['permit_sasl_authenticated', plain(permitSasl)],
	['permit_tls_clientcerts permit_tls_all_clientcerts', plain((check) => noneOf(check))],
	['reject_authenticated_sender_login_mismatch reject_known_sender_login_mismatch', plain(loginMismatch())],
	['reject_unauthenticated_sender_login_mismatch', plain(loginMismatch())],
	[
		'reject_sender_login_mismatch',
		plain(loginMismatch('reject_authenticated_sender_login_mismatch', 'reject_unauthenticated_sender_login_mismatch'))
	]
];

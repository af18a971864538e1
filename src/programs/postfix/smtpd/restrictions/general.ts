/** Restrictions that look at nothing, or at how the client behaves: permit, reject, defer, sleep, pipelining, SASL. */
import type { Sys } from '#kernel/syscalls';
import { sleep } from '../../../libc/unistd';
import type { Check, Outcome, Restriction } from '../evaluation';
import { mailAddrFind } from '../../mail-addr-find';
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

/**
 * Whose address the sender is (smtpd_sender_login_maps), and who logged in.
 * @param about whom it is asked of: those who logged in, the others, or both
 * @param allowsUnknown an address without an owner is nobody's business
 */
const loginMismatch = (
	about: readonly ('authenticated' | 'unauthenticated')[],
	names: readonly string[] = [],
	allowsUnknown = false
): Restriction =>
	function* (check) {
		const { session, evaluation, tables } = check;
		const { config, log } = session.daemon;
		if (!config.flag('smtpd_sasl_auth_enable')) {
			for (const name of names.length > 0 ? names : [check.name])
				yield* log.warn(`restriction \`${name}' ignored: no SASL support`);
			return 'dunno';
		}
		const { sender, saslUsername } = session;
		const isLoggedIn = saslUsername !== '';
		if (sender === null || sender === '' || !about.includes(isLoggedIn ? 'authenticated' : 'unauthenticated'))
			return noMatch(check, 'this question is not asked of such a client');
		const { recipient } = yield* evaluation.resolve(session.recipient ?? '', sender);
		const found = yield* evaluation.guarded(check.name, sender, () =>
			mailAddrFind(tables.senderLogin, recipient, tables.locals)
		);
		const because = found ? [found.source] : [];
		const owners = found?.value.split(/[\s,]+/).filter((name) => name !== '') ?? [];
		const refuse = (why: string, words: string): Sys<Outcome> =>
			refused(check, why, 553, '5.7.1', `<${sender}>: Sender address rejected: ${words}`, because);
		if (!isLoggedIn) {
			if (!found) return noMatch(check, `nobody owns ${sender}`);
			return yield* refuse(
				`${sender} belongs to ${owners.join(', ')}, and the client has not logged in`,
				'not logged in'
			);
		}
		if (!found && allowsUnknown) return noMatch(check, `nobody owns ${sender}`);
		if (owners.some((name) => name.toLowerCase() === saslUsername.toLowerCase()))
			return noMatch(check, `${sender} belongs to ${saslUsername}`, because, 'passed');
		return yield* refuse(`${sender} does not belong to ${saslUsername}`, `not owned by user ${saslUsername}`);
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
	['reject_authenticated_sender_login_mismatch', plain(loginMismatch(['authenticated']))],
	['reject_known_sender_login_mismatch', plain(loginMismatch(['authenticated'], [], true))],
	['reject_unauthenticated_sender_login_mismatch', plain(loginMismatch(['unauthenticated']))],
	[
		'reject_sender_login_mismatch',
		plain(
			loginMismatch(
				['authenticated', 'unauthenticated'],
				['reject_authenticated_sender_login_mismatch', 'reject_unauthenticated_sender_login_mismatch']
			)
		)
	]
];

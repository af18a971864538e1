/** AUTH as a command (smtpd_sasl_auth_cmd()): when it may be said; what follows is in `sasl.ts`. */
import type { Sys } from '#kernel/syscalls';
import type { Checks } from './checks';
import { fail, inTransaction } from './command';
import { authenticate } from './sasl';
import type { Session } from './session';
import type { Word } from './syntax';

/** Nobody may say a password in clear: AUTH waits for STARTTLS. */
const needsTlsForAuth = (session: Session): boolean =>
	session.daemon.config.flag('smtpd_tls_auth_only') && !session.isEncrypted;

export function* authCommand(session: Session, _checks: Checks, args: readonly Word[]): Sys<boolean> {
	const { config } = session.daemon;
	if (config.flag('smtpd_helo_required') && session.helo === null)
		return yield* fail(session, '503 5.5.1 Error: send HELO/EHLO first', 'policy');
	const discarded = config.items('smtpd_discard_ehlo_keywords').some(({ text }) => text.toLowerCase() === 'auth');
	if (config.flag('smtpd_sasl_auth_enable') && needsTlsForAuth(session))
		return yield* fail(session, '504 5.5.4 Encryption required for requested authentication mechanism');
	if (!session.sasl || discarded) return yield* fail(session, '503 5.5.1 Error: authentication not enabled');
	if (inTransaction(session)) return yield* fail(session, '503 5.5.1 Error: MAIL transaction in progress');
	if (session.saslUsername !== '') return yield* fail(session, '503 5.5.1 Error: already authenticated');
	if (args.length < 2 || args.length > 3) return yield* fail(session, '501 5.5.4 Syntax: AUTH mechanism');
	return yield* authenticate(session, args[1]!.text, args[2]?.text ?? null);
}

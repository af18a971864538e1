/** ETRN (RFC 1985): a site asks for its mail; flush(8) knows for whom that is done (fast_flush_domains). */
import { Errno, type Sys } from '#kernel/syscalls';
import { attribute, mailCommand } from '../attr';
import { validHostname } from '../trivial-rewrite';
import type { Checks } from './checks';
import { fail, inTransaction } from './command';
import type { Session } from './session';
import type { Word } from './syntax';

export function* etrnCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	const { config, log } = session.daemon;
	if (config.flag('smtpd_helo_required') && session.helo === null)
		return yield* fail(session, '503 Error: send HELO/EHLO first', 'policy');
	if (inTransaction(session)) return yield* fail(session, '503 Error: MAIL transaction in progress');
	if (args.length !== 2) return yield* fail(session, '500 Syntax: ETRN domain');
	const domain = args[1]!.text.replace(/^[@#]/, '');
	if (!validHostname(domain) && !/^\[[\d.]+\]$/.test(domain))
		return yield* fail(session, '501 Error: invalid parameter syntax');
	const refusal = yield* checks.etrn(domain);
	if (refusal !== null) return yield* fail(session, refusal, 'policy');
	let status = '';
	try {
		const reply = yield* mailCommand('public', config.text('flush_service_name'), [
			['request', 'send_site'],
			['site', domain]
		]);
		status = reply ? attribute(reply, 'status') : '';
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	if (status === '0') {
		yield* session.reply('250 Queuing started');
		return true;
	}
	if (status === '4') {
		yield* log.warn(`reject: ETRN ${domain.slice(0, 100)}... from ${session.peer.nameAddress}`);
		return yield* fail(session, `459 <${domain}>: service unavailable`);
	}
	yield* log.warn('unable to talk to fast flush service');
	return yield* fail(session, '458 Unable to queue messages');
}

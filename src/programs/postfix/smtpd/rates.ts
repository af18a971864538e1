/** What anvil(8) counts for smtpd: connections at a time and by the minute, mails, recipients (anvil_clnt(3)). */
import { Errno, type Sys } from '#kernel/syscalls';
import { attribute, mailCommand } from '../attr';
import { DictError } from '../dict';
import type { MatchList } from '../dict/match-list';
import type { Peer } from './peer';
import type { Session } from './session';

export interface Counts {
	readonly count: number;
	readonly rate: number;
}

/** What may be too much: the parameter, and the words of the log. */
const LIMITS = {
	message: ['smtpd_client_message_rate_limit', 'Message delivery request rate'],
	recipient: ['smtpd_client_recipient_rate_limit', 'Recipient address rate']
} as const;

/** Whether a list names this client; a list that cannot be evaluated says no. */
export function* isListed(list: MatchList, peer: Peer): Sys<boolean> {
	try {
		return (yield* list.match(peer.name, peer.address)).matched;
	} catch (thrown) {
		if (thrown instanceof DictError) return false;
		throw thrown;
	}
}

/** @returns null when nobody counts */
export function* tellAnvil(session: Session, request: string): Sys<Counts | null> {
	const { daemon, countedAs } = session;
	try {
		const reply = yield* mailCommand('private', 'anvil', [
			['request', request],
			['ident', `${daemon.service}:${countedAs}`]
		]);
		if (!reply || attribute(reply, 'status') !== '0') return null;
		return { count: Number(attribute(reply, 'count')) || 0, rate: Number(attribute(reply, 'rate')) || 0 };
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

/** A new client. @returns the refusal, or null */
export function* countConnection(session: Session): Sys<string | null> {
	const { config, log, service } = session.daemon;
	const most = config.number('smtpd_client_connection_count_limit');
	const often = config.number('smtpd_client_connection_rate_limit');
	if (most <= 0 && often <= 0) return null;
	const counts = yield* tellAnvil(session, 'connect');
	session.isCounted = counts !== null;
	if (!counts) return null;
	const reply = `421 4.7.0 ${config.text('myhostname')} Error: too many connections from ${session.countedAs}`;
	const from = `from ${session.peer.nameAddress} for service ${service}`;
	if (most > 0 && counts.count > most) {
		yield* log.warn(`Connection concurrency limit exceeded: ${counts.count} ${from}`);
		return reply;
	}
	if (often > 0 && counts.rate > often) {
		yield* log.warn(`Connection rate limit exceeded: ${counts.rate} ${from}`);
		return reply;
	}
	return null;
}

/** One more mail or recipient. @returns whether it is too many */
export function* isTooMuch(session: Session, what: keyof typeof LIMITS): Sys<boolean> {
	const { config, log, service } = session.daemon;
	const [parameter, words] = LIMITS[what];
	const limit = config.number(parameter);
	if (limit <= 0 || session.isExempt) return false;
	const counts = yield* tellAnvil(session, what);
	if (!counts || counts.rate <= limit) return false;
	yield* log.warn(`${words} limit exceeded: ${counts.rate} from ${session.peer.nameAddress} for service ${service}`);
	return true;
}

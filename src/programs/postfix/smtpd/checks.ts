/**
 * When which restriction list is asked (smtpd_check_client() … smtpd_check_eod()), and the decision that comes of it.
 */
import type { Decision, Source, Sys, TraceEvent } from '#kernel/syscalls';
import { trace } from '../../libc/unistd';
import type { Item } from '../config';
import { openDict, openMaps, type Dict } from '../dict';
import { openAddressList, openStringList } from '../dict/match-list';
import { Fatal } from '../errors';
import { LocalDomains } from '../mail-addr-find';
import { splitItems } from '../main-cf';
import type { Daemon } from '../server';
import { CLASS, Evaluation, type Outcome, type Tables } from './evaluation';
import { RELAY_PROTECTION, RESTRICTIONS, TABLE_RESTRICTIONS } from './restrictions';
import { checkUnlisted } from './recipients';
import { parseEndpoint } from './policy';
import type { Session } from './session';

/** The verdict about a client, a sender or a recipient, with all that led to it. */
export interface SmtpdDecisionEvent extends TraceEvent {
	readonly kind: 'smtpd.decision';
	readonly session: string;
	readonly client: string;
	readonly sender: string;
	readonly recipient: string;
	readonly decision: Decision;
}

const LISTS = [
	'smtpd_client_restrictions',
	'smtpd_helo_restrictions',
	'smtpd_sender_restrictions',
	'smtpd_relay_restrictions',
	'smtpd_recipient_restrictions',
	'smtpd_data_restrictions',
	'smtpd_end_of_data_restrictions',
	'smtpd_etrn_restrictions'
] as const;

const RECIPIENT_OK = '250 2.1.5 Ok';

/* ---- at the start --------------------------------------------------------------------------------------------------- */

function isProtected(items: readonly Item[], classes: ReadonlyMap<string, readonly Item[]>): boolean {
	for (let i = 0; i < items.length; i++) {
		const name = items[i]!.text;
		if (name.toLowerCase() === 'warn_if_reject' && i + 1 < items.length) {
			i++;
			continue;
		}
		if (name.toLowerCase() === 'permit') return false;
		if ((RELAY_PROTECTION as readonly string[]).includes(name.toLowerCase())) return true;
		const inner = classes.get(name);
		if (inner && isProtected(inner, classes)) return true;
	}
	return false;
}

/** `{ type:name, … }` in place of a table (map_search(3)). */
function* openSearch(text: string, inside: string, daemon: Daemon): Sys<void> {
	const { log } = daemon;
	const [table = '', ...more] = splitItems(inside).map((item) => item.text);
	for (const one of more) {
		const attribute = /^\{?\s*([^\s=]*)/.exec(one)![1]!;
		yield* log.warn(`unknown map attribute in '${text}': '${attribute}'`);
	}
	if (table.includes(':')) yield* openDict(table, log, { missing: 'surrogate' });
	else {
		yield* log.warn(`malformed map specification: '${text}'`);
		yield* log.warn(`expected maptype:mapname instead of '${table}'`);
	}
}

/** Opens the tables; without relay protection smtpd refuses to run. @throws Fatal */
export function* openTables(daemon: Daemon): Sys<Tables> {
	const { config, log } = daemon;
	const flags = { missing: 'surrogate' } as const;
	const mynetworks = yield* openAddressList(config, 'mynetworks');
	yield* openAddressList(config, 'smtpd_forbid_bare_newline_exclusions');
	const classes = new Map(
		config.items('smtpd_restriction_classes').map(({ text }) => [text, config.items(text)] as const)
	);
	const access = new Map<string, Dict>();
	for (const items of [...LISTS.map((list) => config.items(list)), ...classes.values()]) {
		for (const [i, { text }] of items.entries()) {
			const braces = /^\{\s*(.*?)\s*\}$/s.exec(text)?.[1];
			if (braces !== undefined) {
				const named = items[i - 1]?.text.toLowerCase() ?? '';
				if (named !== 'check_policy_service') yield* openSearch(text, braces, daemon);
				continue;
			}
			const follows = TABLE_RESTRICTIONS.has(text.toLowerCase())
				? items[i + 1]?.text
				: text.includes(':') && !text.startsWith('inet:') && !text.startsWith('unix:')
					? text
					: undefined;
			if (text.toLowerCase() === 'check_policy_service') parseEndpoint(items[i + 1]?.text ?? text);
			if (follows?.includes(':') && !follows.startsWith('{') && !access.has(follows))
				access.set(follows, yield* openDict(follows, log, flags));
		}
	}
	const [relay, recipient] = [config.items('smtpd_relay_restrictions'), config.items('smtpd_recipient_restrictions')];
	if (!isProtected(relay, classes) && !isProtected(recipient, classes)) {
		const names = `${RELAY_PROTECTION.slice(0, -1).join(', ')} or ${RELAY_PROTECTION.at(-1)}`;
		throw new Fatal(
			`in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: ${names}`
		);
	}
	return {
		daemon,
		locals: new LocalDomains(config),
		mynetworks,
		eventLimitExceptions: yield* openAddressList(config, 'smtpd_client_event_limit_exceptions'),
		backupNetworks: yield* openAddressList(config, 'permit_mx_backup_networks'),
		xclientHosts: yield* openAddressList(config, 'smtpd_authorized_xclient_hosts'),
		xforwardHosts: yield* openAddressList(config, 'smtpd_authorized_xforward_hosts'),
		commandFilter: yield* openMaps(config, 'smtpd_command_filter', { ...flags, fold: false }),
		forbiddenCommands: yield* openStringList(config, 'smtpd_forbidden_commands'),
		rejectFooter: yield* openMaps(config, 'smtpd_reject_footer_maps', flags),
		discardedKeywords: yield* openMaps(config, 'smtpd_discard_ehlo_keyword_address_maps', flags),
		said: new Set(),
		access,
		classes,
		localRecipients: yield* openMaps(config, 'local_recipient_maps', flags),
		virtualMailbox: yield* openMaps(config, 'virtual_mailbox_maps', flags),
		relayRecipients: yield* openMaps(config, 'relay_recipient_maps', flags),
		canonical: yield* openMaps(config, 'canonical_maps', flags),
		senderCanonical: yield* openMaps(config, 'sender_canonical_maps', flags),
		recipientCanonical: yield* openMaps(config, 'recipient_canonical_maps', flags),
		virtualAlias: yield* openMaps(config, 'virtual_alias_maps', flags),
		rblReply: yield* openMaps(config, 'rbl_reply_maps', flags),
		senderLogin: yield* openMaps(config, 'smtpd_sender_login_maps', flags),
		saslExceptions: yield* openAddressList(config, 'smtpd_sasl_exceptions_networks'),
		saslMechanisms: yield* openStringList(config, 'smtpd_sasl_mechanism_filter')
	};
}

/* ---- one evaluation ------------------------------------------------------------------------------------------------- */

export class Checks {
	constructor(
		readonly session: Session,
		readonly tables: Tables
	) {}

	#items(list: (typeof LISTS)[number]): readonly Item[] {
		return this.session.daemon.config.items(list);
	}

	#evaluation(): Evaluation {
		return new Evaluation(this.session, this.tables, RESTRICTIONS);
	}

	*#client(e: Evaluation): Sys<Outcome> {
		e.deferIfPermit = null;
		e.reset();
		const outcome = yield* e.list(
			this.#items('smtpd_client_restrictions'),
			this.session.peer.nameAddress,
			CLASS.client,
			'check_client_access'
		);
		this.session.deferIfPermitClient = e.deferIfPermit;
		return outcome;
	}

	*#helo(e: Evaluation, helo: string | null): Sys<Outcome> {
		if (helo === null) return 'dunno';
		const saved = this.session.helo;
		this.session.helo = helo;
		e.deferIfPermit = this.session.deferIfPermitClient;
		e.reset();
		const outcome = yield* e.list(this.#items('smtpd_helo_restrictions'), helo, CLASS.helo, 'check_helo_access');
		this.session.deferIfPermitHelo = e.deferIfPermit;
		this.session.helo = saved;
		return outcome;
	}

	*#sender(e: Evaluation, sender: string | null): Sys<Outcome> {
		if (sender === null) return 'dunno';
		const saved = this.session.sender;
		this.session.sender = sender;
		e.deferIfPermit = this.session.deferIfPermitClient ?? this.session.deferIfPermitHelo;
		e.reset();
		let outcome = yield* e.list(this.#items('smtpd_sender_restrictions'), sender, CLASS.sender, 'check_sender_access');
		this.session.deferIfPermitSender = e.deferIfPermit;
		const { config } = this.session.daemon;
		if (config.flag('smtpd_reject_unlisted_sender') && outcome !== 'reject' && !this.session.discard && sender !== '')
			outcome = yield* this.#unlisted(e, 'sender', sender);
		this.session.sender = saved;
		return outcome;
	}

	*#unlisted(e: Evaluation, subject: 'sender' | 'recipient', address: string): Sys<Outcome> {
		const parameter = `smtpd_reject_unlisted_${subject}`;
		const source: Source = this.session.daemon.config.source(parameter);
		try {
			return yield* checkUnlisted(e, subject, address, source, parameter);
		} catch (thrown) {
			if (e.reply !== '') return 'reject';
			throw thrown;
		}
	}

	*#settle(e: Evaluation, outcome: Outcome): Sys<Outcome> {
		return outcome !== 'reject' && e.deferIfPermit ? yield* e.refuseWith(e.deferIfPermit) : outcome;
	}

	*#conclude(e: Evaluation, outcome: Outcome, subject: string, accepted: string): Sys<string | null> {
		const { session } = this;
		const refused = outcome === 'reject';
		const event: SmtpdDecisionEvent = {
			kind: 'smtpd.decision',
			host: '',
			session: session.id,
			client: session.peer.nameAddress,
			sender: session.sender ?? '',
			recipient: session.recipient ?? '',
			decision: e.decision(subject, refused, accepted)
		};
		if (refused || session.where === 'RCPT' || e.reasons.length > 0) yield* trace(event);
		return refused ? e.reply : null;
	}

	/** Each answers with the refusal, or null. */
	*client(): Sys<string | null> {
		const e = this.#evaluation();
		return yield* this.#conclude(e, yield* this.#client(e), `connection from ${this.session.peer.nameAddress}`, '220');
	}

	*helo(name: string): Sys<string | null> {
		const e = this.#evaluation();
		return yield* this.#conclude(
			e,
			yield* this.#helo(e, name),
			`HELO ${name} from ${this.session.peer.nameAddress}`,
			'250'
		);
	}

	*mail(sender: string): Sys<string | null> {
		const e = this.#evaluation();
		return yield* this.#conclude(
			e,
			yield* this.#sender(e, sender),
			`sender ${sender} from ${this.session.peer.addressText}`,
			'250 2.1.0 Ok'
		);
	}

	*rcpt(recipient: string): Sys<string | null> {
		const { session } = this;
		const saved = session.recipient;
		const e = this.#evaluation();
		session.recipient = recipient;
		const subject = `${recipient} from ${session.peer.addressText}`;
		if (recipient.toLowerCase() === 'postmaster') {
			e.note(
				'postmaster',
				'decided',
				'mail to postmaster is taken from everybody, without a question (RFC 5321, 4.5.1)'
			);
			yield* this.#conclude(e, 'ok', subject, RECIPIENT_OK);
			session.recipient = saved;
			return null;
		}
		const { config } = session.daemon;
		let outcome: Outcome = 'dunno';
		if (config.flag('smtpd_delay_reject')) {
			outcome = yield* this.#client(e);
			if (outcome !== 'reject') outcome = yield* this.#helo(e, session.helo);
			if (outcome !== 'reject') outcome = yield* this.#sender(e, session.sender);
		}
		if (outcome !== 'reject') {
			if (!session.discard) e.forgetPermits();
			e.deferIfPermit = session.deferIfPermitSender ?? session.deferIfPermitHelo ?? session.deferIfPermitClient;
			e.reset();
			let permits = session.discard;
			const order = ['smtpd_relay_restrictions', 'smtpd_recipient_restrictions'] as const;
			for (const list of config.flag('smtpd_relay_before_recipient_restrictions') ? order : [...order].reverse()) {
				outcome = yield* e.list(this.#items(list), recipient, CLASS.recipient, 'check_recipient_access');
				if (outcome === 'reject') break;
				permits ||= outcome === 'ok';
			}
			if (outcome !== 'reject' && !permits && !e.deferIfPermit) this.#nobodyRefused(e);
			outcome = yield* this.#settle(e, outcome);
			const asked = e.reasons.some(({ check }) => check === 'reject_unlisted_recipient');
			if (config.flag('smtpd_reject_unlisted_recipient') && outcome !== 'reject' && !asked && !session.discard)
				outcome = yield* this.#unlisted(e, 'recipient', recipient);
		}
		const reply = yield* this.#conclude(e, outcome, subject, RECIPIENT_OK);
		session.recipient = saved;
		return reply;
	}

	/** The end of a list permits (postconf(5), smtpd_recipient_restrictions). */
	#nobodyRefused(e: Evaluation): void {
		const { config } = this.session.daemon;
		const lists = ['smtpd_relay_restrictions', 'smtpd_recipient_restrictions'] as const;
		const told = lists.filter((list) => this.#items(list).length > 0);
		e.note(
			'permit',
			'decided',
			`nothing in ${told.join(' or ')} refused, and the end of the list permits`,
			config.source(told.at(-1)!)
		);
	}

	*data(list: 'smtpd_data_restrictions' | 'smtpd_end_of_data_restrictions'): Sys<string | null> {
		const { session } = this;
		const saved = session.recipient;
		if (session.recipients > 1) session.recipient = null;
		const e = this.#evaluation();
		const eod = list === 'smtpd_end_of_data_restrictions';
		const outcome = yield* e.list(this.#items(list), eod ? 'END-OF-MESSAGE' : 'DATA', eod ? CLASS.eod : CLASS.data);
		const reply = yield* this.#conclude(
			e,
			yield* this.#settle(e, outcome),
			`message from ${session.peer.addressText}`,
			'354'
		);
		session.recipient = saved;
		return reply;
	}

	*size(sender: string, size: number): Sys<string | null> {
		const limit = this.session.daemon.config.number('message_size_limit');
		if (limit <= 0 || size <= limit) return null;
		const e = this.#evaluation();
		const saved = this.session.sender;
		this.session.sender = sender;
		e.note(
			'message_size_limit',
			'decided',
			`${size} bytes are more than ${limit}`,
			this.session.daemon.config.source('message_size_limit')
		);
		const outcome = yield* e.refuse('policy', 552, '5.3.4', 'Message size exceeds fixed limit');
		const reply = yield* this.#conclude(e, outcome, `message from ${this.session.peer.addressText}`, '250');
		this.session.sender = saved;
		return reply;
	}

	*etrn(domain: string): Sys<string | null> {
		const e = this.#evaluation();
		let outcome: Outcome = 'dunno';
		if (this.session.daemon.config.flag('smtpd_delay_reject')) {
			outcome = yield* this.#client(e);
			if (outcome !== 'reject') outcome = yield* this.#helo(e, this.session.helo);
		}
		if (outcome !== 'reject')
			outcome = yield* this.#settle(
				e,
				yield* e.list(this.#items('smtpd_etrn_restrictions'), domain, CLASS.etrn, 'check_etrn_access')
			);
		return yield* this.#conclude(e, outcome, `ETRN ${domain} from ${this.session.peer.addressText}`, '250');
	}

	/** Whether headers of this client are completed with local names (local_header_rewrite_clients). */
	*rewriteContext(): Sys<'local' | 'remote'> {
		const { config } = this.session.daemon;
		for (const { text } of config.items('local_header_rewrite_clients')) {
			const row = RESTRICTIONS.get(text.toLowerCase());
			if (!row) continue;
			const e = this.#evaluation();
			const outcome = yield* e.list(
				[{ text, source: config.source('local_header_rewrite_clients') }],
				this.session.peer.nameAddress,
				CLASS.client
			);
			if (outcome === 'ok') return 'local';
		}
		return 'remote';
	}
}

/**
 * Working through restriction lists (smtpd_check.c): one evaluation for a client, HELO, MAIL, RCPT, DATA, end of data,
 * ETRN or VRFY. Its result is a `Decision`; reply, log line and explanation all come from it.
 *
 * Does: goes through a list item by item, keeps `warn_if_reject`, `defer_if_permit` and `defer_if_reject`, collects a
 *       reason for each restriction that was asked.
 * Trusts: the table of restrictions (`restrictions.ts`), which knows each by name.
 */
import type { Decision, Reason, Source, Sys } from '#kernel/syscalls';
import { DictError, type Dict, type Maps } from '../dict';
import type { MatchList } from '../dict/match-list';
import type { LocalDomains } from '../mail-addr-find';
import { resolve } from '../rewrite-client';
import type { Daemon } from '../server';
import type { Resolution } from '../trivial-rewrite';
import type { Item } from '../config';
import type { ErrorClass, Session } from './session';

export type Outcome = 'dunno' | 'ok' | 'reject';

export interface Deferral {
	readonly errorClass: ErrorClass;
	readonly code: number;
	readonly dsn: string;
	readonly text: string;
	readonly reason: Reason;
}

/** What the restrictions ask, opened once when smtpd starts. */
export interface Tables {
	readonly daemon: Daemon;
	readonly locals: LocalDomains;
	readonly mynetworks: MatchList;
	readonly eventLimitExceptions: MatchList;
	readonly backupNetworks: MatchList;
	readonly xclientHosts: MatchList;
	readonly xforwardHosts: MatchList;
	readonly commandFilter: Maps;
	readonly forbiddenCommands: MatchList;
	readonly rejectFooter: Maps;
	readonly discardedKeywords: Maps;
	/** what is said once by each process */
	readonly said: Set<string>;
	/** "hash:/etc/postfix/access" → table */
	readonly access: ReadonlyMap<string, Dict>;
	readonly classes: ReadonlyMap<string, readonly Item[]>;
	readonly localRecipients: Maps;
	readonly virtualMailbox: Maps;
	readonly relayRecipients: Maps;
	readonly canonical: Maps;
	readonly senderCanonical: Maps;
	readonly recipientCanonical: Maps;
	readonly virtualAlias: Maps;
	readonly rblReply: Maps;
	readonly senderLogin: Maps;
	/** clients that AUTH is not offered to */
	readonly saslExceptions: MatchList;
	readonly saslMechanisms: MatchList;
}

/** One restriction being asked, with what is named in a refusal. */
export interface Check {
	readonly evaluation: Evaluation;
	readonly session: Session;
	readonly tables: Tables;
	/** as written */
	readonly name: string;
	/** the item behind it: a table, a domain, a number */
	readonly argument: string;
	readonly source: Source;
	/** `<…>` in the reply */
	readonly replyName: string;
	/** "Client host", "Recipient address" */
	readonly replyClass: ReplyClass;
	/** the item behind it in the list */
	readonly next: string | undefined;
}

export type ReplyClass =
	| 'Client host'
	| 'Unverified Client host'
	| 'Helo command'
	| 'Sender address'
	| 'Recipient address'
	| 'Etrn command'
	| 'Data command'
	| 'End-of-data';
export const CLASS = {
	client: 'Client host',
	reverse: 'Unverified Client host',
	helo: 'Helo command',
	sender: 'Sender address',
	recipient: 'Recipient address',
	etrn: 'Etrn command',
	data: 'Data command',
	eod: 'End-of-data'
} as const satisfies Record<string, ReplyClass>;

/** Ends all lists at once: a table or the configuration failed. */
export class Aborted {}

export type Restriction = (check: Check) => Sys<Outcome>;
export interface RestrictionRow {
	readonly run: Restriction;
	/** what stands behind the name */
	readonly argument?: 'table' | 'domain' | 'number' | 'server';
}
export type RestrictionTable = ReadonlyMap<string, RestrictionRow>;

const FAILURES: readonly ErrorClass[] = ['software', 'resource', 'data'];
const DSN_STATUS = /^[245]\.\d{1,3}\.\d{1,3}$/;

/** Status codes about addresses are turned so that they fit what is rejected (smtpd_dsn_fix.c): class → last digit. */
const DSN_BY_CLASS: Readonly<Record<string, readonly [sender: string, recipient: string]>> = {
	'1': ['.1.0', '.1.1'],
	'2': ['.1.8', '.1.2'],
	'3': ['.1.7', '.1.3'],
	'4': ['.1.0', '.1.4'],
	'5': ['.1.0', '.1.5'],
	'6': ['.1.0', '.1.6'],
	'7': ['.1.7', '.1.3'],
	'8': ['.1.8', '.1.2']
};

export class Evaluation {
	readonly reasons: Reason[] = [];
	/** the reply, when refused */
	reply = '';
	deferIfPermit: Deferral | null = null;
	deferIfReject: Deferral | null = null;
	#warnLevel = 0;
	#level = 0;
	readonly #resolved = new Map<string, Resolution>();

	constructor(
		readonly session: Session,
		readonly tables: Tables,
		readonly rows: RestrictionTable
	) {}

	/** Before another list begins. */
	reset(): void {
		this.#level = 0;
		this.#warnLevel = 0;
		this.deferIfReject = null;
	}

	get warning(): boolean {
		return this.#warnLevel > 0;
	}

	/** Below warn_if_reject nothing refuses: what would have decided has not. */
	note(check: string, outcome: Reason['outcome'], text: string, source?: Source, because?: readonly Source[]): Reason {
		return this.#push(check, outcome === 'decided' && this.warning ? 'no-match' : outcome, text, source, because);
	}

	/** A permit ends its list, with warn_if_reject or without. */
	permit(check: string, text: string, source: Source, because: readonly Source[]): void {
		this.#push(check, 'decided', text, source, because);
	}

	/** Another list follows: what was permitted up to here decides nothing. */
	forgetPermits(): void {
		for (const [i, reason] of this.reasons.entries())
			if (reason.outcome === 'decided') this.reasons[i] = { ...reason, outcome: 'passed' };
	}

	#push(check: string, outcome: Reason['outcome'], text: string, source?: Source, because?: readonly Source[]): Reason {
		const reason: Reason = {
			check,
			outcome,
			text,
			...(source ? { source } : {}),
			...(because && because.length > 0 ? { because } : {})
		};
		this.reasons.push(reason);
		return reason;
	}

	/** Runs one of the lists. @returns what it came to; `dunno` at its end */
	*list(items: readonly Item[], replyName: string, replyClass: ReplyClass, defaultTable?: string): Sys<Outcome> {
		try {
			return yield* this.walk(items, replyName, replyClass, defaultTable);
		} catch (thrown) {
			if (thrown instanceof Aborted) return 'reject';
			throw thrown;
		}
	}

	*walk(items: readonly Item[], replyName: string, replyClass: ReplyClass, defaultTable?: string): Sys<Outcome> {
		const level = ++this.#level;
		let outcome: Outcome = 'dunno';
		for (let i = 0; i < items.length; i++) {
			if (this.session.discard) break;
			const item = items[i]!;
			if (item.text.toLowerCase() === 'warn_if_reject') {
				if (this.#warnLevel === 0) this.#warnLevel = level;
				continue;
			}
			let name = item.text;
			let argument = '';
			const bare = name.includes(':');
			if (bare) {
				if (!defaultTable) {
					yield* this.session.daemon.log.warn(
						`specify one of (check_client_access, check_reverse_client_hostname_access, check_helo_access, check_sender_access, check_recipient_access, check_etrn_access) before ${replyClass} restriction "${name}"`
					);
					yield* this.serverError();
				}
				argument = name;
				name = defaultTable!;
			}
			const row = this.rows.get(name.toLowerCase());
			if (row?.argument && !bare) argument = items[++i]?.text ?? '';
			const check: Check = {
				evaluation: this,
				session: this.session,
				tables: this.tables,
				name,
				argument,
				source: item.source,
				replyName,
				replyClass,
				next: items[i + 1]?.text
			};
			outcome = yield* this.#one(check, row);
			if (this.#warnLevel >= level) this.#warnLevel = 0;
			if (outcome !== 'dunno') break;
			if (this.deferIfPermit && this.deferIfReject) {
				outcome = yield* this.refuseWith(this.deferIfReject);
				break;
			}
		}
		this.#level = level - 1;
		return outcome;
	}

	*#one(check: Check, row: RestrictionRow | undefined): Sys<Outcome> {
		const klass = this.tables.classes.get(check.name);
		if (klass && !row) return yield* this.walk(klass, check.replyName, check.replyClass);
		if (!row) {
			yield* this.session.daemon.log.warn(`unknown smtpd restriction: "${check.name}"`);
			this.note(check.name, 'decided', `there is no restriction of this name`, check.source);
			yield* this.serverError();
			return 'reject';
		}
		if (row.argument === 'table' && !check.argument.includes(':')) {
			yield* this.session.daemon.log.warn(
				`restriction ${check.name}: bad argument "${check.argument || check.name}": need maptype:mapname`
			);
			yield* this.serverError();
		}
		if (row.argument && check.argument === '' && row.argument !== 'table') {
			yield* this.session.daemon.log.warn(`restriction ${check.name} requires domain name argument`);
			return 'dunno';
		}
		return yield* row.run(check);
	}

	/** A refusal. @returns 'dunno' below warn_if_reject */
	*refuse(errorClass: ErrorClass, code: number, dsn: string, text: string): Sys<Outcome> {
		const failure = FAILURES.includes(errorClass);
		const warn = this.warning && !failure;
		this.session.errorClasses.add(errorClass);
		let reply = `${code} ${dsn} ${text}`;
		const { log, config } = this.session.daemon;
		if (code < 400 || code > 599) {
			yield* log.warn(`SMTP reply code configuration error: ${reply}`);
			reply = '450 4.7.1 Service unavailable';
		} else if (!DSN_STATUS.test(dsn)) {
			yield* log.warn(`DSN detail code configuration error: ${reply}`);
			reply = '450 4.7.1 Service unavailable';
		}
		reply = reply.slice(0, 510).replace(/[\x00-\x1f\x7f]/g, ' ');
		if (!warn && this.deferIfReject && reply.startsWith('5')) {
			const deferral = this.deferIfReject;
			this.deferIfReject = null;
			this.#warnLevel = 0;
			return yield* this.refuseWith(deferral);
		}
		if (config.flag('soft_bounce') && reply.startsWith('5')) reply = `4${reply.slice(1)}`;
		reply = `${reply.slice(0, 4)}${reply[0]}${reply.slice(5)}`;
		yield* this.session.logWhatsUp(warn ? 'reject_warning' : 'reject', reply);
		if (warn) return 'dunno';
		this.reply = reply;
		return 'reject';
	}

	*refuseWith(deferral: Deferral): Sys<Outcome> {
		this.reasons.push({ ...deferral.reason, outcome: 'decided' });
		return yield* this.refuse(deferral.errorClass, deferral.code, deferral.dsn, deferral.text);
	}

	/** Refuse for now, but only if nothing else refuses; below warn_if_reject, or with another action, at once. */
	*deferIfPermitted(check: Check, action: string, code: number, dsn: string, text: string): Sys<Outcome> {
		if (this.warning || action !== 'defer_if_permit') {
			this.note(check.name, 'decided', text, check.source);
			return yield* this.refuse('policy', code, dsn, text);
		}
		const reason = this.note(
			check.name,
			'passed',
			`${text}; refused for now unless something else refuses`,
			check.source
		);
		this.deferIfPermit ??= { errorClass: 'policy', code, dsn, text, reason };
		return 'dunno';
	}

	deferIfRejected(check: Check, code: number, dsn: string, text: string): void {
		const reason = this.note(check.name, 'passed', text, check.source);
		this.deferIfReject ??= { errorClass: 'policy', code, dsn, text, reason };
	}

	/** "451 4.3.5 Server configuration error"; ends all lists. */
	*serverError(): Sys<never> {
		yield* this.refuse('software', 451, '4.3.5', 'Server configuration error');
		throw new Aborted();
	}

	/** "451 4.3.0 <name>: Temporary lookup failure"; ends all lists. */
	*lookupFailed(
		name: string,
		text = 'a table that is asked could not answer',
		source?: Source,
		check = 'lookup'
	): Sys<never> {
		this.#push(check, 'decided', text, source);
		yield* this.refuse('data', 451, '4.3.0', `<${name}>: Temporary lookup failure`);
		throw new Aborted();
	}

	/** Turns a failing table into the reply that Postfix gives. */
	*guarded<T>(check: string, name: string, body: () => Sys<T>, source?: Source): Sys<T> {
		try {
			return yield* body();
		} catch (thrown) {
			if (thrown instanceof DictError)
				return yield* this.lookupFailed(name, thrown.text, thrown.source ?? source, check);
			throw thrown;
		}
	}

	*resolve(sender: string, address: string): Sys<Resolution> {
		const key = `${sender}\0${address}`;
		let found = this.#resolved.get(key);
		if (!found) {
			found = yield* resolve(this.session.daemon, sender, address);
			this.#resolved.set(key, found);
		}
		return found;
	}

	decision(subject: string, refused: boolean, acceptedReply: string): Decision {
		const reply = refused ? this.reply : acceptedReply;
		const last = this.reasons.findLastIndex(({ outcome }) => outcome === 'decided');
		return {
			verdict: !refused ? 'accepted' : reply.startsWith('4') ? 'refused-for-now' : 'refused',
			subject,
			reply,
			reasons: this.reasons.map((reason, i) =>
				reason.outcome === 'decided' && i !== last ? { ...reason, outcome: 'passed' } : reason
			)
		};
	}
}

/** Adapts an address status to what is refused; logs nothing when it fits already. */
export function fixDsn(dsn: string, replyClass: ReplyClass): string {
	const match = /^(\d)\.1\.(\d+)$/.exec(dsn);
	if (!match) return dsn;
	const row = DSN_BY_CLASS[match[2]!];
	if (replyClass === CLASS.sender) return `${match[1]}${row ? row[0] : '.1.0'}`;
	if (replyClass === CLASS.recipient) return `${match[1]}${row ? row[1] : '.1.0'}`;
	return `${match[1]}.0.0`;
}

/** "5.7.1 not you" → status and text (dsn_split(3)). */
export function splitDsn(fallback: string, text: string): readonly [dsn: string, text: string] {
	const match = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)(.*)$/.exec(text);
	return match ? [match[1]!, match[2]!] : [fallback, text];
}

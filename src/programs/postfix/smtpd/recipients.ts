/**
 * Is there such a user (check_rcpt_maps())? By address class: local_recipient_maps, virtual_mailbox_maps,
 * relay_recipient_maps, and always the canonical and virtual alias tables.
 */
import type { Source, Sys } from '#kernel/syscalls';
import type { Maps } from '../dict';
import { mailAddrFind } from '../mail-addr-find';
import { splitAddress } from '../tok822';
import { RESOLVE } from '../trivial-rewrite';
import { CLASS, fixDsn, splitDsn, type Evaluation, type Outcome } from './evaluation';

/** Recipients of these names always exist. */
const ALWAYS = /^(postmaster|mailer-daemon)$/i;

interface ClassRow {
	readonly flag: number;
	readonly parameter: string;
	readonly code: string;
	readonly table: string;
}

const BY_CLASS: readonly ClassRow[] = [
	{
		flag: RESOLVE.LOCAL,
		parameter: 'local_recipient_maps',
		code: 'unknown_local_recipient_reject_code',
		table: 'local recipient'
	},
	{
		flag: RESOLVE.VIRTUAL,
		parameter: 'virtual_mailbox_maps',
		code: 'unknown_virtual_mailbox_reject_code',
		table: 'virtual mailbox'
	},
	{
		flag: RESOLVE.RELAY,
		parameter: 'relay_recipient_maps',
		code: 'unknown_relay_recipient_reject_code',
		table: 'relay recipient'
	}
];

/** @returns 'reject' for a user that is in no table */
export function* checkUnlisted(
	evaluation: Evaluation,
	subject: 'sender' | 'recipient',
	address: string,
	source: Source,
	name: string
): Sys<Outcome> {
	const { session, tables } = evaluation;
	const { config } = session.daemon;
	const replyClass = CLASS[subject];
	const sender = subject === 'sender';
	const reply = yield* evaluation.resolve((sender ? session.recipient : session.sender) ?? '', address);
	if (reply.flags & RESOLVE.FAIL) yield* evaluation.lookupFailed(address);
	const key = reply.recipient;
	const found = (maps: Maps) => evaluation.guarded(name, address, () => mailAddrFind(maps, key, tables.locals));
	const rewriting = [
		tables.recipientCanonical,
		...(sender ? [tables.senderCanonical] : []),
		tables.canonical,
		tables.virtualAlias
	];
	for (const maps of rewriting) {
		const entry = yield* found(maps);
		if (entry) {
			evaluation.note(name, 'passed', `${key} is in ${maps.title}`, source, [entry.source]);
			return 'dunno';
		}
	}
	if (reply.transport === 'error' || reply.transport === 'retry') {
		const later = reply.transport === 'retry';
		const [dsn, text] = splitDsn(`${later ? 4 : 5}.1.${sender ? 0 : 1}`, reply.nexthop);
		const code = later ? 450 : reply.flags & RESOLVE.ALIAS ? config.number('unknown_virtual_alias_reject_code') : 550;
		evaluation.note(name, 'decided', `${key} goes to the ${reply.transport} transport: ${text}`, source);
		return yield* evaluation.refuse(
			'bounce',
			code,
			fixDsn(dsn, replyClass),
			`<${address}>: ${replyClass} rejected: ${text}`
		);
	}
	const row = BY_CLASS.find(({ flag }) => reply.flags & flag);
	if (!row) return 'dunno';
	const because = [config.source(row.parameter)];
	const maps =
		row.flag === RESOLVE.LOCAL
			? tables.localRecipients
			: row.flag === RESOLVE.VIRTUAL
				? tables.virtualMailbox
				: tables.relayRecipients;
	if (config.text(row.parameter) === '') {
		evaluation.note(name, 'no-match', `${row.parameter} is empty: users are not looked up`, source, because);
		return 'dunno';
	}
	const local = splitAddress(key)[0];
	if (
		row.flag === RESOLVE.LOCAL &&
		(ALWAYS.test(local) || local.toLowerCase() === config.text('double_bounce_sender').toLowerCase())
	)
		return 'dunno';
	const entry = yield* found(maps);
	if (entry) {
		evaluation.note(name, 'passed', `${key} is in ${row.parameter}`, source, [entry.source, ...because]);
		return 'dunno';
	}
	evaluation.note(name, 'decided', `${key} is not in ${row.parameter}`, source, because);
	const table = config.flag('show_user_unknown_table_name') ? ` in ${row.table} table` : '';
	return yield* evaluation.refuse(
		'bounce',
		config.number(row.code),
		sender ? '5.1.0' : '5.1.1',
		`<${address}>: ${replyClass} rejected: User unknown${table}`
	);
}

/**
 * The message of a delivery report (bounce_notify_util.c): text for a person, report for a program (RFC 3464), the mail or
 * its headers.
 *
 * Not simulated: SMTPUTF8 forms of the report (message/global).
 */
import type { Sys } from '#kernel/syscalls';
import { time } from '../../libc/unistd';
import { openPostMail } from '../post-mail';
import { mailDate } from '../mail-date';
import type { Submission } from '../mail-stream';
import { unitsOfTemplate, type Template, type TemplateName } from '../postconf/templates';
import { REC, type QueuedMail } from '../queue-file';
import type { Daemon } from '../server';
import { quote822 } from '../tok822';
import { wrapLines, type LogEntry } from './log';

/** NOTIFY= bits (dsn_mask.h) */
export const NOTIFY = { NEVER: 1, SUCCESS: 2, FAILURE: 4, DELAY: 8 } as const;

export interface Job {
	readonly daemon: Daemon;
	readonly queueId: string;
	readonly mail: QueuedMail;
	readonly entries: readonly LogEntry[];
	readonly kind: TemplateName;
	readonly template: Template;
	/** where the template was read, for warnings */
	readonly templateFile: string;
}

export interface Letter {
	/** envelope sender and recipient */
	readonly sender: string;
	readonly recipient: string;
	/** a copy for the postmaster: another subject, no words for people */
	readonly postmaster: boolean;
	/** 1 the whole mail, 2 its headers */
	readonly returned: 1 | 2;
	/** only recipients that asked for this notice; 0 for all */
	readonly notify: number;
}

/** @returns null when no recipient wants it, else whether cleanup took it, and its queue id */
export function* sendLetter(job: Job, letter: Letter): Sys<{ readonly sent: boolean; readonly id: string } | null> {
	const to = yield* openPostMail(job.daemon, letter.sender, letter.recipient);
	const entries = job.entries.filter((entry) => wanted(entry, letter.notify));
	const boundary = yield* putHead(job, letter, to);
	if (!letter.postmaster) yield* putBoilerplate(job, to);
	if (entries.length === 0) {
		yield* to.abandon();
		return null;
	}
	for (const entry of entries) yield* put(to, ['', ...wrapLines(recipientLine(entry))]);
	yield* put(to, [
		'',
		`--${boundary}`,
		'Content-Description: Delivery report',
		'Content-Type: message/delivery-status',
		'',
		...reportHead(job)
	]);
	for (const entry of entries) yield* put(to, ['', ...reportLines(job, entry)]);
	yield* putOriginal(job, letter, boundary, to);
	yield* to.record(REC.XTRA, '');
	return { sent: (yield* to.finish()).status === 0, id: to.queueId };
}

/** Those who said NOTIFY= get what they named; without it all failures and delays are told (bounce_notify_util.c). */
function wanted(entry: LogEntry, notify: number): boolean {
	const own = Number(entry.get('notify_flags') ?? 0);
	return notify === 0 || own === 0 || (own & notify) !== 0;
}

function* put(to: Submission, lines: readonly string[]): Sys<void> {
	for (const line of lines) yield* to.record(REC.NORM, line);
}

const header = (job: Job, name: string): string | undefined =>
	job.template.headers.find(([key]) => key.toLowerCase() === name)?.[1];

/** @returns the boundary */
function* putHead(job: Job, letter: Letter, to: Submission): Sys<string> {
	const { config } = job.daemon;
	const boundary = `${job.queueId}.${Math.floor((yield* time()) / 1e6)}/${config.text('myhostname')}`;
	const subject = (letter.postmaster && header(job, 'postmaster-subject')) || header(job, 'subject');
	const charset = header(job, 'charset') ?? 'us-ascii';
	const encoding = job.mail.attributes.get('encoding') === '7bit' ? '7bit' : '8bit';
	yield* put(to, [
		`From: ${header(job, 'from') ?? ''}`,
		`Subject: ${subject ?? ''}`,
		`To: ${letter.recipient}`,
		`Auto-Submitted: ${letter.sender === '' ? 'auto-replied' : 'auto-generated'}`,
		'MIME-Version: 1.0',
		'Content-Type: multipart/report; report-type=delivery-status;',
		`\tboundary="${boundary}"`,
		`Content-Transfer-Encoding: ${encoding}`,
		'',
		'This is a MIME-encapsulated message.',
		'',
		`--${boundary}`,
		'Content-Description: Notification',
		`Content-Type: text/plain; charset=${/^us-ascii$/i.test(charset) ? 'utf-8' : charset}`,
		`Content-Transfer-Encoding: ${encoding}`,
		''
	]);
	return boundary;
}

function* putBoilerplate(job: Job, to: Submission): Sys<void> {
	const { config, log } = job.daemon;
	const warnings: string[] = [];
	const units = unitsOfTemplate(
		job.template.body,
		job.kind,
		job.templateFile,
		(name) => config.seconds(name),
		warnings
	);
	for (const text of warnings) yield* log.warn(text);
	yield* put(to, config.expand(units).replace(/\n$/, '').split('\n'));
}

function recipientLine(entry: LogEntry): string {
	const [address, original] = [entry.get('recipient') ?? '', entry.get('original_recipient') ?? ''];
	const expanded =
		original !== '' && original.toLowerCase() !== address.toLowerCase() ? ` (expanded from <${original}>)` : '';
	return `<${quote822(address)}>${expanded}: ${entry.get('reason') ?? ''}`;
}

/** The sender as reports name it: mail without one is the mail system's own. */
function senderOf(job: Job): string {
	return job.mail.sender === '' ? `MAILER-DAEMON@${job.daemon.config.text('myhostname')}` : job.mail.sender;
}

function reportHead(job: Job): string[] {
	const envelope = job.mail.attributes.get('envelope_id');
	return [
		`Reporting-MTA: dns; ${job.daemon.config.text('myhostname')}`,
		...(envelope ? [`Original-Envelope-Id: ${envelope}`] : []),
		`X-Postfix-Queue-ID: ${job.queueId}`,
		`X-Postfix-Sender: rfc822; ${quote822(senderOf(job))}`,
		`Arrival-Date: ${mailDate(job.mail.arrival)}`
	];
}

function reportLines(job: Job, entry: LogEntry): string[] {
	const given = entry.get('original_recipient');
	const original = entry.get('dsn_orig_rcpt') || (given ? `rfc822;${given}` : '');
	const out = [`Final-Recipient: rfc822; ${entry.get('recipient')}`];
	if (original) out.push(`Original-Recipient: ${original}`);
	out.push(`Action: ${job.kind === 'failure' ? 'failed' : (entry.get('action') ?? '')}`);
	out.push(`Status: ${entry.get('status')}`);
	if (entry.get('mta_name')) out.push(`Remote-MTA: ${entry.get('mta_type')}; ${entry.get('mta_name')}`);
	const diagnostic = entry.get('diag_text')
		? `${entry.get('diag_type')}; ${entry.get('diag_text')}`
		: `X-Postfix; ${entry.get('reason') ?? ''}`;
	out.push(...wrapLines(`Diagnostic-Code: ${diagnostic}`));
	if (job.kind === 'delay')
		out.push(
			`Will-Retry-Until: ${mailDate(job.mail.arrival + job.daemon.config.seconds('maximal_queue_lifetime') * 1e6)}`
		);
	return out;
}

function* putOriginal(job: Job, letter: Letter, boundary: string, to: Submission): Sys<void> {
	const { mail } = job;
	const limit = job.daemon.config.number('bounce_size_limit');
	/* a file that cleanup has not finished says no size: headers only */
	const tooLarge = limit > 0 && ((mail.size ?? 0) <= 0 || mail.size! > limit);
	const headersOnly = letter.returned === 2 || tooLarge;
	const undelivered = job.kind === 'failure' || job.kind === 'delay' ? 'Undelivered ' : '';
	const encoding = mail.attributes.get('encoding') === '7bit' ? '7bit' : '8bit';
	yield* put(to, [
		'',
		`--${boundary}`,
		`Content-Description: ${undelivered}Message${headersOnly ? ' Headers' : ''}`,
		`Content-Type: ${headersOnly ? 'text/rfc822-headers' : 'message/rfc822'}`,
		`Content-Transfer-Encoding: ${encoding}`,
		'',
		`Return-Path: <${quote822(senderOf(job))}>`
	]);
	const lines = mail.content.replace(/\n$/, '').split('\n');
	const end = headersOnly ? lines.findIndex((line) => !/^(?:[ \t]|[\x21-\x39\x3b-\x7e]+[ \t]*:)/.test(line)) : -1;
	yield* put(to, end >= 0 ? lines.slice(0, end) : lines);
	yield* put(to, ['', `--${boundary}--`]);
}

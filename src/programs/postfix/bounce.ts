/**
 * bounce(8), also as `defer` and `trace`: keeps a log for each mail that could not be delivered (at once), and sends
 * the notice about it.
 *
 * Does: appends a paragraph a recipient to bounce/ID, defer/ID or trace/ID; makes a message of three parts: text for a
 *       person, report for a program (RFC 3464), the message or its headers. Bounces of bounces go to the postmaster
 *       (2bounce), no further.
 * Lacks: bounce_template_file, VERP, notices to the postmaster for each bounce (notify_classes) except 2bounce.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { Errno } from '#kernel/syscalls';
import { appendFile, readText } from '../libc/stdio';
import { time } from '../libc/unistd';
import { attribute, attrPrint, AttrReader, type Attributes } from './attr';
import { mailDate } from './mail-date';
import { Queues } from './mail-queue';
import type { QueuedMail } from './queue-file';
import { REC } from './queue-file';
import { closePostMail, openPostMail } from './post-mail';
import { serve, type Daemon } from './server';
import type { Submission } from './mail-stream';

const WIDTH = 79;

/** One paragraph of a log. */
export type LogEntry = ReadonlyMap<string, string>;

const FIELDS = [
	'recipient',
	'original_recipient',
	'offset',
	'dsn_orig_rcpt',
	'notify_flags',
	'status',
	'action',
	'diag_type',
	'diag_text',
	'mta_type',
	'mta_name',
	'reason'
] as const;

function* append(queues: Queues, service: string, request: Attributes): Sys<void> {
	const id = attribute(request, 'queue_id');
	yield* queues.makeDirectory(service, id);
	const clean = (text: string): string => text.replace(/[\x00-\x1f]/g, ' ');
	const head = `<${attribute(request, 'recipient')}>: ${clean(attribute(request, 'reason'))}`;
	const lines = FIELDS.filter(
		(field) => attribute(request, field) !== '' && !(field === 'notify_flags' && attribute(request, field) === '0')
	).map((field) => `${field}=${clean(attribute(request, field))}`);
	yield* appendFile(queues.path(service, id), `${head}\n${lines.join('\n')}\n\n`, 0o600);
}

/** The paragraphs of a log; none when there is no file. */
export function* readBounceLog(queues: Queues, service: string, id: string): Sys<LogEntry[]> {
	let text: string;
	try {
		text = yield* readText(queues.path(service, id));
	} catch (thrown) {
		if (thrown instanceof Errno) return [];
		throw thrown;
	}
	const paragraphs = text.split('\n\n').filter((paragraph) => paragraph.trim() !== '');
	return paragraphs.map(
		(paragraph) =>
			new Map(
				paragraph
					.split('\n')
					.slice(1)
					.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
			)
	);
}

/** Words filled to lines, further lines indented by four (line_wrap(3)). */
export function wrapLines(text: string, indent = '    '): string[] {
	const out: string[] = [];
	let rest = text;
	let limit = WIDTH;
	for (;;) {
		if (rest.length <= limit) break;
		let space = rest.lastIndexOf(' ', limit);
		if (space <= 0) space = rest.indexOf(' ', limit);
		if (space < 0) break;
		out.push((out.length > 0 ? indent : '') + rest.slice(0, space).trimEnd());
		rest = rest.slice(space + 1).trimStart();
		limit = WIDTH - indent.length;
	}
	out.push((out.length > 0 ? indent : '') + rest);
	return out;
}

interface Notice {
	readonly from: string;
	readonly subject: string;
	readonly postmasterSubject: string;
	readonly lines: readonly string[];
	readonly action: string;
}

const TEMPLATES: Readonly<Record<'failure' | 'delay' | 'success', Notice>> = {
	failure: {
		from: 'MAILER-DAEMON',
		subject: 'Undelivered Mail Returned to Sender',
		postmasterSubject: 'Postmaster Copy: Undelivered Mail',
		action: 'failed',
		lines: [
			'This is the mail system at host $myhostname.',
			'',
			"I'm sorry to have to inform you that your message could not",
			"be delivered to one or more recipients. It's attached below.",
			'',
			'For further assistance, please send mail to postmaster.',
			'',
			'If you do so, please include this problem report. You can',
			'delete your own text from the attached returned message.',
			'',
			'                   The mail system'
		]
	},
	delay: {
		from: 'MAILER-DAEMON',
		subject: 'Delayed Mail (still being retried)',
		postmasterSubject: 'Postmaster Warning: Delayed Mail',
		action: 'delayed',
		lines: [
			'This is the mail system at host $myhostname.',
			'',
			'####################################################################',
			'# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #',
			'####################################################################',
			'',
			'Your message could not be delivered for more than $delay_warning_time_hours hour(s).',
			'It will be retried until it is $maximal_queue_lifetime_days day(s) old.',
			'',
			'For further assistance, please send mail to postmaster.',
			'',
			'If you do so, please include this problem report. You can',
			'delete your own text from the attached returned message.',
			'',
			'                   The mail system'
		]
	},
	success: {
		from: 'MAILER-DAEMON',
		subject: 'Successful Mail Delivery Report',
		postmasterSubject: '',
		action: 'delivered',
		lines: [
			'This is the mail system at host $myhostname.',
			'',
			'Your message was successfully delivered to the destination(s)',
			'listed below. If the message was delivered to mailbox you will',
			'receive no further notifications. Otherwise you may still receive',
			'notifications of mail delivery errors from other systems.',
			'',
			'                   The mail system'
		]
	}
};

interface Job {
	readonly daemon: Daemon;
	readonly queues: Queues;
	readonly service: string;
	readonly queueId: string;
	readonly mail: QueuedMail;
	readonly entries: readonly LogEntry[];
	readonly kind: keyof typeof TEMPLATES;
}

function* expandTemplate(job: Job, line: string): Sys<string> {
	const { config } = job.daemon;
	let out = line.replace('$myhostname', config.text('myhostname'));
	for (const [name, unit] of [
		['hours', 3600],
		['days', 86_400]
	] as const) {
		for (const parameter of ['delay_warning_time', 'maximal_queue_lifetime']) {
			const word = `$${parameter}_${name}`;
			if (!out.includes(word)) continue;
			const value = Math.floor(config.seconds(parameter) / unit);
			if (value === 0 && config.seconds(parameter) > 0) {
				const { log } = job.daemon;
				yield* log.warn(`[built-in]: zero result in delay template conversion of parameter "${parameter}_${name}"`);
				yield* log.warn(`please reduce time unit "${name}" of "${parameter}_${name}" in delay template`);
				yield* log.warn('for instructions see the bounce(5) manual');
			}
			out = out.replace(word, String(value));
		}
	}
	return out;
}

function* put(to: Submission, lines: readonly string[]): Sys<void> {
	for (const line of lines) yield* to.record(REC.NORM, line);
}

function recipientLine(entry: LogEntry): string {
	const [address, original] = [entry.get('recipient') ?? '', entry.get('original_recipient') ?? ''];
	const expanded =
		original !== '' && original.toLowerCase() !== address.toLowerCase() ? ` (expanded from <${original}>)` : '';
	return `<${address}>${expanded}: ${entry.get('reason') ?? ''}`;
}

function reportLines(job: Job, entry: LogEntry): string[] {
	const reason = entry.get('reason') ?? '';
	const original =
		entry.get('dsn_orig_rcpt') || (entry.get('original_recipient') ? `rfc822;${entry.get('original_recipient')}` : '');
	const out = [`Final-Recipient: rfc822; ${entry.get('recipient')}`];
	if (original) out.push(`Original-Recipient: ${original}`);
	const action = entry.get('action') ?? TEMPLATES[job.kind].action;
	out.push(`Action: ${action}`, `Status: ${entry.get('status')}`);
	if (entry.get('mta_name')) out.push(`Remote-MTA: ${entry.get('mta_type')}; ${entry.get('mta_name')}`);
	if (entry.get('diag_text'))
		out.push(...wrapLines(`Diagnostic-Code: ${entry.get('diag_type')}; ${entry.get('diag_text')}`));
	else if (job.kind !== 'success') out.push(...wrapLines(`Diagnostic-Code: X-Postfix; ${reason}`));
	if (job.kind === 'delay')
		out.push(
			`Will-Retry-Until: ${mailDate(job.mail.arrival + job.daemon.config.seconds('maximal_queue_lifetime') * 1e6)}`
		);
	return out;
}

/** @returns the queue id of the notice, null when cleanup did not take it */
function* sendNotice(job: Job, sender: string, recipient: string, subject: string): Sys<string | null> {
	const { config } = job.daemon;
	const to = yield* openPostMail(job.daemon, sender, recipient);
	const now = yield* time();
	const template = TEMPLATES[job.kind];
	const boundary = `${job.queueId}.${Math.floor(now / 1e6)}/${config.text('myhostname')}`;
	const mailer = `Mail Delivery System <${template.from}@${config.text('myorigin')}>`;
	yield* put(to, [
		`From: ${config.flag('append_at_myorigin') ? mailer : mailer.replace(/@[^>]*/, '')}`,
		`Subject: ${subject}`,
		`To: ${recipient}`,
		'Auto-Submitted: auto-replied',
		'MIME-Version: 1.0',
		'Content-Type: multipart/report; report-type=delivery-status;',
		`\tboundary="${boundary}"`,
		'Content-Transfer-Encoding: 8bit',
		'',
		'This is a MIME-encapsulated message.',
		''
	]);
	yield* put(to, [
		`--${boundary}`,
		'Content-Description: Notification',
		'Content-Type: text/plain; charset=utf-8',
		'Content-Transfer-Encoding: 8bit',
		''
	]);
	for (const line of template.lines) yield* to.record(REC.NORM, yield* expandTemplate(job, line));
	for (const entry of job.entries) yield* put(to, ['', ...wrapLines(recipientLine(entry))]);
	yield* put(to, [
		'',
		`--${boundary}`,
		'Content-Description: Delivery report',
		'Content-Type: message/delivery-status',
		'',
		`Reporting-MTA: dns; ${config.text('myhostname')}`
	]);
	const envelope = job.mail.attributes.get('envelope_id');
	if (envelope) yield* to.record(REC.NORM, `Original-Envelope-Id: ${envelope}`);
	yield* put(to, [`X-Postfix-Queue-ID: ${job.queueId}`]);
	if (job.mail.sender !== '') yield* to.record(REC.NORM, `X-Postfix-Sender: rfc822; ${job.mail.sender}`);
	yield* put(to, [`Arrival-Date: ${mailDate(job.mail.arrival)}`]);
	for (const entry of job.entries) yield* put(to, ['', ...reportLines(job, entry)]);
	const headersOnly =
		job.kind !== 'failure' ||
		job.mail.attributes.get('ret_flags') === '2' ||
		(job.mail.size ?? 0) > config.number('bounce_size_limit');
	yield* put(to, [
		'',
		`--${boundary}`,
		`Content-Description: ${job.kind === 'success' ? 'Message' : 'Undelivered Message'}${headersOnly ? ' Headers' : ''}`,
		`Content-Type: ${headersOnly ? 'text/rfc822-headers' : 'message/rfc822'}`,
		'Content-Transfer-Encoding: 8bit',
		'',
		`Return-Path: <${job.mail.sender}>`
	]);
	const lines = job.mail.content.replace(/\n$/, '').split('\n');
	const blank = lines.indexOf('');
	yield* put(to, headersOnly && blank >= 0 ? lines.slice(0, blank) : lines);
	yield* put(to, ['', `--${boundary}--`]);
	return (yield* closePostMail(to)) ? to.queueId : null;
}

function wanted(job: Job, entry: LogEntry): boolean {
	const notify = Number(entry.get('notify_flags') ?? 0);
	if (notify === 0) return true;
	const bit = { failure: 4, delay: 8, success: 2 }[job.kind];
	return (notify & bit) !== 0;
}

function* flush(daemon: Daemon, queues: Queues, service: string, request: Attributes): Sys<boolean> {
	const queueId = attribute(request, 'queue_id');
	const mail = yield* queues.readMail(attribute(request, 'queue_name'), queueId);
	const entries = yield* readBounceLog(queues, service, queueId);
	if (!mail) return false;
	const kind = attribute(request, 'request') === 'warn' ? 'delay' : service === 'trace' ? 'success' : 'failure';
	const { config, log } = daemon;
	const double = config.text('double_bounce_sender');
	const all: Job = { daemon, queues, service, queueId, mail, entries, kind };
	const job: Job = { ...all, entries: entries.filter((entry) => wanted(all, entry)) };
	const sender = attribute(request, 'sender');
	let sent = true;
	if (job.entries.length > 0) {
		if (sender === '') {
			const classes = config.items('notify_classes').map(({ text }) => text);
			if (kind === 'failure' && classes.includes('2bounce')) {
				const id = yield* sendNotice(
					job,
					`${double}@${config.text('myhostname')}`,
					config.text('2bounce_notice_recipient'),
					'Postmaster Copy: Undelivered Mail'
				);
				sent = id !== null;
				if (sent) yield* log.info(`${queueId}: postmaster non-delivery notification: ${id}`);
			}
		} else if (sender.toLowerCase().replace(/@.*/, '') === double) {
			if (kind === 'failure') yield* log.warn(`${queueId}: undeliverable postmaster notification discarded`);
		} else {
			const id = yield* sendNotice(job, '', sender, TEMPLATES[kind].subject);
			sent = id !== null;
			const what = { failure: 'non-delivery', delay: 'delay', success: 'delivery status' }[kind];
			if (sent) yield* log.info(`${queueId}: sender ${what} notification: ${id}`);
		}
	}
	if (sent && kind !== 'delay') yield* queues.remove(service, queueId);
	return sent;
}

function* serveRequest(daemon: Daemon, fd: number): Sys<void> {
	const request = yield* new AttrReader(fd).scan();
	if (request === null) return;
	const queues = new Queues(daemon.config);
	let ok = true;
	if (attribute(request, 'request') === 'append') yield* append(queues, daemon.service, request);
	else ok = yield* flush(daemon, queues, daemon.service, request);
	yield* attrPrint(fd, [['status', ok ? '0' : '-1']]);
}

export const bounce: Main = (argv) => serve('bounce', argv, serveRequest);

/**
 * The commands of SMTP as smtpd takes them (smtpd.c): a table of verbs with flags, and what each does.
 *
 * Each answers true (done) or false (an error: it counts towards smtpd_hard_error_limit).
 * Lacks: VERP.
 */
import type { Sys } from '#kernel/syscalls';
import { decode } from '../../libc/text';
import { time, trace } from '../../libc/unistd';
import { mailEvent } from '../events';
import { mailDate } from '../mail-date';
import { CLEANUP, CLEANUP_DETAILS, CLEANUP_FLAG, EXTERNAL, openMailStream } from '../mail-stream';
import { REC } from '../queue-file';
import { authCommand } from './auth-commands';
import type { Checks } from './checks';
import { XCLIENT, xclientCommand, XFORWARD, xforwardCommand } from './client-attributes';
import { fail, inTransaction, rest, type Command } from './command';
import { etrnCommand } from './etrn';
import { isTooMuch } from './rates';
import type { Session } from './session';
import { extractAddress, printable, xtextDecode, type Word } from './syntax';
import { startTlsCommand, tlsReceived } from './tls';

/* ---- HELO, EHLO ------------------------------------------------------------------------------------------------------ */

function* greet(session: Session, checks: Checks, args: readonly Word[], protocol: 'SMTP' | 'ESMTP'): Sys<boolean> {
	const name = rest(args, 1);
	if (args.length < 2) return yield* fail(session, `501 Syntax: ${protocol === 'ESMTP' ? 'EHLO' : 'HELO'} hostname`);
	const { config } = session.daemon;
	if (!config.flag('smtpd_delay_reject')) {
		const refusal = yield* checks.helo(name);
		if (refusal !== null) return yield* fail(session, refusal, 'policy');
	}
	yield* session.resetMail();
	session.helo = printable(name).replace(/[<>()\\";@]/g, '?');
	if (protocol === 'ESMTP') session.protocol = 'ESMTP';
	else if (session.protocol !== 'ESMTP') session.protocol = 'SMTP';
	return true;
}

function* heloCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	if (!(yield* greet(session, checks, args, 'SMTP'))) return false;
	yield* session.reply(`250 ${session.daemon.config.text('myhostname')}`);
	return true;
}

/** Those that are told when they are left out, in the order in which that is said (ehlo_mask(3)). */
const EHLO_MASK = [
	'8bitmime',
	'auth',
	'etrn',
	'pipelining',
	'size',
	'vrfy',
	'xclient',
	'xforward',
	'starttls',
	'dsn',
	'chunking'
];

/** Keywords of EHLO that smtpd_discard_ehlo_keywords may name, in the order of the reply. */
export function ehloKeywords(session: Session): string[] {
	const { config } = session.daemon;
	const discarded = session.discardedKeywords;
	const limit = config.number('message_size_limit');
	const offersAuth = session.sasl !== null && !session.saslHidden;
	const mechanisms = session.sasl?.mechanisms.join(' ') ?? '';
	const all: readonly (readonly [keyword: string, line: string, when: boolean])[] = [
		['pipelining', 'PIPELINING', true],
		['size', limit > 0 ? `SIZE ${limit}` : 'SIZE', true],
		['vrfy', 'VRFY', !config.flag('disable_vrfy_command')],
		['etrn', 'ETRN', true],
		['starttls', 'STARTTLS', session.tlsServer.isOffered && !session.isEncrypted],
		['auth', `AUTH ${mechanisms}`, offersAuth],
		['auth', `AUTH=${mechanisms}`, offersAuth && config.flag('broken_sasl_auth_clients')],
		['xclient', `XCLIENT ${XCLIENT.join(' ')}`, session.mayXclient],
		['xforward', `XFORWARD ${XFORWARD.join(' ')}`, session.mayXforward],
		['enhancedstatuscodes', 'ENHANCEDSTATUSCODES', true],
		['8bitmime', '8BITMIME', true],
		['dsn', 'DSN', true],
		['smtputf8', 'SMTPUTF8', config.flag('smtputf8_enable')],
		['chunking', 'CHUNKING', true]
	];
	return all.filter(([keyword, , when]) => when && !discarded.has(keyword)).map(([, line]) => line);
}

function* ehloCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	if (!(yield* greet(session, checks, args, 'ESMTP'))) return false;
	const discarded = session.discardedKeywords;
	const said = EHLO_MASK.filter((keyword) => discarded.has(keyword));
	if (said.length > 0 && !discarded.has('silent-discard'))
		yield* session.daemon.log.info(`discarding EHLO keywords: ${said.join(' ').toUpperCase()}`);
	const lines = [session.daemon.config.text('myhostname'), ...ehloKeywords(session)];
	for (const [i, line] of lines.entries()) yield* session.reply(`250${i < lines.length - 1 ? '-' : ' '}${line}`);
	return true;
}

/* ---- MAIL, RCPT ------------------------------------------------------------------------------------------------------ */

const offers = (session: Session, keyword: string): boolean =>
	ehloKeywords(session).some((line) => line.split(' ')[0] === keyword);

function* mailOption(session: Session, option: string, seen: Set<string>): Sys<string | null> {
	const [, name, value] = /^([^=]*)(?:=(.*))?$/s.exec(option)!;
	const key = name!.toUpperCase();
	if (key === 'BODY' && /^8bitmime$/i.test(value ?? '')) session.encoding = '8bit';
	else if (key === 'BODY' && /^7bit$/i.test(value ?? '')) session.encoding = '7bit';
	else if (key === 'SIZE' && value !== undefined) {
		if (!/^\d+$/.test(value)) return '501 5.5.4 Bad message size syntax';
		session.messageSize = Number(value);
		if (session.messageSize > Number.MAX_SAFE_INTEGER)
			return '552 5.3.4 Message size exceeds file system imposed limit';
	} else if (key === 'SMTPUTF8' && value === undefined && offers(session, 'SMTPUTF8')) session.smtputf8 = true;
	else if ((key === 'RET' || key === 'ENVID') && value !== undefined) {
		if (!offers(session, 'DSN')) return '501 5.7.1 DSN support is disabled';
		if (key === 'RET') {
			const code = { FULL: 1, HDRS: 2 }[value.toUpperCase()];
			if (seen.has(key) || code === undefined) return '501 5.5.4 Bad RET parameter syntax';
			session.dsnReturn = code;
		} else {
			const text = xtextDecode(value);
			if (seen.has(key) || text === null || !/^[\x20-\x7e]+$/.test(text)) return '501 5.5.4 Bad ENVID parameter syntax';
			session.dsnEnvelope = text;
		}
		seen.add(key);
	} else if (key === 'AUTH' && value !== undefined) {
		if (!session.sasl) return '503 5.5.4 Error: authentication disabled';
		if (session.saslSender !== '') return '503 5.5.4 Error: multiple AUTH= options';
		if (value !== '<>') session.saslSender = printable(value);
	} else return `555 5.5.4 Unsupported option: ${option}`;
	return null;
}

function* mailCommandAction(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	const { config } = session.daemon;
	session.smtputf8 = false;
	session.encoding = '';
	session.dsnReturn = 0;
	session.dsnEnvelope = '';
	if (config.flag('smtpd_helo_required') && session.helo === null)
		return yield* fail(session, '503 5.5.1 Error: send HELO/EHLO first', 'policy');
	if (inTransaction(session)) return yield* fail(session, '503 5.5.1 Error: nested MAIL command');
	if (session.bdat !== 'none') return yield* fail(session, '503 5.5.1 Error: MAIL after BDAT');
	if (yield* isTooMuch(session, 'message'))
		return yield* fail(session, `450 4.7.1 Error: too much mail from ${session.peer.addressText}`, 'policy');
	if (args.length < 3 || args[1]!.text.toLowerCase() !== 'from:')
		return yield* fail(session, '501 5.5.4 Syntax: MAIL FROM:<address>');
	if (args[2]!.bad) return yield* fail(session, '501 5.1.7 Bad sender address syntax');
	session.smtputf8 = offers(session, 'SMTPUTF8') && args.slice(3).some(({ text }) => text.toUpperCase() === 'SMTPUTF8');
	const sender = yield* extractAddress(session, args[2]!.text, {
		empty: true,
		strict: config.flag('strict_rfc821_envelopes')
	});
	if (sender === null) return yield* fail(session, '501 5.1.7 Bad sender address syntax');
	const seen = new Set<string>();
	for (const { text } of args.slice(3)) {
		const wrong = yield* mailOption(session, text, seen);
		if (wrong !== null) return yield* fail(session, wrong);
	}
	const tooBig = yield* checks.size(sender, session.messageSize);
	if (tooBig !== null) return yield* fail(session, tooBig, 'policy');
	if (!config.flag('smtpd_delay_reject')) {
		const refusal = yield* checks.mail(sender);
		if (refusal !== null) {
			yield* session.resetMail();
			return yield* fail(session, refusal, 'policy');
		}
	}
	session.rewriteContext = yield* checks.rewriteContext();
	if (config.flag('strict_smtputf8') && !session.smtputf8 && /[^\x00-\x7f]/.test(sender))
		return yield* fail(session, '553 5.6.7 Must declare SMTPUTF8 to send unicode address');
	session.sender = sender;
	session.arrival = yield* time();
	yield* session.reply('250 2.1.0 Ok');
	return true;
}

const NOTIFY: Readonly<Record<string, number>> = { NEVER: 1, SUCCESS: 2, FAILURE: 4, DELAY: 8 };

/** @returns 0 when it is wrong; a wrong word is logged */
function* notifyMask(session: Session, text: string): Sys<number> {
	let mask = 0;
	for (const word of text.split(',')) {
		const bit = NOTIFY[word.trim().toUpperCase()];
		if (bit === undefined) {
			yield* session.daemon.log.warn(`unknown DSN NOTIFY command value "${word.trim()}" in "${text}"`);
			return 0;
		}
		mask |= bit;
	}
	return mask & 1 && mask !== 1 ? 0 : mask;
}

interface RecipientOptions {
	notify: number;
	original: string | null;
}

function* recipientOption(session: Session, option: string, out: RecipientOptions): Sys<string | null> {
	const notify = /^NOTIFY=(.*)$/is.exec(option);
	const original = /^ORCPT=(.*)$/is.exec(option);
	if ((notify || original) && !offers(session, 'DSN')) return '501 5.7.1 DSN support is disabled';
	if (notify) {
		if (out.notify !== 0) return '501 5.5.4 Error: Bad NOTIFY parameter syntax';
		out.notify = yield* notifyMask(session, notify[1]!);
		return out.notify === 0 ? '501 5.5.4 Error: Bad NOTIFY parameter syntax' : null;
	}
	if (original) {
		const parts = /^([^;]+);(.*)$/s.exec(original[1]!);
		const address = parts ? xtextDecode(parts[2]!) : null;
		if (out.original !== null || parts === null || address === null)
			return '501 5.5.4 Error: Bad ORCPT parameter syntax';
		out.original = `${parts[1]};${address}`;
		return null;
	}
	return `555 5.5.4 Unsupported option: ${option}`;
}

function* rcptCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	const { config } = session.daemon;
	if (!inTransaction(session)) return yield* fail(session, '503 5.5.1 Error: need MAIL command');
	if (session.bdat !== 'none') return yield* fail(session, '503 5.5.1 Error: RCPT after BDAT');
	if (yield* isTooMuch(session, 'recipient'))
		return yield* fail(session, `450 4.7.1 Error: too many recipients from ${session.peer.addressText}`, 'policy');
	if (args.length < 3 || args[1]!.text.toLowerCase() !== 'to:')
		return yield* fail(session, '501 5.5.4 Syntax: RCPT TO:<address>');
	if (args[2]!.bad) return yield* fail(session, '501 5.1.3 Bad recipient address syntax');
	const written = args[2]!.text;
	const recipient = yield* extractAddress(session, written, {
		empty: false,
		strict: config.flag('strict_rfc821_envelopes')
	});
	if (recipient === null) return yield* fail(session, '501 5.1.3 Bad recipient address syntax');
	const options: RecipientOptions = { notify: 0, original: null };
	for (const { text } of args.slice(3)) {
		const wrong = yield* recipientOption(session, text, options);
		if (wrong !== null) return yield* fail(session, wrong);
	}
	const limit = config.number('smtpd_recipient_limit');
	if (limit > 0 && session.recipients >= limit) {
		yield* session.reply('452 4.5.3 Error: too many recipients');
		if (session.overshoot++ < config.number('smtpd_recipient_overshoot_limit')) return true;
		session.errorClasses.add('policy');
		return false;
	}
	if (config.flag('strict_smtputf8') && !session.smtputf8 && /[^\x00-\x7f]/.test(recipient))
		return yield* fail(session, '553 5.6.7 Must declare SMTPUTF8 to send unicode address');
	if (!session.submission && !config.flag('smtpd_delay_open_until_valid_rcpt')) yield* openSubmission(session);
	const refusal = yield* checks.rcpt(recipient);
	if (refusal !== null) {
		yield* session.reply(refusal);
		return false;
	}
	if (!session.submission) yield* openSubmission(session);
	session.recipients++;
	session.recipient ??= recipient;
	const bare = written.startsWith('<') && written.endsWith('>') ? written.slice(1, -1) : written;
	const submission = session.submission!;
	if (options.notify) yield* submission.attribute('notify_flags', options.notify);
	yield* submission.attribute('dsn_orig_rcpt', options.original ?? `rfc822;${bare}`);
	yield* submission.record(REC.RCPT, recipient);
	yield* submission.flush();
	yield* session.reply('250 2.1.5 Ok');
	return true;
}

/** The first accepted recipient opens the way to cleanup. */
function* openSubmission(session: Session): Sys<void> {
	const { config, log } = session.daemon;
	const flags = EXTERNAL | CLEANUP_FLAG.SMTP_REPLY | (session.smtputf8 ? CLEANUP_FLAG.SMTPUTF8 : 0);
	const to = yield* openMailStream(config.text('cleanup_service_name'), flags);
	session.submission = to;
	const { peer } = session;
	yield* to.record(REC.TIME, `${Math.floor(session.arrival / 1e6)} ${session.arrival % 1e6}`);
	if (config.text('content_filter') !== '') yield* to.record(REC.FILT, config.text('content_filter'));
	yield* to.attribute('rewrite_context', session.rewriteContext);
	if (session.saslMethod !== '') yield* to.attribute('sasl_method', session.saslMethod);
	if (session.saslUsername !== '') yield* to.attribute('sasl_username', session.saslUsername);
	if (session.saslSender !== '') yield* to.attribute('sasl_sender', session.saslSender);
	if (session.dsnEnvelope !== '') yield* to.attribute('envelope_id', session.dsnEnvelope);
	if (session.dsnReturn !== 0) yield* to.attribute('ret_flags', session.dsnReturn);
	yield* to.record(REC.FROM, session.sender!);
	if (session.encoding !== '') yield* to.attribute('encoding', session.encoding);
	const told = (name: string, own: string): string => session.forwarded.get(name) ?? own;
	const origin = `${told('NAME', peer.name)}[${told('ADDR', peer.addressText)}]`;
	const attributes: [string, string][] = [
		['log_client_name', told('NAME', peer.name)],
		['log_client_address', told('ADDR', peer.addressText)],
		['log_client_port', told('PORT', String(peer.port))],
		['log_message_origin', origin]
	];
	const helo = told('HELO', session.helo ?? '');
	if (helo !== '') attributes.push(['log_helo_name', helo]);
	attributes.push(
		['log_protocol_name', told('PROTO', session.protocol)],
		['client_name', peer.name],
		['reverse_client_name', peer.reverseName],
		['client_address', peer.addressText],
		['client_port', String(peer.port)]
	);
	if (session.helo !== null) attributes.push(['helo_name', session.helo]);
	attributes.push(['protocol_name', session.protocol], ['client_address_type', '2']);
	for (const [name, value] of attributes) yield* to.attribute(name, value);
	const sasl =
		(session.saslMethod ? `, sasl_method=${session.saslMethod}` : '') +
		(session.saslUsername ? `, sasl_username=${session.saslUsername}` : '') +
		(session.saslSender ? `, sasl_sender=${session.saslSender}` : '');
	const ident = session.forwarded.get('IDENT');
	const behind =
		(ident === undefined ? '' : `, orig_queue_id=${ident}`) +
		(session.forwarded.has('NAME') || session.forwarded.has('ADDR') ? `, orig_client=${origin}` : '');
	yield* log.info(`${to.queueId}: client=${peer.nameAddress}${sasl}${behind}`);
	const about = { session: session.id, sender: session.sender ?? '', text: `from ${peer.nameAddress}` };
	yield* trace(mailEvent(to.queueId, 'smtpd', about));
}

/* ---- DATA, BDAT ------------------------------------------------------------------------------------------------------ */

/** What smtpd puts in front of the message: access tables' PREPEND, and Received. */
function* beforeMessage(session: Session): Sys<void> {
	const to = session.submission!;
	const { config } = session.daemon;
	if (session.discard) yield* to.record(REC.FLGS, String(CLEANUP_FLAG.DISCARD));
	yield* to.record(REC.MESG, '');
	for (const line of session.prepend) yield* to.record(REC.NORM, line);
	const { peer } = session;
	const helo = session.helo;
	/* RFC 3848 */
	const secured = (session.isEncrypted ? 'S' : '') + (session.saslUsername ? 'A' : '');
	const smtp = session.protocol === 'ESMTP' ? `${session.smtputf8 ? 'UTF8SMTP' : 'ESMTP'}${secured}` : 'SMTP';
	yield* to.record(REC.NORM, `Received: from ${helo ?? peer.name} (${peer.name} [${peer.addressText}])`);
	for (const line of tlsReceived(session)) yield* to.record(REC.NORM, line);
	if (session.saslUsername && config.flag('smtpd_sasl_authenticated_header'))
		yield* to.record(REC.NORM, `\t(Authenticated sender: ${session.saslUsername})`);
	const date = mailDate(yield* time());
	const head = `\tby ${config.text('myhostname')} (${config.text('mail_name')})`;
	if (session.recipients === 1 && session.recipient !== null) {
		yield* to.record(REC.NORM, `${head} with ${smtp} id ${to.queueId}`);
		yield* to.record(REC.NORM, `\tfor <${session.recipient}>; ${date}`);
	} else {
		yield* to.record(REC.NORM, `${head} with ${smtp} id ${to.queueId};`);
		yield* to.record(REC.NORM, `\t${date}`);
	}
}

/** Takes one line or piece of the message. */
function* messageLine(session: Session, text: string, complete: boolean, bytes: number): Sys<void> {
	const state = session.reception!;
	const limit = session.daemon.config.number('message_size_limit');
	if (state.error !== 0) return;
	if (limit > 0 && limit - session.actualSize < bytes + 2) {
		state.error |= CLEANUP.SIZE;
		yield* session.daemon.log.warn(`${session.queueId}: queue file size limit exceeded`);
		return;
	}
	session.actualSize += bytes + 2;
	yield* session.submission!.record(complete ? REC.NORM : REC.CONT, text);
}

function* dataCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	if (session.bdat !== 'none') return yield* fail(session, '503 5.5.1 Error: DATA after BDAT');
	if (session.recipients === 0) {
		if (!inTransaction(session)) return yield* fail(session, '503 5.5.1 Error: need RCPT command');
		yield* session.reply('554 5.5.1 Error: no valid recipients');
		return false;
	}
	if (args.length !== 1) return yield* fail(session, '501 5.5.4 Syntax: DATA');
	const refusal = yield* checks.data('smtpd_data_restrictions');
	if (refusal !== null) {
		yield* session.reply(refusal);
		return false;
	}
	yield* beforeMessage(session);
	yield* session.reply('354 End data with <CR><LF>.<CR><LF>');
	session.where = 'DATA content';
	session.reception = { error: 0 };
	const limit = session.daemon.config.number('line_length_limit');
	let first = true;
	let continued = false;
	for (;;) {
		const { text: raw, complete } = yield* session.stream.line(limit);
		yield* session.traceLine('client', raw);
		let text = raw;
		if (first) {
			if (/^>*From /.test(text)) {
				yield* messageLine(session, `X-Mailbox-Line: ${text}`, complete, text.length);
				continue;
			}
			first = false;
			if (/^[ \t]/.test(text)) yield* session.submission!.record(REC.NORM, '');
		}
		if (!continued && text.startsWith('.')) {
			text = text.slice(1);
			if (text === '' && complete) break;
		}
		continued = !complete;
		yield* messageLine(session, text, complete, text.length);
	}
	session.where = 'END-OF-MESSAGE';
	return yield* afterMessage(session, checks);
}

/** The end of the message: cleanup's verdict becomes the reply. */
function* afterMessage(session: Session, checks: Checks): Sys<boolean> {
	const to = session.submission!;
	let error = session.reception!.error;
	if (error === 0) {
		const refusal = yield* checks.data('smtpd_end_of_data_restrictions');
		if (refusal !== null) {
			yield* session.resetMail();
			yield* session.reply(refusal);
			return false;
		}
	}
	let reason = '';
	const size = session.actualSize;
	const bdat = session.bdat !== 'none';
	if (error === 0) {
		yield* to.record(REC.XTRA, '');
		if (session.filter) yield* to.record(REC.FILT, session.filter);
		if (session.redirect) yield* to.record(REC.RDIR, session.redirect);
		for (const bcc of session.bcc) {
			yield* to.record(REC.RCPT, bcc);
			yield* to.attribute('notify_flags', NOTIFY.NEVER!);
		}
		const flags = (session.hold ? CLEANUP_FLAG.HOLD : 0) | (session.discard ? CLEANUP_FLAG.DISCARD : 0);
		if (flags) yield* to.record(REC.FLGS, String(flags));
		const verdict = yield* to.finish();
		error = verdict.status;
		reason = verdict.reason;
		session.submission = null;
	}
	if (error === 0) {
		session.errors = 0;
		session.errorClasses.clear();
		session.junk = 0;
		session.errorClasses.clear();
		yield* session.reply(
			bdat ? `250 2.0.0 Ok: ${size} bytes queued as ${to.queueId}` : `250 2.0.0 Ok: queued as ${to.queueId}`
		);
	} else if (/^[45]\d\d([ -]|$)/.test(reason)) yield* session.reply(reason);
	else {
		const [bit, smtp, dsn, text] = CLEANUP_DETAILS.find(([one]) => error & one) ?? CLEANUP_DETAILS[2]!;
		session.errorClasses.add(bit === CLEANUP.BAD || bit === CLEANUP.WRITE ? 'resource' : 'policy');
		yield* session.reply(
			(bit === CLEANUP.CONT || bit === CLEANUP.DEFER) && reason !== ''
				? `${smtp} ${reason}`
				: `${smtp} ${dsn} Error: ${text}`
		);
	}
	yield* session.resetMail();
	return error === 0;
}

function* skipChunk(session: Session, size: number, last: boolean, reply: string): Sys<boolean> {
	for (let left = size; left > 0;) {
		const piece = Math.min(left, 65_536);
		yield* session.stream.bytes(piece);
		left -= piece;
	}
	session.bdat = last ? 'none' : 'error';
	yield* session.reply(reply);
	return false;
}

function* bdatCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	const { config, log } = session.daemon;
	const size = Number(args[1]?.text);
	const last = args.length === 3;
	if (!offers(session, 'CHUNKING')) return yield* fail(session, '521 5.5.1 Error: command not implemented');
	if (
		args.length < 2 ||
		args.length > 3 ||
		!/^\d+$/.test(args[1]!.text) ||
		(last && args[2]!.text.toUpperCase() !== 'LAST')
	) {
		yield* log.warn(
			`${session.queueId}: malformed BDAT command syntax from ${session.peer.nameAddress}: ${printable(rest(args, 0)).slice(0, 100)}`
		);
		return yield* fail(session, '521 5.5.4 Syntax: BDAT count [LAST]');
	}
	if (size === 0 && !last) {
		yield* log.warn(`${session.queueId}: null BDAT request from ${session.peer.nameAddress}`);
		return yield* skipChunk(session, size, last, '551 5.7.1 Null BDAT request');
	}
	if (session.bdat === 'error')
		return yield* skipChunk(session, size, last, `551 5.0.0 Discarded ${size} bytes after earlier error`);
	if (session.bdat === 'none') {
		if (session.recipients === 0) {
			if (!inTransaction(session)) session.errorClasses.add('protocol');
			return yield* skipChunk(
				session,
				size,
				last,
				inTransaction(session) ? '554 5.5.1 Error: no valid recipients' : '503 5.5.1 Error: need RCPT command'
			);
		}
		const refusal = yield* checks.data('smtpd_data_restrictions');
		if (refusal !== null) return yield* skipChunk(session, size, last, refusal);
	}
	const limit = config.number('message_size_limit');
	if (limit > 0 && session.actualSize > limit - size) {
		session.errorClasses.add('policy');
		yield* log.warn(`${session.queueId}: BDAT request from ${session.peer.nameAddress} exceeds message size limit`);
		return yield* skipChunk(session, size, last, '552 5.3.4 Chunk exceeds message size limit');
	}
	if (session.bdat === 'none') {
		yield* beforeMessage(session);
		session.reception = { error: 0 };
		session.bdatRest = '';
	}
	session.bdat = 'ok';
	session.where = 'BDAT content';
	const lines = (session.bdatRest + decode(yield* session.stream.bytes(size))).split('\n');
	session.bdatRest = lines.pop()!;
	for (const line of lines) {
		const text = line.replace(/\r+$/, '');
		yield* messageLine(session, text, true, text.length);
	}
	if (last && session.bdatRest !== '') yield* messageLine(session, session.bdatRest, true, session.bdatRest.length);
	if (last) {
		session.where = 'END-OF-MESSAGE';
		return yield* afterMessage(session, checks);
	}
	if (session.reception!.error !== 0) {
		yield* afterMessage(session, checks);
		session.bdat = 'error';
		return false;
	}
	yield* session.reply(`250 2.0.0 Ok: ${size} bytes`);
	return true;
}

/* ---- the rest -------------------------------------------------------------------------------------------------------- */

function* rsetCommand(session: Session, _checks: Checks, args: readonly Word[]): Sys<boolean> {
	if (args.length !== 1) return yield* fail(session, '501 5.5.4 Syntax: RSET');
	yield* session.resetMail();
	yield* session.reply('250 2.0.0 Ok');
	return true;
}

function* noopCommand(session: Session): Sys<boolean> {
	yield* session.reply('250 2.0.0 Ok');
	return true;
}

function* vrfyCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	const { config } = session.daemon;
	const given = [...args];
	if (config.flag('disable_vrfy_command')) return yield* fail(session, '502 5.5.1 VRFY command is disabled', 'policy');
	session.smtputf8 =
		offers(session, 'SMTPUTF8') && given.length >= 3 && given.at(-1)!.text.toUpperCase() === 'SMTPUTF8';
	if (session.smtputf8) given.pop();
	if (given.length < 2)
		return yield* fail(session, `501 5.5.4 Syntax: VRFY address${config.flag('smtputf8_enable') ? ' [SMTPUTF8]' : ''}`);
	const written = rest(given, 1);
	const address = yield* extractAddress(session, written, { empty: false, strict: false });
	if (address === null) return yield* fail(session, '501 5.1.3 Bad recipient address syntax');
	const refusal = yield* checks.rcpt(address);
	yield* session.reply(refusal ?? `252 2.0.0 ${written}`);
	return refusal === null;
}

function* quitCommand(session: Session): Sys<boolean> {
	yield* session.reply('221 2.0.0 Bye');
	return true;
}

/** In the order of the counts on the "disconnect" line. */
export const COMMANDS: readonly Command[] = [
	{ name: 'HELO', action: heloCommand, junk: true, last: true, beforeTls: true },
	{ name: 'EHLO', action: ehloCommand, junk: true, last: true, beforeTls: true },
	{ name: 'XCLIENT', action: xclientCommand, uncounted: true, beforeTls: true },
	{ name: 'XFORWARD', action: xforwardCommand },
	{ name: 'STARTTLS', action: startTlsCommand, beforeTls: true },
	{ name: 'AUTH', action: authCommand, last: true },
	{ name: 'MAIL', action: mailCommandAction },
	{ name: 'RCPT', action: rcptCommand },
	{ name: 'DATA', action: dataCommand, last: true },
	{ name: 'BDAT', action: bdatCommand },
	{ name: 'RSET', action: rsetCommand, junk: true },
	{ name: 'NOOP', action: noopCommand, junk: true, last: true, beforeTls: true },
	{ name: 'VRFY', action: vrfyCommand, junk: true, last: true },
	{ name: 'ETRN', action: etrnCommand, junk: true },
	{ name: 'QUIT', action: quitCommand, beforeTls: true }
];

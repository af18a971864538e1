/**
 * The letter to the postmaster about a session that failed (smtpd_chat_notify()): when the class of an error is one of
 * notify_classes, the transcript goes to error_notice_recipient or bounce_notice_recipient.
 */
import type { Sys } from '#kernel/syscalls';
import { postMail } from '../post-mail';
import type { Session } from './session';

const LINE_WIDTH = 78;

/** Folds a line of the transcript at spaces, further lines indented. */
function folded(line: string): string[] {
	const out: string[] = [];
	let rest = line;
	while (rest.length > LINE_WIDTH) {
		const space = rest.lastIndexOf(' ', LINE_WIDTH);
		if (space <= 8) break;
		out.push(rest.slice(0, space));
		rest = `     ${rest.slice(space + 1)}`;
	}
	return [...out, rest];
}

export function* notifyPostmaster(session: Session): Sys<void> {
	const { config } = session.daemon;
	const wanted = new Set(config.items('notify_classes').map(({ text }) => text.toLowerCase()));
	const bounce = session.errorClasses.has('bounce') && wanted.has('bounce');
	if (!bounce && ![...session.errorClasses].some((name) => wanted.has(name))) return;
	if (session.transcript.length === 0) return;
	const recipient = config.text(
		session.errorClasses.has('bounce') && wanted.has('bounce') ? 'bounce_notice_recipient' : 'error_notice_recipient'
	);
	const name = config.text('mail_name');
	const lines = [
		`From: Mail Delivery System <MAILER-DAEMON@${config.text('myhostname')}>`,
		`To: Postmaster <${recipient}@${config.text('myorigin')}>`.replace(/<([^@>]*@[^@>]*)@[^>]*>/, '<$1>'),
		`Subject: ${name} SMTP server: errors from ${session.peer.nameAddress}`,
		'',
		'Transcript of session follows.',
		'',
		...session.transcript.flatMap((line) => folded(` ${line}`)),
		'',
		'',
		`For other details, see the local mail logfile`
	];
	yield* postMail(
		session.daemon,
		`${config.text('double_bounce_sender')}@${config.text('myhostname')}`,
		recipient,
		lines
	);
}

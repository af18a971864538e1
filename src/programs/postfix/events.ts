/** What the mail system tells the watcher about a mail, at each hop. */
import type { Decision, Source, TraceEvent } from '#kernel/syscalls';

export interface MailEvent extends TraceEvent {
	readonly kind: 'postfix.mail';
	readonly queueId: string;
	readonly messageId?: string;
	readonly subject?: string;
	readonly daemon: string;
	/** "queued as …", "handed to local", "delivered to mailbox", with the words of the log */
	readonly text: string;
	readonly sender?: string;
	readonly recipient?: string;
	readonly status?: 'queued' | 'sent' | 'deferred' | 'bounced' | 'rejected' | 'discarded';
	/** the host on the other side: "mail.example.net[192.0.2.25]:25" */
	readonly peer?: string;
	/** smtpd's session, as its decisions and lines name it */
	readonly session?: string;
	/** it waits: when the queue manager tries again and when it gives up, microseconds */
	readonly waits?: { readonly retryAt: number; readonly expiresAt: number };
}

/** One line of an SMTP dialogue as the client had it. */
export interface DialogEvent extends TraceEvent {
	readonly kind: 'postfix.dialog';
	readonly queueId: string;
	/** "mail.example.net[192.0.2.25]:25" */
	readonly peer: string;
	readonly from: 'client' | 'server';
	readonly text: string;
}

/** An address became others, or a message was looked at: by which table and line. */
export interface RewriteEvent extends TraceEvent {
	readonly kind: 'postfix.rewrite';
	readonly queueId: string;
	readonly daemon: string;
	readonly from: string;
	readonly to: readonly string[];
	readonly decision: Decision;
}

/** What header_checks or body_checks did. */
export interface ContentEvent extends TraceEvent {
	readonly kind: 'postfix.content';
	readonly queueId: string;
	readonly decision: Decision;
}

/** Where an address goes: trivial-rewrite's answer to `resolve`. */
export interface ResolveEvent extends TraceEvent {
	readonly kind: 'postfix.resolve';
	readonly address: string;
	readonly transport: string;
	readonly nexthop: string;
	readonly recipient: string;
	readonly decision: Decision;
}

/** Of a host that the kernel fills in. */
export function mailEvent(
	queueId: string,
	daemon: string,
	about: Omit<MailEvent, 'kind' | 'host' | 'queueId' | 'daemon'>
): MailEvent {
	return { kind: 'postfix.mail', host: '', queueId, daemon, ...about };
}

/** @param entry where it is written; `because` tells where the table is named */
export function rewriteEvent(
	queueId: string,
	daemon: string,
	from: string,
	to: readonly string[],
	check: string,
	entry: { readonly source: Source; readonly because?: readonly Source[] }
): RewriteEvent {
	const { source, because } = entry;
	const text = `${from} becomes ${to.join(', ')}`;
	const decision: Decision = {
		verdict: 'rewritten',
		subject: from,
		reasons: [{ check, outcome: 'decided', text, source, ...(because && { because }) }]
	};
	return { kind: 'postfix.rewrite', host: '', queueId, daemon, from, to, decision };
}

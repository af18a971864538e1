/** What the mail system tells the watcher about a mail, at each hop. */
import type { TraceEvent } from '#kernel/syscalls';

export interface MailEvent extends TraceEvent {
	readonly kind: 'postfix.mail';
	readonly queueId: string;
	readonly messageId?: string;
	readonly daemon: string;
	/** "queued as …", "handed to local", "delivered to mailbox", with the words of the log */
	readonly text: string;
	readonly sender?: string;
	readonly recipient?: string;
	readonly status?: 'queued' | 'sent' | 'deferred' | 'bounced' | 'rejected';
	/** the host on the other side: "mail.example.net[192.0.2.25]:25" */
	readonly peer?: string;
}

/** One mail in the hands of cleanup (cleanup_state.c). */
import type { Sys } from '#kernel/syscalls';
import { CLEANUP, CLEANUP_FLAG } from '../mail-stream';
import { RecordWriter } from '../queue-file';
import { quote822 } from '../tok822';
import type { Daemon } from '../server';

/** errors after which not even a bounce can be made */
const INCOMPLETE = CLEANUP.BAD | CLEANUP.WRITE | CLEANUP.SIZE | CLEANUP.DEFER;

export interface OutRecipient {
	readonly address: string;
	readonly original: string;
	readonly dsnOriginal: string;
	readonly notify: number;
}

export class State {
	errors = 0;
	reason = '';
	/** of the one who submits, CLEANUP_FLAG bits */
	flags = 0;
	arrival = 0;
	created = 0;
	sender = '';
	fullName = '';
	messageId = '';
	subject = '';
	filter = '';
	redirect = '';
	filtersOff = false;
	readonly bcc: string[] = [];
	/** 'local', 'remote', or null: headers stay as they are */
	headerContext: string | null = null;
	readonly attributes = new Map<string, string>();
	readonly recipients: OutRecipient[] = [];
	/** the recipient that is being written, for log lines */
	recipient: string | null = null;
	/** the queue file without its size record */
	readonly out = new RecordWriter();

	constructor(
		readonly daemon: Daemon,
		readonly queueId: string
	) {}

	/** With an error that ends it, or to be discarded, the rest of the mail is skipped; one that bounces is kept whole. */
	get acceptsMore(): boolean {
		const fatal = this.flags & CLEANUP_FLAG.BOUNCE ? this.errors & INCOMPLETE : this.errors;
		return fatal === 0 && !(this.flags & CLEANUP_FLAG.DISCARD);
	}

	*log(text: string): Sys<void> {
		yield* this.daemon.log.info(`${this.queueId}: ${text}`);
	}

	/** "unknown[198.51.100.66]; from=<…> to=<…> proto=ESMTP helo=<…>" */
	origin(): string {
		const attribute = (name: string): string | undefined => this.attributes.get(name);
		const protocol = attribute('log_protocol_name');
		const helo = attribute('log_helo_name');
		const recipient = this.recipient === null ? '' : ` to=<${quote822(this.recipient)}>`;
		return `${attribute('log_message_origin') ?? 'local'}; from=<${quote822(this.sender)}>${recipient}${protocol ? ` proto=${protocol}` : ''}${helo ? ` helo=<${helo}>` : ''}`;
	}
}

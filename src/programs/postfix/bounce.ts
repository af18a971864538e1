/**
 * bounce(8), also as `defer` and `trace`: keeps a log for each mail that could not be delivered (at once), and sends the
 * notice about it.
 *
 * Does: appends to bounce/ID, defer/ID or trace/ID; tells the sender, and the postmaster as notify_classes says. A bounce
 *       that cannot be delivered goes to the postmaster once (2bounce), no further.
 * Reads: bounce_template_file, when it starts; the queue file.
 * Lacks: VERP.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { attribute, attrPrint, AttrReader, type Attributes } from './attr';
import { appendBounceLog, readBounceLog } from './bounce/log';
import { NOTIFY, sendLetter, type Job, type Letter } from './bounce/notice';
import { TRACE_FLAG } from './delivery';
import { Queues } from './mail-queue';
import { readTemplates, TEMPLATES, type Template, type TemplateName } from './postconf/templates';
import type { QueuedMail } from './queue-file';
import { serve, type Daemon } from './server';

const FULL = 1;
const HEADERS = 2;

/** One round of notices about one mail. */
class Notices {
	readonly #double: string;
	readonly #classes: ReadonlySet<string>;

	constructor(
		readonly job: Job,
		/** of the mail; '' for a bounce */
		readonly sender: string
	) {
		const { config } = job.daemon;
		this.#double = `${config.text('double_bounce_sender')}@${config.text('myhostname')}`;
		this.#classes = new Set(config.items('notify_classes').map(({ text }) => text.toLowerCase()));
	}

	get #isDouble(): boolean {
		return this.sender.toLowerCase() === this.#double.toLowerCase();
	}

	/** @returns whether it is done with: sent, or wanted by nobody */
	*#send(letter: Omit<Letter, 'sender'> & { readonly sender?: string }, what: string): Sys<boolean> {
		const sent = yield* sendLetter(this.job, { sender: '', ...letter });
		if (sent?.sent) yield* this.job.daemon.log.info(`${this.job.queueId}: ${what} notification: ${sent.id}`);
		return sent === null || sent.sent;
	}

	*#toPostmaster(parameter: string, what: string, returned: 1 | 2): Sys<boolean> {
		const recipient = this.job.daemon.config.text(parameter);
		const letter = { sender: this.#double, recipient, postmaster: true, returned, notify: 0 };
		return yield* this.#send(letter, `postmaster ${what}`);
	}

	/** bounce_notify_service.c */
	*failure(): Sys<boolean> {
		const { daemon, queueId, mail } = this.job;
		if (this.#isDouble) {
			yield* daemon.log.warn(`${queueId}: undeliverable postmaster notification discarded`);
			return true;
		}
		if (this.sender === '') {
			if (!this.#classes.has('2bounce') && !this.#classes.has('bounce')) return true;
			return yield* this.#toPostmaster('2bounce_notice_recipient', 'non-delivery', FULL);
		}
		const returned = mail.attributes.get('ret_flags') === '2' ? HEADERS : FULL;
		const letter = { recipient: this.sender, postmaster: false, returned, notify: NOTIFY.FAILURE } as const;
		if (!(yield* this.#send(letter, 'sender non-delivery'))) return false;
		if (this.#classes.has('bounce') && !(yield* this.#toPostmaster('bounce_notice_recipient', 'non-delivery', HEADERS)))
			yield* daemon.log.warn(`${queueId}: postmaster notice failed while bouncing to ${this.sender}`);
		return true;
	}

	/** bounce_warn_service.c: a bounce that is late is told to nobody but, if he wants it, the postmaster. */
	*delay(): Sys<boolean> {
		const { daemon, queueId } = this.job;
		if (this.#isDouble) return true;
		if (this.sender === '') {
			if (!this.#classes.has('delay')) return true;
			return yield* this.#toPostmaster('delay_notice_recipient', 'delay', HEADERS);
		}
		const letter = { recipient: this.sender, postmaster: false, returned: HEADERS, notify: NOTIFY.DELAY } as const;
		if (!(yield* this.#send(letter, 'sender delay'))) return false;
		if (this.#classes.has('delay') && !(yield* this.#toPostmaster('delay_notice_recipient', 'delay', HEADERS)))
			yield* daemon.log.warn(`${queueId}: postmaster notice failed while warning ${this.sender}`);
		return true;
	}

	/** bounce_trace_service.c: success as asked for by NOTIFY=SUCCESS, and reports of `sendmail -bv` and `-v` */
	*trace(): Sys<boolean> {
		const { config, log } = this.job.daemon;
		if (this.#isDouble) {
			yield* log.info(`${this.job.queueId}: not sending trace/success notification for double-bounce message`);
			return true;
		}
		const own = this.sender === '';
		if (own && !this.#classes.has('2bounce')) {
			yield* log.info(`${this.job.queueId}: not sending trace/success notification for single-bounce message`);
			return true;
		}
		const letter = {
			sender: own ? this.#double : '',
			recipient: own ? config.text('2bounce_notice_recipient') : this.sender,
			postmaster: false,
			returned: HEADERS,
			notify: this.job.kind === 'verify' ? 0 : NOTIFY.SUCCESS
		} as const;
		return yield* this.#send(letter, 'sender delivery status');
	}
}

function kindOf(service: string, request: Attributes, mail: QueuedMail): TemplateName {
	if (attribute(request, 'request') === 'warn') return 'delay';
	if (service !== 'trace') return 'failure';
	const flags = Number(mail.attributes.get('trace_flags') ?? 0);
	return flags & (TRACE_FLAG.USR_VRFY | TRACE_FLAG.RECORD) ? 'verify' : 'success';
}

function* flush(daemon: Daemon, queues: Queues, request: Attributes, templates: Templates): Sys<boolean> {
	const queueId = attribute(request, 'queue_id');
	const mail = yield* queues.readMail(attribute(request, 'queue_name'), queueId);
	if (!mail) return false;
	const entries = yield* readBounceLog(queues, daemon.service, queueId);
	const kind = kindOf(daemon.service, request, mail);
	const file = daemon.config.text('bounce_template_file');
	const template = templates[kind];
	const templateFile = template === TEMPLATES[kind] ? '[built-in]' : file;
	const notices = new Notices(
		{ daemon, queueId, mail, entries, kind, template, templateFile },
		attribute(request, 'sender')
	);
	const done =
		kind === 'delay'
			? yield* notices.delay()
			: daemon.service === 'trace'
				? yield* notices.trace()
				: yield* notices.failure();
	if (done && kind !== 'delay') yield* queues.remove(daemon.service, queueId);
	return done;
}

type Templates = Readonly<Record<TemplateName, Template>>;

function* serveRequest(daemon: Daemon, fd: number, templates: Templates): Sys<void> {
	const request = yield* new AttrReader(fd).scan();
	if (request === null) return;
	const queues = new Queues(daemon.config);
	let ok = true;
	if (attribute(request, 'request') === 'append') ok = yield* appendBounceLog(queues, daemon.service, request);
	else ok = yield* flush(daemon, queues, request, templates);
	yield* attrPrint(fd, [['status', ok ? '0' : '-1']]);
}

export const bounce: Main = (argv) => {
	let templates: Templates = TEMPLATES;
	return serve('bounce', argv, (daemon, fd) => serveRequest(daemon, fd, templates), {
		*preJail(daemon) {
			templates = yield* readTemplates(daemon.config.text('bounce_template_file') || undefined);
		}
	});
};

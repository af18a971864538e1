/**
 * What queue manager and delivery agents say to each other (deliver_request(3)), and how an agent reports each recipient
 * (sent(3), bounce(3), defer(3), log_adhoc(3)).
 *
 * Trusts: the queue manager for the request; the queue file itself is opened and read by the agent.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { O } from '#kernel/syscalls';
import { errnoOf } from '../libc/strerror';
import { encode } from '../libc/text';
import { close, lseek, open, time, trace, write } from '../libc/unistd';
import { attribute, attrPrint, AttrReader, mailCommand, type Attributes } from './attr';
import { bounceRequest } from './bounce-client';
import { mailEvent, type MailEvent } from './events';
import { Queues, type QueueName } from './mail-queue';
import type { QueuedMail, QueuedRecipient } from './queue-file';
import { quote822 } from './tok822';
import { serve, type Daemon, type ServerOptions } from './server';

export interface DeliveryRequest {
	readonly queueName: QueueName;
	readonly queueId: string;
	readonly nexthop: string;
	readonly sender: string;
	readonly recipients: readonly QueuedRecipient[];
	readonly attributes: ReadonlyMap<string, string>;
	readonly encoding: string;
	readonly returnType: string;
	readonly envelopeId: string;
	/** microseconds */
	readonly arrival: number;
	readonly activeSince: number;
	readonly size: number;
}

/** Times that a log line shows. */
export interface Timing {
	readonly agentStart: number;
	/** connection to the next hop was made; 0 when there was none */
	connected: number;
}

/** Wishes about the delivery itself (deliver_request.h), as the queue file's trace_flags has them. */
export const TRACE_FLAG = {
	/** an address probe of the mail system */
	MTA_VRFY: 256,
	/** `sendmail -bv`: says what would be done */
	USR_VRFY: 512,
	/** `sendmail -v`: delivers, and reports each step */
	RECORD: 1024
} as const;

const RECIPIENT_FIELDS = ['offset', 'address', 'original', 'dsnOriginal', 'notify'] as const;

export function requestAttributes(
	mail: QueuedMail,
	id: string,
	nexthop: string,
	recipients: readonly QueuedRecipient[],
	activeSince: number
): Attributes {
	const list: [string, string][] = [
		['queue_name', 'active'],
		['queue_id', id],
		['nexthop', nexthop],
		['sender', mail.sender],
		['encoding', mail.attributes.get('encoding') ?? ''],
		['ret_flags', mail.attributes.get('ret_flags') ?? ''],
		['envelope_id', mail.attributes.get('envelope_id') ?? ''],
		['arrival', String(mail.arrival)],
		['active', String(activeSince)],
		['size', String(mail.size ?? 0)]
	];
	for (const recipient of recipients)
		for (const field of RECIPIENT_FIELDS) list.push([`recipient_${field}`, String(recipient[field])]);
	return list;
}

function parseRequest(list: Attributes, mail: QueuedMail | null): DeliveryRequest {
	const column = (field: string): string[] =>
		list.filter(([name]) => name === `recipient_${field}`).map(([, value]) => value);
	const [offsets, addresses, originals, dsn, notify] = RECIPIENT_FIELDS.map(column);
	const get = (name: string): string => attribute(list, name);
	return {
		queueName: get('queue_name') as QueueName,
		queueId: get('queue_id'),
		nexthop: get('nexthop'),
		sender: get('sender'),
		recipients: offsets!.map((offset, i) => ({
			offset: Number(offset),
			address: addresses![i]!,
			original: originals![i]!,
			dsnOriginal: dsn![i]!,
			notify: Number(notify![i]),
			done: false
		})),
		attributes: mail?.attributes ?? new Map(),
		encoding: get('encoding'),
		returnType: get('ret_flags'),
		envelopeId: get('envelope_id'),
		arrival: Number(get('arrival')),
		activeSince: Number(get('active')),
		size: Number(get('size'))
	};
}

/** What an agent found out about a recipient. */
export interface Dsn {
	/** "2.0.0", "5.1.1" */
	readonly status: string;
	readonly text: string;
	/** of a remote host, for the report: what it said, and its name */
	readonly diagnosticType?: string;
	readonly diagnostic?: string;
	readonly remoteType?: string;
	readonly remote?: string;
}

/** "0.03", "12", "1.5": two significant digits (format_tv(3)). */
export function formatDelay(microseconds: number): string {
	const seconds = Math.max(0, microseconds) / 1e6;
	if (seconds >= 10) return String(Math.round(seconds));
	if (seconds >= 1) return String(Math.round(seconds * 10) / 10);
	return String(Math.round(seconds * 100) / 100);
}

/** A delivery in progress: the request, the mail, and what is told about each recipient. */
export class Delivery {
	/** some recipient has to be tried again */
	deferred = false;
	readonly timing: Timing;
	/** the whole next hop failed: words for recipients that are still waiting */
	siteFailure: Dsn | null = null;

	constructor(
		readonly daemon: Daemon,
		readonly request: DeliveryRequest,
		readonly mail: QueuedMail,
		agentStart: number
	) {
		this.timing = { agentStart, connected: 0 };
	}

	get id(): string {
		return this.request.queueId;
	}

	*#log(recipient: QueuedRecipient, relay: string, dsn: Dsn, status: string): Sys<void> {
		const now = yield* time();
		const { arrival, activeSince } = this.request;
		const { agentStart, connected } = this.timing;
		const delays = [
			activeSince - arrival,
			agentStart - activeSince,
			connected ? connected - agentStart : 0,
			now - (connected || agentStart)
		]
			.map(formatDelay)
			.join('/');
		yield* this.daemon.log.info(
			`${this.id}: ${recipientText(recipient)}, relay=${relay}, delay=${formatDelay(now - arrival)}, delays=${delays}, dsn=${dsn.status}, status=${status} (${dsn.text})`
		);
		const state: MailEvent['status'] =
			status === 'sent' ? 'sent' : status === 'deferred' || status === 'SOFTBOUNCE' ? 'deferred' : 'bounced';
		const about = {
			sender: this.request.sender,
			recipient: recipient.address,
			text: dsn.text,
			status: state,
			...(relay !== 'none' && { peer: relay })
		};
		yield* trace(mailEvent(this.id, this.daemon.service, about));
	}

	/** DEL_REQ_FLAG bits: TRACE_FLAG */
	get flags(): number {
		return Number(this.request.attributes.get('trace_flags') ?? 0);
	}

	/** Nothing is to be delivered: what would be done is to be said. */
	get probe(): boolean {
		return (this.flags & (TRACE_FLAG.MTA_VRFY | TRACE_FLAG.USR_VRFY)) !== 0;
	}

	/** For the report that trace(8) sends. @returns false when it was not noted */
	*traced(recipient: QueuedRecipient, relay: string, dsn: Dsn, action: string): Sys<boolean> {
		const text = relay === 'none' ? dsn.text : `delivery via ${relay}: ${dsn.text}`;
		return yield* bounceRequest(this.daemon, 'trace', 'append', this.request, recipient, { ...dsn, text }, action);
	}

	/** The answer to a probe: for verify(8) or for the report. */
	*#probed(recipient: QueuedRecipient, relay: string, dsn: Dsn, action: string): Sys<void> {
		if (this.flags & TRACE_FLAG.MTA_VRFY) {
			const cached = action === 'deliverable' || this.daemon.config.flag('address_verify_negative_cache');
			if (cached) yield* this.#tellVerify(recipient, dsn, action);
			yield* this.#log(recipient, relay, dsn, cached ? action : `${action}-but-not-cached`);
			return yield* this.completed(recipient);
		}
		yield* this.traced(recipient, relay, dsn, action);
		yield* this.#log(recipient, relay, dsn, action);
		yield* this.completed(recipient);
	}

	/** verify(8) hears of the address that was asked about, and of what it was mapped to (verify_append()). */
	*#tellVerify(recipient: QueuedRecipient, dsn: Dsn, action: string): Sys<void> {
		const status = action === 'deliverable' ? 0 : dsn.status.startsWith('5') ? 2 : 1;
		for (const address of new Set([recipient.original || recipient.address, recipient.address]))
			try {
				yield* mailCommand('private', this.daemon.config.text('address_verify_service_name'), [
					['request', 'update'],
					['address', address],
					['recipient_status', String(status)],
					['reason', dsn.text]
				]);
			} catch (thrown) {
				errnoOf(thrown);
			}
	}

	/** Delivered: the recipient's record becomes D. @param action "delivered", "relayed" for a report of success */
	*sent(recipient: QueuedRecipient, relay: string, dsn: Dsn, action = 'delivered'): Sys<void> {
		if (this.probe) return yield* this.#probed(recipient, relay, dsn, 'deliverable');
		if (this.flags & TRACE_FLAG.RECORD || recipient.notify & 2) yield* this.traced(recipient, relay, dsn, action);
		yield* this.#log(recipient, relay, dsn, 'sent');
		yield* this.completed(recipient);
	}

	*bounced(recipient: QueuedRecipient, relay: string, dsn: Dsn): Sys<void> {
		if (this.probe) return yield* this.#probed(recipient, relay, dsn, 'undeliverable');
		if (this.daemon.config.flag('soft_bounce')) {
			const soft = { ...dsn, status: `4${dsn.status.slice(1)}` };
			if (yield* bounceRequest(this.daemon, 'defer', 'append', this.request, recipient, soft, 'delayed'))
				yield* this.#log(recipient, relay, soft, 'SOFTBOUNCE');
			this.deferred = true;
			return;
		}
		if (yield* bounceRequest(this.daemon, 'bounce', 'append', this.request, recipient, dsn, 'failed')) {
			if (this.flags & TRACE_FLAG.RECORD) yield* this.traced(recipient, relay, dsn, 'failed');
			yield* this.#log(recipient, relay, dsn, 'bounced');
			yield* this.completed(recipient);
		} else this.deferred = true;
	}

	*deferredRecipient(recipient: QueuedRecipient, relay: string, dsn: Dsn): Sys<void> {
		if (this.probe) return yield* this.#probed(recipient, relay, dsn, 'undeliverable');
		this.deferred = true;
		yield* bounceRequest(this.daemon, 'defer', 'append', this.request, recipient, dsn, 'delayed');
		if (this.flags & TRACE_FLAG.RECORD) yield* this.traced(recipient, relay, dsn, 'delayed');
		yield* this.#log(recipient, relay, dsn, 'deferred');
	}

	/** By the first digit of the status. */
	*failed(recipient: QueuedRecipient, relay: string, dsn: Dsn): Sys<void> {
		if (dsn.status.startsWith('5')) yield* this.bounced(recipient, relay, dsn);
		else yield* this.deferredRecipient(recipient, relay, dsn);
	}

	/** deliver_completed(3) */
	*completed(recipient: QueuedRecipient): Sys<void> {
		if (recipient.offset <= 0) return;
		const fd = yield* open(new Queues(this.daemon.config).path('active', this.id), O.WRONLY);
		yield* lseek(fd, recipient.offset, 'set');
		yield* write(fd, encode('D'));
		yield* close(fd);
	}
}

/** "to=<anna@example.org>, orig_to=<anna>" */
export function recipientText(recipient: { readonly address: string; readonly original: string }): string {
	const other = recipient.original !== '' && recipient.original.toLowerCase() !== recipient.address.toLowerCase();
	return `to=<${quote822(recipient.address)}>${other ? `, orig_to=<${quote822(recipient.original)}>` : ''}`;
}

export type Agent = (delivery: Delivery) => Sys<void>;

/** The main program of a delivery agent. */
export function deliveryAgent(program: string, agent: Agent, options: ServerOptions = {}): Main {
	return (argv) =>
		serve(
			program,
			argv,
			function* (daemon, fd) {
				const start = yield* time();
				const list = yield* new AttrReader(fd).scan();
				if (list === null) return;
				const queueId = attribute(list, 'queue_id');
				const mail = yield* new Queues(daemon.config).readMail(attribute(list, 'queue_name'), queueId);
				let status = '1';
				let site: Dsn | null = null;
				if (mail) {
					const delivery = new Delivery(daemon, parseRequest(list, mail), mail, start);
					yield* agent(delivery);
					status = delivery.deferred ? '1' : '0';
					site = delivery.siteFailure;
				} else yield* daemon.log.warn(`open active ${queueId}: No such file or directory`);
				try {
					yield* attrPrint(fd, [
						['status', status],
						['site_status', site?.status ?? ''],
						['site_text', site?.text ?? '']
					]);
				} catch (thrown) {
					errnoOf(thrown);
				}
			},
			options
		);
}

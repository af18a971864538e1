/**
 * qmgr(8): the queue manager.
 *
 * Does: takes mail from `incoming` (when cleanup knocks) and `deferred` (when its time has come) into `active`, asks
 *       trivial-rewrite where each recipient goes, hands groups of recipients to delivery agents, and afterwards removes
 *       the mail, defers it (with a longer and longer wait), or has the sender told.
 * Reads: queue files; one letter over `public/qmgr`: I incoming, D deferred, A ignore waiting times, F forget dead hosts,
 *        W wake up.
 * Lacks: fair scheduling between mails, pre-emption, rate delays. A destination that fails as often as its concurrency
 *        allows is left alone for minimal_backoff_time, as in the original.
 */
import { O, type Main, type Sys } from '#kernel/syscalls';
import { errnoOf } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { chmod, close, lseek, open, poll, read, stat, time, trace, utimes, write } from '../libc/unistd';
import { attribute, attrPrint, AttrReader, mailConnect } from './attr';
import { bounceFlush } from './bounce-client';
import { requestAttributes, TRACE_FLAG } from './delivery';
import { mailEvent } from './events';
import { Queues } from './mail-queue';
import { REC, type QueuedMail, type QueuedRecipient } from './queue-file';
import { resolve } from './rewrite-client';
import { serve, type Daemon } from './server';
import { quote822, splitAddress } from './tok822';
import { RESOLVE } from './trivial-rewrite';

/** mail that `postsuper -e` or `-f` wants to end (mail_queue.h) */
export const EXPIRE_MODE = 0o010;

interface Message {
	readonly id: string;
	readonly mail: QueuedMail;
	readonly activeSince: number;
	/** groups that are waiting or on their way */
	open: number;
	deferred: boolean;
	readonly expired: boolean;
}

interface Group {
	readonly message: Message;
	readonly transport: string;
	readonly nexthop: string;
	/** what limits count by: the next hop, or the user of a local mailbox */
	readonly destination: string;
	readonly recipients: readonly QueuedRecipient[];
}

interface Destination {
	running: number;
	window: number;
	failedCohorts: number;
	/** left alone until then */
	deadUntil: number;
	why: { status: string; text: string } | null;
}

class QueueManager {
	readonly #queues: Queues;
	readonly #messages = new Map<string, Message>();
	readonly #waiting: Group[] = [];
	readonly #running = new Map<number, { group: Group; reader: AttrReader }>();
	readonly #destinations = new Map<string, Destination>();
	#nextDeferredScan = 0;
	#scanIncoming = true;
	#scanDeferred = true;
	#ignoreTimes = false;
	#flushing = false;

	constructor(readonly daemon: Daemon) {
		this.#queues = new Queues(daemon.config);
	}

	/** What an earlier queue manager left behind. */
	*start(): Sys<void> {
		for (const id of yield* this.#queues.list('active')) yield* this.#queues.move(id, 'active', 'incoming');
	}

	get descriptors(): readonly number[] {
		return [...this.#running.keys()];
	}

	/** Letters of one connection. */
	*trigger(fd: number): Sys<void> {
		if ((yield* poll([{ fd, read: true }], 1e6)).length === 0) return;
		for (const letter of decode(yield* read(fd, 100))) {
			if (letter === 'I') this.#scanIncoming = true;
			else if (letter === 'D') this.#scanDeferred = true;
			else if (letter === 'A') this.#ignoreTimes = true;
			else if (letter === 'W') this.#scanIncoming = true;
			else if (letter === 'F') {
				/* a flush also tries what defer_transports puts off */
				this.#flushing = true;
				for (const destination of this.#destinations.values())
					Object.assign(destination, { deadUntil: 0, failedCohorts: 0, why: null });
			}
		}
	}

	/** All that can be done now. @returns microseconds to the next scan of `deferred` */
	*work(): Sys<number> {
		const delay = this.daemon.config.seconds('queue_run_delay') * 1e6;
		let now = yield* time();
		if (now >= this.#nextDeferredScan) {
			this.#scanDeferred = true;
			this.#scanIncoming = true;
		}
		while (this.#scanIncoming || this.#scanDeferred) {
			if (this.#scanIncoming) {
				this.#scanIncoming = false;
				for (const id of yield* this.#queues.list('incoming')) yield* this.#feed(id, 'incoming', false);
			}
			if (this.#scanDeferred) {
				this.#scanDeferred = false;
				const ignore = this.#ignoreTimes;
				this.#ignoreTimes = false;
				this.#nextDeferredScan = (yield* time()) + delay;
				for (const id of yield* this.#queues.list('deferred')) yield* this.#feed(id, 'deferred', ignore);
			}
			this.#flushing = false;
			yield* this.#dispatch();
		}
		yield* this.#dispatch();
		now = yield* time();
		return Math.max(0, this.#nextDeferredScan - now);
	}

	/** Takes a mail into the active queue. */
	*#feed(id: string, from: 'incoming' | 'deferred', ignoreTime: boolean): Sys<void> {
		if (this.#messages.has(id)) return;
		const path = this.#queues.path(from, id);
		let mode: number;
		try {
			const found = yield* stat(path);
			mode = found.mode;
			if (from === 'incoming' && !(mode & 0o100)) return;
			if (!ignoreTime && found.mtime > (yield* time())) return;
		} catch (thrown) {
			errnoOf(thrown);
			return;
		}
		yield* this.#queues.move(id, from, 'active');
		const mail = yield* this.#queues.readMail('active', id);
		const { log } = this.daemon;
		if (!mail?.complete) {
			yield* log.warn(`saving corrupt file "${id}" from queue "active" to queue "corrupt"`);
			yield* this.#queues.move(id, 'active', 'corrupt');
			return;
		}
		yield* this.#queues.remove('defer', id);
		const todo = mail.recipients.filter(({ done }) => !done);
		const message: Message = {
			id,
			mail,
			activeSince: yield* time(),
			open: 0,
			deferred: false,
			expired: (mode & EXPIRE_MODE) !== 0
		};
		this.#messages.set(id, message);
		yield* log.info(
			`${id}: from=<${quote822(mail.sender)}>, size=${mail.size ?? 0}, nrcpt=${todo.length} (queue active)`
		);
		yield* this.#assign(message, todo);
		if (message.open === 0) yield* this.#done(message);
	}

	/** Sorts recipients into groups by transport and next hop. */
	*#assign(message: Message, todo: readonly QueuedRecipient[]): Sys<void> {
		const { config } = this.daemon;
		const groups = new Map<string, QueuedRecipient[]>();
		const deferTransports = new Set(config.items('defer_transports').map(({ text }) => text));
		for (const recipient of todo) {
			const route = yield* this.#route(message, recipient);
			let { transport, nexthop } = route;
			const dead = this.#destinations.get(`${transport}\0${nexthop}`);
			if (message.expired) [transport, nexthop] = ['retry', '4.0.0 message has expired'];
			else if (!this.#flushing && deferTransports.has(transport))
				[transport, nexthop] = ['retry', '4.3.2 deferred transport'];
			else if (dead && dead.deadUntil > (yield* time()))
				[transport, nexthop] = ['retry', `${dead.why!.status} delivery temporarily suspended: ${dead.why!.text}`];
			const key = `${transport}\0${nexthop}`;
			const group = groups.get(key) ?? [];
			group.push({ ...recipient, address: route.address });
			groups.set(key, group);
		}
		for (const [key, recipients] of groups) {
			const [transport, nexthop] = key.split('\0') as [string, string];
			const sorted =
				transport === 'local' ? recipients : [...recipients].sort((a, b) => compareRecipients(a.address, b.address));
			const limit = this.#limit(transport, 'recipient_limit') || sorted.length;
			for (let i = 0; i < sorted.length; i += limit) {
				const part = sorted.slice(i, i + limit);
				const destination = limit === 1 ? splitAddress(part[0]!.address)[0] : nexthop;
				this.#waiting.push({
					message,
					transport,
					nexthop,
					destination: `${transport}\0${destination}`,
					recipients: part
				});
				message.open++;
			}
		}
	}

	*#route(message: Message, recipient: QueuedRecipient): Sys<{ transport: string; nexthop: string; address: string }> {
		const { mail } = message;
		const target = mail.redirect || recipient.address;
		const isProbe = (Number(mail.attributes.get('trace_flags') ?? 0) & TRACE_FLAG.MTA_VRFY) !== 0;
		const reply = yield* resolve(this.daemon, mail.sender, target, isProbe);
		if (mail.filter && !mail.redirect) {
			const colon = mail.filter.indexOf(':');
			return {
				transport: mail.filter.slice(0, colon),
				nexthop: mail.filter.slice(colon + 1) || this.daemon.config.text('myhostname'),
				address: recipient.address
			};
		}
		if (reply.flags & RESOLVE.ERROR)
			return { transport: 'error', nexthop: `5.1.3 bad address syntax`, address: recipient.address };
		if (reply.flags & RESOLVE.FAIL)
			return { transport: 'retry', nexthop: '4.3.0 address resolver failure', address: recipient.address };
		return { transport: reply.transport, nexthop: reply.nexthop, address: reply.recipient };
	}

	#limit(transport: string, what: 'recipient_limit' | 'concurrency_limit'): number {
		const { config } = this.daemon;
		const own = config.text(`${transport}_destination_${what}`);
		return Number(own === '' ? config.text(`default_destination_${what}`) : own);
	}

	#destination(key: string): Destination {
		let found = this.#destinations.get(key);
		if (!found) {
			found = {
				running: 0,
				window: this.daemon.config.number('initial_destination_concurrency'),
				failedCohorts: 0,
				deadUntil: 0,
				why: null
			};
			this.#destinations.set(key, found);
		}
		return found;
	}

	/** Starts deliveries as far as limits allow. */
	*#dispatch(): Sys<void> {
		for (let i = 0; i < this.#waiting.length;) {
			const group = this.#waiting[i]!;
			const destination = this.#destination(group.destination);
			const limit = this.#limit(group.transport, 'concurrency_limit') || 100;
			if (destination.running >= Math.min(limit, Math.max(1, destination.window)) || this.#running.size >= 100) {
				i++;
				continue;
			}
			this.#waiting.splice(i, 1);
			yield* this.#start(group, destination);
		}
	}

	*#start(group: Group, destination: Destination): Sys<void> {
		const { message, transport, nexthop, recipients } = group;
		try {
			const fd = yield* mailConnect('private', transport);
			yield* attrPrint(fd, requestAttributes(message.mail, message.id, nexthop, recipients, message.activeSince));
			this.#running.set(fd, { group, reader: new AttrReader(fd, -1) });
			destination.running++;
			yield* trace(
				mailEvent(message.id, 'qmgr', {
					sender: message.mail.sender,
					recipient: recipients.map(({ address }) => address).join(', '),
					text: `handed to ${transport}${transport === 'local' || transport === 'error' ? '' : ` for ${nexthop}`}`
				})
			);
		} catch (thrown) {
			const code = errnoOf(thrown).code;
			const { log } = this.daemon;
			yield* log.warn(
				`connect to transport private/${transport}: ${code === 'ENOENT' ? 'No such file or directory' : code === 'ECONNREFUSED' ? 'Connection refused' : code}`
			);
			if (transport === 'retry' || transport === 'error') {
				message.deferred = true;
				message.open--;
				if (message.open === 0) yield* this.#done(message);
			} else
				this.#waiting.push({
					...group,
					transport: 'retry',
					nexthop: '4.3.0 mail transport unavailable',
					destination: 'retry\0'
				});
		}
	}

	/** A delivery agent has answered, or died. */
	*finished(fd: number): Sys<void> {
		const { group, reader } = this.#running.get(fd)!;
		this.#running.delete(fd);
		const reply = yield* reader.scan();
		yield* close(fd);
		const destination = this.#destination(group.destination);
		destination.running--;
		const { message } = group;
		if (reply === null) {
			yield* this.daemon.log.warn(`private/${group.transport} socket: malformed response`);
			message.deferred = true;
		} else {
			if (attribute(reply, 'status') !== '0') message.deferred = true;
			yield* this.#feedback(destination, attribute(reply, 'site_status'), attribute(reply, 'site_text'), group);
		}
		message.open--;
		if (message.open === 0) yield* this.#done(message);
	}

	*#feedback(destination: Destination, status: string, text: string, group: Group): Sys<void> {
		const { config } = this.daemon;
		if (status === '') {
			destination.failedCohorts = 0;
			destination.window = Math.min(
				this.#limit(group.transport, 'concurrency_limit') || 100,
				destination.window + 1 / destination.window
			);
			return;
		}
		destination.failedCohorts += 1 / Math.max(1, destination.window);
		destination.window = Math.max(1, destination.window - 1 / destination.window);
		if (destination.failedCohorts < Number(config.text('default_destination_concurrency_failed_cohort_limit'))) return;
		destination.why = { status, text };
		destination.deadUntil = (yield* time()) + config.seconds('minimal_backoff_time') * 1e6;
		const dead = this.#waiting.filter((other) => other.destination === group.destination);
		for (const other of dead)
			Object.assign(other, {
				transport: 'retry',
				nexthop: `${status} delivery temporarily suspended: ${text}`,
				destination: 'retry\0'
			});
	}

	/** All recipients had their turn (qmgr_active_done()). */
	*#done(message: Message): Sys<void> {
		const { id, mail } = message;
		this.#messages.delete(id);
		const { config, log } = this.daemon;
		const exists = function* (path: string): Sys<boolean> {
			try {
				yield* stat(path);
				return true;
			} catch (thrown) {
				errnoOf(thrown);
				return false;
			}
		};
		if (yield* exists(this.#queues.path('bounce', id))) {
			if (!(yield* bounceFlush(this.daemon, 'bounce', 'flush', 'active', id, mail.sender))) message.deferred = true;
		}
		if (yield* exists(this.#queues.path('trace', id)))
			yield* bounceFlush(this.daemon, 'trace', 'flush', 'active', id, mail.sender);
		const now = yield* time();
		if (message.deferred) {
			const lifetime = config.seconds(mail.sender === '' ? 'bounce_queue_lifetime' : 'maximal_queue_lifetime');
			if (message.expired || mail.arrival + lifetime * 1e6 <= now) {
				yield* log.info(
					`${id}: from=<${mail.sender}>, status=${message.expired ? 'force-expired' : 'expired'}, returned to sender`
				);
				if (yield* bounceFlush(this.daemon, 'defer', 'flush', 'active', id, mail.sender))
					return yield* this.#remove(id);
			} else if (mail.warn && mail.warn.time > 0 && mail.warn.time * 1e6 <= now) {
				if (yield* bounceFlush(this.daemon, 'defer', 'warn', 'active', id, mail.sender))
					yield* this.#warned(id, mail.warn.offset);
			}
			return yield* this.#defer(message, now);
		}
		yield* this.#remove(id);
	}

	*#remove(id: string): Sys<void> {
		yield* this.#queues.remove('defer', id);
		yield* this.#queues.remove('active', id);
		yield* this.daemon.log.info(`${id}: removed`);
	}

	/** Notes that the sender has been warned. */
	*#warned(id: string, offset: number): Sys<void> {
		const fd = yield* open(this.#queues.path('active', id), O.WRONLY);
		yield* lseek(fd, offset + 2, 'set');
		yield* write(fd, encode('0'.padStart(15)));
		yield* close(fd);
	}

	/** What a verbose delivery reports is its first attempt: the record that asks for it becomes K. */
	*#killTrace(message: Message): Sys<void> {
		const found = message.mail.records.find(({ type, data }) => type === REC.ATTR && data.startsWith('trace_flags='));
		if (!found) return;
		const fd = yield* open(this.#queues.path('active', message.id), O.WRONLY);
		yield* lseek(fd, found.offset, 'set');
		yield* write(fd, encode(REC.KILL));
		yield* close(fd);
	}

	*#defer(message: Message, now: number): Sys<void> {
		const { config } = this.daemon;
		yield* this.#killTrace(message);
		const age = (now - message.mail.arrival) / 1e6;
		const wait = Math.max(
			config.seconds('minimal_backoff_time'),
			Math.min(age, config.seconds('maximal_backoff_time'))
		);
		const path = this.#queues.path('active', message.id);
		yield* utimes(path, now + wait * 1e6, now + wait * 1e6);
		yield* chmod(path, 0o700);
		yield* this.#queues.move(message.id, 'active', 'deferred');
		const { mail } = message;
		const lifetime = config.seconds(mail.sender === '' ? 'bounce_queue_lifetime' : 'maximal_queue_lifetime');
		yield* trace(
			mailEvent(message.id, 'qmgr', {
				text: 'waits in deferred',
				waits: { retryAt: now + wait * 1e6, expiresAt: mail.arrival + lifetime * 1e6 }
			})
		);
	}
}

/** By domain, then by user (recipient_list.c). */
function compareRecipients(a: string, b: string): number {
	const [userA, domainA] = splitAddress(a);
	const [userB, domainB] = splitAddress(b);
	const order = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);
	return order(domainA ?? '', domainB ?? '') || order(userA, userB);
}

export const qmgr: Main = (argv) => {
	let manager: QueueManager | null = null;
	return serve('qmgr', argv, (_daemon, fd) => manager!.trigger(fd), {
		solitary: true,
		postJail: function* (daemon) {
			manager = new QueueManager(daemon);
			yield* manager.start();
		},
		idle: () => manager!.work(),
		watch: () => manager!.descriptors,
		onReady: (_daemon, fd) => manager!.finished(fd)
	});
};

/**
 * cleanup(8): makes a queue file of what comes in.
 *
 * Does: completes and maps addresses of envelope and headers, expands virtual aliases, adds what is missing, applies header
 *       and body checks, writes the file to `incoming` (or `hold`) and wakes the queue manager. Says the queue id first
 *       and the verdict last.
 * Reads: main.cf and its tables; records from smtpd, pickup, local and bounce over `public/cleanup`.
 * Trusts: those programs for the order of records.
 * Lacks: milters.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { chmod, close, trace, utimes } from '../libc/unistd';
import { attribute, attrPrint, AttrReader, mailTrigger } from './attr';
import { bounceRejected } from './bounce-client';
import { Content } from './cleanup/content';
import { AddressMaps } from './cleanup/maps';
import { State } from './cleanup/state';
import { DictError } from './dict';
import { mailEvent, rewriteEvent, type MailEvent } from './events';
import { CLEANUP, CLEANUP_DETAILS, CLEANUP_FLAG } from './mail-stream';
import { Queues, writeFully } from './mail-queue';
import { REC, recordBytes } from './queue-file';
import { RecordReader } from './record-reader';
import { rewriteInternal } from './rewrite-client';
import { serve, type Daemon } from './server';

/** bytes of a C record: two of head and 95 of text */
const SIZE_RECORD = 97;
const BOUNCEABLE = CLEANUP.SIZE | CLEANUP.CONT | CLEANUP.HOPS;

class Cleanup {
	readonly state: State;
	readonly content: Content;
	#section: 'envelope' | 'content' | 'extracted' = 'envelope';
	#dataOffset = 0;
	#extraOffset = 0;
	#originalRecipient = '';
	#dsnOriginal = '';
	#notify = 0;
	#been = new Set<string>();
	#sawSender = false;

	constructor(
		readonly daemon: Daemon,
		readonly maps: AddressMaps,
		queueId: string
	) {
		this.state = new State(daemon, queueId);
		this.content = new Content(this.state, maps);
	}

	/** Takes records up to E. @returns false when the client went away */
	*receive(reader: RecordReader): Sys<boolean> {
		for (;;) {
			const record = yield* reader.next();
			if (record === null) return false;
			if (!this.state.acceptsMore && record.type !== REC.END) continue;
			if (this.#section === 'content' && record.type !== REC.XTRA && record.type !== REC.END) {
				yield* this.content.line(record.data, record.type !== REC.CONT);
				continue;
			}
			if (record.type === REC.END) {
				yield* this.#finish();
				return true;
			}
			yield* this.#envelope(record.type, record.data);
		}
	}

	*#envelope(type: string, data: string): Sys<void> {
		const { state } = this;
		switch (type) {
			case REC.TIME: {
				const [seconds, micro] = data.split(' ');
				state.arrival = Number(seconds) * 1e6 + Number(micro ?? 0);
				state.out.put(type, data);
				state.out.put(REC.ATTR, `create_time=${Math.floor(state.created / 1e6)}`);
				break;
			}
			case REC.FULL:
				state.fullName = data;
				state.out.put(type, data);
				break;
			case REC.FROM:
				yield* this.#senderRecord(data);
				break;
			case REC.ATTR:
				this.#attributeRecord(data);
				break;
			case REC.ORCP:
				this.#originalRecipient = data;
				break;
			case REC.RCPT:
				yield* this.recipient(data);
				break;
			case REC.FLGS:
				state.flags |= Number(data);
				break;
			case REC.FILT:
				state.filter = data;
				break;
			case REC.RDIR:
				state.redirect = data;
				break;
			case REC.MESG:
				this.#beginContent();
				break;
			case REC.XTRA:
				if (this.#section === 'content') yield* this.content.end();
				this.#section = 'extracted';
				this.#extraOffset = state.out.length;
				state.out.put(REC.XTRA, '');
				break;
			case REC.VERP:
			case REC.INSP:
				state.out.put(type, data);
				break;
		}
	}

	#attributeRecord(data: string): void {
		const equals = data.indexOf('=');
		const [name, value] = [data.slice(0, equals), data.slice(equals + 1)];
		if (name === 'dsn_orig_rcpt') this.#dsnOriginal = value;
		else if (name === 'notify_flags') this.#notify = Number(value);
		else {
			this.state.attributes.set(name, value);
			this.state.out.put(REC.ATTR, data);
		}
	}

	*#senderRecord(data: string): Sys<void> {
		const { state, maps } = this;
		const { config } = this.daemon;
		if (state.arrival === 0) state.arrival = state.created;
		let address = data;
		if (data !== '') {
			address = yield* this.#complete(data);
			if (state.flags & CLEANUP_FLAG.MAP_OK) {
				const has = (parameter: string): boolean =>
					config.items(parameter).some(({ text }) => text === 'envelope_sender');
				if (has('sender_canonical_classes')) address = yield* maps.one(maps.senderCanonical, address, state);
				if (has('canonical_classes')) address = yield* maps.one(maps.canonical, address, state);
				if (has('masquerade_classes')) address = yield* maps.masquerade(address, state);
			}
		}
		state.sender = address;
		this.#sawSender = true;
		state.out.put(REC.FROM, address);
		const wait = config.seconds('delay_warning_time');
		if (wait > 0) state.out.put(REC.WARN, String(Math.floor(state.arrival / 1e6) + wait).padStart(15));
		if (state.flags & CLEANUP_FLAG.BCC_OK && maps.senderBcc.dicts.length > 0)
			yield* this.#copy(maps.senderBcc, address || config.text('empty_address_recipient'));
	}

	/** An address of the envelope in its standard form. */
	*#complete(given: string): Sys<string> {
		const { config } = this.daemon;
		const address = yield* rewriteInternal(this.daemon, 'local', given);
		if (address !== given) {
			const [check, parameter] = given.includes('@')
				? ['append_dot_mydomain', 'mydomain']
				: ['append_at_myorigin', 'myorigin'];
			const source = config.source(parameter);
			yield* trace(rewriteEvent(this.state.queueId, 'cleanup', given, [address], check, { source }));
		}
		return address;
	}

	*#copy(maps: AddressMaps['senderBcc'], key: string): Sys<void> {
		try {
			const found = yield* this.maps.map(maps, key, 'bcc');
			const copy = found?.addresses[0];
			if (!copy) return;
			this.state.bcc.push(copy);
			yield* trace(rewriteEvent(this.state.queueId, 'cleanup', key, [key, copy], maps.title, found.entry));
		} catch (thrown) {
			if (!(thrown instanceof DictError)) throw thrown;
			yield* this.daemon.log.warn(
				`${this.state.queueId}: ${maps.title} map lookup problem -- message not accepted, try again later`
			);
			this.state.errors |= CLEANUP.WRITE;
		}
	}

	/** Rewrites, maps and writes one recipient (cleanup_addr_recipient()). */
	*recipient(data: string, copies = true): Sys<void> {
		const { state, maps } = this;
		const { config } = this.daemon;
		const original = this.#originalRecipient || data;
		let dsnOriginal = this.#dsnOriginal;
		const notify = this.#notify;
		this.#originalRecipient = this.#dsnOriginal = '';
		this.#notify = 0;
		state.recipient ??= data;
		let address = yield* this.#complete(data || config.text('empty_address_recipient'));
		if (dsnOriginal === '') dsnOriginal = `rfc822;${address}`;
		let all = [address];
		if (state.flags & CLEANUP_FLAG.MAP_OK) {
			const has = (parameter: string): boolean =>
				config.items(parameter).some(({ text }) => text === 'envelope_recipient');
			if (has('recipient_canonical_classes')) address = yield* maps.one(maps.recipientCanonical, address, state);
			if (has('canonical_classes')) address = yield* maps.one(maps.canonical, address, state);
			if (has('masquerade_classes')) address = yield* maps.masquerade(address, state);
			all = yield* maps.many(address, state);
		}
		if (state.recipients.length === 0) state.recipient = address;
		for (const one of all) this.#writeRecipient(one, original, dsnOriginal, notify);
		if (copies && state.flags & CLEANUP_FLAG.BCC_OK && maps.recipientBcc.dicts.length > 0)
			yield* this.#copy(maps.recipientBcc, address);
	}

	#writeRecipient(address: string, original: string, dsnOriginal: string, notify: number): void {
		const { state } = this;
		const key = this.daemon.config.flag('enable_original_recipient')
			? `${dsnOriginal}\n${notify}\n${original}\n${address}`
			: address;
		if (this.#been.has(key.toLowerCase())) return;
		this.#been.add(key.toLowerCase());
		if (notify) state.out.put(REC.ATTR, `notify_flags=${notify}`);
		if (dsnOriginal) state.out.put(REC.ATTR, `dsn_orig_rcpt=${dsnOriginal}`);
		state.out.put(REC.ORCP, original);
		state.out.put(REC.RCPT, address);
		state.recipients.push({ address, original, dsnOriginal, notify });
	}

	#beginContent(): void {
		const { state } = this;
		if (!this.#sawSender) state.errors |= CLEANUP.BAD;
		this.#section = 'content';
		const context = state.attributes.get('rewrite_context');
		const remote = this.daemon.config.text('remote_header_rewrite_domain') !== '';
		state.headerContext = context === 'local' ? 'local' : context === 'remote' && remote ? 'remote' : null;
		state.out.put(REC.MESG, '');
		this.#dataOffset = state.out.length;
	}

	*#finish(): Sys<void> {
		const { state } = this;
		const { config } = this.daemon;
		if (this.#section !== 'extracted') {
			if (state.errors === 0 && !(state.flags & CLEANUP_FLAG.DISCARD)) state.errors |= CLEANUP.BAD;
			return;
		}
		const always = config.text('always_bcc');
		if (always !== '' && state.flags & CLEANUP_FLAG.BCC_OK) state.bcc.push(always);
		for (const bcc of state.bcc) {
			this.#notify = 1;
			/* given by the administrator: what it is completed to counts as the original (cleanup_addr_bcc()) */
			yield* this.recipient(yield* rewriteInternal(this.daemon, 'local', bcc), false);
		}
		if (state.filter !== '') state.out.put(REC.FILT, state.filter);
		if (state.redirect !== '') state.out.put(REC.RDIR, state.redirect);
		state.out.put(REC.END, '');
	}

	/** The queue file, its size record in front. */
	/** @param finished false for one that was cut short: its size is not known */
	bytes(finished: boolean): Uint8Array {
		const { state } = this;
		const size = this.#extraOffset - this.#dataOffset;
		const numbers = finished
			? [size, SIZE_RECORD + this.#dataOffset, state.recipients.length, 0, size, 0]
			: [0, 0, 0, 0, 0, 0];
		const head = recordBytes(REC.SIZE, numbers.map((number) => String(number).padStart(15)).join(' '));
		const rest = state.out.bytes();
		const all = new Uint8Array(head.length + rest.length);
		all.set(head);
		all.set(rest, head.length);
		return all;
	}
}

/** The limit of the message is that of the whole queue file, envelope and all (setrlimit(2) in the real program). */
function tooLarge(daemon: Daemon, bytes: Uint8Array): boolean {
	const limit = daemon.config.number('message_size_limit');
	return limit > 0 && bytes.length > limit;
}

function* receiveMail(daemon: Daemon, maps: AddressMaps, fd: number): Sys<void> {
	const queues = new Queues(daemon.config);
	const { id, fd: file, now } = yield* queues.enter('incoming');
	const done = function* (): Sys<void> {
		yield* close(file);
	};
	const cleanup = new Cleanup(daemon, maps, id);
	const { state } = cleanup;
	state.created = now;
	try {
		yield* attrPrint(fd, [['queue_id', id]]);
		const reader = new AttrReader(fd);
		const hello = yield* reader.scan();
		if (hello === null || (!(state.flags = Number(attribute(hello, 'flags'))) && attribute(hello, 'flags') === ''))
			throw null;
		if (!(yield* cleanup.receive(new RecordReader(fd, reader.rest)))) throw null;
	} catch (thrown) {
		if (thrown !== null) errnoOf(thrown);
		if (tooLarge(daemon, cleanup.bytes(false))) yield* daemon.log.warn('mail_stream_cleanup: close error');
		yield* queues.remove('incoming', id);
		return yield* done();
	}
	if (state.errors === 0 || (state.errors & ~BOUNCEABLE) === 0) {
		try {
			yield* writeFully(file, cleanup.bytes((state.errors & (CLEANUP.CONT | CLEANUP.SIZE)) === 0));
		} catch (thrown) {
			yield* daemon.log.warn(`${id}: write queue file: ${strerror(errnoOf(thrown))}`);
			state.errors |= CLEANUP.WRITE;
		}
	}
	if (state.errors === 0 && tooLarge(daemon, cleanup.bytes(true))) {
		yield* daemon.log.warn(`${id}: queue file size limit exceeded`);
		yield* daemon.log.warn('mail_stream_cleanup: close error');
		state.errors |= CLEANUP.SIZE;
	}
	yield* done();
	let { errors } = state;
	if (errors !== 0 && (errors & ~BOUNCEABLE) === 0 && state.flags & CLEANUP_FLAG.BOUNCE) {
		const [, , dsn, text] = CLEANUP_DETAILS.find(([bit]) => errors & bit)!;
		const reason = errors & CLEANUP.CONT && state.reason ? state.reason : `${dsn} ${text}`;
		if (yield* bounceRejected(daemon, id, state.sender, state.recipients, state.arrival, reason)) errors = 0;
		yield* queues.remove('incoming', id);
	} else if (errors !== 0 || state.flags & CLEANUP_FLAG.DISCARD) {
		yield* queues.remove('incoming', id);
		const discarded = errors === 0;
		yield* tell(state, discarded ? 'discarded' : state.reason || 'not taken', discarded ? 'discarded' : 'rejected');
	} else yield* release(daemon, queues, state);
	yield* attrPrint(fd, [
		['status', String(errors)],
		['reason', state.reason]
	]);
}

function* tell(state: State, text: string, status: MailEvent['status']): Sys<void> {
	const about = {
		messageId: state.messageId,
		...(state.subject !== '' && { subject: state.subject }),
		sender: state.sender,
		recipient: state.recipients.map(({ address }) => address).join(', '),
		text,
		...(status && { status })
	};
	yield* trace(mailEvent(state.queueId, 'cleanup', about));
}

/** The mail is complete: 0700 says so to the queue manager. */
function* release(daemon: Daemon, queues: Queues, state: State): Sys<void> {
	const path = queues.path('incoming', state.queueId);
	yield* utimes(path, state.created, state.created);
	yield* tell(state, `queued as ${state.queueId}${state.flags & CLEANUP_FLAG.HOLD ? ', on hold' : ''}`, 'queued');
	yield* chmod(path, 0o700);
	if (state.flags & CLEANUP_FLAG.HOLD) yield* queues.move(state.queueId, 'incoming', 'hold');
	else yield* mailTrigger('public', daemon.config.text('queue_service_name'), 'I');
}

export const cleanup: Main = (argv) => {
	let maps: AddressMaps | null = null;
	return serve('cleanup', argv, (daemon, fd) => receiveMail(daemon, maps!, fd), {
		postJail: function* (daemon) {
			maps = yield* AddressMaps.open(daemon);
		}
	});
};

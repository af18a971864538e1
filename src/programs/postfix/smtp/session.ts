/**
 * Trying hosts one after the other, and the dialogue with each (smtp_connect.c, smtp_proto.c, smtp_trouble.c).
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { strerror } from '../../libc/strerror';
import { close, connect, poll, setfl, socket, socketError, time, trace } from '../../libc/unistd';
import type { Delivery, Dsn } from '../delivery';
import type { DialogEvent } from '../events';
import type { QueuedRecipient } from '../queue-file';
import { SmtpStream, StreamEnd } from '../smtp-stream';
import { quote821 } from '../tok822';
import type { Host } from './hosts';

interface Reply {
	readonly code: number;
	/** all lines, joined by a space: "550 5.1.1 <x>: …" */
	readonly text: string;
	readonly lines: readonly string[];
	readonly dsn: string;
}

/** The host did not do: the next one may. */
class HostFailed {
	constructor(readonly dsn: Dsn) {}
}

const second = 1e6;
/** in the order of ehlo_mask.c */
const EHLO_KEYWORDS = [
	'8BITMIME',
	'AUTH',
	'ETRN',
	'PIPELINING',
	'SIZE',
	'VERP',
	'XCLIENT',
	'XFORWARD',
	'STARTTLS',
	'ENHANCEDSTATUSCODES',
	'DSN',
	'SMTPUTF8',
	'CHUNKING'
];

/** The mail as it is sent, where that differs from the queue file. */
export interface Prepared {
	readonly sender: string;
	/** recipients by their own address */
	readonly addresses: ReadonlyMap<string, string>;
	readonly content: string;
}

export class SmtpSession {
	/** recipients without a result */
	waiting: QueuedRecipient[];
	failure: Dsn | null = null;
	siteFailed = false;
	#stream: SmtpStream | null = null;
	#host: Host | null = null;
	#features = new Set<string>();

	constructor(
		readonly delivery: Delivery,
		readonly prepared: Prepared
	) {
		this.waiting = [...delivery.request.recipients];
	}

	get #config() {
		return this.delivery.daemon.config;
	}

	*tryHosts(hosts: readonly Host[], lastDestination: boolean): Sys<void> {
		const limit = this.#config.number('smtp_mx_address_limit');
		const sessions = this.#config.number('smtp_mx_session_limit');
		const list = limit > 0 ? hosts.slice(0, limit) : hosts;
		let used = 0;
		for (const [i, host] of list.entries()) {
			if (sessions > 0 && used >= sessions) break;
			this.#host = host;
			const fd = yield* this.#connect(host);
			if (fd < 0) continue;
			used++;
			this.delivery.timing.connected = yield* time();
			const final = lastDestination && (i === list.length - 1 || (sessions > 0 && used >= sessions));
			try {
				yield* this.#converse(fd, final);
			} catch (thrown) {
				if (thrown instanceof HostFailed) yield* this.#hostFailed(thrown.dsn, final);
				else if (thrown instanceof StreamEnd)
					yield* this.#hostFailed(
						{
							status: '4.4.2',
							text:
								thrown.why === 'timeout'
									? `conversation with ${this.#name} timed out while ${this.#doing}`
									: `lost connection with ${this.#name} while ${this.#doing}`
						},
						final
					);
				else throw thrown;
			}
			yield* close(fd);
			if (this.waiting.length === 0) return;
		}
	}

	/** No host is left. */
	*giveUp(): Sys<void> {
		const dsn = this.failure ?? { status: '4.4.1', text: 'no host was found' };
		if (this.siteFailed) this.delivery.siteFailure = dsn;
		for (const recipient of this.waiting) yield* this.delivery.failed(recipient, 'none', dsn);
		this.waiting = [];
	}

	get #name(): string {
		return `${this.#host!.name}[${this.#host!.addressText}]`;
	}

	get #relay(): string {
		return `${this.#name}:${this.#host!.port}`;
	}

	#doing = 'receiving the initial server greeting';

	/** A failure of the host as a whole: noted when another host will be tried, else the result of all. */
	*#hostFailed(dsn: Dsn, final: boolean): Sys<void> {
		const { log } = this.delivery.daemon;
		this.failure = dsn;
		this.siteFailed = true;
		if (!final) {
			yield* log.info(`${this.delivery.id}: ${dsn.text}`);
			return;
		}
		this.delivery.siteFailure = dsn;
		for (const recipient of this.waiting) yield* this.delivery.failed(recipient, this.#relay, dsn);
		this.waiting = [];
	}

	/** @returns a connected socket, or -1 (and the reason is logged) */
	*#connect(host: Host): Sys<number> {
		const fd = yield* socket('inet', 'stream');
		let problem: string | null = null;
		try {
			yield* setfl(fd, O.NONBLOCK | O.RDWR);
			try {
				yield* connect(fd, { family: 'inet', address: host.address, port: host.port });
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code !== 'EINPROGRESS') throw thrown;
				const timeout = this.#config.seconds('smtp_connect_timeout') * second;
				const ready = yield* poll([{ fd, write: true }], timeout);
				if (ready.length === 0) problem = 'Connection timed out';
				else {
					const error = yield* socketError(fd);
					if (error) problem = strerror(error);
				}
			}
			if (problem === null) {
				yield* setfl(fd, O.RDWR);
				return fd;
			}
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			problem = strerror(thrown);
		}
		yield* close(fd);
		const text = `connect to ${this.#relay}: ${problem}`;
		yield* this.delivery.daemon.log.info(text);
		this.failure = { status: '4.4.1', text };
		this.siteFailed = true;
		return -1;
	}

	*#send(line: string): Sys<void> {
		yield* this.#tell('client', line);
		this.#stream!.put(`${line}\r\n`);
	}

	*#tell(from: DialogEvent['from'], text: string): Sys<void> {
		const event: DialogEvent = {
			kind: 'postfix.dialog',
			host: '',
			queueId: this.delivery.id,
			peer: this.#relay,
			from,
			text
		};
		yield* trace(event);
	}

	*#reply(): Sys<Reply> {
		const lines: string[] = [];
		const limit = this.#config.number('line_length_limit');
		for (;;) {
			const { text } = yield* this.#stream!.command(limit);
			yield* this.#tell('server', text);
			lines.push(text);
			if (!/^\d\d\d/.test(text)) {
				if (lines.length > 100) break;
				continue;
			}
			if (text[3] !== '-') break;
		}
		const last = lines.at(-1)!;
		const code = Number(/^[2-5]\d\d/.exec(last)?.[0] ?? 0);
		const dsn =
			new RegExp(`^\\d\\d\\d[ -](${String(code)[0]}\\.\\d{1,3}\\.\\d{1,3})(?: |$)`).exec(last)?.[1] ??
			`${code ? String(code)[0] : '5'}.0.0`;
		return { code, text: lines.join(' '), lines, dsn };
	}

	#said(reply: Reply, where: string): Dsn {
		return {
			status: reply.dsn,
			text: `host ${this.#name} said: ${reply.text} (in reply to ${where} command)`,
			diagnosticType: 'smtp',
			diagnostic: reply.text,
			remoteType: 'dns',
			remote: this.#host!.name
		};
	}

	*#expectGreeting(): Sys<void> {
		const timeout = (name: string): number => this.#config.seconds(name) * second;
		this.#stream!.timeout = timeout('smtp_helo_timeout');
		const greeting = yield* this.#reply();
		const refused = (reply: Reply): HostFailed => {
			const status =
				reply.code >= 500 && this.#config.flag('smtp_skip_5xx_greeting') ? `4${reply.dsn.slice(1)}` : reply.dsn;
			return new HostFailed({
				status,
				text: `host ${this.#name} refused to talk to me: ${reply.text}`,
				diagnosticType: 'smtp',
				diagnostic: reply.text,
				remoteType: 'dns',
				remote: this.#host!.name
			});
		};
		if (greeting.code < 200 || greeting.code >= 400) throw refused(greeting);
		const name = this.#config.text('smtp_helo_name') || this.#config.text('myhostname');
		this.#doing = 'performing the EHLO handshake';
		yield* this.#send(`EHLO ${name}`);
		let hello = yield* this.#reply();
		if (hello.code < 200 || hello.code >= 300) {
			this.#doing = 'performing the HELO handshake';
			yield* this.#send(`HELO ${name}`);
			hello = yield* this.#reply();
			if (hello.code < 200 || hello.code >= 300) throw refused(hello);
		} else for (const line of hello.lines.slice(1)) this.#features.add(line.slice(4).split(/[ =]/)[0]!.toUpperCase());
		yield* this.#discardKeywords();
		const own = hello.lines[0]!.slice(4).split(' ')[0]!;
		/* another port may well be this host's own: a content filter */
		const loops = this.#host!.port === 25 && own.toLowerCase() === this.#config.text('myhostname').toLowerCase();
		if (loops) {
			yield* this.delivery.daemon.log.warn(`host ${this.#relay} replied to HELO/EHLO with my own hostname ${own}`);
			throw new HostFailed({ status: '5.4.6', text: `mail for ${this.delivery.request.nexthop} loops back to myself` });
		}
	}

	/** smtp_discard_ehlo_keywords: what the host offers and is not used */
	*#discardKeywords(): Sys<void> {
		const listed = this.#config.items('smtp_discard_ehlo_keywords').map(({ text }) => text.toUpperCase());
		const named = EHLO_KEYWORDS.filter((word) => listed.includes(word));
		for (const word of named) this.#features.delete(word);
		if (named.length > 0 && !listed.includes('SILENT-DISCARD'))
			yield* this.delivery.daemon.log.info(`discarding EHLO keywords: ${named.join(' ')}`);
	}

	#mailFrom(): string {
		const { request, mail } = this.delivery;
		let line = `MAIL FROM:<${quote821(this.prepared.sender)}>`;
		if (this.#features.has('SIZE') && mail.size) line += ` SIZE=${mail.size}`;
		if (this.#features.has('8BITMIME') && request.encoding === '8bit') line += ' BODY=8BITMIME';
		if (this.#features.has('DSN')) {
			if (request.returnType) line += ` RET=${request.returnType === '1' ? 'FULL' : 'HDRS'}`;
			if (request.envelopeId) line += ` ENVID=${xtext(request.envelopeId)}`;
		}
		if (
			this.#features.has('SMTPUTF8') &&
			/[^\x00-\x7f]/.test(request.sender + request.recipients.map(({ address }) => address).join(''))
		)
			line += ' SMTPUTF8';
		return line;
	}

	#rcptTo(recipient: QueuedRecipient): string {
		let line = `RCPT TO:<${quote821(this.prepared.addresses.get(recipient.address) ?? recipient.address)}>`;
		if (this.#features.has('DSN')) {
			if (recipient.dsnOriginal && !/[^\x21-\x7e]/.test(recipient.dsnOriginal)) {
				const semicolon = recipient.dsnOriginal.indexOf(';');
				line += ` ORCPT=${recipient.dsnOriginal.slice(0, semicolon)};${xtext(recipient.dsnOriginal.slice(semicolon + 1))}`;
			}
			if (recipient.notify)
				line += ` NOTIFY=${
					recipient.notify & 1
						? 'NEVER'
						: [
								[2, 'SUCCESS'],
								[4, 'FAILURE'],
								[8, 'DELAY']
							]
								.filter(([bit]) => recipient.notify & (bit as number))
								.map(([, word]) => word)
								.join(',')
				}`;
		}
		return line;
	}

	*#converse(fd: number, final: boolean): Sys<void> {
		this.#stream = new SmtpStream(fd, this.#config.seconds('smtp_helo_timeout') * second);
		this.#features.clear();
		this.#doing = 'receiving the initial server greeting';
		try {
			yield* this.#expectGreeting();
		} catch (thrown) {
			if (thrown instanceof HostFailed) yield* this.#quit();
			throw thrown;
		}
		this.#stream.timeout = this.#config.seconds('smtp_mail_timeout') * second;
		const pipelining = this.#features.has('PIPELINING');
		const recipients = [...this.waiting];
		this.#doing = 'sending MAIL FROM';
		yield* this.#send(this.#mailFrom());
		/* a probe asks about recipients and sends nothing */
		const { probe } = this.delivery;
		if (pipelining) {
			for (const recipient of recipients) yield* this.#send(this.#rcptTo(recipient));
			if (!probe) yield* this.#send('DATA');
		}
		const mail = yield* this.#reply();
		const mailOk = mail.code >= 200 && mail.code < 300;
		if (!mailOk) yield* this.#mailRefused(mail, final);
		if (!mailOk && !pipelining) return yield* this.#abort();
		const accepted: QueuedRecipient[] = [];
		this.#doing = 'sending RCPT TO';
		for (const recipient of recipients) {
			if (!pipelining) yield* this.#send(this.#rcptTo(recipient));
			const reply = yield* this.#reply();
			if (!mailOk) continue;
			if (reply.code >= 200 && reply.code < 300) {
				accepted.push(recipient);
				if (!probe) continue;
				const dsn = { ...this.#said(reply, 'RCPT TO'), text: reply.text };
				yield* this.delivery.sent(recipient, this.#relay, dsn);
				this.#settled(recipient);
			} else yield* this.#recipientRefused(recipient, this.#said(reply, 'RCPT TO'), final);
		}
		if (probe) return yield* this.#abort();
		if (!pipelining && accepted.length > 0) yield* this.#send('DATA');
		if (!pipelining && accepted.length === 0) return yield* this.#abort();
		this.#doing = 'sending DATA command';
		const data = yield* this.#reply();
		if (data.code !== 354) {
			if (mailOk)
				for (const recipient of accepted) yield* this.#recipientRefused(recipient, this.#said(data, 'DATA'), final);
			return yield* this.#abort();
		}
		this.#doing = 'sending message body';
		if (accepted.length === 0) {
			yield* this.#send('.');
			yield* this.#reply();
			return yield* this.#quit();
		}
		yield* this.#body();
		this.#doing = 'sending end of data -- message may be sent more than once';
		this.#stream.timeout = this.#config.seconds('smtp_data_done_timeout') * second;
		const done = yield* this.#reply();
		for (const recipient of accepted) {
			if (done.code >= 200 && done.code < 300) {
				/* a host that offers DSN will tell the sender itself (smtp_rcpt.c) */
				const told = this.#features.has('DSN') ? { ...recipient, notify: recipient.notify & ~2 } : recipient;
				const dsn = { ...this.#said(done, 'end of DATA'), text: done.text };
				yield* this.delivery.sent(told, this.#relay, dsn, 'relayed');
				this.#settled(recipient);
			} else yield* this.#recipientRefused(recipient, this.#said(done, 'end of DATA'), final);
		}
		yield* this.#quit();
	}

	#settled(recipient: QueuedRecipient): void {
		this.waiting = this.waiting.filter((other) => other !== recipient);
	}

	*#mailRefused(reply: Reply, final: boolean): Sys<void> {
		const dsn = this.#said(reply, 'MAIL FROM');
		for (const recipient of [...this.waiting]) yield* this.#recipientRefused(recipient, dsn, final);
	}

	/** 5xx is the result; 4xx may be better at the next host. */
	*#recipientRefused(recipient: QueuedRecipient, dsn: Dsn, final: boolean): Sys<void> {
		if (dsn.status.startsWith('4') && !final) {
			this.failure = dsn;
			yield* this.delivery.daemon.log.info(`${this.delivery.id}: ${dsn.text}`);
			return;
		}
		yield* this.delivery.failed(recipient, this.#relay, dsn);
		this.#settled(recipient);
	}

	*#body(): Sys<void> {
		const { content } = this.prepared;
		const lines = content.replace(/\n$/, '').split('\n');
		for (const line of lines) this.#stream!.put(`${line.startsWith('.') ? '.' : ''}${line}\r\n`);
		this.#stream!.put('.\r\n');
		yield* this.#stream!.flush();
	}

	/** A transaction that came to nothing is taken back first. */
	*#abort(): Sys<void> {
		yield* this.#send('RSET');
		yield* this.#reply();
		yield* this.#quit();
	}

	*#quit(): Sys<void> {
		yield* this.#send('QUIT');
		try {
			yield* this.#stream!.flush();
			if (!this.#config.flag('smtp_skip_quit_response')) yield* this.#reply();
		} catch (thrown) {
			if (!(thrown instanceof StreamEnd)) throw thrown;
		}
	}
}

const xtext = (text: string): string =>
	text.replace(/[^\x21-\x7e]|[+=]/g, (char) => `+${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

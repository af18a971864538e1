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
import { libraryProblem, cipherText, keyText, type TlsLevel } from '../tls';
import { TlsError, UNEXPECTED_END, type TlsStream } from '../../libc/tls';
import { parseCertificate } from '../../libc/x509';
import type { Host } from './hosts';
import { atLeast, firstResponse, nextResponse, type Security } from './security';

interface Reply {
	readonly code: number;
	/** all lines, joined by a space: "550 5.1.1 <x>: …" */
	readonly text: string;
	readonly lines: readonly string[];
	readonly dsn: string;
}

/** The host did not do: the next one may. */
class HostFailed {
	constructor(
		readonly dsn: Dsn,
		/** no other host is asked */
		readonly isFinal = false
	) {}
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
	/** of AUTH */
	#mechanisms: string[] = [];
	#nexthop = '';
	#level: TlsLevel = 'none';

	constructor(
		readonly delivery: Delivery,
		readonly prepared: Prepared,
		readonly security: Security
	) {
		this.waiting = [...delivery.request.recipients];
	}

	get #config() {
		return this.delivery.daemon.config;
	}

	*tryHosts(hosts: readonly Host[], lastDestination: boolean, nexthop: string): Sys<void> {
		this.#nexthop = nexthop;
		const limit = this.#config.number('smtp_mx_address_limit');
		const sessions = this.#config.number('smtp_mx_session_limit');
		const list = limit > 0 ? hosts.slice(0, limit) : hosts;
		let used = 0;
		for (const [i, host] of list.entries()) {
			if (sessions > 0 && used >= sessions) break;
			this.#host = host;
			if (!(yield* this.#settlePolicy(host))) continue;
			const fd = yield* this.#connect(host);
			if (fd < 0) continue;
			used++;
			this.delivery.timing.connected = yield* time();
			const final = lastDestination && (i === list.length - 1 || (sessions > 0 && used >= sessions));
			try {
				yield* this.#converse(fd, final);
			} catch (thrown) {
				if (thrown instanceof HostFailed) yield* this.#hostFailed(thrown.dsn, final || thrown.isFinal);
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

	/** What the policy for a host is. @returns false when it cannot be tried */
	*#settlePolicy(host: Host): Sys<boolean> {
		const level = yield* this.security.levelFor(this.#nexthop, host.name);
		let dsn: Dsn | null = null;
		if (level === null) dsn = { status: '4.7.5', text: 'client TLS configuration problem' };
		else if (this.#config.flag('smtp_tls_wrappermode') && !atLeast(level, 'encrypt')) {
			yield* this.delivery.daemon.log.warn(
				'smtp_tls_wrappermode requires "smtp_tls_security_level = encrypt" (or stronger)'
			);
			dsn = { status: '4.3.0', text: 'server unavailable or unable to receive mail' };
		}
		this.#level = level ?? 'none';
		if (dsn) this.failure = dsn;
		return dsn === null;
	}

	/** A failure that this side makes out. */
	#refuse(status: string, text: string): HostFailed {
		return new HostFailed({ status, text });
	}

	/** STARTTLS where it is wanted and to be had. @returns whether the connection is encrypted now */
	*#startTls(): Sys<boolean> {
		const isMust = atLeast(this.#level, 'encrypt');
		const isOffered = this.#features.has('STARTTLS');
		if (isOffered && this.#level === 'none' && this.#config.flag('smtp_tls_note_starttls_offer'))
			yield* this.delivery.daemon.log.info(`Host offered STARTTLS: [${this.#host!.name}]`);
		if (this.#level === 'none' || (!isOffered && !isMust)) return false;
		if (!isOffered) throw this.#refuse('4.7.4', `TLS is required, but was not offered by host ${this.#name}`);
		this.#doing = 'performing the STARTTLS handshake';
		this.#stream!.timeout = this.#config.seconds('smtp_starttls_timeout') * second;
		yield* this.#send('STARTTLS');
		const reply = yield* this.#reply();
		if (reply.code >= 200 && reply.code < 300) {
			yield* this.#handshake();
			return true;
		}
		if (!isMust) return false;
		const text = `TLS is required, but host ${this.#name} refused to start TLS: ${reply.text}`;
		throw new HostFailed({ status: reply.dsn, text, diagnosticType: 'smtp', diagnostic: reply.text });
	}

	*#handshake(): Sys<void> {
		const { log } = this.delivery.daemon;
		const isLogged = this.#config.number('smtp_tls_loglevel') >= 1;
		let tls: TlsStream;
		try {
			tls = yield* this.#stream!.startTls('client', { name: this.#host!.name });
		} catch (thrown) {
			if (!(thrown instanceof TlsError)) throw thrown;
			yield* log.info(
				`SSL_connect error to ${this.#relay}: ${thrown.text === UNEXPECTED_END ? 'lost connection' : -1}`
			);
			if (thrown.text !== UNEXPECTED_END) yield* log.warn(libraryProblem(thrown));
			throw new HostFailed({ status: '4.7.5', text: 'Cannot start TLS: handshake failure' });
		}
		const certificate = parseCertificate(tls.peerCertificate);
		const isTrusted = this.security.isTrusted(certificate);
		const isMust = atLeast(this.#level, 'verify');
		const isVerified =
			isTrusted && isMust && this.security.matches(certificate, this.#level, this.#nexthop, this.#host!.name);
		if (isLogged && isMust && !isTrusted)
			yield* log.info(
				`certificate verification failed for ${this.#relay}: ${certificate?.isSelfSigned ? 'self-signed certificate' : 'untrusted issuer'}`
			);
		if (isLogged) {
			const state = isVerified ? 'Verified' : isTrusted ? 'Trusted' : certificate ? 'Untrusted' : 'Anonymous';
			yield* log.info(
				`${state} TLS connection established to ${this.#relay}: ${cipherText(tls)} ${keyText(certificate)}`
			);
		}
		if (isMust && !isVerified) throw this.#refuse('4.7.5', 'Server certificate not verified');
	}

	/** AUTH, for a host that a password is known for. */
	*#login(): Sys<void> {
		if (!this.#features.has('AUTH')) return;
		const { log } = this.delivery.daemon;
		const login = yield* this.security.loginFor(this.#nexthop, this.#host!.name);
		if (!login) return;
		const left = yield* this.security.filtered(this.#mechanisms);
		if (left.length === 0) {
			yield* log.warn(`${this.#relay} offered no supported AUTH mechanisms: '${this.#mechanisms.join(' ')}'`);
			throw this.#refuse(
				'4.7.0',
				`SASL authentication failed: server ${this.#name} offered no compatible authentication mechanisms for this type of connection security`
			);
		}
		const mechanism = this.security.choose(left, this.#stream!.tls !== null);
		if (mechanism === undefined) {
			yield* log.warn('SASL authentication failure: No worthy mechs found');
			throw this.#refuse(
				'4.7.0',
				`SASL authentication failed; cannot authenticate to server ${this.#name}: no mechanism available`
			);
		}
		const first = firstResponse(mechanism, login);
		yield* this.#send(`AUTH ${mechanism}${first === null ? '' : ` ${first}`}`);
		let reply = yield* this.#reply();
		for (let round = 0; reply.code >= 300 && reply.code < 400; round++) {
			yield* this.#send(nextResponse(mechanism, login, reply.text.slice(4), round));
			reply = yield* this.#reply();
		}
		if (reply.code < 400) return;
		const isSoft = this.#config.flag('smtp_sasl_auth_soft_bounce');
		const status = isSoft ? `4${reply.dsn.slice(1)}` : reply.dsn;
		const text = `SASL authentication failed; server ${this.#name} said: ${reply.text}`;
		const told = { diagnosticType: 'smtp', diagnostic: reply.text, remoteType: 'dns', remote: this.#host!.name };
		throw new HostFailed({ status, text, ...told }, status.startsWith('5'));
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
		if (this.#config.flag('smtp_tls_wrappermode')) yield* this.#handshake();
		this.#stream!.timeout = this.#config.seconds('smtp_helo_timeout') * second;
		const greeting = yield* this.#reply();
		if (greeting.code < 200 || greeting.code >= 400) throw this.#refused(greeting);
		yield* this.#hello();
		if (!this.#stream!.tls && (yield* this.#startTls())) yield* this.#hello();
		yield* this.#login();
	}

	#refused(reply: Reply): HostFailed {
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
	}

	*#hello(): Sys<void> {
		this.#features.clear();
		this.#mechanisms = [];
		this.#stream!.timeout = this.#config.seconds('smtp_helo_timeout') * second;
		const name = this.#config.text('smtp_helo_name') || this.#config.text('myhostname');
		this.#doing = 'performing the EHLO handshake';
		yield* this.#send(`EHLO ${name}`);
		let hello = yield* this.#reply();
		if (hello.code < 200 || hello.code >= 300) {
			this.#doing = 'performing the HELO handshake';
			yield* this.#send(`HELO ${name}`);
			hello = yield* this.#reply();
			if (hello.code < 200 || hello.code >= 300) throw this.#refused(hello);
		} else
			for (const line of hello.lines.slice(1)) {
				const [keyword = '', ...rest] = line.slice(4).split(/[ =]/);
				this.#features.add(keyword.toUpperCase());
				if (keyword.toUpperCase() === 'AUTH') this.#mechanisms = rest.map((word) => word.toUpperCase());
			}
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

/**
 * One SMTP session: who is connected, what was said so far, and the mail that is being received (smtpd_state.c).
 *
 * Does: replies (with the pause for clients that make errors), keeps the transcript for the postmaster, resets the mail
 *       transaction, and tells the watcher each line.
 */
import type { Sys, TraceEvent } from '#kernel/syscalls';
import { sleep, trace } from '../../libc/unistd';
import type { Submission } from '../mail-stream';
import { DictError, type Maps } from '../dict';
import type { Daemon } from '../server';
import { quote822 } from '../tok822';
import type { SmtpStream } from '../smtp-stream';
import type { Deferral } from './evaluation';
import type { Peer } from './peer';
import type { SaslServer } from './sasl';
import type { TlsServer } from './tls';

export interface SmtpdLineEvent extends TraceEvent {
	readonly kind: 'smtpd.line';
	readonly session: string;
	readonly client: string;
	readonly from: 'client' | 'server';
	readonly text: string;
}

/** What notify_classes may name. */
export type ErrorClass = 'bounce' | 'data' | 'policy' | 'protocol' | 'resource' | 'software';

export interface CommandCount {
	total: number;
	success: number;
}

export class Session {
	/** as log lines and replies to a recipient have it: "RCPT", "END-OF-MESSAGE" */
	where = 'CONNECT';
	protocol: 'SMTP' | 'ESMTP' = 'SMTP';
	helo: string | null = null;
	/** null outside a mail transaction */
	sender: string | null = null;
	/** the one that is asked about, then the first that was accepted */
	recipient: string | null = null;
	recipients = 0;
	overshoot = 0;
	messageSize = 0;
	encoding = '';
	dsnReturn = 0;
	dsnEnvelope = '';
	smtputf8 = false;
	arrival = 0;
	/** the mail on its way to cleanup */
	submission: Submission | null = null;
	/** set while a message comes in: what went wrong, CLEANUP bits */
	reception: { error: number } | null = null;
	actualSize = 0;
	errors = 0;
	junk = 0;
	/** from smtpd_client_restrictions before HELO, when rejects are not delayed */
	accessDenied = '';
	/** a 421 was said: the next command ends the session */
	hangUp = false;
	illPipelining = false;
	bdat: 'none' | 'ok' | 'error' = 'none';
	bdatRest = '';
	/** wishes of access tables: FILTER, REDIRECT, BCC, HOLD, DISCARD, PREPEND */
	filter = '';
	redirect = '';
	bcc: string[] = [];
	hold = false;
	discard = false;
	prepend: string[] = [];
	deferIfPermitClient: Deferral | null = null;
	deferIfPermitHelo: Deferral | null = null;
	deferIfPermitSender: Deferral | null = null;
	senderChecked = false;
	rewriteContext: 'local' | 'remote' = 'remote';
	saslMethod = '';
	saslUsername = '';
	/** MAIL FROM … AUTH= */
	saslSender = '';
	/** null: AUTH is not offered to this client */
	sasl: SaslServer | null = null;
	/** AUTH is not offered to this client (smtpd_sasl_exceptions_networks) */
	saslHidden = false;
	tlsServer: TlsServer = { isOffered: false, isEnforced: false, certificate: null };
	/** "192.168.75.2" */
	localAddress = '';
	/** the address that anvil knows it by: the real one */
	readonly countedAs: string;
	/** smtpd_client_event_limit_exceptions */
	isExempt = false;
	/** anvil counts this connection */
	isCounted = false;
	mayXclient = false;
	mayXforward = false;
	/** by XFORWARD */
	readonly forwarded = new Map<string, string>();
	/** words of EHLO that this client does not get, in small letters */
	discardedKeywords: ReadonlySet<string> = new Set();
	/** smtpd_reject_footer_maps */
	footers: Maps | null = null;
	readonly errorClasses = new Set<ErrorClass>();
	readonly transcript: string[] = [];
	readonly counts = new Map<string, CommandCount>();

	constructor(
		readonly daemon: Daemon,
		readonly stream: SmtpStream,
		/** XCLIENT may change it */
		public peer: Peer,
		readonly id: string
	) {
		this.countedAs = peer.addressText;
	}

	get queueId(): string {
		return this.submission?.queueId ?? 'NOQUEUE';
	}

	*traceLine(from: 'client' | 'server', text: string): Sys<void> {
		const event: SmtpdLineEvent = {
			kind: 'smtpd.line',
			host: '',
			session: this.id,
			client: this.peer.nameAddress,
			from,
			text
		};
		yield* trace(event);
	}

	*reply(given: string): Sys<void> {
		const { config } = this.daemon;
		let text = given;
		if (config.flag('soft_bounce') && text.startsWith('5'))
			text = `4${text.slice(1, 4)}${text[4] === '5' ? '4' : (text[4] ?? '')}${text.slice(5)}`;
		this.#remember(`Out: ${text}`);
		const pause = config.seconds('smtpd_error_sleep_time');
		if (pause > 0 && this.errors >= config.number('smtpd_soft_error_limit')) {
			yield* this.stream.flush();
			yield* sleep(pause * 1e6);
		}
		for (const line of this.#withFooter(text, yield* this.#footer(text))) {
			yield* this.traceLine('server', line);
			this.stream.put(`${line}\r\n`);
		}
		if (/^[45]21/.test(text)) {
			this.hangUp = true;
			yield* this.stream.flush();
		}
	}

	*#footer(text: string): Sys<string> {
		if (!/^[45]/.test(text)) return '';
		try {
			const found = this.footers ? yield* this.footers.find(text) : null;
			if (found) return found.value;
		} catch (thrown) {
			if (!(thrown instanceof DictError)) throw thrown;
		}
		return this.daemon.config.raw('smtpd_reject_footer');
	}

	/** smtpd_reject_footer below every refusal; `\c` appends to the text itself. */
	#withFooter(text: string, raw: string): string[] {
		const { config } = this.daemon;
		const match = /^([45]\d\d)[ -]((?:[45]\.\d{1,3}\.\d{1,3} )?)/.exec(text);
		if (raw === '' || !match) return [text];
		const values = new Map([
			['client', this.peer.nameAddress],
			['client_address', this.peer.addressText],
			['client_name', this.peer.name],
			['client_port', String(this.peer.port)],
			['helo_name', this.helo ?? ''],
			['sender', this.sender ?? ''],
			['recipient', this.recipient ?? ''],
			['server_name', config.text('myhostname')]
		]);
		const footer = config.expand(raw, values);
		if (footer.startsWith('\\c')) return [text + footer.slice(2)];
		const lines = footer.split('\\n').map((line) => `${match[2]}${line}`);
		return [
			`${match[1]}-${text.slice(4)}`,
			...lines.map((line, i) => `${match[1]}${i < lines.length - 1 ? '-' : ' '}${line}`)
		];
	}

	*heard(text: string): Sys<void> {
		this.#remember(`In:  ${text}`);
		yield* this.traceLine('client', text);
	}

	#remember(line: string): void {
		if (this.transcript.length < 1000) this.transcript.push(line);
	}

	/** The end of a mail transaction, whichever way. */
	*resetMail(): Sys<void> {
		this.messageSize = 0;
		if (this.submission) yield* this.submission.abandon();
		this.submission = null;
		this.reception = null;
		this.actualSize = 0;
		this.sender = null;
		this.recipient = null;
		this.recipients = 0;
		this.overshoot = 0;
		this.encoding = '';
		this.dsnReturn = 0;
		this.dsnEnvelope = '';
		this.filter = this.redirect = '';
		this.bcc = [];
		this.hold = this.discard = false;
		this.prepend = [];
		this.bdat = 'none';
		this.bdatRest = '';
		this.saslSender = '';
	}

	/** The connection is encrypted. */
	get isEncrypted(): boolean {
		return this.stream.tls !== null;
	}

	/** "NOQUEUE: reject: RCPT from unknown[…]: 454 …; from=<…> to=<…> proto=ESMTP helo=<…>" */
	*logWhatsUp(what: string, text: string): Sys<void> {
		const sender = this.sender === null ? '' : ` from=<${quote822(this.sender)}>`;
		const recipient = this.recipient === null ? '' : ` to=<${quote822(this.recipient)}>`;
		const helo = this.helo === null ? '' : ` helo=<${this.helo}>`;
		yield* this.daemon.log.info(
			`${this.queueId}: ${what}: ${this.where} from ${this.peer.nameAddress}: ${text};${sender}${recipient} proto=${this.protocol}${helo}`
		);
	}
}

/**
 * dovecot/pop3-login and dovecot/imap-login: a client before it has logged in.
 *
 * Does: what both have in common: the connection and its session id, asking `auth`, STARTTLS, the log lines, the mail
 *       process that takes over. The dialogues are in `pop3-login.ts` and `imap-login.ts`.
 * Trusts: auth's word. Not simulated: the privileges of `dovenull` (this process keeps root's, and starts the mail
 *       process itself, which the real ones ask the master to do), proxying, login_trusted_networks.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { encodeBase64 } from '../libc/base64';
import { Channel, Closed } from '../libc/channel';
import { getgrnam, getgrouplist } from '../libc/passwd';
import { TlsError } from '../libc/tls';
import {
	chdir, close, fork, getpeername, getpid, getsockname, setgid, setgroups, setproctitle, setuid, time, uname
} from '../libc/unistd'; // prettier-ignore
import { AuthClient, AuthGone, type AuthReply } from './auth-client';
import type { Configuration } from './configuration';
import { imapLogin } from './imap-login';
import { imapMain } from './imap/imap';
import { DovecotLog } from './log';
import { expandUser, lookupUser, type MailUser } from './passdb';
import { pop3Main } from './pop3';
import { pop3Login } from './pop3-login';

export type LoginService = 'pop3' | 'pop3s' | 'imap' | 'imaps';
export type Protocol = 'pop3' | 'imap';

const SECOND = 1_000_000;
const LOGIN_TIMEOUT = 180 * SECOND;
const INACTIVITY = { pop3: 10 * 60 * SECOND, imap: 30 * 60 * SECOND } as const;

/** What the mail process is given. */
export interface MailSession {
	readonly configuration: Configuration;
	readonly channel: Channel;
	readonly user: MailUser;
	readonly log: DovecotLog;
	/** the tag of the command that logged in (IMAP) */
	readonly tag: string;
	/** the client asked for the capabilities by itself (IMAP) */
	readonly askedCapability: boolean;
}

const MAIN: Readonly<Record<Protocol, (session: MailSession) => Sys<number>>> = { pop3: pop3Main, imap: imapMain };
const DIALOGUE: Readonly<Record<Protocol, (client: LoginClient) => Sys<string>>> = { pop3: pop3Login, imap: imapLogin };

/** The client's own end of the connection decided: what stands behind "Disconnected: ". */
export class Disconnected {
	constructor(readonly why: string) {}
}

export type AuthResult = 'ok' | 'aborted' | 'failed' | 'unsupported' | 'gone' | 'disallowed';

export class LoginClient {
	readonly log: DovecotLog;
	#auth: AuthClient | null = null;
	#user = '';
	#method = '';
	#attempts = 0;
	#mailPid = 0;
	#unsupported = false;
	#disallowed = false;
	#started = 0;
	session = '';
	tag = '';
	askedCapability = false;
	/** invalid commands in a row */
	bad = 0;

	constructor(
		readonly configuration: Configuration,
		readonly protocol: Protocol,
		readonly channel: Channel,
		readonly remote: { readonly address: number; readonly port: number },
		readonly local: number
	) {
		this.log = new DovecotLog(configuration, `${protocol}-login: `);
	}

	get offersTls(): boolean {
		return this.configuration.ssl !== 'no' && this.channel.tls === null;
	}

	/** A password may travel: the line is encrypted, or does not leave the host. */
	get secured(): boolean {
		return this.channel.tls !== null || this.remote.address === this.local;
	}

	get plaintextAllowed(): boolean {
		if (this.channel.tls !== null) return true;
		if (this.configuration.ssl === 'required' && !this.secured) return false;
		return this.secured || !this.configuration.flag('disable_plaintext_auth');
	}

	get mechanisms(): string[] {
		const all = this.#auth?.mechanisms ?? [];
		return all.filter(({ flags }) => this.plaintextAllowed || !flags.includes('plaintext')).map(({ name }) => name);
	}

	*begin(): Sys<void> {
		this.#started = yield* time();
		const bytes = new Uint8Array(12);
		let stamp = this.#started;
		for (let i = 0; i < 6; i++, stamp = Math.floor(stamp / 256)) bytes[i] = stamp % 256;
		bytes.set([this.remote.port & 0xff, this.remote.port >> 8], 6);
		new DataView(bytes.buffer).setUint32(8, this.remote.address);
		this.session = encodeBase64(bytes);
		try {
			const path = `${this.configuration.text('base_dir')}/login/login`;
			this.#auth = yield* AuthClient.connect(path, LOGIN_TIMEOUT);
		} catch (thrown) {
			if (!(thrown instanceof Errno || thrown instanceof AuthGone)) throw thrown;
			throw new Disconnected('Auth process broken');
		}
	}

	/** "user=<joeuser>, method=PLAIN, rip=…" */
	#elements(): string {
		const security = this.channel.tls ? 'TLS' : this.secured ? 'secured' : '';
		const values: Readonly<Record<string, string>> = {
			u: this.#user,
			m: this.#method,
			r: formatIpv4Address(this.remote.address),
			l: formatIpv4Address(this.local),
			e: this.#mailPid > 0 ? String(this.#mailPid) : '',
			c: security,
			s: this.protocol,
			a: String(this.remote.port)
		};
		return this.configuration
			.text('login_log_format_elements')
			.split(' ')
			.flatMap((word) => {
				const inner = /%([a-z]|\{session\})/.exec(word);
				const value = inner?.[1] === '{session}' ? this.session : (values[inner?.[1] ?? ''] ?? '');
				if (inner && value === '' && !word.includes('<')) return [];
				return [inner ? word.replace(inner[0], () => value) : word];
			})
			.join(', ');
	}

	*note(text: string): Sys<void> {
		yield* this.log.info(`${text}: ${this.#elements()}`);
	}

	/** Why nobody logged in, as it stands in brackets. */
	*attempts(): Sys<string> {
		const seconds = Math.floor(((yield* time()) - this.#started) / SECOND);
		if (this.#disallowed) return '(tried to use disallowed plaintext auth)';
		if (this.#unsupported && this.#attempts === 0) return '(tried to use unsupported auth mechanism)';
		if (this.#attempts === 0) return `(no auth attempts in ${seconds} secs)`;
		return `(auth failed, ${this.#attempts} attempts in ${seconds} secs)`;
	}

	*refusePlaintext(): Sys<void> {
		this.#disallowed = true;
		yield* this.note('Login failed: Plaintext authentication disabled');
	}

	/**
	 * One try. `respond` is asked for the client's answer to a challenge; null means that it gave up.
	 * @param initial in base64
	 */
	*authenticate(
		mechanism: string,
		initial: string | null,
		respond: (challenge: string) => Sys<string | null>
	): Sys<{ readonly result: AuthResult; readonly reason: string }> {
		const auth = this.#auth!;
		this.#method = mechanism.toUpperCase();
		const offered = auth.mechanisms.find(({ name }) => name === this.#method);
		if (!offered) {
			this.#unsupported = true;
			if (this.#attempts > 0) this.#attempts++;
			return { result: 'unsupported', reason: '' };
		}
		if (offered.flags.includes('plaintext') && !this.plaintextAllowed) {
			this.#disallowed = true;
			yield* this.note(`Authenticate ${this.#method} failed: Plaintext authentication disabled.`);
			return { result: 'disallowed', reason: '' };
		}
		const parameters = [
			`service=${this.protocol}`,
			...(this.secured ? ['secured'] : []),
			`session=${this.session}`,
			`lip=${formatIpv4Address(this.local)}`,
			`rip=${formatIpv4Address(this.remote.address)}`,
			`rport=${this.remote.port}`
		];
		this.#attempts++;
		try {
			let reply: AuthReply = yield* auth.begin(this.#method, parameters, initial);
			while (reply.kind === 'continue') {
				const response = yield* respond(reply.challenge);
				if (response === null) {
					yield* auth.cancel();
					return { result: 'aborted', reason: '' };
				}
				reply = yield* auth.proceed(response);
			}
			if (reply.kind === 'ok') {
				this.#user = reply.user;
				return { result: 'ok', reason: '' };
			}
			this.#user = reply.user ?? this.#user;
			if (reply.temporary) return { result: 'gone', reason: '' };
			return { result: 'failed', reason: reply.reason };
		} catch (thrown) {
			if (thrown instanceof AuthGone) return { result: 'gone', reason: '' };
			throw thrown;
		}
	}

	/** @returns false when the handshake failed */
	*startTls(): Sys<boolean> {
		const { nodename } = yield* uname();
		try {
			yield* this.channel.startTls('server', { timeout: LOGIN_TIMEOUT, name: nodename });
			return true;
		} catch (thrown) {
			if (thrown instanceof TlsError || thrown instanceof Errno) return false;
			throw thrown;
		}
	}

	/** The mail process takes the connection over. @returns the exit status of this process */
	*handOver(): Sys<number> {
		const { configuration, protocol, session } = this;
		const name = this.#user;
		const user = yield* lookupUser(configuration, name);
		const auth = this.#auth!;
		const pid = yield* fork(
			function* (this: LoginClient): Sys<number> {
				const pid = yield* getpid();
				yield* auth.close();
				yield* setproctitle([`dovecot/${protocol}`]);
				if (typeof user === 'string') return 0;
				yield* this.#becomeUser(user);
				const log = new DovecotLog(configuration, `${protocol}(${user.name})<${pid}><${session}>: `);
				this.channel.timeout = INACTIVITY[protocol];
				this.channel.received = this.channel.sent = 0;
				const { channel, tag, askedCapability } = this;
				return yield* MAIN[protocol]({ configuration, channel, user, log, tag, askedCapability });
			}.bind(this)
		);
		this.#mailPid = pid;
		if (typeof user === 'string') {
			const who = `${user}(${name},${formatIpv4Address(this.remote.address)},<${session}>)`;
			yield* new DovecotLog(configuration, 'auth: ').error(`${who}: user not found from userdb`);
			yield* this.sayInternalFailure();
			yield* this.note(`Disconnected: Internal login failure (pid=${yield* getpid()} id=1)`);
			return 0;
		}
		yield* this.note('Login');
		return 0;
	}

	*sayInternalFailure(): Sys<void> {
		const text = 'Internal error occurred. Refer to server log for more information.';
		if (this.protocol === 'pop3') yield* this.channel.write(`-ERR [SYS/TEMP] ${text}\r\n`);
		else yield* this.channel.write(`${this.tag} NO [UNAVAILABLE] ${text}\r\n`);
	}

	*#becomeUser(user: MailUser): Sys<void> {
		const groups = yield* getgrouplist(user.name, user.gid);
		for (const name of this.configuration.words('mail_access_groups')) {
			const group = yield* getgrnam(name);
			if (group && !groups.includes(group.gid)) groups.push(group.gid);
		}
		const privileged = yield* getgrnam(this.configuration.text('mail_privileged_group'));
		if (privileged && !groups.includes(privileged.gid)) groups.push(privileged.gid);
		yield* setgroups(groups);
		yield* setgid(user.gid);
		yield* setuid(user.uid);
		try {
			yield* chdir(expandUser(user.home, user.name));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
}

/** The life of a login process. @param fd the connection */
export function* loginMain(configuration: Configuration, service: LoginService, fd: number): Sys<number> {
	const protocol = service.replace(/s$/, '') as Protocol;
	const [remote, local] = [yield* getpeername(fd), yield* getsockname(fd)];
	if (remote.family !== 'inet' || local.family !== 'inet') return 1;
	const client = new LoginClient(configuration, protocol, new Channel(fd, LOGIN_TIMEOUT), remote, local.address);
	try {
		yield* client.begin();
		if (service.endsWith('s') && !(yield* client.startTls()))
			throw new Disconnected('TLS handshaking: Connection closed');
		const why = yield* DIALOGUE[protocol](client);
		if (why === '') return yield* client.handOver();
		yield* client.note(`Disconnected: ${why} ${yield* client.attempts()}`);
	} catch (thrown) {
		const why =
			thrown instanceof Disconnected
				? thrown.why
				: thrown instanceof Closed
					? thrown.why === 'timeout'
						? 'Inactivity'
						: 'Connection closed'
					: null;
		if (why === null) throw thrown;
		yield* client.note(`Disconnected: ${why} ${yield* client.attempts()}`);
	}
	yield* close(fd);
	return 0;
}

/**
 * AUTH (smtpd_sasl_glue.c, smtpd_sasl_proto.c, xsasl_dovecot_server.c): the client logs in, Dovecot's auth process judges.
 *
 * Does: asks for the mechanisms when a session begins, leaves out those that smtpd_sasl_security_options and
 *       smtpd_sasl_mechanism_filter exclude, carries challenges and responses to and fro.
 * Reads: the socket smtpd_sasl_path. Trusts: auth's word; it never sees a password as such.
 * Not simulated: `cyrus` (there is no libsasl2: smtpd finds no mechanism, as with an unconfigured one).
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { AuthClient, AuthGone, type AuthReply, type OfferedMechanism } from '../../dovecot/auth-client';
import { strerror } from '../../libc/strerror';
import type { MatchList } from '../dict/match-list';
import { Fatal } from '../errors';
import type { Daemon } from '../server';
import type { Session } from './session';
import { printable } from './syntax';

const SECOND = 1_000_000;
const AUTH_TIMEOUT = 10 * SECOND;

/** What a mechanism is like (MECH line) → the option that excludes it. */
const EXCLUDED_BY: Readonly<Record<string, string>> = {
	anonymous: 'noanonymous',
	plaintext: 'noplaintext',
	dictionary: 'nodictionary',
	active: 'noactive'
};
/** Options that want a property. */
const WANTED_BY: Readonly<Record<string, string>> = {
	forward_secrecy: 'forward-secrecy',
	mutual_auth: 'mutual-auth'
};
const TYPES = ['cyrus', 'dovecot'] as const;

/** Before the first client. @throws Fatal */
export function* checkSaslType(daemon: Daemon): Sys<void> {
	const { config, log } = daemon;
	if (!config.flag('smtpd_sasl_auth_enable')) return;
	const type = config.text('smtpd_sasl_type');
	if ((TYPES as readonly string[]).includes(type)) return;
	yield* log.warn(`unsupported SASL server implementation: ${type}`);
	throw new Fatal('SASL per-process initialization failed');
}

export class SaslServer {
	mechanisms: readonly string[] = [];
	#client: AuthClient | null = null;
	/** the name that the last refusal told */
	refusedUser: string | null = null;

	constructor(readonly session: Session) {}

	/**
	 * Asks for the mechanisms. Without any smtpd cannot serve.
	 * @param optionsParameter smtpd_sasl_security_options or its TLS sibling
	 * @throws Fatal
	 */
	*activate(optionsParameter: string, filter: MatchList): Sys<void> {
		const { config, log } = this.session.daemon;
		const options = config.items(optionsParameter).map(({ text }) => text.toLowerCase());
		let offered: readonly OfferedMechanism[] = [];
		if (config.text('smtpd_sasl_type') === 'cyrus')
			yield* log.warn('xsasl_cyrus_server_get_mechanism_list: no applicable SASL mechanisms');
		else if (yield* this.#connect()) offered = this.#client!.mechanisms;
		const names: string[] = [];
		for (const { name, flags } of offered) {
			if (flags.includes('private') || flags.some((flag) => options.includes(EXCLUDED_BY[flag] ?? ''))) continue;
			if (options.some((option) => option in WANTED_BY && !flags.includes(WANTED_BY[option]!))) continue;
			if ((yield* filter.match(name)).matched) names.push(name);
		}
		this.mechanisms = names;
		if (names.length === 0) throw new Fatal('no SASL authentication mechanisms');
	}

	*#connect(): Sys<boolean> {
		const path = this.session.daemon.config.text('smtpd_sasl_path').replace(/^(?:unix|inet):/, '');
		try {
			this.#client = yield* AuthClient.connect(path, AUTH_TIMEOUT);
			return true;
		} catch (thrown) {
			if (thrown instanceof Errno)
				yield* this.session.daemon.log.warn(`SASL: Connect to ${path} failed: ${strerror(thrown)}`);
			else if (!(thrown instanceof AuthGone)) throw thrown;
			return false;
		}
	}

	*end(): Sys<void> {
		if (this.#client) yield* this.#client.close();
		this.#client = null;
	}

	/** @returns auth's answer; null when there is none to be had */
	*#try(body: (client: AuthClient) => Sys<AuthReply>): Sys<AuthReply | null> {
		if (!this.#client && !(yield* this.#connect())) return null;
		try {
			return yield* body(this.#client!);
		} catch (thrown) {
			if (!(thrown instanceof AuthGone)) throw thrown;
			yield* this.end();
			return null;
		}
	}

	/** @param initial in base64 */
	*first(mechanism: string, initial: string | null, isSecured: boolean): Sys<AuthReply | null> {
		const { peer, daemon, localAddress } = this.session;
		const parameters = [
			`service=${daemon.config.text('smtpd_sasl_service')}`,
			'nologin',
			`lip=${localAddress}`,
			`rip=${peer.addressText}`,
			...(isSecured ? ['secured'] : [])
		];
		return yield* this.#try((client) => client.begin(mechanism, parameters, initial));
	}

	*next(response: string): Sys<AuthReply | null> {
		return yield* this.#try((client) => client.proceed(response));
	}
}

/** AUTH needs Dovecot's word about what there is before it can be offered: at the greeting, and anew after STARTTLS. */
export function* prepareSasl(session: Session, mechanisms: MatchList): Sys<void> {
	const { config } = session.daemon;
	if (session.sasl) yield* session.sasl.end();
	session.sasl = null;
	session.saslMethod = session.saslUsername = session.saslSender = '';
	if (!config.flag('smtpd_sasl_auth_enable')) return;
	if (config.flag('smtpd_tls_auth_only') && !session.isEncrypted) return;
	session.sasl = new SaslServer(session);
	yield* session.sasl.activate(
		session.isEncrypted ? 'smtpd_sasl_tls_security_options' : 'smtpd_sasl_security_options',
		mechanisms
	);
}

/** AUTH MECHANISM [INITIAL-RESPONSE]; the checks of syntax are behind us. @returns whether the client is logged in */
export function* authenticate(session: Session, mechanism: string, initial: string | null): Sys<boolean> {
	const { log, config } = session.daemon;
	const who = session.peer.nameAddress;
	const name = printable(mechanism).slice(0, 100);
	const refuse = function* (reason: string, user: string | null, isTemporary = false): Sys<false> {
		const told = user === null ? '(unavailable)' : user.slice(0, 100);
		yield* log.warn(`${who}: SASL ${name} authentication failed: ${reason}, sasl_username=${told}`);
		yield* session.reply(
			isTemporary
				? `454 4.7.0 Temporary authentication failure: ${reason}`
				: `535 5.7.8 Error: authentication failed: ${reason}`
		);
		return false;
	};
	const sasl = session.sasl!;
	if (!sasl.mechanisms.some((one) => one.toLowerCase() === mechanism.toLowerCase()))
		return yield* refuse('Invalid authentication mechanism', null);
	let reply = yield* sasl.first(mechanism, initial === '=' ? '' : initial, session.isEncrypted);
	while (reply?.kind === 'continue') {
		yield* session.reply(`334 ${reply.challenge}`);
		const line = yield* session.stream.line(config.number('smtpd_sasl_response_limit'));
		yield* session.heard(printable(line.text));
		if (!line.complete) {
			while (!(yield* session.stream.line(config.number('line_length_limit'))).complete);
			yield* session.reply('500 5.5.6 SASL response limit exceeded');
			return false;
		}
		if (line.text === '*') {
			yield* log.warn(`${who}: SASL ${name} authentication aborted`);
			yield* session.reply('501 5.7.0 Authentication aborted');
			return false;
		}
		reply = yield* sasl.next(line.text);
	}
	if (reply === null) return yield* refuse('Connection lost to authentication server', null, true);
	if (reply.kind === 'fail') return yield* refuse(reply.reason || '(reason unavailable)', reply.user);
	session.saslMethod = name;
	session.saslUsername = printable(reply.user);
	yield* session.reply('235 2.7.0 Authentication successful');
	return true;
}

/**
 * POP3 before the login (RFC 1939, RFC 2449, RFC 5034): USER, PASS, AUTH, CAPA, STLS, QUIT.
 *
 * Not simulated: APOP (the real server too must be told to offer it), XCLIENT.
 */
import type { Sys } from '#kernel/syscalls';
import { encodeBase64 } from '../libc/base64';
import { encode } from '../libc/text';
import { Disconnected, type LoginClient } from './login';

const BAD_MOST = 3;
const PLAINTEXT = 'Plaintext authentication disallowed on non-secure (SSL/TLS) connections.';

/** Lines of CAPA that hold before and after the login. */
export const CAPABILITIES = ['CAPA', 'TOP', 'UIDL', 'RESP-CODES', 'PIPELINING', 'AUTH-RESP-CODE'] as const;

class Dialogue {
	#user: string | null = null;

	constructor(readonly client: LoginClient) {}

	*say(line: string): Sys<void> {
		yield* this.client.channel.write(`${line}\r\n`);
	}

	/** @returns why nobody logged in; '' when somebody did */
	*run(): Sys<string> {
		yield* this.say(`+OK ${this.client.configuration.text('login_greeting')}`);
		for (;;) {
			const line = yield* this.client.channel.line(8192);
			const [, word = '', rest = ''] = /^(\S*) ?(.*)$/s.exec(line)!;
			const command = word.toUpperCase();
			if (command === 'QUIT') {
				yield* this.say('+OK Logging out');
				return 'Aborted login by logging out';
			}
			if (yield* this.#obey(command, rest)) return '';
		}
	}

	/** @returns true when somebody has logged in */
	*#obey(command: string, rest: string): Sys<boolean> {
		const { client } = this;
		switch (command) {
			case 'CAPA':
				yield* this.#capabilities();
				return false;
			case 'USER':
				if (!client.plaintextAllowed) {
					yield* client.refusePlaintext();
					yield* this.say(`-ERR [AUTH] ${PLAINTEXT}`);
					return false;
				}
				this.#user = rest;
				yield* this.say('+OK');
				return false;
			case 'PASS':
				return yield* this.#pass(rest);
			case 'AUTH':
				return yield* this.#auth(rest);
			case 'APOP':
				yield* this.say('-ERR APOP not enabled.');
				return false;
			case 'STLS':
				yield* this.#startTls();
				return false;
		}
		yield* this.say('-ERR Unknown command.');
		if (++client.bad >= BAD_MOST) {
			yield* this.say('-ERR Too many invalid bad commands.');
			throw new Disconnected('Disconnected: Too many bad commands');
		}
		return false;
	}

	*#capabilities(): Sys<void> {
		const { client } = this;
		const lines = [
			'+OK',
			...CAPABILITIES,
			...(client.offersTls ? ['STLS'] : []),
			...(client.plaintextAllowed ? ['USER'] : []),
			['SASL', ...client.mechanisms].join(' '),
			'.'
		];
		yield* this.say(lines.join('\r\n'));
	}

	*#startTls(): Sys<void> {
		const { client } = this;
		if (client.channel.tls) return yield* this.say('-ERR TLS is already active.');
		if (!client.offersTls) return yield* this.say("-ERR TLS support isn't enabled.");
		yield* this.say('+OK Begin TLS negotiation now.');
		if (!(yield* client.startTls())) throw new Disconnected('TLS handshaking: Connection closed');
	}

	*#pass(password: string): Sys<boolean> {
		const user = this.#user;
		if (!this.client.plaintextAllowed) {
			yield* this.client.refusePlaintext();
			yield* this.say(`-ERR [AUTH] ${PLAINTEXT}`);
			return false;
		}
		if (user === null) {
			yield* this.say('-ERR No username given.');
			return false;
		}
		this.#user = null;
		const response = encodeBase64(encode(`\0${user}\0${password}`));
		const found = yield* this.client.authenticate('PLAIN', response, function* () {
			return null;
		});
		return yield* this.#conclude(found.result, found.reason);
	}

	*#auth(rest: string): Sys<boolean> {
		const { client } = this;
		const [mechanism = '', initial] = rest.split(' ');
		if (mechanism === '') {
			yield* this.say(['+OK', ...client.mechanisms, '.'].join('\r\n'));
			return false;
		}
		const ask = (challenge: string): Sys<string | null> => this.#challenge(challenge);
		const given = initial === undefined ? null : initial === '=' ? '' : initial;
		const found = yield* client.authenticate(mechanism, given, ask);
		return yield* this.#conclude(found.result, found.reason);
	}

	*#challenge(challenge: string): Sys<string | null> {
		yield* this.say(`+ ${challenge}`);
		const line = yield* this.client.channel.line(8192);
		return line === '*' ? null : line;
	}

	*#conclude(result: string, reason: string): Sys<boolean> {
		if (result === 'ok') return true;
		if (result === 'aborted') yield* this.say('-ERR Authentication aborted by client.');
		else if (result === 'unsupported') yield* this.say('-ERR [AUTH] Unsupported authentication mechanism.');
		else if (result === 'disallowed') yield* this.say('-ERR [AUTH] Plaintext authentication disabled.');
		else if (result === 'gone') yield* this.say('-ERR [SYS/TEMP] Temporary authentication failure.');
		else yield* this.say(`-ERR [AUTH] ${reason === '' ? 'Authentication failed.' : reason}`);
		return false;
	}
}

export const pop3Login = (client: LoginClient): Sys<string> => new Dialogue(client).run();

/** IMAP before the login (RFC 3501, 6.1 and 6.2): CAPABILITY, ID, LOGIN, AUTHENTICATE, STARTTLS, NOOP, LOGOUT. */
import type { Sys } from '#kernel/syscalls';
import { encodeBase64 } from '../libc/base64';
import { readCommand, type ImapCommand } from './imap/arguments';
import { Disconnected, type LoginClient } from './login';
import { bytesOf } from './storage/mailbox';

const BAD_MOST = 3;
const PLAINTEXT = 'Plaintext authentication disallowed on non-secure (SSL/TLS) connections.';
const EXPOSED =
	'* BAD [ALERT] Plaintext authentication not allowed without SSL/TLS, but your client did it anyway. If anyone was listening, the password was exposed.';

class Dialogue {
	constructor(readonly client: LoginClient) {}

	*say(line: string): Sys<void> {
		yield* this.client.channel.write(`${line}\r\n`);
	}

	get capabilities(): string {
		const { client } = this;
		return [
			'IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+',
			...(client.offersTls ? ['STARTTLS'] : []),
			...(client.plaintextAllowed ? [] : ['LOGINDISABLED']),
			...client.mechanisms.map((name) => `AUTH=${name}`)
		].join(' ');
	}

	*run(): Sys<string> {
		const greeting = this.client.configuration.text('login_greeting');
		yield* this.say(`* OK [CAPABILITY ${this.capabilities}] ${greeting}`);
		for (;;) {
			const command = yield* readCommand(this.client.channel);
			if (command.name === 'LOGOUT') {
				yield* this.say('* BYE Logging out');
				yield* this.say(`${command.tag} OK Logout completed.`);
				return 'Aborted login by logging out';
			}
			if (yield* this.#obey(command)) return '';
		}
	}

	*#obey(command: ImapCommand): Sys<boolean> {
		const { client } = this;
		const { tag, name } = command;
		const [first, second] = command.arguments;
		switch (name) {
			case 'CAPABILITY':
				client.askedCapability = true;
				yield* this.say(`* CAPABILITY ${this.capabilities}`);
				yield* this.say(`${tag} OK Pre-login capabilities listed, post-login capabilities have more.`);
				return false;
			case 'NOOP':
				yield* this.say(`${tag} OK NOOP completed.`);
				return false;
			case 'ID':
				yield* this.say('* ID ("name" "Dovecot")');
				yield* this.say(`${tag} OK ID completed.`);
				return false;
			case 'STARTTLS':
				yield* this.#startTls(tag);
				return false;
			case 'LOGIN':
				if (typeof first === 'string' && typeof second === 'string') return yield* this.#login(tag, first, second);
				break;
			case 'AUTHENTICATE':
				if (typeof first === 'string')
					return yield* this.#authenticate(tag, first, typeof second === 'string' ? second : null);
		}
		if (++client.bad >= BAD_MOST) {
			yield* this.say('* BYE Too many invalid IMAP commands.');
			throw new Disconnected('Too many invalid commands');
		}
		yield* this.say(`${tag} BAD Error in IMAP command received by server.`);
		return false;
	}

	*#startTls(tag: string): Sys<void> {
		const { client } = this;
		if (client.channel.tls) return yield* this.say(`${tag} BAD TLS is already active.`);
		if (!client.offersTls) return yield* this.say(`${tag} BAD TLS support isn't enabled.`);
		yield* this.say(`${tag} OK Begin TLS negotiation now.`);
		if (!(yield* client.startTls())) throw new Disconnected('TLS handshaking: Connection closed');
	}

	*#login(tag: string, user: string, password: string): Sys<boolean> {
		const { client } = this;
		if (!client.plaintextAllowed) {
			yield* client.refusePlaintext();
			yield* this.say(EXPOSED);
			yield* this.say(`${tag} NO [PRIVACYREQUIRED] ${PLAINTEXT}`);
			return false;
		}
		return yield* this.#authenticate(tag, 'PLAIN', encodeBase64(bytesOf(`\0${user}\0${password}`)));
	}

	*#authenticate(tag: string, mechanism: string, initial: string | null): Sys<boolean> {
		const { client } = this;
		client.tag = tag;
		const { result, reason } = yield* client.authenticate(mechanism, initial === '=' ? '' : initial, (challenge) =>
			this.#challenge(challenge)
		);
		if (result === 'ok') return true;
		const answers: Readonly<Record<string, string>> = {
			aborted: 'BAD Authentication aborted by client.',
			unsupported: 'NO [ALERT] Unsupported authentication mechanism.',
			disallowed: 'NO [PRIVACYREQUIRED] Plaintext authentication disabled.',
			gone: 'NO [UNAVAILABLE] Temporary authentication failure.'
		};
		yield* this.say(`${tag} ${answers[result] ?? `NO [AUTHENTICATIONFAILED] ${reason || 'Authentication failed.'}`}`);
		return false;
	}

	*#challenge(challenge: string): Sys<string | null> {
		yield* this.say(`+ ${challenge}`);
		const line = yield* this.client.channel.line();
		return line === '*' ? null : line;
	}
}

export const imapLogin = (client: LoginClient): Sys<string> => new Dialogue(client).run();

/**
 * dovecot/pop3: POP3 after the login (RFC 1939, RFC 2449), with the rights of the user.
 *
 * Does: numbers the messages once, at the start; marks what is to go and what was read, and writes both at QUIT alone: a
 *       client that goes away without it has deleted nothing.
 * Not simulated: XCLIENT, pop3_lock_session, other formats of pop3_uidl_format than the usual one.
 */
import type { Sys } from '#kernel/syscalls';
import { Closed } from '../libc/channel';
import { close } from '../libc/unistd';
import type { MailSession } from './login';
import { CAPABILITIES } from './pop3-login';
import { openInbox } from './storage/location';
import {
	bytesOf,
	crlf,
	NO_CHANGES,
	splitMessage,
	StorageError,
	type Flag,
	type Mailbox,
	type Message
} from './storage/mailbox';

const BAD_MOST = 20;
const INTERNAL = 'Internal error occurred. Refer to server log for more information.';

type Command = (session: Pop3, argument: string) => Sys<void>;

class Pop3 {
	readonly #deleted = new Set<number>();
	readonly #seen = new Set<number>();
	readonly #messages: readonly Message[];
	readonly #top = { count: 0, bytes: 0 };
	readonly #retr = { count: 0, bytes: 0 };
	expungedCount = 0;
	ended = '';

	constructor(
		readonly session: MailSession,
		readonly mailbox: Mailbox
	) {
		this.#messages = mailbox.messages;
	}

	*say(line: string): Sys<void> {
		yield* this.session.channel.write(`${line}\r\n`);
	}

	summary(): string {
		const size = this.#messages.reduce((sum, message) => sum + message.size, 0);
		const values: Readonly<Record<string, string | number>> = {
			t: this.#top.count,
			p: this.#top.bytes,
			r: this.#retr.count,
			b: this.#retr.bytes,
			d: this.expungedCount,
			m: this.#messages.length,
			s: size,
			i: this.session.channel.received,
			o: this.session.channel.sent
		};
		return this.session.configuration
			.text('pop3_logout_format')
			.replace(/%([a-z])/g, (all, letter: string) => String(values[letter] ?? all));
	}

	/** A message that is there and not deleted; else the client is told. */
	*message(argument: string, isAlone = true): Sys<{ number: number; message: Message; rest: string } | null> {
		const [, digits, rest = ''] = /^(\d+)(?: (.*))?$/s.exec(argument) ?? [];
		if (digits === undefined) {
			yield* this.say(`-ERR Invalid message number: ${argument}`);
			return null;
		}
		if (isAlone && rest !== '') {
			yield* this.say(`-ERR Noise after message number: ${rest}`);
			return null;
		}
		const number = Number(digits);
		const message = this.#messages[number - 1];
		if (!message) yield* this.say(`-ERR There's no message ${number}.`);
		else if (this.#deleted.has(message.uid)) yield* this.say('-ERR Message is deleted.');
		else return { number, message, rest };
		return null;
	}

	get left(): (readonly [number: number, message: Message])[] {
		return this.#messages
			.map((message, i) => [i + 1, message] as const)
			.filter(([, { uid }]) => !this.#deleted.has(uid));
	}

	/** With lines that start with a dot doubled. @returns bytes that were sent */
	*send(first: string, text: string): Sys<number> {
		const stuffed = crlf(text).replace(/^\./gm, '..');
		const whole = bytesOf(`${first}\r\n${stuffed}${stuffed.endsWith('\r\n') || stuffed === '' ? '' : '\r\n'}`);
		yield* this.session.channel.write(whole);
		yield* this.say('.');
		return whole.length;
	}

	*retrieve(message: Message): Sys<void> {
		const content = yield* this.mailbox.content(message.uid);
		if (content === null) return yield* this.say(`-ERR [SYS/TEMP] ${INTERNAL}`);
		this.#retr.count++;
		this.#seen.add(message.uid);
		this.#retr.bytes += yield* this.send(`+OK ${message.size} octets`, content);
	}

	*top(message: Message, lines: number): Sys<void> {
		const content = yield* this.mailbox.content(message.uid);
		if (content === null) return yield* this.say(`-ERR [SYS/TEMP] ${INTERNAL}`);
		const [header, body] = splitMessage(content);
		const part = body
			.split(/(?<=\n)/)
			.slice(0, lines)
			.join('');
		this.#top.count++;
		this.#top.bytes += yield* this.send('+OK', header + part);
	}

	delete(message: Message): void {
		this.#deleted.add(message.uid);
	}

	reset(): void {
		this.#deleted.clear();
		this.#seen.clear();
	}

	uidl(message: Message): string {
		const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
		return `${hex(message.uid)}${hex(this.mailbox.uidValidity)}`;
	}

	/** QUIT: what was wished becomes true. */
	*update(): Sys<void> {
		const flags = new Map<number, ReadonlySet<Flag>>();
		if (!this.session.configuration.flag('pop3_no_flag_updates'))
			for (const { uid, flags: old } of this.#messages)
				if (this.#seen.has(uid) && !old.has('\\Seen')) flags.set(uid, new Set([...old, '\\Seen']));
		try {
			yield* this.mailbox.sync({ flags, expunged: this.#deleted });
			this.expungedCount = this.#deleted.size;
			yield* this.say(`+OK Logging out${this.#deleted.size > 0 ? ', messages deleted' : ''}.`);
		} catch (thrown) {
			if (!(thrown instanceof StorageError)) throw thrown;
			yield* this.session.log.error(`Mailbox INBOX: ${thrown.text}`);
			yield* this.say(`-ERR [SYS/TEMP] ${INTERNAL}`);
		}
		this.ended = 'Logged out';
	}
}

const COMMANDS: Readonly<Record<string, Command>> = {
	*CAPA(pop3) {
		yield* pop3.say(['+OK', ...CAPABILITIES, '.'].join('\r\n'));
	},
	*STAT(pop3) {
		const { left } = pop3;
		yield* pop3.say(`+OK ${left.length} ${left.reduce((sum, [, { size }]) => sum + size, 0)}`);
	},
	*LIST(pop3, argument) {
		if (argument !== '') {
			const found = yield* pop3.message(argument);
			if (found) yield* pop3.say(`+OK ${found.number} ${found.message.size}`);
			return;
		}
		const { left } = pop3;
		yield* pop3.say([`+OK ${left.length} messages:`, ...left.map(([n, { size }]) => `${n} ${size}`), '.'].join('\r\n'));
	},
	*UIDL(pop3, argument) {
		if (argument !== '') {
			const found = yield* pop3.message(argument);
			if (found) yield* pop3.say(`+OK ${found.number} ${pop3.uidl(found.message)}`);
			return;
		}
		yield* pop3.say(['+OK', ...pop3.left.map(([n, message]) => `${n} ${pop3.uidl(message)}`), '.'].join('\r\n'));
	},
	*RETR(pop3, argument) {
		const found = yield* pop3.message(argument);
		if (found) yield* pop3.retrieve(found.message);
	},
	*TOP(pop3, argument) {
		const found = yield* pop3.message(argument, false);
		if (!found) return;
		if (found.rest === '') return yield* pop3.say('-ERR Noise after message number: ');
		if (!/^\d+$/.test(found.rest)) return yield* pop3.say(`-ERR Invalid size: ${found.rest}`);
		yield* pop3.top(found.message, Number(found.rest));
	},
	*DELE(pop3, argument) {
		const found = yield* pop3.message(argument);
		if (!found) return;
		pop3.delete(found.message);
		yield* pop3.say('+OK Marked to be deleted.');
	},
	*RSET(pop3) {
		pop3.reset();
		yield* pop3.say('+OK');
	},
	*NOOP(pop3) {
		yield* pop3.say('+OK');
	},
	*QUIT(pop3) {
		yield* pop3.update();
	}
};

function* converse(pop3: Pop3): Sys<string> {
	let bad = 0;
	while (pop3.ended === '') {
		const line = yield* pop3.session.channel.line(8192);
		const [, word = '', argument = ''] = /^(\S*) ?(.*)$/s.exec(line)!;
		const name = word.toUpperCase();
		if (Object.hasOwn(COMMANDS, name)) {
			yield* COMMANDS[name]!(pop3, argument);
			continue;
		}
		yield* pop3.say(`-ERR Unknown command: ${name}`);
		if (++bad > BAD_MOST) {
			yield* pop3.say('-ERR Too many bad commands.');
			return 'Too many bad commands';
		}
	}
	return pop3.ended;
}

export function* pop3Main(session: MailSession): Sys<number> {
	let mailbox: Mailbox;
	try {
		mailbox = yield* openInbox(session);
		yield* mailbox.sync(NO_CHANGES);
	} catch (thrown) {
		if (!(thrown instanceof StorageError)) throw thrown;
		yield* session.log.error(`Couldn't open INBOX: ${thrown.text}`);
		yield* session.channel.write(`-ERR [SYS/TEMP] ${INTERNAL}\r\n`);
		yield* session.log.info('Disconnected: Mailbox init failed top=0/0, retr=0/0, del=0/0, size=0');
		yield* close(session.channel.fd);
		return 0;
	}
	const pop3 = new Pop3(session, mailbox);
	let why: string;
	try {
		yield* pop3.say('+OK Logged in.');
		why = yield* converse(pop3);
	} catch (thrown) {
		if (!(thrown instanceof Closed)) throw thrown;
		why = thrown.why === 'timeout' ? 'Disconnected for inactivity' : 'Connection closed';
	}
	yield* session.log.info(`Disconnected: ${why} ${pop3.summary()}`);
	if (session.channel.tls) yield* session.channel.tls.end();
	yield* close(session.channel.fd);
	return 0;
}

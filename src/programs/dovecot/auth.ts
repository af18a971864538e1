/**
 * dovecot/auth: answers who may log in, over UNIX sockets (the protocol of doc/designs/auth-protocol): login processes
 * ask at `login/login`, Postfix's smtpd at the socket that `service auth` names.
 *
 * Does: the handshake (MECH lines), AUTH, CONT, CANCEL; holds a refusal back for auth_failure_delay, so that guessing is
 *       slow.
 * Reads: the passdbs, at each question. Trusts: nobody.
 * Not simulated: workers for blocking look-ups, the master's and the userdb protocol, the cache, policy servers.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { decodeBase64, encodeBase64 } from '../libc/base64';
import { decode, encode } from '../libc/text';
import { accept, close, getpid, getrandom, poll, read, time, uname, write } from '../libc/unistd';
import type { Configuration } from './configuration';
import { DovecotLog } from './log';
import { MECHANISMS, type Claim, type Exchange, type Mechanism, type Step } from './mechanisms';
import { lookupPassword, unreadableFiles } from './passdb';

interface Request {
	readonly exchange: Exchange;
	readonly mechanism: Mechanism;
	readonly parameters: ReadonlyMap<string, string>;
}

interface Client {
	readonly fd: number;
	input: string;
	readonly requests: Map<string, Request>;
}

interface Held {
	readonly fd: number;
	readonly due: number;
	readonly line: string;
}

const CLIENTS_MOST = 1000;
const INPUT_MOST = 65_536;

class Auth {
	readonly #log: DovecotLog;
	readonly #clients = new Map<number, Client>();
	#held: Held[] = [];
	#connections = 0;
	#challenges = 0;
	#hostname = 'localhost';

	constructor(
		readonly configuration: Configuration,
		readonly listeners: readonly number[]
	) {
		this.#log = new DovecotLog(configuration, 'auth: ');
	}

	get mechanisms(): readonly Mechanism[] {
		const wanted = this.configuration.words('auth_mechanisms').map((name) => name.toUpperCase());
		return wanted.flatMap((name) => MECHANISMS.find((one) => one.name === name) ?? []);
	}

	*run(): Sys<never> {
		this.#hostname = (yield* uname()).nodename;
		for (const text of yield* unreadableFiles(this.configuration)) yield* this.#log.error(text);
		for (;;) {
			const now = yield* time();
			yield* this.#release(now);
			const wait = this.#held.length > 0 ? Math.max(0, this.#held[0]!.due - now) : -1;
			const ready = yield* poll(
				[...this.listeners, ...this.#clients.keys()].map((fd) => ({ fd, read: true })),
				wait
			);
			for (const { fd } of ready) {
				if (this.listeners.includes(fd)) yield* this.#welcome(fd);
				else yield* this.#hear(this.#clients.get(fd)!);
			}
		}
	}

	*#welcome(listener: number): Sys<void> {
		let fd: number;
		try {
			fd = (yield* accept(listener)).fd;
		} catch (thrown) {
			if (thrown instanceof Errno) return;
			throw thrown;
		}
		if (this.#clients.size >= CLIENTS_MOST) return yield* close(fd);
		this.#clients.set(fd, { fd, input: '', requests: new Map() });
		const cookie = [...(yield* getrandom(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
		const lines = [
			'VERSION\t1\t2',
			...this.mechanisms.map(({ name, flags }) => ['MECH', name, ...flags].join('\t')),
			`SPID\t${yield* getpid()}`,
			`CUID\t${++this.#connections}`,
			`COOKIE\t${cookie}`,
			'DONE'
		];
		yield* this.#say(fd, lines.join('\n'));
	}

	*#say(fd: number, text: string): Sys<void> {
		try {
			yield* write(fd, encode(`${text}\n`));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* this.#forget(fd);
		}
	}

	*#forget(fd: number): Sys<void> {
		if (!this.#clients.delete(fd)) return;
		this.#held = this.#held.filter((held) => held.fd !== fd);
		yield* close(fd);
	}

	*#release(now: number): Sys<void> {
		while (this.#held.length > 0 && this.#held[0]!.due <= now) {
			const { fd, line } = this.#held.shift()!;
			yield* this.#say(fd, line);
		}
	}

	*#hear(client: Client): Sys<void> {
		try {
			const part = yield* read(client.fd, 4096);
			if (part.length === 0) return yield* this.#forget(client.fd);
			client.input += decode(part);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			return yield* this.#forget(client.fd);
		}
		if (client.input.length > INPUT_MOST) return yield* this.#forget(client.fd);
		const lines = client.input.split('\n');
		client.input = lines.pop()!;
		for (const line of lines) {
			const [command = '', id = '', ...words] = line.split('\t');
			if (command === 'AUTH') yield* this.#begin(client, id, words);
			else if (command === 'CONT') yield* this.#continue(client, id, words[0] ?? '');
			else if (command === 'CANCEL') client.requests.delete(id);
		}
	}

	*#begin(client: Client, id: string, [name = '', ...words]: readonly string[]): Sys<void> {
		const mechanism = this.mechanisms.find((one) => one.name === name.toUpperCase());
		if (!mechanism) {
			yield* this.#log.error(`BUG: Authentication client 0 requested unsupported authentication mechanism ${name}`);
			return yield* this.#forget(client.fd);
		}
		const parameters = new Map(
			words.map((word): [string, string] => {
				const at = word.indexOf('=');
				return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
			})
		);
		const now = yield* time();
		const challenge = (): string => `<${now % 1e10}${++this.#challenges}.${Math.floor(now / 1e6)}@${this.#hostname}>`;
		const request: Request = { exchange: mechanism.start(challenge), mechanism, parameters };
		const initial = parameters.get('resp');
		if (initial === undefined) return yield* this.#step(client, id, request, request.exchange.next(null));
		const response = decodeBase64(initial);
		if (response === null)
			return yield* this.#refuse(client, id, ['code=invalid_base64', 'reason=Invalid base64 data in initial response']);
		yield* this.#step(client, id, request, request.exchange.next(response));
	}

	*#continue(client: Client, id: string, text: string): Sys<void> {
		const request = client.requests.get(id);
		const response = decodeBase64(text);
		if (!request) return yield* this.#refuse(client, id, ['reason=Unexpected continuation']);
		client.requests.delete(id);
		if (response === null)
			return yield* this.#refuse(client, id, [
				'code=invalid_base64',
				'reason=Invalid base64 data in continued response'
			]);
		yield* this.#step(client, id, request, request.exchange.next(response));
	}

	*#step(client: Client, id: string, request: Request, step: Step): Sys<void> {
		if ('challenge' in step) {
			client.requests.set(id, request);
			yield* this.#say(client.fd, `CONT\t${id}\t${encodeBase64(step.challenge)}`);
		} else if (step.claim === null) yield* this.#refuse(client, id, []);
		else yield* this.#judge(client, id, request, step.claim);
	}

	*#judge(client: Client, id: string, request: Request, claim: Claim): Sys<void> {
		const user = this.configuration.text('auth_username_format') === '%Lu' ? claim.user.toLowerCase() : claim.user;
		const allowed = this.configuration.text('auth_username_chars');
		if (user === '' || (allowed !== '' && [...user].some((char) => !allowed.includes(char))))
			return yield* this.#refuse(client, id, user === '' ? [] : [`user=${user}`]);
		const answers = yield* lookupPassword(this.configuration, user, claim.fits);
		const from = [request.parameters.get('rip'), request.parameters.get('session')];
		const who = [user, from[0], from[1] === undefined ? undefined : `<${from[1]}>`].filter((part) => part).join(',');
		for (const { verdict, driver, missing } of answers) {
			if (missing !== undefined) yield* this.#log.info(`missing passwd file: ${missing}`);
			else if (verdict !== 'ok' && this.configuration.flag('auth_verbose'))
				yield* this.#log.info(`${driver}(${who}): ${verdict === 'unknown' ? 'unknown user' : 'Password mismatch'}`);
		}
		if (answers.at(-1)?.verdict === 'ok') yield* this.#say(client.fd, `OK\t${id}\tuser=${user}`);
		else yield* this.#refuse(client, id, [`user=${user}`]);
	}

	*#refuse(client: Client, id: string, words: readonly string[]): Sys<void> {
		const due = (yield* time()) + this.configuration.duration('auth_failure_delay');
		this.#held.push({ fd: client.fd, due, line: ['FAIL', id, ...words].join('\t') });
	}
}

/** @param listeners bound by master */
export function* authMain(configuration: Configuration, listeners: readonly number[]): Sys<number> {
	return yield* new Auth(configuration, listeners).run();
}

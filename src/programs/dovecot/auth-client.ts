/**
 * Asking the auth process: what dovecot's login processes and Postfix's smtpd (xsasl_dovecot_server.c) share.
 *
 * Errors: `AuthGone` when the connection breaks; Errno when there is none to be had.
 */
import type { Sys } from '#kernel/syscalls';
import { Channel, Closed } from '../libc/channel';
import { close, connect, getpid, socket } from '../libc/unistd';

export class AuthGone {}

export interface OfferedMechanism {
	readonly name: string;
	readonly flags: readonly string[];
}

export type AuthReply =
	| { readonly kind: 'ok'; readonly user: string }
	| { readonly kind: 'continue'; readonly challenge: string }
	| { readonly kind: 'fail'; readonly user: string | null; readonly reason: string; readonly temporary: boolean };

export class AuthClient {
	readonly mechanisms: OfferedMechanism[] = [];
	#last = 0;

	private constructor(readonly channel: Channel) {}

	/** @param timeout microseconds. @throws Errno, AuthGone */
	static *connect(path: string, timeout: number): Sys<AuthClient> {
		const fd = yield* socket('unix', 'stream');
		try {
			yield* connect(fd, { family: 'unix', path });
		} catch (thrown) {
			yield* close(fd);
			throw thrown;
		}
		const client = new AuthClient(new Channel(fd, timeout));
		yield* client.#guarded(function* () {
			yield* client.channel.write(`VERSION\t1\t1\nCPID\t${yield* getpid()}\n`);
			for (;;) {
				const [command, name = '', ...flags] = (yield* client.channel.line()).split('\t');
				if (command === 'DONE') return;
				if (command === 'MECH') client.mechanisms.push({ name, flags });
			}
		});
		return client;
	}

	/** @param parameters "service=smtp", "rip=…"; `initial` in base64 */
	*begin(mechanism: string, parameters: readonly string[], initial: string | null): Sys<AuthReply> {
		const words = ['AUTH', String(++this.#last), mechanism, ...parameters];
		if (initial !== null) words.push(`resp=${initial}`);
		return yield* this.#ask(words.join('\t'));
	}

	/** @param response in base64 */
	*proceed(response: string): Sys<AuthReply> {
		return yield* this.#ask(`CONT\t${this.#last}\t${response}`);
	}

	*cancel(): Sys<void> {
		yield* this.channel.write(`CANCEL\t${this.#last}\n`);
	}

	*close(): Sys<void> {
		yield* close(this.channel.fd);
	}

	*#ask(line: string): Sys<AuthReply> {
		const { channel } = this;
		return yield* this.#guarded(function* () {
			yield* channel.write(`${line}\n`);
			const [command, , ...words] = (yield* channel.line()).split('\t');
			if (command === 'CONT') return { kind: 'continue', challenge: words[0] ?? '' } as const;
			const value = (name: string): string | null =>
				words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
			if (command === 'OK') return { kind: 'ok', user: value('user') ?? '' } as const;
			return {
				kind: 'fail',
				user: value('user'),
				reason: value('reason') ?? '',
				temporary: words.includes('temp')
			} as const;
		});
	}

	*#guarded<T>(body: () => Sys<T>): Sys<T> {
		try {
			return yield* body();
		} catch (thrown) {
			if (thrown instanceof Closed) throw new AuthGone();
			throw thrown;
		}
	}
}

/**
 * Where fetched mail goes (sink.c): to the SMTP server of this host, or into the standard input of an MDA.
 *
 * Does: MAIL, RCPT for each local name, DATA; what is refused for now stays at the server. A name that the listener does
 *       not like is replaced by the postmaster's.
 * Not simulated: LMTP, BSMTP, ESMTP authentication, mail that tells the sender of a refusal.
 */
import { Errno, O, SIGNAL, type Sys } from '#kernel/syscalls';
import { Closed } from '../libc/channel';
import { encode } from '../libc/text';
import { exitStatus } from '../libc/spawn';
import { close, dup2, exec, fork, pipe, setfl, signal, wait, write } from '../libc/unistd';
import { openConnection, type Connected } from './connection';
import type { Report } from './report';
import type { User } from './run-control';
import { Failed, PS } from './status';

export interface Envelope {
	readonly from: string;
	readonly to: readonly string[];
	readonly size: number;
	readonly is8bit: boolean;
}

/** Takes a message line by line; `end` says whether it was taken. */
export interface Sink {
	open(envelope: Envelope): Sys<boolean>;
	line(text: string): Sys<void>;
	end(): Sys<boolean>;
	close(): Sys<void>;
}

const SECONDS = 300;

export class SmtpSink implements Sink {
	#connected: Connected | null = null;
	#features = new Set<string>();
	#buffer = '';

	constructor(
		readonly report: Report,
		readonly user: User,
		/** who we say that we are */
		readonly hostname: string,
		readonly postmaster: string
	) {}

	*#send(text: string): Sys<void> {
		if (this.report.verbose) yield* this.report.say(`SMTP> ${text}`);
		yield* this.#connected!.channel.write(`${text}\r\n`);
	}

	/** @returns the last line of a reply */
	*#reply(): Sys<string> {
		for (;;) {
			const line = yield* this.#connected!.channel.line();
			if (this.report.verbose) yield* this.report.say(`SMTP< ${line}`);
			if (line.startsWith('250')) this.#features.add(line.slice(4).split(' ')[0]!.toUpperCase());
			if (line[3] !== '-') return line;
		}
	}

	*#ask(text: string): Sys<string> {
		yield* this.#send(text);
		return yield* this.#reply();
	}

	*#connect(): Sys<void> {
		const host = this.user.smtphost;
		const [name = host, port = 'smtp'] = host.split('/');
		try {
			this.#connected = yield* openConnection(this.report, name, port, SECONDS);
			if (!(yield* this.#reply()).startsWith('220')) throw new Failed(PS.SMTP);
			if (!(yield* this.#ask(`EHLO ${this.hostname}`)).startsWith('250')) yield* this.#ask(`HELO ${this.hostname}`);
		} catch (thrown) {
			if (!(thrown instanceof Failed || thrown instanceof Closed)) throw thrown;
			yield* this.report.error(`SMTP connect to ${host} failed`);
			throw new Failed(PS.SMTP);
		}
	}

	*open(envelope: Envelope): Sys<boolean> {
		if (!this.#connected) yield* this.#connect();
		const options =
			(this.#features.has('8BITMIME') && envelope.is8bit ? ' BODY=8BITMIME' : '') +
			(this.#features.has('SIZE') && envelope.size > 0 ? ` SIZE=${envelope.size}` : '');
		const from = yield* this.#ask(`MAIL FROM:<${envelope.from}>${options}`);
		if (!from.startsWith('2')) return yield* this.#refused(from);
		let taken = 0;
		for (const to of envelope.to) {
			const answer = yield* this.#ask(`RCPT TO:<${to}>`);
			if (answer.startsWith('2')) taken++;
			else if (answer.startsWith('4')) return yield* this.#refused(answer);
			else {
				yield* this.report.error(`SMTP error: ${answer}`);
				yield* this.report.error(`SMTP listener doesn't like recipient address \`${to}'`);
			}
		}
		if (taken === 0) {
			yield* this.report.error(`no address matches; forwarding to ${this.postmaster}.`);
			const answer = yield* this.#ask(
				`RCPT TO:<${this.postmaster.includes('@') ? this.postmaster : `${this.postmaster}@localhost`}>`
			);
			if (!answer.startsWith('2')) {
				yield* this.report.error("can't even send to postmaster!");
				return yield* this.#refused(answer);
			}
		}
		const data = yield* this.#ask('DATA');
		if (!data.startsWith('354')) return yield* this.#refused(data);
		return true;
	}

	*#refused(reply: string): Sys<false> {
		yield* this.report.error(`SMTP error: ${reply}`);
		yield* this.#ask('RSET');
		return false;
	}

	*line(text: string): Sys<void> {
		this.#buffer += `${text.startsWith('.') ? '.' : ''}${text}\r\n`;
	}

	*end(): Sys<boolean> {
		if (this.report.verbose) yield* this.report.say('SMTP>. (EOM)');
		yield* this.#connected!.channel.write(`${this.#buffer}.\r\n`);
		this.#buffer = '';
		const reply = yield* this.#reply();
		if (reply.startsWith('2')) return true;
		yield* this.report.error(`SMTP error: ${reply}`);
		return false;
	}

	*close(): Sys<void> {
		if (!this.#connected) return;
		try {
			yield* this.#ask('QUIT');
		} catch (thrown) {
			if (!(thrown instanceof Closed)) throw thrown;
		}
		yield* close(this.#connected.channel.fd);
		this.#connected = null;
	}
}

export class MdaSink implements Sink {
	#fd = -1;
	#pid = 0;
	#buffer = '';

	constructor(
		readonly report: Report,
		readonly user: User,
		readonly env: ReadonlyMap<string, string>
	) {}

	/** `%T` the local name, `%F` the sender, each quoted for the shell. */
	*open(envelope: Envelope): Sys<boolean> {
		const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
		const names = envelope.to.map((to) => quote(to.replace(/@.*$/, ''))).join(' ');
		const command = this.user.mda.replace(/%T/g, () => names).replace(/%F/g, () => quote(envelope.from));
		const [output, input] = yield* pipe();
		yield* signal(SIGNAL.SIGPIPE, 'ignore');
		const { env } = this;
		this.#pid = yield* fork(function* () {
			yield* dup2(output, 0);
			yield* close(output);
			yield* close(input);
			yield* signal(SIGNAL.SIGPIPE, 'default');
			return yield* exec('/bin/sh', ['sh', '-c', command], env);
		});
		yield* close(output);
		yield* setfl(input, O.WRONLY);
		this.#fd = input;
		return true;
	}

	*line(text: string): Sys<void> {
		this.#buffer += `${text}\n`;
	}

	*end(): Sys<boolean> {
		try {
			yield* write(this.#fd, encode(this.#buffer));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		this.#buffer = '';
		yield* close(this.#fd);
		const status = yield* wait(this.#pid);
		const code = status === null ? 0 : exitStatus(status);
		if (code === 0) return true;
		yield* this.report.error(`MDA returned nonzero status ${code}`);
		return false;
	}

	*close(): Sys<void> {
		/* each message has a process of its own */
	}
}

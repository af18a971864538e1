/**
 * swaks(1), the SMTP tester, as Debian 12 has it: one transaction, shown line by line.
 *
 * Does: connects, EHLO (HELO when that is refused), MAIL, RCPT for each recipient, DATA, QUIT; stops after the verb that
 *       --quit-after names. Exit status as swaks documents it: 2 connection, 21 banner, 22 HELO, 23 MAIL, 24 no recipient
 *       taken, 25 DATA, 26 after the message, 6 connection lost.
 * Not simulated: TLS, AUTH, LMTP, pipelining, attachments, prompts, configuration files; a server other than by --server
 *       (swaks would look up the MX).
 */
import { Errno, O, type Main, type Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { gai_strerror, getaddrinfo, getservbyname } from '../libc/netdb';
import { getpwuid } from '../libc/passwd';
import { breakDown, strftime } from '../libc/strftime';
import { print, printError, readAll, readFile, STDIN } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import {
	bind,
	close,
	connect,
	getcred,
	getpid,
	poll,
	read,
	setfl,
	socket,
	socketError,
	time,
	uname,
	write
} from '../libc/unistd';
import { composeMessage, COPYRIGHT, VERSION } from './message';
import { parseOptions } from './options';

const STATUS = {
	argument: 1,
	connect: 2,
	banner: 21,
	helo: 22,
	mail: 23,
	recipient: 24,
	data: 25,
	message: 26,
	lost: 6
} as const;
const DEFAULT_TIMEOUT = 30;
/** What --quit-after may name, in the order of a transaction. */
const STAGES = ['CONNECT', 'FIRST-HELO', 'HELO', 'AUTH', 'MAIL', 'RCPT'] as const;
/** other names of the stages */
const STAGE_NAMES: Readonly<Record<string, string>> = {
	BANNER: 'CONNECT',
	'FIRST-EHLO': 'FIRST-HELO',
	EHLO: 'HELO',
	FROM: 'MAIL',
	TO: 'RCPT'
};

/** What a line shown is: a remark, what is sent, what is received. */
type LineKind = 'info' | 'send' | 'receive';

/** The mark in front of a line, and the options that leave out the mark or the line. */
const MARKS: Readonly<Record<LineKind, readonly [mark: string, error: string, noHint: string, hidden: string]>> = {
	info: ['===', '***', 'no-info-hints', 'hide-informational'],
	send: [' ->', '**>', 'no-send-hints', 'hide-send'],
	receive: ['<- ', '<**', 'no-receive-hints', 'hide-receive']
};

interface Settings {
	readonly server: string;
	readonly port: number;
	readonly helo: string;
	readonly from: string;
	readonly to: readonly string[];
	readonly stopAfter: number;
	/** microseconds; -1: for ever */
	readonly timeout: number;
	readonly local?: string;
	/** 0 all, 1 from the first error on, 2 errors only, 3 nothing */
	readonly silent: number;
	readonly given: ReadonlyMap<string, readonly string[]>;
}

export const swaks: Main = function* (argv) {
	const { given, error } = parseOptions(argv.slice(1));
	if (error !== undefined) {
		yield* printError(`${error}\n`);
		return STATUS.argument;
	}
	if (given.has('version')) {
		yield* print(`swaks version ${VERSION}\n\n${COPYRIGHT}\n`);
		return 0;
	}
	const settings = yield* settle(given);
	if (typeof settings === 'string') {
		yield* printError(`${settings}\n`);
		return STATUS.argument;
	}
	return yield* new Transaction(settings).run();
};

/** What was asked for, or what is wrong with it. */
function* settle(given: ReadonlyMap<string, readonly string[]>): Sys<Settings | string> {
	const last = (name: string): string | undefined => given.get(name)?.at(-1);
	const { nodename } = yield* uname();
	const to = last('to');
	if (to === undefined) return 'To: required option --to was not given (this swaks does not prompt)';
	const [host = '', portText] = (last('server') ?? to.slice(to.indexOf('@') + 1)).split(':');
	const quit = last('quit-after')?.toUpperCase();
	const stopAfter = quit === undefined ? Infinity : (STAGES as readonly string[]).indexOf(STAGE_NAMES[quit] ?? quit);
	if (stopAfter < 0) return `*** Unknown quit_after value ${last('quit-after')}, exiting`;
	const problem = yield* checkData(last('data'));
	if (problem !== undefined) return problem;
	const port = last('port') ?? portText ?? '25';
	const service = /^\d+$/.test(port) ? Number(port) : (yield* getservbyname(port, 'tcp'))?.port;
	if (service === undefined) return `*** Port value ${port} cannot be resolved to a numeric port`;
	const seconds = Number(/^(\d+)/.exec(last('timeout') ?? '')?.[1] ?? DEFAULT_TIMEOUT);
	const { uid } = yield* getcred();
	const login = (yield* getpwuid(uid))?.name ?? 'nobody';
	return {
		server: host,
		port: service,
		helo: last('lhlo') ?? nodename,
		from: last('from') ?? `${login}@${nodename}`,
		to: to.split(',').map((address) => address.trim()),
		stopAfter,
		timeout: seconds === 0 ? -1 : seconds * 1_000_000,
		...(last('local-interface') !== undefined && { local: last('local-interface')! }),
		silent: given.has('hide-all') ? 3 : Number(last('silent') ?? 0),
		given
	};
}

interface Reply {
	readonly code: number;
	readonly good: boolean;
}

class Transaction {
	#fd = -1;
	#rest = '';
	#failed = false;

	constructor(readonly settings: Settings) {}

	*run(): Sys<number> {
		const { settings } = this;
		yield* this.#note(`Trying ${settings.server}:${settings.port}...`);
		const problem = yield* this.#connect();
		if (problem !== null) {
			yield* this.#complain(`Error connecting to ${settings.server}:${settings.port}:`);
			yield* this.#complain(`\tIO::Socket::INET6: ${problem}`);
			return STATUS.connect;
		}
		yield* this.#note(`Connected to ${settings.server}.`);
		const status = yield* this.#converse();
		yield* close(this.#fd);
		return status;
	}

	*#connect(): Sys<string | null> {
		const { server, port, timeout, local } = this.settings;
		const found = yield* getaddrinfo(server);
		if (!found.ok) return `getaddrinfo: ${gai_strerror(found.error)}`;
		const address = found.addresses[0]!.address;
		this.#fd = yield* socket('inet', 'stream');
		try {
			if (local !== undefined)
				yield* bind(this.#fd, { family: 'inet', address: parseIpv4Address(local.split(':')[0]!) ?? 0, port: 0 });
			yield* setfl(this.#fd, O.NONBLOCK);
			yield* this.#start(address, port);
			const ready = yield* poll([{ fd: this.#fd, write: true }], timeout);
			if (ready.length === 0) return 'connect: timeout';
			const code = yield* socketError(this.#fd);
			if (code !== null) return `connect: ${strerror(code)}`;
			yield* setfl(this.#fd, 0);
			return null;
		} catch (thrown) {
			if (thrown instanceof Errno) return `connect: ${strerror(thrown)}`;
			throw thrown;
		}
	}

	*#start(address: number, port: number): Sys<void> {
		try {
			yield* connect(this.#fd, { family: 'inet', address, port });
		} catch (thrown) {
			if (!(thrown instanceof Errno && thrown.code === 'EINPROGRESS')) throw thrown;
		}
	}

	/** The dialogue; every way out but a lost connection says QUIT first. */
	*#converse(): Sys<number> {
		const { settings } = this;
		const stage = (name: (typeof STAGES)[number]): boolean => settings.stopAfter <= STAGES.indexOf(name);
		const banner = yield* this.#reply();
		if (!banner) return yield* this.#lost();
		if (!banner.good) return yield* this.#quit(STATUS.banner);
		if (stage('CONNECT')) return yield* this.#quit(0);
		const isOld = settings.given.get('protocol')?.at(-1)?.toUpperCase() === 'SMTP';
		let hello = yield* this.#ask(`${isOld ? 'HELO' : 'EHLO'} ${settings.helo}`);
		if (hello && !hello.good && !isOld && !stage('FIRST-HELO')) hello = yield* this.#ask(`HELO ${settings.helo}`);
		if (!hello) return yield* this.#lost();
		if (!hello.good) return yield* this.#quit(STATUS.helo);
		if (stage('AUTH')) return yield* this.#quit(0);
		const mail = yield* this.#ask(`MAIL FROM:<${settings.from === '<>' ? '' : settings.from}>`);
		if (!mail) return yield* this.#lost();
		if (!mail.good) return yield* this.#quit(STATUS.mail);
		if (stage('MAIL')) return yield* this.#quit(0);
		let taken = 0;
		for (const recipient of settings.to) {
			const answer = yield* this.#ask(`RCPT TO:<${recipient}>`);
			if (!answer) return yield* this.#lost();
			if (answer.good) taken++;
		}
		if (taken === 0) return yield* this.#quit(STATUS.recipient);
		if (stage('RCPT')) return yield* this.#quit(0);
		return yield* this.#message();
	}

	*#message(): Sys<number> {
		const data = yield* this.#ask('DATA', 3);
		if (!data) return yield* this.#lost();
		if (!data.good) return yield* this.#quit(STATUS.data);
		const lines = (yield* this.#compose()).map((line) => (line.startsWith('.') ? `.${line}` : line));
		if (this.settings.given.has('suppress-data')) yield* this.#show('send', `${lines.length + 1} lines sent`);
		else for (const line of [...lines.map((text) => `${text}\r`), '.']) yield* this.#show('send', line);
		yield* this.#send([...lines, '.'].map((line) => `${line}\r\n`).join(''));
		const answer = yield* this.#reply();
		if (!answer) return yield* this.#lost();
		return yield* this.#quit(answer.good ? 0 : STATUS.message);
	}

	*#compose(): Sys<string[]> {
		const { settings } = this;
		const now = breakDown(yield* time());
		const pid = yield* getpid();
		const { nodename } = yield* uname();
		const body = settings.given.get('body')?.at(-1);
		const data = settings.given.get('data')?.at(-1);
		return composeMessage({
			date: strftime('%a, %d %b %Y %H:%M:%S +0000', now),
			messageId: `${strftime('%Y%m%d%H%M%S', now)}.${String(pid).padStart(6, '0')}@${nodename}`,
			to: settings.to.join(','),
			from: settings.from,
			body: body === undefined ? 'This is a test mailing' : (yield* contentOf(body)).replace(/\n$/, ''),
			headers: settings.given.get('header') ?? [],
			added: settings.given.get('add-header') ?? [],
			...(data !== undefined && { data: yield* contentOf(isFileName(data) ? `@${data}` : data) })
		});
	}

	*#ask(command: string, good = 2): Sys<Reply | null> {
		yield* this.#show('send', command);
		yield* this.#send(`${command}\r\n`);
		return yield* this.#reply(good);
	}

	*#send(text: string): Sys<void> {
		try {
			yield* write(this.#fd, encode(text));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** Shows all lines of a reply; null when the server hung up. Silence for too long is a bad reply. */
	*#reply(good = 2): Sys<Reply | null> {
		const lines: string[] = [];
		for (;;) {
			const line = yield* this.#line();
			if (line === 'timeout') {
				const seconds = this.settings.timeout / 1_000_000;
				yield* this.#show('receive', `Timeout (${seconds} secs) waiting for server response`, true);
				return { code: 0, good: false };
			}
			if (line === null) return null;
			lines.push(line);
			if (!/^\d{3}-/.test(line)) break;
		}
		const code = Number(/^(\d{3})/.exec(lines.at(-1)!)?.[1] ?? 0);
		const isGood = Math.floor(code / 100) === good;
		for (const line of lines) yield* this.#show('receive', line, !isGood);
		return { code, good: isGood };
	}

	*#line(): Sys<string | 'timeout' | null> {
		for (;;) {
			const end = this.#rest.indexOf('\n');
			if (end >= 0) {
				const line = this.#rest.slice(0, end).replace(/\r$/, '');
				this.#rest = this.#rest.slice(end + 1);
				return line;
			}
			const ready = yield* poll([{ fd: this.#fd, read: true }], this.settings.timeout);
			if (ready.length === 0) return 'timeout';
			try {
				const part = yield* read(this.#fd, 65_536);
				if (part.length === 0) return null;
				this.#rest += decode(part);
			} catch (thrown) {
				if (thrown instanceof Errno) return null;
				throw thrown;
			}
		}
	}

	*#quit(status: number): Sys<number> {
		if (!(yield* this.#ask('QUIT'))) return yield* this.#lost(status === 0 ? STATUS.lost : status);
		yield* this.#note('Connection closed with remote host.');
		return status;
	}

	*#lost(status: number = STATUS.lost): Sys<number> {
		yield* this.#complain('Remote host closed connection unexpectedly.');
		return status;
	}

	*#note(text: string): Sys<void> {
		yield* this.#show('info', text);
	}

	*#complain(text: string): Sys<void> {
		yield* this.#show('info', text, true);
	}

	/** Errors among the remarks go to standard error. */
	*#show(kind: LineKind, text: string, isError = false): Sys<void> {
		const { silent, given } = this.settings;
		const [mark, errorMark, noHint, hidden] = MARKS[kind];
		if (given.has(hidden) && !(kind === 'info' && isError)) return;
		if (isError) this.#failed = true;
		if (silent >= 3 || (silent === 2 && !isError) || (silent === 1 && !this.#failed)) return;
		const hint =
			given.has(noHint) || (given.has('no-hints') && kind !== 'info') ? '' : `${isError ? errorMark : mark} `;
		yield* (kind === 'info' && isError ? printError : print)(`${hint}${text}\n`);
	}
}

/** A --data of one line without a mark is the name of a file. */
function isFileName(data: string): boolean {
	return !/^[@-]|\\n|\n|%NEWLINE%/.test(data);
}

function* checkData(data: string | undefined): Sys<string | undefined> {
	if (data === undefined || !isFileName(data)) return undefined;
	yield* printError(
		"*** DEPRECATION WARNING: Inferring a filename from the argument to --data will be removed in the future.  Prefix filenames with '@' instead.\n"
	);
	try {
		yield* readFile(data);
		return undefined;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return `*** data option appears to be a file but is not openable: ${data} (${strerror(thrown)})`;
	}
}

/** A value of --body or --data: the text, `-` for standard input, `@FILE`. */
function* contentOf(value: string): Sys<string> {
	if (value === '-') return decode(yield* readAll(STDIN));
	if (!value.startsWith('@')) return value;
	return decode(yield* readFile(value.slice(1)));
}

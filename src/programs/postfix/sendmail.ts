/**
 * sendmail(1): Postfix's stand-in for Sendmail's command: reads a mail, hands it to postdrop. `mailq` and `newaliases`
 * are the same program under other names.
 *
 * Lacks: -bs, VERP, -bv reports, -t with Resent- headers.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getpwuid } from '../libc/passwd';
import { readAll } from '../libc/stdio';
import { decode } from '../libc/text';
import { close, dup2, exec, fork, getcred, pipe, time, wait, write } from '../libc/unistd';
import { openConfig, type Config } from './config';
import { EX, Fatal, Messages } from './errors';
import { attribute, AttrReader } from './attr';
import { REC, RecordWriter } from './queue-file';
import { addressesIn, internalize, parse } from './tok822';

interface Options {
	mode: 'send' | 'queue' | 'flush' | 'aliases' | 'daemon';
	sender: string | null;
	fullName: string;
	fromHeaders: boolean;
	dotIsEnd: boolean;
	encoding: string;
	notify: number;
	envelopeId: string;
	returnFlags: number;
	recipients: string[];
	flushSite: string;
	flushId: string;
	config: string | undefined;
}

const WITH_VALUE = 'BCFfNOoRrVXLhpd';
const NOTIFY: Readonly<Record<string, number>> = { never: 1, success: 2, failure: 4, delay: 8 };

function parseOptions(argv: readonly string[]): Options {
	const name = argv[0]!.replace(/.*\//, '');
	const out: Options = {
		mode: name === 'mailq' ? 'queue' : name === 'newaliases' ? 'aliases' : 'send',
		sender: null,
		fullName: '',
		fromHeaders: false,
		dotIsEnd: true,
		encoding: '',
		notify: 0,
		envelopeId: '',
		returnFlags: 0,
		recipients: [],
		flushSite: '',
		flushId: '',
		config: undefined
	};
	for (let i = 1; i < argv.length; i++) {
		const word = argv[i]!;
		if (word === '--') {
			out.recipients.push(...argv.slice(i + 1));
			break;
		}
		if (!word.startsWith('-') || word === '-') {
			out.recipients.push(...argv.slice(i));
			break;
		}
		const letter = word[1]!;
		const value = (): string => (word.length > 2 ? word.slice(2) : (argv[++i] ?? ''));
		if (letter === 'b') {
			const how = value();
			const modes: Readonly<Record<string, Options['mode']>> = {
				m: 'send',
				p: 'queue',
				i: 'aliases',
				d: 'daemon',
				l: 'daemon',
				s: 'send',
				v: 'send'
			};
			const mode = modes[how[0] ?? ''];
			if (!mode) throw new Fatal(`unsupported: -b${how}`, EX.USAGE);
			out.mode = mode;
		} else if (letter === 'q') {
			out.mode = 'flush';
			if (word[2] === 'R' || word[2] === 'S') out.flushSite = word.slice(3) || (argv[++i] ?? '');
			else if (word[2] === 'I') out.flushId = word.slice(3) || (argv[++i] ?? '');
		} else if (letter === 't') out.fromHeaders = true;
		else if (letter === 'i') out.dotIsEnd = false;
		else if (letter === 'o' && (word === '-oi' || word === '-oI')) out.dotIsEnd = false;
		else if (letter === 'f' || letter === 'r') out.sender = value();
		else if (letter === 'F') out.fullName = value();
		else if (letter === 'B') out.encoding = value().toLowerCase() === '8bitmime' ? '8bit' : '7bit';
		else if (letter === 'N') for (const one of value().split(',')) out.notify |= NOTIFY[one.trim().toLowerCase()] ?? 0;
		else if (letter === 'R') out.returnFlags = { full: 1, hdrs: 2 }[value().toLowerCase()] ?? 0;
		else if (letter === 'V') out.envelopeId = value();
		else if (letter === 'C') out.config = value();
		else if (letter === 'I') out.mode = 'aliases';
		else if (letter === 'o' && word.length > 2) continue;
		else if (WITH_VALUE.includes(letter)) value();
		else if (!'AGgmnsUvTxe'.includes(letter)) throw new Fatal(`usage: ${name} [options]`, EX.USAGE);
	}
	return out;
}

const isMinus = (sender: string | null): boolean => sender === null || sender === '<>' || sender === '';

/** The text as records: M, lines, then recipients found in the headers. */
function contentRecords(
	config: Config,
	options: Options,
	text: string,
	out: RecordWriter
): { size: number; recipients: string[] } {
	const limit = config.number('line_length_limit');
	const lines = text.split('\n');
	if (lines.at(-1) === '') lines.pop();
	const found: string[] = [];
	let header: string[] | null = null;
	let inHeaders = true;
	let size = 0;
	const put = (line: string): void => {
		let rest = line;
		while (rest.length > limit) {
			out.put(REC.CONT, rest.slice(0, limit));
			rest = rest.slice(limit);
		}
		out.put(REC.NORM, rest);
		size += line.length + 1;
	};
	const flush = (): void => {
		if (!header) return;
		const match = /^([^\s:]+)\s*:(.*)$/s.exec(header.join('\n'))!;
		const name = match[1]!.toLowerCase();
		if (options.fromHeaders && /^(to|cc|bcc)$/.test(name))
			for (const token of addressesIn(parse(match[2]!))) found.push(internalize(token.tokens));
		if (!(options.fromHeaders && name === 'bcc')) for (const line of header) put(line);
		header = null;
	};
	let skipping = true;
	for (const raw of lines) {
		const line = raw.replace(/\r$/, '');
		if (options.dotIsEnd && line === '.') break;
		if (skipping) {
			if (line === '') continue;
			skipping = false;
			if (/^>*From /.test(line)) {
				put(`X-Mailbox-Line: ${line}`);
				continue;
			}
		}
		if (inHeaders) {
			if (header !== null && /^[ \t]/.test(line)) {
				(header as string[]).push(line);
				continue;
			}
			flush();
			if (/^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(line)) {
				header = [line];
				continue;
			}
			inHeaders = false;
			if (line !== '') put('');
		}
		put(line);
	}
	flush();
	return { size, recipients: found };
}

function* enqueue(config: Config, messages: Messages, options: Options): Sys<number> {
	const { uid } = yield* getcred();
	const account = yield* getpwuid(uid);
	const user = account?.name ?? 'unknown';
	/* whatever goes wrong while a mail is taken ends with EX_TEMPFAIL (sendmail.c, tempfail()) */
	const said = (text: string, status: number): Fatal => new Fatal(`${user}(${uid}): ${text}`, status);
	const sender =
		options.sender === null
			? user
			: isMinus(options.sender)
				? ''
				: (addressesIn(parse(options.sender)).map((token) => internalize(token.tokens))[0] ?? '');
	if (options.recipients.length === 0 && !options.fromHeaders)
		throw said('Recipient addresses must be specified on the command line or via the -t option', EX.TEMPFAIL);
	const now = yield* time();
	const out = new RecordWriter();
	out.put(REC.TIME, `${Math.floor(now / 1e6)} ${String(now % 1e6).padStart(6, '0')}`);
	out.put(REC.ATTR, 'rewrite_context=local');
	if (options.encoding) out.put(REC.ATTR, `encoding=${options.encoding}`);
	if (options.envelopeId) out.put(REC.ATTR, `envelope_id=${options.envelopeId}`);
	if (options.returnFlags) out.put(REC.ATTR, `ret_flags=${options.returnFlags}`);
	const gecos = (account?.gecos.split(',')[0] ?? '').replace('&', user.charAt(0).toUpperCase() + user.slice(1));
	const name = options.fullName || gecos;
	if (name !== '') out.put(REC.FULL, name);
	out.put(REC.FROM, sender);
	for (const argument of options.recipients) {
		for (const token of addressesIn(parse(argument))) {
			if (options.notify) out.put(REC.ATTR, `notify_flags=${options.notify}`);
			out.put(REC.RCPT, internalize(token.tokens));
		}
	}
	out.put(REC.MESG, '');
	const text = decode(yield* readAll(0));
	const content = contentRecords(config, options, text, out);
	const limit = config.number('message_size_limit');
	if (limit > 0 && content.size > limit) throw said('message file too big', EX.TEMPFAIL);
	out.put(REC.XTRA, '');
	for (const recipient of content.recipients) {
		if (options.notify) out.put(REC.ATTR, `notify_flags=${options.notify}`);
		out.put(REC.RCPT, recipient);
	}
	if (options.fromHeaders && options.recipients.length === 0 && content.recipients.length === 0)
		throw said('No recipient addresses found in message header', EX.TEMPFAIL);
	out.put(REC.END, '');
	return yield* drop(config, messages, out.bytes(), said);
}

/** Runs postdrop with the records on its standard input. */
function* drop(
	config: Config,
	messages: Messages,
	bytes: Uint8Array,
	said: (text: string, status: number) => Fatal
): Sys<number> {
	const [inRead, inWrite] = yield* pipe();
	const [outRead, outWrite] = yield* pipe();
	const path = `${config.text('command_directory')}/postdrop`;
	const pid = yield* fork(function* () {
		yield* dup2(inRead, 0);
		yield* dup2(outWrite, 1);
		for (const fd of [inRead, inWrite, outRead, outWrite]) yield* close(fd);
		try {
			return yield* exec(path, ['postdrop', '-r'], new Map());
		} catch (thrown) {
			if (thrown instanceof Errno) return 1;
			throw thrown;
		}
	});
	yield* close(inRead);
	yield* close(outWrite);
	const reader = new AttrReader(outRead, -1);
	const hello = yield* reader.scan();
	let status = '';
	if (hello && attribute(hello, 'queue_id') !== '') {
		try {
			yield* write(inWrite, bytes);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		yield* close(inWrite);
		const reply = yield* reader.scan();
		status = reply ? attribute(reply, 'status') : '';
	}
	const ended = yield* wait(pid);
	if (status === '0') return 0;
	if (ended?.kind === 'exited' && ended.status !== 0) yield* messages.warn('mail_stream_cleanup: close error');
	throw said(status === '2' ? 'message file too big' : 'queue file write error', EX.TEMPFAIL);
}

export const sendmail: Main = function* (argv, env) {
	const messages = yield* Messages.ofCommand('sendmail');
	const { uid } = yield* getcred();
	void uid;
	return yield* messages.guard(function* () {
		const options = parseOptions(argv);
		const run = function* (path: string, args: readonly string[]): Sys<number> {
			try {
				return yield* exec(path, args, env);
			} catch (thrown) {
				if (thrown instanceof Errno) throw new Fatal(`cannot execute ${path}`, EX.OSERR);
				throw thrown;
			}
		};
		if (options.mode === 'queue') return yield* run('/usr/sbin/postqueue', ['postqueue', '-p']);
		if (options.mode === 'flush') {
			if (options.flushSite) return yield* run('/usr/sbin/postqueue', ['postqueue', '-s', options.flushSite]);
			if (options.flushId) return yield* run('/usr/sbin/postqueue', ['postqueue', '-i', options.flushId]);
			return yield* run('/usr/sbin/postqueue', ['postqueue', '-f']);
		}
		const config = yield* openConfig('sendmail', messages, options.config ? { directory: options.config } : {});
		if (options.mode === 'aliases')
			return yield* run('/usr/sbin/postalias', [
				'postalias',
				...config.items('alias_database').map(({ text }) => text)
			]);
		if (options.mode === 'daemon') return yield* run('/usr/sbin/postfix', ['postfix', 'start']);
		return yield* enqueue(config, messages, options);
	});
};

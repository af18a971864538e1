/**
 * sendmail(1): Postfix's stand-in for Sendmail's command: reads a mail, hands it to postdrop. `mailq` and `newaliases`
 * are the same program under other names.
 *
 * Lacks: -bs, VERP (-XV).
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getpwuid } from '../libc/passwd';
import { spawn } from '../libc/spawn';
import { print, readAll } from '../libc/stdio';
import { decode } from '../libc/text';
import { close, dup2, exec, fork, getcred, pipe, time, wait, write } from '../libc/unistd';
import { openConfig, type Config } from './config';
import { TRACE_FLAG } from './delivery';
import { EX, Fatal, Messages } from './errors';
import { attribute, AttrReader } from './attr';
import { CLEANUP_DETAILS } from './mail-stream';
import { REC, RecordWriter } from './queue-file';
import { addressesIn, externalize, internalize, parse } from './tok822';

type Mode = 'send' | 'probe' | 'queue' | 'flush' | 'aliases' | 'daemon';

interface Options {
	mode: Mode;
	sender: string | null;
	fullName: string;
	fromHeaders: boolean;
	dotIsEnd: boolean;
	encoding: string;
	notify: number;
	envelopeId: string;
	returnFlags: number;
	/** TRACE_FLAG bits */
	trace: number;
	recipients: string[];
	flushSite: string;
	flushId: string;
	config: string | undefined;
	warnings: string[];
}

const WITH_VALUE = 'ABCFLNORVXbdfhopqr';
const WITHOUT = 'GIUeimnstvx';
const NOTIFY: Readonly<Record<string, number>> = { never: 1, success: 2, failure: 4, delay: 8 };
const MODES: Readonly<Record<string, Mode>> = {
	m: 'send',
	p: 'queue',
	i: 'aliases',
	d: 'daemon',
	l: 'daemon',
	v: 'probe'
};
/* whatever goes wrong ends with EX_TEMPFAIL: the caller is to keep the mail (sendmail.c, main()) */
const bad = (text: string): Fatal => new Fatal(text, EX.TEMPFAIL);

function initial(name: string): Options {
	return {
		mode: name === 'mailq' ? 'queue' : name === 'newaliases' ? 'aliases' : 'send',
		sender: null,
		fullName: '',
		fromHeaders: false,
		dotIsEnd: true,
		encoding: '',
		notify: 0,
		envelopeId: '',
		returnFlags: 0,
		trace: 0,
		recipients: [],
		flushSite: '',
		flushId: '',
		config: undefined,
		warnings: []
	};
}

/** What a letter does to the options; letters that are not here are taken and do nothing. */
const LETTERS: Readonly<Record<string, (out: Options, value: string) => void>> = {
	b(out, value) {
		const mode = MODES[value[0] ?? ''];
		if (!mode) throw bad(`unsupported: -b${value[0] ?? ''}`);
		out.mode = mode;
		if (mode === 'probe') out.trace |= TRACE_FLAG.USR_VRFY;
	},
	q(out, value) {
		const what = value[0] ?? '';
		if (/[0-9]/.test(what)) out.mode = out.mode === 'daemon' ? 'daemon' : 'flush';
		else if (what === 'R' || what === 'I') {
			if (value.length === 1) throw bad(what === 'R' ? 'specify: -qRsitename' : 'specify: -qIqueueid');
			out.mode = 'flush';
			if (what === 'R') out.flushSite = value.slice(1);
			else out.flushId = value.slice(1);
		} else if (what === '') out.mode = 'flush';
		else throw bad(`-q${what} is not implemented`);
	},
	t: (out) => (out.fromHeaders = true),
	i: (out) => (out.dotIsEnd = false),
	o: (out, value) => {
		if (value === 'i' || value === 'I') out.dotIsEnd = false;
		else if (value === 'A') throw bad('-oA requires pathname');
	},
	f: (out, value) => (out.sender = value),
	r: (out, value) => (out.sender = value),
	F: (out, value) => (out.fullName = value),
	B(out, value) {
		if (value === '8BITMIME') out.encoding = '8bit';
		else if (value === '7BIT') out.encoding = '7bit';
		else throw bad('-B option needs 8BITMIME or 7BIT');
	},
	N(out, value) {
		let mask = 0;
		for (const one of value.split(',')) {
			const bit = NOTIFY[one.trim().toLowerCase()];
			if (bit === undefined) {
				out.warnings.push(`unknown DSN NOTIFY command value "${one}" in "${value}"`);
				mask = 0;
				break;
			}
			mask |= bit;
		}
		if (mask === 0 || (mask & 1 && mask !== 1)) out.warnings.push('bad -N option value -- ignored');
		else out.notify = mask;
	},
	R(out, value) {
		const flags = { full: 1, hdrs: 2 }[value.toLowerCase()];
		if (flags === undefined) out.warnings.push('bad -R option value -- ignored');
		else out.returnFlags = flags;
	},
	V(out, value) {
		if (value.length > 100) out.warnings.push('too long -V option value -- ignored');
		else out.envelopeId = value;
	},
	C: (out, value) => (out.config = value.replace(/\/main\.cf$/, '')),
	I: (out) => (out.mode = 'aliases'),
	v: (out) => (out.trace |= TRACE_FLAG.RECORD),
	X(out, value) {
		if (value[0] !== 'V') throw bad(`unsupported: -X${value[0] ?? ''}`);
	}
};

function parseOptions(argv: readonly string[]): Options {
	const name = argv[0]!.replace(/.*\//, '');
	const out = initial(name);
	let i = 1;
	for (; i < argv.length; i++) {
		const word = argv[i]!;
		if (word === '--') {
			i++;
			break;
		}
		if (!word.startsWith('-') || word === '-') break;
		/* a bare -V before two letters is the old way to ask for VERP */
		if (word === '-V' && argv[i + 1]?.length === 2) {
			out.warnings.push('option -V is deprecated with Postfix 2.3; specify -XV instead');
			continue;
		}
		for (let at = 1; at < word.length; at++) {
			const letter = word[at]!;
			if (WITH_VALUE.includes(letter)) {
				const rest = word.slice(at + 1);
				if (rest === '' && letter !== 'q' && i + 1 >= argv.length) complain('option requires an argument', letter);
				LETTERS[letter]?.(out, rest !== '' || letter === 'q' ? rest : argv[++i]!);
				break;
			}
			if (!WITHOUT.includes(letter)) complain('invalid option', letter);
			LETTERS[letter]?.(out, '');
		}
	}
	out.recipients.push(...argv.slice(i));
	return out;
}

class BadUsage {
	constructor(readonly complaint: string) {}
}

function complain(what: string, letter: string): never {
	throw new BadUsage(`${what} -- '${letter}'`);
}

const isMinus = (sender: string | null): boolean => sender === null || sender === '<>' || sender === '';

/** The text as records: M, lines, then recipients found in the headers. */
function contentRecords(config: Config, options: Options, text: string, out: RecordWriter): { recipients: string[] } {
	const limit = config.number('line_length_limit');
	const lines = text.split('\n');
	if (lines.at(-1) === '') lines.pop();
	const found: string[] = [];
	const resent: string[] = [];
	let header: string[] | null = null;
	let inHeaders = true;
	const put = (line: string): void => {
		let rest = line;
		while (rest.length > limit) {
			out.put(REC.CONT, rest.slice(0, limit));
			rest = rest.slice(limit);
		}
		out.put(REC.NORM, rest);
	};
	const flush = (): void => {
		if (!header) return;
		const match = /^([^\s:]+)\s*:(.*)$/s.exec(header.join('\n'))!;
		const name = match[1]!.toLowerCase();
		const list = /^(to|cc|bcc)$/.test(name) ? found : /^resent-(to|cc|bcc)$/.test(name) ? resent : null;
		if (list) for (const token of addressesIn(parse(match[2]!))) list.push(internalize(token.tokens));
		for (const line of header) put(line);
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
	return { recipients: !options.fromHeaders ? [] : resent.length > 0 ? resent : found };
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
	const out = new RecordWriter();
	yield* putEnvelope(out, options, sender, account?.gecos ?? '', user);
	out.put(REC.MESG, '');
	const recipients = options.recipients.flatMap((argument) => addressesIn(parse(argument)));
	const text =
		options.mode === 'probe'
			? `From: ${user}\nSubject: probe\nTo:\t${recipients.map((token) => externalize([token])).join(',\n\t')}\n`
			: decode(yield* readAll(0));
	const content = contentRecords(config, options, text, out);
	out.put(REC.XTRA, '');
	for (const recipient of content.recipients) {
		if (options.notify) out.put(REC.ATTR, `notify_flags=${options.notify}`);
		out.put(REC.RCPT, recipient);
	}
	if (options.fromHeaders && options.recipients.length === 0 && content.recipients.length === 0)
		throw said('No recipient addresses found in message header', EX.TEMPFAIL);
	out.put(REC.END, '');
	const status = yield* drop(config, messages, out.bytes(), said);
	if (status === 0 && options.trace)
		yield* print(`Mail Delivery Status Report will be mailed to <${sender || user}>.\n`);
	return status;
}

function* putEnvelope(out: RecordWriter, options: Options, sender: string, gecos: string, user: string): Sys<void> {
	const now = yield* time();
	out.put(REC.TIME, `${Math.floor(now / 1e6)} ${String(now % 1e6).padStart(6, '0')}`);
	out.put(REC.ATTR, 'rewrite_context=local');
	const own = gecos.split(',')[0]!.replace('&', user.charAt(0).toUpperCase() + user.slice(1));
	const name = options.fullName || own;
	if (name !== '') out.put(REC.FULL, name);
	out.put(REC.FROM, sender);
	if (options.encoding) out.put(REC.ATTR, `encoding=${options.encoding}`);
	if (options.envelopeId) out.put(REC.ATTR, `envelope_id=${options.envelopeId}`);
	if (options.returnFlags) out.put(REC.ATTR, `ret_flags=${options.returnFlags}`);
	if (options.trace) out.put(REC.ATTR, `trace_flags=${options.trace}`);
	for (const argument of options.recipients) {
		for (const token of addressesIn(parse(argument))) {
			if (options.notify) out.put(REC.ATTR, `notify_flags=${options.notify}`);
			out.put(REC.RCPT, internalize(token.tokens));
		}
	}
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
	const row = CLEANUP_DETAILS.find(([bit]) => Number(status) & bit);
	throw said(row?.[3] ?? 'queue file write error', EX.TEMPFAIL);
}

export const sendmail: Main = function* (argv, env) {
	const name = argv[0]!.replace(/^.*\//, '');
	const messages = yield* Messages.ofCommand(name);
	/* whatever it is called, the log knows it as sendmail */
	messages.tag = 'postfix/sendmail';
	return yield* messages.guard(function* () {
		let options: Options;
		try {
			options = parseOptions(argv);
		} catch (thrown) {
			if (!(thrown instanceof BadUsage)) throw thrown;
			/* the options are read twice, so getopt(3) complains twice */
			for (let i = 0; i < 2; i++) yield* messages.plain(thrown.complaint);
			throw bad(`usage: ${name} [options]`);
		}
		const run = function* (path: string, args: readonly string[]): Sys<number> {
			try {
				return yield* exec(path, args, env);
			} catch (thrown) {
				if (thrown instanceof Errno) throw new Fatal(`cannot execute ${path}`, EX.OSERR);
				throw thrown;
			}
		};
		const config = yield* openConfig(name, messages, options.config ? { directory: options.config } : {});
		for (const text of options.warnings) yield* messages.warn(text);
		const tool = `${config.text('command_directory')}/`;
		switch (options.mode) {
			case 'queue':
				return yield* run(`${tool}postqueue`, ['postqueue', '-p']);
			case 'flush':
				if (options.flushSite) return yield* run(`${tool}postqueue`, ['postqueue', '-s', options.flushSite]);
				if (options.flushId) return yield* run(`${tool}postqueue`, ['postqueue', '-i', options.flushId]);
				return yield* run(`${tool}postqueue`, ['postqueue', '-f']);
			case 'aliases':
				return yield* run(`${tool}postalias`, ['postalias', ...config.items('alias_database').map(({ text }) => text)]);
			case 'daemon':
				yield* spawn(`${tool}postfix`, ['postfix', 'start'], env);
				return 0;
			default:
				if (options.mode === 'probe' && options.fromHeaders) throw bad('-t option cannot be used with -bv');
				return yield* enqueue(config, messages, options);
		}
	});
};

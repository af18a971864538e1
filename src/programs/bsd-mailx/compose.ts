/**
 * Writing a mail with mail(1): what is asked for, tilde escapes, and the handing over to sendmail (collect.c, send.c).
 *
 * Not simulated: editors (~e ~v), ~| and ~:, the Cc: line offered for editing, `record`, `expandaddr`.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { appendFile, print, printError, readText } from '../libc/stdio';
import { encode } from '../libc/text';
import { close, open, write } from '../libc/unistd';
import { TILDE_HELP } from './help';
import { ListError, parseList } from './message-list';
import { INTERRUPT, type Session } from './session';

const SENDMAIL = '/usr/sbin/sendmail';

/** The header fields as they grow. */
export interface Head {
	from?: string;
	to: string[];
	subject?: string;
	cc: string[];
	bcc: string[];
	extra: string[];
	inReplyTo?: string;
}

export interface ComposeOptions {
	/** the header is shown before the text is asked for, as for a reply */
	readonly shown?: boolean;
	/** -E: an empty mail is not sent */
	readonly skipEmpty?: boolean;
	readonly verbose?: boolean;
	/** -d: shows sendmail's arguments in place of running it */
	readonly debug?: boolean;
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

/** Names once each and in order, as they are sent. */
export function elide(names: readonly string[]): string[] {
	const low = (name: string): string => name.toLowerCase();
	return [...new Set(names)].sort((a, b) => (low(a) < low(b) ? -1 : low(a) > low(b) ? 1 : 0));
}

function mime(env: ReadonlyMap<string, string>): string {
	const locale = env.get('LC_ALL') ?? env.get('LC_CTYPE') ?? env.get('LANG') ?? 'C';
	const charset = /utf-?8$/i.test(locale) ? 'UTF-8' : 'ANSI_X3.4-1968';
	return `MIME-Version: 1.0\nContent-Type: text/plain; charset="${charset}"\nContent-Transfer-Encoding: 8bit\n`;
}

/** @param comma what stands between addresses: ", " as it is sent, " " as it is shown */
function headText(head: Head, comma: string, env: ReadonlyMap<string, string>): string {
	const rows: readonly (readonly [string, string | undefined])[] = [
		['From', head.from],
		['To', head.to.length > 0 ? head.to.join(comma) : undefined],
		['Subject', head.subject],
		['Cc', head.cc.length > 0 ? head.cc.join(comma) : undefined],
		['Bcc', head.bcc.length > 0 ? head.bcc.join(comma) : undefined]
	];
	const named = rows.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [`${name}: ${value}\n`]));
	return named.join('') + head.extra.map((line) => `${line}\n`).join('') + mime(env);
}

/** Asks for what is missing, takes the text, sends it. */
export function* compose(session: Session, head: Head, options: ComposeOptions = {}): Sys<void> {
	const { interactive, variables } = session;
	if (options.shown && interactive) {
		yield* print(headText({ ...head, extra: [] }, ' ', session.env));
		if (head.subject !== undefined) yield* print('\n');
	}
	if (interactive && variables.has('ask') && head.subject === undefined) {
		const answer = yield* session.line('Subject: ');
		if (answer === INTERRUPT) return;
		if (answer !== null && answer !== '') head.subject = answer;
	}
	const text = yield* new Collector(session, head).collect();
	if (text === null) return;
	if (interactive && variables.has('askcc')) {
		const answer = yield* session.line(`Cc: ${head.cc.join(' ')}`);
		if (typeof answer === 'string') head.cc.push(...words(answer));
	}
	yield* send(session, head, text, options);
}

function* send(session: Session, head: Head, text: string, options: ComposeOptions): Sys<void> {
	if (text === '') {
		if (options.skipEmpty) return;
		yield* print(`${head.subject === undefined ? 'No message, no subject' : 'Null message body'}; hope that's ok\n`);
	}
	const expand = (names: readonly string[], depth = 0): string[] =>
		names.flatMap((name) => {
			const alias = depth < 100 ? session.aliases.get(name) : undefined;
			return alias ? expand(alias, depth + 1) : [name];
		});
	for (const key of ['to', 'cc', 'bcc'] as const) head[key] = elide(expand(head[key]));
	if (head.to.length + head.cc.length + head.bcc.length === 0) {
		yield* print('No recipients specified\n');
		return;
	}
	const sender = head.from === undefined ? [] : ['-f', /<([^<>]*)>/.exec(head.from)?.[1] ?? head.from];
	const argv = ['sendmail', '-i', '-t', ...(options.verbose ? ['-v'] : []), ...sender];
	if (options.debug) {
		yield* print(`Sendmail arguments:${argv.map((word) => ` "${word}"`).join('')}\n`);
		return;
	}
	const reply = head.inReplyTo === undefined ? '' : `In-Reply-To: ${head.inReplyTo}\n`;
	yield* session.feed(SENDMAIL, argv, `${headText(head, ', ', session.env)}${reply}\n${text}`);
}

/** The text of a mail as it is typed. */
class Collector {
	#text = '';
	readonly #session: Session;
	readonly #head: Head;

	constructor(session: Session, head: Head) {
		this.#session = session;
		this.#head = head;
	}

	/** @returns null when it was given up */
	*collect(): Sys<string | null> {
		const session = this.#session;
		let interrupts = 0;
		for (;;) {
			const line = yield* session.line('');
			if (line === INTERRUPT) {
				if (++interrupts > 1) {
					yield* this.#dead();
					return null;
				}
				yield* print('\n(Interrupt -- one more to kill letter)\n');
				continue;
			}
			interrupts = 0;
			if (line === null) return this.#text;
			if (session.interactive && line === '.' && session.variables.has('dot')) return this.#text;
			if (!session.interactive || !line.startsWith('~')) {
				this.#text += `${line}\n`;
				continue;
			}
			if (line === '~.') return this.#text;
			if (line === '~x' || line === '~q') {
				if (line === '~q') {
					yield* this.#dead();
					yield* print('Interrupt\n');
				}
				return null;
			}
			yield* this.#escape(line[1] ?? '', line.slice(2).trim(), line);
		}
	}

	*#dead(): Sys<void> {
		if (this.#text === '' || !this.#session.variables.has('save')) return;
		yield* appendFile(`${this.#session.home}/dead.letter`, this.#text, 0o600);
	}

	*#escape(letter: string, rest: string, line: string): Sys<void> {
		const head = this.#head;
		switch (letter) {
			case '~':
				this.#text += `${line.slice(1)}\n`;
				return;
			case 's':
				head.subject = rest;
				return;
			case 't':
				head.to.push(...words(rest));
				return;
			case 'c':
				head.cc.push(...words(rest));
				return;
			case 'b':
				head.bcc.push(...words(rest));
				return;
			case '?':
				return yield* print(TILDE_HELP);
			case 'd':
				return yield* this.#take(`${this.#session.home}/dead.letter`);
			case 'r':
			case '<':
				if (rest === '') return yield* print('Interpolate what file?\n');
				return yield* this.#take(this.#session.expand(rest));
			case 'w':
				if (rest === '') return yield* print('Write what file!?\n');
				return yield* this.#write(this.#session.expand(rest));
			case 'h':
				return yield* this.#ask();
			case 'p':
				return yield* print(
					`-------\nMessage contains:\n${headText(head, ' ', this.#session.env)}\n${this.#text}(continue)\n`
				);
			case 'f':
			case 'F':
			case 'm':
			case 'M':
				return yield* this.#quote(letter, rest);
			case '!':
				yield* this.#session.shell(rest);
				return yield* print('!\n');
			default:
				return yield* print('Unknown tilde escape.\n');
		}
	}

	*#take(path: string): Sys<void> {
		try {
			const text = yield* readText(path);
			this.#text += text;
			yield* print(`"${path}" ${text.split('\n').length - 1}/${encode(text).length}\n`);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* this.#session.complain(path, thrown);
		}
	}

	*#write(path: string): Sys<void> {
		try {
			const fd = yield* open(path, O.WRONLY | O.CREAT | O.EXCL, 0o666);
			yield* write(fd, encode(this.#text));
			yield* close(fd);
			yield* print(`"${path}" ${this.#text.split('\n').length - 1}/${encode(this.#text).length}\n`);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code === 'EEXIST') yield* printError(`"${path}" File exists\n`);
			else yield* this.#session.complain(path, thrown);
		}
	}

	*#ask(): Sys<void> {
		const head = this.#head;
		for (const [prompt, key] of [
			['To: ', 'to'],
			['Cc: ', 'cc'],
			['Bcc: ', 'bcc']
		] as const) {
			const answer = yield* this.#session.line(`${prompt}${head[key].join(' ')}`);
			if (typeof answer === 'string') head[key].push(...words(answer));
			if (key === 'to') {
				const subject = yield* this.#session.line(`Subject: ${head.subject ?? ''}`);
				if (typeof subject === 'string' && subject !== '') head.subject = (head.subject ?? '') + subject;
			}
		}
	}

	*#quote(letter: string, rest: string): Sys<void> {
		const { folder } = this.#session;
		let numbers: number[] = [];
		try {
			if (folder && folder.messages.length > 0)
				numbers = rest === '' ? [folder.dot + 1] : parseList(words(rest), folder, false);
		} catch (thrown) {
			if (!(thrown instanceof ListError)) throw thrown;
			yield* print(`${thrown.message}\n`);
		}
		if (!folder || numbers.length === 0) return yield* print('No appropriate messages\n(continue)\n');
		const indent = letter.toLowerCase() === 'm' ? (this.#session.variables.get('indentprefix') ?? '\t') : '';
		for (const number of numbers) {
			const message = folder.messages[number - 1]!;
			message.touch();
			const whole = letter !== letter.toLowerCase();
			const text = message.written((field) => !whole && this.#session.hides(field));
			this.#text += text
				.replace(/\n$/, '')
				.split('\n')
				.map((line) => `${line === '' ? '' : indent + line}\n`)
				.join('');
		}
		yield* print(`Interpolating: ${numbers.join(' ')}\n(continue)\n`);
	}
}

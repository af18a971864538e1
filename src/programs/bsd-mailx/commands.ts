/**
 * The commands of mail(1) at its prompt, found by any beginning of their names in the order of the table (cmdtab.c).
 *
 * Not simulated: edit and visual, if … endif, source, alternates, saveignore and saveretain, groups of variables' meanings
 * beyond ask, askcc, append, crt, dot, save, indentprefix.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { appendFile, print } from '../libc/stdio';
import { chdir, stat } from '../libc/unistd';
import { compose, elide, type Head } from './compose';
import { bareAddress, Folder, type Message } from './folder';
import { HELP } from './help';
import { ListError, parseList } from './message-list';
import type { Session } from './session';

export type Ending = 'quit' | 'exit' | void;
type Run<Argument> = (session: Session, folder: Folder, argument: Argument) => Sys<Ending>;

/** What a command takes: a message list, words, or the rest of the line. */
type Command = { readonly names: readonly string[]; readonly file?: boolean } & (
	| { readonly takes: 'messages'; readonly deleted?: boolean; readonly run: Run<number[]> }
	| { readonly takes: 'words'; readonly run: Run<string[]> }
	| { readonly takes: 'line'; readonly run: Run<string> }
);

export const VERSION = '8.1.2 01/15/2001';
const TOP_LINES = 5;

const wordsOf = (text: string): string[] =>
	[...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? '');

/** What mail(1) shows for a message in a list of headers: 80 columns. */
export function headerLine(session: Session, folder: Folder, number: number): string {
	const message = folder.messages[number - 1]!;
	let mark = ' ';
	if (message.saved) mark = '*';
	if (message.preserved) mark = 'P';
	if (message.isNew && !message.read) mark = 'N';
	if (!message.isNew && !message.read) mark = 'U';
	if (message.toMbox) mark = 'M';
	const [, date = ''] = /^From \S+\s+(.*)$/.exec(message.fromLine) ?? [];
	const size = `${String(message.lines).padStart(4)}/${String(message.bytes).padEnd(5)}`;
	const current = number === folder.dot + 1 ? '>' : ' ';
	const front = `${current}${mark}${String(number).padStart(3)} ${message.sender.slice(0, 17).padEnd(17)}  ${date.slice(0, 16).padEnd(16)} ${size} `;
	return `${front}${(message.header('subject') ?? '').slice(0, Math.max(0, session.columns - front.length))}\n`;
}

/** A screenful of header lines; the one that has message `number`, or for 0 the session's. */
export function* headers(session: Session, folder: Folder, number: number): Sys<void> {
	const size = session.rows - 4;
	if (number > 0) session.screen = Math.floor((number - 1) / size);
	let first = session.screen * size;
	if (first >= folder.messages.length) first = Math.max(0, folder.messages.length - size);
	if (folder.dot !== number - 1) folder.dot = first;
	let shown = '';
	let count = 0;
	for (let at = first; at < folder.messages.length && count < size; at++) {
		if (folder.messages[at]!.deleted) continue;
		shown += headerLine(session, folder, at + 1);
		count++;
	}
	yield* print(count === 0 ? 'No more mail.\n' : shown);
}

function* type(
	session: Session,
	folder: Folder,
	numbers: readonly number[],
	whole = false,
	lines = Infinity
): Sys<void> {
	let text = '';
	for (const number of numbers) {
		const message = folder.messages[number - 1]!;
		message.touch();
		folder.dot = number - 1;
		const shown = message.written((field) => !whole && session.hides(field));
		text += `Message ${number}:\n${lines === Infinity ? shown : `${shown.split('\n').slice(0, lines).join('\n')}\n`}`;
	}
	const rows = session.variables.get('crt');
	const total = numbers.reduce((sum, number) => sum + folder.messages[number - 1]!.lines, 0);
	if (session.interactive && rows !== undefined && total > (rows === '' ? session.rows : Number(rows)))
		yield* session.feed('/bin/sh', ['sh', '-c', session.env.get('PAGER') ?? 'less'], text);
	else yield* print(text);
}

/** The nearest message that is not deleted: from the current one on, else before it. -1: none */
function nearest(folder: Folder): number {
	const { messages, dot } = folder;
	const after = messages.findIndex((message, at) => at >= dot && !message.deleted);
	return after >= 0 ? after : messages.findLastIndex((message, at) => at < dot && !message.deleted);
}

/** @returns false when no message is left */
function remove(folder: Folder, numbers: readonly number[]): boolean {
	for (const number of numbers) {
		const message = folder.messages[number - 1]!;
		message.touch();
		message.deleted = true;
		message.preserved = message.saved = message.toMbox = false;
		folder.dot = number - 1;
	}
	const next = nearest(folder);
	folder.dot = Math.max(0, next);
	return next >= 0;
}

function* next(session: Session, folder: Folder, numbers: readonly number[]): Sys<void> {
	const { messages } = folder;
	if (numbers.length > 0) {
		const wanted = numbers.find((number) => number > folder.dot + 1) ?? numbers[0]!;
		return yield* type(session, folder, [wanted]);
	}
	const from = session.sawCommand ? folder.dot + 1 : folder.dot;
	const found = messages.findIndex((message, at) => at >= from && !message.deleted && !message.saved);
	if (found < 0) return yield* print('At EOF\n');
	yield* type(session, folder, [found + 1]);
}

function* reply(session: Session, message: Message, all: boolean): Sys<void> {
	message.touch();
	const addresses = (field: string): string[] =>
		(message.header(field) ?? '')
			.split(',')
			.map(bareAddress)
			.filter((address) => address !== '');
	const answerTo = addresses('reply-to');
	const mine = (address: string): boolean => address.toLowerCase() === session.user;
	const to =
		answerTo.length > 0 ? answerTo : [...(all ? addresses('to').filter((one) => !mine(one)) : []), message.sender];
	const subject = message.header('subject');
	const id = message.header('message-id');
	const head: Head = {
		to: elide(to),
		cc: all && answerTo.length === 0 ? addresses('cc').filter((one) => !mine(one)) : [],
		bcc: [],
		extra: [],
		...(subject === undefined ? {} : { subject: /^re:/i.test(subject) ? subject : `Re: ${subject}` }),
		...(id === undefined ? {} : { inReplyTo: id })
	};
	yield* compose(session, head, { shown: true });
}

/** save, copy, write: "[list] file". */
function* store(session: Session, folder: Folder, line: string, how: 'save' | 'copy' | 'write'): Sys<void> {
	const words = wordsOf(line);
	const name = words.pop();
	if (name === undefined) return yield* print('No file specified.\n');
	const numbers = words.length === 0 ? current(folder) : parseList(words, folder, false);
	if (numbers.length === 0) return yield* print('No messages to save.\n');
	const path = session.expand(name);
	yield* print(`"${path}" `);
	try {
		let exists = true;
		try {
			yield* stat(path);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			exists = false;
		}
		let text = '';
		for (const number of numbers) {
			const message = folder.messages[number - 1]!;
			message.touch();
			text += how === 'write' ? message.body.replace(/\n\n$/, '\n') : message.written();
			if (how !== 'copy') message.saved = true;
		}
		yield* appendFile(path, text, 0o666);
		yield* print(exists ? '[Appended]\n' : '[New file]\n');
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* session.complain('fopen', thrown);
	}
}

function current(folder: Folder): number[] {
	const at = nearest(folder);
	return at < 0 ? [] : [at + 1];
}

/** Each message of the list, the last of which becomes the current one. */
const each = (change: (message: Message) => void): Run<number[]> =>
	function* (_session, folder, numbers) {
		for (const number of numbers) {
			change(folder.messages[number - 1]!);
			folder.dot = number - 1;
		}
	};

function* scroll(session: Session, folder: Folder, line: string): Sys<void> {
	const size = session.rows - 4;
	const back = line.trim().startsWith('-');
	const wanted = session.screen + (back ? -1 : 1);
	if (back && session.screen === 0) return yield* print('On first screenful of messages\n');
	if (!back && wanted * size >= folder.messages.length) return yield* print('On last screenful of messages\n');
	session.screen = wanted;
	yield* headers(session, folder, 0);
}

function* pipeMessages(session: Session, folder: Folder, line: string): Sys<void> {
	const [, list = '', command = ''] = /^((?:[\d$^.*-]+\s+)*)(.*)$/.exec(line.trim()) ?? [];
	if (command === '') return yield* print('No command specified\n');
	const numbers = list.trim() === '' ? current(folder) : parseList(wordsOf(list), folder, false);
	if (numbers.length === 0) return yield* print('No applicable messages\n');
	let text = '';
	for (const number of numbers) {
		const message = folder.messages[number - 1]!;
		message.touch();
		text += message.written();
		folder.dot = number - 1;
	}
	yield* session.feed(session.env.get('SHELL') ?? '/bin/sh', ['sh', '-c', command], text);
}

function* switchTo(session: Session, folder: Folder, words: readonly string[]): Sys<void> {
	const [name] = words;
	if (name === undefined) {
		yield* print(folder.title);
		return folder.clearNew();
	}
	try {
		const path = session.expand(name);
		const opened = yield* Folder.open(path, name.startsWith('%'));
		yield* folder.quit(session.mbox);
		session.folder = opened;
		session.screen = 0;
		yield* print(opened.title);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* session.complain(session.expand(name), thrown);
	}
}

const fields = (of: (session: Session) => Set<string>): Run<string[]> =>
	function* (session, _folder, words) {
		for (const word of words) of(session).add(word.toLowerCase());
		if (words.length === 0) for (const field of [...of(session)].sort()) yield* print(`${field}\n`);
	};

const typing = (names: readonly string[], whole: boolean): Command => ({
	names,
	takes: 'messages',
	file: true,
	*run(session, folder, numbers) {
		yield* type(session, folder, numbers, whole);
	}
});

const storing = (name: 'save' | 'copy' | 'write'): Command => ({
	names: [name],
	takes: 'line',
	file: true,
	run: (session, folder, line) => store(session, folder, line, name)
});

const changing = (names: readonly string[], change: (message: Message) => void, deleted = false): Command => ({
	names,
	takes: 'messages',
	deleted,
	file: true,
	run: each(change)
});

const preserve = (message: Message): void => {
	message.preserved = true;
	message.toMbox = false;
};

const deletingAndTyping: Run<number[]> = function* (session, folder, numbers) {
	const last = folder.dot;
	if (!remove(folder, numbers)) return yield* print('No more messages\n');
	if (folder.dot > last) yield* type(session, folder, [folder.dot + 1]);
	else yield* print('At EOF\n');
};

const TABLE: readonly Command[] = [
	{ names: ['next'], takes: 'messages', file: true, run: next },
	{
		names: ['alias', 'group'],
		takes: 'words',
		*run({ aliases }, _folder, [name, ...members]) {
			if (name !== undefined && members.length > 0)
				aliases.set(name, [...members.reverse(), ...(aliases.get(name) ?? [])]);
			else
				for (const [key, value] of aliases)
					if (name === undefined || name === key) yield* print(`${key}\t ${value.join(' ')}\n`);
		}
	},
	typing(['print'], false),
	typing(['type'], false),
	typing(['Type', 'Print'], true),
	{
		names: ['top'],
		takes: 'messages',
		file: true,
		*run(session, folder, numbers) {
			yield* type(session, folder, numbers, true, Number(session.variables.get('toplines') ?? TOP_LINES) + 1);
		}
	},
	changing(['touch'], (message) => {
		message.touch();
		message.preserved = false;
	}),
	changing(['preserve'], preserve),
	{
		names: ['delete'],
		takes: 'messages',
		file: true,
		*run(_session, folder, numbers) {
			remove(folder, numbers);
		}
	},
	{ names: ['dp', 'dt'], takes: 'messages', file: true, run: deletingAndTyping },
	changing(['undelete'], (message) => (message.deleted = false), true),
	{
		names: ['unset'],
		takes: 'words',
		*run({ variables }, _folder, words) {
			for (const word of words) if (!variables.delete(word)) yield* print(`"${word}": undefined variable\n`);
		}
	},
	{
		names: ['mail'],
		takes: 'words',
		*run(session, _folder, words) {
			if (words.length === 0) return;
			yield* compose(session, { to: words.flatMap((word) => word.split(',')), cc: [], bcc: [], extra: [] });
		}
	},
	changing(['mbox'], (message) => {
		message.touch();
		message.toMbox = true;
		message.preserved = false;
	}),
	{ names: ['pipe', '|'], takes: 'line', file: true, run: pipeMessages },
	typing(['more', 'page'], false),
	typing(['More', 'Page'], true),
	changing(['unread', 'Unread'], (message) => {
		message.read = message.touched = false;
		message.statusChanged = true;
	}),
	{
		names: ['!'],
		takes: 'line',
		*run(session, _folder, line) {
			yield* session.shell(line);
			yield* print('!\n');
		}
	},
	storing('copy'),
	{
		names: ['chdir', 'cd'],
		takes: 'words',
		*run(session, _folder, [to]) {
			const path = session.expand(to ?? '~');
			try {
				yield* chdir(path);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				yield* session.complain(path, thrown);
			}
		}
	},
	storing('save'),
	{
		names: ['set'],
		takes: 'words',
		*run({ variables }, _folder, words) {
			for (const word of words) {
				const [, name = '', value = ''] = /^([^=]*)=?(.*)$/.exec(word)!;
				if (name.startsWith('no') && !word.includes('=')) variables.delete(name.slice(2));
				else variables.set(name, value);
			}
			if (words.length === 0)
				for (const [name, value] of [...variables].sort(([a], [b]) => (a < b ? -1 : 1)))
					yield* print(`${name}\t${value}\n`);
		}
	},
	{
		names: ['shell', 'sh'],
		takes: 'words',
		*run(session) {
			yield* session.shell('');
			yield* print('\n');
		}
	},
	{
		names: ['version'],
		takes: 'words',
		*run() {
			yield* print(`Version ${VERSION}\n`);
		}
	},
	storing('write'),
	{
		names: ['from'],
		takes: 'messages',
		file: true,
		*run(session, folder, numbers) {
			for (const number of numbers) yield* print(headerLine(session, folder, number));
			folder.dot = numbers.at(-1)! - 1;
		}
	},
	{ names: ['file', 'folder'], takes: 'words', file: true, run: switchTo },
	{ names: ['z'], takes: 'line', file: true, run: scroll },
	{
		names: ['headers'],
		takes: 'messages',
		file: true,
		run: (session, folder, [number = 0]) => headers(session, folder, number)
	},
	{
		names: ['?', 'help'],
		takes: 'words',
		*run(session) {
			if (session.interactive) yield* session.feed('/bin/sh', ['sh', '-c', session.env.get('PAGER') ?? 'less'], HELP);
			else yield* print(HELP);
		}
	},
	changing(['hold'], preserve),
	{
		names: ['='],
		takes: 'words',
		file: true,
		*run(_session, folder) {
			yield* print(`${folder.dot + 1}\n`);
		}
	},
	{
		names: ['Reply', 'Respond'],
		takes: 'messages',
		file: true,
		*run(session, folder, numbers) {
			for (const number of numbers) {
				folder.dot = number - 1;
				yield* reply(session, folder.messages[number - 1]!, false);
			}
		}
	},
	{
		names: ['reply', 'respond'],
		takes: 'messages',
		file: true,
		*run(session, folder, numbers) {
			if (numbers.length > 1) return yield* print("Sorry, can't reply to multiple messages at once\n");
			folder.dot = numbers[0]! - 1;
			yield* reply(session, folder.messages[folder.dot]!, true);
		}
	},
	{
		names: ['echo'],
		takes: 'words',
		*run(_session, _folder, words) {
			yield* print(`${words.join(' ')}\n`);
		}
	},
	{ names: ['quit'], takes: 'words', run: () => ending('quit') },
	{
		names: ['list'],
		takes: 'words',
		*run() {
			yield* print(`Commands are:\n${TABLE.flatMap(({ names }) => names).join(', ')}\n`);
		}
	},
	{ names: ['xit', 'exit'], takes: 'words', run: () => ending('exit') },
	{
		names: ['size'],
		takes: 'messages',
		file: true,
		*run(_session, folder, numbers) {
			for (const number of numbers) {
				const message = folder.messages[number - 1]!;
				yield* print(`${number}: ${message.lines}/${message.bytes}\n`);
			}
		}
	},
	{ names: ['ignore', 'discard'], takes: 'words', run: fields((session) => session.ignored) },
	{ names: ['retain'], takes: 'words', run: fields((session) => session.retained) },
	{ names: ['#'], takes: 'line', *run() {} }
];

function* ending(how: 'quit' | 'exit'): Sys<Ending> {
	return how;
}

const NO_FOLDER = new Folder('', false, [], 0);

/** One line as it was typed at the prompt, or stands in a file of commands. */
export function* execute(session: Session, line: string): Sys<Ending> {
	const text = line.trimStart();
	const [, word = ''] = /^([!|?=#]|[^\s\d$^.:/\-+*'"]*)/.exec(text) ?? [];
	const rest = text.slice(word.length);
	const command =
		word === ''
			? TABLE[0]!
			: TABLE.find(({ names }) => names.some((name) => name.startsWith(word) && (name.length > 2 || name === word)));
	if (!command) return yield* print(`Unknown command: "${word}"\n`);
	const folder = session.folder ?? NO_FOLDER;
	if (command.file && !session.folder) return;
	try {
		return yield* perform(session, folder, command, rest);
	} catch (thrown) {
		if (!(thrown instanceof ListError)) throw thrown;
		yield* print(`${thrown.message}\n`);
	} finally {
		session.sawCommand = session.folder !== null;
	}
}

function* perform(session: Session, folder: Folder, command: Command, rest: string): Sys<Ending> {
	if (command.takes === 'line') return yield* command.run(session, folder, rest.trim());
	const words = wordsOf(rest);
	if (command.takes === 'words') return yield* command.run(session, folder, words);
	const isNext = command === TABLE[0];
	const numbers =
		words.length > 0 ? parseList(words, folder, command.deleted ?? false) : isNext ? [] : pick(folder, command);
	if (numbers.length === 0 && !isNext) return yield* print('No applicable messages\n');
	return yield* command.run(session, folder, numbers);
}

/** The message that a command without a list means. */
function pick(folder: Folder, command: Command): number[] {
	if (command.takes !== 'messages' || !command.deleted) return current(folder);
	const at = folder.messages.findIndex((message, index) => index >= folder.dot && message.deleted);
	const found = at >= 0 ? at : folder.messages.findLastIndex((message) => message.deleted);
	return found < 0 ? [] : [found + 1];
}

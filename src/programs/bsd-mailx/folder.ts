/**
 * A mailbox file as mail(1) has it open: the messages with their flags, and what becomes of them at the end (fio.c, quit.c).
 *
 * Does: the mbox format (RFC 4155), Status lines (R read, O old), messages that were read moved to ~/mbox, mail that came
 *       meanwhile kept, an exclusive flock while the file is rewritten.
 * Not simulated: dot locks; `hold`, `keepsave`.
 */
import { O, type Sys } from '#kernel/syscalls';
import { appendFile, print, readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { close, flock, open, preempt, write } from '../libc/unistd';

const SEPARATOR = /^From \S+ .*\d\d:\d\d/;

/** One message; flags as they change in a session. */
export class Message {
	isNew: boolean;
	read: boolean;
	deleted = false;
	saved = false;
	preserved = false;
	toMbox = false;
	touched = false;
	/** its Status line is to be written anew */
	statusChanged = false;

	/** @param text from its "From " line on, the empty line at its end too */
	constructor(readonly text: string) {
		const status = this.header('status') ?? '';
		this.isNew = !status.includes('O');
		this.read = status.includes('R');
	}

	get lines(): number {
		return this.text.split('\n').length - 1;
	}

	get bytes(): number {
		return encode(this.text).length;
	}

	get #headEnd(): number {
		const end = this.text.indexOf('\n\n');
		return end < 0 ? this.text.length : end + 1;
	}

	/** The lines of the head behind the "From " line, folded ones joined with newlines. */
	fields(): string[] {
		const head = this.text.slice(this.text.indexOf('\n') + 1, this.#headEnd);
		return head.replace(/\n$/, '').split(/\n(?![ \t])/);
	}

	get fromLine(): string {
		return this.text.slice(0, this.text.indexOf('\n'));
	}

	/** behind the empty line after the head */
	get body(): string {
		return this.text.slice(this.#headEnd + 1);
	}

	/** The first field of that name, unfolded. */
	header(name: string): string | undefined {
		const found = this.fields().find((field) => field.toLowerCase().startsWith(`${name.toLowerCase()}:`));
		return found
			?.slice(name.length + 1)
			.replace(/\n[ \t]+/g, ' ')
			.trim();
	}

	/** The bare address that it came from: of From:, else of the "From " line. */
	get sender(): string {
		return bareAddress(this.header('from') ?? this.fromLine.split(' ')[1] ?? '');
	}

	touch(): void {
		this.touched = true;
		if (this.read) return;
		this.read = true;
		this.statusChanged = true;
	}

	/** The text as it is written: with its Status line when that has changed, without fields that are to be left out. */
	written(hidden: (field: string) => boolean = () => false): string {
		const status = `${this.read ? 'R' : ''}${this.isNew ? '' : 'O'}`;
		const line = this.statusChanged && status !== '' ? [`Status: ${status}`] : [];
		const fields = this.fields().filter((field) => field !== '');
		const at = this.statusChanged ? fields.findIndex((field) => /^status:/i.test(field)) : -1;
		const all = at < 0 ? [...fields, ...line] : [...fields.slice(0, at), ...line, ...fields.slice(at + 1)];
		const shown = all.filter((field) => !hidden(field.slice(0, field.indexOf(':')).toLowerCase()));
		return `${[this.fromLine, ...shown].join('\n')}\n\n${this.body}`;
	}
}

/** "Michael <m@x>" and "m@x (Michael)" are "m@x" (skin()). */
export function bareAddress(text: string): string {
	const angle = /<([^<>]*)>/.exec(text);
	return (angle ? angle[1]! : text.replace(/\([^()]*\)/g, '')).trim();
}

/** Divides an mbox: a "From " line with a time begins a message at the beginning or behind an empty line. */
export function parseMbox(text: string): Message[] {
	const messages: Message[] = [];
	let current: string[] = [];
	let empty = true;
	const lines = text.split('\n');
	if (lines.at(-1) === '') lines.pop();
	const finish = (): void => {
		if (current.length > 0) messages.push(new Message(`${current.join('\n')}\n`));
		current = [];
	};
	for (const line of lines) {
		const begins = empty && SEPARATOR.test(line);
		if (begins) finish();
		if (begins || current.length > 0) current.push(!begins && line.startsWith('From ') ? `>${line}` : line);
		empty = line === '';
	}
	finish();
	return messages;
}

export class Folder {
	/** number of the current message less one */
	dot = 0;

	constructor(
		readonly path: string,
		/** a user's mailbox, whose read messages go to mbox; else a file that is edited in its place (-f) */
		readonly system: boolean,
		readonly messages: readonly Message[],
		/** bytes that the file had */
		readonly size: number
	) {
		const first = (wanted: (message: Message) => boolean): number => messages.findIndex(wanted);
		const unseen = first((message) => message.isNew && !message.read);
		const unread = unseen >= 0 ? unseen : first((message) => !message.read);
		this.dot = Math.max(0, unread);
	}

	/** @throws Errno when it cannot be read */
	static *open(path: string, system: boolean): Sys<Folder> {
		const text = yield* readText(path);
		return new Folder(path, system, parseMbox(text), encode(text).length);
	}

	/** `"/var/mail/anna": 3 messages 2 new` */
	get title(): string {
		const count = (wanted: (message: Message) => boolean): number => this.messages.filter(wanted).length;
		const fresh = count((message) => message.isNew);
		const unread = count((message) => !message.read);
		const deleted = count((message) => message.deleted);
		const saved = count((message) => message.saved);
		const parts = [`"${this.path}": ${this.messages.length} message${this.messages.length === 1 ? '' : 's'}`];
		if (fresh > 0) parts.push(`${fresh} new`);
		if (unread - fresh > 0) parts.push(`${unread - fresh} unread`);
		if (deleted > 0) parts.push(`${deleted} deleted`);
		if (saved > 0) parts.push(`${saved} saved`);
		return `${parts.join(' ')}\n`;
	}

	/** New messages are old ones from now on. */
	clearNew(): void {
		for (const message of this.messages)
			if (message.isNew) {
				message.isNew = false;
				message.statusChanged = true;
			}
	}

	/** Rewrites the file and fills mbox, with what is said about it. */
	*quit(mbox: string): Sys<void> {
		this.clearNew();
		if (!this.system) return yield* this.#edited();
		const { messages } = this;
		for (const message of messages) {
			if (!message.touched) message.preserved = true;
			if (!message.toMbox && !message.saved && !message.deleted && !message.preserved) message.toMbox = true;
		}
		const moved = messages.filter((message) => message.toMbox && !message.preserved);
		const held = messages.filter((message) => message.preserved);
		if (moved.length > 0) {
			yield* appendFile(mbox, moved.map((message) => message.written()).join(''), 0o600);
			yield* print(`Saved ${moved.length} message${moved.length === 1 ? '' : 's'} in ${mbox}\n`);
		}
		yield* this.#rewrite(held);
		if (held.length > 0) yield* print(`Held ${held.length} message${held.length === 1 ? '' : 's'} in ${this.path}\n`);
	}

	*#edited(): Sys<void> {
		const { messages } = this;
		if (!messages.some((message) => message.deleted || message.statusChanged)) return;
		const kept = messages.filter((message) => !message.deleted);
		yield* this.#rewrite(kept);
		yield* print(`"${this.path}" ${kept.length === 0 ? 'truncated' : 'complete'}\n`);
	}

	*#rewrite(kept: readonly Message[]): Sys<void> {
		let later = '';
		try {
			const now = encode(yield* readText(this.path));
			if (now.length > this.size) later = decode(now.subarray(this.size));
		} catch (thrown) {
			errnoOf(thrown);
		}
		if (later !== '') yield* print('New mail has arrived.\n');
		const fd = yield* open(this.path, O.WRONLY | O.CREAT, 0o600);
		yield* flock(fd, 'exclusive');
		yield* close(yield* open(this.path, O.WRONLY | O.TRUNC));
		for (const message of kept) {
			yield* writeAll(fd, encode(message.written()));
			yield* preempt();
		}
		yield* writeAll(fd, encode(later));
		yield* close(fd);
	}
}

function* writeAll(fd: number, bytes: Uint8Array): Sys<void> {
	for (let at = 0; at < bytes.length;) at += yield* write(fd, bytes.subarray(at));
}

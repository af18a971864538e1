/**
 * The format mbox: all mail in one file, each behind a line `From SENDER  DATE` (dovecot's mbox-sync*.c).
 *
 * Does: keeps uids and flags in header lines that clients are not shown (X-IMAPbase, X-UID, Status, X-Status, X-Keywords).
 *       Room is left behind X-UID, so that most later changes do not move the rest of the file; an emptied mailbox keeps
 *       its numbers in a message of its own.
 * Reads and writes: the file, anew at each sync, under an exclusive lock: mail that was delivered meanwhile is kept.
 * Not simulated: index files (every mailbox is as with INDEX=MEMORY), dotlocks, Content-Length.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { breakDown, strftime } from '../../libc/strftime';
import { strerror } from '../../libc/strerror';
import { readAll } from '../../libc/stdio';
import { close, flock, ftruncate, getcred, lseek, open, time, uname, write } from '../../libc/unistd';
import {
	binary,
	bytesOf,
	StorageError,
	virtualSize,
	type Changes,
	type Flag,
	type Mailbox,
	type Message
} from './mailbox';

const PADDING = 50;
const INTERNAL = /^(?:status|x-status|x-keywords|x-uid|x-imapbase|x-imap|content-length)[ \t]*:/i;
const SEPARATOR = /^From \S.*\d\d:\d\d/;
const STATUS = { R: '\\Seen' } as const;
const X_STATUS: readonly (readonly [letter: string, flag: Flag])[] = [
	['A', '\\Answered'],
	['F', '\\Flagged'],
	['T', '\\Draft'],
	['D', '\\Deleted']
];
const PSEUDO_BODY = `This text is part of the internal format of your mail folder, and is not
a real message.  It is created automatically by the mail system software.
If deleted, important folder data will be lost, and it will be re-created
with the data reset to initial values.
`;

/** A message as it stands in the file. */
interface Entry {
	from: string;
	/** lines, folded ones in one string */
	headers: string[];
	body: string;
	uid: number;
	flags: Set<Flag>;
	old: boolean;
	/** bytes of its header in the file */
	readonly room: number;
	changed: boolean;
}

interface Base {
	validity: number;
	last: number;
	keywords: string[];
}

export class Mbox implements Mailbox {
	messages: Message[] = [];
	#base: Base = { validity: 0, last: 0, keywords: [] };
	#contents = new Map<number, string>();
	/** flags of lazy syncs */
	#waiting: ReadonlyMap<number, ReadonlySet<Flag>> = new Map();

	constructor(readonly path: string) {}

	get uidValidity(): number {
		return this.#base.validity;
	}

	get nextUid(): number {
		return this.#base.last + 1;
	}

	get keywords(): readonly string[] {
		return this.#base.keywords;
	}

	*content(uid: number): Sys<string | null> {
		return this.#contents.get(uid) ?? null;
	}

	*sync(changes: Changes, isLazy = false): Sys<void> {
		const flags = new Map([...this.#waiting, ...changes.flags]);
		this.#waiting = isLazy ? flags : new Map();
		yield* this.#locked(isLazy ? O.RDONLY : O.RDWR, (text) => this.#update(text, { ...changes, flags }, isLazy));
	}

	*append(content: string, flags: ReadonlySet<Flag>, received: number): Sys<number> {
		const { euid } = yield* getcred();
		const stamp = strftime('%a %b %d %H:%M:%S %Y', breakDown(received));
		yield* this.#locked(O.RDWR | O.CREAT, (text) => {
			const { entries, base } = parse(text);
			const body = content.endsWith('\n') ? content : `${content}\n`;
			const letters = flags.has('\\Seen') ? 'RO' : 'O';
			const [head, ...rest] = body.split(/(?<=^|\n)\n/);
			const entry = `From uid-${euid}  ${stamp}\n${head}Status: ${letters}\n\n${rest.join('\n')}\n`;
			if (entries.length === 0 && base === null)
				return function* () {
					return entry;
				};
			return function* () {
				return text + entry;
			};
		});
		yield* this.sync({ flags: new Map(), expunged: new Set() });
		return this.#base.last;
	}

	/** Runs `change` on the file's text and writes what comes of it. A file that is not there is an empty mailbox. */
	*#locked(flags: number, change: (text: string) => () => Sys<string>): Sys<void> {
		let fd: number;
		try {
			fd = yield* open(this.path, flags, 0o660);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'ENOENT') throw new StorageError(`open(${this.path}) failed: ${strerror(thrown)}`);
			yield* change('')();
			return;
		}
		try {
			yield* flock(fd, 'exclusive');
			const text = binary(yield* readAll(fd));
			const fresh = yield* change(text)();
			if (fresh !== text) yield* this.#replace(fd, text, fresh);
		} finally {
			yield* close(fd);
		}
	}

	/** Without room on the disk the mailbox stays as it was. */
	*#replace(fd: number, old: string, fresh: string): Sys<void> {
		try {
			yield* lseek(fd, 0, 'set');
			yield* write(fd, bytesOf(fresh));
			yield* ftruncate(fd, fresh.length);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* lseek(fd, 0, 'set');
			yield* write(fd, bytesOf(old));
			yield* ftruncate(fd, old.length);
			throw new StorageError(`write(${this.path}) failed: ${strerror(thrown)}`);
		}
	}

	#update(text: string, changes: Changes, isLazy: boolean): () => Sys<string> {
		return function* (this: Mbox): Sys<string> {
			const parsed = parse(text);
			const now = yield* time();
			const base: Base = parsed.base ?? {
				validity: this.#base.validity || Math.floor(now / 1e6),
				last: 0,
				keywords: []
			};
			const recentBefore = new Set(this.messages.filter(({ recent }) => recent).map(({ uid }) => uid));
			const isFirst = text === '' || parsed.base === null;
			let entries = parsed.entries;
			for (const entry of entries) {
				if (entry.uid !== 0) continue;
				entry.uid = ++base.last;
				setHeader(entry, 'X-UID', String(entry.uid));
				entry.changed = true;
			}
			for (const entry of entries) {
				const flags = changes.flags.get(entry.uid);
				if (flags) apply(entry, flags, base);
			}
			const before = entries.length;
			entries = entries.filter(({ uid }) => !changes.expunged.has(uid));
			const expunged = entries.length < before;
			if (expunged && entries[0] && !hasBase(entries[0])) setStatus(entries[0], base);
			this.#base = base;
			this.#contents = new Map(entries.map((entry) => [entry.uid, shown(entry)]));
			this.messages = entries.map((entry) => ({
				uid: entry.uid,
				size: virtualSize(this.#contents.get(entry.uid)!),
				flags: entry.flags,
				recent: recentBefore.has(entry.uid) || !entry.old,
				received: dateOf(entry.from)
			}));
			if (isLazy) return text;
			if (entries.length === 0)
				return before > 0 || parsed.pseudo !== '' ? (expunged ? yield* pseudoMessage(base, now) : text) : text;
			const pseudo = parsed.pseudo === '' ? '' : parsed.pseudo.replace(/^X-IMAP: .*$/m, `X-IMAP: ${baseText(base)}`);
			if (pseudo === '') setBase(entries[0]!, base, isFirst);
			return pseudo + entries.map(written).join('');
		}.bind(this);
	}
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

function parse(text: string): { entries: Entry[]; base: Base | null; pseudo: string } {
	const starts: number[] = [];
	for (let at = 0; at < text.length;) {
		const end = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at);
		const isStart = at === 0 || (text[at - 1] === '\n' && text[at - 2] === '\n');
		if (isStart && SEPARATOR.test(text.slice(at, end))) starts.push(at);
		at = end + 1;
	}
	const entries = starts.map((start, i) => entryOf(text.slice(start, starts[i + 1] ?? text.length)));
	const first = entries[0];
	const line = first?.headers.find((header) => /^x-imap(?:base)?:/i.test(header));
	const match = /^x-imap(base)?:\s*(\d+)\s+(\d+)\s*(.*)$/is.exec(line ?? '');
	const base = match
		? { validity: Number(match[2]), last: Number(match[3]), keywords: match[4]!.split(/\s+/).filter((word) => word) }
		: null;
	const isPseudo = match !== null && match[1] === undefined;
	const pseudo = isPseudo ? text.slice(0, starts[1] ?? text.length) : '';
	const real = isPseudo ? entries.slice(1) : entries;
	let last = 0;
	for (const entry of real) {
		if (base === null || entry.uid <= last || entry.uid > base.last) entry.uid = 0;
		else last = entry.uid;
	}
	return { entries: real, base, pseudo };
}

function entryOf(text: string): Entry {
	const lineEnd = text.indexOf('\n') + 1 || text.length;
	const rest = text.slice(lineEnd);
	const headerEnd = rest.startsWith('\n') ? 0 : rest.indexOf('\n\n') + 1;
	const isBodiless = headerEnd === 0 && !rest.startsWith('\n');
	const head = isBodiless ? rest : rest.slice(0, headerEnd);
	const body = isBodiless ? '' : rest.slice(headerEnd + 1);
	const headers = head === '' ? [] : head.replace(/\n$/, '').split(/\n(?![ \t])/);
	const value = (name: string): string =>
		headers
			.find((header) => header.toLowerCase().startsWith(`${name}:`))
			?.slice(name.length + 1)
			.trim() ?? '';
	const status = value('status');
	const flags = new Set<Flag>();
	if (status.includes('R')) flags.add(STATUS.R);
	for (const [letter, flag] of X_STATUS) if (value('x-status').includes(letter)) flags.add(flag);
	for (const word of value('x-keywords').split(/\s+/)) if (word !== '') flags.add(word);
	return {
		from: text.slice(0, lineEnd),
		headers,
		/* the empty line before the next message belongs to the format */
		body: body.replace(/\n$/, ''),
		uid: Number(/^\d+/.exec(value('x-uid'))?.[0] ?? 0),
		flags,
		old: status.includes('O'),
		room: head.length,
		changed: false
	};
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

function dateOf(from: string): number {
	const [, month = 'Jan', day = '1', h = '0', m = '0', s = '0', year = '1970'] =
		/(\w{3})\s+(\d+)\s+(\d+):(\d+)(?::(\d+))?\s+(?:\w+\s+)?(\d{4})\s*$/.exec(from) ?? [];
	return Date.UTC(Number(year), MONTHS.indexOf(month) / 3, Number(day), Number(h), Number(m), Number(s)) * 1000;
}

/** As clients see it. */
function shown(entry: Entry): string {
	const headers = entry.headers.filter((header) => !INTERNAL.test(header));
	const body = entry.body === '' || entry.body.endsWith('\n') ? entry.body : `${entry.body}\n`;
	return `${headers.map((header) => `${header}\n`).join('')}\n${body}`;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

const nameOf = (header: string): string => header.slice(0, header.indexOf(':')).toLowerCase();
const baseText = ({ validity, last, keywords }: Base): string =>
	[validity, String(last).padStart(10, '0'), ...keywords].join(' ');
const hasBase = (entry: Entry): boolean => entry.headers.some((header) => nameOf(header) === 'x-imapbase');

/** In its place, or behind the others. The room behind a value is kept until `written` needs it. */
function setHeader(entry: Entry, name: string, value: string): void {
	const at = entry.headers.findIndex((header) => nameOf(header) === name.toLowerCase());
	if (value === '') {
		if (at >= 0) entry.headers.splice(at, 1);
	} else if (at >= 0) entry.headers[at] = `${name}: ${value}${/ *$/.exec(entry.headers[at]!)![0]}`;
	else entry.headers.push(`${name}: ${value}`);
}

function setBase(entry: Entry, base: Base, isNew: boolean): void {
	const line = `X-IMAPbase: ${baseText(base)}`;
	const at = entry.headers.findIndex((header) => nameOf(header) === 'x-imapbase');
	if (at >= 0) {
		if (entry.headers[at]!.trimEnd() === line) return;
		entry.headers[at] = line;
	} else {
		const uid = entry.headers.findIndex((header) => nameOf(header) === 'x-uid');
		entry.headers.splice(uid < 0 ? entry.headers.length : uid, 0, line);
	}
	entry.changed ||= !isNew || at < 0;
}

function setStatus(entry: Entry, base: Base): void {
	setHeader(entry, 'Status', `${entry.flags.has('\\Seen') ? 'R' : ''}O`);
	const letters = X_STATUS.filter(([, flag]) => entry.flags.has(flag)).map(([letter]) => letter);
	setHeader(entry, 'X-Status', letters.join(''));
	const keywords = [...entry.flags].filter((flag) => !flag.startsWith('\\'));
	for (const word of keywords) if (!base.keywords.includes(word)) base.keywords.push(word);
	setHeader(entry, 'X-Keywords', keywords.join(' '));
	entry.changed = true;
}

function apply(entry: Entry, flags: ReadonlySet<Flag>, base: Base): void {
	const isSame = flags.size === entry.flags.size && [...flags].every((flag) => entry.flags.has(flag));
	if (isSame && entry.old) return;
	entry.flags = new Set(flags);
	setStatus(entry, base);
}

/** The header keeps its length where it can; where it must grow, new room is made at its end. */
function written(entry: Entry): string {
	let headers = entry.headers;
	if (entry.changed) {
		const isPadded = headers.map((header) => INTERNAL.test(header) && / +$/.test(header));
		const bare = headers.map((header) => (INTERNAL.test(header) ? header.trimEnd() : header));
		const length = bare.reduce((sum, header) => sum + header.length + 1, 0);
		const at = isPadded.indexOf(true);
		const spare = entry.room - length;
		if (spare >= 0 && (at >= 0 || spare === 0)) {
			if (at >= 0) bare[at] += ' '.repeat(spare);
		} else {
			const names = bare.map(nameOf);
			const last = names.includes('x-keywords') ? names.indexOf('x-keywords') : names.indexOf('x-uid');
			bare[last < 0 ? bare.length - 1 : last] += ' '.repeat(PADDING);
		}
		headers = bare;
	}
	return `${entry.from}${headers.map((header) => `${header}\n`).join('')}\n${entry.body}\n`;
}

function* pseudoMessage(base: Base, now: number): Sys<string> {
	const { nodename } = yield* uname();
	const at = breakDown(now);
	return `From MAILER_DAEMON  ${strftime('%a %b %d %H:%M:%S %Y', at)}
Date: ${strftime('%a, %d %b %Y %H:%M:%S', at)} +0000
From: Mail System Internal Data <MAILER-DAEMON@${nodename}>
Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA
Message-ID: <${Math.floor(now / 1e6)}@${nodename}>
X-IMAP: ${baseText(base)}
Status: RO

${PSEUDO_BODY}
`;
}

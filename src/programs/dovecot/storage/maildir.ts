/**
 * The format maildir: a directory with a file for each mail (dovecot's maildir-*.c, maildir(5)).
 *
 * Does: moves what arrived from `new` to `cur`, keeps flags in the file's name (`:2,FS`), uids in `dovecot-uidlist`.
 *       Keywords have the letters a to z, named in `dovecot-keywords`.
 * Not simulated: index files, quota, sizes in the file's name (they are written into none and ignored).
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { readFile, readText, writeFile } from '../../libc/stdio';
import { errnoOf, strerror } from '../../libc/strerror';
import { getpid, mkdir, readdir, rename, stat, time, uname, unlink } from '../../libc/unistd';
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

const LETTERS: readonly (readonly [letter: string, flag: Flag])[] = [
	['D', '\\Draft'],
	['F', '\\Flagged'],
	['R', '\\Answered'],
	['S', '\\Seen'],
	['T', '\\Deleted']
];
const KEYWORDS_MOST = 26;

interface Entry extends Message {
	readonly base: string;
	readonly file: string;
}

const baseOf = (name: string): string => name.split(':2,')[0]!;

function* optional(path: string): Sys<string> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return '';
		throw thrown;
	}
}

function* list(path: string): Sys<string[]> {
	try {
		return (yield* readdir(path)).map((entry) => entry.name).filter((name) => !name.startsWith('.'));
	} catch (thrown) {
		if (thrown instanceof Errno && thrown.code === 'ENOENT') return [];
		throw new StorageError(`opendir(${path}) failed: ${strerror(errnoOf(thrown))}`);
	}
}

/** The directories of a maildir. @throws Errno */
export function* makeMaildir(path: string): Sys<void> {
	for (const directory of [path, `${path}/cur`, `${path}/new`, `${path}/tmp`]) {
		try {
			yield* mkdir(directory, 0o700);
		} catch (thrown) {
			if (!(thrown instanceof Errno && thrown.code === 'EEXIST')) throw thrown;
		}
	}
}

export class Maildir implements Mailbox {
	#entries: Entry[] = [];
	#validity = 0;
	#next = 1;
	keywords: string[] = [];

	constructor(readonly path: string) {}

	get messages(): readonly Message[] {
		return this.#entries;
	}

	get uidValidity(): number {
		return this.#validity;
	}

	get nextUid(): number {
		return this.#next;
	}

	*content(uid: number): Sys<string | null> {
		const entry = this.#entries.find((one) => one.uid === uid);
		if (!entry) return null;
		for (const directory of ['cur', 'new']) {
			for (const name of [entry.file, ...(yield* list(`${this.path}/${directory}`))]) {
				if (baseOf(name) !== entry.base) continue;
				try {
					return binary(yield* readFile(`${this.path}/${directory}/${name}`));
				} catch (thrown) {
					if (!(thrown instanceof Errno)) throw thrown;
				}
			}
		}
		return null;
	}

	*sync(changes: Changes): Sys<void> {
		try {
			yield* makeMaildir(this.path);
			yield* this.#sync(changes);
		} catch (thrown) {
			if (thrown instanceof Errno) throw new StorageError(`${this.path}: ${strerror(thrown)}`);
			throw thrown;
		}
	}

	*#sync(changes: Changes): Sys<void> {
		const { path } = this;
		const known = yield* this.#readUids();
		this.keywords = (yield* optional(`${path}/dovecot-keywords`))
			.split('\n')
			.map((line) => line.split(' ')[1] ?? '')
			.filter((word) => word !== '');
		const wasRecent = new Set(this.#entries.filter(({ recent }) => recent).map(({ base }) => base));
		for (const name of yield* list(`${path}/new`)) {
			wasRecent.add(baseOf(name));
			yield* rename(`${path}/new/${name}`, `${path}/cur/${name.includes(':2,') ? name : `${name}:2,`}`);
		}
		const files = (yield* list(`${path}/cur`)).sort();
		for (const name of files) if (!known.has(baseOf(name))) known.set(baseOf(name), this.#next++);
		const old = new Map(this.#entries.map((entry) => [entry.base, entry]));
		const entries: Entry[] = [];
		for (const name of files) {
			const base = baseOf(name);
			const uid = known.get(base)!;
			if (changes.expunged.has(uid)) {
				yield* unlink(`${path}/cur/${name}`);
				known.delete(base);
				continue;
			}
			const flags = changes.flags.get(uid) ?? this.#flagsOf(name);
			const file = yield* this.#renamed(name, base, flags);
			const before = old.get(base);
			const size = before?.size ?? virtualSize(binary(yield* readFile(`${path}/cur/${file}`)));
			const received = before?.received ?? (yield* stat(`${path}/cur/${file}`)).mtime;
			entries.push({ uid, size, flags, recent: wasRecent.has(base), received, base, file });
		}
		this.#entries = entries.sort((a, b) => a.uid - b.uid);
		yield* this.#writeUids();
	}

	#flagsOf(name: string): Set<Flag> {
		const letters = name.split(':2,')[1] ?? '';
		const flags = LETTERS.filter(([letter]) => letters.includes(letter)).map(([, flag]) => flag);
		const words = [...letters].flatMap((letter) => this.keywords[letter.charCodeAt(0) - 97] ?? []);
		return new Set([...flags, ...words]);
	}

	*#renamed(name: string, base: string, flags: ReadonlySet<Flag>): Sys<string> {
		const isKeyword = (flag: Flag): boolean => !flag.startsWith('\\');
		const fresh = [...flags].filter((flag) => isKeyword(flag) && !this.keywords.includes(flag));
		if (fresh.length > 0 && this.keywords.length < KEYWORDS_MOST) {
			this.keywords.push(...fresh);
			const text = this.keywords.map((word, i) => `${i} ${word}\n`).join('');
			yield* writeFile(`${this.path}/dovecot-keywords`, text, 0o600);
		}
		const letters = LETTERS.filter(([, flag]) => flags.has(flag)).map(([letter]) => letter);
		const words = this.keywords.flatMap((word, i) => (flags.has(word) ? [String.fromCharCode(97 + i)] : []));
		const wanted = `${base}:2,${[...letters, ...words].join('')}`;
		if (wanted !== name) yield* rename(`${this.path}/cur/${name}`, `${this.path}/cur/${wanted}`);
		return wanted;
	}

	/** "3 V1795398000 N3 G…", then "1 :FILE" a line. */
	*#readUids(): Sys<Map<string, number>> {
		const lines = (yield* optional(`${this.path}/dovecot-uidlist`)).split('\n');
		const head = /^3 V(\d+) N(\d+)/.exec(lines[0] ?? '');
		if (!head) {
			this.#validity ||= Math.floor((yield* time()) / 1e6);
			return new Map();
		}
		this.#validity = Number(head[1]);
		this.#next = Math.max(1, Number(head[2]));
		return new Map(
			lines.slice(1).flatMap((line) => {
				const match = /^(\d+) [^:]*:(.*)$/.exec(line);
				return match ? [[baseOf(match[2]!), Number(match[1])] as const] : [];
			})
		);
	}

	*#writeUids(): Sys<void> {
		const head = `3 V${this.#validity} N${this.#next}`;
		const text = [head, ...this.#entries.map(({ uid, file }) => `${uid} :${file}`), ''].join('\n');
		const path = `${this.path}/dovecot-uidlist`;
		if ((yield* optional(path)) !== text) yield* writeFile(path, text, 0o600);
	}

	*append(content: string, flags: ReadonlySet<Flag>): Sys<number> {
		const now = yield* time();
		const name = `${Math.floor(now / 1e6)}.M${now % 1e6}P${yield* getpid()}.${(yield* uname()).nodename}`;
		try {
			yield* makeMaildir(this.path);
			yield* writeFile(`${this.path}/tmp/${name}`, bytesOf(content), 0o600);
			yield* rename(`${this.path}/tmp/${name}`, `${this.path}/new/${name}`);
		} catch (thrown) {
			throw new StorageError(`${this.path}: ${strerror(errnoOf(thrown))}`);
		}
		yield* this.sync({ flags: new Map(), expunged: new Set() });
		const uid = this.#entries.find(({ base }) => base === name)?.uid ?? 0;
		if (flags.size > 0) yield* this.sync({ flags: new Map([[uid, flags]]), expunged: new Set() });
		return uid;
	}
}

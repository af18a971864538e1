/** Mailboxes besides INBOX: which there are, making, removing, renaming. The answers are words for an IMAP client. */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { close, mkdir, open, readdir, rename, rmdir, unlink } from '../../libc/unistd';
import { exists, isDirectory, pathOf, type Location } from './location';
import { makeMaildir } from './maildir';

export interface Listed {
	readonly name: string;
	/** "\HasNoChildren" */
	readonly flag: string;
}

const DEPTH_MOST = 8;

function* entriesOf(path: string): Sys<string[]> {
	try {
		return (yield* readdir(path)).map(({ name }) => name).sort();
	} catch (thrown) {
		if (thrown instanceof Errno) return [];
		throw thrown;
	}
}

function* mboxFiles(root: string, prefix: string, depth: number): Sys<Listed[]> {
	const out: Listed[] = [];
	for (const name of yield* entriesOf(`${root}/${prefix}`)) {
		if (name.startsWith('.')) continue;
		const full = prefix + name;
		if (yield* isDirectory(`${root}/${full}`)) {
			out.push({ name: full, flag: '\\Noselect \\HasChildren' });
			if (depth < DEPTH_MOST) out.push(...(yield* mboxFiles(root, `${full}/`, depth + 1)));
		} else out.push({ name: full, flag: '\\NoInferiors' });
	}
	return out;
}

/** @param pattern `*` stands for anything, `%` for anything without a `/` */
export function* listMailboxes(location: Location, pattern: string): Sys<Listed[]> {
	const all =
		location.format === 'mbox'
			? yield* mboxFiles(location.root, '', 0)
			: (yield* entriesOf(location.root))
					.filter((name) => /^\.[^.]/.test(name))
					.map((name) => ({ name: name.slice(1), flag: '\\HasNoChildren' }));
	const source = [...pattern]
		.map((char) => (char === '*' ? '.*' : char === '%' ? '[^/]*' : char.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
		.join('');
	const test = new RegExp(`^${source}$`, 'i');
	const sorted = [...all, { name: 'INBOX', flag: '\\HasNoChildren' }];
	return sorted.filter(({ name }) => test.test(name));
}

/** @returns why not; null when it is done */
export function* makeMailbox(location: Location, name: string): Sys<string | null> {
	const path = pathOf(location, name.replace(/\/$/, ''));
	if (path === null) return 'Invalid mailbox name';
	if (name.toUpperCase() === 'INBOX' || (yield* exists(path))) return '[ALREADYEXISTS] Mailbox already exists';
	return yield* attempt(function* () {
		if (location.format === 'maildir') return yield* makeMaildir(path);
		const parts = path.slice(location.root.length + 1).split('/');
		for (let i = 0; i < parts.length; i++) {
			const directory = [location.root, ...parts.slice(0, i)].join('/');
			if (!(yield* exists(directory))) yield* mkdir(directory, 0o700);
		}
		yield* close(yield* open(path, O.WRONLY | O.CREAT | O.EXCL, 0o600));
	});
}

export function* removeMailbox(location: Location, name: string): Sys<string | null> {
	if (name.toUpperCase() === 'INBOX') return "INBOX can't be deleted.";
	const path = pathOf(location, name);
	if (path === null || !(yield* exists(path))) return `[NONEXISTENT] Mailbox doesn't exist: ${name}`;
	return yield* attempt(function* () {
		if (location.format === 'mbox') return yield* unlink(path);
		for (const directory of [`${path}/cur`, `${path}/new`, `${path}/tmp`, path]) {
			for (const entry of yield* entriesOf(directory)) {
				if (!(yield* isDirectory(`${directory}/${entry}`))) yield* unlink(`${directory}/${entry}`);
			}
			yield* rmdir(directory);
		}
	});
}

export function* renameMailbox(location: Location, from: string, to: string): Sys<string | null> {
	const [old, fresh] = [pathOf(location, from), pathOf(location, to)];
	if (from.toUpperCase() === 'INBOX') return "[CANNOT] Renaming INBOX isn't supported.";
	if (old === null || fresh === null || !(yield* exists(old))) return `[NONEXISTENT] Mailbox doesn't exist: ${from}`;
	if (yield* exists(fresh)) return '[ALREADYEXISTS] Target mailbox already exists';
	return yield* attempt(() => rename(old, fresh));
}

function* attempt(body: () => Sys<void>): Sys<string | null> {
	try {
		yield* body();
		return null;
	} catch (thrown) {
		if (thrown instanceof Errno)
			return thrown.code === 'EACCES'
				? '[NOPERM] Permission denied'
				: '[SERVERBUG] Internal error occurred. Refer to server log for more information.';
		throw thrown;
	}
}

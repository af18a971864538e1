/** Home directories: made from /etc/skel, given to another number, removed. */
import { O, S, type Sys } from '#kernel/syscalls';
import { readFile } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import {
	chmod, chown, close, lstat, mkdir, open, preempt, readdir, readlink, rmdir, symlink, unlink, write
} from '../libc/unistd'; // prettier-ignore

export interface Owner {
	readonly uid: number;
	readonly gid: number;
}

const TYPE = { directory: S.IFDIR, link: S.IFLNK, file: S.IFREG } as const;

/** The directory and those above it that are missing. */
export function* makeDirectory(path: string, mode: number, owner: Owner): Sys<void> {
	const parts = path.split('/').filter((part) => part !== '');
	for (let depth = 1; depth <= parts.length; depth++) {
		try {
			yield* mkdir(`/${parts.slice(0, depth).join('/')}`, 0o755);
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'EEXIST') throw thrown;
		}
	}
	yield* chown(path, owner.uid, owner.gid);
	yield* chmod(path, mode);
}

/** Copies what a directory holds, in the new owner's name. A directory that is not there holds nothing. */
export function* copyTree(from: string, to: string, owner: Owner): Sys<void> {
	let entries: readonly { readonly name: string }[];
	try {
		entries = yield* readdir(from);
	} catch (thrown) {
		errnoOf(thrown);
		return;
	}
	for (const { name } of entries) {
		yield* preempt();
		const source = `${from}/${name}`;
		const target = `${to}/${name}`;
		const { mode } = yield* lstat(source);
		const type = mode & S.IFMT;
		if (type === TYPE.link) yield* symlink(yield* readlink(source), target);
		else if (type === TYPE.directory) {
			yield* mkdir(target, 0o700);
			yield* copyTree(source, target, owner);
		} else if (type === TYPE.file) {
			const fd = yield* open(target, O.WRONLY | O.CREAT | O.TRUNC, 0o600);
			yield* write(fd, yield* readFile(source));
			yield* close(fd);
		} else continue;
		yield* chown(target, owner.uid, owner.gid, false);
		if (type !== TYPE.link) yield* chmod(target, mode & 0o7777);
	}
}

export function* removeTree(path: string): Sys<void> {
	yield* preempt();
	if (((yield* lstat(path)).mode & S.IFMT) !== TYPE.directory) return yield* unlink(path);
	for (const { name } of yield* readdir(path)) yield* removeTree(`${path}/${name}`);
	yield* rmdir(path);
}

/** What belonged to the old numbers belongs to the new ones. */
export function* chownTree(path: string, old: Owner, now: Owner): Sys<void> {
	yield* preempt();
	const { mode, uid, gid } = yield* lstat(path);
	if (uid === old.uid || gid === old.gid) {
		yield* chown(path, uid === old.uid ? now.uid : -1, gid === old.gid ? now.gid : -1, false);
		if ((mode & S.IFMT) !== TYPE.link) yield* chmod(path, mode & 0o7777);
	}
	if ((mode & S.IFMT) !== TYPE.directory) return;
	for (const { name } of yield* readdir(path)) yield* chownTree(`${path}/${name}`, old, now);
}

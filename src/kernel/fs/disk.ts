/**
 * Root's door to a disk from outside: for building images, for inspection, for tests. No process is involved and no time
 * passes.
 *
 * Errors: the `Errno` that root would get. Parents of what is written are made (0755, root).
 */
import { Errno, O, S, type DirectoryEntry, type Stat } from '../syscalls';
import { decode, encode } from '../text';
import type { FileSystem } from './file-system';
import { Directory, RegularFile, type Inode } from './inode';
import { lookup, resolve } from './resolve';
import { ROOT, type Viewer } from './viewer';

export interface Attributes {
	readonly mode?: number;
	readonly uid?: number;
	readonly gid?: number;
	/** microseconds since 1970 */
	readonly mtime?: number;
}

export interface WalkEntry {
	readonly path: string;
	readonly stat: Stat;
}

export class Disk {
	readonly #root: Viewer;

	constructor(readonly files: FileSystem) {
		this.#root = { pid: 0, root: files.root, cwd: files.root, credentials: ROOT, mask: 0o022 };
	}

	/** Creates or replaces a file; its links and, unless given, its owner and mode stay. */
	writeFile(path: string, content: Uint8Array | string, attributes: Attributes = {}): void {
		this.#makeParents(path);
		const found = resolve(this.#root, path);
		let inode = found.inode;
		if (inode === undefined) {
			inode = new RegularFile(this.files.volume, attributes.mode ?? 0o644, 0, 0, this.files.openers);
			found.parent.insert(found.name, inode);
		}
		if (inode instanceof Directory) throw new Errno('EISDIR');
		if (!(inode instanceof RegularFile)) throw new Errno('EINVAL');
		const bytes = typeof content === 'string' ? encode(content) : content;
		if (inode.size > 0) inode.truncate(0);
		if (inode.write(0, bytes) < bytes.length) throw new Errno('ENOSPC');
		inode.touch();
		this.#set(inode, attributes);
	}

	/** Like `mkdir -p`; attributes are those of the last directory, there before or not. */
	mkdir(path: string, attributes: Attributes = {}): void {
		this.#makeParents(path);
		const found = resolve(this.#root, path);
		if (found.inode && !(found.inode instanceof Directory)) throw new Errno('EEXIST');
		if (!found.inode) this.#insertDirectory(found.parent, found.name);
		this.#set(lookup(this.#root, path).inode, attributes);
	}

	symlink(target: string, path: string): void {
		this.#makeParents(path);
		this.files.symlink(this.#root, target, path);
	}

	hardlink(from: string, to: string): void {
		this.#makeParents(to);
		this.files.link(this.#root, from, to);
	}

	readFile(path: string): Uint8Array {
		const { inode } = lookup(this.#root, path);
		if (inode instanceof Directory) throw new Errno('EISDIR');
		if (inode instanceof RegularFile) return inode.read(0, inode.size);
		const file = inode.open(O.RDONLY, path, this.#root);
		if (!('read' in file)) throw new Errno('EAGAIN');
		const answer = file.read(1 << 20);
		return answer instanceof Uint8Array ? answer : new Uint8Array(0);
	}

	readText(path: string): string {
		return decode(this.readFile(path));
	}

	stat(path: string): Stat {
		return this.files.stat(this.#root, path, true);
	}

	lstat(path: string): Stat {
		return this.files.stat(this.#root, path, false);
	}

	readlink(path: string): string {
		return this.files.readlink(this.#root, path);
	}

	realpath(path: string): string {
		return this.files.realpath(this.#root, path);
	}

	readdir(path: string): DirectoryEntry[] {
		return this.files.readdir(this.#root, path);
	}

	/** A link that leads nowhere is not there. */
	exists(path: string): boolean {
		try {
			return resolve(this.#root, path).inode !== undefined;
		} catch (thrown) {
			if (thrown instanceof Errno) return false;
			throw thrown;
		}
	}

	chmod(path: string, mode: number): void {
		this.#set(lookup(this.#root, path).inode, { mode });
	}

	chown(path: string, uid: number, gid: number): void {
		this.#set(lookup(this.#root, path, 'keep').inode, { uid, gid });
	}

	setMtime(path: string, mtime: number): void {
		this.#set(lookup(this.#root, path, 'keep').inode, { mtime });
	}

	/** Files, links and whole trees; what is not there is no error. */
	remove(path: string): void {
		const found = resolve(this.#root, path, 'parent');
		if (!found.inode) return;
		if (found.inode instanceof Directory) {
			for (const { name } of this.readdir(path)) this.remove(`${path}/${name}`);
			this.files.rmdir(this.#root, path);
		} else this.files.unlink(this.#root, path);
	}

	/** Everything below a path, parents first, names in order of code units; what the kernel makes up is left out. */
	*walk(path = '/'): Generator<WalkEntry> {
		const inode = lookup(this.#root, path, 'keep').inode;
		yield { path, stat: inode.stat() };
		if (!(inode instanceof Directory) || inode.isMade) return;
		const names = [...inode.list()].map(([name]) => name).sort();
		for (const name of names) yield* this.walk(path === '/' ? `/${name}` : `${path}/${name}`);
	}

	/** An executable takes the space of its size, though most of it is never looked at. */
	grow(path: string, size: number): void {
		const { inode } = lookup(this.#root, path);
		if (inode instanceof RegularFile && inode.size < size) inode.allocate(size);
	}

	#makeParents(path: string): void {
		if (this.exists(path.slice(0, path.lastIndexOf('/')) || '/')) return;
		const names = path.split('/').filter((name) => name !== '');
		let at = '';
		for (const name of names.slice(0, -1)) {
			at += `/${name}`;
			const found = resolve(this.#root, at);
			if (found.inode === undefined) this.#insertDirectory(found.parent, found.name);
		}
	}

	#insertDirectory(parent: Directory, name: string): void {
		const gid = (parent.mode & S.ISGID) !== 0 ? parent.gid : 0;
		parent.insert(name, new Directory(this.files.volume, 0o755 | (parent.mode & S.ISGID), 0, gid, this.files.openers));
	}

	#set(inode: Inode, { mode, uid, gid, mtime }: Attributes): void {
		if (mode !== undefined) inode.mode = (inode.mode & S.IFMT) | (mode & 0o7777);
		if (uid !== undefined) inode.uid = uid;
		if (gid !== undefined) inode.gid = gid;
		if (mtime !== undefined) inode.atime = inode.mtime = mtime;
	}
}

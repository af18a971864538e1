/**
 * The file system's rules: what each call may do, in the order in which Linux checks it (fs/namei.c, fs/open.c,
 * fs/attr.c), so that of two possible errors the real one comes.
 *
 * Does: permissions, sticky and set-group-ID directories, read-only mounts, links, renames, ownership, times.
 * Trusts: `Viewer` for who asks. Knows nothing of processes and descriptors.
 * Simulated settings: fs.protected_hardlinks=1; protected_symlinks, protected_regular, protected_fifos 0.
 */
import type { OpenFile } from '../open-file';
import { Errno, O, S, UTIME, type DirectoryEntry, type Stat } from '../syscalls';
import type { Answer } from '../wait';
import {
	byteLength,
	Directory,
	RegularFile,
	SymbolicLink,
	type Inode,
	type Mount,
	type Openers,
	type Volume
} from './inode';
import { lookup, pathOf, resolve, type Found } from './resolve';
import { EXECUTE, inGroup, may, READ, WRITE, type Viewer } from './viewer';

export class FileSystem {
	readonly root: Directory;
	readonly #mounts: Directory[] = [];

	/** @param changed a name was changed, made or removed by that user; absolute path */
	constructor(
		readonly volume: Volume,
		readonly openers: Openers,
		readonly changed: (path: string, uid: number) => void
	) {
		this.root = new Directory(volume, 0o755, 0, 0, openers);
		this.mount(this.root, { device: volume.device, type: volume.type, readOnly: false, options: 'rw,relatime' });
	}

	open(who: Viewer, path: string, flags: number, mode: number): Answer<OpenFile> {
		const exclusive = (flags & O.CREAT) !== 0 && (flags & O.EXCL) !== 0;
		const found = resolve(who, path, (flags & O.NOFOLLOW) !== 0 || exclusive ? 'keep' : 'follow');
		const inode = found.inode ?? this.#create(who, found, flags, mode);
		const name = pathOf(found);
		if (found.inode) this.#checkOpen(who, found, inode, flags);
		const truncates = (flags & O.TRUNC) !== 0 && inode instanceof RegularFile && found.inode !== undefined;
		if (truncates) {
			this.#truncateFile(inode, 0);
			if ((inode.mode & (S.ISUID | S.ISGID)) !== 0 && who.credentials.euid !== 0) clearSetId(inode);
		}
		const file = inode.open(flags, name, who);
		if (truncates) (file as { dirty?: boolean }).dirty = true;
		return file;
	}

	#create(who: Viewer, found: Found, flags: number, mode: number): Inode {
		if ((flags & O.CREAT) === 0) throw new Errno('ENOENT');
		if (found.slash) throw new Errno('EISDIR');
		this.#checkInsert(who, found.parent);
		const file = new RegularFile(
			this.volume,
			mode & 0o7777 & ~who.mask,
			...this.#newOwner(who, found.parent),
			this.openers
		);
		found.parent.insert(found.name, file);
		return file;
	}

	#checkOpen(who: Viewer, found: Found, inode: Inode, flags: number): void {
		if ((flags & O.CREAT) !== 0 && (flags & O.EXCL) !== 0) throw new Errno('EEXIST');
		const access = flags & O.ACCMODE;
		const writes = access !== O.RDONLY;
		if (inode instanceof SymbolicLink) throw new Errno((flags & O.DIRECTORY) !== 0 ? 'ENOTDIR' : 'ELOOP');
		const isDirectory = inode instanceof Directory;
		if (isDirectory && (writes || (flags & O.CREAT) !== 0)) throw new Errno('EISDIR');
		if ((flags & O.DIRECTORY) !== 0 && !isDirectory) throw new Errno('ENOTDIR');
		const changes = writes || (flags & O.TRUNC) !== 0;
		if (changes && inode instanceof RegularFile && found.parent.mounted()?.readOnly) throw new Errno('EROFS');
		const wanted = (access !== O.WRONLY ? READ : 0) | (changes ? WRITE : 0);
		if (!may(who.credentials, inode, wanted)) throw new Errno('EACCES');
	}

	/** A new name in a directory: EROFS before EACCES, as Linux has it. */
	#checkInsert(who: Viewer, parent: Directory): void {
		if (parent.mounted()?.readOnly) throw new Errno('EROFS');
		if (parent.removed) throw new Errno('ENOENT');
		parent.checkWritable();
		if (!may(who.credentials, parent, WRITE | EXECUTE)) throw new Errno('EACCES');
	}

	/** may_delete of fs/namei.c */
	#checkRemove(who: Viewer, parent: Directory, inode: Inode, asDirectory: boolean | undefined): void {
		if (!may(who.credentials, parent, WRITE | EXECUTE)) throw new Errno('EACCES');
		parent.checkWritable();
		const { euid } = who.credentials;
		if ((parent.mode & S.ISVTX) !== 0 && euid !== 0 && euid !== inode.uid && euid !== parent.uid)
			throw new Errno('EPERM');
		if (asDirectory === true && !(inode instanceof Directory)) throw new Errno('ENOTDIR');
		if (asDirectory === false && inode instanceof Directory) throw new Errno('EISDIR');
		if (inode instanceof Directory && inode.mount) throw new Errno('EBUSY');
	}

	#newOwner(who: Viewer, parent: Directory): [uid: number, gid: number] {
		return [who.credentials.euid, (parent.mode & S.ISGID) !== 0 ? parent.gid : who.credentials.egid];
	}

	/** A name for something new; `directory`: a trailing slash is allowed. */
	#vacant(who: Viewer, path: string, directory = false): Found {
		const found = resolve(who, path, 'parent');
		if (found.inode) throw new Errno('EEXIST');
		if (found.slash && !directory) throw new Errno('ENOENT');
		this.#checkInsert(who, found.parent);
		return found;
	}

	mkdir(who: Viewer, path: string, mode: number): void {
		const { parent, name } = this.#vacant(who, path, true);
		const inherited = parent.mode & S.ISGID;
		const bits = (mode & 0o1777 & ~who.mask) | inherited;
		parent.insert(name, new Directory(this.volume, bits, ...this.#newOwner(who, parent), this.openers));
	}

	symlink(who: Viewer, target: string, path: string): void {
		if (target === '') throw new Errno('ENOENT');
		if (byteLength(target) > 4095) throw new Errno('ENAMETOOLONG');
		const found = this.#vacant(who, path);
		found.parent.insert(found.name, new SymbolicLink(this.volume, target, ...this.#newOwner(who, found.parent)));
		this.changed(pathOf(found), who.credentials.euid);
	}

	/** Puts a node that is not a regular file (fifo, socket) under a name. */
	makeNode(who: Viewer, path: string, mode: number, make: (mode: number, uid: number, gid: number) => Inode): Inode {
		const { parent, name } = this.#vacant(who, path);
		const node = make(mode & 0o7777 & ~who.mask, ...this.#newOwner(who, parent));
		parent.insert(name, node);
		return node;
	}

	link(who: Viewer, from: string, to: string): void {
		const { inode, parent } = lookup(who, from, 'keep');
		const found = resolve(who, to, 'parent');
		if (found.inode) throw new Errno('EEXIST');
		if (found.slash) throw new Errno('ENOENT');
		if (found.parent.mounted()?.readOnly) throw new Errno('EROFS');
		if (parent.mounted() !== found.parent.mounted()) throw new Errno('EXDEV');
		const { euid } = who.credentials;
		if (euid !== 0 && euid !== inode.uid && !safeToLink(who, inode)) throw new Errno('EPERM');
		this.#checkInsert(who, found.parent);
		if (inode instanceof Directory) throw new Errno('EPERM');
		if (inode.links >= 65_000) throw new Errno('EMLINK');
		inode.links++;
		inode.ctime = this.volume.clock();
		found.parent.insert(found.name, inode);
		this.changed(pathOf(found), euid);
	}

	unlink(who: Viewer, path: string): void {
		const found = resolve(who, path, 'parent');
		if (isDots(found.name)) throw new Errno('EISDIR');
		if (found.parent.mounted()?.readOnly) throw new Errno('EROFS');
		const inode = present(found);
		if (found.slash) throw new Errno(inode instanceof Directory ? 'EISDIR' : 'ENOTDIR');
		this.#checkRemove(who, found.parent, inode, false);
		this.#drop(found.parent, found.name, inode);
		this.changed(pathOf(found), who.credentials.euid);
	}

	#drop(parent: Directory, name: string, inode: Inode): void {
		parent.remove(name);
		inode.links--;
		inode.ctime = this.volume.clock();
		inode.free();
	}

	rmdir(who: Viewer, path: string): void {
		const found = resolve(who, path, 'parent');
		if (found.name === '.') throw new Errno('EINVAL');
		if (found.name === '..') throw new Errno('ENOTEMPTY');
		if (found.name === '/') throw new Errno('EBUSY');
		if (found.parent.mounted()?.readOnly) throw new Errno('EROFS');
		const inode = present(found);
		this.#checkRemove(who, found.parent, inode, true);
		const directory = inode as Directory;
		if (!directory.isEmpty()) throw new Errno('ENOTEMPTY');
		this.#dropDirectory(found.parent, found.name, directory);
	}

	#dropDirectory(parent: Directory, name: string, directory: Directory): void {
		parent.remove(name);
		directory.removed = true;
		directory.links = 0;
		directory.free();
	}

	rename(who: Viewer, from: string, to: string): void {
		const source = resolve(who, from, 'parent');
		const target = resolve(who, to, 'parent');
		if (source.parent.mounted() !== target.parent.mounted()) throw new Errno('EXDEV');
		if (isDots(source.name) || isDots(target.name)) throw new Errno('EBUSY');
		if (source.parent.mounted()?.readOnly) throw new Errno('EROFS');
		const moved = present(source);
		const old = target.inode;
		if (!(moved instanceof Directory) && (source.slash || target.slash)) throw new Errno('ENOTDIR');
		if (moved instanceof Directory && isInside(target.parent, moved)) throw new Errno('EINVAL');
		if (old instanceof Directory && isInside(source.parent, old)) throw new Errno('ENOTEMPTY');
		if (old === moved) return;
		this.#checkRemove(who, source.parent, moved, undefined);
		if (old === undefined) this.#checkInsert(who, target.parent);
		else this.#checkRemove(who, target.parent, old, moved instanceof Directory);
		if (moved instanceof Directory && source.parent !== target.parent && !may(who.credentials, moved, WRITE)) {
			throw new Errno('EACCES');
		}
		if (old instanceof Directory) {
			if (!old.isEmpty()) throw new Errno('ENOTEMPTY');
			this.#dropDirectory(target.parent, target.name, old);
		} else if (old) this.#drop(target.parent, target.name, old);
		source.parent.remove(source.name);
		target.parent.insert(target.name, moved);
		moved.ctime = this.volume.clock();
		this.changed(pathOf(source), who.credentials.euid);
		this.changed(pathOf(target), who.credentials.euid);
	}

	readlink(who: Viewer, path: string): string {
		const { inode } = lookup(who, path, 'keep');
		if (!(inode instanceof SymbolicLink)) throw new Errno('EINVAL');
		return inode.readTarget(who);
	}

	realpath(who: Viewer, path: string): string {
		const found = lookup(who, path);
		if (found.inode instanceof Directory) return found.inode.path(who.root);
		// the last name may have been a link: its own place is known by walking on
		return this.#realFile(who, path);
	}

	#realFile(who: Viewer, path: string): string {
		for (let links = 0; links < 40; links++) {
			const found = lookup(who, path, 'keep');
			if (!(found.inode instanceof SymbolicLink)) return pathOf(found, who.root);
			const target = found.inode.jump(who)?.path ?? found.inode.readTarget(who);
			if (!target.startsWith('/') && found.inode.jump(who)) return pathOf(found, who.root);
			path = target.startsWith('/') ? target : `${found.parent.path(who.root)}/${target}`;
		}
		throw new Errno('ELOOP');
	}

	find(who: Viewer, path: string): Inode {
		return lookup(who, path).inode;
	}

	/** All mounts, the root first. */
	mounts(): { device: string; path: string; type: string; options: string }[] {
		return this.#mounts.map((directory) => {
			const { device, type, options } = directory.mount!;
			return { device, path: directory.path(), type, options };
		});
	}

	/** Makes a directory the root of a mount. */
	mount(directory: Directory, mount: Mount): void {
		directory.mount = mount;
		if (!this.#mounts.includes(directory)) this.#mounts.push(directory);
	}

	stat(who: Viewer, path: string, follow: boolean): Stat {
		return lookup(who, path, follow ? 'follow' : 'keep').inode.stat();
	}

	readdir(who: Viewer, path: string): DirectoryEntry[] {
		const { inode } = lookup(who, path);
		if (!(inode instanceof Directory)) throw new Errno('ENOTDIR');
		if (!may(who.credentials, inode, READ)) throw new Errno('EACCES');
		const entries: DirectoryEntry[] = [];
		for (const [name, child] of inode.list()) entries.push({ name, inode: child.number, type: child.mode & S.IFMT });
		return entries;
	}

	/** access(2): asks for the real user, not the effective one */
	access(who: Viewer, path: string, wanted: number): void {
		const { credentials } = who;
		const real = { ...credentials, euid: credentials.uid, egid: credentials.gid };
		const found = lookup({ pid: who.pid, root: who.root, cwd: who.cwd, mask: who.mask, credentials: real }, path);
		if ((wanted & WRITE) !== 0 && found.inode instanceof RegularFile && found.parent.mounted()?.readOnly)
			throw new Errno('EROFS');
		if ((wanted & WRITE) !== 0 && found.inode instanceof Directory && found.inode.mounted()?.readOnly)
			throw new Errno('EROFS');
		if (!may(real, found.inode, wanted)) throw new Errno('EACCES');
	}

	chmod(who: Viewer, path: string, mode: number): void {
		const found = lookup(who, path);
		if (this.#readOnlyAt(found)) throw new Errno('EROFS');
		this.changeMode(who, found.inode, mode);
		if (!(found.inode instanceof Directory)) this.changed(pathOf(found), who.credentials.euid);
	}

	#readOnlyAt(found: Found): boolean {
		const directory = found.inode instanceof Directory ? found.inode : found.parent;
		return directory.mounted()?.readOnly === true;
	}

	changeMode(who: Viewer, inode: Inode, mode: number): void {
		const { euid } = who.credentials;
		if (euid !== 0 && euid !== inode.uid) throw new Errno('EPERM');
		let bits = mode & 0o7777;
		if (euid !== 0 && !inGroup(who.credentials, inode.gid)) bits &= ~S.ISGID;
		inode.mode = (inode.mode & S.IFMT) | bits;
		inode.ctime = this.volume.clock();
	}

	chown(who: Viewer, path: string, uid: number, gid: number, follow: boolean): void {
		const found = lookup(who, path, follow ? 'follow' : 'keep');
		if (this.#readOnlyAt(found)) throw new Errno('EROFS');
		this.changeOwner(who, found.inode, uid, gid);
		if (!(found.inode instanceof Directory)) this.changed(pathOf(found), who.credentials.euid);
	}

	changeOwner(who: Viewer, inode: Inode, uid: number, gid: number): void {
		const { euid } = who.credentials;
		if (euid !== 0) {
			if (uid !== -1 && (euid !== inode.uid || uid !== inode.uid)) throw new Errno('EPERM');
			if (gid !== -1 && (euid !== inode.uid || (gid !== inode.gid && !inGroup(who.credentials, gid))))
				throw new Errno('EPERM');
		}
		if (uid !== -1) inode.uid = uid;
		if (gid !== -1) inode.gid = gid;
		if (!(inode instanceof Directory)) clearSetId(inode);
		inode.ctime = this.volume.clock();
	}

	utimes(who: Viewer, path: string, atime: number, mtime: number, follow: boolean): void {
		const found = lookup(who, path, follow ? 'follow' : 'keep');
		const { inode } = found;
		if (this.#readOnlyAt(found)) throw new Errno('EROFS');
		const { euid } = who.credentials;
		const owns = euid === 0 || euid === inode.uid;
		if (atime === UTIME.NOW && mtime === UTIME.NOW) {
			if (!owns && !may(who.credentials, inode, WRITE)) throw new Errno('EACCES');
		} else if (!owns && !(atime === UTIME.OMIT && mtime === UTIME.OMIT)) throw new Errno('EPERM');
		const now = this.volume.clock();
		if (atime !== UTIME.OMIT) inode.atime = atime === UTIME.NOW ? now : atime;
		if (mtime !== UTIME.OMIT) inode.mtime = mtime === UTIME.NOW ? now : mtime;
		inode.ctime = now;
	}

	truncate(who: Viewer, path: string, size: number): void {
		if (size < 0) throw new Errno('EINVAL');
		const found = lookup(who, path);
		const { inode } = found;
		if (inode instanceof Directory) throw new Errno('EISDIR');
		if (!(inode instanceof RegularFile)) throw new Errno('EINVAL');
		if (found.parent.mounted()?.readOnly) throw new Errno('EROFS');
		if (!may(who.credentials, inode, WRITE)) throw new Errno('EACCES');
		this.#truncateFile(inode, size);
		this.changed(pathOf(found), who.credentials.euid);
	}

	#truncateFile(inode: RegularFile, size: number): void {
		if (size > MAX_FILE_SIZE) throw new Errno('EFBIG');
		inode.truncate(size);
	}

	chdir(who: Viewer, path: string): void {
		who.cwd = this.#searchable(who, path);
	}

	chroot(who: Viewer, path: string): void {
		const directory = this.#searchable(who, path);
		if (who.credentials.euid !== 0) throw new Errno('EPERM');
		who.root = directory;
	}

	#searchable(who: Viewer, path: string): Directory {
		const { inode } = lookup(who, path);
		if (!(inode instanceof Directory)) throw new Errno('ENOTDIR');
		if (!may(who.credentials, inode, EXECUTE)) throw new Errno('EACCES');
		return inode;
	}
}

/** ext4 with 4 KiB blocks */
export const MAX_FILE_SIZE = 16 * 2 ** 40 - 4096;

/** file_remove_privs: the set-group-ID bit goes only where it means execution */
export function clearSetId(inode: Inode): void {
	inode.mode &= ~S.ISUID;
	if ((inode.mode & 0o010) !== 0) inode.mode &= ~S.ISGID;
}

function present(found: Found): Inode {
	if (found.inode === undefined) throw new Errno('ENOENT');
	return found.inode;
}

function isDots(name: string): boolean {
	return name === '.' || name === '..' || name === '/';
}

function isInside(directory: Directory, ancestor: Directory): boolean {
	for (let at = directory; ; at = at.parent) {
		if (at === ancestor) return true;
		if (at.parent === at) return false;
	}
}

/** safe_hardlink_source of fs/namei.c */
function safeToLink(who: Viewer, inode: Inode): boolean {
	if (!(inode instanceof RegularFile)) return false;
	if ((inode.mode & S.ISUID) !== 0) return false;
	if ((inode.mode & (S.ISGID | 0o010)) === (S.ISGID | 0o010)) return false;
	return may(who.credentials, inode, READ | WRITE);
}

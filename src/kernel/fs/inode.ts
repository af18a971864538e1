/**
 * Inodes: what a disk is made of. A regular file holds its bytes, a directory an ordered map of names, the others what
 * stands behind them.
 *
 * Does: keeps ownership, mode, link count, times and space. Files grow by doubling, so appending is cheap.
 * Trusts: its callers to have checked permissions (`fs/file-system.ts`).
 * Not simulated: extents (a hole before the last written byte takes space), extended attributes, access control lists.
 */
import type { OpenFile } from '../open-file';
import { Errno, S, type Stat } from '../syscalls';
import type { Answer } from '../wait';
import type { Viewer } from './viewer';

export const BLOCK = 4096;

/** A mounted file system: numbers its inodes and counts the space they take. */
export class Volume {
	#lastInode: number;
	#used = 0;
	#inodes = 0;

	/**
	 * @param capacity blocks of 4 KiB
	 * @param maxInodes files, directories and links that it can hold
	 */
	constructor(
		readonly type: string,
		readonly device: string,
		readonly clock: () => number,
		readonly capacity = Infinity,
		firstInode = 2,
		readonly maxInodes = Infinity
	) {
		this.#lastInode = firstInode - 1;
	}

	/** Throws ENOSPC when it can hold no more. */
	nextInode(): number {
		if (this.#inodes >= this.maxInodes) throw new Errno('ENOSPC');
		this.#inodes++;
		return ++this.#lastInode;
	}

	/** An inode is gone for good. */
	forgetInode(): void {
		this.#inodes--;
	}

	get isOnDisk(): boolean {
		return this.type === 'ext4';
	}

	get inodes(): number {
		return this.#inodes;
	}

	get used(): number {
		return this.#used;
	}

	/** @returns how many of the blocks could be had */
	take(blocks: number): number {
		const taken = Math.min(blocks, this.capacity - this.#used);
		this.#used += taken;
		return taken;
	}

	release(blocks: number): void {
		this.#used -= blocks;
	}
}

export abstract class Inode {
	readonly number: number;
	links = 1;
	atime: number;
	mtime: number;
	ctime: number;
	rdev = 0;

	/** @param mode type bits and permissions */
	constructor(
		readonly volume: Volume,
		public mode: number,
		public uid: number,
		public gid: number
	) {
		this.number = volume.nextInode();
		this.atime = this.mtime = this.ctime = volume.clock();
	}

	get size(): number {
		return 0;
	}

	get blocks(): number {
		return 0;
	}

	stat(): Stat {
		return {
			inode: this.number,
			mode: this.mode,
			links: this.links,
			uid: this.uid,
			gid: this.gid,
			size: this.size,
			blocks: this.blocks,
			rdev: this.rdev,
			atime: this.atime,
			mtime: this.mtime,
			ctime: this.ctime
		};
	}

	/** content changed */
	touch(): void {
		this.mtime = this.ctime = this.volume.clock();
	}

	/** An open file description. Permissions are checked, the file is truncated where asked for. */
	abstract open(flags: number, path: string, who: Viewer): Answer<OpenFile>;

	#freed = false;

	/** A name or a descriptor is gone: gives back what it took, if that was the last one. */
	free(): void {
		if (this.#freed || this.links > 0) return;
		this.#freed = true;
		this.volume.forgetInode();
	}
}

/** Regular files open through here; set by `fs/open-files.ts`, which knows about descriptions. */
export interface Openers {
	file(inode: RegularFile, flags: number, path: string, who: Viewer): OpenFile;
	directory(inode: Directory, flags: number, path: string): OpenFile;
}

export class RegularFile extends Inode {
	#bytes: Uint8Array = EMPTY;
	/** bytes that were written; what lies between it and `#size` reads as zero */
	#filled = 0;
	#size = 0;
	#blocks = 0;
	/** descriptions that hold it open */
	openCount = 0;

	constructor(
		volume: Volume,
		mode: number,
		uid: number,
		gid: number,
		readonly openers: Openers
	) {
		super(volume, S.IFREG | mode, uid, gid);
	}

	override get size(): number {
		return this.#size;
	}

	override get blocks(): number {
		return this.#blocks * (BLOCK / 512);
	}

	/** A copy of at most `count` bytes from `offset` on. */
	read(offset: number, count: number): Uint8Array {
		const end = Math.min(this.#size, offset + count);
		if (offset >= end) return EMPTY;
		if (end <= this.#filled) return this.#bytes.slice(offset, end);
		const out = new Uint8Array(end - offset);
		if (offset < this.#filled) out.set(this.#bytes.subarray(offset, this.#filled));
		return out;
	}

	/** @returns bytes written, fewer when the disk fills up. Throws ENOSPC when there is room for none. */
	write(offset: number, bytes: Uint8Array): number {
		if (bytes.length === 0) return 0;
		let end = offset + bytes.length;
		const wanted = Math.ceil(end / BLOCK) - this.#blocks;
		if (wanted > 0) {
			this.#blocks += this.volume.take(wanted);
			end = Math.min(end, this.#blocks * BLOCK);
			if (end <= offset) throw new Errno('ENOSPC');
		}
		if (end > this.#bytes.length) this.#grow(end);
		if (offset > this.#filled) this.#bytes.fill(0, this.#filled, offset);
		const count = end - offset;
		this.#bytes.set(count === bytes.length ? bytes : bytes.subarray(0, count), offset);
		if (end > this.#filled) this.#filled = end;
		if (end > this.#size) this.#size = end;
		this.touch();
		return count;
	}

	truncate(size: number): void {
		this.#size = size;
		if (size < this.#filled) {
			this.#filled = size;
			if (size === 0) this.#bytes = EMPTY;
			const blocks = Math.ceil(size / BLOCK);
			this.volume.release(this.#blocks - blocks);
			this.#blocks = blocks;
		}
		this.touch();
	}

	/** fallocate(2): takes the space, reads as zeros */
	allocate(size: number): void {
		const wanted = Math.ceil(size / BLOCK) - this.#blocks;
		if (wanted > 0) this.#blocks += this.volume.take(wanted);
		if (size > this.#size) this.#size = size;
	}

	override open(flags: number, path: string, who: Viewer): OpenFile {
		return this.openers.file(this, flags, path, who);
	}

	override free(): void {
		if (this.links > 0 || this.openCount > 0) return;
		super.free();
		this.volume.release(this.#blocks);
		this.#blocks = 0;
	}

	#grow(size: number): void {
		const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2, 64));
		grown.set(this.#bytes.subarray(0, this.#filled));
		this.#bytes = grown;
	}
}

export const EMPTY = new Uint8Array(0);

/** What is mounted on a directory. */
export interface Mount {
	readonly device: string;
	readonly type: string;
	readonly readOnly: boolean;
	readonly options: string;
}

export class Directory extends Inode {
	readonly #entries = new Map<string, Inode>();
	/** itself for the root */
	parent: Directory = this;
	name = '/';
	mount: Mount | undefined;
	/** the kernel makes up what is in it (/proc) */
	readonly isMade: boolean = false;
	/** rmdir was here; somebody may still stand in it */
	removed = false;

	constructor(
		volume: Volume,
		mode: number,
		uid: number,
		gid: number,
		readonly openers: Openers
	) {
		super(volume, S.IFDIR | mode, uid, gid);
		this.links = 2;
	}

	override get size(): number {
		return this.volume.isOnDisk ? BLOCK : 40 + 20 * this.#entries.size;
	}

	override get blocks(): number {
		return this.volume.isOnDisk ? BLOCK / 512 : 0;
	}

	lookup(name: string): Inode | undefined {
		return this.#entries.get(name);
	}

	/** Everything but . and .. */
	list(): Iterable<readonly [string, Inode]> {
		return this.#entries;
	}

	isEmpty(): boolean {
		return this.#entries.size === 0;
	}

	/** Throws EROFS-like errors in file systems that the kernel makes up. */
	checkWritable(): void {}

	insert(name: string, inode: Inode): void {
		this.#entries.set(name, inode);
		if (inode instanceof Directory) {
			inode.parent = this;
			inode.name = name;
			this.links++;
		}
		this.touch();
	}

	remove(name: string): void {
		const inode = this.#entries.get(name);
		if (inode instanceof Directory) this.links--;
		this.#entries.delete(name);
		this.touch();
	}

	/** Absolute, seen from `root`. */
	path(root?: Directory): string {
		if (this === root || this.parent === this) return '/';
		const names = [this.name];
		for (let at = this.parent; at !== root && at.parent !== at; at = at.parent) names.push(at.name);
		return `/${names.reverse().join('/')}`;
	}

	/** The mount that it lies on. */
	mounted(): Mount | undefined {
		if (this.mount) return this.mount;
		let at = this.parent;
		while (!at.mount && at.parent !== at) at = at.parent;
		return at.mount;
	}

	override open(flags: number, path: string): OpenFile {
		return this.openers.directory(this, flags, path);
	}
}

/** Where a link of /proc leads. */
export interface Jump {
	readonly inode: Inode;
	/** how it was opened */
	readonly path: string;
}

export class SymbolicLink extends Inode {
	constructor(
		volume: Volume,
		readonly target: string,
		uid: number,
		gid: number
	) {
		super(volume, S.IFLNK | 0o777, uid, gid);
	}

	override get size(): number {
		return byteLength(this.target);
	}

	override get blocks(): number {
		return this.size < 60 ? 0 : 8;
	}

	/** Throws EACCES where a link of /proc is another user's. */
	readTarget(_who: Viewer): string {
		return this.target;
	}

	/** A link of /proc that leads to an object and not to a path. */
	jump(_who: Viewer): Jump | undefined {
		return undefined;
	}

	override open(): OpenFile {
		throw new Errno('ELOOP');
	}
}

/** A name of a UNIX-domain socket; `endpoint` is the socket that is bound to it. */
export class SocketNode extends Inode {
	constructor(
		volume: Volume,
		mode: number,
		uid: number,
		gid: number,
		public endpoint: unknown
	) {
		super(volume, S.IFSOCK | mode, uid, gid);
	}

	override open(): OpenFile {
		throw new Errno('ENXIO');
	}
}

export function byteLength(text: string): number {
	let bytes = 0;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xdc80 && code <= 0xdcff && !isPair(text, i) ? 1 : 3;
		if (code >= 0xd800 && code < 0xdc00 && isPair(text, i + 1)) {
			bytes += 1;
			i++;
		}
	}
	return bytes;
}

/** whether the unit at `i` is the second of a surrogate pair */
function isPair(text: string, i: number): boolean {
	const first = text.charCodeAt(i - 1);
	const second = text.charCodeAt(i);
	return first >= 0xd800 && first < 0xdc00 && second >= 0xdc00 && second < 0xe000;
}

/**
 * Open file descriptions of regular files and directories: position, append mode, and word to the watcher when a file
 * that was changed is closed.
 */
import type { OpenFile } from '../open-file';
import { Errno, O, type Stat } from '../syscalls';
import { WaitQueue } from '../wait';
import { EMPTY, type Directory, type Inode, type Openers, type RegularFile } from './inode';
import { clearSetId, MAX_FILE_SIZE } from './file-system';
import type { Viewer } from './viewer';

/** A description that has an inode behind it, through which /proc/PID/fd and /dev/fd open it again. */
export interface InodeFile extends OpenFile {
	readonly inode: Inode;
}

const READY = { read: true, write: true, hangup: false };

export class RegularOpenFile implements InodeFile {
	readonly changed = new WaitQueue();
	position = 0;
	/** bytes or length changed through this description */
	dirty = false;
	/** gives back what hangs on the description (flock) */
	onClose: (() => void) | undefined;

	constructor(
		readonly inode: RegularFile,
		public flags: number,
		readonly name: string,
		readonly who: Viewer,
		readonly report: (path: string, uid: number) => void
	) {
		inode.openCount++;
	}

	read(count: number): Uint8Array {
		if ((this.flags & O.ACCMODE) === O.WRONLY) throw new Errno('EBADF');
		const bytes = this.inode.read(this.position, count);
		this.position += bytes.length;
		if (bytes.length > 0) this.inode.atime = this.inode.volume.clock();
		return bytes;
	}

	write(bytes: Uint8Array): number {
		if ((this.flags & O.ACCMODE) === O.RDONLY) throw new Errno('EBADF');
		if ((this.flags & O.APPEND) !== 0) this.position = this.inode.size;
		if (this.position + bytes.length > MAX_FILE_SIZE) throw new Errno('EFBIG');
		const count = this.inode.write(this.position, bytes);
		this.position += count;
		if (count > 0) {
			this.dirty = true;
			if ((this.inode.mode & 0o6000) !== 0 && this.who.credentials.euid !== 0) clearSetId(this.inode);
			this.changed.wake();
		}
		return count;
	}

	seek(offset: number, whence: 'set' | 'cur' | 'end'): number {
		const base = whence === 'set' ? 0 : whence === 'cur' ? this.position : this.inode.size;
		if (base + offset < 0) throw new Errno('EINVAL');
		return (this.position = base + offset);
	}

	truncate(size: number): void {
		if ((this.flags & O.ACCMODE) === O.RDONLY || size < 0) throw new Errno('EINVAL');
		if (size > MAX_FILE_SIZE) throw new Errno('EFBIG');
		this.inode.truncate(size);
		this.dirty = true;
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return READY;
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {
		this.onClose?.();
		this.inode.openCount--;
		this.inode.free();
		if (this.dirty) this.report(this.name, this.who.credentials.euid);
	}
}

export class DirectoryOpenFile implements InodeFile {
	readonly changed = new WaitQueue();

	constructor(
		readonly inode: Directory,
		public flags: number,
		readonly name: string
	) {}

	read(): Uint8Array {
		throw new Errno('EISDIR');
	}

	write(): number {
		throw new Errno('EBADF');
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return READY;
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {}
}

/** @param report a changed file was closed */
export function makeOpeners(report: (path: string, uid: number) => void): Openers {
	return {
		file: (inode, flags, path, who) => new RegularOpenFile(inode, flags, path, who, report),
		directory: (inode, flags, path) => new DirectoryOpenFile(inode, flags, path)
	};
}

/** Content that the kernel makes up when it is opened (/proc). */
export class TextOpenFile implements InodeFile {
	readonly changed = new WaitQueue();
	#position = 0;

	/** @param accept gets what was written, write by write; undefined: it cannot be written */
	constructor(
		readonly inode: Inode,
		public flags: number,
		readonly name: string,
		readonly bytes: Uint8Array,
		readonly accept?: (bytes: Uint8Array) => void
	) {}

	read(count: number): Uint8Array {
		if ((this.flags & O.ACCMODE) === O.WRONLY) throw new Errno('EBADF');
		const part = this.bytes.length === 0 ? EMPTY : this.bytes.slice(this.#position, this.#position + count);
		this.#position += part.length;
		return part;
	}

	write(bytes: Uint8Array): number {
		if ((this.flags & O.ACCMODE) === O.RDONLY) throw new Errno('EBADF');
		if (!this.accept) throw new Errno('EIO');
		this.accept(bytes);
		return bytes.length;
	}

	seek(offset: number, whence: 'set' | 'cur' | 'end'): number {
		const base = whence === 'set' ? 0 : whence === 'cur' ? this.#position : 0;
		if (base + offset < 0) throw new Errno('EINVAL');
		return (this.#position = base + offset);
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return READY;
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {}
}

/**
 * The outer ends of the pipes that a process started by the host has for standard input, output and error.
 */
import { EMPTY, Inode } from '../fs/inode';
import type { InodeFile } from '../fs/open-files';
import type { Kernel } from '../kernel';
import { Errno, O, S, type Stat } from '../syscalls';
import { WaitQueue } from '../wait';

/** Shows as a pipe; opening it again (/dev/stdout) gives the same end. */
class HostPipe extends Inode {
	constructor(
		kernel: Kernel,
		uid: number,
		readonly make: (inode: HostPipe) => InodeFile
	) {
		super(kernel.anonymous, S.IFIFO | 0o600, uid, 0);
	}

	override open(): InodeFile {
		return this.make(this);
	}
}

export class HostSource implements InodeFile {
	readonly changed = new WaitQueue();
	readonly inode: Inode;
	flags: number = O.RDONLY;
	readonly #state: { bytes: Uint8Array };

	constructor(kernel: Kernel, uid: number, bytes: Uint8Array) {
		this.#state = { bytes };
		this.inode = new HostPipe(kernel, uid, () => this);
	}

	get name(): string {
		return `pipe:[${this.inode.number}]`;
	}

	read(count: number): Uint8Array {
		const { bytes } = this.#state;
		if (bytes.length === 0) return EMPTY;
		this.#state.bytes = bytes.subarray(count);
		return bytes.slice(0, count);
	}

	write(): number {
		throw new Errno('EBADF');
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return { read: true, write: false, hangup: this.#state.bytes.length === 0 };
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {}
}

export class HostSink implements InodeFile {
	readonly changed = new WaitQueue();
	readonly inode: Inode;
	flags: number = O.WRONLY;

	/** @param closed nobody can write any more */
	constructor(
		kernel: Kernel,
		uid: number,
		readonly take: (bytes: Uint8Array) => void,
		readonly closed: () => void
	) {
		this.inode = new HostPipe(kernel, uid, () => this);
	}

	get name(): string {
		return `pipe:[${this.inode.number}]`;
	}

	read(): Uint8Array {
		throw new Errno('EBADF');
	}

	write(bytes: Uint8Array): number {
		this.take(bytes.slice());
		return bytes.length;
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return { read: false, write: true, hangup: false };
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {
		this.closed();
	}
}

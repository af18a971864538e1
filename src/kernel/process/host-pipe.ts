/**
 * The outer ends of the pipes that a process started by the host has for standard input, output and error.
 */
import { EMPTY, Inode } from '../fs/inode';
import type { InodeFile } from '../fs/open-files';
import type { Kernel } from '../kernel';
import { Errno, O, S, type Stat } from '../syscalls';
import { WaitQueue, WouldBlock, type Answer } from '../wait';

/** bytes */
const COLLECT_LIMIT = 32 * 2 ** 20;

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
	#taken = 0;

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

	/** What is collected is bounded; who prints more waits for ever, as for a reader that does not read. */
	write(bytes: Uint8Array): Answer<number> {
		const room = COLLECT_LIMIT - this.#taken;
		if (room <= 0) return new WouldBlock([this.changed]);
		const part = bytes.slice(0, room);
		this.#taken += part.length;
		this.take(part);
		return part.length;
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return { read: false, write: this.#taken < COLLECT_LIMIT, hangup: false };
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {
		this.closed();
	}
}

/** /proc/kmsg: the kernel's log as klogd reads it, each line once; a reader waits for the next one. */
import type { Kernel } from '../kernel';
import type { OpenFile } from '../open-file';
import { Errno, S, type Stat } from '../syscalls';
import { encode } from '../text';
import { WouldBlock, type Answer, type WaitQueue } from '../wait';
import { Inode, type Volume } from './inode';

export class KernelLogInode extends Inode {
	/** lines that were read; shared by all readers, as in Linux */
	next = 0;

	constructor(
		volume: Volume,
		readonly kernel: Kernel
	) {
		super(volume, S.IFREG | 0o400, 0, 0);
	}

	override open(flags: number, path: string): OpenFile {
		return new KernelLogFile(this, flags, path);
	}
}

class KernelLogFile implements OpenFile {
	readonly changed: WaitQueue;

	constructor(
		readonly inode: KernelLogInode,
		public flags: number,
		readonly name: string
	) {
		this.changed = inode.kernel.log.changed;
	}

	read(count: number): Answer<Uint8Array> {
		const found = this.inode.kernel.log.at(this.inode.next);
		if (!found) return new WouldBlock([this.changed]);
		this.inode.next = found.number + 1;
		return encode(`${found.line}\n`).subarray(0, count);
	}

	write(): number {
		throw new Errno('EIO');
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return { read: this.inode.kernel.log.at(this.inode.next) !== undefined, write: false, hangup: false };
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {}
}

/**
 * The other side of a pseudo-terminal, for a process (pty(7)): each opening of /dev/ptmx makes a terminal /dev/pts/N and
 * is its keyboard and screen. telnetd, sshd and script are such processes.
 *
 * When the master is closed the terminal is hung up; when the last process has closed the terminal (or the session that it
 * controlled has ended) the master reads EIO.
 * Not simulated: grantpt and unlockpt (the terminal is there at once, and the opener's), packet mode.
 */
import { Inode, type Volume } from '../fs/inode';
import type { InodeFile } from '../fs/open-files';
import type { Viewer } from '../fs/viewer';
import type { Kernel } from '../kernel';
import { Errno, S, type Stat } from '../syscalls';
import { WouldBlock, type Answer, type WaitQueue } from '../wait';
import type { Terminal } from './tty';

const ROWS = 24;
const COLUMNS = 80;
/** group tty of Debian */
const TTY_GROUP = 5;

/** /dev/ptmx */
export class PtmxInode extends Inode {
	constructor(
		volume: Volume,
		readonly kernel: Kernel
	) {
		super(volume, S.IFCHR | 0o666, 0, TTY_GROUP);
		this.rdev = (5 << 8) | 2;
	}

	override open(flags: number, _path: string, who: Viewer): PtyMaster {
		const { terminal } = this.kernel.terminals.create(who.credentials.euid, ROWS, COLUMNS);
		return new PtyMaster(terminal, this, flags);
	}
}

export class PtyMaster implements InodeFile {
	readonly name = '/dev/ptmx';
	readonly changed: WaitQueue;
	#closed = false;

	constructor(
		readonly terminal: Terminal,
		readonly inode: Inode,
		public flags: number
	) {
		this.changed = terminal.changed;
		terminal.hasMaster = true;
		terminal.onUnused = () => {
			terminal.changed.wake();
			this.#release();
		};
	}

	/** Nobody is at the terminal any more. */
	get #deserted(): boolean {
		return this.terminal.hungUp || this.terminal.deserted;
	}

	read(count: number): Answer<Uint8Array> {
		const { output } = this.terminal;
		if (output.length === 0) {
			if (this.#deserted) throw new Errno('EIO');
			return new WouldBlock([this.changed]);
		}
		const bytes = output.take(count);
		/* a writer may have waited for room */
		this.changed.wake();
		return bytes;
	}

	write(bytes: Uint8Array): number {
		this.terminal.type(bytes);
		return bytes.length;
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		const hangup = this.#deserted;
		return { read: hangup || this.terminal.output.length > 0, write: true, hangup };
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {
		this.#closed = true;
		this.terminal.hangUp();
		this.#release();
	}

	/** The number is free again when both sides have gone. */
	#release(): void {
		if (this.#closed && !this.terminal.inUse) this.terminal.kernel.terminals.remove(this.terminal);
	}
}

/**
 * The pseudo-terminals of a host, /dev/pts/N. Their other side is the host's (`HostTerminal`: whoever sits before the
 * screen) or a process's (`pty-master.ts`: /dev/ptmx).
 */
import { Inode, type Volume } from '../fs/inode';
import type { Viewer } from '../fs/viewer';
import { Errno } from '../syscalls';
import type { OpenFile } from '../open-file';
import type { Kernel } from '../kernel';
import { Terminal, TerminalFile, TTY_MODE } from './tty';

export { Terminal, TerminalFile };

export function isTerminal(file: OpenFile): file is TerminalFile {
	return file instanceof TerminalFile;
}

/** /dev/pts/N */
export class TerminalInode extends Inode {
	constructor(
		volume: Volume,
		uid: number,
		gid: number,
		readonly terminal: Terminal,
		number: number
	) {
		super(volume, TTY_MODE, uid, gid);
		this.rdev = (136 << 8) | number;
	}

	override open(flags: number): OpenFile {
		if (this.terminal.hungUp) throw new Errno('EIO');
		return new TerminalFile(this.terminal, this, flags);
	}
}

/** /dev/tty: the opener's own controlling terminal */
export class ControllingTerminalInode extends Inode {
	constructor(
		volume: Volume,
		readonly kernel: Kernel
	) {
		super(volume, 0o020666, 0, 5);
		this.rdev = 5 << 8;
	}

	override open(flags: number, _path: string, who: Viewer): OpenFile {
		const terminal = this.kernel.processes.get(who.pid)?.session.terminal;
		const inode = terminal && this.kernel.terminals.inodeOf(terminal);
		if (!inode) throw new Errno('ENXIO');
		return inode.open(flags);
	}
}

/** group tty of Debian */
const TTY_GROUP = 5;

export class Terminals {
	readonly #inodes = new Map<number, TerminalInode>();

	constructor(readonly kernel: Kernel) {}

	/** A new pseudo-terminal that belongs to that user. */
	create(uid: number, rows: number, columns: number): TerminalInode {
		let number = 0;
		while (this.#inodes.has(number)) number++;
		const path = `/dev/pts/${number}`;
		const terminal = new Terminal(this.kernel, path, rows, columns);
		const inode = new TerminalInode(this.kernel.anonymous, uid, TTY_GROUP, terminal, number);
		this.#inodes.set(number, inode);
		return inode;
	}

	remove(terminal: Terminal): void {
		for (const [number, inode] of this.#inodes) if (inode.terminal === terminal) this.#inodes.delete(number);
	}

	inodeOf(terminal: Terminal): TerminalInode | undefined {
		for (const inode of this.#inodes.values()) if (inode.terminal === terminal) return inode;
		return undefined;
	}

	*entries(): Generator<readonly [string, Inode]> {
		for (const [number, inode] of this.#inodes) yield [String(number), inode];
	}

	lookup(name: string): Inode | undefined {
		return /^(0|[1-9]\d*)$/.test(name) ? this.#inodes.get(Number(name)) : undefined;
	}

	clear(): void {
		for (const inode of [...this.#inodes.values()]) inode.terminal.hangUp();
		this.#inodes.clear();
	}
}

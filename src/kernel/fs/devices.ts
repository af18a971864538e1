/**
 * /dev: the devices that programs expect (null(4), random(4), full(4), tty(4), pts(4), ptmx(4)).
 */
import type { Kernel } from '../kernel';
import { Errno, S, type Stat } from '../syscalls';
import { WaitQueue, type Answer } from '../wait';
import { PtmxInode } from '../process/pty-master';
import { ControllingTerminalInode } from '../process/terminals';
import type { InodeFile } from './open-files';
import { Directory, EMPTY, Inode, SymbolicLink, type Openers, Volume } from './inode';

interface Driver {
	readonly rdev: number;
	readonly mode: number;
	read(kernel: Kernel, count: number): Answer<Uint8Array>;
	write(kernel: Kernel, bytes: Uint8Array): number;
}

const CHUNK = 65_536;
const take = (_kernel: Kernel, bytes: Uint8Array): number => bytes.length;
const random = (kernel: Kernel, count: number): Uint8Array => kernel.random.bytes(Math.min(count, CHUNK));
const zero = (_kernel: Kernel, count: number): Uint8Array => new Uint8Array(Math.min(count, CHUNK));

const DRIVERS: Readonly<Record<string, Driver>> = {
	null: { rdev: 0x103, mode: 0o666, read: () => EMPTY, write: take },
	zero: { rdev: 0x105, mode: 0o666, read: zero, write: take },
	full: {
		rdev: 0x107,
		mode: 0o666,
		read: zero,
		write: () => {
			throw new Errno('ENOSPC');
		}
	},
	random: { rdev: 0x108, mode: 0o666, read: random, write: take },
	urandom: { rdev: 0x109, mode: 0o666, read: random, write: take },
	/** what is printed here can be read in the kernel's log */
	console: {
		rdev: 0x501,
		mode: 0o600,
		read: () => EMPTY,
		write: (kernel, bytes) => {
			kernel.printConsole(bytes);
			return bytes.length;
		}
	}
};

export class Device extends Inode {
	constructor(
		volume: Volume,
		readonly kernel: Kernel,
		readonly driver: Driver
	) {
		super(volume, S.IFCHR | driver.mode, 0, 0);
		this.rdev = driver.rdev;
	}

	override open(flags: number, path: string): DeviceFile {
		return new DeviceFile(this, flags, path);
	}
}

export class DeviceFile implements InodeFile {
	readonly changed = new WaitQueue();

	constructor(
		readonly inode: Device,
		public flags: number,
		readonly name: string
	) {}

	read(count: number): Answer<Uint8Array> {
		return this.inode.driver.read(this.inode.kernel, count);
	}

	write(bytes: Uint8Array): number {
		return this.inode.driver.write(this.inode.kernel, bytes);
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return { read: true, write: true, hangup: false };
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {}
}

/** /dev/pts: shows what terminals there are. */
class TerminalDirectory extends Directory {
	override readonly isMade = true;

	constructor(
		volume: Volume,
		openers: Openers,
		readonly kernel: Kernel
	) {
		super(volume, 0o755, 0, 0, openers);
	}

	override lookup(name: string): Inode | undefined {
		return this.kernel.terminals.lookup(name);
	}

	override list(): Iterable<readonly [string, Inode]> {
		return this.kernel.terminals.entries();
	}

	override isEmpty(): boolean {
		return false;
	}

	override checkWritable(): void {
		throw new Errno('EACCES');
	}
}

const LINKS = { fd: '/proc/self/fd', stdin: '/proc/self/fd/0', stdout: '/proc/self/fd/1', stderr: '/proc/self/fd/2' };

/** Makes /dev as devtmpfs and udev do. */
export function makeDevices(kernel: Kernel, openers: Openers): Directory {
	const volume = new Volume('devtmpfs', 'udev', () => kernel.engine.now);
	const dev = new Directory(volume, 0o755, 0, 0, openers);
	kernel.files.mount(dev, {
		device: 'udev',
		type: 'devtmpfs',
		readOnly: false,
		options: 'rw,nosuid,relatime,mode=755'
	});
	for (const [name, driver] of Object.entries(DRIVERS)) dev.insert(name, new Device(volume, kernel, driver));
	dev.insert('tty', new ControllingTerminalInode(volume, kernel));
	dev.insert('ptmx', new PtmxInode(volume, kernel));
	for (const [name, target] of Object.entries(LINKS)) dev.insert(name, new SymbolicLink(volume, target, 0, 0));
	const pts = new TerminalDirectory(new Volume('devpts', 'devpts', () => kernel.engine.now), openers, kernel);
	kernel.files.mount(pts, {
		device: 'devpts',
		type: 'devpts',
		readOnly: false,
		options: 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000'
	});
	dev.insert('pts', pts);
	const shm = new Directory(volume, 0o1777, 0, 0, openers);
	dev.insert('shm', shm);
	return dev;
}

/**
 * Calls about files and descriptors.
 */
import type { OpenFile } from '../open-file';
import { Errno, O, SIGNAL, type CallName } from '../syscalls';
import { WouldBlock, type Answer } from '../wait';
import type { Handlers, Kernel } from '../kernel';
import { Fifo, PipeEnd } from '../process/pipe';
import { MAX_DESCRIPTORS, type Process } from '../process/process';
import { post } from '../process/signals';
import { isTerminal } from '../process/terminals';
import { BLOCK } from './inode';
import { DirectoryOpenFile, RegularOpenFile, TextOpenFile, type InodeFile } from './open-files';
import { setLock } from './lock';
import { EXECUTE, READ, WRITE } from './viewer';

type FileCall = Extract<
	CallName,
	| 'open'
	| 'close'
	| 'read'
	| 'write'
	| 'lseek'
	| 'dup'
	| 'dup2'
	| 'pipe'
	| 'getfl'
	| 'setfl'
	| 'setcloexec'
	| 'flock'
	| 'fsync'
	| 'stat'
	| 'lstat'
	| 'fstat'
	| 'readdir'
	| 'access'
	| 'mkdir'
	| 'rmdir'
	| 'unlink'
	| 'rename'
	| 'link'
	| 'symlink'
	| 'readlink'
	| 'realpath'
	| 'chmod'
	| 'fchmod'
	| 'chown'
	| 'utimes'
	| 'truncate'
	| 'ftruncate'
	| 'mkfifo'
	| 'statfs'
	| 'mounts'
	| 'chdir'
	| 'getcwd'
	| 'chroot'
>;

/** The status flags that setfl changes. */
const CHANGEABLE = O.APPEND | O.NONBLOCK;

/** Gives a process a descriptor for a file. Throws EMFILE, and closes the file then. */
export function install(kernel: Kernel, process: Process, file: OpenFile, cloexec = false): number {
	kernel.references.add(file);
	try {
		const fd = process.freeDescriptor();
		process.descriptors[fd] = { file, cloexec };
		return fd;
	} catch (thrown) {
		kernel.references.drop(file);
		throw thrown;
	}
}

/** O_NONBLOCK: no waiting. */
export function unlessNonblocking<T>(file: OpenFile, answer: Answer<T>): Answer<T> {
	if (answer instanceof WouldBlock && (file.flags & O.NONBLOCK) !== 0) throw new Errno('EAGAIN');
	return answer;
}

function closeDescriptor(kernel: Kernel, process: Process, fd: number): void {
	const { file } = process.descriptor(fd);
	process.descriptors[fd] = undefined;
	kernel.references.drop(file);
}

export const fileCalls: Handlers<FileCall> = {
	open(kernel, process, path, flags, mode = 0) {
		const held = process.held;
		if (held instanceof PipeEnd) {
			if (!held.isConnected()) return new WouldBlock([held.changed]);
			process.held = undefined;
			return install(kernel, process, held, (flags & O.CLOEXEC) !== 0);
		}
		process.freeDescriptor();
		const file = kernel.files.open(process, path, flags, mode);
		if (file instanceof WouldBlock) return file;
		if (file instanceof PipeEnd && (flags & O.NONBLOCK) === 0 && !file.isConnected()) {
			process.held = file;
			return new WouldBlock([file.changed]);
		}
		if (isTerminal(file)) file.opened(process, flags);
		return install(kernel, process, file, (flags & O.CLOEXEC) !== 0);
	},
	close: closeDescriptor,
	read(_kernel, process, fd, count) {
		const file = process.file(fd);
		if (isTerminal(file)) {
			const wait = file.checkRead(process);
			if (wait) return wait;
		}
		return unlessNonblocking(file, file.read(count));
	},
	write(kernel, process, fd, bytes) {
		const file = process.file(fd);
		return writeAll(kernel, process, file, bytes, (rest) => file.write(rest));
	},
	lseek(_kernel, process, fd, offset, whence) {
		const file = process.file(fd);
		if (file instanceof RegularOpenFile || file instanceof TextOpenFile) return file.seek(offset, whence);
		if (file instanceof PipeEnd || 'socket' in file || isTerminal(file)) throw new Errno('ESPIPE');
		return 0;
	},
	dup(kernel, process, fd, atLeast = 0) {
		const { file } = process.descriptor(fd);
		if (atLeast < 0 || atLeast >= MAX_DESCRIPTORS) throw new Errno('EINVAL');
		const copy = process.freeDescriptor(atLeast);
		process.descriptors[copy] = { file, cloexec: false };
		kernel.references.add(file);
		return copy;
	},
	dup2(kernel, process, from, to) {
		const { file } = process.descriptor(from);
		if (to < 0 || to >= MAX_DESCRIPTORS) throw new Errno('EBADF');
		if (from === to) return to;
		kernel.references.add(file);
		if (process.descriptors[to]) closeDescriptor(kernel, process, to);
		process.descriptors[to] = { file, cloexec: false };
		return to;
	},
	pipe(kernel, process) {
		const fifo = new Fifo(kernel.anonymous, 0o600, process.credentials.euid, process.credentials.egid, true);
		const name = `pipe:[${fifo.number}]`;
		const read = install(kernel, process, new PipeEnd(fifo, O.RDONLY, name));
		try {
			return [read, install(kernel, process, new PipeEnd(fifo, O.WRONLY, name))];
		} catch (thrown) {
			closeDescriptor(kernel, process, read);
			throw thrown;
		}
	},
	getfl: (_kernel, process, fd) => process.file(fd).flags,
	setfl(_kernel, process, fd, flags) {
		const file = process.file(fd);
		file.flags = (file.flags & ~CHANGEABLE) | (flags & CHANGEABLE);
	},
	setcloexec(_kernel, process, fd, on) {
		process.descriptor(fd).cloexec = on;
	},
	flock: (_kernel, process, fd, how, nonblock = false) => setLock(process.file(fd), how, nonblock),
	fsync(kernel, process, fd) {
		const file = process.file(fd);
		if (file instanceof PipeEnd || 'socket' in file || isTerminal(file)) throw new Errno('EINVAL');
		const deadline = process.requestedAt + kernel.syncTime;
		return kernel.scheduler.now >= deadline ? undefined : new WouldBlock([], deadline);
	},
	stat: (kernel, process, path) => kernel.files.stat(process, path, true),
	lstat: (kernel, process, path) => kernel.files.stat(process, path, false),
	fstat: (_kernel, process, fd) => process.file(fd).stat(),
	readdir: (kernel, process, path) => kernel.files.readdir(process, path),
	access: (kernel, process, path, { read, write, execute }) =>
		kernel.files.access(process, path, (read ? READ : 0) | (write ? WRITE : 0) | (execute ? EXECUTE : 0)),
	mkdir: (kernel, process, path, mode) => kernel.files.mkdir(process, path, mode),
	rmdir: (kernel, process, path) => kernel.files.rmdir(process, path),
	unlink: (kernel, process, path) => kernel.files.unlink(process, path),
	rename: (kernel, process, from, to) => kernel.files.rename(process, from, to),
	link: (kernel, process, from, to) => kernel.files.link(process, from, to),
	symlink: (kernel, process, target, path) => kernel.files.symlink(process, target, path),
	readlink: (kernel, process, path) => kernel.files.readlink(process, path),
	realpath: (kernel, process, path) => kernel.files.realpath(process, path),
	chmod: (kernel, process, path, mode) => kernel.files.chmod(process, path, mode),
	fchmod: (kernel, process, fd, mode) => kernel.files.changeMode(process, inodeOf(process.file(fd)), mode),
	chown: (kernel, process, path, uid, gid, follow = true) => kernel.files.chown(process, path, uid, gid, follow),
	utimes: (kernel, process, path, atime, mtime, follow = true) =>
		kernel.files.utimes(process, path, atime, mtime, follow),
	truncate: (kernel, process, path, size) => kernel.files.truncate(process, path, size),
	ftruncate(_kernel, process, fd, size) {
		const file = process.file(fd);
		if (!(file instanceof RegularOpenFile)) throw new Errno('EINVAL');
		file.truncate(size);
	},
	mkfifo(kernel, process, path, mode) {
		kernel.files.makeNode(process, path, mode, (bits, uid, gid) => new Fifo(kernel.volume, bits, uid, gid));
	},
	statfs(kernel, process, path) {
		const { volume } = kernel.files.find(process, path);
		const blocks = Number.isFinite(volume.capacity) ? volume.capacity : 0;
		return { type: volume.type, blockSize: BLOCK, blocks, free: Math.max(0, blocks - volume.used) };
	},
	mounts: (kernel) => kernel.files.mounts(),
	chdir: (kernel, process, path) => kernel.files.chdir(process, path),
	getcwd(_kernel, process) {
		if (process.cwd.removed) throw new Errno('ENOENT');
		return process.cwd.path(process.root);
	},
	chroot: (kernel, process, path) => kernel.files.chroot(process, path)
};

/**
 * Hands over all bytes, in as many goes as the file needs; a non-blocking one takes what it can. What was handed over
 * before a signal or an error counts as the result.
 */
export function writeAll(
	kernel: Kernel,
	process: Process,
	file: OpenFile,
	bytes: Uint8Array,
	write: (rest: Uint8Array) => Answer<number>
): Answer<number> {
	try {
		for (;;) {
			const answer = write(process.progress === 0 ? bytes : bytes.subarray(process.progress));
			if (answer instanceof WouldBlock) {
				if ((file.flags & O.NONBLOCK) === 0) return answer;
				if (process.progress === 0) throw new Errno('EAGAIN');
				return process.progress;
			}
			process.progress += answer;
			if (process.progress >= bytes.length || answer === 0) return process.progress;
		}
	} catch (thrown) {
		if (thrown instanceof Errno && thrown.code === 'EPIPE') post(kernel, process, SIGNAL.SIGPIPE);
		else if (process.progress > 0 && thrown instanceof Errno) return process.progress;
		throw thrown;
	}
}

function inodeOf(file: OpenFile): InodeFile['inode'] {
	if (file instanceof DirectoryOpenFile || 'inode' in file) return (file as InodeFile).inode;
	throw new Errno('EINVAL');
}

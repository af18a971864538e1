/** Commands of the options `spawn`, `twist` and `aclexec`, run by /bin/sh. */
import { Errno, O, SIGNAL, type Sys } from '#kernel/syscalls';
import { strerror } from '../libc/strerror';
import { close, dup2, exec, fork, open, signal, wait } from '../libc/unistd';
import { toText, type ByteText } from './bytes';
import type { Library } from './library';

export const SHELL = '/bin/sh';

/** Becomes the shell; returns only when that fails. */
export function* becomeShell(library: Library, command: ByteText): Sys<Errno> {
	try {
		return yield* exec(SHELL, ['sh', '-c', toText(command)], library.env);
	} catch (thrown) {
		if (thrown instanceof Errno) return thrown;
		throw thrown;
	}
}

/** Runs a command with its three descriptors at /dev/null, and waits for it. */
export function* runSilently(library: Library, command: ByteText): Sys<void> {
	const pid = yield* fork(function* () {
		yield* signal(SIGNAL.SIGHUP, 'ignore');
		try {
			const fd = yield* open('/dev/null', O.RDWR);
			for (const standard of [0, 1, 2]) if (fd !== standard) yield* dup2(fd, standard);
			if (fd > 2) yield* close(fd);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* library.warn(`open /dev/null: ${strerror(thrown)}`);
			return 0;
		}
		const failed = yield* becomeShell(library, command);
		yield* library.warn(`execl /bin/sh: ${strerror(failed)}`);
		return 0;
	});
	yield* waitFor(pid);
}

/** Runs a command with the descriptors as they are. @returns its exit status, or the signal that ended it */
export function* runVisibly(
	library: Library,
	command: ByteText
): Sys<{ readonly pid: number; readonly status?: number; readonly signal?: number }> {
	const pid = yield* fork(function* () {
		const failed = yield* becomeShell(library, command);
		yield* library.warn(`execl /bin/sh: ${strerror(failed)}`);
		return 0;
	});
	const ended = yield* waitFor(pid);
	if (ended?.kind === 'exited') return { pid, status: ended.status };
	return ended?.kind === 'signalled' ? { pid, signal: ended.signal } : { pid };
}

function* waitFor(pid: number): ReturnType<typeof wait> {
	for (;;) {
		try {
			return yield* wait(pid);
		} catch (thrown) {
			if (!(thrown instanceof Errno) || thrown.code !== 'EINTR') return null;
		}
	}
}

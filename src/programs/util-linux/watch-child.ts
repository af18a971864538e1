/**
 * The process that `su` and `runuser` leave behind while the shell runs: it waits, stops when the shell stops, and ends
 * the shell when it is told to end itself.
 */
import { Errno, SIGNAL, type Sys, type WaitStatus } from '#kernel/syscalls';
import { printError } from '../libc/stdio';
import { getpid, kill, signal, sleep, takeSignals, wait } from '../libc/unistd';

/** strsignal(3) of what ends a shell */
const SIGNAL_TEXT: Readonly<Record<number, string>> = {
	1: 'Hangup',
	2: 'Interrupt',
	3: 'Quit (core dumped)',
	6: 'Aborted (core dumped)',
	8: 'Floating point exception (core dumped)',
	9: 'Killed',
	10: 'User defined signal 1',
	11: 'Segmentation fault (core dumped)',
	12: 'User defined signal 2',
	13: 'Broken pipe',
	14: 'Alarm clock',
	15: 'Terminated'
};
/** time between asking the shell to end and ending it, microseconds */
const GRACE = 2_000_000;

/** @returns the exit status for the caller. @param sameSession Ctrl-C reaches the shell by itself; else it ends the session */
export function* watchChild(child: number, sameSession: boolean): Sys<number> {
	yield* signal(SIGNAL.SIGTERM, 'catch');
	for (const key of [SIGNAL.SIGINT, SIGNAL.SIGQUIT]) yield* signal(key, sameSession ? 'ignore' : 'catch');
	yield* signal(SIGNAL.SIGTSTP, 'ignore');
	for (;;) {
		let status: WaitStatus | null;
		try {
			status = yield* wait(child, { untraced: true });
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'EINTR') return 1;
			const caught = (yield* takeSignals()).at(-1);
			if (caught !== undefined) return yield* endSession(child, caught);
			continue;
		}
		if (status === null) continue;
		if (status.kind === 'exited') return status.status;
		if (status.kind === 'signalled') {
			yield* printError(`${SIGNAL_TEXT[status.signal] ?? `Signal ${status.signal}`}\n`);
			return 128 + status.signal;
		}
		if (status.kind === 'stopped') {
			yield* kill(yield* getpid(), SIGNAL.SIGSTOP);
			yield* kill(child, SIGNAL.SIGCONT);
		}
	}
}

function* endSession(child: number, caught: number): Sys<number> {
	yield* printError('\nSession terminated, killing shell...');
	try {
		yield* kill(child, SIGNAL.SIGTERM);
		yield* sleep(GRACE);
		yield* kill(child, SIGNAL.SIGKILL);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	yield* printError(' ...killed.\n');
	yield* signal(caught, 'default');
	yield* kill(yield* getpid(), caught);
	return 128 + caught;
}

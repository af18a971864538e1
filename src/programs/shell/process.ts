/**
 * Processes of the shell: forked subshells, waiting for children, what a signal says when it ends one.
 */
import { Errno, SIGNAL, type Sys, type WaitStatus } from '#kernel/syscalls';
import { errnoOf } from '../libc/strerror';
import { close, exit, fork, getpid, kill, signal, takeSignals, wait } from '../libc/unistd';
import {
	AbandonLine,
	AbandonShell,
	BreakLoop,
	CommandFailure,
	ContinueLoop,
	ExitShell,
	Interrupted,
	KilledBySignal,
	ReturnFrom
} from './control';
import type { Shell } from './shell';
import { runExitTrap, signalName, TERMINATING } from './traps';

/** What bash's strsignal list says (siglist.c). */
export const SIGNAL_TEXT: Readonly<Record<number, string>> = {
	1: 'Hangup',
	2: 'Interrupt',
	3: 'Quit',
	4: 'Illegal instruction',
	5: 'Trace/breakpoint trap',
	6: 'Aborted',
	7: 'Bus error',
	8: 'Floating point exception',
	9: 'Killed',
	10: 'User defined signal 1',
	11: 'Segmentation fault',
	12: 'User defined signal 2',
	13: 'Broken pipe',
	14: 'Alarm clock',
	15: 'Terminated',
	17: 'Child status changed',
	18: 'Continued',
	19: 'Stopped (signal)',
	20: 'Stopped',
	21: 'Stopped (tty input)',
	22: 'Stopped (tty output)',
	23: 'Urgent I/O condition',
	28: 'Window changed',
	29: 'I/O possible'
};

/** Forks a subshell with a clone of the state. @returns its pid */
export function* forkShell(shell: Shell, body: (subshell: Shell) => Sys<number>): Sys<number> {
	yield* shell.flush();
	const subshell = shell.clone();
	return yield* fork(() => subshellMain(shell, subshell, body));
}

function* subshellMain(parent: Shell, subshell: Shell, body: (subshell: Shell) => Sys<number>): Sys<number> {
	subshell.pid = yield* getpid();
	for (const number of parent.caught) yield* signal(number, 'default');
	subshell.caught.clear();
	if (parent.interactive)
		for (const number of [
			SIGNAL.SIGINT,
			SIGNAL.SIGQUIT,
			SIGNAL.SIGTERM,
			SIGNAL.SIGTSTP,
			SIGNAL.SIGTTIN,
			SIGNAL.SIGTTOU
		])
			yield* signal(number, 'default');
	return yield* runToEnd(subshell, body(subshell));
}

/** Runs a shell's body to its status: every way to end, the EXIT trap, the last output. */
export function* runToEnd(shell: Shell, body: Sys<number>): Sys<number> {
	let status: number;
	let killed = 0;
	try {
		status = yield* body;
	} catch (thrown) {
		if (thrown instanceof KilledBySignal) {
			killed = thrown.signal;
			status = shell.status;
		} else status = yield* endStatus(shell, thrown);
	}
	shell.status = status;
	status = yield* runExitTrap(shell);
	yield* shell.flush();
	if (killed !== 0) {
		yield* signal(killed, 'default');
		yield* kill(yield* getpid(), killed);
	}
	return status & 255;
}

function* endStatus(shell: Shell, thrown: unknown): Sys<number> {
	if (
		thrown instanceof ExitShell ||
		thrown instanceof ReturnFrom ||
		thrown instanceof AbandonLine ||
		thrown instanceof CommandFailure ||
		thrown instanceof Interrupted
	)
		return thrown.status;
	if (thrown instanceof AbandonShell)
		return shell.subshell > 0 && thrown.status === 127
			? 1
			: shell.commandString && !shell.dash
				? 127
				: thrown.status === 127
					? 1
					: thrown.status;
	if (thrown instanceof BreakLoop || thrown instanceof ContinueLoop) return shell.status;
	if (thrown instanceof RangeError) {
		// The interpreter's stack is the page's: endless recursion ends as it does in bash.
		yield* kill(yield* getpid(), SIGNAL.SIGSEGV);
		return yield* exit(139);
	}
	if (thrown instanceof Errno && thrown.code === 'EPIPE') return 1;
	throw thrown;
}

/** Waits for a child that is not a job of its own. @returns its status as $? has it */
export function* collect(shell: Shell, pid: number): Sys<number> {
	const status = yield* waitFor(shell, pid, false);
	return status === null ? 127 : statusOf(status);
}

/** @returns null when there is no such child */
export function* waitFor(shell: Shell, pid: number, untraced: boolean): Sys<WaitStatus | null> {
	for (;;) {
		try {
			const status = yield* wait(pid, { untraced });
			/* that it goes on again is no end of its run */
			if (status?.kind !== 'continued') return status;
		} catch (thrown) {
			const { code } = errnoOf(thrown);
			if (code === 'ECHILD') return null;
			if (code !== 'EINTR') throw thrown;
			const taken = yield* takeSignals();
			shell.pendingSignals.push(...taken);
			// Ctrl-C is for the child to decide; by the others the shell dies at once.
			const fatal = taken.find((number) => number !== SIGNAL.SIGINT && TERMINATING.includes(number));
			if (fatal !== undefined && !shell.interactive && !shell.traps.has(signalName(fatal)!))
				throw new KilledBySignal(fatal);
		}
	}
}

export function statusOf(status: WaitStatus): number {
	switch (status.kind) {
		case 'exited':
			return status.status;
		case 'signalled':
		case 'stopped':
			return 128 + status.signal;
		case 'continued':
			return 0;
	}
}

/** Closes what <( ) of this command left open (beyond the first `from`) and collects those processes that have ended. */
export function* finishSubstitutions(shell: Shell, from: number): Sys<void> {
	for (const fd of shell.substitutionDescriptors.splice(from)) yield* closeQuietly(fd);
	const left: number[] = [];
	for (const pid of shell.children) {
		try {
			if ((yield* wait(pid, { nohang: true })) === null) left.push(pid);
		} catch (thrown) {
			errnoOf(thrown);
		}
	}
	shell.children = left;
}

export function* closeQuietly(fd: number): Sys<void> {
	try {
		yield* close(fd);
	} catch (thrown) {
		errnoOf(thrown);
	}
}

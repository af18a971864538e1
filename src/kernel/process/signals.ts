/**
 * Signals: what each does by default, and what happens when one is sent (signal(7)).
 *
 * Not simulated: real-time signals, sigprocmask; a caught signal waits in `takeSignals` and interrupts a blocked call.
 */
import { SIGNAL } from '../syscalls';
import type { Kernel } from '../kernel';
import type { Process } from './process';

export const LAST_SIGNAL = 64;

type Action = 'terminate' | 'ignore' | 'stop' | 'continue';

const DEFAULT: ReadonlyMap<number, Action> = new Map<number, Action>([
	[SIGNAL.SIGCHLD, 'ignore'],
	[SIGNAL.SIGURG, 'ignore'],
	[SIGNAL.SIGWINCH, 'ignore'],
	[SIGNAL.SIGCONT, 'continue'],
	[SIGNAL.SIGSTOP, 'stop'],
	[SIGNAL.SIGTSTP, 'stop'],
	[SIGNAL.SIGTTIN, 'stop'],
	[SIGNAL.SIGTTOU, 'stop']
]);

/** Sends a signal; permission was checked. */
export function post(kernel: Kernel, process: Process, signal: number): void {
	if (process.state === 'zombie' || process.state === 'gone') return;
	if (signal === SIGNAL.SIGCONT) resume(kernel, process);
	const disposition =
		signal === SIGNAL.SIGKILL || signal === SIGNAL.SIGSTOP
			? 'default'
			: (process.dispositions.get(signal) ?? 'default');
	if (disposition === 'ignore') return;
	if (disposition === 'catch') {
		if (!process.caught.includes(signal)) process.caught.push(signal);
		process.interrupted = true;
		kernel.scheduler.wake(process);
		return;
	}
	const action = DEFAULT.get(signal) ?? 'terminate';
	// init does not die of a signal that it has no handler for
	if (process.pid === 1 && action !== 'continue') return;
	if (action === 'terminate') kernel.processes.exit(process, { pid: process.pid, kind: 'signalled', signal });
	else if (action === 'stop') stop(kernel, process, signal);
}

export function postToGroup(kernel: Kernel, pgid: number, signal: number): void {
	for (const process of kernel.processes.group(pgid)) post(kernel, process, signal);
}

/** A group nobody in whose session could continue it is not stopped by the terminal's signals. */
function stop(kernel: Kernel, process: Process, signal: number): void {
	if (process.stopped) return;
	if (signal !== SIGNAL.SIGSTOP && kernel.processes.isOrphaned(process.pgid)) return;
	process.stopped = true;
	process.jobStatus = { pid: process.pid, kind: 'stopped', signal };
	tellParent(kernel, process);
}

function resume(kernel: Kernel, process: Process): void {
	if (!process.stopped) return;
	process.stopped = false;
	process.jobStatus = { pid: process.pid, kind: 'continued' };
	tellParent(kernel, process);
	// a blocked call is looked at again: a background read may be in the foreground now
	kernel.scheduler.wake(process);
	kernel.scheduler.enqueue(process);
}

export function tellParent(kernel: Kernel, process: Process): void {
	const { parent } = process;
	if (!parent) return;
	post(kernel, parent, SIGNAL.SIGCHLD);
	parent.childChanged.wake();
}

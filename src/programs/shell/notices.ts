/** What the shell says about jobs of its own accord: stopped, killed by a signal, done. */
import { SIGNAL, type Sys, type WaitStatus } from '#kernel/syscalls';
import type { Job } from './jobs';
import { SIGNAL_TEXT } from './process';
import type { Shell } from './shell';

export function* announceStopped(shell: Shell, job: Job): Sys<void> {
	yield* shell.writeError(`\n${shell.jobs.line(job)}`);
}

/** A foreground command that a signal ended; Ctrl-C and a broken pipe go without saying. */
export function* killedMessage(shell: Shell, status: WaitStatus & { kind: 'signalled' }, command: string): Sys<void> {
	const { signal, pid } = status;
	const said = SIGNAL_TEXT[signal] ?? `Signal ${signal}`;
	if (shell.dash) {
		if (signal !== SIGNAL.SIGINT && signal !== SIGNAL.SIGPIPE) yield* shell.writeError(`${said}\n`);
		return;
	}
	if (shell.interactiveShell) {
		yield* shell.writeError(signal === SIGNAL.SIGINT ? '\n' : signal === SIGNAL.SIGPIPE ? '' : `${said}\n`);
		return;
	}
	if (signal === SIGNAL.SIGINT || signal === SIGNAL.SIGPIPE || signal === SIGNAL.SIGTERM) return;
	yield* shell.writeError(
		`${shell.errorName}: line ${shell.line}: ${String(pid).padStart(5)} ${said.padEnd(23)} ${command}\n`
	);
}

/** Before a prompt: jobs that ended since the last. */
export function* notifyJobs(shell: Shell): Sys<void> {
	yield* shell.jobs.poll();
	for (const job of [...shell.jobs.list]) {
		if (job.state !== 'Done') continue;
		if (shell.interactive) yield* shell.writeError(shell.jobs.line(job));
		shell.jobs.remove(job);
	}
}

/** Process groups and the terminal's foreground: who has it, and waiting until the shell takes it back. */
import type { CommandNode, Pipeline } from 'unbash';
import { Errno, type Sys, type WaitStatus } from '#kernel/syscalls';
import { setpgid, signal, tcsetpgrp } from '../libc/unistd';
import type { Job } from './jobs';
import { announceStopped, killedMessage } from './notices';
import { statusOf, waitFor } from './process';
import type { Shell } from './shell';
import { printCommand } from './syntax/print';

export function* joinGroup(pid: number, group: number): Sys<void> {
	try {
		yield* setpgid(pid, group);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

export function* takeTerminal(shell: Shell, group: number): Sys<void> {
	try {
		yield* signal(22, 'ignore');
		yield* tcsetpgrp(shell.terminal, group);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

/** Waits for a foreground pipeline; a stopped one becomes a job. @returns each command's status */
export function* waitForeground(
	shell: Shell,
	pids: readonly number[],
	node: CommandNode | Pipeline | null,
	existing?: Job
): Sys<number[]> {
	const command = node === null ? '' : printCommand(node, shell.source.text);
	if (shell.jobControl && shell.terminal >= 0 && pids.length > 0)
		yield* takeTerminal(shell, existing?.processGroup ?? pids[0]!);
	const statuses: number[] = [];
	let stopped: number | null = null;
	const changes: (WaitStatus | null)[] = [];
	for (const pid of pids) {
		const known = existing?.members.find((member) => member.pid === pid)?.status;
		const status =
			known && known.kind !== 'stopped' && known.kind !== 'continued'
				? known
				: yield* waitFor(shell, pid, shell.jobControl);
		statuses.push(status === null ? 127 : statusOf(status));
		changes.push(status);
		if (status?.kind === 'stopped') stopped = status.signal;
	}
	if (shell.jobControl && shell.terminal >= 0) yield* takeTerminal(shell, shell.processGroup);
	if (stopped !== null) {
		const job = existing ?? shell.jobs.add(pids[0]!, pids, command, false, true);
		job.members.forEach((member, i) => (member.status = changes[i] ?? null));
		job.foreground = false;
		shell.jobs.touch(job);
		yield* announceStopped(shell, job);
		return statuses;
	}
	if (existing) {
		existing.members.forEach((member, i) => (member.status = changes[i] ?? null));
		shell.jobs.remove(existing);
	}
	const last = changes[changes.length - 1];
	if (last?.kind === 'signalled') yield* killedMessage(shell, last, command);
	return statuses;
}

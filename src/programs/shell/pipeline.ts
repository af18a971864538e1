/**
 * Commands in processes of their own: pipelines, `&`, coprocesses.
 *
 * Does: forks, joins by pipes, puts the processes into a group where there is job control.
 * Not simulated: coprocesses share the rules of background jobs, with the pipes in NAME[0] and NAME[1].
 */
import type { AndOr, CommandNode, CompoundList, Coproc, Pipeline, PipelineNode } from 'unbash';
import { Errno, type Sys } from '#kernel/syscalls';
import { close, dup, dup2, getpgid, open, pipe, setcloexec, signal } from '../libc/unistd';
import { joinGroup, takeTerminal, waitForeground } from './foreground';
import { forkShell } from './process';
import type { Shell } from './shell';
import { printCommand } from './syntax/print';
import { IndexedArray } from './variables';

/** How the interpreter executes what stands in a compound command. */
export interface Execution {
	/** without set -e and the ERR trap, which hold for the whole */
	command(shell: Shell, node: CommandNode): Sys<number>;
	any(shell: Shell, node: PipelineNode | AndOr): Sys<number>;
	list(shell: Shell, list: CompoundList): Sys<number>;
	/** as `list`, a failure counts for nothing */
	condition(shell: Shell, list: CompoundList): Sys<number>;
}

export function* runPipeline(run: Execution, shell: Shell, node: Pipeline): Sys<void> {
	const pids = yield* startPipeline(run, shell, node, false);
	const lastpipe = pids.length < node.commands.length;
	let lastStatus = 0;
	if (lastpipe) lastStatus = shell.status;
	const statuses = yield* waitForeground(shell, pids, node);
	if (lastpipe) statuses.push(lastStatus);
	shell.pipeStatus = statuses;
	shell.status = shell.option('pipefail')
		? ([...statuses].reverse().find((status) => status !== 0) ?? 0)
		: statuses[statuses.length - 1]!;
}

/** Starts each command in a process of its own, joined by pipes. @returns the pids; with `lastpipe` the last command has run here */
function* startPipeline(run: Execution, shell: Shell, node: Pipeline, background: boolean): Sys<number[]> {
	const pids: number[] = [];
	let input = -1;
	for (let i = 0; i < node.commands.length; i++) {
		const last = i === node.commands.length - 1;
		const command = node.commands[i]!;
		if (last && !background && shell.shopt('lastpipe') && !shell.jobControl) {
			const kept = yield* dup(0, 10);
			yield* setcloexec(kept, true);
			yield* dup2(input, 0);
			yield* close(input);
			try {
				yield* run.command(shell, command);
			} finally {
				yield* dup2(kept, 0);
				yield* close(kept);
			}
			break;
		}
		const [from, to] = last ? [-1, -1] : yield* pipe();
		const previous = input;
		const both = node.operators[i] === '|&';
		const pid = yield* forkShell(shell, function* (subshell) {
			if (previous >= 0) {
				yield* dup2(previous, 0);
				yield* close(previous);
			}
			if (to >= 0) {
				yield* close(from);
				yield* dup2(to, 1);
				if (both) yield* dup2(to, 2);
				yield* close(to);
			}
			return yield* runChild(run, shell, subshell, command, pids[0] ?? 0, background);
		});
		pids.push(pid);
		if (shell.jobControl) yield* joinGroup(pid, pids[0]!);
		if (previous >= 0) yield* close(previous);
		if (to >= 0) yield* close(to);
		input = from;
	}
	return pids;
}

/** A command in a forked child, which it may replace. */
function* runChild(
	run: Execution,
	parent: Shell,
	subshell: Shell,
	command: CommandNode | AndOr | Pipeline,
	group: number,
	background: boolean
): Sys<number> {
	if (parent.jobControl) {
		yield* joinGroup(0, group);
		if (!background && group === 0 && parent.terminal >= 0) yield* takeTerminal(parent, yield* getpgid(0));
	} else if (background) {
		// Without job control the child of & does not hear Ctrl-C and reads nothing from a terminal.
		yield* signal(2, 'ignore');
		yield* signal(3, 'ignore');
	}
	subshell.disposable = true;
	subshell.loops = 0;
	if (command.type === 'Command') yield* run.command(subshell, command);
	else {
		subshell.disposable = false;
		yield* run.any(subshell, command);
	}
	return subshell.status;
}

export function* startBackground(run: Execution, shell: Shell, node: PipelineNode | AndOr): Sys<number> {
	let pids: number[];
	const text = printCommand(node, shell.source.text);
	if (node.type === 'Pipeline' && node.prefixes.length === 0 && node.commands.length > 1) {
		pids = yield* startPipeline(run, shell, node, true);
	} else {
		const pid = yield* forkShell(shell, function* (subshell) {
			if (!shell.jobControl) yield* inputFromNull();
			return yield* runChild(run, shell, subshell, node, 0, true);
		});
		if (shell.jobControl) yield* joinGroup(pid, pid);
		pids = [pid];
	}
	const job = shell.jobs.add(pids[0]!, pids, text, false, shell.jobControl);
	shell.background = pids[pids.length - 1]!;
	if (shell.interactive) yield* shell.writeError(`[${job.id}] ${shell.background}\n`);
	shell.status = 0;
	return 0;
}

function* inputFromNull(): Sys<void> {
	try {
		const fd = yield* open('/dev/null', 0);
		yield* dup2(fd, 0);
		if (fd !== 0) yield* close(fd);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

export function* startCoprocess(run: Execution, shell: Shell, node: Coproc): Sys<number> {
	const name = node.name?.text ?? 'COPROC';
	const [theirInput, myOutput] = yield* pipe();
	const [myInput, theirOutput] = yield* pipe();
	const body = node.body;
	const pid = yield* forkShell(shell, function* (subshell) {
		yield* close(myOutput);
		yield* close(myInput);
		yield* dup2(theirInput, 0);
		yield* dup2(theirOutput, 1);
		yield* close(theirInput);
		yield* close(theirOutput);
		if (body.type === 'CompoundList') return yield* run.list(subshell, body);
		return yield* runChild(run, shell, subshell, body, 0, true);
	});
	yield* close(theirInput);
	yield* close(theirOutput);
	const high: number[] = [];
	for (const fd of [myInput, myOutput]) {
		const moved = yield* dup(fd, 60);
		yield* setcloexec(moved, true);
		yield* close(fd);
		high.push(moved);
	}
	shell.variables.obtain(name).value = new IndexedArray(high.map(String));
	yield* shell.assign(`${name}_PID`, String(pid));
	shell.jobs.add(pid, [pid], `coproc ${name} ${printCommand(body, shell.source.text)}`, false, false);
	shell.background = pid;
	return (shell.status = 0);
}

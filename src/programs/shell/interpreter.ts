/**
 * Executing commands: lists, pipelines, compound commands, functions (SHELL GRAMMAR in bash(1)).
 *
 * Does: walks unbash's tree; `simple.ts` has simple commands and how programs are found.
 * Not simulated: coprocesses share the rules of background jobs, with the pipes in NAME[0] and NAME[1].
 */
import type {
	AndOr,
	ArithmeticFor,
	Case,
	Command,
	CommandNode,
	CompoundCommand,
	CompoundList,
	Coproc,
	For,
	Pipeline,
	PipelineNode,
	Redirected,
	Select,
	Statement,
	Subshell,
	TestExpression,
	While
} from 'unbash';
import { Errno, type Sys, type WaitStatus } from '#kernel/syscalls';
import {
	close,
	dup,
	dup2,
	getpgid,
	open,
	pipe,
	preempt,
	setcloexec,
	setpgid,
	signal,
	tcsetpgrp,
	time,
	times
} from '../libc/unistd';
import { testCondition } from './condition';
import { BreakLoop, CommandFailure, ContinueLoop, ExitShell } from './control';
import { evaluateText, expandPattern, expandString, expandWordTo } from './expand/expand';
import { Pattern } from './expand/pattern';
import type { Job } from './jobs';
import { announceStopped, killedMessage } from './notices';
import { finishSubstitutions, forkShell, statusOf, waitFor } from './process';
import { redirect, restore, type Undo } from './redirect';
import type { Shell } from './shell';
import { executeSimple } from './simple';
import { printCommand } from './syntax/print';
import type { Program } from './syntax/source';
import { runPendingTraps, runTrap } from './traps';
import { readLineFrom } from './builtins/read';
import { IndexedArray } from './variables';
import { expandPrompt } from './prompt';

/** @param disposable nothing follows: the last command may replace the process */
export function* executeProgram(shell: Shell, program: Program, disposable = false): Sys<number> {
	const saved = shell.source;
	shell.source = program.source;
	try {
		for (let i = 0; i < program.statements.length; i++) {
			shell.disposable = disposable && i === program.statements.length - 1 && program.statements.length === 1;
			yield* executeStatement(shell, program.statements[i]!);
		}
	} finally {
		shell.source = saved;
	}
	return shell.status;
}

export function* executeStatement(shell: Shell, statement: Statement): Sys<number> {
	if (++shell.turns % 64 === 0) yield* preempt();
	if (shell.caught.size > 0) yield* runPendingTraps(shell);
	if (statement.background) return yield* startBackground(shell, statement.command);
	return yield* execute(shell, statement.command);
}

export function* executeList(shell: Shell, list: CompoundList): Sys<number> {
	shell.disposable = false;
	for (const statement of list.commands) yield* executeStatement(shell, statement);
	return shell.status;
}

/** Sets $? and applies `set -e` and the ERR trap where they hold. */
export function* execute(shell: Shell, node: PipelineNode | AndOr): Sys<number> {
	if (node.type === 'AndOr') return yield* executeAndOr(shell, node);
	if (node.type === 'Pipeline') return yield* executePipeline(shell, node);
	const status = yield* executeCommand(shell, node);
	if (CHECKED.has(node.type === 'Redirected' ? node.command.type : node.type))
		yield* checkStatus(shell, node.type === 'Command');
	return status;
}

/** whose failure counts for set -e and ERR; of others it is what stands inside */
const CHECKED = new Set(['Command', 'Subshell', 'ArithmeticCommand', 'TestCommand']);

function* checkStatus(shell: Shell, simple: boolean): Sys<void> {
	void simple;
	if (shell.status === 0 || shell.ignoreErrors > 0) return;
	if (shell.traps.has('ERR') && !shell.inTrap && (shell.functionDepth === 0 || shell.option('errtrace')))
		yield* runTrap(shell, 'ERR');
	if (shell.option('errexit')) throw new ExitShell(shell.status);
}

function* executeAndOr(shell: Shell, node: AndOr): Sys<number> {
	shell.disposable = false;
	for (let i = 0; i < node.commands.length; i++) {
		if (i > 0) {
			const operator = node.operators[i - 1];
			if (operator === '&&' ? shell.status !== 0 : shell.status === 0) continue;
		}
		const last = i === node.commands.length - 1;
		if (!last) shell.ignoreErrors++;
		try {
			yield* execute(shell, node.commands[i]!);
		} finally {
			if (!last) shell.ignoreErrors--;
		}
	}
	return shell.status;
}

/* ---- pipelines ---- */

function* executePipeline(shell: Shell, node: Pipeline): Sys<number> {
	shell.disposable = false;
	const negated = node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1;
	const timed = node.prefixes.find((prefix) => prefix.type === 'Time');
	const started = timed ? { real: yield* time(), cpu: yield* times() } : null;
	if (negated) shell.ignoreErrors++;
	try {
		if (node.commands.length === 0) shell.status = 0;
		else if (node.commands.length === 1) yield* execute(shell, node.commands[0]!);
		else yield* runPipeline(shell, node);
	} finally {
		if (negated) shell.ignoreErrors--;
	}
	if (negated) shell.status = shell.status === 0 ? 1 : 0;
	if (started !== null && timed?.type === 'Time') yield* printTimes(shell, started, timed.posix !== undefined);
	if (node.commands.length > 1 && !negated) yield* checkStatus(shell, false);
	return shell.status;
}

function* printTimes(
	shell: Shell,
	started: { real: number; cpu: { user: number; system: number; childUser: number; childSystem: number } },
	posix: boolean
): Sys<void> {
	const real = (yield* time()) - started.real;
	const now = yield* times();
	const user = now.user + now.childUser - started.cpu.user - started.cpu.childUser;
	const system = now.system + now.childSystem - started.cpu.system - started.cpu.childSystem;
	const plain = (microseconds: number) => (microseconds / 1_000_000).toFixed(2);
	const long = (microseconds: number) =>
		`${Math.floor(microseconds / 60_000_000)}m${((microseconds % 60_000_000) / 1_000_000).toFixed(3)}s`;
	yield* shell.writeError(
		posix
			? `real ${plain(real)}\nuser ${plain(user)}\nsys ${plain(system)}\n`
			: `\nreal\t${long(real)}\nuser\t${long(user)}\nsys\t${long(system)}\n`
	);
}

function* runPipeline(shell: Shell, node: Pipeline): Sys<void> {
	const pids = yield* startPipeline(shell, node, false);
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
function* startPipeline(shell: Shell, node: Pipeline, background: boolean): Sys<number[]> {
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
				yield* executeCommand(shell, command);
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
			return yield* runChild(shell, subshell, command, pids[0] ?? 0, background);
		});
		pids.push(pid);
		if (shell.jobControl) yield* joinGroup(pid, pids[0]!);
		if (previous >= 0) yield* close(previous);
		if (to >= 0) yield* close(to);
		input = from;
	}
	return pids;
}

function* joinGroup(pid: number, group: number): Sys<void> {
	try {
		yield* setpgid(pid, group);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

/** A command in a forked child, which it may replace. */
function* runChild(
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
	if (command.type === 'Command') yield* executeCommand(subshell, command);
	else {
		subshell.disposable = false;
		yield* execute(subshell, command);
	}
	return subshell.status;
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

function* startBackground(shell: Shell, node: PipelineNode | AndOr): Sys<number> {
	let pids: number[];
	const text = printCommand(node, shell.source.text);
	if (node.type === 'Pipeline' && node.prefixes.length === 0 && node.commands.length > 1) {
		pids = yield* startPipeline(shell, node, true);
	} else {
		const pid = yield* forkShell(shell, function* (subshell) {
			if (!shell.jobControl) yield* inputFromNull();
			return yield* runChild(shell, subshell, node, 0, true);
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

/* ---- commands ---- */

export function* executeCommand(shell: Shell, node: CommandNode): Sys<number> {
	switch (node.type) {
		case 'Command':
			return yield* executeSimpleCommand(shell, node);
		case 'Redirected':
			return yield* executeRedirected(shell, node);
		case 'Function':
			return yield* defineFunction(shell, node);
		case 'Coproc':
			return yield* startCoprocess(shell, node);
		default:
			return yield* executeCompound(shell, node);
	}
}

function* executeSimpleCommand(shell: Shell, node: Command): Sys<number> {
	shell.line = shell.source.lineAt(node.name?.pos ?? node.pos);
	const before = shell.substitutionDescriptors.length;
	const status = yield* executeSimple(shell, node);
	if (shell.substitutionDescriptors.length > before || shell.children.length > 0)
		yield* finishSubstitutions(shell, before);
	if (shell.caught.size > 0) yield* runPendingTraps(shell);
	return status;
}

function* defineFunction(shell: Shell, node: CommandNode & { type: 'Function' }): Sys<number> {
	const name = node.name.text;
	shell.line = shell.source.lineAt(node.pos);
	if (/["'$`\\]/.test(name)) {
		yield* shell.message(`\`${name}': not a valid identifier`);
		shell.status = 1;
		return 1;
	}
	const file =
		shell.frames[shell.frames.length - 1]?.file ?? shell.scriptFile ?? (shell.interactive ? 'main' : 'environment');
	shell.functions.set(name, { name, body: node.body, source: shell.source, file, line: shell.line });
	shell.status = 0;
	return 0;
}

function* executeRedirected(shell: Shell, node: Redirected): Sys<number> {
	shell.line = shell.source.lineAt(node.pos);
	let undo: Undo;
	const before = shell.substitutionDescriptors.length;
	yield* shell.flush();
	try {
		undo = yield* redirect(shell, node.redirects, true);
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		shell.status = thrown.status;
		return thrown.status;
	}
	try {
		return yield* executeCompound(shell, node.command);
	} finally {
		yield* shell.flush();
		yield* restore(undo);
		if (shell.substitutionDescriptors.length > before) yield* finishSubstitutions(shell, before);
	}
}

function* executeCompound(shell: Shell, node: CompoundCommand): Sys<number> {
	const { disposable } = shell;
	shell.disposable = false;
	switch (node.type) {
		case 'BraceGroup':
			return yield* executeList(shell, node.body);
		case 'Subshell':
			return yield* executeSubshell(shell, node, disposable);
		case 'If':
			if ((yield* condition(shell, node.clause)) === 0) return yield* executeList(shell, node.then);
			for (const branch of node.elif)
				if ((yield* condition(shell, branch.clause)) === 0) return yield* executeList(shell, branch.then);
			if (node.else) return yield* executeList(shell, node.else);
			return (shell.status = 0);
		case 'While':
			return yield* executeWhile(shell, node);
		case 'For':
			return yield* executeFor(shell, node);
		case 'Select':
			return yield* executeSelect(shell, node);
		case 'ArithmeticFor':
			return yield* executeArithmeticFor(shell, node);
		case 'Case':
			return yield* executeCase(shell, node);
		case 'ArithmeticCommand':
			return yield* executeArithmetic(shell, node.body, shell.source.lineAt(node.pos));
		case 'TestCommand':
			return yield* executeTest(shell, node.expression, node.pos);
	}
}

function* condition(shell: Shell, list: CompoundList): Sys<number> {
	shell.ignoreErrors++;
	try {
		return yield* executeList(shell, list);
	} finally {
		shell.ignoreErrors--;
	}
}

function* executeSubshell(shell: Shell, node: Subshell, disposable: boolean): Sys<number> {
	void disposable;
	shell.line = shell.source.lineAt(node.pos);
	const pid = yield* forkShell(shell, function* (subshell) {
		if (shell.jobControl) {
			yield* joinGroup(0, 0);
			if (shell.terminal >= 0) yield* takeTerminal(shell, yield* getpgid(0));
		}
		subshell.loops = 0;
		return yield* executeList(subshell, node.body);
	});
	if (shell.jobControl) yield* joinGroup(pid, pid);
	const [status] = yield* waitForeground(shell, [pid], node);
	shell.status = status!;
	shell.pipeStatus = [shell.status];
	if (shell.caught.size > 0) yield* runPendingTraps(shell);
	return shell.status;
}

/* ---- loops ---- */

/** Runs a loop's body once. @returns false when the loop ends */
function* turn(shell: Shell, body: CompoundList): Sys<boolean> {
	if (++shell.turns % 64 === 0) yield* preempt();
	try {
		yield* executeList(shell, body);
		return true;
	} catch (thrown) {
		if (thrown instanceof BreakLoop) {
			shell.status = 0;
			if (--thrown.levels > 0 && shell.loops > 1) throw thrown;
			return false;
		}
		if (thrown instanceof ContinueLoop) {
			shell.status = 0;
			if (--thrown.levels > 0 && shell.loops > 1) throw thrown;
			return true;
		}
		throw thrown;
	}
}

function* inLoop<T>(shell: Shell, run: () => Sys<T>): Sys<T> {
	shell.loops++;
	try {
		return yield* run();
	} finally {
		shell.loops--;
	}
}

function* executeWhile(shell: Shell, node: While): Sys<number> {
	let status = 0;
	yield* inLoop(shell, function* () {
		for (;;) {
			let test: number;
			try {
				test = yield* condition(shell, node.clause);
			} catch (thrown) {
				if (thrown instanceof BreakLoop && (--thrown.levels <= 0 || shell.loops <= 1)) return;
				throw thrown;
			}
			if ((test === 0) !== (node.kind === 'while')) return;
			const more = yield* turn(shell, node.body);
			status = shell.status;
			if (!more) return;
		}
	});
	return (shell.status = status);
}

function* trace(shell: Shell, text: string): Sys<void> {
	if (!shell.option('xtrace')) return;
	yield* shell.writeError(`${yield* tracePrefix(shell)}${text}\n`);
}

export function* tracePrefix(shell: Shell): Sys<string> {
	const status = shell.status;
	const text = yield* expandPrompt(shell, shell.parameter('PS4') ?? '+ ');
	shell.status = status;
	const first = Array.from(text)[0] ?? '';
	return first.repeat(Math.max(0, shell.traceDepth - 1)) + text;
}

function* executeFor(shell: Shell, node: For): Sys<number> {
	shell.line = shell.source.lineAt(node.pos);
	const name = node.name.text;
	if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
		yield* shell.message(`\`${name}': not a valid identifier`);
		return (shell.status = 1);
	}
	const words: string[] = [];
	if (node.wordlist) for (const word of node.wordlist) yield* expandWordTo(shell, word.text, words);
	else words.push(...shell.args);
	shell.status = 0;
	const header = `for ${name} in ${node.wordlist?.map((word) => word.text).join(' ') ?? '"$@"'}`;
	const line = shell.line;
	yield* inLoop(shell, function* () {
		for (const word of words) {
			if (shell.option('xtrace')) yield* trace(shell, header);
			if (shell.traps.has('DEBUG')) {
				shell.line = line;
				yield* debugTrap(shell, header);
			}
			const variable = shell.variables.find(name);
			if (variable?.nameref) variable.value = word;
			else yield* shell.assign(name, word);
			if (!(yield* turn(shell, node.body))) return;
		}
	});
	return shell.status;
}

export function* debugTrap(shell: Shell, command: string): Sys<void> {
	if (shell.inTrap || (shell.functionDepth > 0 && !shell.option('functrace'))) return;
	shell.command = command;
	yield* runTrap(shell, 'DEBUG');
}

function* executeArithmeticFor(shell: Shell, node: ArithmeticFor): Sys<number> {
	shell.line = shell.source.lineAt(node.pos);
	const line = shell.line;
	const { text } = shell.source;
	const start = text.indexOf('((', node.pos) + 2;
	const end = text.lastIndexOf('))', node.body.pos);
	const [first = '', test = '', step = ''] = text.slice(start, end).split(';');
	let status = 0;
	const value = function* (raw: string): Sys<bigint> {
		shell.line = line;
		if (shell.option('xtrace')) yield* trace(shell, `((${raw}))`);
		return yield* evaluateText(shell, yield* expandString(shell, raw, { mode: 'arithmetic' }), '((');
	};
	try {
		if (first.trim() !== '') yield* value(first);
		yield* inLoop(shell, function* () {
			for (;;) {
				if (test.trim() !== '' && (yield* value(test)) === 0n) return;
				const more = yield* turn(shell, node.body);
				status = shell.status;
				if (!more) return;
				if (step.trim() !== '') yield* value(step);
			}
		});
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		status = 1;
	}
	return (shell.status = status);
}

function* executeSelect(shell: Shell, node: Select): Sys<number> {
	const words: string[] = [];
	if (node.wordlist) for (const word of node.wordlist) yield* expandWordTo(shell, word.text, words);
	else words.push(...shell.args);
	if (words.length === 0) return (shell.status = 0);
	shell.status = 0;
	const width = String(words.length).length;
	const menu = words.map((word, i) => `${String(i + 1).padStart(width)}) ${word}\n`).join('');
	let show = true;
	yield* inLoop(shell, function* () {
		for (;;) {
			if (show) yield* shell.writeError(menu);
			yield* shell.writeError(shell.parameter('PS3') ?? '#? ');
			const line = yield* readLineFrom(shell, 0);
			if (line === null) {
				yield* shell.writeError('\n');
				shell.status = 1;
				return;
			}
			show = line === '';
			if (show) continue;
			yield* shell.assign('REPLY', line);
			const choice = /^\s*\d+\s*$/.test(line) ? Number(line) : 0;
			yield* shell.assign(node.name.text, words[choice - 1] ?? '');
			if (!(yield* turn(shell, node.body))) return;
		}
	});
	return shell.status;
}

/* ---- case, (( )), [[ ]] ---- */

function* executeCase(shell: Shell, node: Case): Sys<number> {
	shell.line = shell.source.lineAt(node.pos);
	if (shell.option('xtrace')) yield* trace(shell, `case ${node.word.text} in`);
	const subject = yield* expandString(shell, node.word.text);
	shell.status = 0;
	const options = { extglob: shell.shopt('extglob'), ignoreCase: shell.shopt('nocasematch') };
	let fall = false;
	for (const item of node.items) {
		let matched = fall;
		for (const word of item.pattern) {
			if (matched) break;
			matched = new Pattern(yield* expandPattern(shell, word.text), options).matches(subject);
		}
		if (!matched) continue;
		shell.status = 0;
		yield* executeList(shell, item.body);
		if (item.terminator === ';&') fall = true;
		else if (item.terminator === ';;&') fall = false;
		else break;
	}
	return shell.status;
}

function* executeArithmetic(shell: Shell, raw: string, line: number): Sys<number> {
	shell.line = line;
	const text = yield* expandString(shell, raw, { mode: 'arithmetic' });
	if (shell.option('xtrace')) yield* trace(shell, `((${text}))`);
	try {
		shell.status = (yield* evaluateText(shell, text, '((')) === 0n ? 1 : 0;
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		shell.status = 1;
	}
	return shell.status;
}

function* executeTest(shell: Shell, expression: TestExpression, position: number): Sys<number> {
	shell.line = shell.source.lineAt(position);
	try {
		shell.status = (yield* testCondition(shell, expression)) ? 0 : 1;
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		shell.status = thrown.status;
	}
	return shell.status;
}

/* ---- coprocesses ---- */

function* startCoprocess(shell: Shell, node: Coproc): Sys<number> {
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
		if (body.type === 'CompoundList') return yield* executeList(subshell, body);
		return yield* runChild(shell, subshell, body, 0, true);
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

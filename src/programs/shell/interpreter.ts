/**
 * Executing commands: lists, pipelines, compound commands, functions (SHELL GRAMMAR in bash(1)).
 *
 * Does: walks unbash's tree. `simple.ts` has simple commands and how programs are found, `pipeline.ts` what runs in
 *       processes of its own, `loops.ts` the loops; the last two get the interpreter's functions as an argument.
 */
import type {
	AndOr,
	Case,
	Command,
	CommandNode,
	CompoundCommand,
	CompoundList,
	Pipeline,
	PipelineNode,
	Redirected,
	Statement,
	Subshell,
	TestExpression
} from 'unbash';
import type { Sys } from '#kernel/syscalls';
import { getpgid, preempt, time, times } from '../libc/unistd';
import { testCondition } from './condition';
import { CommandFailure, ExitShell } from './control';
import { evaluateText, expandPattern, expandString } from './expand/expand';
import { Pattern } from './expand/pattern';
import { joinGroup, takeTerminal, waitForeground } from './foreground';
import { executeArithmeticFor, executeFor, executeSelect, executeWhile } from './loops';
import { runPipeline, startBackground, startCoprocess, type Execution } from './pipeline';
import { finishSubstitutions, forkShell } from './process';
import { redirect, restore, type Undo } from './redirect';
import type { Shell } from './shell';
import { executeSimple } from './simple';
import type { Program } from './syntax/source';
import { runPendingTraps, runTrap } from './traps';
import { trace } from './xtrace';

const EXECUTION: Execution = { command: executeCommand, any: execute, list: executeList, condition };

/** @param disposable nothing follows: the last command may replace the process */
export function* executeProgram(shell: Shell, program: Program, disposable = false): Sys<number> {
	const saved = { source: shell.source, enclosingLine: shell.enclosingLine };
	const last = program.statements[program.statements.length - 1];
	shell.source = program.source;
	if (last) shell.enclosingLine = program.source.lineAt(last.end - 1);
	try {
		for (let i = 0; i < program.statements.length; i++) {
			shell.disposable = disposable && i === program.statements.length - 1 && program.statements.length === 1;
			yield* executeStatement(shell, program.statements[i]!);
		}
	} finally {
		shell.source = saved.source;
		shell.enclosingLine = saved.enclosingLine;
	}
	return shell.status;
}

export function* executeStatement(shell: Shell, statement: Statement): Sys<number> {
	if (++shell.turns % 64 === 0) yield* preempt();
	if (shell.caught.size > 0) yield* runPendingTraps(shell);
	if (statement.background) return yield* startBackground(EXECUTION, shell, statement.command);
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
	if (CHECKED.has(node.type === 'Redirected' ? node.command.type : node.type)) yield* checkStatus(shell);
	return status;
}

/** whose failure counts for set -e and ERR; of others it is what stands inside */
const CHECKED = new Set(['Command', 'Subshell', 'ArithmeticCommand', 'TestCommand']);

function* checkStatus(shell: Shell): Sys<void> {
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
		else yield* runPipeline(EXECUTION, shell, node);
	} finally {
		if (negated) shell.ignoreErrors--;
	}
	if (negated) shell.status = shell.status === 0 ? 1 : 0;
	if (started !== null && timed?.type === 'Time') yield* printTimes(shell, started, timed.posix !== undefined);
	if (node.commands.length > 1 && !negated) yield* checkStatus(shell);
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
			return yield* startCoprocess(EXECUTION, shell, node);
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
	shell.line = shell.dash ? shell.source.lineAt(node.pos) : shell.enclosingLine;
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
	shell.disposable = false;
	switch (node.type) {
		case 'BraceGroup':
			return yield* executeList(shell, node.body);
		case 'Subshell':
			return yield* executeSubshell(shell, node);
		case 'If':
			if ((yield* condition(shell, node.clause)) === 0) return yield* executeList(shell, node.then);
			for (const branch of node.elif)
				if ((yield* condition(shell, branch.clause)) === 0) return yield* executeList(shell, branch.then);
			if (node.else) return yield* executeList(shell, node.else);
			return (shell.status = 0);
		case 'While':
			return yield* executeWhile(EXECUTION, shell, node);
		case 'For':
			return yield* within(shell, node.pos, executeFor(EXECUTION, shell, node));
		case 'Select':
			return yield* within(shell, node.pos, executeSelect(EXECUTION, shell, node));
		case 'ArithmeticFor':
			return yield* within(shell, node.pos, executeArithmeticFor(EXECUTION, shell, node));
		case 'Case':
			return yield* within(shell, node.pos, executeCase(shell, node));
		case 'ArithmeticCommand':
			return yield* executeArithmetic(shell, node.body, shell.source.lineAt(node.pos));
		case 'TestCommand':
			return yield* executeTest(shell, node.expression, node.pos);
	}
}

/** Runs a command that gives its line to what it holds. */
function* within(shell: Shell, position: number, run: Sys<number>): Sys<number> {
	const { enclosingLine } = shell;
	shell.enclosingLine = shell.source.lineAt(position);
	try {
		return yield* run;
	} finally {
		shell.enclosingLine = enclosingLine;
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

function* executeSubshell(shell: Shell, node: Subshell): Sys<number> {
	shell.line = shell.source.lineAt(node.pos);
	const pid = yield* forkShell(shell, function* (subshell) {
		if (shell.jobControl) {
			yield* joinGroup(0, 0);
			if (shell.terminal >= 0) yield* takeTerminal(shell, yield* getpgid(0));
		}
		subshell.loops = 0;
		subshell.jobs.parents = null;
		return yield* executeList(subshell, node.body);
	});
	if (shell.jobControl) yield* joinGroup(pid, pid);
	const [status] = yield* waitForeground(shell, [pid], node);
	shell.status = status!;
	shell.pipeStatus = [shell.status];
	if (shell.caught.size > 0) yield* runPendingTraps(shell);
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
	if (shell.dash) {
		yield* shell.message('[[: not found');
		return (shell.status = 127);
	}
	try {
		shell.status = (yield* testCondition(shell, expression)) ? 0 : 1;
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		shell.status = thrown.status;
	}
	return shell.status;
}

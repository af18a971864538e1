/**
 * Simple commands: assignments, the search for the command, functions, builtins and programs (SIMPLE COMMAND EXPANSION and
 * COMMAND EXECUTION in bash(1)).
 */
import type { Assignment, Command, Redirection, Word } from 'unbash';
import { Errno, O, S, type Sys } from '#kernel/syscalls';
import { decode } from '#kernel/text';
import { strerror } from '../libc/strerror';
import { access, close, exec, getpgid, open, read, setpgid, stat } from '../libc/unistd';
import { assignWord, traceAssignment } from './assignment';
import { findBuiltin, type Builtin } from './builtins';
import { AbandonLine, AbandonShell, CommandFailure, ExitShell, ReturnFrom } from './control';
import { expandString, expandWordTo } from './expand/expand';
import { takeTerminal, waitForeground } from './foreground';
import { executeCommand } from './interpreter';
import { forkShell } from './process';
import { quoteTrace } from './quote';
import { redirect, restore, type Undo } from './redirect';
import type { Shell, ShellFunction } from './shell';
import { SPECIAL } from './builtins/names';
import { printCommand } from './syntax/print';
import { debugTrap, runTrap } from './traps';
import { Variable, type Scope } from './variables';
import { tracePrefix } from './xtrace';

/** Builtins whose arguments may be assignments, which are not split. */
const DECLARATIONS = new Set(['declare', 'typeset', 'local', 'export', 'readonly', 'alias', 'eval']);
const FUNCTION_DEPTH_MAX = 600;

export function* executeSimple(shell: Shell, node: Command): Sys<number> {
	const { disposable } = shell;
	shell.disposable = false;
	shell.substitutionStatus = null;
	const assignments: Assignment[] = [];
	const redirections: Redirection[] = [];
	const words: (Word | Assignment)[] = node.name ? [node.name] : [];
	for (const each of node.prefix) {
		if (each.type === 'Assignment') assignments.push(each);
		else redirections.push(each);
	}
	for (const each of node.suffix) {
		if (each.type === 'Word' || each.type === 'Assignment') words.push(each);
		else redirections.push(each);
	}
	if (shell.traps.has('DEBUG')) yield* debugTrap(shell, printCommand(node, shell.source.text));
	if (!shell.inTrap) {
		const { source } = shell;
		shell.commandText = () => printCommand(node, source.text);
	}
	const { argv, declared } = yield* expandCommand(shell, words);
	if (argv.length === 0) return yield* assignOnly(shell, assignments, redirections);
	return yield* runWith(shell, node, argv, declared, assignments, redirections, disposable);
}

interface Expanded {
	readonly argv: string[];
	/** compound assignments of a declaration builtin, by argument */
	readonly declared: ReadonlyMap<number, Assignment>;
}

function* expandCommand(shell: Shell, words: readonly (Word | Assignment)[]): Sys<Expanded> {
	const argv: string[] = [];
	const declared = new Map<number, Assignment>();
	for (const word of words) {
		const declaration = argv.length > 0 && isDeclaration(argv) && !shell.dash;
		if (word.type === 'Assignment' && declaration) {
			declared.set(argv.length, word);
			argv.push(word.value.type === 'ArrayValue' ? word.text : yield* assignmentText(shell, word));
		} else if (declaration && /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(word.text))
			argv.push(yield* assignmentText(shell, word));
		else yield* expandWordTo(shell, word.text, argv);
	}
	return { argv, declared };
}

function isDeclaration(argv: readonly string[]): boolean {
	const name = argv[0] === 'builtin' || argv[0] === 'command' ? argv[1] : argv[0];
	return name !== undefined && DECLARATIONS.has(name) && name !== 'eval' && name !== 'alias';
}

/** `name=value` of a declaration builtin: expanded as an assignment */
function* assignmentText(shell: Shell, word: Word | Assignment): Sys<string> {
	const equals = word.text.indexOf('=');
	return (
		word.text.slice(0, equals + 1) + (yield* expandString(shell, word.text.slice(equals + 1), { assignment: true }))
	);
}

/* ---- no command name: assignments stay ---- */

function* assignOnly(
	shell: Shell,
	assignments: readonly Assignment[],
	redirections: readonly Redirection[]
): Sys<number> {
	let failed = 0;
	if (redirections.length > 0) {
		try {
			yield* restore(yield* redirect(shell, redirections, true));
		} catch (thrown) {
			if (!(thrown instanceof CommandFailure)) throw thrown;
			failed = thrown.status;
		}
	}
	try {
		for (const assignment of assignments) yield* assignWord(shell, assignment);
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		throw shell.dash ? new AbandonShell(2) : new AbandonLine(thrown.status);
	}
	shell.status = failed !== 0 ? failed : (shell.substitutionStatus ?? 0);
	shell.pipeStatus = [shell.status];
	return shell.status;
}

/* ---- with a command name ---- */

function* runWith(
	shell: Shell,
	node: Command,
	argv: string[],
	declared: ReadonlyMap<number, Assignment>,
	assignments: readonly Assignment[],
	redirections: readonly Redirection[],
	disposable: boolean
): Sys<number> {
	const name = argv[0]!;
	const scope: Scope = new Map();
	try {
		for (const assignment of assignments) yield* temporary(shell, assignment, scope);
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		return (shell.status = thrown.status);
	}
	if (shell.option('xtrace'))
		yield* shell.writeError(`${yield* tracePrefix(shell)}${argv.map(quoteTrace).join(' ')}\n`);
	const lastArgument = argv[argv.length - 1]!;
	const found = shell.functions.get(name);
	const builtin = builtinOf(shell, name);
	let status: number;
	if (found && !(shell.dash && SPECIAL.has(name))) {
		status = yield* runFunctionWith(shell, found, argv, scope, redirections);
	} else if (builtin) {
		status = yield* runBuiltinWith(shell, name, builtin, argv, declared, scope, redirections);
	} else {
		yield* shell.flush();
		status = yield* runProgramWith(shell, node, argv, scope, redirections, disposable);
	}
	shell.lastArgument = lastArgument;
	shell.status = status;
	if (found || builtin) shell.pipeStatus = [status];
	return status;
}

export function builtinOf(shell: Shell, name: string): Builtin | undefined {
	return findBuiltin(name, shell.dash);
}

function* temporary(shell: Shell, assignment: Assignment, scope: Scope): Sys<void> {
	const { name } = assignment;
	if (assignment.value.type === 'ArrayValue') return;
	let value = yield* expandString(shell, assignment.value.text, { assignment: true });
	const before = scope.get(name) ?? shell.variables.get(name);
	if (before?.readonly) {
		yield* shell.message(shell.dash ? `${name}: is read only` : `${name}: readonly variable`);
		throw new CommandFailure(shell.dash ? 2 : 1);
	}
	if (assignment.append) value = (before?.scalar ?? '') + value;
	const variable = new Variable();
	variable.value = before?.transform(value) ?? value;
	variable.exported = true;
	yield* traceAssignment(shell, assignment, value);
	scope.set(name, variable);
}

function* withScope<T>(shell: Shell, scope: Scope, run: () => Sys<T>): Sys<T> {
	if (scope.size === 0) return yield* run();
	shell.variables.scopes.push(scope);
	try {
		return yield* run();
	} finally {
		shell.variables.scopes.splice(shell.variables.scopes.indexOf(scope), 1);
	}
}

/* ---- functions ---- */

function* runFunctionWith(
	shell: Shell,
	found: ShellFunction,
	argv: readonly string[],
	scope: Scope,
	redirections: readonly Redirection[]
): Sys<number> {
	let undo: Undo = [];
	if (redirections.length > 0) {
		yield* shell.flush();
		try {
			undo = yield* redirect(shell, redirections, true);
		} catch (thrown) {
			if (!(thrown instanceof CommandFailure)) throw thrown;
			return thrown.status;
		}
	}
	try {
		return yield* withScope(shell, scope, () => callFunction(shell, found, argv.slice(1)));
	} finally {
		if (redirections.length > 0) {
			yield* shell.flush();
			yield* restore(undo);
		}
	}
}

/** @throws RangeError beyond what the page's stack holds: the process dies by SIGSEGV, as bash's does */
export function* callFunction(shell: Shell, found: ShellFunction, args: readonly string[]): Sys<number> {
	const limit = Number(shell.parameter('FUNCNEST') ?? 0);
	if (limit > 0 && shell.functionDepth >= limit) {
		yield* shell.message(`${found.name}: maximum function nesting level exceeded (${limit})`);
		throw new AbandonLine(1);
	}
	if (shell.functionDepth >= FUNCTION_DEPTH_MAX) throw new RangeError('functions nested too deeply');
	const saved = { args: shell.args, source: shell.source, line: shell.line, loops: shell.loops };
	const { enclosingLine } = shell;
	shell.enclosingLine = found.line;
	const scope: Scope = new Map();
	shell.args = [...args];
	shell.source = found.source;
	shell.functionDepth++;
	shell.loops = 0;
	shell.frames.push({ function: found.name, file: found.file, line: saved.line, args });
	shell.variables.scopes.push(scope);
	try {
		const { body } = found;
		if (body.type === 'CompoundList') return shell.status;
		yield* executeCommand(shell, body);
		if (shell.traps.has('RETURN') && shell.option('functrace')) yield* runTrap(shell, 'RETURN');
		return shell.status;
	} catch (thrown) {
		if (!(thrown instanceof ReturnFrom)) throw thrown;
		return (shell.status = thrown.status);
	} finally {
		const at = shell.variables.scopes.indexOf(scope);
		if (at >= 0) shell.variables.scopes.length = at;
		shell.frames.pop();
		shell.functionDepth--;
		shell.args = saved.args;
		shell.source = saved.source;
		shell.line = saved.line;
		shell.enclosingLine = enclosingLine;
		shell.loops = saved.loops;
	}
}

/* ---- builtins ---- */

function* runBuiltinWith(
	shell: Shell,
	name: string,
	builtin: Builtin,
	argv: string[],
	declared: ReadonlyMap<number, Assignment>,
	scope: Scope,
	redirections: readonly Redirection[]
): Sys<number> {
	let undo: Undo = [];
	const permanent = name === 'exec' && argv.length === 1;
	if (redirections.length > 0) {
		yield* shell.flush();
		try {
			undo = yield* redirect(shell, redirections, !permanent && name !== 'exec');
		} catch (thrown) {
			if (!(thrown instanceof CommandFailure)) throw thrown;
			if (shell.dash && SPECIAL.has(name)) throw new AbandonShell(2);
			if (permanent && !shell.interactive && !shell.shopt('execfail')) throw new ExitShell(1);
			return thrown.status;
		}
	}
	try {
		if (shell.dash && SPECIAL.has(name)) {
			for (const [variable, value] of scope) yield* shell.assign(variable, value.scalar ?? '');
			return yield* callBuiltin(shell, name, builtin, argv, declared);
		}
		return yield* withScope(shell, scope, () => callBuiltin(shell, name, builtin, argv, declared));
	} finally {
		if (redirections.length > 0) {
			yield* shell.flush();
			if (!permanent) yield* restore(undo);
		}
	}
}

export function* callBuiltin(
	shell: Shell,
	name: string,
	builtin: Builtin,
	argv: string[],
	declared: ReadonlyMap<number, Assignment> = new Map()
): Sys<number> {
	const saved = shell.builtin;
	shell.builtin = name;
	try {
		const status = yield* builtin(shell, argv, declared);
		shell.builtin = name;
		if (!(yield* shell.flush())) return 1;
		return status;
	} catch (thrown) {
		shell.builtin = name;
		yield* shell.flush();
		if (thrown instanceof CommandFailure) {
			if (shell.dash && SPECIAL.has(name) && !shell.interactive) throw new AbandonShell(thrown.status);
			return thrown.status;
		}
		throw thrown;
	} finally {
		shell.builtin = saved;
	}
}

/* ---- programs ---- */

function* runProgramWith(
	shell: Shell,
	node: Command,
	argv: string[],
	scope: Scope,
	redirections: readonly Redirection[],
	disposable: boolean
): Sys<number> {
	// A child that has nothing else to do becomes the program; what traps would need stays.
	if (disposable && shell.traps.size === 0 && !shell.jobControl && shell.children.length === 0) {
		return yield* becomeProgram(shell, argv, scope, redirections);
	}
	const hashed = yield* searchFor(shell, argv[0]!, scope);
	const pid = yield* forkShell(shell, function* (subshell) {
		if (shell.jobControl) {
			yield* setpgid(0, 0);
			if (shell.terminal >= 0) yield* takeTerminal(shell, yield* getpgid(0));
		}
		subshell.subshell = shell.subshell;
		return yield* becomeProgram(subshell, argv, scope, redirections, hashed);
	});
	if (shell.jobControl) {
		try {
			yield* setpgid(pid, pid);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	const statuses = yield* waitForeground(shell, [pid], node);
	shell.pipeStatus = statuses;
	return statuses[0]!;
}

/** Looks the name up in the shell itself, so that `hash` remembers it. */
function* searchFor(shell: Shell, name: string, scope: Scope): Sys<string | undefined> {
	if (name.includes('/') || scope.has('PATH')) return undefined;
	const path = yield* findCommand(shell, name);
	if (path !== null) {
		const entry = shell.hash.get(name);
		if (entry) entry.hits++;
		else if (shell.option('hashall')) shell.hash.set(name, { path, hits: 1 });
	}
	return path ?? undefined;
}

/** Redirects and executes; returns only to end with 126 or 127 after a message. */
function* becomeProgram(
	shell: Shell,
	argv: readonly string[],
	scope: Scope,
	redirections: readonly Redirection[],
	hashed?: string
): Sys<number> {
	try {
		yield* redirect(shell, redirections, false);
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		return thrown.status;
	}
	shell.variables.scopes.push(scope);
	const name = argv[0]!;
	let path = hashed ?? null;
	if (path === null) {
		path = name.includes('/') ? name : yield* findCommand(shell, name);
		if (path === null) {
			yield* shell.message(shell.dash ? `${name}: not found` : `${name}: command not found`);
			return 127;
		}
	}
	const environment = shell.variables.environment();
	if (!shell.dash) environment.set('_', path);
	return yield* execProgram(shell, path, argv, environment, name);
}

/** @param shown what messages call it */
export function* execProgram(
	shell: Shell,
	path: string,
	argv: readonly string[],
	environment: ReadonlyMap<string, string>,
	shown: string
): Sys<number> {
	try {
		return yield* exec(path, argv, environment);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return yield* execFailed(shell, thrown, path, argv, environment, shown);
	}
}

function* execFailed(
	shell: Shell,
	error: Errno,
	path: string,
	argv: readonly string[],
	environment: ReadonlyMap<string, string>,
	shown: string
): Sys<number> {
	if (error.code === 'ENOEXEC') {
		const start = yield* readStart(path);
		if (start !== null && !start.slice(0, 80).split('\n')[0]!.includes('\0')) {
			return yield* exec(
				shell.dash ? '/bin/sh' : '/bin/bash',
				[shell.dash ? 'sh' : 'bash', path, ...argv.slice(1)],
				environment
			);
		}
		yield* shell.message(`${path}: cannot execute binary file: ${strerror(error)}`);
		return 126;
	}
	if (shell.dash) {
		yield* shell.message(`${shown}: ${error.code === 'ENOENT' ? 'not found' : strerror(error)}`);
		return error.code === 'ENOENT' ? 127 : 126;
	}
	const display = shown.includes('/') ? shown : path;
	const mode = yield* modeOf(path);
	if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
		yield* shell.message(
			mode !== 0 && error.code === 'ENOENT'
				? `${display}: cannot execute: required file not found`
				: `${display}: ${strerror(error)}`
		);
		return error.code === 'ENOENT' ? 127 : 126;
	}
	if ((mode & S.IFMT) === S.IFDIR) yield* shell.message(`${display}: Is a directory`);
	else yield* shell.message(`${display}: ${strerror(error)}`);
	return 126;
}

function* readStart(path: string): Sys<string | null> {
	try {
		const fd = yield* open(path, O.RDONLY);
		const bytes = yield* read(fd, 80);
		yield* close(fd);
		return decode(bytes);
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

function* modeOf(path: string): Sys<number> {
	try {
		return (yield* stat(path)).mode;
	} catch (thrown) {
		if (thrown instanceof Errno) return 0;
		throw thrown;
	}
}

const STANDARD_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Searches PATH. @returns an executable, else a file that is none (its exec explains), else null */
export function* findCommand(shell: Shell, name: string, standard = false): Sys<string | null> {
	if (name === '') return null;
	const known = shell.hash.get(name);
	if (known && !standard && (yield* isExecutable(known.path))) return known.path;
	let other: string | null = null;
	for (const path of yield* candidates(shell, name, standard)) {
		if (yield* isExecutable(path)) return path;
		other ??= path;
	}
	return other;
}

/** All files of that name along PATH, directories left out. */
export function* candidates(shell: Shell, name: string, standard = false): Sys<string[]> {
	const path = standard ? STANDARD_PATH : (shell.variables.get('PATH')?.scalar ?? '');
	const found: string[] = [];
	for (const directory of path.split(':')) {
		const candidate = directory === '' ? `./${name}` : directory === '/' ? `/${name}` : `${directory}/${name}`;
		const mode = yield* modeOf(candidate);
		if (mode !== 0 && (mode & S.IFMT) !== S.IFDIR && !found.includes(candidate)) found.push(candidate);
	}
	return found;
}

export function* isExecutable(path: string): Sys<boolean> {
	try {
		yield* access(path, { execute: true });
		return ((yield* modeOf(path)) & S.IFMT) === S.IFREG;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

/** A command given as arguments: `command`, `builtin`, `jobs -x`. Functions are passed over. */
export function* executeArgv(shell: Shell, argv: readonly string[], standardPath = false): Sys<number> {
	const name = argv[0];
	if (name === undefined) return 0;
	const builtin = builtinOf(shell, name);
	if (builtin) return yield* callBuiltin(shell, name, builtin, [...argv]);
	yield* shell.flush();
	const path = name.includes('/') ? undefined : ((yield* findCommand(shell, name, standardPath)) ?? undefined);
	const pid = yield* forkShell(shell, function* (subshell) {
		subshell.builtin = '';
		if (shell.jobControl) {
			yield* setpgid(0, 0);
			if (shell.terminal >= 0) yield* takeTerminal(shell, yield* getpgid(0));
		}
		return yield* becomeProgram(subshell, argv, new Map(), [], path);
	});
	const [status] = yield* waitForeground(shell, [pid], null);
	return status!;
}

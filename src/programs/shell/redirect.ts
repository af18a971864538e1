/**
 * Redirections (REDIRECTION in bash(1)): files, duplicates, here-documents and here-strings.
 *
 * Does: opens and moves descriptors; a builtin's or compound command's are put back afterwards.
 * Here-documents stand in a pipe when they are small, else in an unlinked file in /tmp, as in bash 5.1 and later.
 * Not simulated: /dev/tcp.
 */
import type { HereDoc, Redirection } from 'unbash';
import { encode } from '#kernel/text';
import { Errno, O, S, type Sys } from '#kernel/syscalls';
import { strerror } from '../libc/strerror';
import { close, dup, dup2, getpid, lseek, open, pipe, setcloexec, stat, unlink, write } from '../libc/unistd';
import { CommandFailure } from './control';
import { expandString, expandTarget } from './expand/expand';
import { closeQuietly } from './process';
import type { Shell } from './shell';

/** What to put back: a descriptor and where it was kept, or null when it was closed. */
export type Undo = [fd: number, kept: number | null][];

const PIPE_MAX = 4096;

/** @throws CommandFailure after a message; what was done is undone */
export function* redirect(shell: Shell, redirections: readonly Redirection[], keep: boolean): Sys<Undo> {
	const undo: Undo = [];
	try {
		for (const each of redirections) yield* apply(shell, each, keep, undo);
	} catch (thrown) {
		if (keep) yield* restore(undo);
		throw thrown;
	}
	return undo;
}

export function* restore(undo: Undo): Sys<void> {
	for (const [fd, kept] of undo.splice(0).reverse()) {
		if (kept === null) yield* closeQuietly(fd);
		else {
			yield* dup2(kept, fd);
			yield* close(kept);
		}
	}
}

function* apply(shell: Shell, redirection: Redirection, keep: boolean, undo: Undo): Sys<void> {
	const { descriptor } = redirection;
	const variable = descriptor?.type === 'FileDescriptorVariable' ? descriptor.name : undefined;
	const given = descriptor?.type === 'FileDescriptor' ? descriptor.value : undefined;
	const { operator } = redirection;
	const standard = operator.startsWith('<') ? 0 : 1;
	if (redirection.type === 'HereDoc')
		return yield* place(shell, yield* hereFile(yield* hereText(shell, redirection)), given ?? 0, keep, undo, variable);
	const raw = redirection.target?.text ?? '';
	if (redirection.type === 'HereString')
		return yield* place(
			shell,
			yield* hereFile((yield* expandString(shell, raw)) + '\n'),
			given ?? 0,
			keep,
			undo,
			variable
		);
	if (variable !== undefined && (operator === '>&' || operator === '<&') && raw === '-') {
		yield* closeQuietly(Number(shell.parameter(variable)));
		return;
	}
	const words = shell.dash ? [yield* expandString(shell, raw)] : yield* expandTarget(shell, raw);
	if (words.length !== 1 || (words[0] === '' && /^[>&]*$/.test(operator) && operator !== '>&' && words.length !== 1)) {
		yield* shell.message(`${raw}: ambiguous redirect`);
		throw new CommandFailure(1);
	}
	const target = words[0]!;
	if (operator === '>&' || operator === '<&') {
		if (/^\d+-?$/.test(target) || target === '-')
			return yield* duplicate(shell, target, given ?? standard, keep, undo, variable);
		if (operator === '<&' || given !== undefined || shell.dash) {
			yield* shell.message(shell.dash ? 'Bad fd number' : `${raw}: ambiguous redirect`);
			throw new CommandFailure(shell.dash ? 2 : 1);
		}
	}
	const both = operator === '&>' || operator === '&>>' || operator === '>&';
	const fd = yield* openTarget(shell, operator, target, raw);
	yield* place(shell, fd, given ?? standard, keep, undo, variable);
	if (both) yield* duplicate(shell, '1', 2, keep, undo, undefined);
}

const FLAGS: Readonly<Record<string, number>> = {
	'<': O.RDONLY,
	'<>': O.RDWR | O.CREAT,
	'>': O.WRONLY | O.CREAT | O.TRUNC,
	'>|': O.WRONLY | O.CREAT | O.TRUNC,
	'>>': O.WRONLY | O.CREAT | O.APPEND,
	'&>': O.WRONLY | O.CREAT | O.TRUNC,
	'>&': O.WRONLY | O.CREAT | O.TRUNC,
	'&>>': O.WRONLY | O.CREAT | O.APPEND
};

function* openTarget(shell: Shell, operator: string, target: string, raw: string): Sys<number> {
	if (
		shell.option('noclobber') &&
		(operator === '>' || operator === '&>' || operator === '>&') &&
		(yield* isRegular(target))
	) {
		yield* shell.message(
			shell.dash ? `cannot create ${target}: File exists` : `${target}: cannot overwrite existing file`
		);
		throw new CommandFailure(shell.dash ? 2 : 1);
	}
	try {
		return yield* open(target, FLAGS[operator]!, 0o666);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (shell.dash) {
			const reading = operator === '<';
			const why = thrown.code !== 'ENOENT' ? strerror(thrown) : reading ? 'No such file' : 'Directory nonexistent';
			yield* shell.message(`cannot ${reading ? 'open' : 'create'} ${target}: ${why}`);
			throw new CommandFailure(2);
		}
		yield* shell.message(`${target === '' ? raw.replace(/^.*$/s, '') : target}: ${strerror(thrown)}`);
		throw new CommandFailure(1);
	}
}

function* isRegular(path: string): Sys<boolean> {
	try {
		return ((yield* stat(path)).mode & S.IFMT) === S.IFREG;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

/** Keeps what `fd` was, once. */
function* save(fd: number, keep: boolean, undo: Undo): Sys<void> {
	if (!keep) return;
	try {
		const kept = yield* dup(fd, 10);
		yield* setcloexec(kept, true);
		undo.push([fd, kept]);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		undo.push([fd, null]);
	}
}

/** Moves a fresh descriptor to its number; {name} gets one of 10 or more that stays open. */
function* place(
	shell: Shell,
	fd: number,
	to: number,
	keep: boolean,
	undo: Undo,
	variable: string | undefined
): Sys<void> {
	if (variable !== undefined) {
		const high = yield* dup(fd, 10);
		yield* close(fd);
		yield* shell.assign(variable, String(high));
		return;
	}
	if (fd === to) {
		if (keep) undo.push([to, null]);
		return;
	}
	yield* save(to, keep, undo);
	yield* dup2(fd, to);
	yield* close(fd);
}

function* duplicate(
	shell: Shell,
	target: string,
	to: number,
	keep: boolean,
	undo: Undo,
	variable: string | undefined
): Sys<void> {
	if (target === '-') {
		yield* save(to, keep, undo);
		yield* closeQuietly(to);
		return;
	}
	const move = target.endsWith('-');
	const from = Number(move ? target.slice(0, -1) : target);
	try {
		if (variable !== undefined) yield* shell.assign(variable, String(yield* dup(from, 10)));
		else if (from !== to) {
			const probe = yield* dup(from, 10);
			yield* close(probe);
			yield* save(to, keep, undo);
			yield* dup2(from, to);
		} else yield* close(yield* dup(from, 10));
		if (move && from !== to) yield* closeQuietly(from);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* shell.message(`${from}: ${strerror(thrown)}`);
		throw new CommandFailure(shell.dash ? 2 : 1);
	}
}

function* hereText(shell: Shell, hereDocument: HereDoc): Sys<string> {
	let { text } = hereDocument.body;
	if (hereDocument.operator === '<<-') text = text.replace(/^\t+/gm, '');
	if (hereDocument.delimiter?.quoted) return text;
	return yield* expandString(shell, text, { mode: 'heredoc' });
}

function* hereFile(text: string): Sys<number> {
	const bytes = encode(text);
	if (bytes.length <= PIPE_MAX) {
		const [from, to] = yield* pipe();
		yield* write(to, bytes);
		yield* close(to);
		return from;
	}
	const path = `/tmp/sh-thd.${(yield* getpid()).toString(36).padStart(6, 'A')}`;
	const fd = yield* open(path, O.RDWR | O.CREAT | O.TRUNC, 0o600);
	yield* write(fd, bytes);
	yield* lseek(fd, 0, 'set');
	yield* unlink(path);
	return fd;
}

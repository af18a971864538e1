/** echo printf pwd cd pushd popd dirs */
import { Errno, S, type Sys } from '#kernel/syscalls';
import { strerror } from '../../libc/strerror';
import { chdir, getcwd, stat, time } from '../../libc/unistd';
import { assignValue } from '../assignment';
import { parseReference } from '../expand/expand';
import { formatPrintf, joinBytes, unescapeEcho } from '../printf';
import type { Shell } from '../shell';
import { options, usage, type Builtin } from './options';

const echo: Builtin = function* (shell, argv) {
	let at = 1;
	let newline = true;
	let escapes = shell.shopt('xpg_echo');
	if (shell.dash) {
		if (argv[1] === '-n') {
			newline = false;
			at = 2;
		}
		escapes = true;
	} else
		for (; at < argv.length && /^-[neE]+$/.test(argv[at]!); at++)
			for (const letter of argv[at]!.slice(1)) {
				if (letter === 'n') newline = false;
				else escapes = letter === 'e';
			}
	let text = argv.slice(at).join(' ');
	if (escapes) {
		const result = unescapeEcho(text);
		text = result.text;
		if (result.stop) newline = false;
	}
	shell.print(newline ? text + '\n' : text);
	return 0;
};

const printf: Builtin = function* (shell, argv) {
	const { values, rest } = yield* options(shell, argv, shell.dash ? '' : 'v:');
	if (rest.length === 0) {
		if (shell.dash) {
			yield* shell.writeError(`${shell.prefix}printf: usage: printf format [arg ...]\n`);
			return 2;
		}
		yield* usage(shell);
	}
	const variable = values.get('v');
	if (variable !== undefined && parseReference(variable) === null) {
		yield* shell.complain(`\`${variable}': not a valid identifier`);
		return 2;
	}
	const result = formatPrintf(rest[0]!, rest.slice(1), yield* time(), shell.dash);
	for (const error of result.errors) yield* shell.complain(error);
	const text = joinBytes(result.text);
	if (variable === undefined) shell.print(text);
	else {
		const reference = parseReference(variable)!;
		yield* assignValue(shell, reference.name, reference.subscript, text, false);
	}
	return result.status;
};

/* ---- directories ---- */

function logical(path: string): string {
	const parts: string[] = [];
	for (const part of path.split('/')) {
		if (part === '' || part === '.') continue;
		if (part === '..') parts.pop();
		else parts.push(part);
	}
	return (/^\/\/(?!\/)/.test(path) ? '//' : '/') + parts.join('/');
}

const pwd: Builtin = function* (shell, argv) {
	const { flags } = yield* options(shell, argv, 'LP');
	const known = shell.variables.get('PWD')?.scalar;
	if (!flags.has('P') && !shell.option('physical') && known !== undefined) {
		shell.print(`${known}\n`);
		return 0;
	}
	try {
		shell.print(`${yield* getcwd()}\n`);
		return 0;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* shell.complain(
			`error retrieving current directory: getcwd: cannot access parent directories: ${strerror(thrown)}`
		);
		return 1;
	}
};

/** Changes the directory and PWD, OLDPWD. @throws Errno */
function* changeTo(shell: Shell, path: string, physical: boolean): Sys<void> {
	const before = shell.variables.get('PWD')?.scalar ?? (yield* getcwd());
	const joined = path.startsWith('/') ? path : `${before}/${path}`;
	if (physical) {
		yield* chdir(path);
		yield* setDirectory(shell, before, yield* getcwd());
		return;
	}
	yield* checkParents(joined);
	const target = logical(joined);
	try {
		yield* chdir(target);
	} catch (thrown) {
		if (!(thrown instanceof Errno) || thrown.code !== 'ENOENT') throw thrown;
		yield* chdir(path);
	}
	yield* setDirectory(shell, before, target);
}

/** a/../b needs a */
function* checkParents(path: string): Sys<void> {
	const parts = path.split('/');
	for (let i = 1; i < parts.length; i++) {
		if (parts[i] !== '..') continue;
		const parent = logical(parts.slice(0, i).join('/') || '/');
		const found = yield* statOrNull(parent);
		if (found !== null && (found & S.IFMT) !== S.IFDIR) throw new Errno('ENOTDIR');
	}
}

function* statOrNull(path: string): Sys<number | null> {
	try {
		return (yield* stat(path)).mode;
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

function* setDirectory(shell: Shell, before: string, after: string): Sys<void> {
	yield* shell.assign('OLDPWD', before);
	yield* shell.assign('PWD', after);
	shell.variables.obtain('OLDPWD').exported = true;
	shell.variables.obtain('PWD').exported = true;
}

const cd: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'LPe@');
	if (rest.length > 1 && !shell.dash) {
		yield* shell.complain('too many arguments');
		return 1;
	}
	let path = rest[0];
	let show = false;
	if (path === undefined) {
		path = shell.variables.get('HOME')?.scalar;
		if (path === undefined) {
			if (shell.dash) return 0;
			yield* shell.complain('HOME not set');
			return 1;
		}
	} else if (path === '-') {
		path = shell.variables.get('OLDPWD')?.scalar;
		if (path === undefined) {
			yield* shell.complain('OLDPWD not set');
			return 1;
		}
		show = true;
	} else if (path !== '' && !/^\.{0,2}(\/|$)/.test(path)) {
		for (const base of (shell.variables.get('CDPATH')?.scalar ?? '').split(':')) {
			const candidate = base === '' ? path : `${base.replace(/\/$/, '')}/${path}`;
			const mode = base === '' ? null : yield* statOrNull(candidate);
			if (mode !== null && (mode & S.IFMT) === S.IFDIR) {
				path = candidate;
				show = true;
				break;
			}
		}
	}
	if (path === '') return 0;
	try {
		yield* changeTo(shell, path, flags.has('P') || shell.option('physical'));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* shell.complain(shell.dash ? `can't cd to ${path}` : `${path}: ${strerror(thrown)}`);
		return shell.dash ? 2 : 1;
	}
	if (show) shell.print(`${shell.variables.get('PWD')!.scalar}\n`);
	return 0;
};

/* ---- the stack ---- */

function shortened(shell: Shell, path: string): string {
	const home = shell.variables.get('HOME')?.scalar;
	if (home && home !== '/' && (path === home || path.startsWith(home + '/'))) return '~' + path.slice(home.length);
	return path;
}

const stack = (shell: Shell) => [shell.variables.get('PWD')?.scalar ?? '/', ...shell.directories];

function showStack(shell: Shell): void {
	shell.print(
		stack(shell)
			.map((path) => shortened(shell, path))
			.join(' ') + '\n'
	);
}

/** +N from the left, -N from the right; null when it is none */
function position(shell: Shell, text: string): number | null {
	if (!/^[+-]\d+$/.test(text)) return null;
	const number = Number(text.slice(1));
	return text[0] === '+' ? number : stack(shell).length - 1 - number;
}

const pushd: Builtin = function* (shell, argv) {
	const noChange = argv[1] === '-n';
	const word = argv[argv.findIndex((each, i) => i > 0 && each !== '-n' && each !== '--')];
	const all = stack(shell);
	if (argv.length === 1 || (word === undefined && !noChange) || word === argv[0]) {
		if (shell.directories.length === 0) {
			yield* shell.complain('no other directory');
			return 1;
		}
		return yield* rotate(shell, [all[1]!, all[0]!, ...all.slice(2)]);
	}
	const index = position(shell, word!);
	if (index !== null) {
		if (index < 0 || index >= all.length) {
			yield* shell.complain(all.length === 1 ? 'no other directory' : `${word}: directory stack index out of range`);
			return 1;
		}
		return yield* rotate(shell, [...all.slice(index), ...all.slice(0, index)]);
	}
	if (noChange) {
		shell.directories.unshift(word!);
		showStack(shell);
		return 0;
	}
	return yield* rotate(shell, [word!, ...all]);
};

function* rotate(shell: Shell, next: readonly string[]): Sys<number> {
	try {
		yield* changeTo(shell, next[0]!, false);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* shell.complain(`${next[0]}: ${strerror(thrown)}`);
		return 1;
	}
	shell.directories = next.slice(1);
	showStack(shell);
	return 0;
}

const popd: Builtin = function* (shell, argv) {
	const noChange = argv[1] === '-n';
	const word = argv.slice(1).find((each) => each !== '-n' && each !== '--');
	if (shell.directories.length === 0) {
		yield* shell.complain('directory stack empty');
		return 1;
	}
	const index = word === undefined ? (noChange ? 1 : 0) : position(shell, word);
	const all = stack(shell);
	if (index === null || index < 0 || index >= all.length) {
		if (index === null) {
			yield* shell.complain(`${word}: invalid argument`);
			return yield* usage(shell);
		}
		yield* shell.complain(`${word}: directory stack index out of range`);
		return 1;
	}
	if (index === 0) return yield* rotate(shell, all.slice(1));
	shell.directories.splice(index - 1, 1);
	showStack(shell);
	return 0;
};

const dirs: Builtin = function* (shell, argv) {
	const number = argv.slice(1).find((word) => /^[+-]\d+$/.test(word));
	const { flags } = yield* options(
		shell,
		argv.filter((word) => word !== number),
		'clpv'
	);
	if (flags.has('c')) {
		shell.directories = [];
		return 0;
	}
	const shown = stack(shell).map((path) => (flags.has('l') ? path : shortened(shell, path)));
	if (number !== undefined) {
		const index = position(shell, number)!;
		if (shown[index] === undefined) {
			yield* shell.complain(`${number}: directory stack index out of range`);
			return 1;
		}
		shell.print(`${shown[index]}\n`);
	} else if (flags.has('v')) shown.forEach((path, i) => shell.print(`${String(i).padStart(2)}  ${path}\n`));
	else shell.print(shown.join(flags.has('p') ? '\n' : ' ') + '\n');
	return 0;
};

export const OUTPUT: readonly (readonly [string, Builtin])[] = [
	['echo', echo],
	['printf', printf],
	['pwd', pwd],
	['cd', cd],
	['pushd', pushd],
	['popd', popd],
	['dirs', dirs]
];

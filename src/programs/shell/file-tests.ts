/** The file and string tests that `test`, `[` and `[[ ]]` share (CONDITIONAL EXPRESSIONS in bash(1)). */
import { Errno, S, type Stat, type Sys } from '#kernel/syscalls';
import { access, getcred, lstat, stat, tcgetattr } from '../libc/unistd';
import { evaluateText, parseReference, subscriptKey } from './expand/expand';
import type { Shell } from './shell';
import { AssociativeArray, IndexedArray } from './variables';

function* statOf(path: string, follow = true): Sys<Stat | null> {
	if (path === '') return null;
	try {
		return yield* follow ? stat(path) : lstat(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

function* accessible(path: string, mode: { read?: boolean; write?: boolean; execute?: boolean }): Sys<boolean> {
	if (path === '') return false;
	try {
		yield* access(path, mode);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

const typed = (type: number) =>
	function* (path: string): Sys<boolean> {
		const found = yield* statOf(path);
		return found !== null && (found.mode & S.IFMT) === type;
	};

const withMode = (bit: number) =>
	function* (path: string): Sys<boolean> {
		return ((yield* statOf(path))?.mode ?? 0) & bit ? true : false;
	};

const link = function* (path: string): Sys<boolean> {
	const found = yield* statOf(path, false);
	return found !== null && (found.mode & S.IFMT) === S.IFLNK;
};

/** unary operators on a path */
const FILE_TESTS: Readonly<Record<string, (path: string) => Sys<boolean>>> = {
	'-a': function* (path) {
		return (yield* statOf(path)) !== null;
	},
	'-e': function* (path) {
		return (yield* statOf(path)) !== null;
	},
	'-b': typed(S.IFBLK),
	'-c': typed(S.IFCHR),
	'-d': typed(S.IFDIR),
	'-f': typed(S.IFREG),
	'-p': typed(S.IFIFO),
	'-S': typed(S.IFSOCK),
	'-h': link,
	'-L': link,
	'-g': withMode(S.ISGID),
	'-k': withMode(S.ISVTX),
	'-u': withMode(S.ISUID),
	'-r': (path) => accessible(path, { read: true }),
	'-w': (path) => accessible(path, { write: true }),
	'-x': (path) => accessible(path, { execute: true }),
	'-s': function* (path) {
		return ((yield* statOf(path))?.size ?? 0) > 0;
	},
	'-O': function* (path) {
		const found = yield* statOf(path);
		return found !== null && found.uid === (yield* getcred()).euid;
	},
	'-G': function* (path) {
		const found = yield* statOf(path);
		return found !== null && found.gid === (yield* getcred()).egid;
	},
	'-N': function* (path) {
		const found = yield* statOf(path);
		return found !== null && found.mtime > found.atime;
	}
};

export const UNARY = new Set([...Object.keys(FILE_TESTS), '-t', '-z', '-n', '-o', '-v', '-R']);

export function* unaryTest(shell: Shell, operator: string, operand: string): Sys<boolean> {
	const file = FILE_TESTS[operator];
	if (file) {
		const descriptor = /^\/dev\/fd\/(\d+)$/.exec(operand);
		void descriptor;
		return yield* file(operand);
	}
	switch (operator) {
		case '-z':
			return operand === '';
		case '-n':
			return operand !== '';
		case '-o':
			return shell.option(operand);
		case '-R':
			return shell.variables.find(operand)?.nameref ?? false;
		case '-t':
			try {
				yield* tcgetattr(Number(operand));
				return true;
			} catch (thrown) {
				if (thrown instanceof Errno) return false;
				throw thrown;
			}
		default:
			return yield* isSet(shell, operand);
	}
}

/** -v name, -v name[key] */
function* isSet(shell: Shell, text: string): Sys<boolean> {
	if (/^\d+$/.test(text)) return shell.parameter(text) !== undefined;
	const reference = parseReference(text);
	if (reference === null) return false;
	if (reference.subscript === undefined) return shell.parameter(shell.variables.resolve(reference.name)) !== undefined;
	const array = shell.array(reference.name);
	if (reference.subscript === '@' || reference.subscript === '*') return (array?.size ?? 0) > 0;
	const key = yield* subscriptKey(shell, reference.name, reference.subscript);
	if (array instanceof AssociativeArray) return array.get(key) !== undefined;
	if (array instanceof IndexedArray)
		return array.get(Number(key) < 0 ? Number(key) + array.end : Number(key)) !== undefined;
	return key === '0' && shell.parameter(reference.name) !== undefined;
}

export function* compareFiles(operator: string, left: string, right: string): Sys<boolean> {
	const a = yield* statOf(left);
	const b = yield* statOf(right);
	if (operator === '-ef') return a !== null && b !== null && a.inode === b.inode;
	if (operator === '-nt') return a !== null && (b === null || a.mtime > b.mtime);
	return b !== null && (a === null || a.mtime < b.mtime);
}

export function compareNumbers(operator: string, left: bigint, right: bigint): boolean {
	switch (operator) {
		case '-eq':
			return left === right;
		case '-ne':
			return left !== right;
		case '-lt':
			return left < right;
		case '-le':
			return left <= right;
		case '-gt':
			return left > right;
		default:
			return left >= right;
	}
}

export const NUMERIC = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge']);
export const FILE_COMPARISONS = new Set(['-nt', '-ot', '-ef']);

/** [[ a -eq b ]] evaluates both sides as arithmetic. */
export function* arithmeticOperand(shell: Shell, text: string): Sys<bigint> {
	return yield* evaluateText(shell, text, '[[');
}

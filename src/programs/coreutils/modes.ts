/**
 * File modes: symbolic and octal changes (chmod(1), mode_compile of gnulib) and the letters of `ls -l` (filemodestring).
 */
import { S } from '#kernel/syscalls';

const TYPE_LETTERS: ReadonlyMap<number, string> = new Map([
	[S.IFDIR, 'd'],
	[S.IFLNK, 'l'],
	[S.IFCHR, 'c'],
	[S.IFBLK, 'b'],
	[S.IFIFO, 'p'],
	[S.IFSOCK, 's'],
	[S.IFREG, '-']
]);

export function isDirectory(mode: number): boolean {
	return (mode & S.IFMT) === S.IFDIR;
}
export function isLink(mode: number): boolean {
	return (mode & S.IFMT) === S.IFLNK;
}
export function isRegular(mode: number): boolean {
	return (mode & S.IFMT) === S.IFREG;
}

/** "drwxr-sr-x" */
export function modeString(mode: number): string {
	const triple = (shift: number, special: number, letter: string): string => {
		const bits = mode >> shift;
		const execute = (bits & 1) !== 0;
		const last = mode & special ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-';
		return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
	};
	const type = TYPE_LETTERS.get(mode & S.IFMT) ?? '?';
	return type + triple(6, S.ISUID, 's') + triple(3, S.ISGID, 's') + triple(0, S.ISVTX, 't');
}

/** "regular file", "directory" … as stat and rm name it */
export function typeName(mode: number, size = 1): string {
	switch (mode & S.IFMT) {
		case S.IFDIR:
			return 'directory';
		case S.IFLNK:
			return 'symbolic link';
		case S.IFCHR:
			return 'character special file';
		case S.IFBLK:
			return 'block special file';
		case S.IFIFO:
			return 'fifo';
		case S.IFSOCK:
			return 'socket';
		default:
			return size === 0 ? 'regular empty file' : 'regular file';
	}
}

interface Clause {
	/** which of 07777 it may change; undefined: not said, so all but the umask */
	readonly who: number | undefined;
	readonly operator: '+' | '-' | '=';
	readonly bits: number;
	readonly copyFrom?: 'u' | 'g' | 'o';
	/** X: execute, where someone may already or it is a directory */
	readonly conditional: boolean;
}

export interface ModeChange {
	readonly clauses: readonly Clause[];
	/** octal digits were given: fewer than five keep a directory's set-id bits */
	readonly octal?: number;
	readonly keepsDirectoryBits?: boolean;
}

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const PERMISSIONS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

/** @returns undefined for an invalid mode */
export function parseMode(text: string): ModeChange | undefined {
	if (/^[0-7]+$/.test(text)) {
		const octal = Number.parseInt(text, 8);
		if (octal > 0o7777) return undefined;
		return { clauses: [], octal, keepsDirectoryBits: text.length < 5 };
	}
	const clauses: Clause[] = [];
	for (const part of text.split(',')) {
		const found = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*|[0-7]+))+)$/.exec(part);
		if (!found) return undefined;
		const letters = [...found[1]!];
		const who = letters.length === 0 ? undefined : letters.reduce((bits, letter) => bits | WHO[letter]!, 0);
		for (const [, operator, permissions] of found[2]!.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)) {
			clauses.push(makeClause(who, operator as Clause['operator'], permissions!));
		}
	}
	return { clauses };
}

function makeClause(who: number | undefined, operator: Clause['operator'], permissions: string): Clause {
	if (/^[ugo]$/.test(permissions)) {
		return { who, operator, bits: 0, copyFrom: permissions as 'u' | 'g' | 'o', conditional: false };
	}
	const bits = [...permissions].reduce((sum, letter) => sum | (PERMISSIONS[letter] ?? 0), 0);
	return { who, operator, bits, conditional: permissions.includes('X') };
}

const SHIFTS = { u: 6, g: 3, o: 0 } as const;

/** The mode that results, without type bits. */
export function changeMode(change: ModeChange, mode: number, umask: number): number {
	const directory = isDirectory(mode);
	let result = mode & 0o7777;
	if (change.octal !== undefined) {
		const kept = directory && change.keepsDirectoryBits ? result & 0o6000 : 0;
		return change.octal | kept;
	}
	for (const clause of change.clauses) {
		let bits = clause.bits;
		if (clause.copyFrom) bits = ((result >> SHIFTS[clause.copyFrom]) & 7) * 0o111;
		if (clause.conditional && (directory || (result & 0o111) !== 0)) bits |= 0o111;
		const affected = clause.who ?? 0o7777;
		bits &= affected & (clause.who === undefined ? ~umask : -1);
		if (clause.operator === '+') result |= bits;
		else if (clause.operator === '-') result &= ~bits;
		else {
			const keptOfDirectory = directory && !(clause.bits & 0o6000) ? 0o6000 : 0;
			const cleared = (clause.who === undefined ? 0o7777 : affected) & ~keptOfDirectory;
			result = (result & ~cleared) | bits;
		}
	}
	return result;
}

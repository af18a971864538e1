/**
 * Pathname expansion (glob(7)): a pattern to the names that exist, in the order of code points.
 * Reads directories that the user may read; others match nothing.
 */
import { Errno, S, type Sys } from '#kernel/syscalls';
import { lstat, readdir, stat } from '../../libc/unistd';
import { Pattern, isPattern } from './pattern';

export interface GlobOptions {
	readonly extglob: boolean;
	readonly dotglob: boolean;
	readonly globstar: boolean;
	readonly ignoreCase: boolean;
}

const NAMES_MAX = 100_000;

/** @param pattern quoted characters stand behind a backslash */
export function* glob(pattern: string, options: GlobOptions): Sys<string[]> {
	const parts = pattern.split('/');
	let bases = [''];
	for (let i = 0; i < parts.length; i++) {
		const part = parts[i]!;
		const last = i === parts.length - 1;
		const next: string[] = [];
		for (const base of bases) {
			if (next.length > NAMES_MAX) break;
			if (part === '' || !isPattern(part, options.extglob)) {
				const name = part.replace(/\\(.)/gs, '$1');
				const path = base + name;
				if (last && part !== '' && !(yield* exists(path))) continue;
				if (last && part === '' && base !== '' && !(yield* isDirectory(base))) continue;
				next.push(last ? path : path + '/');
				continue;
			}
			if (part === '**' && options.globstar) next.push(...(yield* descend(base, last, options)));
			else
				for (const name of yield* matching(base, part, options)) {
					if (last) next.push(base + name);
					else if (yield* isDirectory(base + name)) next.push(base + name + '/');
				}
		}
		bases = next;
	}
	return bases.filter((name) => name !== '').sort();
}

function* matching(base: string, part: string, options: GlobOptions): Sys<string[]> {
	const pattern = new Pattern(part, { extglob: options.extglob, ignoreCase: options.ignoreCase });
	const dots = options.dotglob || part.startsWith('.') || part.startsWith('\\.');
	return (yield* names(base)).filter((name) => (dots || !name.startsWith('.')) && pattern.matches(name)).sort();
}

function* descend(base: string, last: boolean, options: GlobOptions): Sys<string[]> {
	const found: string[] = last ? (base === '' ? [] : [base]) : [base];
	for (const name of (yield* names(base)).sort()) {
		if (found.length > NAMES_MAX) break;
		if (name.startsWith('.') && !options.dotglob) continue;
		const path = base + name;
		const mode = yield* modeOf(path);
		const directory = (mode & S.IFMT) === S.IFDIR;
		if (last) found.push(path);
		if (directory) {
			const below = yield* descend(path + '/', last, options);
			found.push(...(last ? below.slice(1) : below));
		}
	}
	return found;
}

function* names(base: string): Sys<string[]> {
	try {
		return (yield* readdir(base === '' ? '.' : base)).map((entry) => entry.name);
	} catch (thrown) {
		if (thrown instanceof Errno) return [];
		throw thrown;
	}
}

function* modeOf(path: string): Sys<number> {
	try {
		return (yield* lstat(path)).mode;
	} catch (thrown) {
		if (thrown instanceof Errno) return 0;
		throw thrown;
	}
}

function* exists(path: string): Sys<boolean> {
	return (yield* modeOf(path)) !== 0;
}

function* isDirectory(path: string): Sys<boolean> {
	try {
		return ((yield* stat(path)).mode & S.IFMT) === S.IFDIR;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

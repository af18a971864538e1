/** Tab completion as readline does by default: commands, files, variables, users, hosts' names left out. */
import { Errno, S, type Sys } from '#kernel/syscalls';
import { getpwent } from '../libc/passwd';
import { readdir, stat } from '../libc/unistd';
import { BUILTIN_NAMES } from './builtins/names';
import { isExecutable } from './simple';
import type { Shell } from './shell';

export interface Completion {
	/** the part of the word that was typed, as it stands in the line */
	readonly typed: string;
	/** what it becomes: the longest common beginning, with a blank or a slash when it is the only one */
	readonly insert: string;
	/** as listed after the second Tab */
	readonly candidates: readonly string[];
}

const KEYWORDS = [
	'case',
	'do',
	'done',
	'elif',
	'else',
	'esac',
	'fi',
	'for',
	'function',
	'if',
	'in',
	'select',
	'then',
	'time',
	'until',
	'while'
];
const NONE: Completion = { typed: '', insert: '', candidates: [] };

/** @param before the line up to the cursor */
export function* complete(shell: Shell, before: string): Sys<Completion> {
	const typed = /(?:[^\s;&|<>()"'=`]|\\.)*$/s.exec(before)![0];
	const lead = before.slice(0, before.length - typed.length);
	const quote = /(["'])$/.exec(lead)?.[1] ?? '';
	const word = typed.replace(/\\(.)/g, '$1');
	if (word.startsWith('$')) {
		const names = [...shell.variables.visible().keys()].map((name) => (word.startsWith('${') ? '${' : '$') + name);
		return finish(
			typed,
			names.filter((name) => name.startsWith(word)),
			word.startsWith('${') ? '}' : ' ',
			quote
		);
	}
	if (word.startsWith('~') && !word.includes('/')) {
		const users = (yield* getpwent())
			.map((entry) => `~${entry.name}`)
			.filter((name) => name.startsWith(word))
			.sort();
		return finish(typed, users, '/', quote);
	}
	const first =
		/(^|[;&|(`]|\b(?:do|then|else|elif|if|while|until|sudo|exec|command|time)\s|[;&|]\s*!)\s*$/.test(lead) &&
		quote === '';
	if (first && !word.includes('/')) return finish(typed, yield* commands(shell, word), ' ', quote);
	return yield* files(shell, typed, word, quote, /\b(?:cd|pushd|rmdir)\s+(?:\S+\s+)*$/.test(lead));
}

function finish(typed: string, names: readonly string[], tail: string, quote: string): Completion {
	if (names.length === 0) return NONE;
	const unique = [...new Set(names)];
	const insert =
		unique.length === 1 ? unique[0]! + (tail === ' ' && quote !== '' ? quote + ' ' : tail) : common(unique);
	return { typed, insert: insert.startsWith(typed) ? insert : typed, candidates: unique };
}

function common(names: readonly string[]): string {
	let prefix = names[0]!;
	for (const name of names) while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
	return prefix;
}

function* commands(shell: Shell, word: string): Sys<string[]> {
	const found = new Set<string>(
		[...shell.aliases.keys(), ...shell.functions.keys(), ...BUILTIN_NAMES, ...KEYWORDS].filter((name) =>
			name.startsWith(word)
		)
	);
	for (const directory of (shell.parameter('PATH') ?? '').split(':')) {
		try {
			for (const entry of yield* readdir(directory))
				if (
					entry.name.startsWith(word) &&
					!found.has(entry.name) &&
					(yield* isExecutable(`${directory}/${entry.name}`))
				)
					found.add(entry.name);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	return [...found].sort();
}

const escapeName = (name: string) => name.replace(/[\s"'\\$&|;<>()*?[\]{}`!#~=]/g, '\\$&');

function* files(shell: Shell, typed: string, word: string, quote: string, onlyDirectories: boolean): Sys<Completion> {
	const slash = word.lastIndexOf('/') + 1;
	const directory = word.slice(0, slash);
	const base = word.slice(slash);
	let path = directory === '' ? '.' : directory;
	if (path.startsWith('~/')) path = (shell.parameter('HOME') ?? '') + path.slice(1);
	const user = /^~([^/]+)\//.exec(path);
	if (user)
		path = ((yield* getpwent()).find((entry) => entry.name === user[1])?.home ?? path) + path.slice(user[0].length - 1);
	const names: { name: string; directory: boolean }[] = [];
	try {
		for (const entry of yield* readdir(path)) {
			if (!entry.name.startsWith(base) || (entry.name.startsWith('.') && !base.startsWith('.'))) continue;
			const isDirectory = yield* directoryAt(`${path.replace(/\/$/, '')}/${entry.name}`);
			if (!onlyDirectories || isDirectory) names.push({ name: entry.name, directory: isDirectory });
		}
	} catch (thrown) {
		if (thrown instanceof Errno) return NONE;
		throw thrown;
	}
	if (names.length === 0) return NONE;
	names.sort((a, b) => (a.name < b.name ? -1 : 1));
	const written = (name: string) => (quote === '' ? escapeName(name) : name);
	const typedBase = typed.slice(typed.lastIndexOf('/') + 1);
	const head = typed.slice(0, typed.length - typedBase.length);
	const [only] = names;
	let insert =
		names.length === 1
			? written(only!.name) + (only!.directory ? '/' : quote + ' ')
			: written(common(names.map((each) => each.name)));
	if (!(head + insert).startsWith(typed)) insert = typedBase;
	return { typed, insert: head + insert, candidates: names.map((each) => each.name + (each.directory ? '/' : '')) };
}

function* directoryAt(path: string): Sys<boolean> {
	try {
		return ((yield* stat(path)).mode & S.IFMT) === S.IFDIR;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

/** ln, link, readlink and realpath. */
import type { Main, Sys } from '#kernel/syscalls';
import { LineReader, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import {
	getcwd,
	link as linkCall,
	lstat,
	readlink as readLink,
	realpath as realPath,
	stat,
	symlink,
	unlink
} from '../libc/unistd';
import { backupOf, makeBackup } from './backup';
import { joinPath } from './cp';
import { isDirectory, isLink } from './modes';
import { quoteFile, quoteShell } from './quote';
import { confirm } from './rm';
import { atMost, attempt, Fatal, needOperands, type Parsed, type Tool, UsageError, utility } from './utility';

const lastName = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) || '/';

export const ln = utility(
	['b', 'backup=?', 'd|F|directory', 'f|force', 'i|interactive', 'L|logical', 'n|no-dereference', 'P|physical', 'r|relative', 's|symbolic', 'S|suffix=', 't|target-directory=', 'T|no-target-directory', 'v|verbose'], // prettier-ignore
	function* (tool, options) {
		const [sources, targets] = yield* placesOf(options);
		for (const [i, source] of sources.entries()) yield* makeLink(tool, options, source, targets[i]!);
	}
);

function* placesOf(options: Parsed): Sys<[readonly string[], readonly string[]]> {
	const { operands } = options;
	if (operands.length === 0) throw new UsageError('missing file operand');
	const into = (directory: string, sources: readonly string[]): [readonly string[], readonly string[]] => [
		sources,
		sources.map((source) => joinPath(directory, lastName(source)))
	];
	const directory = options.get('target-directory');
	if (directory !== undefined) return into(directory, operands);
	if (options.has('no-target-directory')) {
		if (operands.length === 1)
			throw new UsageError(`missing destination file operand after ${quoteShell(operands[0]!)}`);
		if (operands.length > 2) throw new UsageError(`extra operand ${quoteShell(operands[2]!)}`);
		return [[operands[0]!], [operands[1]!]];
	}
	if (operands.length === 1) return into('.', operands);
	const last = operands.at(-1)!;
	const found = yield* attempt(options.has('no-dereference') ? lstat(last) : stat(last));
	const sources = operands.slice(0, -1);
	if (found && isDirectory(found.mode)) return into(last, sources);
	if (sources.length > 1) throw new Fatal(`target ${quoteShell(last)}: ${strerror(found ? 'ENOTDIR' : 'ENOENT')}`);
	return [sources, [last]];
}

function* makeLink(tool: Tool, options: Parsed, source: string, target: string): Sys<void> {
	const symbolic = options.has('symbolic');
	if (!symbolic) {
		const found = yield* accessible(tool, source, options.has('logical'));
		if (found === undefined) return;
		if (found) {
			yield* tool.complain(`${quoteFile(source)}: hard link not allowed for directory`);
			return;
		}
	}
	const existing = yield* attempt(lstat(target));
	if (existing) {
		const original = yield* attempt(symbolic ? stat(source) : lstat(source));
		if (options.has('force') && !symbolic && original?.inode === existing.inode && source !== target) return;
		if (options.has('force') && original?.inode === existing.inode && !isLink(existing.mode)) {
			yield* tool.complain(`${quoteShell(source)} and ${quoteShell(target)} are the same file`);
			return;
		}
		if (options.last('interactive', 'force') === 'interactive' && !(yield* confirm(tool, `replace ${quoteShell(target)}? `, new LineReader(STDIN)))) return; // prettier-ignore
		yield* makeBackup(target, backupOf(tool, options));
		if (options.has('force') || options.has('interactive')) yield* attempt(unlink(target));
	}
	const text = symbolic && options.has('relative') ? yield* relativeTo(source, target) : source;
	try {
		if (symbolic) yield* symlink(text, target);
		else yield* linkCall(source, target);
	} catch (thrown) {
		const error = strerror(errnoOf(thrown));
		const kind = symbolic ? 'symbolic' : 'hard';
		const which = symbolic
			? quoteShell(target)
			: existing
				? quoteShell(target)
				: `${quoteShell(target)} => ${quoteShell(source)}`;
		yield* tool.complain(`failed to create ${kind} link ${which}: ${error}`);
		return;
	}
	if (options.has('verbose'))
		yield* tool.print(`${quoteShell(target)} ${symbolic ? '->' : '=>'} ${quoteShell(text)}\n`);
}

/** @returns is it a directory; undefined after a complaint */
function* accessible(tool: Tool, path: string, follow: boolean): Sys<boolean | undefined> {
	try {
		return isDirectory((yield* follow ? stat(path) : lstat(path)).mode);
	} catch (thrown) {
		yield* tool.complain(`failed to access ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
		return undefined;
	}
}

function* relativeTo(source: string, target: string): Sys<string> {
	const from =
		(yield* canonical(target.includes('/') ? target.slice(0, target.lastIndexOf('/')) || '/' : '.', 'missing')) ?? '/';
	const to = (yield* canonical(source, 'missing')) ?? source;
	return relativePath(from, to);
}

function relativePath(from: string, to: string): string {
	const a = from.split('/').filter(Boolean);
	const b = to.split('/').filter(Boolean);
	let same = 0;
	while (same < a.length && same < b.length && a[same] === b[same]) same++;
	return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/') || '.';
}

/** @param need `all` parts must exist, `last` may be missing, or any may be `missing` (canonicalize of gnulib) */
function* canonical(path: string, need: 'all' | 'last' | 'missing'): Sys<string | undefined> {
	const whole = yield* attempt(realPath(path));
	if (whole !== undefined || need === 'all') return whole;
	const clean = path.replace(/\/+$/, '');
	const slash = clean.lastIndexOf('/');
	const parent = slash < 0 ? '.' : clean.slice(0, slash) || '/';
	const name = clean.slice(slash + 1);
	const target = yield* attempt(readLink(clean));
	if (target !== undefined) {
		return yield* canonical(target.startsWith('/') ? target : joinPath(parent, target), need);
	}
	const above = parent === clean ? '/' : yield* canonical(parent, need === 'missing' ? 'missing' : 'all');
	if (above === undefined) return undefined;
	if (name === '..') return above.slice(0, above.lastIndexOf('/')) || '/';
	return name === '.' ? above : joinPath(above, name);
}

export const link: Main = utility([], function* (tool, options) {
	needOperands(options, 2);
	atMost(options, 2);
	const [source, target] = options.operands as [string, string];
	try {
		yield* linkCall(source, target);
	} catch (thrown) {
		yield* tool.complain(
			`cannot create link ${quoteShell(target)} to ${quoteShell(source)}: ${strerror(errnoOf(thrown))}`
		);
	}
});

export const readlink = utility(
	[
		'f|canonicalize',
		'e|canonicalize-existing',
		'm|canonicalize-missing',
		'n|no-newline',
		'q|quiet',
		's|silent',
		'v|verbose',
		'z|zero'
	],
	function* (tool, options) {
		needOperands(options);
		const how = options.last('canonicalize', 'canonicalize-existing', 'canonicalize-missing');
		const need = how === 'canonicalize' ? 'last' : how === 'canonicalize-existing' ? 'all' : 'missing';
		const end = options.has('zero') ? '\0' : options.has('no-newline') && options.operands.length === 1 ? '' : '\n';
		for (const path of options.operands) {
			try {
				const found = how ? yield* canonical(path, need) : yield* readLink(path);
				if (found === undefined) {
					tool.status = 1;
					if (options.has('verbose')) yield* tool.complain(`${quoteFile(path)}: ${strerror('ENOENT')}`);
				} else yield* tool.print(found + end);
			} catch (thrown) {
				if (options.has('verbose')) yield* tool.complain(`${quoteFile(path)}: ${strerror(errnoOf(thrown))}`);
				else errnoOf(thrown);
				tool.status = 1;
			}
		}
	}
);

export const realpath = utility(
	['e|canonicalize-existing', 'm|canonicalize-missing', 'L|logical', 'P|physical', 'q|quiet', 'relative-to=', 'relative-base=', 's|strip|no-symlinks', 'z|zero'], // prettier-ignore
	function* (tool, options) {
		needOperands(options);
		const need = options.has('canonicalize-existing')
			? 'all'
			: options.has('canonicalize-missing')
				? 'missing'
				: 'last';
		const base = options.get('relative-to');
		const from = base === undefined ? undefined : ((yield* canonical(base, 'missing')) ?? base);
		for (const path of options.operands) {
			const found = options.has('no-symlinks') ? joinClean(yield* getcwd(), path) : yield* canonical(path, need);
			if (found === undefined) {
				if (options.has('quiet')) tool.status = 1;
				else yield* tool.complain(`${quoteFile(path)}: ${strerror('ENOENT')}`);
			} else
				yield* tool.print(
					(from === undefined ? found : relativePath(from, found)) + (options.has('zero') ? '\0' : '\n')
				);
		}
	}
);

function joinClean(directory: string, path: string): string {
	const out: string[] = [];
	for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
		if (part === '..') out.pop();
		else if (part !== '' && part !== '.') out.push(part);
	}
	return `/${out.join('/')}`;
}

/**
 * ls, dir and vdir of GNU coreutils: gathers what is to be listed (here), lays it out (`ls-layout.ts`).
 *
 * Not simulated: sorting by locale (the order is that of C.UTF-8), SELinux contexts (-Z shows `?`), hyperlinks, dired.
 */
import type { Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { lstat, readdir, readlink, stat, time, winsize } from '../libc/unistd';
import { getgrent, getpwent } from '../libc/passwd';
import { isDirectory, isLink } from './modes';
import { type Entry, type LsFormat, layOut, NO_STAT } from './ls-layout';
import { quoteFile, quoteShell, quote } from './quote';
import { attempt, type Parsed, type Tool, UsageError, utility } from './utility';
import { globMatches } from './glob';

const OPTIONS = [
	'a|all', 'A|almost-all', 'author', 'b|escape', 'block-size=', 'B|ignore-backups', 'c', 'C', 'color=?', 'd|directory', 'f',
	'F|classify=?', 'file-type', 'format=', 'full-time', 'g', 'group-directories-first', 'G|no-group', 'h|human-readable',
	'si', 'H|dereference-command-line', 'hide=', 'i|inode', 'I|ignore=', 'indicator-style=', 'k|kibibytes', 'l', 'L|dereference',
	'm', 'n|numeric-uid-gid', 'N|literal', 'o', 'p', 'q|hide-control-chars', 'Q|quote-name', 'quoting-style=', 'r|reverse',
	'R|recursive', 's|size', 'S', 'sort=', 't', 'time=', 'time-style=', 'T|tabsize=', 'u', 'U', 'v', 'w|width=', 'x', 'X',
	'Z|context', '1', 'show-control-chars', 'zero', 'D|dired'
]; // prettier-ignore

const SORTS: Readonly<Record<string, string>> = {
	none: 'U',
	size: 'S',
	time: 't',
	version: 'v',
	extension: 'X',
	name: ''
};

interface Settings {
	readonly format: LsFormat;
	readonly all: boolean;
	readonly almostAll: boolean;
	readonly directories: boolean;
	readonly recursive: boolean;
	readonly dereference: 'always' | 'command-line' | 'command-line-directories' | 'never';
	readonly sort: string;
	readonly reverse: boolean;
	readonly directoriesFirst: boolean;
	readonly ignored: readonly string[];
	readonly hidden: readonly string[];
	/** is anything but names needed? */
	readonly stat: boolean;
}

/** @param how the program's own default: columns, long or by terminal */
function list(how: 'ls' | 'dir' | 'vdir') {
	return utility(
		OPTIONS,
		function* (tool, options) {
			const settings = yield* readSettings(tool, options, how);
			const operands = options.operands.length > 0 ? options.operands : ['.'];
			yield* new Listing(tool, settings).run(operands);
		},
		{ usageStatus: 2, synopsis: 'ls [OPTION]... [FILE]...' }
	);
}

export const ls = list('ls');
export const dir = list('dir');
export const vdir = list('vdir');

function* readSettings(tool: Tool, options: Parsed, how: string): Sys<Settings> {
	const terminal = yield* tool.isTerminal();
	const long =
		options.has('l') ||
		options.has('g') ||
		options.has('o') ||
		options.has('numeric-uid-gid') ||
		options.has('full-time');
	const given = options.last('l', 'C', 'x', 'm', '1', 'format', 'g', 'o', 'numeric-uid-gid', 'full-time', 'zero');
	const layout = layoutOf(given, options.get('format'), how, terminal, long);
	const timeField = options.last('u', 'c', 'time');
	const indicator = options.last('F', 'classify', 'p', 'file-type', 'indicator-style');
	const width = options.get('width');
	const columns = Number(width ?? tool.env.get('COLUMNS') ?? (yield* attempt(winsize(1)))?.columns ?? 80);
	const quoting = options.last('escape', 'literal', 'quote-name', 'quoting-style', 'hide-control-chars');
	const sort = sortOf(options, layout === 'long', timeField !== undefined);
	const color = options.get('color') ?? (options.has('color') ? 'always' : 'never');
	const format: LsFormat = {
		layout,
		width: columns === 0 ? Infinity : columns,
		terminal,
		inode: options.has('inode'),
		size: options.has('size'),
		owner: !options.has('g'),
		group: !options.has('o') && !options.has('no-group'),
		author: options.has('author'),
		numeric: options.has('numeric-uid-gid'),
		human: options.has('human-readable') ? 1024 : options.has('si') ? 1000 : undefined,
		blockSize: options.has('block-size') ? blockSize(options.get('block-size')!) : undefined,
		time: timeName(timeField, options.get('time')),
		timeStyle: options.has('full-time')
			? 'full-iso'
			: (options.get('time-style') ?? tool.env.get('TIME_STYLE') ?? 'locale'),
		now: yield* time(),
		indicator:
			indicator === 'p'
				? 'slash'
				: indicator === 'classify'
					? 'classify'
					: indicator === 'file-type'
						? 'file-type'
						: styleOf(options),
		quoting: quotingOf(quoting, options.get('quoting-style'), terminal),
		color:
			coloured(tool) &&
			(['always', 'yes', 'force'].includes(color) || (['auto', 'tty', 'if-tty'].includes(color) && terminal)),
		context: options.has('context'),
		end: options.has('zero') ? '\0' : '\n',
		users: new Map((yield* getpwent()).map((entry) => [entry.uid, entry.name])),
		groups: new Map((yield* getgrent()).map((entry) => [entry.gid, entry.name]))
	};
	const noDereference = options.has('directory') || layout === 'long' || format.indicator === 'classify';
	return {
		format,
		all: options.last('all', 'almost-all') === 'all' || options.has('f'),
		almostAll: options.has('almost-all'),
		directories: options.has('directory'),
		recursive: options.has('recursive'),
		dereference: options.has('dereference')
			? 'always'
			: options.has('dereference-command-line')
				? 'command-line'
				: noDereference
					? 'never'
					: 'command-line-directories',
		sort,
		reverse: options.has('reverse'),
		directoriesFirst: options.has('group-directories-first'),
		ignored: [...options.all('ignore'), ...(options.has('ignore-backups') ? ['*~', '.*~'] : [])],
		hidden: options.all('hide'),
		stat: layout === 'long' || format.inode || format.size || format.indicator !== 'none' || format.color || sort !== ''
	};
}

function layoutOf(
	given: string | undefined,
	format: string | undefined,
	how: string,
	terminal: boolean,
	long: boolean
): LsFormat['layout'] {
	if (given === 'format') {
		const names: Record<string, LsFormat['layout']> = {
			across: 'across', commas: 'commas', horizontal: 'across', long: 'long', 'single-column': 'single', verbose: 'long', vertical: 'columns'
		}; // prettier-ignore
		const layout = names[format ?? ''];
		if (!layout) throw new UsageError(`invalid argument ${quote(format ?? '')} for ${quote('--format')}`);
		return layout;
	}
	if (given === 'C') return 'columns';
	if (given === 'x') return 'across';
	if (given === 'm') return 'commas';
	// -1 does not undo -l
	if (given === '1' || given === 'zero') return long ? 'long' : 'single';
	if (given !== undefined || how === 'vdir') return 'long';
	return terminal || how === 'dir' ? 'columns' : 'single';
}

function sortOf(options: Parsed, long: boolean, timeGiven: boolean): string {
	const given = options.last('S', 't', 'v', 'X', 'U', 'f', 'sort');
	if (given === 'f') return 'U';
	if (given !== 'sort') return given ?? (timeGiven && !long ? 't' : '');
	const sort = SORTS[options.get('sort')!];
	if (sort === undefined)
		throw new UsageError(`invalid argument ${quote(options.get('sort')!)} for ${quote('--sort')}`);
	return sort;
}

function timeName(given: string | undefined, word: string | undefined): LsFormat['time'] {
	if (given === 'u') return 'atime';
	if (given === 'c') return 'ctime';
	if (given !== 'time') return 'mtime';
	if (['atime', 'access', 'use'].includes(word!)) return 'atime';
	return ['ctime', 'status'].includes(word!) ? 'ctime' : 'mtime';
}

function styleOf(options: Parsed): LsFormat['indicator'] {
	const style = options.get('indicator-style');
	return style === 'slash' || style === 'classify' || style === 'file-type' ? style : 'none';
}

function quotingOf(given: string | undefined, style: string | undefined, terminal: boolean): LsFormat['quoting'] {
	if (given === 'escape') return 'escape';
	if (given === 'quote-name') return 'c';
	if (given === 'literal') return 'literal';
	if (given === 'hide-control-chars') return 'mask';
	if (given === 'quoting-style') {
		const names: Record<string, LsFormat['quoting']> = { c: 'c', escape: 'escape', literal: 'literal', shell: 'shell', 'shell-escape': 'shell', 'shell-always': 'shell-always', 'shell-escape-always': 'shell-always' }; // prettier-ignore
		return names[style!] ?? 'literal';
	}
	return terminal ? 'shell' : 'literal';
}

function blockSize(text: string): number {
	const found = /^(\d*)([KMG]?)(B?)$/i.exec(text);
	if (!found) throw new UsageError(`invalid --block-size argument ${quoteShell(text)}`);
	return Number(found[1] || 1) * (found[3] ? 1000 : 1024) ** ' KMG'.indexOf(found[2]!.toUpperCase() || ' ');
}

class Listing {
	#printed = false;
	#several: boolean;

	constructor(
		readonly tool: Tool,
		readonly settings: Settings
	) {
		this.#several = settings.recursive;
	}

	*run(operands: readonly string[]): Sys<void> {
		const files: Entry[] = [];
		const directories: Entry[] = [];
		for (const name of operands) {
			const entry = yield* this.#commandLineEntry(name);
			if (!entry) continue;
			if (isDirectory(entry.stat.mode) && !this.settings.directories) directories.push(entry);
			else files.push(entry);
		}
		if (operands.length > 1) this.#several = true;
		if (files.length > 0) {
			yield* this.tool.print(layOut(this.#sorted(files), this.settings.format));
			this.#printed = true;
		}
		for (const directory of this.#sorted(directories)) yield* this.#directory(directory.name, true);
	}

	*#commandLineEntry(name: string): Sys<Entry | undefined> {
		const { dereference } = this.settings;
		try {
			let found = yield* dereference === 'always' || dereference === 'command-line' ? stat(name) : lstat(name);
			if (dereference === 'command-line-directories' && isLink(found.mode)) {
				const target = yield* attempt(stat(name));
				if (target && isDirectory(target.mode)) found = target;
			}
			return yield* this.#describe(name, name, found);
		} catch (thrown) {
			yield* this.tool.complain(`cannot access ${quoteShell(name)}: ${strerror(errnoOf(thrown))}`, 2);
			return undefined;
		}
	}

	*#describe(name: string, path: string, found: Entry['stat']): Sys<Entry> {
		if (!isLink(found.mode)) return { name, stat: found };
		const { layout, color, indicator } = this.settings.format;
		if (layout !== 'long' && !color && indicator === 'none' && !this.settings.directoriesFirst)
			return { name, stat: found };
		const target = layout === 'long' ? yield* attempt(readlink(path)) : undefined;
		const targetStat = yield* attempt(stat(path));
		return { name, stat: found, target, targetStat };
	}

	#isHidden(name: string): boolean {
		const { all, almostAll, ignored, hidden } = this.settings;
		if (ignored.some((pattern) => globMatches(pattern, name, true))) return true;
		if (all || almostAll) return false;
		return name.startsWith('.') || hidden.some((pattern) => globMatches(pattern, name, true));
	}

	*#directory(path: string, commandLine: boolean): Sys<void> {
		let names: string[];
		const { settings, tool } = this;
		try {
			names = (yield* readdir(path)).map((entry) => entry.name);
		} catch (thrown) {
			const message = `cannot open directory ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`;
			yield* tool.complain(message, commandLine ? 2 : 1);
			return;
		}
		if (settings.all) names.push('.', '..');
		const entries: Entry[] = [];
		let blocks = 0;
		for (const name of names) {
			if (this.#isHidden(name)) continue;
			const entry = yield* this.#member(path, name);
			entries.push(entry);
			blocks += entry.stat.blocks;
		}
		if (this.#several) {
			if (this.#printed) yield* tool.print('\n');
			yield* tool.print(`${quoteHeading(path, settings.format)}:\n`);
		}
		this.#printed = true;
		const sorted = this.#sorted(entries);
		yield* tool.print(layOut(sorted, settings.format, blocks));
		if (!settings.recursive) return;
		for (const { name, stat: found } of sorted) {
			if (isDirectory(found.mode) && name !== '.' && name !== '..')
				yield* this.#directory(`${path.replace(/\/$/, '')}/${name}`, false);
		}
	}

	*#member(path: string, name: string): Sys<Entry> {
		const full = `${path.replace(/\/$/, '')}/${name}`;
		try {
			const found = yield* this.settings.dereference === 'always' ? stat(full) : lstat(full);
			return yield* this.#describe(name, full, found);
		} catch (thrown) {
			const error = errnoOf(thrown);
			if (this.settings.stat || this.settings.dereference === 'always') {
				yield* this.tool.complain(`cannot access ${quoteShell(full)}: ${strerror(error)}`);
			}
			return { name, stat: NO_STAT, unknown: true };
		}
	}

	#sorted(entries: readonly Entry[]): Entry[] {
		const { sort, reverse, directoriesFirst, format } = this.settings;
		const order = (a: Entry, b: Entry): number => {
			const difference =
				sort === 't' ? b.stat[format.time] - a.stat[format.time] : sort === 'S' ? b.stat.size - a.stat.size : 0;
			if (difference !== 0) return difference;
			if (sort === 'v') return compareVersions(a.name, b.name);
			if (sort === 'X') return compare(extension(a.name), extension(b.name)) || compare(a.name, b.name);
			return compare(a.name, b.name);
		};
		const sorted = [...entries];
		if (sort !== 'U') sorted.sort(reverse ? (a, b) => order(b, a) : order);
		else if (reverse) sorted.reverse();
		if (!directoriesFirst || sort === 'U') return sorted;
		const leads = (entry: Entry): boolean => isDirectory((entry.targetStat ?? entry.stat).mode);
		return [...sorted.filter(leads), ...sorted.filter((entry) => !leads(entry))];
	}
}

function quoteHeading(path: string, format: LsFormat): string {
	return format.quoting === 'shell' ? quoteFile(path) : path;
}

const extension = (name: string): string => (name.lastIndexOf('.') < 0 ? '' : name.slice(name.lastIndexOf('.')));

/** By code point, as in C.UTF-8. */
export function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers in names count as numbers (filevercmp, without its care for suffixes). */
export function compareVersions(a: string, b: string): number {
	const parts = (name: string): string[] => name.match(/\d+|\D+/g) ?? [];
	const left = parts(a);
	const right = parts(b);
	for (let i = 0; i < Math.min(left.length, right.length); i++) {
		const numeric = /^\d/.test(left[i]!) && /^\d/.test(right[i]!);
		const difference = numeric ? Number(left[i]) - Number(right[i]) : compare(left[i]!, right[i]!);
		if (difference !== 0) return difference;
	}
	return left.length - right.length || compare(a, b);
}

/** The built-in colour database knows terminals by TERM; "dumb" is not among them. */
function coloured(tool: Tool): boolean {
	return (
		tool.env.has('LS_COLORS') || /^(xterm|screen|tmux|linux|rxvt|vt100|ansi|.*color)/.test(tool.env.get('TERM') ?? '')
	);
}

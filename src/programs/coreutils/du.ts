/** du(1) and df(1): room on disks. Not simulated: du --time, --files0-from; df --sync. */
import type { Stat, Sys } from '#kernel/syscalls';
import { mounts, readdir, stat, lstat, statfs, realpath } from '../libc/unistd';
import { errnoOf, strerror } from '../libc/strerror';
import { globMatches } from './glob';
import { isDirectory } from './modes';
import { humanSize, parseSize } from './numbers';
import { quote, quoteFile, quoteShell } from './quote';
import { attempt, Fatal, type Parsed, splitLines, type Tool, UsageError, utility } from './utility';

/** How sizes are written: a block size, or -h and --si. */
type Unit = number | 'human' | 'si';

function unitOf(tool: Tool, options: Parsed): Unit {
	const last = options.options.findLast(({ name }) => ['block-size', 'bytes', 'human-readable', 'si', 'k', 'm'].includes(name)); // prettier-ignore
	const byName: Readonly<Record<string, Unit>> = { bytes: 1, 'human-readable': 'human', si: 'si', k: 1024, m: 1024 ** 2 }; // prettier-ignore
	if (last && last.name !== 'block-size') return byName[last.name]!;
	const given = last?.value ?? tool.env.get('DU_BLOCK_SIZE') ?? tool.env.get('BLOCK_SIZE');
	if (given === undefined) return tool.env.has('POSIXLY_CORRECT') ? 512 : 1024;
	if (given === 'human-readable' || given === 'si') return given === 'si' ? 'si' : 'human';
	const size = parseSize(/^[a-zA-Z]/.test(given) ? `1${given}` : given);
	if (size === undefined || size <= 0) throw new Fatal(`invalid ${last!.as} argument ${quoteShell(given)}`);
	return size;
}

const shown = (bytes: number, unit: Unit): string =>
	unit === 'human' ? humanSize(bytes) : unit === 'si' ? humanSize(bytes, 1000) : String(Math.ceil(bytes / unit));

interface DuSettings {
	readonly tool: Tool;
	readonly options: Parsed;
	readonly unit: Unit;
	readonly apparent: boolean;
	readonly depth: number;
	readonly excluded: readonly string[];
	/** inodes that were counted */
	readonly seen: Set<number>;
	readonly threshold: number;
}

export const du = utility(
	['0|null', 'a|all', 'apparent-size', 'B|block-size=', 'b|bytes', 'c|total', 'D|H|dereference-args', 'd|max-depth=', 'exclude=', 'X|exclude-from=', 'h|human-readable', 'inodes', 'k', 'L|dereference', 'l|count-links', 'm', 'P|no-dereference', 'S|separate-dirs', 'si', 's|summarize', 't|threshold=', 'x|one-file-system'], // prettier-ignore
	function* (tool, options) {
		const depth = options.get('max-depth');
		if (depth !== undefined && !/^\d+$/.test(depth)) {
			yield* tool.warn(`invalid maximum depth ${quote(depth)}`);
			throw new UsageError('');
		}
		const summary = options.has('summarize');
		if (summary && options.has('all')) throw new UsageError('cannot both summarize and show all entries');
		if (summary && depth !== undefined) {
			const same = Number(depth) === 0;
			yield* tool.warn(same ? 'warning: summarizing is the same as using --max-depth=0' : `warning: summarizing conflicts with --max-depth=${Number(depth)}`); // prettier-ignore
			if (!same) throw new UsageError('');
		}
		const excluded = options.all('exclude');
		for (const path of options.all('exclude-from')) excluded.push(...splitLines((yield* tool.inputText(path)) ?? ''));
		const settings: DuSettings = {
			tool,
			options,
			unit: unitOf(tool, options),
			apparent: options.has('apparent-size') || options.has('bytes'),
			depth: summary ? 0 : depth === undefined ? Infinity : Number(depth),
			excluded,
			seen: new Set(),
			threshold: parseSize(options.get('threshold') ?? '0') ?? 0
		};
		let total = 0;
		for (const path of options.operands.length > 0 ? options.operands : ['.']) {
			const found = yield* examine(settings, path, options.has('dereference-args'));
			if (found) total += (yield* usage(settings, path, found, 0))?.all ?? 0;
		}
		if (options.has('total')) yield* line(settings, total, 'total');
	}
);

function* examine(settings: DuSettings, path: string, follow: boolean): Sys<Stat | undefined> {
	try {
		return yield* follow || settings.options.has('dereference') ? stat(path) : lstat(path);
	} catch (thrown) {
		yield* settings.tool.complain(`cannot access ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
		return undefined;
	}
}

function* line(settings: DuSettings, amount: number, path: string): Sys<void> {
	const { options, unit, tool, threshold } = settings;
	if (threshold >= 0 ? amount < threshold : amount > -threshold) return;
	const text = options.has('inodes') ? (typeof unit === 'number' ? String(amount) : shown(amount, unit)) : shown(amount, unit); // prettier-ignore
	yield* tool.print(`${text}\t${path}${options.has('null') ? '\0' : '\n'}`);
}

const joined = (path: string, name: string): string => (path.endsWith('/') ? path + name : `${path}/${name}`);

interface Usage {
	/** with all below it */
	readonly all: number;
	/** without the directories below it */
	readonly own: number;
}

/** @returns undefined for what does not count: excluded, or counted before */
function* usage(settings: DuSettings, path: string, found: Stat, level: number): Sys<Usage | undefined> {
	const { options, seen, excluded } = settings;
	const name = path.slice(path.lastIndexOf('/') + 1);
	if (excluded.some((pattern) => globMatches(pattern, name) || globMatches(pattern, path))) return undefined;
	const folder = isDirectory(found.mode);
	if (!options.has('count-links') && (folder || found.links > 1 || level === 0)) {
		if (seen.has(found.inode)) return undefined;
		seen.add(found.inode);
	}
	const regular = (found.mode & 0o170000) === 0o100000 || (found.mode & 0o170000) === 0o120000;
	const size = options.has('inodes') ? 1 : !settings.apparent ? found.blocks * 512 : regular || folder ? found.size : 0;
	let own = size;
	let all = size;
	if (folder) {
		for (const entry of yield* entries(settings, path)) {
			const child = joined(path, entry);
			const inner = yield* examine(settings, child, false);
			const below = inner && (yield* usage(settings, child, inner, level + 1));
			if (!below) continue;
			all += below.all;
			if (!isDirectory(inner.mode)) own += below.own;
		}
	}
	const amount = options.has('separate-dirs') ? own : all;
	if (level === 0 || ((folder || options.has('all')) && level <= settings.depth)) yield* line(settings, amount, path);
	return { all, own };
}

function* entries(settings: DuSettings, path: string): Sys<string[]> {
	try {
		return (yield* readdir(path)).map(({ name }) => name);
	} catch (thrown) {
		yield* settings.tool.complain(`cannot read directory ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
		return [];
	}
}

interface FileSystem {
	readonly source: string;
	readonly type: string;
	readonly target: string;
	/** bytes */
	readonly size: number;
	readonly free: number;
}

interface Column {
	readonly title: string;
	readonly minimum: number;
	readonly left?: boolean;
	readonly cell: (system: FileSystem, unit: Unit) => string;
}

const percent = ({ size, free }: FileSystem): string => (size === 0 ? '-' : `${Math.ceil(((size - free) * 100) / size)}%`); // prettier-ignore
const SOURCE: Column = { title: 'Filesystem', minimum: 14, left: true, cell: ({ source }) => source };
const TYPE: Column = { title: 'Type', minimum: 4, left: true, cell: ({ type }) => type };
const TARGET: Column = { title: 'Mounted on', minimum: 0, left: true, cell: ({ target }) => target };
const USED: Column = { title: 'Used', minimum: 5, cell: ({ size, free }, unit) => shown(size - free, unit) };
const FREE: Column = { title: 'Available', minimum: 5, cell: ({ free }, unit) => shown(free, unit) };
const PERCENT: Column = { title: 'Use%', minimum: 4, cell: percent };

/** "1K-blocks", "Size", "1M-blocks" */
function blocksTitle(unit: Unit, posix: boolean): string {
	if (typeof unit !== 'number') return 'Size';
	if (posix) return `${unit}-blocks`;
	const power = Math.floor(Math.log2(unit) / 10);
	return unit > 1 && unit % 1024 ** power === 0 && power > 0 ? `${unit / 1024 ** power}${' KMGTPEZY'[power]}-blocks` : `${unit}B-blocks`; // prettier-ignore
}

const INODE_COLUMNS: readonly Column[] = [
	SOURCE,
	{ title: 'Inodes', minimum: 5, cell: ({ size }) => String(Math.floor(size / 16_384)) },
	{ title: 'IUsed', minimum: 5, cell: ({ size, free }) => String(Math.floor((size - free) / 16_384)) },
	{ title: 'IFree', minimum: 5, cell: ({ free }) => String(Math.floor(free / 16_384)) },
	{ title: 'IUse%', minimum: 4, cell: percent },
	TARGET
];

export const df = utility(
	['a|all', 'B|block-size=', 'h|human-readable', 'H|si', 'i|inodes', 'k', 'l|local', 'no-sync', 'output=?', 'P|portability', 'sync', 'total', 't|type=', 'T|print-type', 'x|exclude-type=', 'v', 'm'], // prettier-ignore
	function* (tool, options) {
		const unit = unitOf(tool, options);
		const posix = options.has('portability');
		const size: Column = { title: blocksTitle(unit, posix), minimum: 5, cell: (system) => shown(system.size, unit) };
		const free = typeof unit === 'number' ? FREE : { ...FREE, title: 'Avail' };
		const blocks = [SOURCE, size, USED, free, posix ? { ...PERCENT, title: 'Capacity' } : PERCENT, TARGET];
		const columns = [...(options.has('inodes') ? INODE_COLUMNS : blocks)];
		if (options.has('print-type')) columns.splice(1, 0, TYPE);
		const systems = yield* chosen(tool, options);
		if (systems.length === 0) {
			if (tool.status === 0) throw new Fatal('no file systems processed');
			return;
		}
		if (options.has('total')) {
			const add = (key: 'size' | 'free'): number => systems.reduce((sum, system) => sum + system[key], 0);
			systems.push({ source: 'total', type: '-', target: '-', size: add('size'), free: add('free') });
		}
		const rows = [columns.map(({ title }) => title), ...systems.map((system) => columns.map(({ cell }) => cell(system, unit)))]; // prettier-ignore
		const widths = columns.map(({ minimum }, i) => Math.max(minimum, ...rows.map((row) => row[i]!.length)));
		for (const row of rows) {
			const cells = row.map((text, i) => (i === row.length - 1 ? text : columns[i]!.left ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))); // prettier-ignore
			yield* tool.print(`${cells.join(' ')}\n`);
		}
	}
);

function* measure(mount: { device: string; path: string; type: string }): Sys<FileSystem | undefined> {
	const found = yield* attempt(statfs(mount.path));
	if (!found) return undefined;
	const { blockSize, blocks, free } = found;
	return {
		source: mount.device,
		type: mount.type,
		target: mount.path,
		size: blocks * blockSize,
		free: free * blockSize
	};
}

function* chosen(tool: Tool, options: Parsed): Sys<FileSystem[]> {
	const all = yield* mounts();
	const [types, excluded] = [options.all('type'), options.all('exclude-type')];
	const systems: FileSystem[] = [];
	if (options.operands.length === 0) {
		for (const mount of all) {
			const system = yield* measure(mount);
			if (!system || (system.size === 0 && !options.has('all') && !types.includes(system.type))) continue;
			if ((types.length === 0 || types.includes(system.type)) && !excluded.includes(system.type)) systems.push(system);
		}
		return systems;
	}
	for (const path of options.operands) {
		try {
			yield* stat(path);
			const real = yield* realpath(path);
			const under = all.filter(({ path: at }) => at === '/' || real === at || real.startsWith(`${at}/`));
			const mount = under.reduce((best, one) => (one.path.length >= best.path.length ? one : best));
			const system = yield* measure(mount);
			if (system) systems.push(system);
		} catch (thrown) {
			yield* tool.complain(`${quoteFile(path)}: ${strerror(errnoOf(thrown))}`);
		}
	}
	return systems;
}

/** How ls shows what it has found: long lines, columns filled down or across, commas; names quoted and coloured. */
import type { Stat } from '#kernel/syscalls';
import { S } from '#kernel/syscalls';
import { breakDown, strftime } from '../libc/strftime';
import { isDirectory, modeString } from './modes';
import { humanSize } from './numbers';
import { escapeName, maskName, quoteC, quoteIfNeeded, quoteShell } from './quote';

export interface Entry {
	readonly name: string;
	readonly stat: Stat;
	/** it could be listed but not looked at */
	readonly unknown?: boolean;
	/** of a symbolic link */
	readonly target?: string | undefined;
	readonly targetStat?: Stat | undefined;
}

export const NO_STAT: Stat = {
	inode: 0, mode: 0, links: 0, uid: 0, gid: 0, size: 0, blocks: 0, rdev: 0, atime: 0, mtime: 0, ctime: 0
}; // prettier-ignore

export interface LsFormat {
	readonly layout: 'long' | 'single' | 'columns' | 'across' | 'commas';
	readonly width: number;
	readonly terminal: boolean;
	readonly inode: boolean;
	readonly size: boolean;
	readonly owner: boolean;
	readonly group: boolean;
	readonly author: boolean;
	readonly numeric: boolean;
	readonly human: 1024 | 1000 | undefined;
	readonly blockSize: number | undefined;
	readonly time: 'mtime' | 'atime' | 'ctime';
	readonly timeStyle: string;
	readonly now: number;
	readonly indicator: 'none' | 'slash' | 'file-type' | 'classify';
	readonly quoting: 'literal' | 'shell' | 'shell-always' | 'escape' | 'c' | 'mask';
	readonly color: boolean;
	readonly context: boolean;
	readonly end: string;
	readonly users: ReadonlyMap<number, string>;
	readonly groups: ReadonlyMap<number, string>;
}

/** Half a Gregorian year: older or later times show the year. */
const RECENT = (31_556_952 / 2) * 1e6;

const TIME_STYLES: Readonly<Record<string, readonly [recent: string, other: string]>> = {
	locale: ['%b %e %H:%M', '%b %e  %Y'],
	'long-iso': ['%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M'],
	iso: ['%m-%d %H:%M', '%Y-%m-%d '],
	'full-iso': ['%Y-%m-%d %H:%M:%S.%N %z', '%Y-%m-%d %H:%M:%S.%N %z']
};

/** @param blocks of a directory's members, 512 bytes each, for the "total" line */
export function layOut(entries: readonly Entry[], format: LsFormat, blocks?: number): string {
	const total =
		blocks !== undefined && (format.layout === 'long' || format.size) ? `total ${blockCount(blocks, format)}\n` : '';
	if (format.layout === 'long') return total + longLines(entries, format);
	const cells = prefixed(entries, format);
	if (format.layout === 'single') return total + cells.map((cell) => cell.text + format.end).join('');
	if (cells.length === 0) return total;
	if (format.layout === 'commas') return total + commas(cells, format.width);
	return total + columns(cells, format);
}

function blockCount(blocks: number, format: LsFormat): string {
	if (format.human) return humanSize(blocks * 512, format.human);
	return String(Math.ceil((blocks * 512) / (format.blockSize ?? 1024)));
}

function sizeText(stat: Stat, format: LsFormat): string {
	const type = stat.mode & S.IFMT;
	if (type === S.IFCHR || type === S.IFBLK) return `${stat.rdev >> 8}, ${String(stat.rdev & 255).padStart(3)}`;
	if (format.human) return humanSize(stat.size, format.human);
	return String(Math.ceil(stat.size / (format.blockSize ?? 1)));
}

function timeText(stat: Stat, format: LsFormat): string {
	const time = stat[format.time];
	const style = format.timeStyle;
	let pair = TIME_STYLES[style] ?? TIME_STYLES[style.replace(/^posix-/, '')] ?? TIME_STYLES.locale!;
	if (style.startsWith('+')) {
		const [first, second] = style.slice(1).split('\n');
		pair = [second ?? first!, first!];
	}
	const recent = time <= format.now && time > format.now - RECENT;
	return strftime(pair[recent ? 0 : 1], breakDown(time));
}

function longLines(entries: readonly Entry[], format: LsFormat): string {
	const rows = entries.map((entry) => longCells(entry, format));
	const widths: number[] = [];
	for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.text.length)));
	return rows
		.map((row, i) => {
			const cells = row.map((cell, j) => (cell.right ? cell.text.padStart(widths[j]!) : cell.text.padEnd(widths[j]!)));
			return `${cells.join(' ')} ${shownName(entries[i]!, format).text}${linkText(entries[i]!, format)}${format.end}`;
		})
		.join('');
}

interface LongCell {
	readonly text: string;
	readonly right: boolean;
}

function longCells(entry: Entry, format: LsFormat): LongCell[] {
	const { stat } = entry;
	const known = (text: string): string => (entry.unknown ? '?' : text);
	const cells: LongCell[] = [];
	const add = (text: string, right: boolean): void => void cells.push({ text: known(text), right });
	if (format.inode) add(String(stat.inode), true);
	if (format.size) add(blockCount(stat.blocks, format), true);
	cells.push({ text: entry.unknown ? '-?????????' : modeString(stat.mode), right: false });
	add(String(stat.links), true);
	const user = format.numeric ? String(stat.uid) : (format.users.get(stat.uid) ?? String(stat.uid));
	const group = format.numeric ? String(stat.gid) : (format.groups.get(stat.gid) ?? String(stat.gid));
	if (format.owner) add(user, format.numeric || !format.users.has(stat.uid));
	if (format.group) add(group, format.numeric || !format.groups.has(stat.gid));
	if (format.author) add(user, false);
	if (format.context) cells.push({ text: '?', right: false });
	add(sizeText(stat, format), true);
	add(entry.unknown ? '' : timeText(stat, format), !entry.unknown ? false : true);
	if (entry.unknown)
		cells[cells.length - 1] = { text: '?'.padStart(timeText(stat, { ...format, now: 0 }).length), right: true };
	return cells;
}

function linkText(entry: Entry, format: LsFormat): string {
	if (entry.target === undefined) return '';
	const target = quoteName(entry.target, format);
	const color = format.color ? colorOf(entry.targetStat, entry.targetStat ? entry.targetStat.mode : undefined) : '';
	const shown = color ? `\x1b[${color}m${target}\x1b[0m` : target;
	return ` -> ${shown}${entry.targetStat ? indicator(entry.targetStat.mode, format, false) : ''}`;
}

function quoteName(name: string, format: LsFormat): string {
	switch (format.quoting) {
		case 'shell':
			return quoteIfNeeded(name);
		case 'shell-always':
			return quoteShell(name);
		case 'escape':
			return escapeName(name);
		case 'c':
			return quoteC(name);
		case 'mask':
			return maskName(name);
		default:
			return format.terminal ? maskName(name) : name;
	}
}

function indicator(mode: number, format: LsFormat, links: boolean): string {
	if (format.indicator === 'none') return '';
	if (isDirectory(mode)) return '/';
	if (format.indicator === 'slash') return '';
	const type = mode & S.IFMT;
	if (type === S.IFLNK) return links ? '@' : '';
	if (type === S.IFIFO) return '|';
	if (type === S.IFSOCK) return '=';
	return format.indicator === 'classify' && type === S.IFREG && (mode & 0o111) !== 0 ? '*' : '';
}

interface Cell {
	readonly text: string;
	/** as seen, without colour codes */
	readonly width: number;
}

function shownName(entry: Entry, format: LsFormat): Cell {
	const name = quoteName(entry.name, format);
	const mark = entry.unknown ? '' : indicator(entry.stat.mode, format, format.layout !== 'long');
	const color = format.color && !entry.unknown ? colorOf(entry.stat, entry.targetStat?.mode) : '';
	const text = (color ? `\x1b[0m\x1b[${color}m${name}\x1b[0m` : name) + mark;
	return { text, width: [...name].length + mark.length };
}

/** The built-in colours of dircolors (LS_COLORS is not read). */
function colorOf(stat: Stat | undefined, targetMode: number | undefined): string {
	if (!stat) return '40;31;01';
	const { mode } = stat;
	switch (mode & S.IFMT) {
		case S.IFLNK:
			return targetMode === undefined ? '40;31;01' : '01;36';
		case S.IFDIR:
			if (mode & S.ISVTX && mode & 0o002) return '30;42';
			return mode & 0o002 ? '34;42' : mode & S.ISVTX ? '37;44' : '01;34';
		case S.IFIFO:
			return '33';
		case S.IFSOCK:
			return '01;35';
		case S.IFCHR:
		case S.IFBLK:
			return '01;33';
		default:
			if (mode & S.ISUID) return '37;41';
			if (mode & S.ISGID) return '30;43';
			return mode & 0o111 ? '01;32' : '';
	}
}

/** Names with inode and size in front, where they are wanted, right-aligned among themselves. */
function prefixed(entries: readonly Entry[], format: LsFormat): Cell[] {
	const inodes = entries.map((entry) => (entry.unknown ? '?' : String(entry.stat.inode)));
	const sizes = entries.map((entry) => (entry.unknown ? '?' : blockCount(entry.stat.blocks, format)));
	const widest = (texts: readonly string[]): number =>
		format.layout === 'commas' ? 0 : Math.max(0, ...texts.map((t) => t.length));
	const [inodeWidth, sizeWidth] = [widest(inodes), widest(sizes)];
	return entries.map((entry, i) => {
		let front = '';
		if (format.inode) front += `${inodes[i]!.padStart(inodeWidth)} `;
		if (format.size) front += `${sizes[i]!.padStart(sizeWidth)} `;
		if (format.context) front += '? ';
		const name = shownName(entry, format);
		return { text: front + name.text, width: front.length + name.width };
	});
}

function commas(cells: readonly Cell[], width: number): string {
	let out = '';
	let at = 0;
	cells.forEach((cell, i) => {
		if (i > 0) {
			if (at + 2 + cell.width < width) {
				out += ', ';
				at += 2;
			} else {
				out += ',\n';
				at = 0;
			}
		}
		out += cell.text;
		at += cell.width;
	});
	return `${out}\n`;
}

const LEAST_COLUMN = 3;
const TAB = 8;

/** As many columns as fit, each as wide as its longest name and two blanks. */
function columns(cells: readonly Cell[], format: LsFormat): string {
	const across = format.layout === 'across';
	const most = Math.max(1, Math.min(cells.length, Math.floor(format.width / LEAST_COLUMN)));
	let count = most;
	let widths: number[] = [];
	for (; count >= 1; count--) {
		const rows = Math.ceil(cells.length / count);
		widths = new Array<number>(count).fill(LEAST_COLUMN);
		cells.forEach((cell, i) => {
			const column = across ? i % count : Math.floor(i / rows);
			const real = cell.width + (column === count - 1 ? 0 : 2);
			widths[column] = Math.max(widths[column]!, real);
		});
		if (count === 1 || widths.reduce((sum, width) => sum + width, 0) < format.width) break;
	}
	const rows = Math.ceil(cells.length / count);
	let out = '';
	for (let row = 0; row < rows; row++) {
		let at = 0;
		for (let column = 0; column < count; column++) {
			const index = across ? row * count + column : column * rows + row;
			const cell = cells[index];
			if (!cell) break;
			out += cell.text;
			const next = across ? index + 1 : index + rows;
			if (column === count - 1 || next >= cells.length) break;
			const start = widths.slice(0, column).reduce((sum, width) => sum + width, 0);
			at = start + cell.width;
			out += indent(at, start + widths[column]!, format.color ? 0 : TAB);
		}
		out += '\n';
	}
	return out;
}

/** Blanks and tabs from one column to another. */
function indent(from: number, to: number, tab: number): string {
	let out = '';
	let at = from;
	while (at < to) {
		if (tab !== 0 && Math.floor(to / tab) > Math.floor((at + 1) / tab)) {
			out += '\t';
			at += tab - (at % tab);
		} else {
			out += ' ';
			at++;
		}
	}
	return out;
}

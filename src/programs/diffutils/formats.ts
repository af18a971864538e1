/** The forms in which diff writes a script: normal, unified, context, ed, rcs, side by side, columns of -y. */
import type { Change } from './script';

export interface Lines {
	/** without their newlines */
	readonly lines: readonly string[];
	/** the last line ends with a newline */
	readonly complete: boolean;
}

export interface Shown {
	readonly files: readonly [Lines, Lines];
	readonly script: readonly Change[];
	/** lines around a change */
	readonly context: number;
	/** "--- a\t2003-…" without the marks */
	readonly labels: readonly [string, string];
	/** -t */
	readonly expandTabs: boolean;
	/** -T */
	readonly initialTab: boolean;
	/** -p and -F: shows the last line before a hunk that matches */
	readonly heading: ((line: string) => boolean) | undefined;
}

const NO_NEWLINE = '\\ No newline at end of file\n';

function line(shown: Shown, file: 0 | 1, index: number, mark: string): string {
	const { lines, complete } = shown.files[file];
	const text = shown.expandTabs ? expandTabs(lines[index]!) : lines[index]!;
	const end = index === lines.length - 1 && !complete ? `\n${NO_NEWLINE}` : '\n';
	return `${mark}${text}${end}`;
}

function expandTabs(text: string): string {
	let out = '';
	for (const character of text) out += character === '\t' ? ' '.repeat(8 - (out.length % 8)) : character;
	return out;
}

/** "3" or "3,5": lines counted from 1, the line before when there is none */
function range(from: number, count: number): string {
	return count <= 1 ? String(count === 0 ? from : from + 1) : `${from + 1},${from + count}`;
}

export function normal(shown: Shown): string {
	const blank = shown.initialTab ? '\t' : ' ';
	return shown.script
		.map((change) => {
			const { from0, deleted, from1, inserted } = change;
			const letter = deleted === 0 ? 'a' : inserted === 0 ? 'd' : 'c';
			let out = `${range(from0, deleted)}${letter}${range(from1, inserted)}\n`;
			for (let i = 0; i < deleted; i++) out += line(shown, 0, from0 + i, `<${blank}`);
			if (letter === 'c') out += '---\n';
			for (let i = 0; i < inserted; i++) out += line(shown, 1, from1 + i, `>${blank}`);
			return out;
		})
		.join('');
}

/** Changes whose surroundings touch belong together. */
function hunks(shown: Shown): Change[][] {
	const groups: Change[][] = [];
	for (const change of shown.script) {
		const last = groups.at(-1)?.at(-1);
		if (last && change.from0 - (last.from0 + last.deleted) <= 2 * shown.context) groups.at(-1)!.push(change);
		else groups.push([change]);
	}
	return groups;
}

interface Bounds {
	readonly start: readonly [number, number];
	readonly end: readonly [number, number];
}

function bounds(shown: Shown, changes: readonly Change[]): Bounds {
	const [first, last] = [changes[0]!, changes.at(-1)!];
	const before = Math.min(shown.context, first.from0, first.from1);
	const end0 = last.from0 + last.deleted;
	const end1 = last.from1 + last.inserted;
	const after = Math.min(shown.context, shown.files[0].lines.length - end0);
	return { start: [first.from0 - before, first.from1 - before], end: [end0 + after, end1 + after] };
}

function heading(shown: Shown, start: number): string {
	if (!shown.heading) return '';
	for (let i = start - 1; i >= 0; i--) {
		const text = shown.files[0].lines[i]!;
		if (shown.heading(text)) return ` ${text.trimStart().slice(0, 40).trimEnd()}`;
	}
	return '';
}

const unifiedRange = (start: number, end: number): string =>
	end - start === 1 ? String(end) : end === start ? `${start},0` : `${start + 1},${end - start}`;

export function unified(shown: Shown): string {
	const tab = shown.initialTab ? '\t' : '';
	let out = `--- ${shown.labels[0]}\n+++ ${shown.labels[1]}\n`;
	for (const changes of hunks(shown)) {
		const { start, end } = bounds(shown, changes);
		out += `@@ -${unifiedRange(start[0], end[0])} +${unifiedRange(start[1], end[1])} @@${heading(shown, start[0])}\n`;
		let at = start[0];
		const same = (to: number): void => {
			for (; at < to; at++) out += line(shown, 0, at, shown.initialTab ? '\t' : ' ');
		};
		for (const { from0, deleted, from1, inserted } of changes) {
			same(from0);
			for (; at < from0 + deleted; at++) out += line(shown, 0, at, `-${tab}`);
			for (let i = from1; i < from1 + inserted; i++) out += line(shown, 1, i, `+${tab}`);
		}
		same(end[0]);
	}
	return out;
}

const contextRange = (start: number, end: number): string =>
	end - start <= 1 ? String(end === start ? start : end) : `${start + 1},${end}`;

export function context(shown: Shown): string {
	let out = `*** ${shown.labels[0]}\n--- ${shown.labels[1]}\n`;
	const blank = shown.initialTab ? '\t' : ' ';
	for (const changes of hunks(shown)) {
		const { start, end } = bounds(shown, changes);
		out += `***************${heading(shown, start[0])}\n`;
		for (const file of [0, 1] as const) {
			const place = contextRange(start[file], end[file]);
			out += file === 0 ? `*** ${place} ****\n` : `--- ${place} ----\n`;
			const mine = (change: Change): readonly [number, number] =>
				file === 0 ? [change.from0, change.deleted] : [change.from1, change.inserted];
			if (changes.every((change) => mine(change)[1] === 0)) continue;
			for (let at = start[file]; at < end[file]; at++) {
				const change = changes.find((one) => at >= mine(one)[0] && at < mine(one)[0] + mine(one)[1]);
				const mark = !change ? ' ' : change.deleted > 0 && change.inserted > 0 ? '!' : file === 0 ? '-' : '+';
				out += line(shown, file, at, mark + blank);
			}
		}
	}
	return out;
}

export function ed(shown: Shown): string {
	let out = '';
	for (const { from0, deleted, from1, inserted } of shown.script.toReversed()) {
		const letter = deleted === 0 ? 'a' : inserted === 0 ? 'd' : 'c';
		out += `${range(from0, deleted)}${letter}\n`;
		if (inserted === 0) continue;
		for (let i = from1; i < from1 + inserted; i++) {
			const text = shown.files[1].lines[i]!;
			// a line of one dot would end the text: write two, then take one away
			if (text === '.') out += `..\n.\ns/.//\n${i + 1 < from1 + inserted ? 'a\n' : ''}`;
			else out += `${text}\n`;
		}
		if (shown.files[1].lines[from1 + inserted - 1] !== '.') out += '.\n';
	}
	return out;
}

export function rcs(shown: Shown): string {
	let out = '';
	for (const { from0, deleted, from1, inserted } of shown.script) {
		if (deleted > 0) out += `d${from0 + 1} ${deleted}\n`;
		if (inserted === 0) continue;
		out += `a${from0 + deleted} ${inserted}\n`;
		for (let i = from1; i < from1 + inserted; i++) {
			const last = i === shown.files[1].lines.length - 1 && !shown.files[1].complete;
			out += shown.files[1].lines[i]! + (last ? '' : '\n');
		}
	}
	return out;
}

export interface Columns {
	readonly width: number;
	readonly leftColumn: boolean;
	readonly suppressCommon: boolean;
}

/** -y: both files beside each other, | < > ( between them. */
export function sideBySide(shown: Shown, { width, leftColumn, suppressCommon }: Columns): string {
	const tab = 8;
	const t = shown.expandTabs ? 1 : tab;
	const off = Math.floor((Math.floor((width + t + 3) / 2) / t) | 0) * t;
	const half = Math.max(0, Math.min(off - 3, width - off));
	const second = half > 0 ? off : width;
	const blanks = (from: number, to: number): string => {
		if (shown.expandTabs) return ' '.repeat(Math.max(0, to - from));
		let out = '';
		let column = from;
		while (Math.floor(column / tab) * tab + tab <= to && column + 1 < to + 1) {
			out += '\t';
			column = Math.floor(column / tab) * tab + tab;
		}
		return out + ' '.repeat(Math.max(0, to - column));
	};
	const row = (left: string | undefined, mark: string, right: string | undefined): string => {
		let out = '';
		let column = 0;
		if (left !== undefined) {
			const cell = fit(left, half);
			out += cell.text;
			column = cell.columns;
		}
		if (mark !== ' ') {
			const place = Math.floor((half + second - 1) / 2);
			out += blanks(column, place) + mark;
			column = place + 1;
		}
		if (right !== undefined && right !== '') out += blanks(column, second) + fit(right, half).text;
		return `${out}\n`;
	};
	let out = '';
	let [at0, at1] = [0, 0];
	const [a, b] = [shown.files[0].lines, shown.files[1].lines];
	const common = (to: number): void => {
		for (; at0 < to; at0++, at1++) {
			if (suppressCommon) continue;
			out += leftColumn ? row(a[at0], '(', undefined) : row(a[at0], ' ', b[at1]);
		}
	};
	for (const { from0, deleted, from1, inserted } of shown.script) {
		common(from0);
		for (let i = 0; i < Math.max(deleted, inserted); i++) {
			const [left, right] = [i < deleted ? a[from0 + i] : undefined, i < inserted ? b[from1 + i] : undefined];
			out += row(left, left === undefined ? '>' : right === undefined ? '<' : '|', right);
		}
		at0 = from0 + deleted;
		at1 = from1 + inserted;
	}
	common(a.length);
	return out;
}

function fit(text: string, width: number): { text: string; columns: number } {
	let out = '';
	let column = 0;
	for (const character of text) {
		const next = character === '\t' ? column + 8 - (column % 8) : column + 1;
		if (next > width) break;
		out += character;
		column = next;
	}
	return { text: out, columns: column };
}

/**
 * The shortest edit script between two files: Myers' O(ND) algorithm in linear space with the habits of GNU diff
 * (analyze.c of diffutils 3.8): common ends first, lines without a partner set aside, runs of changes shifted together.
 *
 * Lacks: --minimal and --speed-large-files choose nothing else here; the heuristic for very expensive files.
 */
import type { Sys } from '#kernel/syscalls';
import { preempt } from '../libc/unistd';

/** Lines `from0` … of the first file (count `deleted`) are replaced by lines `from1` … of the second. */
export interface Change {
	readonly from0: number;
	readonly deleted: number;
	readonly from1: number;
	readonly inserted: number;
}

interface Partition {
	readonly x: number;
	readonly y: number;
}

class Comparison {
	readonly changed: readonly [Uint8Array, Uint8Array];
	#forward: Int32Array;
	#backward: Int32Array;
	#offset: number;

	/** @param lines numbers of the equivalence classes of the lines; @param real line numbers of these */
	constructor(
		readonly lines: readonly [Int32Array, Int32Array],
		readonly real: readonly [Int32Array, Int32Array],
		changed: readonly [Uint8Array, Uint8Array]
	) {
		this.changed = changed;
		const diagonals = lines[0].length + lines[1].length + 3;
		this.#forward = new Int32Array(diagonals);
		this.#backward = new Int32Array(diagonals);
		this.#offset = lines[1].length + 1;
	}

	*compare(x0: number, x1: number, y0: number, y1: number): Sys<void> {
		const [a, b] = this.lines;
		while (x0 < x1 && y0 < y1 && a[x0] === b[y0]) {
			x0++;
			y0++;
		}
		while (x0 < x1 && y0 < y1 && a[x1 - 1] === b[y1 - 1]) {
			x1--;
			y1--;
		}
		if (x0 === x1) for (; y0 < y1; y0++) this.changed[1][this.real[1][y0]!] = 1;
		else if (y0 === y1) for (; x0 < x1; x0++) this.changed[0][this.real[0][x0]!] = 1;
		else {
			const { x, y } = yield* this.#middle(x0, x1, y0, y1);
			yield* this.compare(x0, x, y0, y);
			yield* this.compare(x, x1, y, y1);
		}
	}

	/** The point on a shortest path where the searches from both ends meet. */
	*#middle(x0: number, x1: number, y0: number, y1: number): Sys<Partition> {
		const [a, b] = this.lines;
		const [fd, bd, o] = [this.#forward, this.#backward, this.#offset];
		const [low, high] = [x0 - y1, x1 - y0];
		const [fmid, bmid] = [x0 - y0, x1 - y1];
		let [fmin, fmax, bmin, bmax] = [fmid, fmid, bmid, bmid];
		const odd = ((fmid - bmid) & 1) !== 0;
		fd[fmid + o] = x0;
		bd[bmid + o] = x1;
		for (let cost = 1; ; cost++) {
			if (cost % 64 === 0) yield* preempt();
			if (fmin > low) fd[--fmin - 1 + o] = -1;
			else fmin++;
			if (fmax < high) fd[++fmax + 1 + o] = -1;
			else fmax--;
			for (let d = fmax; d >= fmin; d -= 2) {
				const [below, above] = [fd[d - 1 + o]!, fd[d + 1 + o]!];
				let x = below < above ? above : below + 1;
				let y = x - d;
				while (x < x1 && y < y1 && a[x] === b[y]) {
					x++;
					y++;
				}
				fd[d + o] = x;
				if (odd && bmin <= d && d <= bmax && bd[d + o]! <= x) return { x, y };
			}
			if (bmin > low) bd[--bmin - 1 + o] = 0x7fffffff;
			else bmin++;
			if (bmax < high) bd[++bmax + 1 + o] = 0x7fffffff;
			else bmax--;
			for (let d = bmax; d >= bmin; d -= 2) {
				const [below, above] = [bd[d - 1 + o]!, bd[d + 1 + o]!];
				let x = below < above ? below : above - 1;
				let y = x - d;
				while (x0 < x && y0 < y && a[x - 1] === b[y - 1]) {
					x--;
					y--;
				}
				bd[d + o] = x;
				if (!odd && fmin <= d && d <= fmax && x <= fd[d + o]!) return { x, y };
			}
		}
	}
}

/** Lines by number: equal lines (as `key` sees them) have the same one. */
function classes(files: readonly [readonly string[], readonly string[]]): [Int32Array, Int32Array] {
	const numbers = new Map<string, number>();
	const number = (line: string): number => {
		let found = numbers.get(line);
		if (found === undefined) numbers.set(line, (found = numbers.size));
		return found;
	};
	return [Int32Array.from(files[0], number), Int32Array.from(files[1], number)];
}

const NEVER = 1;
const PROVISIONAL = 2;

/** Lines that the other file does not have need no search; lines that it has very often only where they stand alone. */
function discard(
	lines: readonly [Int32Array, Int32Array],
	changed: readonly [Uint8Array, Uint8Array]
): [Int32Array, Int32Array] {
	// prettier-ignore
	const counts = lines.map((file) => {
		const map = new Map<number, number>();
		for (const line of file) map.set(line, (map.get(line) ?? 0) + 1);
		return map;
	});
	return [0, 1].map((file) => {
		const own = lines[file]!;
		const end = own.length;
		let many = 5;
		for (let n = end >> 6; (n = n >> 2) > 0;) many *= 2;
		const marks = Uint8Array.from(own, (line) => {
			const matches = counts[1 - file]!.get(line) ?? 0;
			return matches === 0 ? NEVER : matches > many ? PROVISIONAL : 0;
		});
		settleProvisional(marks, end);
		const kept: number[] = [];
		marks.forEach((mark, i) => {
			if (mark === 0) kept.push(i);
			else changed[file]![i] = 1;
		});
		return Int32Array.from(kept);
	}) as [Int32Array, Int32Array];
}

/** Provisional marks stay only within runs that begin and end with lines that are surely discarded. */
function settleProvisional(marks: Uint8Array, end: number): void {
	for (let i = 0; i < end; i++) {
		if (marks[i] === PROVISIONAL) marks[i] = 0;
		else if (marks[i] !== 0) {
			let provisional = 0;
			let j = i;
			for (; j < end && marks[j] !== 0; j++) if (marks[j] === PROVISIONAL) provisional++;
			while (j > i && marks[j - 1] === PROVISIONAL) {
				marks[--j] = 0;
				provisional--;
			}
			const length = j - i;
			if (provisional * 4 > length) {
				for (let k = i; k < j; k++) if (marks[k] === PROVISIONAL) marks[k] = 0;
			} else trimRun(marks, i, length);
			i += Math.max(0, length - 1);
		}
	}
}

function trimRun(marks: Uint8Array, start: number, length: number): void {
	let minimum = 1;
	for (let n = length >> 2; (n = n >> 2) > 0;) minimum <<= 1;
	minimum++;
	for (let j = 0, consecutive = 0; j < length; j++) {
		if (marks[start + j] !== PROVISIONAL) consecutive = 0;
		else if (minimum === ++consecutive) j -= consecutive;
		else if (minimum < consecutive) marks[start + j] = 0;
	}
	for (const step of [1, -1]) {
		const first = step === 1 ? start : start + length - 1;
		for (let j = 0, consecutive = 0; j < length; j++) {
			const at = first + j * step;
			if (j >= 8 && marks[at] === NEVER) break;
			if (marks[at] === PROVISIONAL) {
				consecutive = 0;
				marks[at] = 0;
			} else if (marks[at] === 0) consecutive = 0;
			else consecutive++;
			if (consecutive === 3) break;
		}
	}
}

/** Slides runs of changes so that adjacent ones join, and otherwise as far down as they go. */
function shiftBoundaries(lines: readonly [Int32Array, Int32Array], changed: readonly [Uint8Array, Uint8Array]): void {
	for (const file of [0, 1] as const) {
		const own = lines[file];
		const mine = changed[file];
		const other = changed[1 - file]!;
		const end = own.length;
		let i = 0;
		let j = 0;
		for (;;) {
			while (i < end && !mine[i]) {
				while (other[j++]);
				i++;
			}
			if (i === end) break;
			let start = i;
			while (mine[++i]);
			while (other[j]) j++;
			let runLength: number;
			let corresponding: number;
			do {
				runLength = i - start;
				while (start > 0 && own[start - 1] === own[i - 1]) {
					mine[--start] = 1;
					mine[--i] = 0;
					while (start > 0 && mine[start - 1]) start--;
					while (other[--j]);
				}
				corresponding = j > 0 && other[j - 1] ? i : end;
				while (i !== end && own[start] === own[i]) {
					mine[start++] = 0;
					mine[i++] = 1;
					while (i < end && mine[i]) i++;
					while (other[++j]) corresponding = i;
				}
			} while (runLength !== i - start);
			while (corresponding < i) {
				mine[--start] = 1;
				mine[--i] = 0;
				while (other[--j]);
			}
		}
	}
}

/** @param files lines as they count for the comparison */
export function* editScript(files: readonly [readonly string[], readonly string[]]): Sys<Change[]> {
	const lines = classes(files);
	const changed = [new Uint8Array(lines[0].length + 1), new Uint8Array(lines[1].length + 1)] as const;
	// what both begin and end with is equal, and not even looked at
	let head = 0;
	while (head < lines[0].length && head < lines[1].length && lines[0][head] === lines[1][head]) head++;
	let tail = 0;
	const shorter = Math.min(lines[0].length, lines[1].length) - head;
	while (tail < shorter && lines[0][lines[0].length - 1 - tail] === lines[1][lines[1].length - 1 - tail]) tail++;
	const inner = [lines[0].slice(head, lines[0].length - tail), lines[1].slice(head, lines[1].length - tail)] as const;
	const innerChanged = [new Uint8Array(inner[0].length), new Uint8Array(inner[1].length)] as const;
	const kept = discard(inner, innerChanged);
	const reduced = [kept[0].map((i) => inner[0][i]!), kept[1].map((i) => inner[1][i]!)] as const;
	const comparison = new Comparison(reduced, kept, innerChanged);
	yield* comparison.compare(0, reduced[0].length, 0, reduced[1].length);
	changed[0].set(innerChanged[0], head);
	changed[1].set(innerChanged[1], head);
	shiftBoundaries(lines, changed);
	const script: Change[] = [];
	for (let i = 0, j = 0; i < lines[0].length || j < lines[1].length; i++, j++) {
		const [from0, from1] = [i, j];
		while (changed[0][i]) i++;
		while (changed[1][j]) j++;
		if (i > from0 || j > from1) script.push({ from0, deleted: i - from0, from1, inserted: j - from1 });
	}
	return script;
}

/**
 * fmt(1): paragraphs filled so that the sum of the costs of all their lines is least (fmt.c of coreutils 9.1; Knuth and
 * Plass). Widths count characters.
 *
 * Not simulated: paragraphs of more than 1000 words are formatted whole, not in pieces.
 */
import { preempt } from '../libc/unistd';
import type { Main, Sys } from '#kernel/syscalls';
import { quote } from './quote';
import { openInput } from './head';
import { readAll, STDIN } from '../libc/stdio';
import { decode } from '../libc/text';
import { close } from '../libc/unistd';
import { Fatal, splitLines, type Tool, utility } from './utility';

const LEEWAY = 7;
const square = (n: number): number => n * n;
const shortCost = (n: number): number => square(n * 10);
const raggedCost = (n: number): number => Math.trunc(shortCost(n) / 2);
const LINE_COST = square(70);
const SENTENCE_BONUS = square(50);
const NOBREAK_COST = square(600);
const PAREN_BONUS = square(40);
const PUNCT_BONUS = square(40);
const widowCost = (length: number): number => Math.trunc(square(200) / (length + 2));
const orphanCost = (length: number): number => Math.trunc(square(150) / (length + 2));
const DEFAULT_TAG_INDENT = 3;

interface Word {
	readonly text: string;
	readonly length: number;
	/** blanks behind it */
	space: number;
	readonly paren: boolean;
	readonly punct: boolean;
	period: boolean;
	/** ends a sentence */
	final: boolean;
	cost: number;
	next: number;
	lineLength: number;
}

interface Line {
	/** column of the first character behind the prefix's place */
	readonly indent: number;
	readonly prefixIndent: number;
	/** what follows the prefix */
	readonly body: string;
	/** has the prefix and something behind it */
	readonly text: boolean;
	readonly raw: string;
}

type Mode = 'normal' | 'split' | 'crown' | 'tagged';

class Formatter {
	#words: Word[] = [];
	#tabs = false;
	#tagIndent = 0;

	constructor(
		readonly mode: Mode,
		readonly width: number,
		readonly goal: number,
		readonly prefix: string,
		readonly uniform: boolean
	) {}

	*format(text: string): Sys<string> {
		const lines = splitLines(text).map((line) => this.#measure(line));
		let out = '';
		for (let at = 0; at < lines.length;) {
			const line = lines[at]!;
			if (!line.text) {
				out += `${line.body === '' && this.prefix.trim() === '' ? '' : line.raw.trimEnd()}\n`;
				at++;
				continue;
			}
			const end = this.#paragraphEnd(lines, at);
			out += this.#paragraph(lines.slice(at, end), lines[end]);
			at = end;
			yield* preempt();
		}
		return out;
	}

	#measure(raw: string): Line {
		let column = 0;
		let at = 0;
		const blanks = (): void => {
			for (; raw[at] === ' ' || raw[at] === '\t'; at++) {
				if (raw[at] === '\t') this.#tabs = true;
				column = raw[at] === '\t' ? (Math.floor(column / 8) + 1) * 8 : column + 1;
			}
		};
		blanks();
		const lead = /^ */.exec(this.prefix)![0].length;
		const core = this.prefix.trim();
		if (core === '') return { indent: column, prefixIndent: Math.min(lead, column), body: raw.slice(at), text: at < raw.length && column >= lead, raw }; // prettier-ignore
		const prefixIndent = column;
		if (!raw.startsWith(core, at) || column < lead) return { indent: column, prefixIndent, body: raw.slice(at), text: false, raw }; // prettier-ignore
		at += core.length;
		column += core.length;
		blanks();
		const full = prefixIndent + this.prefix.trimStart().length;
		return { indent: column, prefixIndent, body: raw.slice(at), text: at < raw.length && column >= full, raw };
	}

	#paragraphEnd(lines: readonly Line[], first: number): number {
		const [head, second] = [lines[first]!, lines[first + 1]];
		const same = (line: Line | undefined): boolean => line !== undefined && line.text && line.prefixIndent === head.prefixIndent; // prettier-ignore
		if (this.mode === 'split' || !same(second)) return first + 1;
		if (this.mode === 'tagged' && second!.indent === head.indent) return first + 1;
		const other = this.mode === 'normal' ? head.indent : second!.indent;
		let at = first + 1;
		while (same(lines[at]) && lines[at]!.indent === other) at++;
		return at;
	}

	#otherIndent(lines: readonly Line[], following: Line | undefined): number {
		const first = lines[0]!.indent;
		const second = lines[1] ?? (following?.text && following.prefixIndent === lines[0]!.prefixIndent ? following : undefined); // prettier-ignore
		if (this.mode === 'crown') return second?.indent ?? first;
		if (this.mode !== 'tagged') return first;
		if (second && second.indent !== first) this.#tagIndent = second.indent;
		else if (this.#tagIndent === first) this.#tagIndent = first === 0 ? DEFAULT_TAG_INDENT : 0;
		return this.#tagIndent;
	}

	#paragraph(lines: readonly Line[], following: Line | undefined): string {
		const first = lines[0]!.indent;
		const other = this.#otherIndent(lines, following);
		this.#words = lines.flatMap((line) => this.#split(line.body));
		const last = this.#words.at(-1)!;
		last.period = last.final = true;
		this.#breakLines(first, other);
		let out = '';
		for (let at = 0; at < this.#words.length; at = this.#words[at]!.next)
			out += this.#line(at, at === 0 ? first : other, lines[0]!.prefixIndent);
		return out;
	}

	#split(body: string): Word[] {
		return [...body.matchAll(/([^ \t\v\f\r]+)([ \t\v\f\r]*)/g)].map(([whole, text, blanks], i, all) => {
			const atEnd = i === all.length - 1;
			const bare = text!.replace(/[)\]'"]+$/, '');
			const period = /[.?!]$/.test(bare);
			const final = period && (atEnd || blanks!.length > 1);
			const space = atEnd || this.uniform ? (final ? 2 : 1) : blanks!.length;
			void whole;
			return {
				text: text!,
				length: [...text!].length,
				space,
				paren: /^[(['`"]/.test(text!),
				punct: /[!-/:-@[-`{-~]$/.test(text!),
				period,
				final,
				cost: 0,
				next: 0,
				lineLength: 0
			};
		});
	}

	/** From the last word to the first: where the line that begins here ends best. */
	#breakLines(first: number, other: number): void {
		const words = this.#words;
		for (let start = words.length - 1; start >= 0; start--) {
			const word = words[start]!;
			let best = Infinity;
			let length = (start === 0 ? first : other) + word.length;
			let at = start;
			do {
				at++;
				const cost = this.#lineCost(at, length) + (words[at]?.cost ?? 0);
				if (cost < best) {
					best = cost;
					word.next = at;
					word.lineLength = length;
				}
				if (at === words.length) break;
				length += words[at - 1]!.space + words[at]!.length;
			} while (length < this.width);
			word.cost = best + this.#baseCost(start);
		}
	}

	#lineCost(next: number, length: number): number {
		const word = this.#words[next];
		if (!word) return 0;
		const cost = shortCost(this.goal - length);
		return word.next === this.#words.length ? cost : cost + raggedCost(length - word.lineLength);
	}

	#baseCost(at: number): number {
		const [word, before, earlier] = [this.#words[at]!, this.#words[at - 1], this.#words[at - 2]];
		let cost = LINE_COST;
		if (before?.period) cost += before.final ? -SENTENCE_BONUS : NOBREAK_COST;
		else if (before?.punct) cost -= PUNCT_BONUS;
		else if (before && earlier?.final) cost += widowCost(before.length);
		if (word.paren) cost -= PAREN_BONUS;
		else if (word.final) cost += orphanCost(word.length);
		return cost;
	}

	#line(start: number, indent: number, prefixIndent: number): string {
		const words = this.#words.slice(start, this.#words[start]!.next);
		const lead = this.#space(0, prefixIndent) + this.prefix.trimStart();
		let out = lead + this.#space([...lead].length, indent);
		let column = Math.max(indent, [...lead].length);
		words.forEach((word, i) => {
			out += word.text;
			column += word.length;
			if (i === words.length - 1) return;
			out += this.#space(column, column + word.space);
			column += word.space;
		});
		return `${out}\n`;
	}

	/** Blanks from a column to another, with tabs where the input had some. */
	#space(from: number, to: number): string {
		if (to <= from) return '';
		const stop = Math.floor(to / 8) * 8;
		if (!this.#tabs || from + 1 >= stop) return ' '.repeat(to - from);
		let out = '';
		let column = from;
		for (; column < stop; column = (Math.floor(column / 8) + 1) * 8) out += '\t';
		return out + ' '.repeat(to - column);
	}
}

function* formatFile(tool: Tool, path: string, make: () => Formatter): Sys<void> {
	const fd = yield* openInput(tool, path);
	if (fd === undefined) return;
	yield* tool.print(yield* make().format(decode(yield* readAll(fd))));
	if (fd !== STDIN) yield* close(fd);
}

const run = utility(
	['c|crown-margin', 'p|prefix=', 's|split-only', 't|tagged-paragraph', 'u|uniform-spacing', 'w|width=', 'g|goal='],
	function* (tool, options) {
		const number = (name: string, limit: number): number | undefined => {
			const given = options.get(name);
			if (given === undefined) return undefined;
			const value = /^\d+$/.test(given) ? Number(given) : NaN;
			if (Number.isNaN(value)) throw new Fatal(`invalid width: ${quote(given)}`);
			if (value > limit) throw new Fatal(`invalid width: ${quote(given)}: Numerical result out of range`);
			return value;
		};
		const given = number('width', 2500);
		const goalGiven = number('goal', given ?? 75);
		const width = given ?? (goalGiven === undefined ? 75 : goalGiven + 10);
		const goal = goalGiven ?? Math.trunc((width * (2 * (100 - LEEWAY) + 1)) / 200);
		const mode = ({ 'crown-margin': 'crown', 'split-only': 'split', 'tagged-paragraph': 'tagged' } as const)[(options.last('crown-margin', 'split-only', 'tagged-paragraph') ?? '') as 'split-only'] ?? 'normal'; // prettier-ignore
		const make = (): Formatter =>
			new Formatter(mode, width, goal, options.get('prefix') ?? '', options.has('uniform-spacing'));
		for (const path of options.operands.length > 0 ? options.operands : ['-']) yield* formatFile(tool, path, make);
	}
);

/** "-30" of old is -w 30. */
export const fmt: Main = (argv, env) => {
	const old = /^-(\d+)$/.exec(argv[1] ?? '');
	return run(old ? [argv[0]!, '-w', old[1]!, ...argv.slice(2)] : argv, env);
};

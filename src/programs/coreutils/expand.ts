/** expand(1) and unexpand(1): tabs to blanks and back. */
import type { Main, Sys } from '#kernel/syscalls';
import { quote } from './quote';
import { Fatal, type Parsed, type Tool, utility } from './utility';

/** Where tabs stop. */
class Stops {
	#list: number[] = [];
	#every = 0;
	/** of "+N": counted from the last one of the list */
	#relative = false;

	constructor(texts: readonly string[]) {
		for (const word of texts.flatMap((text) => text.split(/[, \t]/)).filter((one) => one !== '')) this.#add(word);
		if (this.#list.length === 1 && this.#every === 0) this.#every = this.#list.pop()!;
		if (this.#list.length === 0 && this.#every === 0) this.#every = 8;
	}

	#add(word: string): void {
		const found = /^([/+]?)(\d+)$/.exec(word);
		if (!found) throw new Fatal(`tab size contains invalid character(s): ${quote(word.replace(/^\d+/, ''))}`);
		const value = Number(found[2]);
		if (found[1]) {
			this.#every = value;
			this.#relative = found[1] === '+';
			return;
		}
		if (value === 0) throw new Fatal('tab size cannot be 0');
		if (value <= (this.#list.at(-1) ?? 0)) throw new Fatal('tab sizes must be ascending');
		this.#list.push(value);
	}

	/** the first stop behind a column; undefined behind the last one */
	after(column: number): number | undefined {
		const listed = this.#list.find((stop) => stop > column);
		if (listed !== undefined || this.#every === 0) return listed;
		const base = this.#relative ? (this.#list.at(-1) ?? 0) : 0;
		return column + this.#every - ((column - base) % this.#every);
	}
}

function* eachText(tool: Tool, options: Parsed): Sys<string[]> {
	const texts: string[] = [];
	for (const path of options.operands.length > 0 ? options.operands : ['-']) {
		const text = yield* tool.inputText(path);
		if (text !== undefined) texts.push(text);
	}
	return texts;
}

const runExpand = utility(['i|initial', 't|tabs='], function* (tool, options) {
	const stops = new Stops(options.all('tabs'));
	for (const text of yield* eachText(tool, options)) {
		let out = '';
		let column = 0;
		let initial = true;
		for (const character of text) {
			if (character === '\t' && (initial || !options.has('initial'))) {
				const next = stops.after(column) ?? column + 1;
				out += ' '.repeat(next - column);
				column = next;
				continue;
			}
			out += character;
			if (character === '\n') {
				column = 0;
				initial = true;
				continue;
			}
			column = character === '\b' ? Math.max(0, column - 1) : column + 1;
			if (character !== ' ' && character !== '\t') initial = false;
		}
		yield* tool.print(out);
	}
});

const runUnexpand = utility(['a|all', 'first-only', 't|tabs='], function* (tool, options) {
	const stops = new Stops(options.all('tabs'));
	const all = (options.has('all') || options.has('tabs')) && !options.has('first-only');
	for (const text of yield* eachText(tool, options)) {
		for (const line of text.split(/(?<=\n)/)) yield* tool.print(unexpandLine(line, stops, all));
	}
});

function unexpandLine(line: string, stops: Stops, all: boolean): string {
	let out = '';
	let column = 0;
	/** blanks not yet written */
	let pending = '';
	let previousBlank = true;
	for (let at = 0; at < line.length; at++) {
		const character = line[at]!;
		if (character !== ' ' && character !== '\t') {
			out += pending + character;
			pending = '';
			previousBlank = false;
			column = character === '\b' ? Math.max(0, column - 1) : column + 1;
			if (!all) return out + line.slice(at + 1);
			continue;
		}
		const stop = stops.after(column);
		if (stop === undefined) return out + pending + line.slice(at);
		if (character === '\t') {
			column = stop;
			out += '\t';
			pending = '';
			previousBlank = true;
			continue;
		}
		column++;
		pending += ' ';
		if (column === stop) {
			// a single blank before a stop stays one, unless blanks go on behind it
			const single = pending.length === 1 && !previousBlank && line[at + 1] !== ' ' && line[at + 1] !== '\t';
			out += single ? ' ' : '\t';
			pending = '';
		}
		previousBlank = true;
	}
	return out + pending;
}

/** "-4" and "-4,8" of old are -t. */
const oldTabs =
	(main: Main): Main =>
	(argv, env) =>
		main(
			argv.map((word, i) => (i > 0 && /^-\d[\d,]*$/.test(word) ? `--tabs=${word.slice(1)}` : word)),
			env
		);

export const expand = oldTabs(runExpand);
export const unexpand = oldTabs(runUnexpand);

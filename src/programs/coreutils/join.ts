/**
 * join(1) and comm(1): two sorted files side by side. Order is that of C.UTF-8, by code point.
 *
 * Not simulated: join's -o auto together with --header of files of different widths per line is by the first line.
 */
import type { Sys } from '#kernel/syscalls';
import { compare } from './ls';
import { quote, quoteFile, quoteShell } from './quote';
import { errnoOf, strerror } from '../libc/strerror';
import { readAll, readText } from '../libc/stdio';
import { decode } from '../libc/text';
import { Fatal, type Parsed, splitLines, type Tool, UsageError, utility } from './utility';

function twoFiles(options: Parsed, mark: (text: string) => string): readonly [string, string] {
	const { operands } = options;
	if (operands.length === 0) throw new UsageError('missing operand');
	if (operands.length === 1) throw new UsageError(`missing operand after ${quote(operands[0]!)}`);
	if (operands.length > 2) throw new UsageError(`extra operand ${mark(operands[2]!)}`);
	return [operands[0]!, operands[1]!];
}

function* linesOf(path: string, end: string): Sys<string[]> {
	try {
		return splitLines(path === '-' ? decode(yield* readAll(0)) : yield* readText(path), end);
	} catch (thrown) {
		throw new Fatal(`${quoteFile(path)}: ${strerror(errnoOf(thrown))}`);
	}
}

type CheckMode = 'default' | 'always' | 'never';

function checkMode(options: Parsed): CheckMode {
	const last = options.last('check-order', 'nocheck-order');
	return last === 'check-order' ? 'always' : last === 'nocheck-order' ? 'never' : 'default';
}

/** Complains once a file when a line comes before its predecessor, as soon as there was an unpairable line. */
class OrderCheck {
	readonly #told = [false, false];

	constructor(
		readonly tool: Tool,
		readonly mode: CheckMode,
		readonly message: (file: number, line: number, text: string) => string
	) {}

	*look(file: number, line: number, text: string, disorder: boolean, unpaired: boolean): Sys<void> {
		if (!disorder || this.#told[file] || this.mode === 'never') return;
		if (this.mode === 'default' && !unpaired) return;
		this.#told[file] = true;
		yield* this.tool.complain(this.message(file, line, text));
		if (this.mode === 'always') throw new Fatal(undefined);
	}

	get any(): boolean {
		return this.#told.includes(true);
	}
}

export const comm = utility(
	['1', '2', '3', 'check-order', 'nocheck-order', 'output-delimiter=', 'total', 'z|zero-terminated'],
	function* (tool, options) {
		const paths = twoFiles(options, quote);
		const end = options.has('zero-terminated') ? '\0' : '\n';
		const delimiter = options.get('output-delimiter') === '' ? '\0' : (options.get('output-delimiter') ?? '\t');
		const files = [yield* linesOf(paths[0], end), yield* linesOf(paths[1], end)] as const;
		const check = new OrderCheck(tool, checkMode(options), (file) => `file ${file + 1} is not in sorted order`);
		const at = [0, 0] as [number, number];
		const totals = [0, 0, 0];
		let unpaired = false;
		const advance = function* (file: 0 | 1): Sys<void> {
			const line = files[file][at[file]]!;
			const next = files[file][++at[file]];
			yield* check.look(file, at[file] + 1, next ?? '', next !== undefined && compare(line, next) > 0, unpaired);
		};
		while (at[0] < files[0].length || at[1] < files[1].length) {
			const [a, b] = [files[0][at[0]], files[1][at[1]]];
			const order = a === undefined ? 1 : b === undefined ? -1 : compare(a, b);
			const column = order < 0 ? 0 : order > 0 ? 1 : 2;
			if (order !== 0) unpaired = true;
			totals[column]!++;
			if (!options.has(String(column + 1))) {
				const before = ['1', '2'].slice(0, column).filter((name) => !options.has(name)).length;
				yield* tool.print(delimiter.repeat(before) + (a !== undefined && order <= 0 ? a : b!) + end);
			}
			if (order <= 0) yield* advance(0);
			if (order >= 0) yield* advance(1);
		}
		if (options.has('total')) yield* tool.print(`${totals.join(delimiter)}${delimiter}total${end}`);
		if (check.any) throw new Fatal('input is not in sorted order');
	}
);

interface Line {
	readonly text: string;
	readonly fields: readonly string[];
	readonly key: string;
}

const fieldNumber = (text: string): number => {
	if (!/^[1-9]\d*$/.test(text)) throw new Fatal(`invalid field number: ${quote(text)}`);
	return Number(text) - 1;
};

const fileNumber = (text: string): number => {
	if (text !== '1' && text !== '2') throw new Fatal(`invalid field number: ${quote(text)}`);
	return Number(text) - 1;
};

/** "1.2" of -o: file and field, or the join field. */
type Output = { readonly file: 0 | 1; readonly field: number } | 'key';

function parseOutput(words: readonly string[]): Output[] {
	return words.map((word) => {
		if (word === '0') return 'key';
		if (!/^[12]/.test(word)) throw new Fatal(`invalid file number in field spec: ${quote(word)}`);
		const found = /^([12])\.(.*)$/.exec(word);
		if (!found) throw new Fatal(`invalid field specifier: ${quote(word)}`);
		return { file: (Number(found[1]) - 1) as 0 | 1, field: fieldNumber(found[2]!) };
	});
}

class Joiner {
	constructor(
		readonly keys: readonly [number, number],
		readonly separator: string | undefined,
		readonly outputs: readonly Output[] | undefined,
		readonly empty: string,
		readonly ignoreCase: boolean
	) {}

	line(text: string, file: 0 | 1): Line {
		const { separator } = this;
		const fields =
			separator === undefined
				? text.split(/[ \t\n]+/).filter((word, i) => word !== '' || i > 0)
				: separator === ''
					? [text]
					: text.split(separator);
		if (separator === undefined && fields.at(-1) === '') fields.pop();
		return { text, fields, key: fields[this.keys[file]] ?? '' };
	}

	compare(a: Line, b: Line): number {
		return this.ignoreCase ? compare(a.key.toUpperCase(), b.key.toUpperCase()) : compare(a.key, b.key);
	}

	row(a: Line | undefined, b: Line | undefined): string {
		const pair = [a, b];
		const key = (a ?? b!).key;
		const joiner = this.separator ?? ' ';
		if (this.outputs)
			return this.outputs
				.map((one) => (one === 'key' ? key : (pair[one.file]?.fields[one.field] ?? '')) || this.empty)
				.join(joiner);
		const others = pair.flatMap((line, file) => line?.fields.filter((_field, i) => i !== this.keys[file]) ?? []);
		return [key, ...others].map((field) => field || this.empty).join(joiner);
	}
}

/** "auto": the join field, then as many fields as the first line of each file has. */
function automatic(joiner: Joiner, files: readonly [readonly Line[], readonly Line[]]): Output[] {
	const fields = ([0, 1] as const).flatMap((file) =>
		(files[file][0]?.fields ?? [])
			.map((_field, field) => ({ file, field }))
			.filter(({ field }) => field !== joiner.keys[file])
	);
	return ['key', ...fields];
}

export const join = utility(
	['a=', 'e=', 'i|ignore-case', 'j=', 'o=', 't=', 'v=', '1=', '2=', 'check-order', 'nocheck-order', 'header', 'z|zero-terminated'], // prettier-ignore
	function* (tool, options) {
		const separator = options.get('t') === '\\0' ? '\0' : options.get('t');
		if (separator !== undefined && [...separator].length > 1)
			throw new Fatal(`multi-character tab ${quote(separator)}`);
		const both = options.get('j');
		const keys = [fieldNumber(options.get('1') ?? both ?? '1'), fieldNumber(options.get('2') ?? both ?? '1')] as const;
		const also = [...options.all('a'), ...options.all('v')].map(fileNumber);
		const pairs = !options.options.some(({ name }) => name === 'v');
		const words = options.all('o').flatMap((text) => text.split(/[, \t]+/)).filter(Boolean); // prettier-ignore
		const auto = words[0] === 'auto';
		const outputs = words.length > 0 && !auto ? parseOutput(words) : undefined;
		const paths = twoFiles(options, quoteShell);
		const end = options.has('zero-terminated') ? '\0' : '\n';
		let joiner = new Joiner(keys, separator, outputs, options.get('e') ?? '', options.has('ignore-case'));
		const texts = [yield* linesOf(paths[0], end), yield* linesOf(paths[1], end)] as const;
		const files = [texts[0].map((text) => joiner.line(text, 0)), texts[1].map((text) => joiner.line(text, 1))] as const;
		if (auto) joiner = new Joiner(keys, separator, automatic(joiner, files), joiner.empty, joiner.ignoreCase);
		const check = new OrderCheck(
			tool,
			checkMode(options),
			(file, line, text) => `${paths[file]}:${line}: is not sorted: ${text}`
		);
		const at = [0, 0] as [number, number];
		if (options.has('header') && (files[0].length > 0 || files[1].length > 0)) {
			yield* tool.print(joiner.row(files[0][0], files[1][0]) + end);
			at[0] = at[1] = 1;
		}
		yield* merge(tool, joiner, files, at, { also, pairs, end, check });
		if (check.any) throw new Fatal('input is not in sorted order');
	}
);

interface Merge {
	/** files whose unpairable lines are shown */
	readonly also: readonly number[];
	readonly pairs: boolean;
	readonly end: string;
	readonly check: OrderCheck;
}

function* merge(
	tool: Tool,
	joiner: Joiner,
	files: readonly [readonly Line[], readonly Line[]],
	at: [number, number],
	{ also, pairs, end, check }: Merge
): Sys<void> {
	let unpaired = false;
	const advance = function* (file: 0 | 1): Sys<void> {
		const line = files[file][at[file]]!;
		const next = files[file][++at[file]];
		const disorder = next !== undefined && joiner.compare(line, next) > 0;
		yield* check.look(file, at[file] + 1, next?.text ?? '', disorder, unpaired);
	};
	const single = function* (file: 0 | 1): Sys<void> {
		const line = files[file][at[file]]!;
		if (also.includes(file)) yield* tool.print(joiner.row(file === 0 ? line : undefined, file === 1 ? line : undefined) + end); // prettier-ignore
		unpaired = true;
		yield* advance(file);
	};
	while (at[0] < files[0].length && at[1] < files[1].length) {
		const [a, b] = [files[0][at[0]]!, files[1][at[1]]!];
		const order = joiner.compare(a, b);
		if (order !== 0) {
			yield* single(order < 0 ? 0 : 1);
			continue;
		}
		const runs: [Line[], Line[]] = [[], []];
		for (const file of [0, 1] as const) {
			while (at[file] < files[file].length && joiner.compare(files[file][at[file]]!, [a, b][file]!) === 0) {
				runs[file].push(files[file][at[file]]!);
				yield* advance(file);
			}
		}
		if (pairs) for (const left of runs[0]) for (const right of runs[1]) yield* tool.print(joiner.row(left, right) + end); // prettier-ignore
	}
	for (const file of [0, 1] as const) {
		while (at[file] < files[file].length) yield* single(file);
	}
}

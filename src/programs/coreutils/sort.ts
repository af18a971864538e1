/** sort(1) and uniq(1). Order is that of C.UTF-8: by code point. Lacks --parallel, --files0-from, random sort. */
import { writeFile } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import type { Main } from '#kernel/syscalls';
import { compare, compareVersions } from './ls';
import { quote, quoteFile } from './quote';
import { Fatal, splitLines, UsageError, utility } from './utility';

interface Key {
	readonly start: readonly [field: number, character: number];
	readonly end: readonly [field: number, character: number] | undefined;
	/** ordering letters: b d f g h i M n R r V */
	readonly letters: string;
	readonly endBlank: boolean;
}

const GLOBAL = ['b|ignore-leading-blanks', 'd|dictionary-order', 'f|ignore-case', 'g|general-numeric-sort', 'h|human-numeric-sort', 'i|ignore-nonprinting', 'M|month-sort', 'n|numeric-sort', 'R|random-sort', 'r|reverse', 'V|version-sort']; // prettier-ignore
const LETTER: Readonly<Record<string, string>> = Object.fromEntries(GLOBAL.map((row) => [row.slice(2), row[0]!]));
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function parseKey(text: string): Key {
	const found = /^(\d+)(?:\.(\d+))?([bdfghiMnRrV]*)(?:,(\d+)(?:\.(\d+))?([bdfghiMnRrV]*))?$/.exec(text);
	if (!found) throw new Fatal(/^\d/.test(text) ? `stray character in field spec: invalid field specification ${quote(text)}` : `invalid number at field start: invalid count at start of ${quote(text)}`, 2); // prettier-ignore
	const [, field, character, letters, endField, endCharacter, endLetters] = found;
	if (Number(field) === 0)
		throw new Fatal(`-: invalid field specification ${quote(text)}`.replace('-: ', 'field number is zero: '), 2);
	return {
		start: [Number(field), Number(character ?? 1)],
		end: endField === undefined ? undefined : [Number(endField), Number(endCharacter ?? 0)],
		letters: letters! + (endLetters ?? '').replace('b', ''),
		endBlank: (endLetters ?? '').includes('b')
	};
}

type Text = (line: string) => string;

/** Where fields begin: after each separator, or at the blanks in front of each word. */
function fieldStarts(line: string, separator: string | undefined): number[] {
	const starts = [0];
	if (separator !== undefined) {
		for (let at = line.indexOf(separator); at >= 0; at = line.indexOf(separator, at + 1)) starts.push(at + 1);
		return starts;
	}
	for (const found of line.matchAll(/[^ \t](?=[ \t])/g)) starts.push(found.index + 1);
	return starts;
}

const skipBlanks = (line: string, at: number): number => {
	while (at < line.length && (line[at] === ' ' || line[at] === '\t')) at++;
	return at;
};

function extractor(key: Key, separator: string | undefined): Text {
	return (line) => {
		const starts = fieldStarts(line, separator);
		let from = starts[key.start[0] - 1] ?? line.length;
		if (key.letters.includes('b')) from = skipBlanks(line, from);
		from = Math.min(line.length, from + key.start[1] - 1);
		let to = line.length;
		if (key.end) {
			const [field, character] = key.end;
			if (character === 0) {
				const next = starts[field];
				to = next === undefined ? line.length : separator === undefined ? next : next - 1;
			} else {
				let begin = starts[field - 1] ?? line.length;
				if (key.endBlank) begin = skipBlanks(line, begin);
				to = Math.min(line.length, begin + character);
			}
		}
		return line.slice(from, Math.max(from, to));
	};
}

function numeric(text: string): number {
	const found = /^[ \t]*(-?)(\d*)(?:\.(\d*))?/.exec(text)!;
	const value = Number(`${found[2] || 0}.${found[3] || 0}`);
	return found[1] ? -value : value;
}

function human(text: string): number {
	const found = /^[ \t]*(-?)(\d*\.?\d*)([kKMGTPEZY]?)/.exec(text)!;
	const power = found[3] === '' ? 0 : 'KMGTPEZY'.indexOf(found[3]!.toUpperCase()) + 1;
	const value = Number(found[2] || 0) * 1024 ** power;
	return found[1] ? -value : value;
}

function general(text: string): number {
	const value = Number.parseFloat(text);
	return Number.isNaN(value) ? (/^\s*nan/i.test(text) ? -1e308 : -Infinity) : value;
}

function comparer(letters: string): (a: string, b: string) => number {
	const prepare = (text: string): string => {
		let out = letters.includes('b') ? text.replace(/^[ \t]+/, '') : text;
		if (letters.includes('d')) out = out.replace(/[^A-Za-z0-9 \t\u0080-\uffff]/g, '');
		if (letters.includes('i')) out = out.replace(/[\0-\x1f\x7f]/g, '');
		return letters.includes('f') ? out.toUpperCase() : out;
	};
	const measures: readonly (readonly [string, (text: string) => number])[] = [
		['n', numeric],
		['g', general],
		['h', human],
		['M', (text) => MONTHS.indexOf(text.trim().slice(0, 3).toUpperCase())]
	];
	const measure = measures.find(([letter]) => letters.includes(letter))?.[1];
	if (measure) {
		return (a, b) => {
			const [x, y] = [measure(a), measure(b)];
			return x < y ? -1 : x > y ? 1 : 0;
		};
	}
	if (letters.includes('V')) return (a, b) => compareVersions(prepare(a), prepare(b));
	return (a, b) => compare(prepare(a), prepare(b));
}

const runSort = utility(
	[...GLOBAL, 'c|check=?', 'C', 'm|merge', 'o|output=', 's|stable', 'S|buffer-size=', 't|field-separator=', 'T|temporary-directory=', 'u|unique', 'z|zero-terminated', 'k|key=', 'parallel=', 'debug', 'sort='], // prettier-ignore
	function* (tool, options) {
		const letters = options.options.map(({ name }) => LETTER[name] ?? '').join('');
		let separator = options.get('field-separator');
		if (separator === '\\0') separator = '\0';
		if (separator === '') throw new Fatal('empty tab', 2);
		if (separator !== undefined && [...separator].length > 1)
			throw new Fatal(`multi-character tab ${quote(separator)}`, 2);
		const end = options.has('zero-terminated') ? '\0' : '\n';
		const keys = options
			.all('key')
			.map(parseKey)
			.map((key) => (key.letters === '' && !key.endBlank ? { ...key, letters } : key));
		const parts = keys.length > 0 ? keys.map((key) => ({ text: extractor(key, separator), order: comparer(key.letters.replace('b', '')), reverse: key.letters.includes('r') })) : [{ text: (line: string) => line, order: comparer(letters), reverse: letters.includes('r') }]; // prettier-ignore
		const unique = options.has('unique');
		const byKeys = (a: string, b: string): number => {
			for (const { text, order, reverse } of parts) {
				const difference = order(text(a), text(b));
				if (difference !== 0) return reverse ? -difference : difference;
			}
			return 0;
		};
		const order = (a: string, b: string): number => {
			const difference = byKeys(a, b);
			if (difference !== 0 || unique || options.has('stable')) return difference;
			return letters.includes('r') ? -compare(a, b) : compare(a, b);
		};
		const lines: string[] = [];
		const files = options.operands.length > 0 ? options.operands : ['-'];
		for (const path of files) {
			const text = yield* tool.inputText(
				path,
				(error) => `${error === strerror('EISDIR') ? 'read failed' : 'cannot read'}: ${quoteFile(path)}: ${error}`
			);
			if (text === undefined) return 2;
			for (const line of splitLines(text, end)) lines.push(line);
		}
		if (options.has('check') || options.has('C')) {
			const at = lines.findIndex(
				(line, i) => i > 0 && (unique ? order(lines[i - 1]!, line) >= 0 : order(lines[i - 1]!, line) > 0)
			);
			if (at < 0) return 0;
			const silent = options.has('C') || /^(quiet|silent)$/.test(options.get('check') ?? '');
			if (!silent) yield* tool.warn(`${files[0]}:${at + 1}: disorder: ${lines[at]}`);
			return 1;
		}
		lines.sort(order);
		const kept = unique ? lines.filter((line, i) => i === 0 || byKeys(lines[i - 1]!, line) !== 0) : lines;
		const out = kept.map((line) => line + end).join('');
		const output = options.get('output');
		if (output === undefined) yield* tool.print(out);
		else {
			try {
				yield* writeFile(output, out);
			} catch (thrown) {
				throw new Fatal(`open failed: ${quoteFile(output)}: ${strerror(errnoOf(thrown))}`, 2);
			}
		}
		return undefined;
	},
	{ usageStatus: 2 }
);
export const sort: Main = runSort;

export const uniq = utility(
	['c|count', 'd|repeated', 'D', 'all-repeated=?', 'f|skip-fields=', 'group=?', 'i|ignore-case', 's|skip-chars=', 'u|unique', 'w|check-chars=', 'z|zero-terminated'], // prettier-ignore
	function* (tool, options) {
		const [input = '-', output] = options.operands;
		if (options.operands.length > 2) throw new UsageError(`extra operand ${quote(options.operands[2]!)}`);
		const end = options.has('zero-terminated') ? '\0' : '\n';
		const text = yield* tool.inputText(input);
		if (text === undefined) return;
		const [fields, characters, width] = ['skip-fields', 'skip-chars', 'check-chars'].map((name) => options.get(name)).map((value) => (value === undefined ? undefined : Number(value))); // prettier-ignore
		const keyOf = (line: string): string => {
			let key = line;
			for (let i = 0; i < (fields ?? 0); i++) key = key.replace(/^[ \t]*[^ \t]*/, '');
			key = key.slice(characters ?? 0);
			if (width !== undefined) key = key.slice(0, width);
			return options.has('ignore-case') ? key.toLowerCase() : key;
		};
		const groups: string[][] = [];
		let last: string | undefined;
		for (const line of splitLines(text, end)) {
			const key = keyOf(line);
			if (key === last) groups.at(-1)!.push(line);
			else groups.push([line]);
			last = key;
		}
		const all = options.has('D') || options.has('all-repeated');
		const separated = options.get('all-repeated');
		let out = '';
		for (const group of groups) {
			if ((options.has('repeated') || all) && group.length < 2) continue;
			if (options.has('unique') && group.length > 1) continue;
			if (all) {
				if (separated === 'prepend' || (separated === 'separate' && out !== '')) out += end;
				out += group.map((line) => line + end).join('');
			} else if (options.has('group')) out += (out === '' ? '' : end) + group.map((line) => line + end).join('');
			else out += (options.has('count') ? `${String(group.length).padStart(7)} ` : '') + group[0]! + end;
		}
		if (output === undefined) yield* tool.print(out);
		else yield* writeFile(output, out);
	}
);

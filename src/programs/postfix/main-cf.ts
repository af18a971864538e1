/**
 * main.cf with positions: every entry knows its line, and every item of a list the line and column where it stands.
 *
 * Does: logical lines (`logical-lines.ts`), `name = value` (split_nameval(3)), the warnings and fatal errors of
 *       dict_load_fp(3). The later entry of a name wins; a warning is given only when the value differs.
 * Lacks: comments behind a value (there are none in main.cf: `#` stays in the value).
 */
import { logicalLines, placeOf, type LogicalLine } from './logical-lines';

export const COMMA_SPACE = /[,\s]/;

export interface Entry {
	readonly name: string;
	readonly value: string;
	readonly path: string;
	readonly lines: LogicalLine;
	/** offsets into `lines.text` */
	readonly nameOffset: number;
	readonly valueOffset: number;
}

/** A line that cannot be understood. */
export interface Mistake {
	/** "missing '=' after attribute name" */
	readonly text: string;
	readonly lines: LogicalLine;
}

export type NameValue = {
	readonly name: string;
	readonly value: string;
	readonly nameOffset: number;
	readonly valueOffset: number;
};

/** @returns name and value, or what is wrong with the text (split_nameval(3)) */
export function splitNameValue(text: string): NameValue | string {
	const nameOffset = /^\s*/.exec(text)![0].length;
	const [name] = /^[^\s=]*/.exec(text.slice(nameOffset))!;
	if (name === '') return 'missing attribute name';
	const equals = nameOffset + name.length + /^\s*/.exec(text.slice(nameOffset + name.length))![0].length;
	if (text[equals] !== '=') return "missing '=' after attribute name";
	const blank = /^\s*/.exec(text.slice(equals + 1))![0].length;
	const valueOffset = equals + 1 + blank;
	return { name, value: text.slice(valueOffset).trimEnd(), nameOffset, valueOffset };
}

export interface MainCf {
	readonly path: string;
	/** all entries in the order of the file, overridden ones too */
	readonly all: readonly Entry[];
	/** the entry that counts */
	readonly entries: ReadonlyMap<string, Entry>;
	readonly mistakes: readonly Mistake[];
}

/**
 * Reads all of the text; whoever runs on it says the first mistake as fatal error (`mistakeText`). Warnings that stand
 * behind the first mistake are not given, as the real program has ended by then.
 * @param preset what is set before the file is read: config_directory
 */
export function parseMainCf(
	text: string,
	path: string,
	warn: (text: string) => void,
	preset: ReadonlyMap<string, string> = new Map()
): MainCf {
	const all: Entry[] = [];
	const entries = new Map<string, Entry>();
	const mistakes: Mistake[] = [];
	for (const lines of logicalLines(text, path, (what) => mistakes.length === 0 && warn(what))) {
		const split = splitNameValue(lines.text);
		if (typeof split === 'string') {
			mistakes.push({ text: split, lines });
			continue;
		}
		const old = entries.get(split.name)?.value ?? preset.get(split.name);
		if (old !== undefined && old !== split.value && mistakes.length === 0)
			warn(`${path}, line ${lines.line}: overriding earlier entry: ${split.name}=${old}`);
		const entry: Entry = { ...split, path, lines };
		all.push(entry);
		entries.set(split.name, entry);
	}
	return { path, all, entries, mistakes };
}

export function mistakeText(path: string, mistake: Mistake): string {
	return `${path}, line ${mistake.lines.line}: ${mistake.text}: "${mistake.lines.text}"`;
}

export interface ValueItem {
	readonly text: string;
	/** offset into the value */
	readonly offset: number;
}

/**
 * Splits at commas and white space. What stands in `${…}` or `{…}` stays together.
 */
export function splitItems(value: string): ValueItem[] {
	const items: ValueItem[] = [];
	let start = -1;
	let level = 0;
	for (let i = 0; i <= value.length; i++) {
		const char = value[i];
		if (char === '{') level++;
		else if (char === '}' && level > 0) level--;
		const separates = char === undefined || (level === 0 && COMMA_SPACE.test(char));
		if (!separates && start < 0) start = i;
		if (separates && start >= 0) {
			items.push({ text: value.slice(start, i), offset: start });
			start = -1;
		}
	}
	return items;
}

/** Line and column (1-based) of an offset into the entry's value. */
export function placeInValue(entry: Entry, offset: number): { line: number; column: number } {
	return placeOf(entry.lines, entry.valueOffset + offset);
}

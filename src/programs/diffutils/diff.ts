/**
 * diff(1) of diffutils 3.8: files and directories; normal, unified, context, ed, rcs and side-by-side output.
 *
 * Not simulated: -D, --line-format and its relatives, --color (accepted, without effect), --to-file and --from-file.
 */
import { O, S, type Main, type Stat, type Sys } from '#kernel/syscalls';
import { globMatches } from '../coreutils/glob';
import { isDirectory, typeName } from '../coreutils/modes';
import { quoteIfNeeded } from '../coreutils/quote';
import { Fatal, splitLines, type Parsed, type Tool, UsageError, utility } from '../coreutils/utility';
import { Regex } from '../libc/regex';
import { readAll, readText } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { breakDown, strftime } from '../libc/strftime';
import { decode } from '../libc/text';
import { close, fstat, lstat, open, readdir, stat, time } from '../libc/unistd';
import { context, ed, type Lines, normal, rcs, type Shown, sideBySide, unified } from './formats';
import { type Change, editScript } from './script';

const SAME = 0;
const DIFFERENT = 1;
const TROUBLE = 2;

type Style = 'normal' | 'unified' | 'context' | 'ed' | 'rcs' | 'side-by-side';

interface Settings {
	readonly tool: Tool;
	readonly options: Parsed;
	readonly style: Style;
	readonly context: number;
	readonly labels: readonly string[];
	/** the options as given, for "diff -r a b" */
	readonly switches: string;
	readonly excluded: readonly string[];
	readonly ignored: readonly Regex[];
	readonly heading: ((line: string) => boolean) | undefined;
	/** a line as it counts */
	readonly key: (line: string) => string;
}

/** One side: what is there, or nothing with -N. */
interface Side {
	readonly path: string;
	readonly found: Stat | undefined;
}

const ROWS = [
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a|text', 'b|ignore-space-change', 'B|ignore-blank-lines', 'c', 'C|context=?', 'color=?', 'd|minimal', 'e|ed',
	'E|ignore-tab-expansion', 'F|show-function-line=', 'horizon-lines=', 'i|ignore-case', 'ignore-file-name-case', 'I|ignore-matching-lines=', 'l|paginate', 'L|label=',
	'left-column', 'n|rcs', 'N|new-file', 'no-dereference', 'no-ignore-file-name-case', 'normal', 'p|show-c-function', 'P|unidirectional-new-file', 'q|brief', 'r|recursive',
	's|report-identical-files', 'S|starting-file=', 'speed-large-files|H', 'strip-trailing-cr', 'suppress-blank-empty', 'suppress-common-lines', 't|expand-tabs', 'tabsize=',
	'T|initial-tab', 'u', 'U|unified=?', 'v', 'w|ignore-all-space', 'W|width=', 'x|exclude=', 'X|exclude-from=', 'y|side-by-side', 'Z|ignore-trailing-space'
]; // prettier-ignore

const STYLE_OF: Readonly<Record<string, Style>> = { c: 'context', context: 'context', u: 'unified', unified: 'unified', ed: 'ed', rcs: 'rcs', normal: 'normal', 'side-by-side': 'side-by-side' }; // prettier-ignore

export const diff: Main = (argv, env) => {
	const words = prepare(argv);
	return program(words)(words, env);
};

/** The options as they were given, for "diff -rN a b": all words but the operands. */
function switchesOf(argv: readonly string[], operands: readonly string[]): string {
	const left = [...operands];
	const words = argv.slice(1).filter((word) => {
		const at = left.indexOf(word);
		if (at >= 0) left.splice(at, 1);
		return at < 0 && word !== '--';
	});
	return words.map((word) => ` ${quoteIfNeeded(word)}`).join('');
}

/** -C and -U must have a number, --context and --unified may. */
function prepare(argv: readonly string[]): readonly string[] {
	return argv.flatMap((word, i) => {
		if (i > 0 && /^-[CU]$/.test(argv[i - 1]!)) return [];
		return i > 0 && /^-[CU]$/.test(word) && argv[i + 1] !== undefined ? [word + argv[i + 1]!] : [word];
	});
}

const program = (argv: readonly string[]): Main =>
	utility(
		ROWS,
		function* (tool, options) {
			const settings = yield* settingsOf(tool, options, switchesOf(argv, options.operands));
			const { operands } = options;
			if (operands.length < 2)
				throw new UsageError(`missing operand after '${operands[0] ?? lastWord(tool, options)}'`);
			if (operands.length > 2) throw new UsageError(`extra operand '${operands[2]!}'`);
			return yield* compareOperands(settings, operands[0]!, operands[1]!);
		},
		{ usageStatus: TROUBLE, version: 'GNU diffutils) 3.8', namedTry: true }
	);

const lastWord = (tool: Tool, options: Parsed): string => options.options.at(-1)?.as ?? tool.name;

function* settingsOf(tool: Tool, options: Parsed, switches: string): Sys<Settings> {
	const styles = new Set(options.options.flatMap(({ name }) => STYLE_OF[name] ?? []));
	if (styles.size > 1) throw new UsageError('conflicting output style options');
	const digits = options.options.filter(({ name }) => /^\d$/.test(name)).map(({ name }) => name).join(''); // prettier-ignore
	const lengths = [...options.all('unified'), ...options.all('context'), digits].filter((text) => text !== '');
	const invalid = lengths.find((text) => !/^\d+$/.test(text));
	if (invalid !== undefined) throw new UsageError(`invalid context length '${invalid}'`);
	const excluded = options.all('exclude');
	for (const path of options.all('exclude-from')) {
		try {
			excluded.push(...splitLines(path === '-' ? decode(yield* readAll(0)) : yield* readText(path)));
		} catch (thrown) {
			throw new Fatal(`${path}: ${strerror(errnoOf(thrown))}`, TROUBLE);
		}
	}
	const function_ =
		options.get('show-function-line') ?? (options.has('show-c-function') ? '^[[:alpha:]$_]' : undefined);
	const regex = function_ === undefined ? undefined : new Regex(function_);
	return {
		tool,
		options,
		style: [...styles][0] ?? (options.has('show-c-function') || digits !== '' ? 'context' : 'normal'),
		context: Math.max(...lengths.map(Number), lengths.length === 0 ? 3 : 0),
		labels: options.all('label'),
		switches,
		excluded,
		ignored: options.all('ignore-matching-lines').map((text) => new Regex(text)),
		heading: regex && ((text) => regex.exec(text, 0) !== null),
		key: keyFunction(options)
	};
}

/** What of a line counts. */
function keyFunction(options: Parsed): (line: string) => string {
	const steps: ((line: string) => string)[] = [];
	if (options.has('strip-trailing-cr')) steps.push((line) => line.replace(/\r$/, ''));
	if (options.has('ignore-all-space')) steps.push((line) => line.replace(/\s+/g, ''));
	else if (options.has('ignore-space-change')) steps.push((line) => line.replace(/\s+$/, '').replace(/\s+/g, ' '));
	else {
		if (options.has('ignore-trailing-space')) steps.push((line) => line.replace(/\s+$/, ''));
		if (options.has('ignore-tab-expansion'))
			steps.push((line) => {
				let out = '';
				for (const character of line) out += character === '\t' ? ' '.repeat(8 - (out.length % 8)) : character;
				return out;
			});
	}
	if (options.has('ignore-case')) steps.push((line) => line.toLowerCase());
	return (line) => steps.reduce((text, step) => step(text), line);
}

function* look(settings: Settings, path: string): Sys<Stat> {
	if (path === '-') return yield* fstat(0);
	return settings.options.has('no-dereference') ? yield* lstat(path) : yield* stat(path);
}

function* compareOperands(settings: Settings, first: string, second: string): Sys<number> {
	const { tool, options } = settings;
	const found: (Stat | undefined)[] = [];
	const errors: string[] = [];
	for (const path of [first, second]) {
		try {
			found.push(yield* look(settings, path));
		} catch (thrown) {
			found.push(undefined);
			const error = errnoOf(thrown);
			errors.push(error.code === 'ENOENT' && options.has('new-file') ? '' : `${path}: ${strerror(error)}`);
		}
	}
	const real = errors.filter((error) => error !== '');
	if (real.length > 0 || errors.length === 2) {
		for (const error of real.length > 0 ? real : [`${first}: ${strerror('ENOENT')}`, `${second}: ${strerror('ENOENT')}`]) yield* tool.warn(error); // prettier-ignore
		return TROUBLE;
	}
	const folders = found.map((one) => one !== undefined && isDirectory(one.mode));
	const sides = [first, second].map((path, i): Side => ({ path, found: found[i] })) as [Side, Side];
	if (folders[0] !== folders[1] && found[0] && found[1]) {
		// a file and a directory: the file of that name in the directory
		const folder = folders[0] ? 0 : 1;
		const other = sides[1 - folder]!.path;
		if (other === '-') {
			yield* tool.warn("cannot compare '-' to a directory");
			return TROUBLE;
		}
		const path = `${sides[folder]!.path.replace(/\/$/, '')}/${other.replace(/\/+$/, '').replace(/.*\//s, '')}`;
		try {
			sides[folder] = { path, found: yield* look(settings, path) };
		} catch (thrown) {
			yield* tool.warn(`${path}: ${strerror(errnoOf(thrown))}`);
			return TROUBLE;
		}
	}
	return yield* compareSides(settings, sides, 0);
}

function* compareSides(settings: Settings, sides: readonly [Side, Side], depth: number): Sys<number> {
	const { tool, options } = settings;
	const [a, b] = sides.map(({ found }) => found);
	const folders = [a, b].map((one) => one !== undefined && isDirectory(one.mode));
	if (folders[0] && folders[1]) {
		if (depth === 0 || options.has('recursive')) return yield* compareDirectories(settings, sides, depth);
		yield* tool.print(`Common subdirectories: ${sides[0].path} and ${sides[1].path}\n`);
		return SAME;
	}
	if ((folders[0] || folders[1]) && !(a && b)) return yield* compareDirectories(settings, sides, depth);
	const regular = [a, b].map((one) => one === undefined || (one.mode & S.IFMT) === S.IFREG);
	if (folders[0] || folders[1] || (depth > 0 && !(regular[0] && regular[1]))) {
		const link = a && b && (a.mode & S.IFMT) === S.IFLNK && (b.mode & S.IFMT) === S.IFLNK;
		if (link) return SAME;
		const [x, y] = [a, b].map((one) => (one ? describe(one) : 'regular empty file'));
		yield* tool.print(`File ${sides[0].path} is a ${x} while file ${sides[1].path} is a ${y}\n`);
		return DIFFERENT;
	}
	return yield* compareFiles(settings, sides, depth);
}

const describe = (found: Stat): string => typeName(found.mode, found.size);

function* names(settings: Settings, side: Side): Sys<string[] | undefined> {
	if (!side.found) return [];
	try {
		const all = (yield* readdir(side.path)).map(({ name }) => name);
		return all.filter((name) => !settings.excluded.some((pattern) => globMatches(pattern, name))).sort();
	} catch (thrown) {
		yield* settings.tool.warn(`${side.path}: ${strerror(errnoOf(thrown))}`);
		return undefined;
	}
}

function* compareDirectories(settings: Settings, sides: readonly [Side, Side], depth: number): Sys<number> {
	const { tool, options } = settings;
	const lists = [yield* names(settings, sides[0]), yield* names(settings, sides[1])];
	if (!lists[0] || !lists[1]) return TROUBLE;
	const all = [...new Set([...lists[0], ...lists[1]])].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
	const start = depth === 0 ? options.get('starting-file') : undefined;
	let status = SAME;
	for (const name of all) {
		if (start !== undefined && name < start) continue;
		const present = [lists[0].includes(name), lists[1].includes(name)];
		const paths = sides.map(({ path }) => `${path.replace(/\/$/, '')}/${name}`);
		const fill = options.has('new-file') || (options.has('unidirectional-new-file') && !present[0]);
		if (!(present[0] && present[1]) && !fill) {
			yield* tool.print(`Only in ${sides[present[0] ? 0 : 1].path.replace(/(.)\/$/, '$1')}: ${name}\n`);
			status = Math.max(status, DIFFERENT);
			continue;
		}
		const pair: Side[] = [];
		let failed = false;
		for (const i of [0, 1]) {
			try {
				pair.push({ path: paths[i]!, found: present[i] ? yield* look(settings, paths[i]!) : undefined });
			} catch (thrown) {
				yield* tool.warn(`${paths[i]!}: ${strerror(errnoOf(thrown))}`);
				failed = true;
			}
		}
		status = Math.max(status, failed ? TROUBLE : yield* compareSides(settings, pair as [Side, Side], depth + 1));
	}
	return status;
}

function* content(settings: Settings, side: Side): Sys<Uint8Array | undefined> {
	if (!side.found) return new Uint8Array(0);
	try {
		if (side.path === '-') return yield* readAll(0);
		const fd = yield* open(side.path, O.RDONLY);
		try {
			return yield* readAll(fd);
		} finally {
			yield* close(fd);
		}
	} catch (thrown) {
		yield* settings.tool.warn(`${side.path}: ${strerror(errnoOf(thrown))}`);
		return undefined;
	}
}

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]); // prettier-ignore

function* compareFiles(settings: Settings, sides: readonly [Side, Side], depth: number): Sys<number> {
	const { tool, options } = settings;
	const [a, b] = [yield* content(settings, sides[0]), sides[1].path === '-' && sides[0].path === '-' ? undefined : yield* content(settings, sides[1])]; // prettier-ignore
	const sameFile = sides[0].path === '-' && sides[1].path === '-';
	if (!sameFile && (!a || !b)) return TROUBLE;
	const identical = function* (): Sys<number> {
		if (options.has('report-identical-files'))
			yield* tool.print(`Files ${sides[0].path} and ${sides[1].path} are identical\n`);
		return SAME;
	};
	if (sameFile || equalBytes(a!, b!)) {
		if (settings.style !== 'side-by-side' || sameFile || options.has('brief')) return yield* identical();
	}
	const binary = !options.has('text') && (a!.subarray(0, 4096).includes(0) || b!.subarray(0, 4096).includes(0));
	if (binary) {
		const brief = options.has('brief');
		yield* tool.print(`${brief ? 'Files' : 'Binary files'} ${sides[0].path} and ${sides[1].path} differ\n`);
		return brief ? DIFFERENT : TROUBLE;
	}
	const files = [linesOf(a!), linesOf(b!)] as const;
	const spaces = ['ignore-all-space', 'ignore-space-change', 'ignore-trailing-space'].some((name) => options.has(name));
	const keys = files.map(({ lines, complete }) =>
		lines.map((line, i) => settings.key(line) + (i === lines.length - 1 && !complete && !spaces ? '\0' : ''))
	) as [string[], string[]];
	const script = yield* editScript(keys);
	const shownScript = withoutIgnored(settings, files, script);
	if (shownScript.length === 0 && settings.style !== 'side-by-side') return yield* identical();
	if (options.has('brief')) {
		if (shownScript.length === 0) return yield* identical();
		yield* tool.print(`Files ${sides[0].path} and ${sides[1].path} differ\n`);
		return DIFFERENT;
	}
	if (depth > 0) yield* tool.print(`diff${settings.switches} ${sides[0].path} ${sides[1].path}\n`);
	const labels = [yield* label(settings, sides, 0), yield* label(settings, sides, 1)] as const;
	yield* tool.print(render(settings, { files, script: shownScript, context: settings.context, labels, expandTabs: options.has('expand-tabs'), initialTab: options.has('initial-tab'), heading: settings.heading })); // prettier-ignore
	return shownScript.length > 0 ? DIFFERENT : SAME;
}

function render(settings: Settings, shown: Shown): string {
	const { options } = settings;
	const simple = { normal, unified, context, ed, rcs };
	if (settings.style !== 'side-by-side') return simple[settings.style](shown);
	return sideBySide(shown, {
		width: Number(options.get('width') ?? 130),
		leftColumn: options.has('left-column'),
		suppressCommon: options.has('suppress-common-lines')
	});
}

/** -B and -I: changes of nothing but blank or matching lines do not count, unless a real one is beside them. */
function withoutIgnored(
	settings: Settings,
	files: readonly [Lines, Lines],
	script: readonly Change[]
): readonly Change[] {
	const blank = settings.options.has('ignore-blank-lines');
	if (!blank && settings.ignored.length === 0) return script;
	const trivial = (line: string): boolean =>
		(blank && settings.key(line) === '') || settings.ignored.some((regex) => regex.exec(line, 0) !== null);
	const real = script.map(
		({ from0, deleted, from1, inserted }) =>
			!files[0].lines.slice(from0, from0 + deleted).every(trivial) ||
			!files[1].lines.slice(from1, from1 + inserted).every(trivial)
	);
	const grouped = settings.style === 'unified' || settings.style === 'context';
	return script.filter((change, i) => {
		if (real[i]) return true;
		if (!grouped) return false;
		const near = (other: Change, j: number): boolean =>
			real[j]! && Math.abs(other.from0 - change.from0) <= settings.context + Math.max(change.deleted, other.deleted);
		return script.some(near);
	});
}

function linesOf(bytes: Uint8Array): Lines {
	const text = decode(bytes);
	return { lines: splitLines(text), complete: text === '' || text.endsWith('\n') };
}

function* label(settings: Settings, sides: readonly [Side, Side], i: 0 | 1): Sys<string> {
	const given = settings.labels[i];
	if (given !== undefined) return given;
	const { path, found } = sides[i];
	const modified = !found ? 0 : path === '-' && (found.mode & S.IFMT) !== S.IFREG ? yield* time() : found.mtime;
	return `${path}\t${strftime('%Y-%m-%d %H:%M:%S.%N %z', breakDown(modified))}`;
}

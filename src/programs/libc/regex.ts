/**
 * Regular expressions of POSIX as GNU extends them (regex(7), glibc's regcomp and grep's and sed's dialects): basic and
 * extended syntax, `\+ \? \|` in basic ones, `\< \> \b \B \w \W \s \S`, bracket expressions with classes and ranges,
 * intervals, back references. The match is the leftmost and, of those, the longest.
 *
 * A pattern is parsed into a tree (`regex-parse.ts`). Without back references and word edges that re2js lacks it runs on
 * re2js, whose time is linear whatever a learner writes; the others run on a backtracking matcher (`regex-walk.ts`) that
 * gives up after a bounded number of steps and then reports the longest match it has found.
 *
 * Throws `RegexError` with glibc's words.
 *
 * Not simulated: collating elements and equivalence classes beyond single characters, locales other than C.UTF-8.
 */
import { RE2JS } from 're2js';
import { type Dialect, parseRegex, RegexError, type RegexNode, type RegexTree } from './regex-parse';
import { classSource } from './regex-class';
import { walk } from './regex-walk';

export { RegexError } from './regex-parse';

export interface RegexOptions {
	/** extended syntax (ERE); default basic */
	readonly extended?: boolean;
	readonly ignoreCase?: boolean;
	/** REG_NEWLINE: `^` and `$` also at newlines, which `.` and `[^x]` do not match */
	readonly newline?: boolean;
	/** whose reading of doubtful patterns: `grep` takes `a{1` and a leading `*` literally; default `posix` (regcomp) */
	readonly dialect?: Dialect;
}

export interface RegexMatch {
	readonly start: number;
	readonly end: number;
	/** 0 is the whole match; undefined: the group took no part */
	readonly groups: readonly (string | undefined)[];
	readonly spans: readonly (readonly [start: number, end: number] | undefined)[];
}

export class Regex {
	/** parenthesised groups */
	readonly groups: number;
	readonly #tree: RegexTree;
	readonly #options: RegexOptions;
	readonly #compiled: RE2JS | undefined;

	constructor(pattern: string, options: RegexOptions = {}) {
		this.#options = options;
		this.#tree = parseRegex(pattern, { extended: options.extended ?? false, dialect: options.dialect ?? 'posix' });
		this.groups = this.#tree.groups;
		if (!needsWalk(this.#tree.root)) this.#compiled = compile(this.#tree.root, options);
	}

	/** What grep warns of: "* at start of expression". */
	get warnings(): readonly string[] {
		return this.#tree.warnings;
	}

	/** The leftmost longest match that begins at `from` or later; `^` still means the text's beginning. */
	exec(text: string, from = 0): RegexMatch | null {
		if (from > text.length) return null;
		if (!this.#compiled) {
			const spans = walk(this.#tree, text, from, this.#options);
			return spans && toMatch(text, spans);
		}
		const matcher = this.#compiled.matcher(text);
		if (!matcher.find(from)) return null;
		const spans: ([number, number] | undefined)[] = [];
		for (let group = 0; group <= this.groups; group++) {
			const start = matcher.start(group);
			spans.push(start < 0 ? undefined : [start, matcher.end(group)]);
		}
		return toMatch(text, spans);
	}

	test(text: string): boolean {
		return this.#compiled ? this.#compiled.matcher(text).find() : this.exec(text) !== null;
	}

	/** Does the whole text match? (`grep -x`, `expr` anchors one side only) */
	matchesWhole(text: string): boolean {
		if (this.#compiled) return this.#compiled.matcher(text).matches();
		const match = this.exec(text);
		return match !== null && match.start === 0 && match.end === text.length;
	}
}

function toMatch(text: string, spans: readonly (readonly [number, number] | undefined)[]): RegexMatch {
	const [start, end] = spans[0]!;
	return { start, end, spans, groups: spans.map((span) => span && text.slice(span[0], span[1])) };
}

function needsWalk(node: RegexNode): boolean {
	switch (node.kind) {
		case 'backReference':
			return true;
		case 'edge':
			return node.at === 'wordStart' || node.at === 'wordEnd';
		case 'group':
		case 'repeat':
			return needsWalk(node.body);
		case 'sequence':
		case 'choice':
			return node.parts.some(needsWalk);
		default:
			return false;
	}
}

function compile(root: RegexNode, options: RegexOptions): RE2JS {
	const flags =
		RE2JS.LONGEST_MATCH |
		(options.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
		(options.newline ? RE2JS.MULTILINE : RE2JS.DOTALL);
	try {
		return RE2JS.compile(source(root, options), flags);
	} catch {
		throw new RegexError('Regular expression too big');
	}
}

const EDGES = {
	lineStart: '^',
	lineEnd: '$',
	textStart: '\\A',
	textEnd: '\\z',
	boundary: '\\b',
	notBoundary: '\\B'
} as const;

/** The pattern in re2's syntax. */
function source(node: RegexNode, options: RegexOptions): string {
	switch (node.kind) {
		case 'character':
			return literal(node.value);
		case 'any':
			return '.';
		case 'set':
			return classSource(node, 're2', options.newline ?? false);
		case 'edge':
			if (node.at === 'lineEnd') return options.newline ? '$' : '\\z';
			return EDGES[node.at as keyof typeof EDGES];
		case 'group':
			return `(${source(node.body, options)})`;
		case 'sequence':
			return node.parts.map((part) => source(part, options)).join('');
		case 'choice':
			return `(?:${node.parts.map((part) => source(part, options)).join('|')})`;
		case 'repeat': {
			const body = node.body.kind === 'group' ? source(node.body, options) : `(?:${source(node.body, options)})`;
			return body + repetition(node.least, node.most);
		}
		case 'backReference':
			throw new RegexError('Invalid back reference');
	}
}

function repetition(least: number, most: number): string {
	if (most === Infinity) return least === 0 ? '*' : least === 1 ? '+' : `{${least},}`;
	return least === 0 && most === 1 ? '?' : `{${least},${most}}`;
}

function literal(character: string): string {
	if (/^[A-Za-z0-9]$/.test(character)) return character;
	return `\\x{${character.codePointAt(0)!.toString(16)}}`;
}

/**
 * `regexp:` and `pcre:`, patterns in the order of the file: `/pattern/flags result`, `!/pattern/`, if … endif, `$1` in the
 * result (dict_regexp(3), dict_pcre(3)).
 *
 * Engines: `regexp:` runs on the POSIX expressions of libc, `pcre:` on re2js; Perl's look-around and back references,
 * which re2js lacks, run on the host's own engine, but only without a repeated group that repeats inside, so that no
 * pattern takes exponential time.
 * Not simulated: PCRE's A, E, U and X options beyond being accepted; named groups.
 */
import { RE2JS } from 're2js';
import type { Sys } from '#kernel/syscalls';
import { Regex, RegexError } from '../../libc/regex';
import { logicalLines } from '../logical-lines';
import { referenceAt } from '../expand';
import type { Dict, OpenFlags } from './dict';
import { ruleText, type RuleSource } from './rule-source';
import { trimBlanks } from './table-file';

type Groups = readonly (string | undefined)[];

interface Compiled {
	readonly groups: number;
	exec(text: string): Groups | null;
}

interface Pattern {
	readonly source: string;
	readonly negate: boolean;
	readonly options: ReadonlySet<string>;
}

/** Text pieces and group numbers of a result. */
type Template = readonly (string | number)[];

type Rule =
	| {
			readonly op: 'match';
			readonly test: Test;
			readonly second: Test | undefined;
			readonly result: Template;
			readonly line: number;
	  }
	| { readonly op: 'if'; readonly test: Test; end: number | undefined; readonly line: number }
	| { readonly op: 'endif'; readonly line: number };

interface Test {
	readonly compiled: Compiled;
	readonly negate: boolean;
}

const FLAGS = { regexp: 'imx', pcre: 'imsxAEUX' } as const;
type Kind = keyof typeof FLAGS;

/** The parser of one file; `complain` says a warning with the place in front. */
class Parser {
	constructor(
		readonly kind: Kind,
		readonly complain: (text: string) => void,
		/** without the place in front */
		readonly warn: (text: string) => void,
		readonly flags: OpenFlags
	) {}

	/** `/pattern/flags`; undefined after a warning. */
	pattern(text: string): { pattern: Pattern; rest: string } | undefined {
		const [before] = /^[!\s]*/.exec(text)!;
		const negate = [...before].filter((char) => char === '!').length % 2 === 1;
		let at = before.length;
		if (at >= text.length) return this.#skip('no regexp: skipping this rule');
		const delimiter = text[at++]!;
		const start = at;
		while (at < text.length && text[at] !== delimiter) at += text[at] === '\\' && at + 1 < text.length ? 2 : 1;
		if (at >= text.length || text[at] !== delimiter) {
			const what = this.kind === 'pcre' ? 'ignoring' : 'skipping';
			return this.#skip(`no closing regexp delimiter "${delimiter}": ${what} this rule`);
		}
		const source = text.slice(start, at++);
		const options = new Set(this.kind === 'pcre' ? ['i', 's'] : ['i', 'x']);
		for (; at < text.length && !/[\s!]/.test(text[at]!); at++) {
			const option = text[at]!;
			if (!FLAGS[this.kind].includes(option))
				return this.#skip(`unknown regexp option "${option}": skipping this rule`);
			if (!options.delete(option)) options.add(option);
		}
		return { pattern: { source, negate, options }, rest: text.slice(at) };
	}

	#skip(text: string): undefined {
		this.complain(text);
		return undefined;
	}

	compile(pattern: Pattern): Compiled | undefined {
		try {
			return this.kind === 'regexp' ? compilePosix(pattern) : compilePerl(pattern);
		} catch (thrown) {
			if (thrown instanceof RegexError) return this.#skip(thrown.message);
			if (thrown instanceof PerlError) return this.#skip(thrown.text);
			throw thrown;
		}
	}

	/** The result with its `$1`; undefined after a warning. */
	template(text: string): Template | undefined {
		const parts: (string | number)[] = [];
		let literal = '';
		for (let at = 0; at < text.length;) {
			if (text[at] !== '$' || text[at + 1] === '$') {
				literal += text[at];
				at += text[at] === '$' ? 2 : 1;
				continue;
			}
			const reference = referenceAt(text, at + 1);
			const name = reference?.inside ?? '';
			if (!/^\d+$/.test(name)) {
				if (name === '') this.warn(`${reference ? 'empty macro name' : 'truncated macro reference'}: "${text}"`);
				else this.complain(`non-numeric replacement index "${name}"`);
				return this.#skip('bad replacement syntax: skipping this rule');
			}
			if (Number(name) < 1) {
				this.complain(`${this.kind === 'pcre' ? 'out of range' : 'out-of-range'} replacement index "${name}"`);
				return this.#skip('bad replacement syntax: skipping this rule');
			}
			if (literal !== '') parts.push(literal);
			literal = '';
			parts.push(Number(name));
			at = reference!.next;
		}
		if (literal !== '') parts.push(literal);
		return parts;
	}

	rule(text: string, line: number, nesting: number): Rule | undefined {
		if (!/^[A-Za-z0-9]/.test(text)) return this.#match(text, line);
		const word = /^(if|endif)(?![A-Za-z0-9])/i.exec(text)?.[1]?.toLowerCase();
		if (word === 'if') return this.#if(text.slice(2).trimStart(), line);
		if (word === 'endif') {
			if (nesting === 0) return this.#skip('ignoring ENDIF without matching IF');
			if (text.slice(5).trim() !== '') this.complain('ignoring extra text after ENDIF');
			return { op: 'endif', line };
		}
		return this.#skip('ignoring unrecognized request');
	}

	#if(text: string, line: number): Rule | undefined {
		const parsed = this.pattern(text);
		if (!parsed) return undefined;
		const extra = parsed.rest.trimStart();
		if (extra !== '') {
			this.complain(`ignoring extra text after IF statement: "${extra}"`);
			this.complain('do not prepend whitespace to statements between IF and ENDIF');
		}
		const compiled = this.compile(parsed.pattern);
		return compiled && { op: 'if', test: { compiled, negate: parsed.pattern.negate }, end: undefined, line };
	}

	#match(text: string, line: number): Rule | undefined {
		const first = this.pattern(text);
		if (!first) return undefined;
		let rest = first.rest;
		let second: Pattern | undefined;
		if (this.kind === 'regexp' && rest.startsWith('!')) {
			const other = this.pattern(rest);
			if (!other) return undefined;
			second = other.pattern;
			rest = other.rest;
		}
		rest = rest.trimStart();
		if (rest === '') this.complain('no replacement text: using empty string');
		const result = this.template(rest);
		if (!result) return undefined;
		const highest = Math.max(0, ...result.filter((part) => typeof part === 'number'));
		if (highest > 0 && first.pattern.negate)
			return this.#skip('$number found in negative match replacement text: skipping this rule');
		if (highest > 0 && this.flags.paranoid)
			return this.#skip('regular expression substitution is not allowed: skipping this rule');
		const compiled = this.compile(first.pattern);
		if (!compiled) return undefined;
		if (highest > compiled.groups) return this.#skip(`out of range replacement index "${highest}": skipping this rule`);
		const other = second && this.compile(second);
		if (second && !other) return undefined;
		return {
			op: 'match',
			test: { compiled, negate: first.pattern.negate },
			second: other && { compiled: other, negate: second!.negate },
			result,
			line
		};
	}
}

class PerlError {
	constructor(readonly text: string) {}
}

function compilePosix({ source, options }: Pattern): Compiled {
	const regex = new Regex(source, {
		extended: options.has('x'),
		ignoreCase: options.has('i'),
		newline: options.has('m')
	});
	return { groups: regex.groups, exec: (text) => regex.exec(text)?.groups ?? null };
}

function compilePerl({ source, options }: Pattern): Compiled {
	const text = options.has('x')
		? source.replace(/\\.|\[(?:\\.|[^\]])*\]|\s+|#.*/g, (part) => (/^[\s#]/.test(part) ? '' : part))
		: source;
	const anchored = options.has('A') ? `^(?:${text})` : text;
	let flags = 0;
	if (options.has('i')) flags |= RE2JS.CASE_INSENSITIVE;
	if (options.has('s')) flags |= RE2JS.DOTALL;
	if (options.has('m')) flags |= RE2JS.MULTILINE;
	try {
		const compiled = RE2JS.compile(anchored, flags);
		return {
			groups: compiled.groupCount(),
			exec: (subject) => {
				const matcher = compiled.matcher(subject);
				if (!matcher.find()) return null;
				return Array.from({ length: compiled.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined);
			}
		};
	} catch {
		return compileBacktracking(anchored, options);
	}
}

/** A repeated group with a repetition inside: the shape of patterns that take exponential time. */
const NESTED_REPETITION = /\((?:[^()]|\([^()]*\))*[*+}](?:[^()]|\([^()]*\))*\)[*+{]/;

function compileBacktracking(source: string, options: ReadonlySet<string>): Compiled {
	const flags = ['i', 's', 'm'].filter((flag) => options.has(flag)).join('');
	let regex: RegExp;
	try {
		regex = new RegExp(source, flags);
	} catch (thrown) {
		const words = thrown instanceof SyntaxError ? thrown.message.replace(/^.*: /, '').toLowerCase() : 'syntax error';
		throw new PerlError(`error in regex at offset ${offsetOf(words, source)}: ${PERL_WORDS[words] ?? words}`);
	}
	if (NESTED_REPETITION.test(source)) throw new PerlError('backtracking limit exceeded');
	const groups = new RegExp(`${source}|`).exec('')!.length - 1;
	return { groups, exec: (subject) => regex.exec(subject) };
}

/** Where PCRE2 sees the mistake; at the end unless it is told apart here. */
function offsetOf(words: string, source: string): number {
	const bare = source.replace(/\\./gs, '..').replace(/\[\^?\]?[^\]]*\]/g, (set) => '.'.repeat(set.length));
	const at = PERL_PLACE[words]?.exec(bare);
	return at ? at.index + at[0].length - 1 : source.length;
}

const PERL_PLACE: Readonly<Record<string, RegExp>> = {
	'numbers out of order in {} quantifier': /\{\d+,\d+\}/,
	'nothing to repeat': /(?:^|[(|^])[*+?]/,
	"unmatched ')'": /^(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/
};

/** PCRE2's words for what the host's engine calls otherwise. */
const PERL_WORDS: Readonly<Record<string, string>> = {
	'unterminated group': 'missing closing parenthesis',
	"unmatched ')'": 'unmatched closing parenthesis',
	'unterminated character class': 'missing terminating ] for character class',
	'nothing to repeat': 'quantifier does not follow a repeatable item',
	'\\ at end of pattern': '\\ at end of pattern'
};

function passes(test: Test, text: string): Groups | null {
	const found = test.compiled.exec(text);
	if (test.negate) return found ? null : [];
	return found;
}

/** The rules of a table, in the order of the file; also for the editor. */
export function parseRegexpRules(
	kind: Kind,
	text: string,
	path: string,
	warn: (text: string) => void,
	flags: OpenFlags
): readonly Rule[] {
	const rules: Rule[] = [];
	const open: Rule[] = [];
	for (const lines of logicalLines(text, path, warn)) {
		const text = trimBlanks(lines.text);
		const parser = new Parser(kind, (what) => warn(`${kind} map ${path}, line ${lines.line}: ${what}`), warn, flags);
		const rule = parser.rule(text, lines.line, open.length);
		if (!rule) continue;
		if (rule.op === 'if') open.push(rule);
		if (rule.op === 'endif') (open.pop() as Rule & { end: number }).end = rules.length;
		rules.push(rule);
	}
	for (const rule of open.reverse()) warn(`${kind} map ${path}, line ${rule.line}: IF has no matching ENDIF`);
	return rules;
}

export function* openRegexp(
	kind: Kind,
	path: string,
	source: RuleSource,
	warn: (text: string) => void,
	flags: OpenFlags
): Sys<Dict> {
	const rules = parseRegexpRules(kind, yield* ruleText(kind, path, source), path, warn, flags);
	return {
		name: `${kind}:${path}`,
		type: kind,
		patterns: true,
		*lookup(key) {
			for (let i = 0; i < rules.length; i++) {
				const rule = rules[i]!;
				if (rule.op === 'endif') continue;
				const groups = passes(rule.test, key);
				if (rule.op === 'if') {
					if (groups) continue;
					if (rule.end === undefined) return null;
					i = rule.end;
				} else if (groups && (!rule.second || passes(rule.second, key))) {
					const value = rule.result.map((part) => (typeof part === 'string' ? part : (groups[part] ?? ''))).join('');
					return { value, source: { kind: 'file', host: '', path, line: rule.line, item: key } };
				}
			}
			return null;
		}
	};
}

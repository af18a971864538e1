/** `cidr:`, address patterns in the order of the file, with if … endif (dict_cidr(3)). */
import type { Sys } from '#kernel/syscalls';
import { logicalLines } from '../logical-lines';
import { cidrMatches, parseAddress, parseCidrPattern, type CidrPattern } from './cidr-pattern';
import type { Dict } from './dict';
import { ruleText, type RuleSource } from './rule-source';
import { trimBlanks } from './table-file';

type Rule =
	| {
			readonly op: 'match';
			readonly pattern: CidrPattern;
			readonly negate: boolean;
			readonly value: string;
			readonly line: number;
	  }
	| {
			readonly op: 'if';
			readonly pattern: CidrPattern;
			readonly negate: boolean;
			end: number | undefined;
			readonly line: number;
	  }
	| { readonly op: 'endif'; readonly line: number };

/** `!`s and white space before a pattern. */
function negations(text: string): { negate: boolean; rest: string } {
	const [before] = /^[!\s]*/.exec(text)!;
	return { negate: [...before].filter((char) => char === '!').length % 2 === 1, rest: text.slice(before.length) };
}

/** @returns the rule, or why it is skipped */
export function parseCidrRule(text: string, line: number, nesting: number): Rule | string {
	const word = /^(if|endif)(?![A-Za-z0-9])/i.exec(text)?.[1]?.toLowerCase();
	if (word === 'endif') {
		if (text.slice(5).trim() !== '') return 'garbage after ENDIF';
		return nesting === 0 ? 'ENDIF without IF' : { op: 'endif', line };
	}
	const { negate, rest } = negations(word === 'if' ? text.slice(2) : text);
	const written = word === 'if' ? trimBlanks(rest) : /^\S*/.exec(rest)![0];
	if (written === '') return 'no address pattern';
	const pattern = parseCidrPattern(written);
	if (typeof pattern === 'string') return pattern;
	if (word === 'if') return { op: 'if', pattern, negate, end: undefined, line };
	const value = trimBlanks(rest.slice(written.length));
	return value === '' ? 'no lookup result' : { op: 'match', pattern, negate, value, line };
}

/** The rules of a table, in the order of the file; also for the editor. */
export function parseCidrRules(text: string, path: string, warn: (text: string) => void): readonly Rule[] {
	const rules: Rule[] = [];
	const open: Rule[] = [];
	for (const { text: rest, line } of logicalLines(text, path, warn)) {
		const rule = parseCidrRule(rest, line, open.length);
		if (typeof rule === 'string') {
			warn(`cidr map ${path}, line ${line}: ${rule}: skipping this rule`);
			continue;
		}
		if (rule.op === 'if') open.push(rule);
		if (rule.op === 'endif') (open.pop() as Rule & { end: number }).end = rules.length;
		rules.push(rule);
	}
	for (const rule of open.reverse()) warn(`cidr map ${path}, line ${rule.line}: IF has no matching ENDIF`);
	return rules;
}

export function* openCidr(path: string, source: RuleSource, warn: (text: string) => void): Sys<Dict> {
	const rules = parseCidrRules(yield* ruleText('cidr', path, source), path, warn);
	return {
		name: `cidr:${path}`,
		type: 'cidr',
		patterns: true,
		*lookup(key) {
			const address = parseAddress(key);
			if (address === undefined) return null;
			for (let i = 0; i < rules.length; i++) {
				const rule = rules[i]!;
				if (rule.op === 'endif') continue;
				const sameFamily = (typeof address === 'number') === (rule.pattern.network !== undefined);
				const matches = sameFamily && cidrMatches(rule.pattern, address) !== rule.negate;
				if (rule.op === 'match') {
					if (matches)
						return { value: rule.value, source: { kind: 'file', host: '', path, line: rule.line, item: key } };
				} else if (!matches) {
					if (rule.end === undefined) return null;
					i = rule.end;
				}
			}
			return null;
		}
	};
}

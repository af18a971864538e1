/**
 * File name patterns (fnmatch(3)): `*`, `?`, bracket expressions with classes, backslashes. As regular expressions on
 * re2js, so a pattern cannot take long.
 */
import { RE2JS } from 're2js';
import { CLASSES } from '../libc/regex-class';

const cache = new Map<string, RE2JS>();

/** @param period a leading dot must be matched by a dot */
export function globMatches(pattern: string, name: string, period = false, ignoreCase = false): boolean {
	if (period && name.startsWith('.') && !pattern.startsWith('.') && !pattern.startsWith('\\.')) return false;
	const key = `${ignoreCase ? 'i' : 'c'}${pattern}`;
	let compiled = cache.get(key);
	if (!compiled) {
		if (cache.size > 500) cache.clear();
		const flags = RE2JS.DOTALL | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
		compiled = RE2JS.compile(globSource(pattern), flags);
		cache.set(key, compiled);
	}
	return compiled.matches(name);
}

const literal = (character: string): string => `\\x{${character.codePointAt(0)!.toString(16)}}`;

function globSource(pattern: string): string {
	const characters = [...pattern];
	let out = '';
	for (let i = 0; i < characters.length; i++) {
		const character = characters[i]!;
		if (character === '*') out += '.*';
		else if (character === '?') out += '.';
		else if (character === '\\' && i + 1 < characters.length) out += literal(characters[++i]!);
		else if (character === '[') {
			const end = bracketEnd(characters, i);
			if (end < 0) out += '\\[';
			else {
				out += bracketSource(characters.slice(i + 1, end));
				i = end;
			}
		} else out += literal(character);
	}
	return out;
}

function bracketEnd(characters: readonly string[], open: number): number {
	let i = open + 1;
	if (characters[i] === '!' || characters[i] === '^') i++;
	if (characters[i] === ']') i++;
	for (; i < characters.length; i++) {
		if (characters[i] === ']') return i;
		if (characters[i] === '[' && characters[i + 1] === ':') {
			const close = characters.indexOf(']', i + 2);
			if (close > 0 && characters[close - 1] === ':') i = close;
		} else if (characters[i] === '\\') i++;
	}
	return -1;
}

function bracketSource(inside: readonly string[]): string {
	let i = 0;
	const negated = inside[0] === '!' || inside[0] === '^';
	if (negated) i++;
	let out = '';
	while (i < inside.length) {
		const named = /^\[:([a-z]+):\]/.exec(inside.slice(i, i + 12).join(''));
		if (named && CLASSES[named[1]!]) {
			out += CLASSES[named[1]!]!;
			i += named[0].length;
			continue;
		}
		if (inside[i] === '\\' && i + 1 < inside.length) i++;
		const from = inside[i++]!;
		if (inside[i] === '-' && i + 1 < inside.length) {
			const to = inside[i + 1]!;
			if (from <= to) out += `${literal(from)}-${literal(to)}`;
			i += 2;
		} else out += literal(from);
	}
	return out === '' ? (negated ? '.' : '[^\\x00-\\x{10FFFF}]') : `[${negated ? '^' : ''}${out}]`;
}

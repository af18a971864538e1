/**
 * Brace expansion: a{b,c}d and {1..9..2}, on the raw word before anything else (bash's braces.c).
 * The number of words is bounded; beyond it the word stays as it is, as when bash runs out of memory for it.
 */
import { bracedEnd, doubleQuoteEnd } from '../syntax/word';

const WORDS_MAX = 200_000;

export class BraceOverflow {}

/** @throws BraceOverflow when it would be more than a page can hold */
export function expandBraces(raw: string): string[] {
	if (!raw.includes('{')) return [raw];
	return expand(raw);
}

function expand(raw: string): string[] {
	for (let at = 0; at < raw.length; at = skip(raw, at)) {
		if (raw[at] !== '{') continue;
		const group = readGroup(raw, at);
		if (group === null) continue;
		const prefix = raw.slice(0, at);
		const rests = expand(raw.slice(group.end));
		if (group.items.length * rests.length > WORDS_MAX) throw new BraceOverflow();
		const words: string[] = [];
		for (const item of group.items) for (const rest of rests) words.push(prefix + item + rest);
		return words;
	}
	return [raw];
}

/** The next position that is not inside a quote or an expansion. */
function skip(raw: string, at: number): number {
	const c = raw[at];
	if (c === '\\') return at + 2;
	if (c === "'") {
		const end = raw.indexOf("'", at + 1);
		return end < 0 ? raw.length : end + 1;
	}
	if (c === '"') return doubleQuoteEnd(raw, at) + 1;
	if (c === '`') {
		const end = raw.indexOf('`', at + 1);
		return end < 0 ? raw.length : end + 1;
	}
	if (c === '$' && raw[at + 1] === '{') return bracedEnd(raw, at, false);
	if (c === '$' && raw[at + 1] === '(') return parenthesisEnd(raw, at + 1);
	return at + 1;
}

function parenthesisEnd(raw: string, start: number): number {
	let depth = 0;
	for (let at = start; at < raw.length;) {
		if (raw[at] === '(') depth++;
		else if (raw[at] === ')' && --depth === 0) return at + 1;
		at = raw[at] === '(' || raw[at] === ')' ? at + 1 : skip(raw, at);
	}
	return raw.length;
}

function readGroup(raw: string, open: number): { items: string[]; end: number } | null {
	const items: string[] = [];
	let depth = 0;
	let start = open + 1;
	for (let at = open + 1; at < raw.length;) {
		const c = raw[at]!;
		if (c === '{') depth++;
		else if (c === '}') {
			if (depth === 0) {
				items.push(raw.slice(start, at));
				if (items.length > 1) return { items: items.flatMap(expand), end: at + 1 };
				const sequence = readSequence(items[0]!);
				return sequence && { items: sequence, end: at + 1 };
			}
			depth--;
		} else if (c === ',' && depth === 0) {
			items.push(raw.slice(start, at));
			start = at + 1;
		}
		at = c === '{' || c === '}' || c === ',' ? at + 1 : skip(raw, at);
	}
	return null;
}

function readSequence(text: string): string[] | null {
	const numbers = /^([+-]?\d+)\.\.([+-]?\d+)(?:\.\.([+-]?\d+))?$/.exec(text);
	if (numbers) {
		const [, from, to] = numbers as unknown as [string, string, string];
		const width = /^[+-]?0\d/.test(from) || /^[+-]?0\d/.test(to) ? Math.max(from.length, to.length) : 0;
		return count(Number(from), Number(to), Number(numbers[3] ?? 1), (value) => {
			const digits = String(Math.abs(value));
			return value < 0 ? '-' + digits.padStart(width - 1, '0') : digits.padStart(width, '0');
		});
	}
	const letters = /^([A-Za-z])\.\.([A-Za-z])(?:\.\.([+-]?\d+))?$/.exec(text);
	if (letters)
		return count(letters[1]!.charCodeAt(0), letters[2]!.charCodeAt(0), Number(letters[3] ?? 1), (code) =>
			escapeSpecial(String.fromCharCode(code))
		);
	return null;
}

/** {Z..a} passes through [ \ ] ^ _ `, which must not become syntax. */
function escapeSpecial(character: string): string {
	return character === '\\' ? "''" : character === '`' || character === '[' ? '\\' + character : character;
}

function count(from: number, to: number, step: number, write: (value: number) => string): string[] {
	const width = Math.abs(step) || 1;
	if (Math.abs(to - from) / width > WORDS_MAX) throw new BraceOverflow();
	const words: string[] = [];
	if (from <= to) for (let value = from; value <= to; value += width) words.push(write(value));
	else for (let value = from; value >= to; value -= width) words.push(write(value));
	return words;
}

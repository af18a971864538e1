/**
 * The text that iptables-save writes and iptables-restore reads, cut into lines and words.
 *
 * Words end at blanks outside of double quotes, and at a closing quote; a backslash inside of quotes takes the next
 * character as it is (add_param_to_argv).
 */
import { OptionError } from '#netfilter/extension';
import { byteLength } from '#netfilter/text';

export type Line =
	| { readonly kind: 'empty' | 'comment' | 'commit' }
	| { readonly kind: 'table'; readonly table: string | undefined }
	| {
			readonly kind: 'chain';
			readonly chain: string | undefined;
			readonly policy: string | undefined;
			readonly counters: string | undefined;
	  }
	| { readonly kind: 'rule'; readonly text: string };

const WORD_LIMIT = 1023;
const WORDS_LIMIT = 255;

/** @param line with its newline, if it has one; `legacy` wants one behind COMMIT */
export function readLine(line: string, inTable: boolean, legacy: boolean): Line {
	if (line.startsWith('\n')) return { kind: 'empty' };
	if (line.startsWith('#')) return { kind: 'comment' };
	if (inTable && (line === 'COMMIT\n' || (!legacy && line === 'COMMIT'))) return { kind: 'commit' };
	if (line.startsWith('*') && !inTable) return { kind: 'table', table: words(line.slice(1))[0] };
	if (line.startsWith(':') && inTable) {
		const [chain, policy, counters] = words(line.slice(1));
		return { kind: 'chain', chain, policy, counters };
	}
	return { kind: 'rule', text: line };
}

function words(text: string): string[] {
	return text.split(/[ \t\n]+/).filter((word) => word !== '');
}

/** Lines with their newlines. */
export function splitLines(text: string): string[] {
	const lines: string[] = [];
	for (let at = 0; at < text.length;) {
		const end = text.indexOf('\n', at);
		const next = end < 0 ? text.length : end + 1;
		lines.push(text.slice(at, next));
		at = next;
	}
	return lines;
}

export interface PlacedWord {
	readonly word: string;
	/** where it begins in the line, counted from 0 */
	readonly column: number;
}

export interface RuleText {
	/** before the rule: "[packets:bytes]" */
	readonly counters: readonly [packets: string, bytes: string] | null;
	readonly words: readonly PlacedWord[];
}

/**
 * @param number of the line, for the message
 * @throws OptionError
 */
export function readRule(text: string, number: number): RuleText {
	if (!text.startsWith('[')) return { counters: null, words: splitWords(text, 0) };
	const bad = (mark: string): OptionError => new OptionError(`Bad line ${number}: need ${mark}`);
	const end = text.indexOf(']');
	if (end < 0) throw bad(']');
	const from = 1 + /^:*/.exec(text.slice(1))![0].length;
	const colon = text.indexOf(':', from);
	const bytes =
		colon < 0
			? ''
			: text
					.slice(colon + 1)
					.replace(/^\]+/, '')
					.split(']')[0]!;
	if (bytes === '') throw bad(']');
	// without a colon in the brackets the next one of the line is taken for it, and the line ends there
	const rest = colon > end ? text.slice(0, colon) : text;
	return { counters: [text.slice(from, colon), bytes], words: splitWords(rest, end + 1) };
}

function splitWords(text: string, from: number): PlacedWord[] {
	const list: PlacedWord[] = text.includes('"', from) ? quotedWords(text, from) : plainWords(text, from);
	if (list.some(({ word }) => word.length > WORD_LIMIT / 4 && byteLength(word) > WORD_LIMIT))
		throw new OptionError('Parameter too long!');
	if (list.length > WORDS_LIMIT) throw new OptionError('Parser cannot handle more arguments');
	return list;
}

const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 10;

function plainWords(text: string, from: number): PlacedWord[] {
	const list: PlacedWord[] = [];
	for (let at = from; at < text.length;) {
		if (isBlank(text.charCodeAt(at))) {
			at++;
			continue;
		}
		const column = at;
		while (at < text.length && !isBlank(text.charCodeAt(at))) at++;
		list.push({ word: text.slice(column, at), column });
	}
	return list;
}

function quotedWords(text: string, from: number): PlacedWord[] {
	const list: PlacedWord[] = [];
	let word = '';
	let column = from;
	let quoted = false;
	let escaped = false;
	const end = (): void => {
		list.push({ word, column });
		word = '';
	};
	for (let i = from; i < text.length; i++) {
		const character = text[i]!;
		if (word === '' && !quoted) column = i;
		if (quoted) {
			if (escaped) {
				word += character;
				escaped = false;
			} else if (character === '\\') escaped = true;
			else if (character === '"') {
				quoted = false;
				end();
			} else word += character;
		} else if (character === '"') quoted = true;
		else if (isBlank(text.charCodeAt(i))) {
			if (word !== '') end();
		} else word += character;
	}
	if (word !== '') end();
	return list;
}

/**
 * Shell patterns (Pattern Matching in bash(1), glob(7)): *, ?, […], and the extended @( ) ?( ) *( ) +( ) !( ).
 *
 * Does: compiles a pattern in which quoted characters stand behind a backslash, and matches a text by following all
 *       possible positions at once, so that no pattern takes more than about text × pattern steps (!( ) squares the text).
 * Trusts: nothing. Ranges are by code point, as in the locale C.UTF-8.
 */
type Node =
	| { readonly kind: 'character'; readonly character: string }
	| { readonly kind: 'any' }
	| { readonly kind: 'star' }
	| { readonly kind: 'set'; readonly test: (character: string) => boolean }
	| { readonly kind: 'group'; readonly operator: string; readonly alternatives: readonly Sequence[] };
type Sequence = readonly Node[];

type Characters = string | readonly string[];

export interface PatternOptions {
	readonly extglob?: boolean;
	readonly ignoreCase?: boolean;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
	alnum: /^[\p{L}\p{Nd}]$/u,
	alpha: /^\p{L}$/u,
	ascii: /^[\x00-\x7f]$/,
	blank: /^[ \t]$/,
	cntrl: /^[\x00-\x1f\x7f]$/,
	digit: /^[0-9]$/,
	graph: /^[^\s\p{C}]$/u,
	lower: /^\p{Ll}$/u,
	print: /^[^\p{C}]$/u,
	punct: /^[\p{P}\p{S}]$/u,
	space: /^\s$/,
	upper: /^\p{Lu}$/u,
	word: /^[\p{L}\p{Nd}_]$/u,
	xdigit: /^[0-9A-Fa-f]$/
};

export class Pattern {
	readonly #nodes: Sequence;
	readonly #reversed: Sequence;
	readonly #fold: boolean;
	/** the text it stands for, if it has no special character */
	readonly literal: string | null;

	constructor(pattern: string, options: PatternOptions = {}) {
		this.#fold = options.ignoreCase ?? false;
		const compiler = new Compiler(characters(this.#fold ? pattern.toLowerCase() : pattern), options.extglob ?? false);
		this.#nodes = compiler.sequence('');
		this.#reversed = reverse(this.#nodes);
		this.literal =
			this.#nodes.every((node) => node.kind === 'character') && !this.#fold
				? this.#nodes.map((node) => (node.kind === 'character' ? node.character : '')).join('')
				: null;
	}

	matches(text: string): boolean {
		if (this.literal !== null) return text === this.literal;
		const subject = characters(this.#fold ? text.toLowerCase() : text);
		return ends(this.#nodes, subject, 0)[subject.length] === 1;
	}

	/** The length of the prefix that matches, in UTF-16 units; -1 for none. */
	prefix(text: string, longest: boolean): number {
		const subject = characters(this.#fold ? text.toLowerCase() : text);
		return pick(ends(this.#nodes, subject, 0), subject, longest);
	}

	suffix(text: string, longest: boolean): number {
		const folded = this.#fold ? text.toLowerCase() : text;
		const subject = [...characters(folded)].reverse();
		return pick(ends(this.#reversed, subject, 0), subject, longest);
	}

	/** The first longest match at or after `from`; an empty one counts only where nothing else could. */
	search(text: string, from: number): { readonly start: number; readonly end: number } | null {
		if (this.literal !== null) {
			if (this.literal === '') return null;
			const start = text.indexOf(this.literal, from);
			return start < 0 ? null : { start, end: start + this.literal.length };
		}
		const first = this.#nodes[0];
		for (let start = from; start <= text.length; start++) {
			if (first?.kind === 'character' && !this.#fold && !text.startsWith(first.character, start)) continue;
			const only = this.#nodes.length === 1 ? first : undefined;
			if (only?.kind === 'set' || only?.kind === 'any') {
				const character = text.codePointAt(start);
				if (character === undefined) return null;
				const string = String.fromCodePoint(character);
				if (only.kind === 'any' || only.test(this.#fold ? string.toLowerCase() : string))
					return { start, end: start + string.length };
				continue;
			}
			const length = this.prefix(text.slice(start), true);
			if (length > 0) return { start, end: start + length };
		}
		return null;
	}
}

function characters(text: string): Characters {
	return /[\ud800-\udbff]/.test(text) ? Array.from(text) : text;
}

function pick(found: Uint8Array, subject: Characters, longest: boolean): number {
	const count = longest ? found.lastIndexOf(1) : found.indexOf(1);
	if (count < 0) return -1;
	if (typeof subject === 'string') return count;
	let units = 0;
	for (let i = 0; i < count; i++) units += subject[i]!.length;
	return units;
}

function reverse(nodes: Sequence): Sequence {
	return [...nodes]
		.reverse()
		.map((node) => (node.kind === 'group' ? { ...node, alternatives: node.alternatives.map(reverse) } : node));
}

/** Where the sequence may end when it starts at `start`: a mark for each position. */
function ends(nodes: Sequence, text: Characters, start: number): Uint8Array {
	let states = new Uint8Array(text.length + 1);
	states[start] = 1;
	for (const node of nodes) {
		states = step(node, text, states);
		if (!states.includes(1)) break;
	}
	return states;
}

function step(node: Node, text: Characters, states: Uint8Array): Uint8Array<ArrayBuffer> {
	const next = new Uint8Array(states.length);
	switch (node.kind) {
		case 'character':
			for (let i = 0; i < text.length; i++) if (states[i] && text[i] === node.character) next[i + 1] = 1;
			return next;
		case 'any':
			next.set(states.subarray(0, text.length), 1);
			return next;
		case 'set':
			for (let i = 0; i < text.length; i++) if (states[i] && node.test(text[i]!)) next[i + 1] = 1;
			return next;
		case 'star': {
			const first = states.indexOf(1);
			if (first >= 0) next.fill(1, first);
			return next;
		}
		case 'group':
			return group(node, text, states);
	}
}

function group(node: Node & { kind: 'group' }, text: Characters, states: Uint8Array): Uint8Array<ArrayBuffer> {
	const once = (from: Uint8Array) => {
		const next = new Uint8Array(from.length);
		for (const alternative of node.alternatives) {
			let at = from;
			for (const inner of alternative) at = step(inner, text, at);
			for (let i = 0; i < at.length; i++) if (at[i]) next[i] = 1;
		}
		return next;
	};
	const union = (a: Uint8Array, b: Uint8Array) => a.map((value, i) => value | b[i]!) as Uint8Array<ArrayBuffer>;
	switch (node.operator) {
		case '@':
			return once(states);
		case '?':
			return union(states, once(states));
		case '*':
		case '+': {
			let all = node.operator === '*' ? (Uint8Array.from(states) as Uint8Array<ArrayBuffer>) : once(states);
			for (;;) {
				const more = union(all, once(all));
				if (more.every((value, i) => value === all[i])) return all;
				all = more;
			}
		}
		default: {
			const next = new Uint8Array(states.length);
			for (let start = 0; start < states.length; start++) {
				if (!states[start]) continue;
				const from = new Uint8Array(states.length);
				from[start] = 1;
				const matched = once(from);
				for (let end = start; end < states.length; end++) if (!matched[end]) next[end] = 1;
			}
			return next;
		}
	}
}

class Compiler {
	#at = 0;
	#depth = 0;

	constructor(
		readonly pattern: Characters,
		readonly extglob: boolean
	) {}

	/** @param stop characters that end it (inside a group) */
	sequence(stop: string): Sequence {
		const nodes: Node[] = [];
		const { pattern } = this;
		while (this.#at < pattern.length) {
			const c = pattern[this.#at]!;
			if (stop !== '' && stop.includes(c)) break;
			if (
				this.extglob &&
				'?*+@!'.includes(c) &&
				pattern[this.#at + 1] === '(' &&
				this.#closes(this.#at + 1) &&
				this.#depth < 50
			) {
				nodes.push(this.#group(c));
				continue;
			}
			this.#at++;
			if (c === '\\') {
				if (this.#at < pattern.length) nodes.push({ kind: 'character', character: pattern[this.#at++]! });
				else nodes.push({ kind: 'character', character: '\\' });
			} else if (c === '*') {
				if (nodes[nodes.length - 1]?.kind !== 'star') nodes.push({ kind: 'star' });
			} else if (c === '?') nodes.push({ kind: 'any' });
			else if (c === '[') nodes.push(this.#set());
			else nodes.push({ kind: 'character', character: c });
		}
		return nodes;
	}

	#closes(open: number): boolean {
		let depth = 0;
		for (let at = open; at < this.pattern.length; at++) {
			if (this.pattern[at] === '\\') at++;
			else if (this.pattern[at] === '(') depth++;
			else if (this.pattern[at] === ')' && --depth === 0) return true;
		}
		return false;
	}

	#group(operator: string): Node {
		this.#at += 2;
		this.#depth++;
		const alternatives: Sequence[] = [];
		for (;;) {
			alternatives.push(this.sequence('|)'));
			if (this.pattern[this.#at++] !== '|') break;
		}
		this.#depth--;
		return { kind: 'group', operator, alternatives };
	}

	#set(): Node {
		const { pattern } = this;
		let at = this.#at;
		const negated = pattern[at] === '!' || pattern[at] === '^';
		if (negated) at++;
		const tests: ((c: string) => boolean)[] = [];
		let first = true;
		for (;;) {
			let c = pattern[at];
			if (c === undefined) return { kind: 'character', character: '[' };
			if (c === ']' && !first) break;
			first = false;
			if (c === '[' && (pattern[at + 1] === ':' || pattern[at + 1] === '.' || pattern[at + 1] === '=')) {
				const mark = pattern[at + 1]!;
				let end = at + 2;
				while (end < pattern.length && !(pattern[end] === mark && pattern[end + 1] === ']')) end++;
				if (end < pattern.length) {
					const name = [...pattern.slice(at + 2, end)].join('');
					at = end + 2;
					if (mark === ':') {
						const test = CLASSES[name];
						tests.push((character) => test !== undefined && test.test(character));
					} else tests.push((character) => character === name);
					continue;
				}
			}
			if (c === '\\') c = pattern[++at] ?? '\\';
			at++;
			if (pattern[at] === '-' && pattern[at + 1] !== ']' && pattern[at + 1] !== undefined) {
				let high = pattern[at + 1]!;
				at += 2;
				if (high === '\\') high = pattern[at++] ?? '\\';
				const from = c.codePointAt(0)!;
				const to = high.codePointAt(0)!;
				tests.push((character) => from <= character.codePointAt(0)! && character.codePointAt(0)! <= to);
			} else {
				const only = c;
				tests.push((character) => character === only);
			}
		}
		this.#at = at + 1;
		return { kind: 'set', test: (character) => tests.some((test) => test(character)) !== negated };
	}
}

/** Whether a text (with quoted characters behind backslashes) has anything that makes it a pattern. */
export function isPattern(text: string, extglob: boolean): boolean {
	for (let at = 0; at < text.length; at++) {
		const c = text[at]!;
		if (c === '\\') at++;
		else if (c === '*' || c === '?') return true;
		else if (c === '[' && text.indexOf(']', at + 1) > 0) return true;
		else if (extglob && '+@!'.includes(c) && text[at + 1] === '(') return true;
	}
	return false;
}

/** Puts a backslash before each character that a pattern would take as special. */
export function quotePattern(text: string): string {
	return text.replace(/[\\*?[\]()|+@!^-]/g, '\\$&');
}

/**
 * The matcher for patterns with back references and word edges: it tries all ways, as regexec does for them, and keeps
 * the longest. The ways are bounded; a pattern that has more ("\(a*\)*\1" on a long line) gets the longest match that was
 * found by then.
 */
import { inSet, isWord } from './regex-class';
import type { Edge, RegexNode, RegexTree } from './regex-parse';

const STEPS_MAX = 300_000;

type Span = readonly [start: number, end: number];
type Spans = readonly (Span | undefined)[];
/** goes on from a place; true ends the search */
type Next = (at: number) => boolean;

interface WalkOptions {
	readonly ignoreCase?: boolean;
	readonly newline?: boolean;
}

/** @returns the spans of the whole match and its groups, null for none */
export function walk(tree: RegexTree, text: string, from: number, options: WalkOptions): Spans | null {
	const walker = new Walker(text, options, tree.groups);
	for (let start = from; start <= text.length; start++) {
		const found = walker.from(tree.root, start);
		if (found || walker.exhausted) return found;
		if (text.codePointAt(start)! > 0xffff) start++;
	}
	return null;
}

class Walker {
	#steps = 0;
	#spans: (Span | undefined)[];

	constructor(
		readonly text: string,
		readonly options: WalkOptions,
		groups: number
	) {
		this.#spans = new Array<Span | undefined>(groups + 1).fill(undefined);
	}

	get exhausted(): boolean {
		return this.#steps > STEPS_MAX;
	}

	from(root: RegexNode, start: number): Spans | null {
		this.#spans.fill(undefined);
		let best: Spans | null = null;
		this.#match(root, start, (end) => {
			if (!best || end > best[0]![1]) best = [[start, end], ...this.#spans.slice(1)];
			return end === this.text.length;
		});
		return best;
	}

	#match(node: RegexNode, at: number, next: Next): boolean {
		if (++this.#steps > STEPS_MAX) return true;
		switch (node.kind) {
			case 'character':
			case 'any':
			case 'set':
				return this.#one(node, at, next);
			case 'edge':
				return this.#isEdge(node.at, at) && next(at);
			case 'sequence':
				return this.#sequence(node.parts, 0, at, next);
			case 'choice':
				return node.parts.some((part) => this.#match(part, at, next));
			case 'group':
				return this.#group(node.index, node.body, at, next);
			case 'repeat':
				return this.#repeat(node.body, node.least, node.most, at, next);
			case 'backReference': {
				const span = this.#spans[node.group];
				if (!span) return false;
				const wanted = this.text.slice(span[0], span[1]);
				const here = this.text.slice(at, at + wanted.length);
				return this.#same(here, wanted) && next(at + wanted.length);
			}
		}
	}

	#one(node: RegexNode, at: number, next: Next): boolean {
		if (at >= this.text.length) return false;
		const character = String.fromCodePoint(this.text.codePointAt(at)!);
		const newline = this.options.newline ?? false;
		const matches =
			node.kind === 'character'
				? this.#same(character, node.value)
				: node.kind === 'set'
					? inSet(node, character, this.options.ignoreCase ?? false, newline)
					: !(newline && character === '\n');
		return matches && next(at + character.length);
	}

	#same(a: string, b: string): boolean {
		return a === b || (this.options.ignoreCase === true && a.toLowerCase() === b.toLowerCase());
	}

	#sequence(parts: readonly RegexNode[], index: number, at: number, next: Next): boolean {
		if (index === parts.length) return next(at);
		return this.#match(parts[index]!, at, (end) => this.#sequence(parts, index + 1, end, next));
	}

	#group(index: number, body: RegexNode, at: number, next: Next): boolean {
		const before = this.#spans[index];
		const ended = this.#match(body, at, (end) => {
			const inner = this.#spans[index];
			this.#spans[index] = [at, end];
			if (next(end)) return true;
			this.#spans[index] = inner;
			return false;
		});
		if (!ended) this.#spans[index] = before;
		return ended;
	}

	#repeat(body: RegexNode, least: number, most: number, at: number, next: Next): boolean {
		if (most > 0) {
			const more = this.#match(body, at, (end) => {
				if (end === at && least === 0) return false;
				return this.#repeat(body, Math.max(0, least - 1), most - 1, end, next);
			});
			if (more) return true;
		}
		return least === 0 && next(at);
	}

	#isEdge(edge: Edge, at: number): boolean {
		const before = at === 0 ? '' : previousCharacter(this.text, at);
		const after = at >= this.text.length ? '' : String.fromCodePoint(this.text.codePointAt(at)!);
		switch (edge) {
			case 'textStart':
				return before === '';
			case 'textEnd':
				return after === '';
			case 'lineStart':
				return before === '' || (this.options.newline === true && before === '\n');
			case 'lineEnd':
				return after === '' || (this.options.newline === true && after === '\n');
			case 'wordStart':
				return !isWord(before) && isWord(after);
			case 'wordEnd':
				return isWord(before) && !isWord(after);
			case 'boundary':
				return isWord(before) !== isWord(after);
			case 'notBoundary':
				return isWord(before) === isWord(after);
		}
	}
}

function previousCharacter(text: string, at: number): string {
	const low = text.charCodeAt(at - 1);
	const high = at > 1 ? text.charCodeAt(at - 2) : 0;
	return low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff ? text.slice(at - 2, at) : text[at - 1]!;
}

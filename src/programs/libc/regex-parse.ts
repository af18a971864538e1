/**
 * The grammar of regular expressions: a pattern in basic or extended syntax becomes a tree.
 *
 * Dialects differ in what POSIX leaves undefined. `posix` is regcomp(3), which sed, awk's kin, find, expr and bash use:
 * an extended pattern may not begin with a repetition and `a{1` is an error. `grep` takes both literally (dfa.c) and
 * warns of the first.
 */
import type { CharacterSet, ClassItem } from './regex-class';
import { CLASSES } from './regex-class';

export type Dialect = 'posix' | 'grep';

export class RegexError {
	/** @param message glibc's words: "Unmatched ( or \\(" */
	constructor(readonly message: string) {}
}

export type Edge =
	'lineStart' | 'lineEnd' | 'textStart' | 'textEnd' | 'wordStart' | 'wordEnd' | 'boundary' | 'notBoundary';

export type RegexNode =
	| { readonly kind: 'character'; readonly value: string }
	| { readonly kind: 'any' }
	| ({ readonly kind: 'set' } & CharacterSet)
	| { readonly kind: 'edge'; readonly at: Edge }
	| { readonly kind: 'group'; readonly index: number; readonly body: RegexNode }
	| { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
	| { readonly kind: 'choice'; readonly parts: readonly RegexNode[] }
	| { readonly kind: 'repeat'; readonly body: RegexNode; readonly least: number; readonly most: number }
	| { readonly kind: 'backReference'; readonly group: number };

export interface RegexTree {
	readonly root: RegexNode;
	readonly groups: number;
	readonly warnings: readonly string[];
}

/** RE_DUP_MAX of glibc is 32767; re2 allows 1000, beyond which glibc runs out of memory soon, too. */
const REPEAT_MAX = 1000;
const DEPTH_MAX = 200;

const ESCAPED_EDGES: Readonly<Record<string, Edge>> = {
	'<': 'wordStart',
	'>': 'wordEnd',
	b: 'boundary',
	B: 'notBoundary',
	'`': 'textStart',
	"'": 'textEnd'
};

const ESCAPED_SETS: Readonly<Record<string, CharacterSet>> = {
	w: { negated: false, items: [{ name: 'word' }] },
	W: { negated: true, items: [{ name: 'word' }] },
	s: { negated: false, items: [{ name: 'space' }] },
	S: { negated: true, items: [{ name: 'space' }] }
};

export function parseRegex(pattern: string, options: { extended: boolean; dialect: Dialect }): RegexTree {
	const parser = new Parser(pattern, options.extended, options.dialect);
	const root = parser.choice(0);
	parser.expectEnd();
	return { root, groups: parser.groups, warnings: parser.warnings };
}

class Parser {
	groups = 0;
	readonly warnings: string[] = [];
	#at = 0;
	#closed = new Set<number>();
	readonly #characters: readonly string[];

	constructor(
		pattern: string,
		readonly extended: boolean,
		readonly dialect: Dialect
	) {
		this.#characters = [...pattern];
	}

	expectEnd(): void {
		if (this.#at < this.#characters.length) throw new RegexError('Unmatched ) or \\)');
	}

	#peek(offset = 0): string | undefined {
		return this.#characters[this.#at + offset];
	}

	/** Is the operator here: bare in extended syntax, after a backslash in basic syntax? */
	#operator(character: string, offset = 0): boolean {
		if (this.extended) return this.#peek(offset) === character;
		return this.#peek(offset) === '\\' && this.#peek(offset + 1) === character;
	}

	#skipOperator(): void {
		this.#at += this.extended ? 1 : 2;
	}

	choice(depth: number): RegexNode {
		if (depth > DEPTH_MAX) throw new RegexError('Memory exhausted');
		const parts = [this.#sequence(depth)];
		while (this.#operator('|')) {
			this.#skipOperator();
			parts.push(this.#sequence(depth));
		}
		return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
	}

	#sequence(depth: number): RegexNode {
		const parts: RegexNode[] = [];
		let start = true;
		while (this.#at < this.#characters.length && !this.#operator('|')) {
			if (this.#operator(')') && (depth > 0 || this.extended)) {
				if (depth > 0) break;
				if (this.dialect === 'posix') throw new RegexError('Unmatched ) or \\)');
			}
			const atom = this.#atom(depth, start);
			parts.push(this.#repeated(atom));
			start = !this.extended && start && atom.kind === 'edge' && atom.at === 'lineStart';
		}
		return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
	}

	#atom(depth: number, start: boolean): RegexNode {
		if (this.#operator('(')) return this.#group(depth);
		const repeat = this.#repeatHere();
		if (repeat && (this.extended || start || repeat === '*')) {
			const literal = this.#leadingRepeat(repeat, start);
			if (literal) return literal;
		}
		const character = this.#characters[this.#at++]!;
		switch (character) {
			case '.':
				return { kind: 'any' };
			case '[':
				return this.#bracket();
			case '^':
				if (this.extended || start) return { kind: 'edge', at: 'lineStart' };
				return { kind: 'character', value: '^' };
			case '$':
				if (this.extended || this.#endsSequence()) return { kind: 'edge', at: 'lineEnd' };
				return { kind: 'character', value: '$' };
			case '\\':
				return this.#escaped();
			default:
				return { kind: 'character', value: character };
		}
	}

	#endsSequence(): boolean {
		return this.#at >= this.#characters.length || this.#operator('|') || this.#operator(')');
	}

	/** The repetition operator that stands here, if one does. */
	#repeatHere(): '*' | '+' | '?' | '{' | undefined {
		if (this.#peek() === '*') return '*';
		for (const operator of ['+', '?', '{'] as const) if (this.#operator(operator)) return operator;
		return undefined;
	}

	/** A repetition with nothing before it: literal, an error, or (grep -E) dropped with a warning. */
	#leadingRepeat(repeat: '*' | '+' | '?' | '{', start: boolean): RegexNode | undefined {
		if (!this.extended) {
			if (repeat === '*') {
				if (start) this.#at++;
				return start ? { kind: 'character', value: '*' } : undefined;
			}
			if (repeat === '{') throw new RegexError('Invalid preceding regular expression');
			this.#at += 2;
			return { kind: 'character', value: repeat };
		}
		if (repeat === '{' && this.dialect === 'grep') {
			if (this.#interval() !== undefined) this.warnings.push('{...} at start of expression');
			else {
				this.#at++;
				return { kind: 'character', value: '{' };
			}
			return { kind: 'sequence', parts: [] };
		}
		if (this.dialect === 'posix') throw new RegexError('Invalid preceding regular expression');
		this.warnings.push(`${repeat} at start of expression`);
		this.#at++;
		return { kind: 'sequence', parts: [] };
	}

	#repeated(atom: RegexNode): RegexNode {
		let node = atom;
		for (;;) {
			const repeat = this.#repeatHere();
			if (!repeat) return node;
			if (atom.kind === 'edge' && atom.at === 'lineStart') return node;
			let least = repeat === '+' ? 1 : 0;
			let most = repeat === '?' ? 1 : Infinity;
			if (repeat === '{') {
				const interval = this.#interval();
				if (interval === undefined) return node;
				[least, most] = interval;
			} else if (repeat === '*') this.#at++;
			else this.#skipOperator();
			node = { kind: 'repeat', body: node, least, most };
		}
	}

	/** Reads `{n,m}`; undefined (and nothing read) where the dialect takes the brace literally. */
	#interval(): readonly [number, number] | undefined {
		const begin = this.#at + (this.extended ? 1 : 2);
		const rest = this.#characters.slice(begin, begin + 16).join('');
		const found = /^(\d*)(,?)(\d*)(\\?)/.exec(rest)!;
		const [whole, low, comma, high] = found as unknown as [string, string, string, string];
		const content = whole.replace(/\\$/, '');
		const close = this.extended ? '}' : '\\}';
		if (!rest.startsWith(close, content.length) || (low === '' && comma === '')) {
			if (this.extended && this.dialect === 'grep') return undefined;
			const closed = this.#characters.indexOf('}', begin) >= 0;
			throw new RegexError(closed ? 'Invalid content of \\{\\}' : 'Unmatched \\{');
		}
		const least = Number(low || 0);
		const most = comma === '' ? least : high === '' ? Infinity : Number(high);
		if (most < least) throw new RegexError('Invalid content of \\{\\}');
		if (least > REPEAT_MAX || (most !== Infinity && most > REPEAT_MAX)) {
			throw new RegexError('Regular expression too big');
		}
		this.#at = begin + content.length + close.length;
		return [least, most];
	}

	#group(depth: number): RegexNode {
		this.#skipOperator();
		const index = ++this.groups;
		const body = this.choice(depth + 1);
		if (!this.#operator(')')) throw new RegexError('Unmatched ( or \\(');
		this.#skipOperator();
		this.#closed.add(index);
		return { kind: 'group', index, body };
	}

	#escaped(): RegexNode {
		const character = this.#characters[this.#at++];
		if (character === undefined) throw new RegexError('Trailing backslash');
		const at = ESCAPED_EDGES[character];
		if (at) return { kind: 'edge', at };
		const set = ESCAPED_SETS[character];
		if (set) return { kind: 'set', ...set };
		if (/^[1-9]$/.test(character)) {
			if (!this.#closed.has(Number(character))) throw new RegexError('Invalid back reference');
			return { kind: 'backReference', group: Number(character) };
		}
		if (!this.extended && character === ')') throw new RegexError('Unmatched ) or \\)');
		return { kind: 'character', value: character };
	}

	#bracket(): RegexNode {
		const items: ClassItem[] = [];
		const negated = this.#peek() === '^';
		if (negated) this.#at++;
		if (this.#peek() === undefined) throw new RegexError('Invalid regular expression');
		let first = true;
		for (;;) {
			const character = this.#peek();
			if (character === undefined) throw new RegexError('Unmatched [, [^, [:, [., or [=');
			if (character === ']' && !first) break;
			first = false;
			const item = this.#bracketItem();
			if (item.name === undefined && this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== undefined) {
				this.#at++;
				const end = this.#bracketItem();
				if (end.name !== undefined) throw new RegexError('Invalid range end');
				if (end.from!.codePointAt(0)! < item.from!.codePointAt(0)!) throw new RegexError('Invalid range end');
				items.push({ from: item.from!, to: end.from! });
			} else items.push(item);
		}
		this.#at++;
		return { kind: 'set', negated, items };
	}

	#bracketItem(): ClassItem {
		const character = this.#characters[this.#at++]!;
		const mark = this.#peek();
		if (character === '[' && (mark === ':' || mark === '.' || mark === '=')) {
			let end = this.#at + 1;
			while (end < this.#characters.length && !(this.#characters[end] === mark && this.#characters[end + 1] === ']'))
				end++;
			if (end >= this.#characters.length) {
				if (mark !== ':') throw new RegexError('Unmatched [, [^, [:, [., or [=');
				return { from: character, to: character };
			}
			const name = this.#characters.slice(this.#at + 1, end).join('');
			this.#at = end + 2;
			if (mark === ':') {
				if (!(name in CLASSES) || name === 'word') throw new RegexError('Invalid character class name');
				return { name };
			}
			if ([...name].length !== 1) throw new RegexError('Invalid collation character');
			return { from: name, to: name };
		}
		return { from: character, to: character };
	}
}

/**
 * Bracket expressions and character classes of C.UTF-8 as the inside of a class in re2's or JavaScript's syntax.
 */

export interface ClassItem {
	/** one of `CLASSES`, or a range of characters (from = to for one) */
	readonly name?: string;
	readonly from?: string;
	readonly to?: string;
}

export interface CharacterSet {
	readonly negated: boolean;
	readonly items: readonly ClassItem[];
}

/** Named classes (`[:alpha:]`), in the syntax that both engines share; `word` is \w. */
export const CLASSES: Readonly<Record<string, string>> = {
	alpha: '\\p{L}\\p{Nl}\\p{Mn}',
	digit: '0-9',
	alnum: '\\p{L}\\p{Nl}\\p{Mn}\\p{Nd}',
	upper: '\\p{Lu}',
	lower: '\\p{Ll}',
	space: ' \\t\\n\\v\\f\\r\\p{Zs}',
	blank: ' \\t',
	punct: '!-/:-@\\[-`{-~\\p{P}\\p{S}',
	print: '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}',
	graph: '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}',
	cntrl: '\\x00-\\x1f\\x7f',
	xdigit: '0-9A-Fa-f',
	word: '\\p{L}\\p{Nl}\\p{Mn}\\p{Nd}_'
};

export function classSource(set: CharacterSet, syntax: 're2' | 'javascript', newline: boolean): string {
	const escape = (character: string): string => {
		const code = character.codePointAt(0)!.toString(16);
		return syntax === 're2' ? `\\x{${code}}` : `\\u{${code}}`;
	};
	const inside = set.items.map((item) => {
		if (item.name !== undefined) return CLASSES[item.name]!;
		return item.from === item.to ? escape(item.from!) : `${escape(item.from!)}-${escape(item.to!)}`;
	});
	if (set.negated && newline) inside.push('\\n');
	return `[${set.negated ? '^' : ''}${inside.join('')}]`;
}

const testers = new Map<string, RegExp>();

/** Is this one character in the set? */
export function inSet(set: CharacterSet, character: string, ignoreCase: boolean, newline: boolean): boolean {
	const key = `${ignoreCase ? 'i' : ''}${classSource(set, 'javascript', newline)}`;
	let tester = testers.get(key);
	if (!tester) {
		if (testers.size > 500) testers.clear();
		tester = new RegExp(`^${key.replace(/^i/, '')}$`, ignoreCase ? 'ui' : 'u');
		testers.set(key, tester);
	}
	return tester.test(character);
}

const WORD: CharacterSet = { negated: false, items: [{ name: 'word' }] };

export function isWord(character: string): boolean {
	return character !== '' && inSet(WORD, character, false, false);
}

/** Word splitting (Word Splitting in bash(1)): pieces of an expanded word to fields. */

/** literal: written unquoted; expanded: from an unquoted expansion, so it is split; quoted: neither split nor a pattern */
export type PieceKind = 'literal' | 'expanded' | 'quoted';

export interface Piece {
	readonly text: string;
	readonly kind: PieceKind;
}

/** Between two words of "$@" */
export const BREAK = null;
export type Pieces = (Piece | typeof BREAK)[];

export interface Segment {
	readonly text: string;
	readonly quoted: boolean;
}
export type Field = Segment[];

export function splitFields(pieces: Pieces, ifs: string): Field[] {
	const fields: Field[] = [];
	let current: Segment[] = [];
	let started = false;
	/** the field before was ended by white space, so a following separator belongs to the same delimiter */
	let byWhite = false;
	const emit = () => {
		fields.push(current);
		current = [];
		started = false;
	};
	for (const piece of pieces) {
		if (piece === BREAK) {
			if (started) emit();
			byWhite = false;
			continue;
		}
		if (piece.kind !== 'expanded') {
			if (piece.text !== '' || piece.kind === 'quoted') {
				current.push({ text: piece.text, quoted: piece.kind === 'quoted' });
				started = true;
				byWhite = false;
			}
			continue;
		}
		const { text } = piece;
		let start = 0;
		const take = (end: number) => {
			if (end > start) {
				current.push({ text: text.slice(start, end), quoted: false });
				started = true;
				byWhite = false;
			}
		};
		for (let at = 0; at < text.length; at++) {
			const c = text[at]!;
			if (!ifs.includes(c)) continue;
			take(at);
			start = at + 1;
			if (c === ' ' || c === '\t' || c === '\n') {
				if (started) {
					emit();
					byWhite = true;
				}
			} else if (started || !byWhite) {
				emit();
				byWhite = false;
			} else byWhite = false;
		}
		take(text.length);
	}
	if (started) emit();
	return fields;
}

/** How `read` splits a line over its variables: the last takes the rest, less its trailing white space. */
export function splitForRead(
	characters: readonly { readonly c: string; readonly quoted: boolean }[],
	ifs: string,
	count: number
): string[] {
	const white = (i: number) =>
		i < characters.length &&
		!characters[i]!.quoted &&
		' \t\n'.includes(characters[i]!.c) &&
		ifs.includes(characters[i]!.c);
	const separator = (i: number) => i < characters.length && !characters[i]!.quoted && ifs.includes(characters[i]!.c);
	const text = (from: number, to: number) =>
		characters
			.slice(from, to)
			.map((entry) => entry.c)
			.join('');
	const words: string[] = [];
	let at = 0;
	while (white(at)) at++;
	while (at < characters.length) {
		if (words.length === count - 1) {
			words.push(lastField(at));
			return words;
		}
		const start = at;
		while (at < characters.length && !separator(at)) at++;
		words.push(text(start, at));
		while (white(at)) at++;
		if (separator(at)) {
			at++;
			while (white(at)) at++;
		}
	}
	return words;

	/** One separator at the end of a rest that has no other is dropped too. */
	function lastField(start: number): string {
		let end = characters.length;
		while (end > start && white(end - 1)) end--;
		let scan = start;
		while (scan < end && !separator(scan)) scan++;
		let after = scan;
		while (white(after)) after++;
		if (separator(after)) after++;
		while (white(after)) after++;
		if (scan < end && after >= characters.length) return text(start, scan);
		return text(start, end);
	}
}

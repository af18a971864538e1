/**
 * Log lines are compared as a set: the daemons of a real machine write them in an order that varies. Where only the
 * numbering of queue ids differs (it follows the order), a renaming that makes the sets equal is looked for.
 */
const PERMUTED_MOST = 6;

/** @returns the first difference, null when the sets are equal */
export function compareLogs(expected: readonly string[], got: readonly string[], ids: readonly string[], path: string): string | null {
	const found = compareSets(expected, got, path);
	if (found === null || ids.length < 2 || ids.length > PERMUTED_MOST) return found;
	for (const renaming of permutations(ids)) {
		const renamed = got.map((line) => line.replace(/\bQ\d+\b/g, (id) => renaming[ids.indexOf(id)] ?? id));
		if (compareSets(expected, renamed, path) === null) return null;
	}
	return found;
}

function compareSets(expected: readonly string[], got: readonly string[], path: string): string | null {
	const left = [...got];
	for (const line of expected) {
		const at = left.indexOf(line);
		if (at < 0) return `${path}: expected ${JSON.stringify(line)}, got ${JSON.stringify(closest(line, left))}`;
		left.splice(at, 1);
	}
	return left.length === 0 ? null : `${path}: unexpected ${JSON.stringify(left[0])}`;
}

/** The line that shares the longest beginning, to show what may have been meant. */
function closest(line: string, lines: readonly string[]): string | undefined {
	const common = (other: string): number => {
		let length = 0;
		while (length < line.length && line[length] === other[length]) length++;
		return length;
	};
	return [...lines].sort((a, b) => common(b) - common(a))[0];
}

function* permutations(items: readonly string[]): Generator<readonly string[]> {
	if (items.length <= 1) yield items;
	for (let i = 0; i < items.length; i++)
		for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [items[i]!, ...rest];
}

/**
 * What a player gets and gives. A recording is one JSON object a line; its `kind` says which player plays it.
 */
export interface Recording {
	readonly id: string;
	readonly kind: string;
	readonly topic?: string;
	readonly note?: string;
	readonly [field: string]: unknown;
}

export interface Outcome {
	readonly pass: boolean;
	/** the first difference: what was expected and what came */
	readonly why?: string;
	/** a recording of many things that count one by one */
	readonly parts?: readonly Part[];
}

export interface Part {
	readonly id: string;
	readonly pass: boolean;
	readonly why?: string;
}

export type Player = (recording: Recording) => Outcome;

export const PASS: Outcome = { pass: true };

export function fail(why: string): Outcome {
	return { pass: false, why };
}

const SHOWN = 400;

function show(value: unknown): string {
	const text = value === undefined ? 'nothing' : JSON.stringify(value);
	return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** The first place where two JSON values differ, as "path: expected …, got …"; null when they are equal. */
export function difference(expected: unknown, got: unknown, path = ''): string | null {
	if (Object.is(expected, got)) return null;
	if (typeof expected === 'string' && typeof got === 'string') return textDifference(expected, got, path);
	if (!isObject(expected) || !isObject(got) || Array.isArray(expected) !== Array.isArray(got))
		return `${path}: expected ${show(expected)}, got ${show(got)}`;
	const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
	for (const key of keys) {
		const found = difference(expected[key], got[key], `${path}/${key}`);
		if (found) return found;
	}
	return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

/** Long texts are shown from the first line that differs. */
function textDifference(expected: string, got: string, path: string): string {
	const wanted = expected.split('\n');
	const came = got.split('\n');
	const line = wanted.findIndex((text, index) => text !== came[index]);
	if (wanted.length < 3 && came.length < 3) return `${path}: expected ${show(expected)}, got ${show(got)}`;
	const at = line < 0 ? wanted.length : line;
	return `${path}: line ${at + 1}: expected ${show(wanted[at])}, got ${show(came[at])}`;
}

/**
 * YAML with a schema, where a mistake names file, line and the allowed values.
 *
 * Runs at build time only (yaml is 30 KB that no page needs).
 */
import * as v from 'valibot';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { LessonError } from '../error.ts';

/** A parsed document: its value, and which line a part of it stands on. */
export interface Located<T> {
	readonly value: T;
	lineOf(...path: (string | number)[]): number;
}

/** @param firstLine the line of the file on which the YAML begins */
export function parseYaml<S extends v.GenericSchema>(
	file: string,
	text: string,
	schema: S,
	firstLine = 1
): Located<v.InferOutput<S>> {
	const counter = new LineCounter();
	const document = parseDocument(text, { lineCounter: counter, strict: true, uniqueKeys: true });
	const lineAt = (offset: number): number => counter.linePos(offset).line + firstLine - 1;
	const [error] = document.errors;
	if (error) throw new LessonError(file, lineAt(error.pos[0]), error.message.split('\n')[0]!.replace(/ at line.*$/, ''));
	const lineOf = (...path: (string | number)[]): number => lineAt(offsetOf(document, path));
	const result = v.safeParse(schema, document.toJS());
	if (result.success) return { value: result.output, lineOf };
	/* a key that is not known says more than the one that is missing because of it */
	const issue = result.issues.find((row) => row.expected === 'never') ?? result.issues[0];
	const path = (issue.path ?? []).map((item) => item.key as string | number);
	throw new LessonError(file, lineOf(...path), describe(path, issue, keysAt(schema, path.slice(0, -1))));
}

/** Where the node at `path` begins, or the nearest one above it that exists. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
	let node: Node | null = document.contents;
	let offset = node?.range?.[0] ?? 0;
	for (const key of path) {
		let next: unknown = undefined;
		if (isMap(node)) {
			const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
			if (pair && isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
			next = pair?.value;
		} else if (isSeq(node)) next = node.items[key as number];
		if (next === undefined || next === null) break;
		node = next as Node;
		if (isSeq(node) || isMap(node)) continue;
		offset = node.range?.[0] ?? offset;
	}
	return offset;
}

/** The keys that the schema knows at `path`. */
function keysAt(schema: unknown, path: readonly (string | number)[]): string[] {
	let at = schema as { entries?: Record<string, unknown>; item?: unknown; wrapped?: unknown } | undefined;
	for (const key of [...path, null]) {
		while (at?.wrapped !== undefined) at = at.wrapped as typeof at;
		if (key === null) break;
		at = (typeof key === 'number' ? at?.item : at?.entries?.[key]) as typeof at;
	}
	return Object.keys(at?.entries ?? {});
}

function describe(path: readonly (string | number)[], issue: v.BaseIssue<unknown>, keys: readonly string[]): string {
	const where = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('').replace(/^\./, '');
	if (issue.type === 'strict_object') {
		if (issue.expected === 'never') return `"${where}" is not known here; allowed: ${keys.join(', ')}`;
		return `"${where}" is missing`;
	}
	if (issue.received === 'undefined') return `"${where}" is missing: ${allowed(issue)}`;
	return `"${where}" is ${issue.received}: ${allowed(issue)}`;
}

function allowed(issue: v.BaseIssue<unknown>): string {
	if (issue.type === 'picklist' || issue.type === 'literal' || issue.type === 'union')
		return `allowed: ${(issue.expected ?? '').replace(/[()]/g, '').split(' | ').join(', ')}`;
	if (issue.type === 'regex' || issue.type === 'check') return issue.message;
	return `expected ${issue.expected ?? issue.message}`;
}

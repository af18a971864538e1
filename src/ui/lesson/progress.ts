/**
 * What this browser remembers: the state of each lesson, the unfinished sitting, the layout of the panes. IndexedDB,
 * one record a lesson, versioned. A record that does not validate is dropped alone, and the caller is told.
 *
 * Not kept: anything outside this browser. There is no account.
 */
import { openDB, type IDBPDatabase } from 'idb';
import * as v from 'valibot';
import type { TimedInput } from '#world/door';

const NAME = 'postern';
const VERSION = 1;
/** inputs of one sitting; a longer one is not kept */
const MOST_INPUTS = 20_000;

const FileSpecSchema = v.union([v.string(), v.record(v.string(), v.unknown())]);
const InputSchema = v.variant('kind', [
	v.object({
		kind: v.literal('terminal'),
		host: v.string(),
		id: v.string(),
		user: v.string(),
		rows: v.number(),
		columns: v.number()
	}),
	v.object({ kind: v.literal('resize'), id: v.string(), rows: v.number(), columns: v.number() }),
	v.object({ kind: v.literal('keys'), id: v.string(), text: v.pipe(v.string(), v.maxLength(65_536)) }),
	v.object({ kind: v.literal('hangup'), id: v.string() }),
	v.object({
		kind: v.literal('save'),
		host: v.string(),
		user: v.string(),
		path: v.string(),
		text: v.pipe(v.string(), v.maxLength(1_048_576))
	}),
	v.object({ kind: v.literal('command'), host: v.string(), user: v.string(), run: v.string() }),
	v.object({
		kind: v.literal('link'),
		link: v.string(),
		change: v.object({
			delay: v.optional(v.number()),
			loss: v.optional(v.number()),
			rate: v.optional(v.number()),
			down: v.optional(v.boolean())
		})
	}),
	v.object({ kind: v.literal('power'), host: v.string(), on: v.boolean() }),
	v.object({ kind: v.literal('files'), host: v.string(), files: v.record(v.string(), FileSpecSchema) })
]);
const InputsSchema = v.pipe(v.array(v.object({ time: v.number(), input: InputSchema })), v.maxLength(MOST_INPUTS));

export const STATES = ['unseen', 'opened', 'solved', 'solved with help', 'explained'] as const;
export type LessonState = (typeof STATES)[number];

const RecordSchema = v.object({
	version: v.literal(VERSION),
	path: v.string(),
	state: v.picklist(STATES),
	/** ids of the checks that passed when last asked */
	passed: v.array(v.string()),
	/** the hint of level 3 was taken */
	helped: v.boolean(),
	/** wall clock, milliseconds */
	seen: v.number(),
	inputs: InputsSchema,
	steps: v.optional(v.record(v.string(), v.number()), {})
});
export type LessonRecord = v.InferOutput<typeof RecordSchema>;

const LayoutSchema = v.object({
	version: v.literal(VERSION),
	lesson: v.number(),
	watch: v.number(),
	upper: v.number(),
	closed: v.optional(v.boolean(), false)
});
export type Layout = v.InferOutput<typeof LayoutSchema>;

export const fresh = (path: string): LessonRecord => ({
	version: VERSION,
	path,
	state: 'unseen',
	passed: [],
	helped: false,
	seen: Date.now(),
	inputs: [],
	steps: {}
});

let database: Promise<IDBPDatabase> | undefined;
const open = (): Promise<IDBPDatabase> =>
	(database ??= openDB(NAME, VERSION, {
		upgrade(db) {
			db.createObjectStore('lessons', { keyPath: 'path' });
			db.createObjectStore('layouts');
		}
	}));

/** @returns the record, and whether an unreadable one had to be dropped. A browser without storage remembers nothing. */
export async function recall(path: string): Promise<{ record: LessonRecord; dropped: boolean }> {
	try {
		const db = await open();
		const raw: unknown = await db.get('lessons', path);
		if (raw === undefined) return { record: fresh(path), dropped: false };
		const parsed = v.safeParse(RecordSchema, raw);
		if (parsed.success) return { record: parsed.output, dropped: false };
		await db.delete('lessons', path);
		return { record: fresh(path), dropped: true };
	} catch {
		return { record: fresh(path), dropped: false };
	}
}

export async function recallAll(): Promise<ReadonlyMap<string, LessonRecord>> {
	const all = new Map<string, LessonRecord>();
	try {
		for (const raw of (await (await open()).getAll('lessons')) as unknown[]) {
			const parsed = v.safeParse(RecordSchema, raw);
			if (parsed.success) all.set(parsed.output.path, parsed.output);
		}
	} catch {
		// no storage: nothing is remembered
	}
	return all;
}

const mark = (path: string): string => `postern-inputs:${path}`;

/** Whether inputs of that lesson may be kept: known without waiting for the database. */
export function mayHaveInputs(path: string): boolean {
	try {
		return localStorage.getItem(mark(path)) !== null;
	} catch {
		return false;
	}
}

export async function remember(record: LessonRecord): Promise<void> {
	try {
		if (record.inputs.length > 0) localStorage.setItem(mark(record.path), '1');
		else localStorage.removeItem(mark(record.path));
	} catch {
		// no storage: the database is asked, a moment later
	}
	try {
		const inputs = record.inputs.length > MOST_INPUTS ? [] : record.inputs;
		await (await open()).put('lessons', structuredClone({ ...record, inputs, seen: Date.now() }));
	} catch {
		// no storage, or full: the sitting goes on without it
	}
}

export async function recallLayout(key: string): Promise<Layout | null> {
	try {
		const parsed = v.safeParse(LayoutSchema, await (await open()).get('layouts', key));
		return parsed.success ? parsed.output : null;
	} catch {
		return null;
	}
}

export async function rememberLayout(key: string, layout: Layout): Promise<void> {
	try {
		await (await open()).put('layouts', layout, key);
	} catch {
		// as above
	}
}

/** Inputs from outside this browser (a share link): the same rules. */
export function readInputs(value: unknown): readonly TimedInput[] | null {
	const parsed = v.safeParse(InputsSchema, value);
	return parsed.success ? (parsed.output as readonly TimedInput[]) : null;
}

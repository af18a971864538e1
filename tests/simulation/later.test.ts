/** What the built worker leaves for after the first prompt (`scripts/programs-plugin.ts`). */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../scripts/programs-plugin';
import { PROGRAMS } from '../../src/programs/index';
import { World } from '../../src/world/world';
import { lessonAt, OPEN_RELAY } from './lesson-world';

const rows = deferred();

async function exportsOf(module: string): Promise<Record<string, unknown>> {
	return (await import(join(import.meta.dirname, '../../src/programs', `${module}.ts`))) as Record<string, unknown>;
}

describe('programs that come later', () => {
	it.each(rows.map((row) => [row.module, row.names] as const))('%s: all are programs', async (module, names) => {
		const exported = await exportsOf(module);
		for (const [name] of names)
			expect(typeof exported[name], `${name} is a table: write it in capitals, or import it from elsewhere`).toBe(
				'function'
			);
	});

	it('none of them is run before the first prompt of the first lesson', async () => {
		const later = new Set<unknown>();
		for (const { module, names } of rows) {
			const exported = await exportsOf(module);
			for (const [name] of names) later.add(exported[name]);
		}
		const lesson = lessonAt(OPEN_RELAY);
		const world = World.ofLesson(lesson.start);
		const { host, user } = lesson.terminals[0]!;
		world.apply({ kind: 'terminal', host, id: 'first', user, rows: 24, columns: 80 });
		world.runUntil(world.now + 20_000);
		const run = [...world.engine.trace.since()].flatMap(({ event }) =>
			event.kind === 'process.exec' ? [(event as unknown as { path: string }).path] : []
		);
		expect([...new Set(run)].filter((path) => later.has(PROGRAMS.get(path)?.main))).toEqual([]);
	});
});

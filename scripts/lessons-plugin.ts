/**
 * Vite plugin: compiles `lessons/` at build time.
 *
 *   virtual:lessons           `lessons`: what the list of lessons shows (no world, no scripts)
 *   virtual:lesson/<path>     `lesson`: one compiled `Lesson`
 *   virtual:world             `world`: the base world, for the sandbox
 *
 * A mistake in a lesson ends the build with file, line and the allowed values.
 */
import type { Plugin } from 'vite';
import { loadLessons, loadWorld } from '../src/lesson/build/load.ts';
import type { Lesson } from '../src/lesson/lesson.ts';
import { LESSONS, readLessonFiles } from './read-lessons.ts';

const LIST = 'virtual:lessons';
const ONE = 'virtual:lesson/';
const WORLD = 'virtual:world';
const RESOLVED = '\0';

export function lessonsPlugin(): Plugin {
	let cache: Lesson[] | undefined;
	const all = (): Lesson[] => (cache ??= loadLessons(readLessonFiles()));
	return {
		name: 'postern-lessons',
		resolveId(id) {
			return id === LIST || id === WORLD || id.startsWith(ONE) ? RESOLVED + id : undefined;
		},
		load(id) {
			if (!id.startsWith(RESOLVED)) return undefined;
			const name = id.slice(RESOLVED.length);
			if (name === LIST) return listModule(all());
			if (name === WORLD)
				return `export const world = ${JSON.stringify(loadWorld('lessons/world.yaml', readLessonFiles().get('world.yaml')!))};`;
			if (!name.startsWith(ONE)) return undefined;
			const lesson = all().find((row) => row.path === name.slice(ONE.length));
			return lesson ? `export const lesson = ${JSON.stringify(lesson)};` : undefined;
		},
		configureServer(server) {
			server.watcher.add(LESSONS);
			server.watcher.on('all', (_event, path) => {
				if (!path.startsWith(LESSONS)) return;
				cache = undefined;
				for (const node of server.moduleGraph.idToModuleMap.values())
					if (node.id?.startsWith(RESOLVED + 'virtual:')) server.moduleGraph.invalidateModule(node);
				server.ws.send({ type: 'full-reload' });
			});
		}
	};
}

function listModule(lessons: Lesson[]): string {
	const rows = lessons.map(({ path, number, title, idea, minutes, needs, part, chapter }) => ({
		path,
		number,
		title,
		idea,
		minutes,
		needs,
		part,
		chapter
	}));
	const loaders = lessons.map((row) => `${JSON.stringify(row.path)}: () => import(${JSON.stringify(ONE + row.path)})`);
	return `export const lessons = ${JSON.stringify(rows)};\nexport const loaders = {${loaders.join(',')}};`;
}

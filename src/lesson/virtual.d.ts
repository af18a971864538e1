/** The modules that the lessons plugin makes at build time (`scripts/lessons-plugin.ts`). */
declare module 'virtual:lessons' {
	import type { Lesson } from './lesson';
	export type LessonRow = Pick<Lesson, 'path' | 'number' | 'title' | 'idea' | 'minutes' | 'needs' | 'part' | 'chapter'>;
	export const lessons: readonly LessonRow[];
	/** path → the compiled lesson, loaded when asked for */
	export const loaders: Readonly<Record<string, () => Promise<{ lesson: Lesson }>>>;
}

declare module 'virtual:world' {
	import type { WorldSpec } from '../world/spec';
	export const world: WorldSpec;
}

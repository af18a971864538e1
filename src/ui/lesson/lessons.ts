/**
 * The compiled lessons, for the pages that are made at build time. The one place that imports them; nothing of it reaches
 * a browser but the lesson that is shown.
 */
import type { Lesson } from '#lesson/lesson';
import { fixture } from './fixture';

export const lessons: readonly Lesson[] = [fixture];

/** What lists need of a lesson. */
export interface LessonCard {
	readonly path: string;
	readonly number: string;
	readonly title: string;
	readonly idea: string;
	readonly minutes: number;
	readonly checks: number;
	readonly part: Lesson['part'];
	readonly chapter: Lesson['chapter'];
	/** files and commands that it is about, for search and the list */
	readonly files: readonly string[];
}

export function card(lesson: Lesson): LessonCard {
	const { path, number, title, idea, minutes, part, chapter } = lesson;
	const files = lesson.editor.map((file) => file.path.replace(/^.*\//, ''));
	return { path, number, title, idea, minutes, part, chapter, checks: lesson.checks.length, files };
}

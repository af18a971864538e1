/** The first lesson's world, for tests that need real traffic. */
import { loadLessons } from '../../src/lesson/build/load';
import type { Lesson } from '../../src/lesson/lesson';
import { readLessonFiles } from '../../scripts/read-lessons';

export function lessonAt(path: string): Lesson {
	const lesson = loadLessons(readLessonFiles()).find((row) => row.path === path);
	if (!lesson) throw new Error(`no lesson ${path}`);
	return lesson;
}

export const OPEN_RELAY = 'mail/relay/open-relay';

/**
 * The compiled lessons, for the pages that are made at build time. The one place that imports them; nothing of it reaches
 * a browser but the lesson that is shown (as the page's data).
 */
import { lessons as rows, loaders } from 'virtual:lessons';
import { world as base } from 'virtual:world';
import type { Lesson } from '#lesson/lesson';
import type { WorldSpec } from '#world/door';

const world: WorldSpec = base;
export const paths: readonly string[] = rows.map(({ path }) => path);

export async function lessonAt(path: string): Promise<Lesson | undefined> {
	return (await loaders[path]?.())?.lesson;
}

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
	/** files that it is about, for search and the list */
	readonly files: readonly string[];
}

export async function cards(): Promise<LessonCard[]> {
	const all = await Promise.all(paths.map(lessonAt));
	return all.filter((lesson) => lesson !== undefined).map(card);
}

function card(lesson: Lesson): LessonCard {
	const { path, number, title, idea, minutes, part, chapter } = lesson;
	const files = lesson.editor.map((file) => file.path.replace(/^.*\//, ''));
	return { path, number, title, idea, minutes, part, chapter, checks: lesson.checks.length, files };
}

/** The base world without a text: the shape of a lesson, so that the workbench needs no second way. */
export function sandbox(): Lesson {
	const host = world.hosts.find((each) => each.packages?.includes('postfix')) ?? world.hosts[0]!;
	const other = world.hosts.find((each) => each.kind === 'computer') ?? host;
	const none = { slug: '', title: '' };
	return {
		path: 'sandbox',
		number: '',
		title: 'Sandbox',
		idea: '',
		minutes: 0,
		needs: [],
		syllabus: [],
		part: none,
		chapter: none,
		terminals: [
			{ host: host.name, user: 'root' },
			{ host: other.name, user: other.users?.[0]?.name ?? 'root' }
		],
		editor: [{ host: host.name, user: 'root', path: '/etc/postfix/main.cf' }],
		steps: [],
		checks: [],
		hints: { nudge: '', reason: '', answer: '' },
		why: { question: '', chain: [] },
		quiz: [],
		real: '',
		solution: '',
		wrong: [],
		start: { path: 'sandbox', world, files: {}, prepare: [], checks: [], wrong: [] }
	};
}

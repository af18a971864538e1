import { error } from '@sveltejs/kit';
import { lessonAt, paths } from '#ui/lesson/lessons.ts';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () => paths.map((path) => ({ path }));

export const load: PageServerLoad = async ({ params }) => {
	const lesson = await lessonAt(params.path.replace(/\/$/, ''));
	if (!lesson) error(404, 'There is no such lesson');
	return { lesson };
};

import { lessons } from '#ui/lesson/lessons.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ first: lessons[0]?.path ?? null, count: lessons.length });

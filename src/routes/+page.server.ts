import { paths } from '#ui/lesson/lessons.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ first: paths[0] ?? null });

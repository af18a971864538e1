import { cards } from '#ui/lesson/lessons.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async () => ({ lessons: await cards() });

import { card, lessons } from '#ui/lesson/lessons.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ lessons: lessons.map(card) });

import { sandbox } from '#ui/lesson/lessons.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ lesson: sandbox() });

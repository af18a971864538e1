/**
 * Sitting down in front of a lesson: its world is opened before the panels are drawn, from what the browser remembers or a
 * shared link brings.
 */
import type { Lesson } from '#lesson/lesson';
import type { TimedInput } from '#world/door';
import { recalledOf, takeWorker, type Recalled } from '../door/early';
import { Session } from '../door/session.svelte';
import { mayHaveInputs } from '../lesson/progress';
import { Sitting } from '../lesson/sitting.svelte';
import { reducedMotion } from '../parts/theme.svelte';
import { toasts } from '../parts/toast.svelte';
import { Desk } from './desk.svelte';

export interface Seat {
	readonly session: Session;
	readonly desk: Desk;
	readonly sitting: Sitting;
	/** the world stands; with the layout that was remembered */
	readonly opened: Promise<Recalled['layout']>;
}

export function sitDown(lesson: Lesson, reading: boolean): Seat {
	const session = new Session({
		start: lesson.start,
		terminals: lesson.terminals,
		makeWorker: takeWorker,
		keep: (inputs) => sitting.keepInputs(inputs),
		tell: (text) => toasts.tell(text),
		complain: (text) => toasts.error(text),
		reducedMotion
	});
	const sitting = new Sitting(lesson, session);
	const users = Object.fromEntries([...lesson.terminals].reverse().map(({ host, user }) => [host, user]));
	const desk = new Desk(session, users);
	if (!reading) desk.place = 'watch';
	return { session, desk, sitting, opened: open(lesson, session, sitting) };
}

async function open(lesson: Lesson, session: Session, sitting: Sitting): Promise<Recalled['layout']> {
	const shared = location.hash.startsWith('#w=');
	// a lesson that was never touched here starts at once; what the browser remembers comes a moment later
	const early = shared || mayHaveInputs(lesson.path) ? null : session.open();
	const known = await recalledOf(lesson.path);
	const kept = sitting.recall(known, (text) => toasts.error(text));
	const inputs = shared ? await sharedInputs(lesson, kept) : kept;
	await (early && inputs.length === 0 ? early : session.open(inputs));
	return known.layout;
}

async function sharedInputs(lesson: Lesson, kept: readonly TimedInput[]): Promise<readonly TimedInput[]> {
	const hash = location.hash;
	history.replaceState(history.state, '', location.pathname + location.search);
	try {
		return (await import('./share')).fromHash(hash, lesson.path) ?? kept;
	} catch (error) {
		toasts.error(
			`${error instanceof Error ? error.message : 'The link is damaged.'} The lesson starts as it was here.`
		);
		return kept;
	}
}

/** How verdicts look and read: one row each. Shape, not colour alone, tells them apart. */
import type { Reason, Verdict } from '#world/door';
import type { MARKS } from './icons';

export type MarkName = keyof typeof MARKS;

/** What a mark can stand for: a verdict, or the way there. */
export type Marked = Verdict | 'flight' | 'none' | 'passed';

interface Row {
	readonly mark: MarkName;
	/** class suffix, for the ink and the tint */
	readonly tone: 'accepted' | 'refused' | 'deferred' | 'rewritten' | 'dropped' | 'none';
	readonly word: string;
}

export const VERDICTS: Readonly<Record<Marked, Row>> = {
	accepted: { mark: 'accepted', tone: 'accepted', word: 'Accepted' },
	refused: { mark: 'refused', tone: 'refused', word: 'Refused' },
	'refused-for-now': { mark: 'refused-now', tone: 'refused', word: 'Refused for now' },
	deferred: { mark: 'deferred', tone: 'deferred', word: 'Deferred' },
	rewritten: { mark: 'rewritten', tone: 'rewritten', word: 'Rewritten' },
	dropped: { mark: 'dropped', tone: 'dropped', word: 'Dropped' },
	flight: { mark: 'flight', tone: 'none', word: 'On its way' },
	none: { mark: 'none', tone: 'none', word: 'No match' },
	passed: { mark: 'accepted', tone: 'accepted', word: 'Passed' }
};

/** The mark and the opening words of a reason's row. */
export function reasonRow(reason: Reason, verdict: Verdict): { mark: Marked; opening: string } {
	if (reason.outcome === 'decided') return { mark: verdict, opening: 'Decided here: ' };
	if (reason.outcome === 'passed') return { mark: 'passed', opening: 'Passed: ' };
	return { mark: 'none', opening: 'No match: ' };
}

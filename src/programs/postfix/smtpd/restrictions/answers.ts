/**
 * What a restriction says: the words that every group of restrictions is written with.
 *
 * A permit and a refusal are `decided`; the place that made them so (an item of mynetworks, an entry of a table) is the
 * source, and the list that asked stands behind it.
 */
import type { Source, Sys } from '#kernel/syscalls';
import { CLASS, type Check, type Outcome, type ReplyClass, type Restriction, type RestrictionRow } from '../evaluation';

export type Subject = 'sender' | 'recipient';
/** One or more names, separated by blanks, and what they do. */
export type Row = readonly [names: string, row: RestrictionRow];

export const plain = (run: Restriction): RestrictionRow => ({ run });

/** @param by what made it so, the deciding place first; without it the list itself is the place */
export function permitted(check: Check, text: string, by: readonly Source[] = []): Outcome {
	const [source = check.source, ...because] = by;
	check.evaluation.permit(check.name, text, source, by.length > 0 ? [...because, check.source] : []);
	return 'ok';
}

/** It had nothing to say. @param outcome `passed` for one that could have refused and did not */
export function noMatch(
	check: Check,
	text: string,
	because?: readonly Source[],
	outcome: 'no-match' | 'passed' = 'no-match'
): Outcome {
	check.evaluation.note(check.name, outcome, text, check.source, because);
	return 'dunno';
}

export function* refused(
	check: Check,
	why: string,
	code: number,
	dsn: string,
	reply: string,
	because?: readonly Source[]
): Sys<Outcome> {
	check.evaluation.note(check.name, 'decided', why, check.source, because);
	return yield* check.evaluation.refuse('policy', code, dsn, reply);
}

export const number = (check: Check, parameter: string): number => check.session.daemon.config.number(parameter);

/** A restriction that needs a HELO name, a sender … and says nothing without. */
export function withHelo(run: (check: Check, helo: string) => Sys<Outcome>): Restriction {
	return function* (check) {
		return check.session.helo === null ? 'dunno' : yield* run(check, check.session.helo);
	};
}
export function withAddress(
	subject: Subject,
	run: (check: Check, address: string, replyClass: ReplyClass) => Sys<Outcome>
): Restriction {
	return function* (check) {
		const address = check.session[subject];
		return address === null || address === '' ? 'dunno' : yield* run(check, address, CLASS[subject]);
	};
}

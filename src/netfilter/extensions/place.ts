/**
 * Where the kernel lets a match or target stand: in which tables, behind which hooks, for which protocol
 * (`xt_check_match`, `xt_check_target`). What is not given is not asked.
 */
import type { Place } from '../extension';
import type { HookName, TableName } from '../rule';

export interface Whereabouts {
	readonly tables?: readonly TableName[];
	readonly hooks?: readonly HookName[];
	/** the rule must say -p for one of these, not inverted */
	readonly protocols?: readonly number[];
}

/** @returns EINVAL for a place where it may not stand; a chain that nobody reaches has no hooks to refuse */
export function checkPlace(place: Place, { tables, hooks, protocols }: Whereabouts): string | null {
	if (tables && !tables.includes(place.table)) return 'EINVAL';
	if (hooks && [...place.hooks].some((hook) => !hooks.includes(hook))) return 'EINVAL';
	const protocol = place.rule.protocol;
	if (protocols && (!protocol || protocol.invert || !protocols.includes(protocol.number))) return 'EINVAL';
	return null;
}

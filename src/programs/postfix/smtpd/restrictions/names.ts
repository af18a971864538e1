/** What counts as a name, and which of several look-ups counts most. */
import type { HostLookup } from '../../dns-lookup';

export const withoutFinalDot = (name: string): string => (name.length > 1 ? name.replace(/\.$/, '') : name);

/** A found answer counts most, then "ask again", then none. */
export function best(a: HostLookup, b: HostLookup): HostLookup {
	const rank = { ok: 0, 'null-mx': 1, retry: 2, fail: 3, invalid: 3, 'not-found': 4 } as const;
	return rank[b.status] < rank[a.status] ? b : a;
}

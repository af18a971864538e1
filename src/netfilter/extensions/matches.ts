/** Every match by name: one line each, sorted. A name that is not here is answered by "Couldn't load match". */
import type { AnyMatch } from '../extension';
import type { Family } from '../rule';
import { comment } from './comment';
import { conntrack } from './conntrack';
import { icmp, icmp6 } from './icmp';
import { limit } from './limit';
import { mac } from './mac';
import { multiport } from './multiport';
import { state } from './state';
import { tcp } from './tcp';
import { udp } from './udp';

// prettier-ignore
export const MATCHES = [
	comment,
	conntrack,
	icmp,
	icmp6,
	limit,
	mac,
	multiport,
	state,
	tcp,
	udp
] as unknown as readonly AnyMatch[];

/** By name or alias, for that family; undefined when there is none. */
export function findMatch(name: string, family: Family = 'ip'): AnyMatch | undefined {
	return BY_NAME[family].get(name);
}

function index(family: Family): ReadonlyMap<string, AnyMatch> {
	const map = new Map<string, AnyMatch>();
	for (const one of MATCHES)
		if (one.families.includes(family)) for (const name of [one.name, ...(one.aliases ?? [])]) map.set(name, one);
	return map;
}

const BY_NAME: Readonly<Record<Family, ReadonlyMap<string, AnyMatch>>> = { ip: index('ip'), ip6: index('ip6') };

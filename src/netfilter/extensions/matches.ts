/** Every match by name: one line each, sorted. A name that is not here is answered by "Couldn't load match". */
import type { AnyMatch } from '../extension';
import type { Family } from '../rule';
import { addrtype } from './addrtype';
import { comment } from './comment';
import { connbytes } from './connbytes';
import { connlimit } from './connlimit';
import { connmark } from './connmark';
import { conntrack } from './conntrack';
import { dscp } from './dscp';
import { hashlimit } from './hashlimit';
import { icmp, icmp6 } from './icmp';
import { iprange } from './iprange';
import { length } from './length';
import { limit } from './limit';
import { mac } from './mac';
import { mark } from './mark';
import { multiport } from './multiport';
import { owner } from './owner';
import { pkttype } from './pkttype';
import { recent } from './recent';
import { state } from './state';
import { statistic } from './statistic';
import { string } from './string';
import { tcp } from './tcp';
import { time } from './time';
import { tos } from './tos';
import { hl, ttl } from './ttl';
import { udp } from './udp';

// prettier-ignore
export const MATCHES = [
	addrtype,
	comment,
	connbytes,
	connlimit,
	connmark,
	conntrack,
	dscp,
	hashlimit,
	hl,
	icmp,
	icmp6,
	iprange,
	length,
	limit,
	mac,
	mark,
	multiport,
	owner,
	pkttype,
	recent,
	state,
	statistic,
	string,
	tcp,
	time,
	tos,
	ttl,
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

/** How matches and targets are found: by name or alias, family by family. */
import type { Family } from '../rule';

interface Named {
	readonly name: string;
	readonly aliases?: readonly string[];
	readonly families: readonly Family[];
}

/** @returns what finds one of `all` for a family; undefined when there is none */
export function byName<E extends Named>(all: readonly E[]): (name: string, family?: Family) => E | undefined {
	const maps = { ip: index(all, 'ip'), ip6: index(all, 'ip6') };
	return (name, family = 'ip') => maps[family].get(name);
}

function index<E extends Named>(all: readonly E[], family: Family): ReadonlyMap<string, E> {
	const map = new Map<string, E>();
	for (const one of all)
		if (one.families.includes(family)) for (const name of [one.name, ...(one.aliases ?? [])]) map.set(name, one);
	return map;
}

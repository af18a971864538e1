/**
 * All sets of a host, by name: what the ipset command may do with them (ip_set_core).
 *
 * A set keeps its place when it is renamed, and a new one takes the first free place: in that order they are listed, lists
 * of sets last. Rules know a set by its name, which stays while a rule says it.
 */
import type { RuleSpec } from '../rule';
import type { Services } from '../services';
import type { SetError, SetInfo, SetOptions, SetRequest } from './message';
import { IpSet } from './set';
import { findSetType } from './set-type';

export class IpSets {
	#places: (IpSet | null)[] = [];
	/** how often rules say the name; netfilter tells it */
	rulesNaming: (name: string) => number = () => 0;

	constructor(readonly services: Pick<Services, 'uptime' | 'random'>) {}

	/** Power off. */
	clear(): void {
		this.#places = [];
	}

	find(name: string): IpSet | undefined {
		return this.#places.find((set) => set?.name === name) ?? undefined;
	}

	/** @param name null for all; undefined: there is no such set */
	list(name: string | null): SetInfo[] | undefined {
		const sets = this.#places.filter((set) => set !== null && (name === null || set.name === name)) as IpSet[];
		if (name !== null && sets.length === 0) return undefined;
		const lists = sets.filter(({ type }) => type.method === 'list');
		return [...sets.filter(({ type }) => type.method !== 'list'), ...lists].map((set) => ({
			name: set.name,
			type: set.type.name,
			options: set.options,
			memory: set.memory,
			references: this.#references(set),
			elements: set.elements()
		}));
	}

	#references(set: IpSet): number {
		return set.inLists + this.rulesNaming(set.name);
	}

	/** @returns null when it is done, or what was asked is so; false: a test says no */
	perform(request: SetRequest): SetError | false | null {
		switch (request.do) {
			case 'create':
				return this.#create(request.set, request.type, request.options, request.exist);
			case 'destroy':
				return this.#destroy(request.set);
			case 'flush':
				return this.#flush(request.set);
			case 'rename':
				return this.#rename(request.set, request.to);
			case 'swap':
				return this.#swap(request.set, request.to);
			default:
		}
		const set = this.find(request.set);
		if (!set) return 'no-set';
		if (request.do !== 'test') return set.change(request.do, request.element, request.exist);
		const found = set.test(request.element);
		return found === true ? null : found;
	}

	#create(name: string, typeName: string, options: SetOptions, exist: boolean): SetError | null {
		const type = findSetType(typeName)!;
		const there = this.find(name);
		if (there) return exist && there.type === type && sameOptions(there.options, options) ? null : 'set-exists';
		const refused = IpSet.refusal(type, options);
		if (refused) return refused;
		const drawn = { ...options, initial: options.initial ?? this.services.random() >>> 0 };
		const set = new IpSet(name, type, drawn, this.services.uptime, (other) => this.find(other));
		const free = this.#places.indexOf(null);
		if (free < 0) this.#places.push(set);
		else this.#places[free] = set;
		return null;
	}

	#destroy(name: string | null): SetError | null {
		const going = this.#places.filter((set) => set !== null && (name === null || set.name === name)) as IpSet[];
		if (name !== null && going.length === 0) return 'no-set';
		if (going.some((set) => this.#references(set) > 0)) return 'in-use';
		for (const set of going) set.flush();
		this.#places = this.#places.map((set) => (set && going.includes(set) ? null : set));
		return null;
	}

	#flush(name: string | null): SetError | null {
		const sets = this.#places.filter((set) => set !== null && (name === null || set.name === name)) as IpSet[];
		if (name !== null && sets.length === 0) return 'no-set';
		for (const set of sets) set.flush();
		return null;
	}

	#rename(name: string, to: string): SetError | null {
		const set = this.find(name);
		if (!set) return 'no-set';
		if (this.#references(set) > 0) return 'referenced';
		if (this.find(to)) return 'name-taken';
		set.name = to;
		return null;
	}

	/** Names and places change hands, and with them who refers to them. */
	#swap(name: string, to: string): SetError | null {
		const one = this.find(name);
		const other = this.find(to);
		if (!one) return 'no-set';
		if (!other) return 'no-second';
		if (one.type !== other.type || one.options.family !== other.options.family) return 'other-type';
		const [at, there] = [this.#places.indexOf(one), this.#places.indexOf(other)];
		[this.#places[at], this.#places[there]] = [other, one];
		[one.name, other.name] = [other.name, one.name];
		[one.inLists, other.inLists] = [other.inLists, one.inLists];
		return null;
	}
}

/** Of two sets that are to be the same one (`same_set` of the types). */
function sameOptions(one: SetOptions, other: SetOptions): boolean {
	const { netmask, bitmask, timeout, maximum, range, size } = one;
	return (
		netmask === other.netmask &&
		bitmask === other.bitmask &&
		timeout === other.timeout &&
		maximum === other.maximum &&
		size === other.size &&
		String(range) === String(other.range) &&
		one.counters === other.counters &&
		one.comment === other.comment &&
		one.skbinfo === other.skbinfo
	);
}

/** One collection a host. */
export function ipSets(services: Services): IpSets {
	return services.shared('ipset', () => new IpSets(services));
}

/** The sets that a rule says, as often as it says them. */
export function setsNamedBy({ matches, target }: RuleSpec): string[] {
	const uses = matches.filter(({ name }) => name === 'set').map(({ data }) => (data as { set: Named | null }).set);
	if (target.kind === 'extension' && target.name === 'SET') {
		const { add, del, map } = target.data as Readonly<Record<'add' | 'del' | 'map', Named | null>>;
		uses.push(add, del, map);
	}
	return uses.flatMap((use) => (use ? [use.name] : []));
}

interface Named {
	readonly name: string;
}

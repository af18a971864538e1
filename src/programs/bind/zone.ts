/**
 * A zone as a name server keeps it: names with their record sets, and how a name is found in it (RFC 1034 4.3.2, RFC 4592).
 *
 * Sets keep their records sorted by their data, as BIND's do, so the order of an answer does not follow the file.
 * A record remembers the file and line that it came from.
 */
import {
	buildDns,
	canonicalName,
	compareNames,
	dnsQuery,
	isWithin,
	labelsOf,
	nameOf,
	parentName,
	recordType,
	type DnsRecord,
	type RecordOf
} from '#wire/dns';

export interface LocatedRecord {
	readonly record: DnsRecord;
	readonly path: string;
	readonly line: number;
}

export interface RecordSet {
	readonly name: string;
	readonly type: string;
	readonly ttl: number;
	readonly records: readonly LocatedRecord[];
}

/** Why records cannot be added, in BIND's words. */
export type AddError = 'multiple RRs of singleton type' | 'CNAME and other data' | 'invalid NS owner name (wildcard)';

const SINGLETONS: ReadonlySet<string> = new Set(['SOA', 'CNAME', 'DNAME']);
/** Types that may stand beside a CNAME. */
const BESIDE_CNAME: ReadonlySet<string> = new Set(['RRSIG', 'NSEC', 'KEY']);

/** The canonical wire form of a record's data: lower case, not compressed (RFC 4034 6.3). */
function sortKey(record: DnsRecord): string {
	const lower = Object.fromEntries(
		Object.entries(record).map(([key, value]) => [
			key,
			typeof value === 'string' && key !== 'type' && value.endsWith('.') && record.type !== 'HINFO'
				? canonicalName(value)
				: (value as unknown)
		])
	);
	const bytes = buildDns(
		dnsQuery(0, '.', 'A', { questions: [], answers: [{ ...(lower as unknown as DnsRecord), name: '.' }] })
	);
	return String.fromCharCode(...bytes.subarray(23));
}

export class Zone {
	/** canonical name → sets, the newest batch first */
	#names = new Map<string, RecordSet[]>();
	/** names that exist only because something is below them */
	#inner = new Set<string>();

	constructor(readonly origin: string) {}

	/** Adds records of one name that stand together in a file; undefined when all went well. */
	add(batch: readonly LocatedRecord[]): AddError | undefined {
		const name = batch[0]!.record.name;
		const key = canonicalName(name);
		const before = this.#names.get(key) ?? [];
		const sets = [...before];
		const fresh: RecordSet[] = [];
		for (const type of new Set(batch.map(({ record }) => recordType(record)))) {
			if (type === 'NS' && labelsOf(name)?.[0] === '*') return 'invalid NS owner name (wildcard)';
			const added = batch.filter(({ record }) => recordType(record) === type);
			const at = sets.findIndex((set) => set.type === type);
			const merged = mergeSet(at < 0 ? undefined : sets[at]!, added);
			if (SINGLETONS.has(type) && merged.records.length > 1) return 'multiple RRs of singleton type';
			if (at < 0) fresh.push(merged);
			else sets[at] = merged;
		}
		const all = [...fresh, ...sets];
		if (
			all.some((set) => set.type === 'CNAME') &&
			all.some((set) => set.type !== 'CNAME' && !BESIDE_CNAME.has(set.type))
		)
			return 'CNAME and other data';
		this.#names.set(key, all);
		for (let up = parentName(name); up && isWithin(up, this.origin); up = parentName(up))
			this.#inner.add(canonicalName(up));
		return undefined;
	}

	sets(name: string): readonly RecordSet[] {
		return this.#names.get(canonicalName(name)) ?? [];
	}

	set(name: string, type: string): RecordSet | undefined {
		return this.sets(name).find((set) => set.type === type);
	}

	exists(name: string): boolean {
		const key = canonicalName(name);
		return this.#names.has(key) || this.#inner.has(key);
	}

	get soa(): (LocatedRecord & { readonly record: RecordOf<'SOA'> }) | undefined {
		const located = this.set(this.origin, 'SOA')?.records[0];
		return located?.record.type === 'SOA' ? { ...located, record: located.record } : undefined;
	}

	/** Names with records or with something below them. */
	get nodeCount(): number {
		return new Set([...this.#names.keys(), ...this.#inner]).size;
	}

	/** Names in canonical order. */
	names(): string[] {
		return [...this.#names.keys()].sort(compareNames);
	}

	/** The records of a zone transfer, without the closing SOA. */
	transfer(): DnsRecord[] {
		return this.names().flatMap((name) => {
			const sets = this.sets(name);
			const ordered = [...sets.filter((set) => set.type === 'SOA'), ...sets.filter((set) => set.type !== 'SOA')];
			return ordered.flatMap((set) => set.records.map(({ record }) => record));
		});
	}

	/** The delegation at or above a name, below the origin. */
	delegation(name: string): RecordSet | undefined {
		const labels = labelsOf(name) ?? [];
		const own = labelsOf(this.origin)!.length;
		for (let count = own + 1; count <= labels.length; count++) {
			const set = this.set(nameOf(labels.slice(labels.length - count)), 'NS');
			if (set) return set;
		}
		return undefined;
	}

	/** The DNAME record above a name. */
	renaming(name: string): RecordSet | undefined {
		const labels = labelsOf(name) ?? [];
		const own = labelsOf(this.origin)!.length;
		for (let count = own; count < labels.length; count++) {
			const set = this.set(nameOf(labels.slice(labels.length - count)), 'DNAME');
			if (set) return set;
		}
		return undefined;
	}

	/** @returns how a name of the zone stands to it; `source` is where the sets are written, a wildcard perhaps */
	find(
		name: string
	):
		| { readonly kind: 'name'; readonly sets: readonly RecordSet[]; readonly wildcard?: string }
		| { readonly kind: 'missing' } {
		if (this.exists(name)) return { kind: 'name', sets: this.sets(name) };
		let encloser = parentName(name);
		while (encloser !== undefined && !this.exists(encloser) && isWithin(encloser, this.origin))
			encloser = parentName(encloser);
		const wildcard = encloser === undefined ? '' : nameOf(['*', ...(labelsOf(encloser) ?? [])]);
		if (!this.exists(wildcard)) return { kind: 'missing' };
		const sets = this.sets(wildcard).map((set) => ({
			...set,
			name,
			records: set.records.map((located) => ({ ...located, record: { ...located.record, name } }))
		}));
		return { kind: 'name', sets, wildcard };
	}
}

function mergeSet(existing: RecordSet | undefined, added: readonly LocatedRecord[]): RecordSet {
	const first = added[0]!.record;
	const ttl = existing ? Math.min(existing.ttl, first.ttl) : first.ttl;
	/* by their data: of two that are the same the earlier one stays */
	const found = new Map<string, LocatedRecord>();
	for (const located of [...(existing?.records ?? []), ...added]) {
		const key = sortKey(located.record);
		if (!found.has(key)) found.set(key, { ...located, record: { ...located.record, ttl } });
	}
	const keyed = [...found].map(([key, located]) => ({ located, key }));
	keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
	return {
		name: existing?.name ?? first.name,
		type: recordType(first),
		ttl,
		records: keyed.map(({ located }) => located)
	};
}

/** Record sets sorted as a cache keeps them. */
export function sortRecords(records: readonly DnsRecord[]): DnsRecord[] {
	const keyed = records.map((record) => ({ record, key: sortKey(record) }));
	return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ record }) => record);
}

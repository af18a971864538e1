/**
 * What a resolver remembers: record sets and the absence of names and types (RFC 1034 4.3.3, RFC 2308), until their time is
 * over. Bounded: the oldest entries go first.
 */
import { canonicalName, isWithin, labelsOf, nameOf, recordType, type DnsRecord } from '#wire/dns';
import { sortRecords } from './zone';

const SECOND = 1_000_000;
const MOST_ENTRIES = 10_000;
/** max-cache-ttl and max-ncache-ttl, seconds */
const LONGEST = 604_800;
const LONGEST_NEGATIVE = 10_800;
/** The key under which the absence of a name is kept. */
const WHOLE_NAME = '';

export type CacheEntry =
	| { readonly kind: 'records'; readonly records: readonly DnsRecord[]; readonly server: string }
	| { readonly kind: 'no-name' | 'no-type'; readonly soa?: DnsRecord; readonly server: string };

interface Kept {
	readonly entry: CacheEntry;
	/** microseconds */
	readonly until: number;
	/** glue and additional data gives way to answers */
	readonly rank: number;
}

/** Times to live are kept in whole seconds of the clock, so an answer of this second has its full one. */
function expiry(now: number, ttl: number): number {
	return (Math.floor(now / SECOND) + ttl) * SECOND;
}

export class Cache {
	#names = new Map<string, Map<string, Kept>>();

	clear(): void {
		this.#names.clear();
	}

	/** Forgets a name, and with `below` what is under it. */
	forget(name: string, below: boolean): void {
		for (const key of [...this.#names.keys()])
			if (key === canonicalName(name) || (below && isWithin(key, name))) this.#names.delete(key);
	}

	get size(): number {
		return this.#names.size;
	}

	/** @param rank 1 additional, 2 authority of a referral, 3 answer; a lower one does not replace a higher one */
	putRecords(records: readonly DnsRecord[], server: string, now: number, rank: number): void {
		const first = records[0];
		if (!first) return;
		const ttl = Math.min(LONGEST, ...records.map((record) => record.ttl));
		this.#put(
			first.name,
			recordType(first),
			{ kind: 'records', records: sortRecords(records), server },
			now + ttl * SECOND,
			rank,
			now
		);
	}

	putNegative(
		name: string,
		type: string,
		missing: 'no-name' | 'no-type',
		soa: DnsRecord | undefined,
		server: string,
		now: number
	): void {
		const ttl = Math.min(LONGEST_NEGATIVE, soa?.type === 'SOA' ? Math.min(soa.ttl, soa.minimum) : 0);
		const entry: CacheEntry = { kind: missing, server, ...(soa ? { soa: { ...soa, ttl } } : {}) };
		this.#put(name, missing === 'no-name' ? WHOLE_NAME : type, entry, expiry(now, ttl), 3, now);
	}

	#put(name: string, type: string, entry: CacheEntry, until: number, rank: number, now: number): void {
		const key = canonicalName(name);
		let types = this.#names.get(key);
		if (!types) {
			if (this.#names.size >= MOST_ENTRIES) this.#names.delete(this.#names.keys().next().value!);
			types = new Map();
			this.#names.set(key, types);
		}
		const before = types.get(type);
		if (before && before.until > now && before.rank > rank) return;
		types.delete(type);
		types.set(type, { entry, until, rank });
	}

	#live(name: string, type: string, now: number): CacheEntry | undefined {
		const kept = this.#names.get(canonicalName(name))?.get(type);
		if (!kept || kept.until <= now) return undefined;
		const ttl = (kept.until - expiry(now, 0)) / SECOND;
		const { entry } = kept;
		if (entry.kind === 'records') return { ...entry, records: entry.records.map((record) => ({ ...record, ttl })) };
		return entry.soa ? { ...entry, soa: { ...entry.soa, ttl } } : entry;
	}

	/** What is known of a name and type, the absence of the whole name included; times to live count down. */
	get(name: string, type: string, now: number): CacheEntry | undefined {
		return this.#live(name, type, now) ?? this.#live(name, WHOLE_NAME, now);
	}

	/** All record sets of a name, the newest first. */
	all(name: string, now: number): DnsRecord[] {
		const types = [...(this.#names.get(canonicalName(name))?.keys() ?? [])].reverse();
		return types.flatMap((type) => {
			const entry = this.#live(name, type, now);
			return entry?.kind === 'records' ? entry.records : [];
		});
	}

	/** The servers of the nearest zone above a name that is known. */
	delegation(name: string, now: number): { readonly zone: string; readonly servers: readonly DnsRecord[] } | undefined {
		const labels = labelsOf(name) ?? [];
		for (let skip = 0; skip <= labels.length; skip++) {
			const zone = nameOf(labels.slice(skip));
			const entry = this.#live(zone, 'NS', now);
			if (entry?.kind === 'records') return { zone, servers: entry.records };
		}
		return undefined;
	}
}

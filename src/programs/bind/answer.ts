/**
 * The answer of a name server to one query, as BIND 9.18 gives it: authoritative data with aliases, wildcards and
 * delegations, what the cache knows, negative answers, the additional section, refusals. A pure function: where another
 * server has to be asked first, it says so, and is called again when the cache knows more.
 *
 * minimal-responses is no-auth-recursive: the servers of the zone are told only to who does not ask for recursion.
 * Not simulated: response policy zones, views, DNSSEC, qname minimisation.
 */
import type { Reason } from '#engine/decision';
import {
	EDNS_OPTION,
	isWithin,
	labelsOf,
	nameOf,
	RCODE,
	rdataText,
	recordType,
	type DnsMessage,
	type DnsRecord
} from '#wire/dns';
import type { Cache } from './cache';
import type { RecordSet, Zone } from './zone';
import { shownName } from './load-zone';

export interface Serving {
	/** by canonical origin; null for a zone that is configured but could not be loaded */
	readonly zones: ReadonlyMap<string, Zone | null>;
	readonly cache: Cache;
	/** microseconds */
	readonly now: number;
	/** may this client have recursion, and the cache */
	readonly recursion: boolean;
	/** the hints for the root, for a referral when nothing better is known */
	readonly hints: readonly DnsRecord[];
	/** names ("name/TYPE") that other servers could not resolve */
	readonly failed: ReadonlySet<string>;
	readonly minimal: 'yes' | 'no' | 'no-auth' | 'no-auth-recursive';
}

export type AnswerResult =
	| { readonly kind: 'message'; readonly message: DnsMessage; readonly reasons: readonly Reason[] }
	| {
			readonly kind: 'recurse';
			readonly name: string;
			readonly type: string;
			/** where to begin when it is delegated by a zone of ours */ readonly delegation?: RecordSet;
			readonly glue: readonly DnsRecord[];
	  };

/** max-restarts */
const MOST_ALIASES = 11;
const EDE = { other: 0, prohibited: 18, notAuthoritative: 20 } as const;

/** The nearest enclosing zone. */
export function zoneFor(zones: Serving['zones'], name: string): { readonly zone: Zone | null } | undefined {
	const labels = labelsOf(name.toLowerCase()) ?? [];
	for (let skip = 0; skip <= labels.length; skip++) {
		const zone = zones.get(nameOf(labels.slice(skip)));
		if (zone !== undefined) return { zone };
	}
	return undefined;
}

interface Draft {
	rcode: number;
	authoritative: boolean;
	readonly answers: DnsRecord[];
	readonly authority: DnsRecord[];
	/** where the additional section may look: the zone of the first answer, or the cache alone */
	zone?: Zone;
	/** the servers of a referral: their addresses are added from glue */
	extended?: { readonly code: number; readonly text: string };
	readonly reasons: Reason[];
}

type Step = { readonly next: string } | { readonly done: true } | Extract<AnswerResult, { kind: 'recurse' }>;

class Answering {
	readonly draft: Draft = { rcode: RCODE.NOERROR, authoritative: false, answers: [], authority: [], reasons: [] };
	#first = true;

	constructor(
		readonly serving: Serving,
		readonly query: DnsMessage
	) {}

	get #wantsRecursion(): boolean {
		return this.query.recursionDesired && this.serving.recursion;
	}

	run(): AnswerResult {
		const question = this.query.questions[0]!;
		let name = question.name;
		for (let aliases = 0; ; aliases++) {
			const step = this.#step(name, question.type);
			if ('kind' in step) return step;
			if ('done' in step) break;
			if (aliases + 1 >= MOST_ALIASES || this.#loops()) {
				this.draft.rcode = RCODE.SERVFAIL;
				this.draft.extended = { code: EDE.other, text: 'max. restarts reached' };
				break;
			}
			name = step.next;
			this.#first = false;
		}
		return { kind: 'message', message: this.#message(), reasons: this.draft.reasons };
	}

	/** Aliases that lead back to one that is already in the answer go round until the restarts are used up. */
	#loops(): boolean {
		const { answers } = this.draft;
		const last = answers[answers.length - 1];
		return (
			last?.type === 'CNAME' &&
			answers.some((record) => record.type === 'CNAME' && record.name.toLowerCase() === last.host.toLowerCase())
		);
	}

	#step(name: string, type: string): Step {
		const found = zoneFor(this.serving.zones, name);
		if (found && found.zone === null) {
			if (!this.#first && !this.#wantsRecursion) return { done: true };
			this.draft.rcode = RCODE.SERVFAIL;
			this.#reason('zone', `the zone for ${shownName(name)} is not loaded`);
			return { done: true };
		}
		/* without recursion an alias is followed only inside the zone where the first name was found */
		if (found?.zone && (this.#first || this.#wantsRecursion || found.zone === this.draft.zone)) {
			const step = this.#fromZone(found.zone, name, type);
			if (step) return step;
		}
		if (found && !this.#first && !this.serving.recursion) return { done: true };
		return this.#fromCache(name, type, found?.zone ?? undefined);
	}

	/** undefined: delegated, and the client may have what is below */
	#fromZone(zone: Zone, name: string, type: string): Step | undefined {
		const cut = zone.delegation(name);
		if (cut) {
			if (this.serving.recursion && (this.query.recursionDesired || this.#cacheKnows(name, type))) return undefined;
			if (this.#first) {
				this.draft.zone = zone;
				this.#addAuthority(cut);
				this.#reason('delegation', `${shownName(cut.name)} is delegated to other servers`, cut);
			}
			return { done: true };
		}
		this.draft.authoritative ||= this.#first;
		this.draft.zone ??= zone;
		const renamed = this.#renamed(zone, name);
		if (renamed) return renamed;
		const result = zone.find(name);
		if (result.kind === 'missing') {
			this.draft.rcode = RCODE.NXDOMAIN;
			this.#addSoa(zone);
			this.#reason('zone', `${shownName(zone.origin)} has no name ${shownName(name)}`, zone.set(zone.origin, 'SOA'));
			return { done: true };
		}
		if (type === 'ANY' && result.sets.length > 0) {
			for (const set of result.sets) this.#addAnswer(set, result.wildcard);
			return { done: true };
		}
		const set = result.sets.find((one) => one.type === type);
		if (set) {
			this.#addAnswer(set, result.wildcard);
			this.#addServers(zone, set);
			return { done: true };
		}
		const alias = result.sets.find((one) => one.type === 'CNAME');
		const target = alias?.records[0]?.record;
		if (alias && target?.type === 'CNAME') {
			this.#addAnswer(alias, result.wildcard);
			return { next: target.host };
		}
		this.#addSoa(zone);
		this.#reason('zone', `${shownName(name)} has no ${type} record`);
		return { done: true };
	}

	/** Below a DNAME record all names are aliases (RFC 6672). */
	#renamed(zone: Zone, name: string): Step | undefined {
		const set = zone.renaming(name);
		const record = set?.records[0]?.record;
		if (!set || record?.type !== 'DNAME') return undefined;
		this.#addAnswer(set);
		const target = `${name.slice(0, -set.name.length)}${record.host === '.' ? '' : record.host}`;
		if (labelsOf(target) === undefined) {
			this.draft.rcode = RCODE.YXDOMAIN;
			return { done: true };
		}
		this.draft.answers.push({ name, class: record.class, ttl: record.ttl, type: 'CNAME', host: target });
		return this.query.questions[0]!.type === 'CNAME' ? { done: true } : { next: target };
	}

	#cacheKnows(name: string, type: string): boolean {
		const { cache, now } = this.serving;
		return cache.get(name, type, now) !== undefined || cache.get(name, 'CNAME', now) !== undefined;
	}

	#fromCache(name: string, type: string, parent: Zone | undefined): Step {
		const { cache, now, recursion, failed } = this.serving;
		const { draft } = this;
		if (!recursion) {
			if (this.#first) draft.rcode = RCODE.REFUSED;
			if (this.#first || this.query.recursionDesired) {
				if (this.serving.zones.size > 0 || this.#first) draft.extended = { code: EDE.prohibited, text: '' };
			}
			this.#reason('allow-recursion', 'no zone of this server, and no recursion for this client');
			return { done: true };
		}
		if (type === 'ANY') {
			const records = cache.all(name, now);
			if (records.length > 0 && !this.#mustAsk(name, 'ANY')) {
				draft.answers.push(...records);
				return { done: true };
			}
		}
		const entry = cache.get(name, type, now) ?? (type === 'CNAME' ? undefined : cache.get(name, 'CNAME', now));
		if (entry?.kind === 'records' && type !== 'ANY') return this.#cachedRecords(name, type, entry);
		if (entry && entry.kind !== 'records') {
			if (entry.kind === 'no-name') draft.rcode = RCODE.NXDOMAIN;
			if (entry.soa) draft.authority.push(entry.soa);
			this.#reason(
				'cache',
				`${entry.server} said that ${shownName(name)} ${entry.kind === 'no-name' ? 'does not exist' : `has no ${type} record`}`
			);
			return { done: true };
		}
		if (failed.has(`${name.toLowerCase()}/${type}`)) {
			draft.rcode = RCODE.SERVFAIL;
			this.#reason('recursion', `no server could tell about ${shownName(name)}`);
			return { done: true };
		}
		if (!this.query.recursionDesired) {
			this.#referral(name, parent);
			return { done: true };
		}
		const cut = parent?.delegation(name);
		return {
			kind: 'recurse',
			name,
			type,
			...(cut ? { delegation: cut } : {}),
			glue: cut && parent ? glueOf(parent, cut) : []
		};
	}

	/** ANY from the cache is answered only after it was asked for as such. */
	#mustAsk(name: string, type: string): boolean {
		return (
			this.query.recursionDesired &&
			this.serving.cache.get(name, type, this.serving.now) === undefined &&
			!this.serving.failed.has(`${name.toLowerCase()}/${type}`)
		);
	}

	#cachedRecords(
		name: string,
		type: string,
		entry: { readonly records: readonly DnsRecord[]; readonly server: string }
	): Step {
		const { draft } = this;
		const { records } = entry;
		draft.answers.push(...records);
		for (const record of records)
			draft.reasons.push({
				check: 'cache',
				outcome: 'decided',
				text: `${entry.server} said ${shownName(record.name)} ${recordType(record)} ${rdataText(record)}`,
				source: {
					kind: 'record',
					server: entry.server,
					name: record.name,
					type: recordType(record),
					data: rdataText(record)
				}
			});
		const alias = records[0]!;
		if (alias.type === 'CNAME' && type !== 'CNAME') return { next: alias.host };
		if (this.#tellsServers() && type !== 'NS') {
			const delegation = this.serving.cache.delegation(name, this.serving.now);
			if (delegation) draft.authority.push(...delegation.servers);
		}
		return { done: true };
	}

	#referral(name: string, parent: Zone | undefined): void {
		const cut = parent?.delegation(name);
		const cached = this.serving.cache.delegation(name, this.serving.now);
		if (cut && parent && (!cached || !isWithin(cached.zone, cut.name))) {
			this.draft.zone = parent;
			this.#addAuthority(cut);
		} else
			this.draft.authority.push(...(cached?.servers ?? this.serving.hints.filter((record) => record.type === 'NS')));
	}

	#tellsServers(): boolean {
		const { minimal } = this.serving;
		return minimal === 'no' || (minimal === 'no-auth-recursive' && !this.query.recursionDesired);
	}

	#addAnswer(set: RecordSet, wildcard?: string): void {
		for (const { record, path, line } of set.records) {
			this.draft.answers.push(record);
			this.draft.reasons.push({
				check: `zone ${set.type}`,
				outcome: 'decided',
				text: `${shownName(record.name)} ${set.type} ${rdataText(record)}${wildcard === undefined ? '' : `, by the wildcard ${shownName(wildcard)}`}`,
				source: { kind: 'file', host: '', path, line }
			});
		}
	}

	#addAuthority(set: RecordSet): void {
		this.draft.authority.push(...set.records.map(({ record }) => record));
	}

	#addServers(zone: Zone, answer: RecordSet): void {
		if (!this.#tellsServers()) return;
		const servers = zone.set(zone.origin, 'NS');
		if (servers && !(answer.type === 'NS' && answer.name.toLowerCase() === zone.origin.toLowerCase()))
			this.#addAuthority(servers);
	}

	#addSoa(zone: Zone): void {
		const soa = zone.soa?.record;
		if (soa) this.draft.authority.push({ ...soa, ttl: Math.min(soa.ttl, soa.minimum) });
	}

	#reason(check: string, text: string, set?: RecordSet): void {
		const located = set?.records[0];
		this.draft.reasons.push({
			check,
			outcome: 'decided',
			text,
			...(located ? { source: { kind: 'file', host: '', path: located.path, line: located.line } as const } : {})
		});
	}

	/** Addresses of the names in the other sections, from the zone that answered and from the cache. */
	#additional(): DnsRecord[] {
		const { draft, serving } = this;
		if (serving.minimal === 'yes' && draft.answers.length > 0) return [];
		if (this.query.questions[0]!.type === 'ANY') return [];
		const present = new Set(
			[...draft.answers, ...draft.authority].map((record) => `${record.name.toLowerCase()}/${recordType(record)}`)
		);
		const records: DnsRecord[] = [];
		for (const record of [...draft.answers, ...draft.authority]) {
			const target =
				record.type === 'NS'
					? record.host
					: record.type === 'MX'
						? record.exchange
						: record.type === 'SRV'
							? record.target
							: undefined;
			if (target === undefined) continue;
			for (const type of ['A', 'AAAA']) {
				const key = `${target.toLowerCase()}/${type}`;
				if (present.has(key)) continue;
				present.add(key);
				records.push(...this.#addresses(target, type));
			}
		}
		return records;
	}

	#addresses(name: string, type: string): readonly DnsRecord[] {
		const { zone } = this.draft;
		if (zone && isWithin(name, zone.origin)) {
			const found = zone.find(name);
			const set = found.kind === 'name' ? found.sets.find((one) => one.type === type) : undefined;
			if (set) return set.records.map(({ record }) => record);
		}
		if (!this.serving.recursion) return [];
		const entry = this.serving.cache.get(name, type, this.serving.now);
		if (entry?.kind === 'records') return entry.records;
		return this.serving.hints.filter(
			(record) => recordType(record) === type && record.name.toLowerCase() === name.toLowerCase()
		);
	}

	#message(): DnsMessage {
		const { draft, query, serving } = this;
		const extended = draft.extended;
		const options =
			extended && query.edns
				? [{ code: EDNS_OPTION.extendedError, data: extendedError(extended.code, extended.text) }]
				: [];
		return {
			...query,
			response: true,
			authoritative: draft.authoritative,
			truncated: false,
			recursionAvailable: serving.recursion,
			authenticData: false,
			rcode: draft.rcode,
			answers: draft.answers,
			authority: draft.authority,
			additional: this.#additional(),
			...(query.edns ? { edns: { udpSize: 1232, version: 0, dnssecOk: query.edns.dnssecOk, options } } : {})
		};
	}
}

function extendedError(code: number, text: string): Uint8Array {
	return Uint8Array.from([code >> 8, code & 255, ...Array.from(text, (character) => character.charCodeAt(0) & 255)]);
}

/** The addresses that a zone has for the servers of a delegation. */
export function glueOf(zone: Zone, cut: RecordSet): DnsRecord[] {
	return cut.records.flatMap(({ record }) =>
		(record.type === 'NS' ? zone.sets(record.host) : [])
			.filter((set) => set.type === 'A')
			.flatMap((set) => set.records.map((located) => located.record))
	);
}

/** The question must be one of class IN that has passed `allow-query`. */
export function answerQuery(serving: Serving, query: DnsMessage): AnswerResult {
	return new Answering(serving, query).run();
}

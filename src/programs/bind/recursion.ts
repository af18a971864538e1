/**
 * How a resolver finds out (RFC 1034 5.3.3): from the nearest known zone down, asking its servers in turn, remembering what
 * they say.
 *
 * A computation that asks for one exchange at a time (`Ask`) and is given the reply, so that named can have many going on
 * while it serves others; it touches no socket itself.
 *
 * Trusts: of a reply only what lies within the zone whose server was asked.
 * Says:  every step, for the decision of the answer.
 * Not simulated: qname minimisation, prefetch, smoothed round-trip times (servers are asked in the order of their records).
 */
import {
	canonicalName,
	dnsQuery,
	EDNS_OPTION,
	isWithin,
	labelsOf,
	RCODE,
	recordType,
	type DnsMessage,
	type DnsRecord
} from '#wire/dns';
import { formatIpv4Address } from '#wire/address';
import type { Cache } from './cache';

export interface Ask {
	readonly server: number;
	readonly query: DnsMessage;
	/** microseconds */
	readonly timeout: number;
}
/** A reply, or that none came in time, or that the way there is broken. */
export type AskResult = DnsMessage | 'timeout' | 'unreachable';
export type Asking<T> = Generator<Ask, T, AskResult>;

export interface RecursionContext {
	readonly cache: Cache;
	now(): number;
	random(): number;
	readonly hints: readonly DnsRecord[];
	/** servers that are asked instead (forwarders) */
	readonly forwarders: readonly number[];
	readonly forwardOnly: boolean;
	/** addresses that zones of our own have for a name */
	ownAddresses(name: string): readonly number[];
	/** one step of the way, for the decision: who was asked and what came of it */
	step(text: string): void;
	/** a line for the log: "SERVFAIL unexpected RCODE resolving …" */
	log(text: string): void;
}

const MILLISECOND = 1000;
const FIRST_TIMEOUT = 800 * MILLISECOND;
/** resolver-query-timeout */
const WHOLE_TIMEOUT = 10_000 * MILLISECOND;
const MOST_STEPS = 30;
const MOST_DEPTH = 7;

interface Cut {
	readonly zone: string;
	readonly servers: readonly DnsRecord[];
	/** addresses that came with the delegation */
	readonly glue: readonly DnsRecord[];
}

/** @returns whether the cache now knows; false is SERVFAIL */
export function* resolve(
	context: RecursionContext,
	name: string,
	type: string,
	start?: Cut,
	depth = 0
): Asking<boolean> {
	const deadline = context.now() + WHOLE_TIMEOUT;
	if (context.forwarders.length > 0) {
		if (yield* askForwarders(context, name, type, deadline)) return true;
		if (context.forwardOnly) return false;
	}
	if (depth === 0 && !context.cache.get('.', 'NS', context.now())) yield* prime(context, deadline);
	let cut = bestCut(context, name, start);
	for (let step = 0; step < MOST_STEPS && cut; step++) {
		const next: Cut | boolean = yield* askCut(context, cut, name, type, deadline, depth);
		if (typeof next === 'boolean') return next;
		cut = next;
	}
	return false;
}

/** Asks the servers of the hints for the real list of root servers (RFC 8109). */
function* prime(context: RecursionContext, deadline: number): Asking<void> {
	const servers = context.hints.filter((record) => record.type === 'NS');
	if (servers.length > 0)
		yield* askCut(context, { zone: '.', servers, glue: context.hints }, '.', 'NS', deadline, MOST_DEPTH);
}

/** The deepest of: what the cache knows, what a zone of ours delegates, the root's hints. */
function bestCut(context: RecursionContext, name: string, start: Cut | undefined): Cut {
	const cached = context.cache.delegation(name, context.now());
	const depthOf = (zone: string) => labelsOf(zone)?.length ?? 0;
	if (start && (!cached || depthOf(start.zone) >= depthOf(cached.zone))) return start;
	if (cached) return { ...cached, glue: context.hints };
	return { zone: '.', servers: context.hints.filter((record) => record.type === 'NS'), glue: context.hints };
}

function addressesOf(context: RecursionContext, cut: Cut, host: string): number[] {
	const own = context.ownAddresses(host);
	if (own.length > 0) return [...own];
	const entry = context.cache.get(host, 'A', context.now());
	const records =
		entry?.kind === 'records'
			? entry.records
			: cut.glue.filter((record) => canonicalName(record.name) === canonicalName(host));
	return records.flatMap((record) => (record.type === 'A' ? [record.address] : []));
}

/** Asks the servers of one zone until one helps: the answer, or a delegation further down, or nothing. */
function* askCut(
	context: RecursionContext,
	cut: Cut,
	name: string,
	type: string,
	deadline: number,
	depth: number
): Asking<Cut | boolean> {
	const hosts = cut.servers.flatMap((record) => (record.type === 'NS' ? [record.host] : []));
	let addresses = hosts.flatMap((host) => addressesOf(context, cut, host));
	if (addresses.length === 0 && depth < MOST_DEPTH) {
		for (const host of hosts) {
			if (isWithin(host, cut.zone)) continue;
			if (yield* resolve(context, host, 'A', undefined, depth + 1))
				addresses = [...addresses, ...addressesOf(context, cut, host)];
			if (addresses.length > 0) break;
		}
	}
	const broken = new Set<number>();
	for (let round = 0; round < 7 && broken.size < addresses.length; round++) {
		for (const server of addresses) {
			if (broken.has(server)) continue;
			const left = deadline - context.now();
			if (left <= 0) return false;
			const timeout = Math.min(left, round < 3 ? FIRST_TIMEOUT : FIRST_TIMEOUT * 2 ** (round - 2));
			const reply = yield { server, query: iterativeQuery(context, name, type, false), timeout };
			const asked = `${formatIpv4Address(server)}, a server of ${shown(cut.zone)}, was asked for ${shown(name)} ${type}`;
			if (reply === 'timeout') {
				context.step(`${asked} and did not answer`);
				continue;
			}
			const verdict = reply === 'unreachable' ? 'useless' : digest(context, cut, name, type, reply, server);
			context.step(`${asked} and ${outcomeText(reply, verdict)}`);
			if (verdict !== 'useless') return verdict;
			if (reply !== 'unreachable' && reply.rcode !== RCODE.NOERROR)
				context.log(
					`${rcodeWord(reply.rcode)} unexpected RCODE resolving '${name.replace(/(.)\.$/, '$1')}/${type}/IN': ${formatIpv4Address(server)}#53`
				);
			broken.add(server);
		}
	}
	return false;
}

/** The name without its final dot. */
function shown(name: string): string {
	return name === '.' ? 'the root' : name.replace(/\.$/, '');
}

function outcomeText(reply: DnsMessage | 'unreachable', verdict: Cut | true | 'useless'): string {
	if (reply === 'unreachable') return 'could not be reached';
	if (verdict === 'useless')
		return reply.rcode === RCODE.NOERROR
			? 'knew nothing of it: the delegation to it is lame'
			: `answered ${rcodeWord(reply.rcode)}`;
	if (verdict !== true)
		return `sent on to the servers of ${shown(verdict.zone)}: ${verdict.servers.map((record) => (record.type === 'NS' ? shown(record.host) : '')).join(', ')}`;
	if (reply.rcode === RCODE.NXDOMAIN) return 'said that there is no such name';
	return reply.answers.length > 0 ? 'answered' : 'said that there is no such record';
}

function rcodeWord(rcode: number): string {
	return ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'][rcode] ?? String(rcode);
}

function iterativeQuery(context: RecursionContext, name: string, type: string, recursionDesired: boolean): DnsMessage {
	const cookie = Uint8Array.from({ length: 8 }, () => context.random() & 255);
	return dnsQuery(context.random() & 0xffff, name, type, {
		recursionDesired,
		edns: { udpSize: 1232, version: 0, dnssecOk: true, options: [{ code: EDNS_OPTION.cookie, data: cookie }] }
	});
}

function* askForwarders(context: RecursionContext, name: string, type: string, deadline: number): Asking<boolean> {
	const root: Cut = { zone: '.', servers: [], glue: [] };
	for (const server of context.forwarders) {
		const left = deadline - context.now();
		if (left <= 0) return false;
		const reply = yield {
			server,
			query: iterativeQuery(context, name, type, true),
			timeout: Math.min(left, 2 * FIRST_TIMEOUT)
		};
		const asked = `${formatIpv4Address(server)}, a forwarder, was asked for ${shown(name)} ${type}`;
		if (typeof reply === 'string') {
			context.step(`${asked} and ${reply === 'timeout' ? 'did not answer' : 'could not be reached'}`);
			continue;
		}
		const verdict = digest(context, root, name, type, reply, server);
		context.step(`${asked} and ${outcomeText(reply, verdict)}`);
		if (verdict === true) return true;
	}
	return false;
}

/** Remembers what a reply says, and tells whether the question is answered. */
function digest(
	context: RecursionContext,
	cut: Cut,
	name: string,
	type: string,
	reply: DnsMessage,
	address: number
): Cut | true | 'useless' {
	const { cache } = context;
	const now = context.now();
	const server = formatIpv4Address(address);
	if (reply.rcode !== RCODE.NOERROR && reply.rcode !== RCODE.NXDOMAIN) return 'useless';
	const trusted = (records: readonly DnsRecord[]) => records.filter((record) => isWithin(record.name, cut.zone));
	const answers = trusted(reply.answers);
	for (const set of groups(answers)) cache.putRecords(set, server, now, 3);
	const soa = trusted(reply.authority).find((record) => record.type === 'SOA');
	const target = endOfAliases(answers, name, type);
	if (reply.rcode === RCODE.NXDOMAIN) {
		if (isWithin(target, cut.zone)) cache.putNegative(target, type, 'no-name', soa, server, now);
		return true;
	}
	if (answers.length > 0) {
		const found = answers.some(
			(record) =>
				canonicalName(record.name) === canonicalName(target) && (type === 'ANY' || recordType(record) === type)
		);
		if (!found && soa && isWithin(target, cut.zone)) cache.putNegative(target, type, 'no-type', soa, server, now);
		if (type === 'ANY')
			cache.putNegative(
				name,
				'ANY',
				'no-type',
				answers.find((record) => record.type === 'SOA') ?? anySoa(answers),
				server,
				now
			);
		for (const set of groups(trusted(reply.additional))) cache.putRecords(set, server, now, 1);
		return true;
	}
	const referral = trusted(reply.authority).filter(
		(record) =>
			record.type === 'NS' && isWithin(name, record.name) && canonicalName(record.name) !== canonicalName(cut.zone)
	);
	if (referral.length > 0 && !soa) {
		const glue = trusted(reply.additional).filter((record) => record.type === 'A' || record.type === 'AAAA');
		cache.putRecords(referral, server, now, 2);
		for (const set of groups(glue)) cache.putRecords(set, server, now, 1);
		return { zone: referral[0]!.name, servers: referral, glue };
	}
	if (!soa && !reply.authoritative) return 'useless';
	cache.putNegative(name, type, 'no-type', soa, server, now);
	return true;
}

/** How long an answer to ANY counts as asked for, when no SOA is part of it. */
function anySoa(answers: readonly DnsRecord[]): DnsRecord {
	const ttl = Math.min(...answers.map((record) => record.ttl));
	return {
		name: '.',
		class: 1,
		ttl,
		type: 'SOA',
		mname: '.',
		rname: '.',
		serial: 0,
		refresh: 0,
		retry: 0,
		expire: 0,
		minimum: ttl
	};
}

function groups(records: readonly DnsRecord[]): DnsRecord[][] {
	const sets = new Map<string, DnsRecord[]>();
	for (const record of records) {
		const key = `${canonicalName(record.name)}/${recordType(record)}`;
		sets.set(key, [...(sets.get(key) ?? []), record]);
	}
	return [...sets.values()];
}

function endOfAliases(answers: readonly DnsRecord[], name: string, type: string): string {
	let end = name;
	if (type === 'CNAME' || type === 'ANY') return end;
	for (const _ of answers) {
		const alias = answers.find(
			(record) => record.type === 'CNAME' && canonicalName(record.name) === canonicalName(end)
		);
		if (alias?.type !== 'CNAME') break;
		end = alias.host;
	}
	return end;
}

/**
 * What named does with one query: checks who asks and what, answers from its zones and cache, asks other servers in between.
 * The part of named without sockets.
 */
import type { Decision, Reason } from '#engine/decision';
import { formatIpv4Address } from '#wire/address';
import {
	canonicalName,
	CLASS_IN,
	className,
	EDNS_OPTION,
	isWithin,
	RCODE,
	rcodeName,
	type DnsMessage,
	type DnsRecord
} from '#wire/dns';
import { matchAcl, type Acl, type LocalAddresses } from './acl';
import { answerQuery, zoneFor } from './answer';
import { Cache } from './cache';
import { shownName } from './load-zone';
import type { NamedConfiguration, ZoneStatement } from './named-conf';
import { resolve, type Asking, type RecursionContext } from './recursion';
import type { Zone } from './zone';

export const NAMED_VERSION = '9.18.49-1~deb12u3-Debian';
const CHAOS = 3;
const MOST_ROUNDS = 25;
/** Steps of a decision that are kept. */
const MOST_STEPS = 60;
const EDE_PROHIBITED = 18;

/** What the watcher sees of an answered query. */
export interface DnsAnswerEvent {
	readonly kind: 'dns.answer';
	readonly host: string;
	/** "192.168.75.10" */
	readonly client: string;
	/** "mail.example.net MX" */
	readonly question: string;
	readonly rcode: string;
	readonly decision: Decision;
}

export interface NameServer {
	readonly configuration: NamedConfiguration;
	readonly zones: ReadonlyMap<string, Zone | null>;
	readonly hints: readonly DnsRecord[];
	readonly cache: Cache;
	readonly local: LocalAddresses;
	readonly hostname: string;
	now(): number;
	random(): number;
	log(category: string, text: string): void;
}

export interface Served {
	readonly message: DnsMessage;
	readonly reasons: readonly Reason[];
}

function allowed(server: NameServer, acl: Acl, client: number): boolean {
	return matchAcl(acl, client, server.local) === true;
}

function statementFor(server: NameServer, name: string): ZoneStatement | undefined {
	const zone = zoneFor(server.zones, name)?.zone;
	return zone
		? server.configuration.zones.find((one) => canonicalName(one.name) === canonicalName(zone.origin))
		: undefined;
}

/** An answer without records. */
export function bareReply(query: DnsMessage, rcode: number, change: Partial<DnsMessage> = {}): DnsMessage {
	return {
		...query,
		response: true,
		authoritative: false,
		truncated: false,
		recursionAvailable: false,
		authenticData: false,
		rcode,
		answers: [],
		authority: [],
		additional: [],
		...(query.edns ? { edns: { udpSize: 1232, version: 0, dnssecOk: query.edns.dnssecOk, options: [] } } : {}),
		...change
	};
}

/** The whole of a query's handling; waits only where it asks other servers. */
export function* serve(server: NameServer, query: DnsMessage, client: number): Asking<Served> {
	const served = yield* serveChecked(server, query, client);
	return { ...served, message: withCookie(server, query, served.message) };
}

function* serveChecked(server: NameServer, query: DnsMessage, client: number): Asking<Served> {
	if (query.opcode !== 0)
		return { message: bareReply(query, RCODE.NOTIMP, { questions: [], recursionDesired: false }), reasons: [] };
	if (query.edns && query.edns.version > 0) return { message: bareReply(query, RCODE.BADVERS), reasons: [] };
	const question = query.questions[0];
	/* a client may ask for nothing but a cookie (RFC 7873 5.4) */
	if (!question && query.edns?.options.some((option) => option.code === EDNS_OPTION.cookie))
		return { message: bareReply(query, RCODE.NOERROR), reasons: [] };
	if (query.questions.length !== 1 || !question) return { message: bareReply(query, RCODE.FORMERR), reasons: [] };
	if (question.class === CHAOS) return { message: chaos(server, query), reasons: [] };
	const title = `${shownName(question.name)}/${question.type}/${className(question.class)}`;
	const statement = statementFor(server, question.name);
	if (
		question.class !== CLASS_IN ||
		!allowed(server, statement?.allowQuery ?? server.configuration.allowQuery, client)
	) {
		server.log(
			'security',
			`${clientTitle(client, question.name)}: query '${title}' denied (allow-query did not match)`
		);
		return refused(server, query, client, 'allow-query');
	}
	return yield* answering(server, query, client, title);
}

function* answering(server: NameServer, query: DnsMessage, client: number, title: string): Asking<Served> {
	const { configuration, cache, zones, hints } = server;
	const recursion = configuration.recursion && allowed(server, configuration.allowRecursion, client);
	const failed = new Set<string>();
	const steps: Reason[] = [];
	for (let round = 0; round < MOST_ROUNDS; round++) {
		const serving = {
			zones,
			cache,
			now: server.now(),
			recursion,
			hints,
			failed,
			minimal: configuration.minimalResponses
		};
		const result = answerQuery(serving, query);
		if (result.kind === 'message') {
			if (result.message.rcode === RCODE.REFUSED)
				server.log(
					'security',
					`${clientTitle(client, query.questions[0]!.name)}: query (cache) '${title}' denied (allow-query-cache did not match)`
				);
			return { message: result.message, reasons: [...steps, ...result.reasons] };
		}
		const where = result.delegation?.records[0];
		if (result.delegation && where)
			steps.push({
				check: 'delegation',
				outcome: 'passed',
				text: `${shownName(result.delegation.name)} is handed on to other servers by a zone of this one`,
				source: { kind: 'file', host: '', path: where.path, line: where.line }
			});
		else
			steps.push({
				check: 'zones and cache',
				outcome: 'no-match',
				text: `no zone of this server holds ${shownName(result.name)}, and nothing is remembered of ${result.type}`
			});
		const start = result.delegation && {
			zone: result.delegation.name,
			servers: result.delegation.records.map(({ record }) => record),
			glue: result.glue
		};
		if (!(yield* resolve(recursionContext(server, steps, result.name), result.name, result.type, start)))
			failed.add(`${result.name.toLowerCase()}/${result.type}`);
	}
	return { message: bareReply(query, RCODE.SERVFAIL, { recursionAvailable: recursion }), reasons: [] };
}

function recursionContext(server: NameServer, steps: Reason[], name: string): RecursionContext {
	const { cache, hints } = server;
	const forward = forwardersFor(server, name);
	return {
		cache,
		hints,
		now: () => server.now(),
		random: () => server.random(),
		...forward,
		step(text) {
			if (steps.length < MOST_STEPS) steps.push({ check: 'recursion', outcome: 'passed', text });
		},
		ownAddresses(name) {
			const zone = zoneFor(server.zones, name)?.zone;
			if (!zone || zone.delegation(name)) return [];
			return zone.set(name, 'A')?.records.flatMap(({ record }) => (record.type === 'A' ? [record.address] : [])) ?? [];
		},
		log: (text) => server.log('lame-servers', text)
	};
}

/** Whom a name is forwarded to: the nearest zone statement with forwarders, or the options. */
function forwardersFor(server: NameServer, name: string): Pick<RecursionContext, 'forwarders' | 'forwardOnly'> {
	const { zones, forwarders, forwardOnly } = server.configuration;
	const nearest = zones
		.filter((zone) => zone.type === 'forward' && isWithin(name, zone.name))
		.sort((a, b) => b.name.length - a.name.length)[0];
	if (!nearest) return { forwarders, forwardOnly };
	return { forwarders: nearest.forwarders, forwardOnly: nearest.forwarders.length > 0 && nearest.forwardOnly };
}

function refused(server: NameServer, query: DnsMessage, client: number, option: string): Served {
	const recursionAvailable =
		server.configuration.recursion && allowed(server, server.configuration.allowRecursion, client);
	const message = bareReply(query, RCODE.REFUSED, { recursionAvailable });
	const edns = message.edns && {
		...message.edns,
		options: [{ code: EDNS_OPTION.extendedError, data: Uint8Array.of(0, EDE_PROHIBITED) }]
	};
	const zone = statementFor(server, query.questions[0]?.name ?? '.');
	const own = option === 'allow-query' ? zone?.allowQuery : zone?.allowTransfer;
	const place = own && zone ? { path: zone.path, line: zone.line } : server.configuration.places.get(option);
	const reasons: Reason[] = [
		{
			check: option,
			outcome: 'decided',
			text: `${formatIpv4Address(client)} does not match ${option}`,
			source: place
				? { kind: 'file', host: '', ...place, item: option }
				: { kind: 'default', parameter: option, value: 'any' }
		}
	];
	return { message: { ...message, ...(edns ? { edns } : {}) }, reasons };
}

/** "client @0x… 192.168.75.10#0 (name)" without what changes from run to run. */
function clientTitle(client: number, name: string): string {
	return `client ${formatIpv4Address(client)} (${shownName(name)})`;
}

const CHAOS_NAMES: Readonly<Record<string, (server: NameServer) => string | undefined>> = {
	'version.bind.': (server) =>
		server.configuration.version === 'none' ? undefined : (server.configuration.version ?? NAMED_VERSION),
	'version.server.': (server) =>
		server.configuration.version === 'none' ? undefined : (server.configuration.version ?? NAMED_VERSION),
	'hostname.bind.': (server) => server.hostname,
	'id.server.': () => ''
};

function chaos(server: NameServer, query: DnsMessage): DnsMessage {
	const { name, type } = query.questions[0]!;
	const text = CHAOS_NAMES[canonicalName(name)]?.(server);
	if (text === undefined) return bareReply(query, RCODE.REFUSED);
	const record: DnsRecord = { name, class: CHAOS, ttl: 0, type: 'TXT', strings: [text] };
	const known = text !== '' && (type === 'TXT' || type === 'ANY');
	const [refresh, retry, expire, minimum] = [28_800, 7200, 604_800, 86_400];
	const soa: DnsRecord = {
		name, class: CHAOS, ttl: minimum, type: 'SOA', mname: name, rname: `hostmaster.${name}`, serial: 0, refresh, retry, expire, minimum
	}; // prettier-ignore
	return bareReply(query, RCODE.NOERROR, {
		authoritative: true,
		answers: known ? [record] : [],
		authority: known ? [] : [soa]
	});
}

/** The client's half of the cookie and ours (RFC 7873), where the client sent one. */
function withCookie(server: NameServer, query: DnsMessage, reply: DnsMessage): DnsMessage {
	const asked = query.edns?.options.find((option) => option.code === EDNS_OPTION.cookie);
	if (!asked || !reply.edns || asked.data.length < 8) return reply;
	const cookie = new Uint8Array(24);
	cookie.set(asked.data.subarray(0, 8));
	cookie[8] = 1;
	for (let i = 12; i < 24; i++) cookie[i] = server.random() & 255;
	return {
		...reply,
		edns: { ...reply.edns, options: [{ code: EDNS_OPTION.cookie, data: cookie }, ...reply.edns.options] }
	};
}

/**
 * The messages of a zone transfer (RFC 5936), or the refusal. An incremental one (RFC 1995) is answered with the whole
 * zone: no journal is kept; with the SOA record alone when the client is up to date or asks by UDP.
 */
export function transferZone(server: NameServer, query: DnsMessage, client: number, whole = true): DnsMessage {
	const { name, type } = query.questions[0]!;
	const recursionAvailable =
		server.configuration.recursion && allowed(server, server.configuration.allowRecursion, client);
	const zone = server.zones.get(canonicalName(name));
	const title = clientTitle(client, name);
	if (!zone) {
		server.log(
			'xfer-out',
			`${title}: bad zone transfer request: '${shownName(name)}/IN': non-authoritative zone (NOTAUTH)`
		);
		return withCookie(
			server,
			query,
			bareReply(query, zone === null ? RCODE.SERVFAIL : RCODE.NOTAUTH, { recursionAvailable })
		);
	}
	const statement = statementFor(server, name);
	if (!allowed(server, statement?.allowTransfer ?? server.configuration.allowTransfer, client)) {
		server.log('security', `${title}: zone transfer '${shownName(name)}/${type}/IN' denied`);
		return withCookie(server, query, refused(server, query, client, 'allow-transfer').message);
	}
	const has = query.authority.find((record) => record.type === 'SOA');
	const soa = zone.soa!.record;
	const upToDate = type === 'IXFR' && has?.type === 'SOA' && !serialIsNewer(soa.serial, has.serial);
	if (upToDate || !whole)
		return withCookie(
			server,
			query,
			bareReply(query, RCODE.NOERROR, { recursionAvailable, authoritative: true, answers: [soa] })
		);
	const style = type === 'IXFR' ? 'AXFR-style IXFR' : 'AXFR';
	server.log('xfer-out', `${title}: transfer of '${shownName(name)}/IN': ${style} started (serial ${soa.serial})`);
	return withCookie(
		server,
		query,
		bareReply(query, RCODE.NOERROR, {
			recursionAvailable,
			authoritative: true,
			answers: [...zone.transfer(), soa]
		})
	);
}

/** Whether a serial number is later than another (RFC 1982). */
export function serialIsNewer(serial: number, than: number): boolean {
	const ahead = (serial - than) >>> 0;
	return ahead !== 0 && ahead < 0x80000000;
}

export function answerEvent(query: DnsMessage, client: number, served: Served): DnsAnswerEvent {
	const question = query.questions[0];
	const text = question ? `${shownName(question.name)} ${question.type}` : 'no question';
	const { rcode } = served.message;
	const verdict =
		rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN
			? 'accepted'
			: rcode === RCODE.SERVFAIL
				? 'deferred'
				: 'refused';
	const from = formatIpv4Address(client);
	return {
		kind: 'dns.answer',
		host: '',
		client: from,
		question: text,
		rcode: rcodeName(rcode),
		decision: { verdict, subject: `${text} for ${from}`, reply: rcodeName(rcode), reasons: served.reasons }
	};
}

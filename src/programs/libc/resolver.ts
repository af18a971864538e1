/**
 * The stub resolver of the C library (resolver(3), glibc 2.36): asks the servers of /etc/resolv.conf.
 *
 * Reads:  /etc/resolv.conf, anew at every call (glibc notices a changed file; daemons that must not are told so by
 *         passing `configuration`).
 * Asks:   each server in turn over UDP with timeout and attempts, over TCP after a truncated answer.
 * Trusts: an answer with the query's id and question from the asked address.
 * Lacks:  sortlist, EDNS, HOSTALIASES, IPv6 servers.
 *
 * Names in results have no final dot ("halo.example.org"; the root is ""), as dn_expand(3) gives them.
 */
import type { Decision, Reason } from '#engine/decision';
import { Errno, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import {
	buildDns, canonicalName, dnsQuery, labelsOf, nameOf, parseDns, RCODE, rcodeName, rdataText, recordType, type DnsMessage,
	type DnsRecord
} from '#wire/dns'; // prettier-ignore
import { readText } from './stdio';
import { close, connect, getrandom, poll, read, recvfrom, sendto, socket, time, trace, uname, write } from './unistd';

const SECOND = 1_000_000;
const DOMAIN_PORT = 53;
/** MAXNS, and the most names of a search list that glibc's `search` line may hold is unlimited since 2.26 */
const MAX_SERVERS = 3;

export interface ResolverConfiguration {
	readonly servers: readonly {
		readonly address: number;
		/** line of resolv.conf; undefined for the default, 127.0.0.1 */ readonly line?: number;
	}[];
	readonly search: readonly string[];
	readonly ndots: number;
	/** seconds */
	readonly timeout: number;
	readonly attempts: number;
	/** as the file says them; dig and nslookup have other defaults than the C library */
	readonly said: { readonly timeout?: number; readonly attempts?: number };
	readonly useTcp: boolean;
	/** begin with any of the servers */
	readonly rotate: boolean;
}

/** h_errno of <netdb.h>. */
export type HostError = 'HOST_NOT_FOUND' | 'TRY_AGAIN' | 'NO_RECOVERY' | 'NO_DATA';

export interface Resolved {
	readonly ok: true;
	readonly message: DnsMessage;
	/** the answer section, CNAMEs included, as it came */
	readonly answers: readonly DnsRecord[];
	readonly server: number;
}
export interface Unresolved {
	readonly ok: false;
	readonly error: HostError;
	/** the server's, undefined when none answered */
	readonly rcode?: number;
	readonly message?: DnsMessage;
	/** the last one asked */
	readonly server?: number;
	/** what went wrong on the way when nobody answered */
	readonly errno?: 'ETIMEDOUT' | 'ECONNREFUSED';
}
export type Resolution = Resolved | Unresolved;

export interface ResolveOptions {
	readonly configuration?: ResolverConfiguration;
	/** reasons of the decision are added to it */
	readonly explain?: Reason[];
}

/** What the watcher sees of a lookup. */
export interface ResolverEvent {
	readonly kind: 'resolver.lookup';
	readonly host: string;
	readonly decision: Decision;
}

/** hstrerror(3) */
export const HOST_ERROR_TEXT: Readonly<Record<HostError, string>> = {
	HOST_NOT_FOUND: 'Unknown host',
	TRY_AGAIN: 'Host name lookup failure',
	NO_RECOVERY: 'Unknown server error',
	NO_DATA: 'No address associated with name'
};

/* ---- resolv.conf ------------------------------------------------------------------------------------------------- */

/** @param hostname whose domain is searched when the file names none */
export function parseResolvConf(text: string, hostname: string): ResolverConfiguration {
	const servers: { address: number; line: number }[] = [];
	let search: string[] | undefined;
	let [ndots, timeout, attempts, useTcp, rotate] = [1, 5, 2, false, false];
	const said: { timeout?: number; attempts?: number } = {};
	for (const [i, line] of text.split('\n').entries()) {
		const match = /^(nameserver|domain|search|options)[ \t]+(.*)$/.exec(line);
		if (!match) continue;
		const words = match[2]!.split(/[ \t]+/).filter((word) => word !== '');
		if (match[1] === 'nameserver') {
			const address = parseIpv4Address(words[0] ?? '');
			if (address !== undefined && servers.length < MAX_SERVERS) servers.push({ address, line: i + 1 });
		} else if (match[1] === 'domain') search = words.slice(0, 1);
		else if (match[1] === 'search') search = words;
		else {
			for (const word of words) {
				const [name, value] = word.split(':');
				const number = Number.parseInt(value ?? '', 10) || 0;
				if (name === 'ndots') ndots = Math.min(number, 15);
				else if (name === 'timeout') timeout = said.timeout = Math.min(Math.max(number, 1), 30);
				else if (name === 'attempts') attempts = said.attempts = Math.min(Math.max(number, 1), 5);
				else if (name === 'use-vc') useTcp = true;
				else if (name === 'rotate') rotate = true;
			}
		}
	}
	const dot = hostname.indexOf('.');
	return {
		servers: servers.length > 0 ? servers : [{ address: 0x7f000001 }],
		search: (search ?? (dot >= 0 ? [hostname.slice(dot + 1)] : [])).map((domain) => domain.replace(/(.)\.$/, '$1')),
		ndots,
		timeout,
		attempts,
		said,
		useTcp,
		rotate
	};
}

export function* readResolvConf(path = '/etc/resolv.conf'): Sys<ResolverConfiguration> {
	const { nodename } = yield* uname();
	try {
		return parseResolvConf(yield* readText(path), nodename);
	} catch (thrown) {
		if (thrown instanceof Errno) return parseResolvConf('', nodename);
		throw thrown;
	}
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/** The absolute form of a name as a program has it ("example.org", "example.org."); undefined when it is none. */
export function absoluteName(name: string): string | undefined {
	const labels = name === '' ? [] : labelsOf(name);
	return labels && nameOf(labels);
}

/** Without the final dot. */
export function relativeText(name: string): string {
	return name.replace(/\.$/, '');
}

function isAnswerTo(query: DnsMessage, reply: DnsMessage | undefined): reply is DnsMessage {
	if (!reply?.response || reply.id !== query.id) return false;
	const [asked, echoed] = [query.questions[0], reply.questions[0]];
	if (!echoed) return reply.rcode !== RCODE.NOERROR;
	return asked?.type === echoed.type && canonicalName(asked.name) === canonicalName(echoed.name);
}

export type Exchange = DnsMessage | 'ETIMEDOUT' | 'ECONNREFUSED';

/**
 * One query to one server over UDP.
 * @param timeout microseconds
 */
export function* exchangeUdp(query: DnsMessage, server: number, timeout: number, port = DOMAIN_PORT): Sys<Exchange> {
	const fd = yield* socket('inet', 'dgram');
	try {
		yield* connect(fd, { family: 'inet', address: server, port });
		yield* sendto(fd, buildDns(query));
		const deadline = (yield* time()) + timeout;
		for (;;) {
			const left = deadline - (yield* time());
			if (left <= 0) return 'ETIMEDOUT';
			const ready = yield* poll([{ fd, read: true }], left);
			if (ready.length === 0) return 'ETIMEDOUT';
			const reply = parseDns((yield* recvfrom(fd, 65_535)).bytes);
			if (isAnswerTo(query, reply)) return reply;
		}
	} catch (thrown) {
		if (!(thrown instanceof Errno) || thrown.code === 'EINTR') throw thrown;
		return thrown.code === 'ECONNREFUSED' ? 'ECONNREFUSED' : 'ETIMEDOUT';
	} finally {
		yield* close(fd);
	}
}

/** Reads exactly `count` bytes before the deadline; null when they do not come. */
export function* readExactly(fd: number, count: number, deadline: number): Sys<Uint8Array | null> {
	const bytes = new Uint8Array(count);
	let have = 0;
	while (have < count) {
		const left = deadline - (yield* time());
		if (left <= 0 || (yield* poll([{ fd, read: true }], left)).length === 0) return null;
		const part = yield* read(fd, count - have);
		if (part.length === 0) return null;
		bytes.set(part, have);
		have += part.length;
	}
	return bytes;
}

/** A message behind its length in two bytes (RFC 1035 4.2.2). */
export function tcpMessage(bytes: Uint8Array): Uint8Array {
	const framed = new Uint8Array(bytes.length + 2);
	framed[0] = bytes.length >> 8;
	framed[1] = bytes.length & 255;
	framed.set(bytes, 2);
	return framed;
}

/** The next message of a TCP stream; null at its end or at the deadline. */
export function* readTcpMessage(fd: number, deadline: number): Sys<Uint8Array | null> {
	const length = yield* readExactly(fd, 2, deadline);
	return length && (yield* readExactly(fd, length[0]! * 256 + length[1]!, deadline));
}

export function* exchangeTcp(query: DnsMessage, server: number, timeout: number, port = DOMAIN_PORT): Sys<Exchange> {
	const fd = yield* socket('inet', 'stream');
	try {
		const deadline = (yield* time()) + timeout;
		yield* connect(fd, { family: 'inet', address: server, port });
		yield* write(fd, tcpMessage(buildDns(query)));
		const bytes = yield* readTcpMessage(fd, deadline);
		const reply = bytes ? parseDns(bytes) : undefined;
		return isAnswerTo(query, reply) ? reply : 'ETIMEDOUT';
	} catch (thrown) {
		if (!(thrown instanceof Errno) || thrown.code === 'EINTR') throw thrown;
		return thrown.code === 'ECONNREFUSED' ? 'ECONNREFUSED' : 'ETIMEDOUT';
	} finally {
		yield* close(fd);
	}
}

/** Replies after which the next server is asked (send_dg in res_send.c). */
function isUseless(reply: DnsMessage): boolean {
	if (reply.rcode === RCODE.SERVFAIL || reply.rcode === RCODE.NOTIMP || reply.rcode === RCODE.REFUSED) return true;
	const lame = !reply.authoritative && !reply.recursionAvailable && reply.additional.length === 0 && !reply.edns;
	return reply.rcode === RCODE.NOERROR && reply.answers.length === 0 && lame;
}

/** res_send(3): servers and attempts in order. @returns the first useful reply, or the last useless one */
function* send(
	query: DnsMessage,
	configuration: ResolverConfiguration
): Sys<{ reply?: DnsMessage; useful: boolean; server: number; errno?: 'ETIMEDOUT' | 'ECONNREFUSED' }> {
	let useless: DnsMessage | undefined;
	let errno: 'ETIMEDOUT' | 'ECONNREFUSED' = 'ECONNREFUSED';
	const first = configuration.rotate ? (yield* getrandom(1))[0]! % configuration.servers.length : 0;
	const servers = [...configuration.servers.slice(first), ...configuration.servers.slice(0, first)];
	let server = servers[0]!.address;
	for (let attempt = 0; attempt < configuration.attempts; attempt++) {
		for (const { address } of servers) {
			server = address;
			const share = attempt === 0 ? 1 : configuration.servers.length;
			const seconds = Math.max(1, Math.floor((configuration.timeout * 2 ** attempt) / share));
			let reply = configuration.useTcp
				? yield* exchangeTcp(query, address, configuration.timeout * SECOND)
				: yield* exchangeUdp(query, address, seconds * SECOND);
			if (typeof reply !== 'string' && reply.truncated && !configuration.useTcp)
				reply = yield* exchangeTcp(query, address, configuration.timeout * SECOND);
			if (reply === 'ETIMEDOUT') errno = 'ETIMEDOUT';
			if (typeof reply === 'string') continue;
			if (!isUseless(reply)) return { reply, useful: true, server };
			useless = reply;
			errno = 'ETIMEDOUT';
		}
	}
	return { ...(useless ? { reply: useless } : {}), useful: false, server, errno };
}

/**
 * Looks up exactly this name (res_query(3)).
 * @param name with or without final dot
 * @param type "A", "MX", "PTR" …
 */
export function* res_query(name: string, type: string, options: ResolveOptions = {}): Sys<Resolution> {
	const absolute = absoluteName(name);
	if (absolute === undefined) return { ok: false, error: 'NO_RECOVERY' };
	const configuration = options.configuration ?? (yield* readResolvConf());
	const id = yield* getrandom(2);
	const query = dnsQuery(id[0]! * 256 + id[1]!, absolute, type);
	const sent = yield* send(query, configuration);
	const result = judge(sent);
	const reasons = reasonsOf(relativeText(absolute), type, result, configuration);
	options.explain?.push(...reasons);
	const decision = decisionOf(relativeText(absolute), type, result, reasons);
	const event: ResolverEvent = { kind: 'resolver.lookup', host: '', decision };
	yield* trace(event);
	return result;
}

function judge(sent: {
	reply?: DnsMessage;
	useful: boolean;
	server: number;
	errno?: 'ETIMEDOUT' | 'ECONNREFUSED';
}): Resolution {
	const { reply, server } = sent;
	if (!reply) return { ok: false, error: 'TRY_AGAIN', server, ...(sent.errno ? { errno: sent.errno } : {}) };
	const failed = (error: HostError): Unresolved => ({ ok: false, error, rcode: reply.rcode, message: reply, server });
	if (!sent.useful || reply.rcode === RCODE.SERVFAIL) return failed('TRY_AGAIN');
	if (reply.rcode === RCODE.NXDOMAIN) return failed('HOST_NOT_FOUND');
	if (reply.rcode !== RCODE.NOERROR) return failed('NO_RECOVERY');
	if (reply.answers.length === 0) return failed('NO_DATA');
	return { ok: true, message: reply, answers: reply.answers, server };
}

function reasonsOf(name: string, type: string, result: Resolution, configuration: ResolverConfiguration): Reason[] {
	const server = result.server === undefined ? '' : formatIpv4Address(result.server);
	const line = configuration.servers.find(({ address }) => address === result.server)?.line;
	const because =
		line === undefined ? [] : [{ kind: 'file', host: '', path: '/etc/resolv.conf', line, item: server } as const];
	const check = `DNS ${type}`;
	if (!result.ok) {
		const text =
			result.rcode !== undefined
				? `${server} answered ${rcodeName(result.rcode)} for ${name} ${type}${result.error === 'NO_DATA' ? ', without such a record' : ''}`
				: `${server} ${result.errno === 'ECONNREFUSED' ? 'refused the query' : 'did not answer'} for ${name} ${type}`;
		return [{ check, outcome: 'decided', text, because }];
	}
	return result.answers.map((record) => ({
		check,
		outcome: 'decided',
		text: `${server} answered ${relativeText(record.name)} ${recordType(record)} ${rdataText(record)}`,
		source: { kind: 'record', server, name: record.name, type: recordType(record), data: rdataText(record) },
		because
	}));
}

function decisionOf(name: string, type: string, result: Resolution, reasons: readonly Reason[]): Decision {
	const verdict = result.ok ? 'accepted' : result.error === 'TRY_AGAIN' ? 'deferred' : 'refused';
	return { verdict, subject: `${name} ${type}`, reasons };
}

/** Looks up a name, completed from the search list when it has few dots (res_search(3)). */
export function* res_search(name: string, type: string, options: ResolveOptions = {}): Sys<Resolution> {
	const configuration = options.configuration ?? (yield* readResolvConf());
	const known = { ...options, configuration };
	const dots = name.split('.').length - 1;
	if (name.endsWith('.')) return yield* res_query(name, type, known);
	let asIs: Resolution | undefined;
	if (dots >= configuration.ndots) {
		asIs = yield* res_query(name, type, known);
		if (asIs.ok) return asIs;
	}
	let noData: Resolution | undefined;
	let serverFailed: Resolution | undefined;
	let last: Resolution | undefined;
	for (const domain of configuration.search) {
		const result = yield* res_query(domain === '' || domain === '.' ? `${name}.` : `${name}.${domain}`, type, known);
		if (result.ok || result.errno === 'ECONNREFUSED') return result;
		last = result;
		if (result.error === 'NO_DATA') noData = result;
		else if (result.error === 'TRY_AGAIN' && result.rcode === RCODE.SERVFAIL) serverFailed = result;
		else if (result.error !== 'HOST_NOT_FOUND') break;
	}
	if (
		!asIs &&
		dots === 0 &&
		configuration.search.length > 0 &&
		last &&
		!last.ok &&
		last.error === 'TRY_AGAIN' &&
		!serverFailed
	)
		return last;
	if (!asIs) {
		const result = yield* res_query(name, type, known);
		if (result.ok) return result;
		last = result;
	}
	return asIs ?? noData ?? serverFailed ?? last!;
}

/** The records of one type at the end of the CNAME chain of an answer, and the aliases on the way. */
export function followAliases(
	answers: readonly DnsRecord[],
	name: string,
	type: string
): { readonly canonical: string; readonly aliases: readonly string[]; readonly records: readonly DnsRecord[] } {
	let canonical = canonicalName(absoluteName(name) ?? name);
	const aliases: string[] = [];
	for (const record of answers) {
		if (record.type !== 'CNAME' || canonicalName(record.name) !== canonical || type === 'CNAME') continue;
		aliases.push(relativeText(record.name));
		canonical = canonicalName(record.host);
	}
	const records = answers.filter((record) => recordType(record) === type && canonicalName(record.name) === canonical);
	return { canonical: relativeText(records[0]?.name ?? canonical), aliases, records };
}

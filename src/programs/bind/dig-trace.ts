/**
 * dig +trace and +nssearch (dighost.c, followup_lookup): from the root down as a resolver goes, and the SOA records of all
 * servers of a zone.
 *
 * Exit:  0; 9 when nobody could be reached.
 */
import type { Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { isWithin, RCODE, rdataText, type DnsMessage, type DnsRecord } from '#wire/dns';
import { absoluteName, type ResolverConfiguration } from '../libc/resolver';
import { print, printError } from '../libc/stdio';
import { getrandom } from '../libc/unistd';
import { ask, serversOf, type Reply, type Server } from './client';
import { digQuery } from './dig';
import type { Lookup, Settings } from './dig-options';
import { shownName } from './load-zone';
import { sectionsText } from './message-text';

const NO_REPLY = 9;
const BAD_NAME = 10;
/** Referrals that are followed at most. */
const MOST_STEPS = 20;

function* send(
	lookup: Lookup,
	name: string,
	servers: readonly Server[],
	configuration: ResolverConfiguration
): Sys<Reply | undefined> {
	const id = yield* getrandom(2);
	const query = digQuery(lookup, name, id[0]! * 256 + id[1]!, yield* getrandom(8));
	const { settings } = lookup;
	return yield* ask(query, servers, {
		tcp: settings.tcp ?? false,
		tries: settings.tries ?? configuration.said.attempts ?? 3,
		time: settings.time ?? configuration.timeout,
		port: settings.port,
		ignoreTruncation: settings.ignoreTruncation,
		*tell(line) {
			yield* print(`${line}\n`);
		}
	});
}

function stepText({ message, size, server, elapsed }: Reply, settings: Settings): string {
	const style = { ...settings, comments: false, question: false, badCookie: false };
	const received = `;; Received ${size} bytes from ${formatIpv4Address(server.address)}#${settings.port}(${server.name}) in ${Math.floor(elapsed / 1000)} ms\n\n`;
	return sectionsText(message, style) + received;
}

/** The servers that a reply names for a zone below `above`, or that are the answer to the question about the root. */
function nextServers(message: DnsMessage, above: string | undefined): DnsRecord[] {
	const records = above === undefined ? message.answers : message.answers.length > 0 ? [] : message.authority;
	return records.filter(
		(record) => record.type === 'NS' && (above === undefined || (record.name !== above && isWithin(record.name, above)))
	);
}

/** The addresses of the servers of a delegation, from the resolver of the host. */
function* addressesOf(records: readonly DnsRecord[], configuration: ResolverConfiguration): Sys<Server[]> {
	const servers: Server[] = [];
	for (const record of records) {
		if (record.type !== 'NS') continue;
		const found = yield* serversOf(shownName(record.host), configuration);
		if (found) servers.push(...found.slice(0, 1));
		else yield* printError(`dig: couldn't get address for '${shownName(record.host)}': not found\n`);
	}
	return servers;
}

export function* digTrace(lookup: Lookup, configuration: ResolverConfiguration, greeting: () => string): Sys<number> {
	const name = absoluteName(lookup.name);
	if (name === undefined) return BAD_NAME;
	let servers = yield* serversOf(lookup.server, configuration);
	if (!servers) {
		yield* printError(`dig: couldn't get address for '${lookup.server!}': not found\n`);
		return 1;
	}
	/* the first question is for the servers of the root, and wants recursion */
	const first: Lookup = { ...lookup, type: 'NS', settings: { ...lookup.settings, recurse: true } };
	let above: string | undefined;
	for (let step = 0; step < MOST_STEPS; step++) {
		const reply: Reply | undefined = yield* above === undefined
			? send(first, '.', servers, configuration)
			: send(lookup, name, servers, configuration);
		if (!reply) {
			yield* print(`${greeting()};; no servers could be reached\n`);
			return NO_REPLY;
		}
		const { settings } = lookup;
		if (!settings.short) yield* print(greeting() + stepText(reply, settings));
		const next = nextServers(reply.message, above);
		if (next.length === 0) {
			if (settings.short) yield* print(reply.message.answers.map((record) => `${rdataText(record)}\n`).join(''));
			return 0;
		}
		above = next[0]!.name;
		servers = yield* addressesOf(next, configuration);
		if (servers.length === 0) return NO_REPLY;
	}
	return 0;
}

export function* digServers(lookup: Lookup, configuration: ResolverConfiguration): Sys<number> {
	const name = absoluteName(lookup.name);
	if (name === undefined) return BAD_NAME;
	const servers = yield* serversOf(lookup.server, configuration);
	const reply = servers && (yield* send({ ...lookup, type: 'NS' }, name, servers, configuration));
	if (!reply) {
		yield* print(';; no servers could be reached\n');
		return NO_REPLY;
	}
	const hosts = reply.message.answers.filter((record) => record.type === 'NS');
	/* the real one gives up when there is but one server */
	if (hosts.length < 2) {
		yield* print(';; NS servers could not be reached\n');
		return NO_REPLY;
	}
	for (const server of yield* addressesOf(hosts, configuration)) {
		const settings = { ...lookup.settings, recurse: false };
		const answer = yield* send({ ...lookup, type: 'SOA', settings }, name, [server], configuration);
		if (answer?.message.rcode !== RCODE.NOERROR) continue;
		for (const record of answer.message.answers)
			if (record.type === 'SOA')
				yield* print(
					`SOA ${rdataText(record)} from server ${formatIpv4Address(server.address)} in ${Math.floor(answer.elapsed / 1000)} ms.\n`
				);
	}
	return 0;
}

/**
 * dig: asks a name server and shows the whole answer (dig(1), BIND 9.18).
 *
 * Reads:  /etc/resolv.conf.
 * Exit:   0 an answer came, 1 usage, 9 no reply, 10 a name that is none.
 * Lacks:  +trace and +nssearch, batch files, ~/.digrc, TSIG, +yaml, DNS over TLS and HTTPS.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { buildDns, dnsQuery, EDNS_OPTION, rdataText, RCODE, type DnsMessage } from '#wire/dns';
import { print, printError } from '../libc/stdio';
import { absoluteName } from '../libc/resolver';
import { breakDown, strftime } from '../libc/strftime';
import { getrandom, time } from '../libc/unistd';
import { ask, DIG_VERSION, readResolvConf, serversOf, type Reply, type Server } from './client';
import { DigUsageError, parseDigArguments, type Lookup, type Settings } from './dig-options';
import { headerLines, recordLine, sectionsText, type TextStyle } from './message-text';
import type { ResolverConfiguration } from '../libc/resolver';

const NO_REPLY = 9;
const BAD_NAME = 10;

function styleOf(settings: Settings): TextStyle {
	return { ...settings, badCookie: false };
}

/** The query of a lookup. */
export function digQuery(lookup: Lookup, name: string, id: number, cookie: Uint8Array): DnsMessage {
	const { settings } = lookup;
	const options = settings.cookie ? [{ code: EDNS_OPTION.cookie, data: cookie }] : [];
	const transfer = lookup.type === 'AXFR';
	return dnsQuery(id, name, lookup.type, {
		questions: [{ name, type: lookup.type, class: lookup.class }],
		recursionDesired: settings.recurse && !transfer,
		authenticData: settings.authenticData,
		checkingDisabled: settings.checkingDisabled,
		...(settings.edns !== undefined
			? { edns: { udpSize: settings.udpSize, version: settings.edns, dnssecOk: settings.dnssec, options } }
			: {})
	});
}

/** What dig prints of a message before the statistics: a pure function. */
export function messageText(message: DnsMessage, settings: Settings, cookie?: Uint8Array): string {
	let text = '';
	if (settings.comments) {
		text += `;; Got answer:\n${headerLines(message)}`;
		if (message.recursionDesired && !message.recursionAvailable && message.response)
			text += ';; WARNING: recursion requested but not available\n';
		text += '\n';
	}
	return text + sectionsText(message, styleOf(settings), cookie);
}

/** The lines at the end. @param when microseconds since 1970 */
export function statisticsText(
	reply: Reply,
	settings: Settings,
	when: number,
	transfer?: { readonly records: number }
): string {
	const { server } = reply;
	const took = settings.microseconds ? `${reply.elapsed} usec` : `${Math.floor(reply.elapsed / 1000)} msec`;
	const size = transfer
		? `XFR size: ${transfer.records} records (messages ${reply.messages}, bytes ${reply.size})`
		: `MSG SIZE  rcvd: ${reply.size}`;
	return (
		`;; Query time: ${took}\n` +
		`;; SERVER: ${formatIpv4Address(server.address)}#${settings.port}(${server.name}) (${reply.tcp ? 'TCP' : 'UDP'})\n` +
		`;; WHEN: ${strftime('%a %b %d %H:%M:%S %Z %Y', breakDown(when))}\n` +
		`;; ${size}\n\n`
	);
}

/** +short */
export function shortText(reply: Reply, settings: Settings): string {
	const from = settings.identify ? ` from server ${reply.server.name} in ${Math.floor(reply.elapsed / 1000)} ms.` : '';
	return reply.message.answers.map((record) => `${rdataText(record)}${from}\n`).join('');
}

class Dig {
	#greeting: string;
	#globalStyle: string;

	constructor(
		readonly argv: readonly string[],
		readonly showCommand: boolean,
		server: string | undefined
	) {
		const found = server === undefined ? '' : '; (1 server found)\n';
		this.#greeting = showCommand ? `\n; <<>> DiG ${DIG_VERSION} <<>> ${argv.slice(1).join(' ')}\n${found}` : '';
		this.#globalStyle = showCommand ? ';; global options: +cmd\n' : '';
	}

	/** The first lines, once, in front of the first output. */
	takeGreeting(quiet: boolean): string {
		const text = quiet ? '' : this.#greeting + this.#globalStyle;
		this.#greeting = this.#globalStyle = '';
		return text;
	}

	*lookup(lookup: Lookup, configuration: ResolverConfiguration): Sys<number> {
		const { settings } = lookup;
		const servers = yield* serversOf(lookup.server, configuration);
		if (!servers) {
			yield* printError(`dig: couldn't get address for '${lookup.server!}': not found\n`);
			return 1;
		}
		let reply: Reply | undefined;
		let cookie: Uint8Array = new Uint8Array(0);
		for (const name of searchNames(lookup, configuration)) {
			const absolute = absoluteName(name);
			if (absolute === undefined) return BAD_NAME;
			const id = yield* getrandom(2);
			cookie = yield* getrandom(8);
			const query = digQuery(lookup, absolute, id[0]! * 256 + id[1]!, cookie);
			if (settings.printQuery && !settings.short) yield* this.#printQuery(query, settings, cookie);
			reply = yield* this.#send(query, servers, settings);
			if (!reply) return NO_REPLY;
			if (reply.message.rcode !== RCODE.NXDOMAIN && reply.message.answers.length > 0) break;
		}
		if (!reply) return NO_REPLY;
		if (lookup.type === 'AXFR') return yield* this.#transfer(reply, settings);
		if (settings.short) {
			yield* print(shortText(reply, settings));
			return 0;
		}
		const text = messageText(reply.message, settings, cookie);
		const statistics = settings.stats
			? statisticsText(reply, settings, yield* time())
			: settings.comments && text !== ''
				? ''
				: '';
		yield* print(this.takeGreeting(false) + text + statistics);
		return 0;
	}

	*#send(query: DnsMessage, servers: readonly Server[], settings: Settings): Sys<Reply | undefined> {
		const type = query.questions[0]!.type;
		const source = settings.source === undefined ? undefined : parseIpv4Address(settings.source.replace(/#.*/, ''));
		const reply = yield* ask(query, servers, {
			tcp: settings.tcp ?? (type === 'AXFR' || type === 'ANY'),
			tries: settings.tries,
			time: settings.time,
			port: settings.port,
			ignoreTruncation: settings.ignoreTruncation,
			...(source === undefined ? {} : { source }),
			*tell(line) {
				yield* print(`${line}\n`);
			}
		});
		if (!reply) yield* print(`${this.takeGreeting(settings.short)};; no servers could be reached\n`);
		return reply;
	}

	*#printQuery(query: DnsMessage, settings: Settings, cookie: Uint8Array): Sys<void> {
		const text = `;; Sending:\n${headerLines(query)}\n${sectionsText(query, styleOf(settings))}`;
		void cookie;
		yield* print(`${this.takeGreeting(false)}${text};; QUERY SIZE: ${buildDns(query).length}\n\n`);
	}

	*#transfer(reply: Reply, settings: Settings): Sys<number> {
		const records = reply.message.answers;
		const greeting = this.takeGreeting(settings.short);
		if (reply.message.rcode !== RCODE.NOERROR || records.length === 0) {
			yield* print(`${greeting}; Transfer failed.\n`);
			return 0;
		}
		const lines = settings.short
			? shortText(reply, settings)
			: records.map((record) => `${recordLine(record, settings)}\n`).join('');
		const statistics = settings.stats
			? statisticsText(reply, settings, yield* time(), { records: records.length })
			: '';
		yield* print(greeting + lines + statistics);
		return 0;
	}
}

/** The names to try: with +search those of the search list. */
function searchNames({ name, settings }: Lookup, configuration: ResolverConfiguration): string[] {
	if (!settings.search || name.endsWith('.')) return [name];
	const ndots = settings.ndots ?? configuration.ndots;
	const search = settings.domain === undefined ? configuration.search : [settings.domain];
	const completed = search.map((domain) => `${name}.${domain}`);
	return name.split('.').length - 1 >= ndots ? [name, ...completed] : [...completed, name];
}

export const dig: Main = function* (argv) {
	let command;
	try {
		command = parseDigArguments(argv);
	} catch (thrown) {
		if (!(thrown instanceof DigUsageError)) throw thrown;
		yield* thrown.stdout ? print(thrown.message) : printError(thrown.message);
		return thrown.exit;
	}
	if (command.version) {
		yield* printError(`DiG ${DIG_VERSION}\n`);
		return 0;
	}
	const configuration = yield* readResolvConf();
	const run = new Dig(
		argv,
		command.showCommand && !command.lookups[0]!.settings.short && hasAnyOutput(command.lookups[0]!.settings),
		command.server
	);
	let status = 0;
	for (const lookup of command.lookups) {
		const one = yield* run.lookup(lookup, configuration);
		if (one !== 0) status = one;
	}
	return status;
};

/** +noall leaves out the greeting as well. */
function hasAnyOutput(settings: Settings): boolean {
	return settings.comments || settings.question || settings.stats || settings.additional || settings.authority;
}

/**
 * dig: asks a name server and shows the whole answer (dig(1), BIND 9.18).
 *
 * Reads:  /etc/resolv.conf.
 * Exit:   0 an answer came, 1 usage, 9 no reply, 10 a name that is none.
 * Lacks:  ~/.digrc, TSIG, +yaml, DNS over TLS and HTTPS.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import {
	buildDns,
	CLASS_IN,
	dnsQuery,
	EDNS_OPTION,
	genericText,
	rdataBytes,
	rdataText,
	RCODE,
	type DnsMessage,
	type DnsRecord
} from '#wire/dns';
import { print, printError, readText } from '../libc/stdio';
import { absoluteName } from '../libc/resolver';
import { breakDown, strftime } from '../libc/strftime';
import { getrandom, time } from '../libc/unistd';
import { ask, DIG_VERSION, readResolvConf, serversOf, type Reply, type Server } from './client';
import { DigUsageError, parseDigArguments, type DigCommand, type Lookup, type Settings } from './dig-options';
import { digServers, digTrace } from './dig-trace';
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
	const transfer = lookup.type === 'AXFR' || lookup.type === 'IXFR';
	return dnsQuery(id, name, lookup.type, {
		opcode: settings.opcode,
		questions: settings.headerOnly ? [] : [{ name, type: lookup.type, class: lookup.class }],
		...(lookup.serial === undefined ? {} : { authority: [serialRecord(name, lookup.serial)] }),
		recursionDesired: settings.recurse && !transfer,
		authenticData: settings.authenticData,
		checkingDisabled: settings.checkingDisabled,
		...(settings.edns !== undefined
			? { edns: { udpSize: settings.udpSize, version: settings.edns, dnssecOk: settings.dnssec, options } }
			: {})
	});
}

/** What an IXFR query says the client has (RFC 1995 3). */
function serialRecord(name: string, serial: number): DnsRecord {
	const zero = { mname: '.', rname: '.', refresh: 0, retry: 0, expire: 0, minimum: 0 };
	return { name, class: CLASS_IN, ttl: 0, type: 'SOA', serial, ...zero };
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
	const data = (record: DnsRecord) => (settings.unknownFormat ? genericText(rdataBytes(record)) : rdataText(record));
	return reply.message.answers.map((record) => `${data(record)}${from}\n`).join('');
}

class Dig {
	#found: string;
	#greeting = '';
	#globalStyle = '';

	constructor(
		readonly argv: readonly string[],
		readonly showCommand: boolean,
		server: string | undefined
	) {
		this.#found = server === undefined ? '' : '; (1 server found)\n';
		this.#renew();
	}

	#renew(): void {
		const { showCommand, argv } = this;
		this.#greeting = showCommand ? `\n; <<>> DiG ${DIG_VERSION} <<>> ${argv.slice(1).join(' ')}\n${this.#found}` : '';
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
			const fresh = yield* getrandom(8);
			const query = digQuery(lookup, absolute, id[0]! * 256 + id[1]!, fresh);
			if (settings.printQuery && !settings.short) yield* this.#printQuery(query, settings, fresh);
			if (reply && settings.showSearch) yield* this.#show(reply, settings, cookie);
			cookie = fresh;
			reply = yield* this.#send(query, servers, settings, configuration);
			if (!reply) return NO_REPLY;
			if (reply.message.rcode !== RCODE.NXDOMAIN && reply.message.answers.length > 0) break;
		}
		if (!reply) return NO_REPLY;
		if (lookup.type === 'AXFR' || lookup.type === 'IXFR') return yield* this.#transfer(reply, settings);
		if (settings.short) yield* print(shortText(reply, settings));
		else yield* this.#show(reply, settings, cookie);
		return 0;
	}

	*#show(reply: Reply, settings: Settings, cookie: Uint8Array): Sys<void> {
		const text = messageText(reply.message, settings, cookie);
		const statistics = settings.stats ? statisticsText(reply, settings, yield* time()) : '';
		yield* print(this.takeGreeting(false) + text + statistics);
		/* of the next of a search list */
		if (settings.showSearch) this.#renew();
	}

	*#send(
		query: DnsMessage,
		servers: readonly Server[],
		settings: Settings,
		configuration: ResolverConfiguration
	): Sys<Reply | undefined> {
		const type = query.questions[0]?.type;
		const byTcp = type === 'AXFR' || type === 'ANY' || type === 'IXFR';
		const source = settings.source === undefined ? undefined : parseIpv4Address(settings.source.replace(/#.*/, ''));
		const reply = yield* ask(query, servers, {
			tcp: settings.tcp ?? byTcp,
			tries: settings.tries ?? configuration.said.attempts ?? 3,
			time: settings.time ?? configuration.timeout,
			goOn: { servfail: !settings.fail, noRecursion: false },
			port: settings.port,
			ignoreTruncation: settings.ignoreTruncation,
			...(source === undefined ? {} : { source }),
			*tell(line) {
				yield* print(`${line}\n`);
			}
		});
		if (!reply) {
			const greeting = (settings.tcp ?? byTcp) ? '' : this.takeGreeting(settings.short);
			yield* print(`${greeting};; no servers could be reached\n`);
		}
		return reply;
	}

	*#printQuery(query: DnsMessage, settings: Settings, cookie: Uint8Array): Sys<void> {
		const text = `;; Sending:\n${headerLines(query)}\n${sectionsText(query, styleOf(settings))}`;
		void cookie;
		yield* print(`${this.takeGreeting(false)}${text};; QUERY SIZE: ${buildDns(query).length}\n\n`);
	}

	*#transfer(reply: Reply, settings: Settings): Sys<number> {
		const all = reply.message.answers;
		const records = settings.oneSoa && all.length > 1 ? all.slice(0, -1) : all;
		const greeting = this.takeGreeting(settings.short);
		if (reply.message.rcode !== RCODE.NOERROR || records.length === 0) {
			yield* print(`${greeting}; Transfer failed.\n`);
			return 0;
		}
		const lines = settings.short
			? shortText(reply, settings)
			: records.map((record) => `${recordLine(record, settings)}\n`).join('');
		const statistics = settings.stats ? statisticsText(reply, settings, yield* time(), { records: all.length }) : '';
		yield* print(greeting + lines + statistics);
		return 0;
	}
}

/** The names to try: with +search those of the search list. */
function searchNames({ name, settings }: Lookup, configuration: ResolverConfiguration): string[] {
	if (!(settings.search || settings.showSearch) || name.endsWith('.')) return [name];
	const ndots = settings.ndots ?? configuration.ndots;
	const search = settings.domain === undefined ? configuration.search : [settings.domain];
	const completed = search.map((domain) => `${name}.${domain}`);
	/* a name with dots enough is looked up as it is, and not searched for afterwards */
	return name.split('.').length - 1 >= ndots ? [name] : [...completed, name];
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
	yield* printError(command.warnings.map((line) => `${line}\n`).join(''));
	if (command.batch !== undefined) return yield* batch(argv, command.batch);
	return yield* runLookups(argv, command);
};

function* runLookups(argv: readonly string[], command: DigCommand): Sys<number> {
	const configuration = yield* readResolvConf();
	const { settings } = command.lookups[0]!;
	const run = new Dig(argv, command.showCommand && !settings.short, command.server);
	let status = 0;
	for (const lookup of command.lookups) {
		const one = lookup.settings.nsSearch
			? yield* digServers(lookup, configuration)
			: lookup.settings.trace
				? yield* digTrace(lookup, configuration, () => run.takeGreeting(lookup.settings.short))
				: yield* run.lookup(lookup, configuration);
		if (one !== 0) status = one;
	}
	return status;
}

/** -f: every line of a file is a command line. */
function* batch(argv: readonly string[], path: string): Sys<number> {
	let text: string;
	try {
		text = yield* readText(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError(`dig: couldn't open specified batch file: ${path}\n`);
		return 8;
	}
	let status = 0;
	let short = false;
	for (const line of text.replace(/\n$/, '').split('\n')) {
		const words = line.trim().split(/\s+/);
		if (/^[;#]/.test(line)) continue;
		const own = [argv[0]!, ...(short ? ['+short'] : []), ...words.filter((word) => word !== '')];
		try {
			const command = parseDigArguments(own);
			/* +short stays for the lines that follow */
			short = command.lookups[0]?.settings.short ?? short;
			const one = yield* runLookups(own, command);
			if (one !== 0) status = one;
		} catch (thrown) {
			if (!(thrown instanceof DigUsageError)) throw thrown;
			yield* thrown.stdout ? print(thrown.message) : printError(thrown.message);
			return thrown.exit;
		}
	}
	return status;
}

/**
 * host: looks up names and addresses and says it in sentences (host(1), BIND 9.18).
 *
 * Reads:  /etc/resolv.conf.
 * Exit:   0 found, 1 not found or nobody answered, 2 a type that is none.
 * Lacks:  TSIG, -m.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import {
	classNumber,
	CLASS_IN,
	dnsQuery,
	RCODE,
	rcodeName,
	rdataText,
	recordType,
	typeNumber,
	type DnsMessage,
	type DnsRecord
} from '#wire/dns';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { absoluteName, type ResolverConfiguration } from '../libc/resolver';
import { print, printError } from '../libc/stdio';
import { getrandom } from '../libc/unistd';
import { ask, DIG_VERSION, readResolvConf, serversOf, type Reply, type Server } from './client';
import { reverseNameOfText } from './dig-names';
import { shownName } from './load-zone';
import { headerLines, recordLine, sectionsText, type TextStyle } from './message-text';

const USAGE = `Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]
            [-R number] [-m flag] [-p port] hostname [server]
       -a is equivalent to -v -t ANY
       -A is like -a but omits RRSIG, NSEC, NSEC3
       -c specifies query class for non-IN data
       -C compares SOA records on authoritative nameservers
       -d is equivalent to -v
       -l lists all hosts in a domain, using AXFR
       -m set memory debugging flag (trace|record|usage)
       -N changes the number of dots allowed before root lookup is done
       -p specifies the port on the server to query
       -r disables recursive processing
       -R specifies number of retries for UDP packets
       -s a SERVFAIL response should stop query
       -t specifies the query type
       -T enables TCP/IP mode
       -U enables UDP mode
       -v enables verbose output
       -V print version number and exit
       -w specifies to wait forever for a reply
       -W specifies how long to wait for a reply
       -4 use IPv4 query transport only
       -6 use IPv6 query transport only
`;
const OPTIONS = new OptionTable([
	'4',
	'6',
	'A',
	'a',
	'C',
	'c=',
	'd',
	'i',
	'l',
	'm=',
	'N=',
	'p=',
	'r',
	'R=',
	's',
	't=',
	'T',
	'U',
	'v',
	'V',
	'w',
	'W='
]);

const VERBOSE: TextStyle = {
	comments: true, question: true, answer: true, authority: true, additional: true, ttl: true, ttlUnits: false, class: true, multiline: false, badCookie: false
}; // prettier-ignore

/** What a record says, by type; other types are "has TYPE record". */
const SENTENCES: Readonly<Record<string, string>> = {
	A: 'has address',
	AAAA: 'has IPv6 address',
	NS: 'name server',
	CNAME: 'is an alias for',
	PTR: 'domain name pointer',
	MX: 'mail is handled by',
	TXT: 'descriptive text',
	HINFO: 'host information'
};
/** -l shows these only. */
const LISTED = new Set(['A', 'AAAA', 'NS', 'PTR']);

export function recordSentence(record: DnsRecord): string {
	const type = recordType(record);
	return `${shownName(record.name)} ${SENTENCES[type] ?? `has ${type} record`} ${rdataText(record)}`;
}

class Host {
	#named = false;

	constructor(
		readonly given: Parsed,
		readonly configuration: ResolverConfiguration,
		readonly servers: readonly Server[],
		/** the server stood on the command line */
		readonly explicit: boolean
	) {}

	get verbose(): boolean {
		return this.given.has('v') || this.given.has('d') || this.given.has('a') || this.given.has('A');
	}

	/** "Using domain server: …", once */
	*#intro(server: Server): Sys<void> {
		if (!this.explicit || this.#named) return;
		this.#named = true;
		yield* print(
			`Using domain server:\nName: ${server.name}\nAddress: ${formatIpv4Address(server.address)}#${this.#port}\nAliases: \n\n`
		);
	}

	get #port(): number {
		return Number(this.given.get('p') ?? 53);
	}

	*send(name: string, type: string, servers: readonly Server[] = this.servers, recurse = true): Sys<Reply | undefined> {
		const id = yield* getrandom(2);
		const transfer = type === 'AXFR';
		const query = dnsQuery(id[0]! * 256 + id[1]!, name, type, {
			questions: [{ name, type, class: classNumber(this.given.get('c') ?? 'IN') ?? CLASS_IN }],
			recursionDesired: recurse && !this.given.has('r') && !transfer
		});
		return yield* ask(query, servers, {
			tcp: this.given.has('T') || transfer || (type === 'ANY' && !this.given.has('U')),
			tries: Math.max(1, Number(this.given.get('R') ?? 1)) + 1,
			time: Number(this.given.get('W') ?? (this.given.has('w') ? 3600 : 5)),
			port: this.#port,
			ignoreTruncation: false,
			*tell(line) {
				yield* print(`${line}\n`);
			}
		});
	}

	/** One type of one name, completed from the search list. @returns the reply that counts */
	*lookup(text: string, type: string, quietMissing: boolean): Sys<Reply | undefined> {
		let reply: Reply | undefined;
		for (const name of this.#candidates(text)) {
			const absolute = absoluteName(name)!;
			if (this.verbose || type === 'AXFR')
				if (!this.given.has('l') || this.verbose) yield* print(`Trying "${shownName(absolute)}"\n`);
			reply = yield* this.send(absolute, type);
			if (!reply || reply.message.rcode !== RCODE.NXDOMAIN) break;
		}
		if (!reply) {
			yield* print(';; no servers could be reached\n');
			return undefined;
		}
		yield* this.#intro(reply.server);
		yield* this.#show(text, type, reply, quietMissing);
		return reply;
	}

	#candidates(text: string): string[] {
		const ndots = Number(this.given.get('N') ?? this.configuration.ndots);
		if (text.endsWith('.') || text.split('.').length - 1 >= ndots) return [text];
		return [...this.configuration.search.map((domain) => `${text}.${domain}`), text];
	}

	*#show(text: string, type: string, reply: Reply, quietMissing: boolean): Sys<void> {
		const { message, server } = reply;
		if (message.rcode !== RCODE.NOERROR)
			yield* print(
				`Host ${text.replace(/\.ip6\.arpa\.$/, '.ip6.arpa')} not found: ${message.rcode}(${rcodeName(message.rcode)})\n`
			);
		else if (this.verbose || type === 'AXFR') {
			const records = message.answers.filter((record) => this.#listed(recordType(record)));
			if (this.#listing && this.#wantsAll) yield* print(wholeTransfer(message, message.answers));
			else if (this.#listing && this.verbose) yield* print(wholeTransfer(message, records, true));
			else if (this.#listing) yield* print(records.map((record) => `${recordSentence(record)}\n`).join(''));
			else yield* print(`${headerLines(message)}\n${sectionsText(message, VERBOSE)}`);
		} else if (message.answers.length > 0)
			yield* print(message.answers.map((record) => `${recordSentence(record)}\n`).join(''));
		else if (!quietMissing) yield* print(`${shownName(message.questions[0]!.name)} has no ${type} record\n`);
		const received = `Received ${reply.size} bytes from ${formatIpv4Address(server.address)}#${this.#port} in ${Math.floor(reply.elapsed / 1000)} ms\n`;
		const failed = message.rcode !== RCODE.NOERROR;
		if (this.verbose && failed && message.rcode === RCODE.NXDOMAIN) yield* print(received);
		if ((this.verbose || (type === 'AXFR' && !failed)) && !(this.#listing && !this.verbose)) yield* print(received);
	}

	/** -l */
	get #listing(): boolean {
		return this.given.has('l');
	}

	get #wantsAll(): boolean {
		return this.given.has('a') || this.given.get('t')?.toUpperCase() === 'ANY';
	}

	#listed(type: string): boolean {
		const wanted = this.given.get('t')?.toUpperCase();
		return wanted === undefined ? LISTED.has(type) : wanted === 'AXFR' || wanted === 'ANY' || wanted === type;
	}

	/** -C: the SOA record of each server of a zone */
	*compare(text: string): Sys<number> {
		const name = absoluteName(text)!;
		const servers = yield* this.send(name, 'NS');
		if (!servers) {
			yield* print(';; no servers could be reached\n');
			return 1;
		}
		yield* this.#intro(servers.server);
		const notFound = ({ message, server }: Reply) =>
			print(
				`Nameserver ${server.name}:\n\t${text.replace(/(.)\.$/, '$1')} not found: ${message.rcode}(${rcodeName(message.rcode)})\n`
			);
		if (servers.message.rcode !== RCODE.NOERROR) {
			yield* notFound(servers);
			return 1;
		}
		const hosts = servers.message.answers.flatMap((record) => (record.type === 'NS' ? [record.host] : []));
		/* the real one gives up when there is but one server */
		if (hosts.length < 2) {
			yield* print(';; NS servers could not be reached\n');
			return 1;
		}
		let status = 0;
		for (const host of hosts) {
			const found = yield* serversOf(shownName(host), this.configuration);
			if (!found) continue;
			const reply = yield* this.send(name, 'SOA', found.slice(0, 1), false);
			if (!reply) continue;
			const title = `Nameserver ${formatIpv4Address(reply.server.address)}:\n`;
			if (reply.message.rcode !== RCODE.NOERROR) {
				yield* notFound({ ...reply, server: { ...reply.server, name: formatIpv4Address(reply.server.address) } });
				status = 1;
			} else
				for (const record of reply.message.answers)
					if (record.type === 'SOA')
						yield* print(`${title}\t${shownName(record.name)} has SOA record ${rdataText(record)}\n`);
		}
		return status;
	}
}

/** A zone transfer as -l with -v or -a shows it. @param chosen leaves out the question, as the real one does */
function wholeTransfer(message: DnsMessage, records: readonly DnsRecord[], chosen = false): string {
	const question = chosen ? ';; QUESTION SECTION:\n;\n' : sectionsText({ ...message, answers: [] }, VERBOSE);
	const lines = records.map((record) => `${recordLine(record, VERBOSE)}\n`).join('');
	return `${headerLines(message)}\n${question};; ANSWER SECTION:\n${lines}\n`;
}

/** The name at the end of the aliases of a reply, which the further types are asked for. */
function finalName(message: DnsMessage, name: string): string {
	let end = name;
	for (const record of message.answers) if (record.type === 'CNAME') end = record.host;
	return end;
}

export const host: Main = function* (argv) {
	let given;
	try {
		given = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`host: ${thrown.message.replace(/^invalid option -- '(.)'$/, 'illegal option -- $1')}\n${USAGE}`);
		return 1;
	}
	if (given.has('V')) {
		yield* printError(`host ${DIG_VERSION}\n`);
		return 0;
	}
	const [text, serverName] = given.operands;
	if (text === undefined) {
		yield* printError(USAGE);
		return 1;
	}
	const wanted = given.get('t')?.toUpperCase();
	if (wanted !== undefined && typeNumber(wanted) === undefined) {
		yield* printError(`host: invalid type: ${given.get('t')!}\n\n`);
		return 2;
	}
	if (absoluteName(text) === undefined) {
		yield* printError(`host: '${text}' is not a legal name (empty label)\n`);
		return 1;
	}
	const configuration = yield* readResolvConf();
	const servers = yield* serversOf(serverName, configuration);
	if (!servers) {
		yield* printError(`host: couldn't get address for '${serverName!}': not found\n`);
		return 1;
	}
	const run = new Host(given, configuration, servers, serverName !== undefined);
	if (given.has('C')) return yield* run.compare(text);
	return yield* lookUp(run, given, text, wanted);
};

function* lookUp(run: Host, given: Parsed, text: string, wanted: string | undefined): Sys<number> {
	const reverse = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || text.includes(':') ? reverseNameOfText(text) : undefined;
	const type =
		(given.has('l') ? undefined : wanted) ??
		(given.has('l') ? 'AXFR' : given.has('a') || given.has('A') ? 'ANY' : reverse === undefined ? undefined : 'PTR');
	if (type !== undefined) {
		const reply = yield* run.lookup(reverse ?? text, type, false);
		if (type === 'AXFR' && reply && reply.message.rcode !== RCODE.NOERROR) yield* print('; Transfer failed.\n');
		return reply && reply.message.rcode === RCODE.NOERROR ? 0 : 1;
	}
	const first = yield* run.lookup(text, 'A', true);
	if (!first || first.message.rcode !== RCODE.NOERROR) return 1;
	const name = finalName(first.message, first.message.questions[0]!.name);
	for (const further of ['AAAA', 'MX']) yield* run.lookup(name, further, true);
	return 0;
}

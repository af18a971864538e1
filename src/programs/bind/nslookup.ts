/**
 * nslookup: looks up names, from the command line or line by line (nslookup(1), BIND 9.18).
 *
 * Reads:  /etc/resolv.conf; commands from standard input when no name is given.
 * Exit:   0, 1 when a lookup failed.
 * Lacks:  what the real one says is not implemented: finger, view, ls, root, help.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import {
	className,
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
import { absoluteName, type ResolverConfiguration } from '../libc/resolver';
import { LineReader, print, printError, STDIN } from '../libc/stdio';
import { decode } from '../libc/text';
import { getrandom, ttyname } from '../libc/unistd';
import { Errno } from '#kernel/syscalls';
import { ask, DIG_VERSION, readResolvConf, serversOf, type Reply, type Server } from './client';
import { reverseNameOfText } from './dig-names';
import { shownName } from './load-zone';

/** What a record says, by type. */
const SENTENCES: Readonly<Record<string, string>> = {
	NS: 'nameserver =',
	CNAME: 'canonical name =',
	PTR: 'name =',
	MX: 'mail exchanger =',
	TXT: 'text =',
	HINFO: 'hinfo =',
	SRV: 'service ='
};

const SOA_FIELDS = ['serial', 'refresh', 'retry', 'expire', 'minimum'] as const;

function soaLines(record: DnsRecord & { type: 'SOA' }): string {
	const numbers = SOA_FIELDS.map((field) => `\t${field} = ${record[field]}\n`).join('');
	return `\torigin = ${shownName(record.mname)}\n\tmail addr = ${shownName(record.rname)}\n${numbers}`;
}

/** A record of the answer section. */
export function answerText(record: DnsRecord): string {
	const name = shownName(record.name);
	if (record.type === 'A' || record.type === 'AAAA') return `Name:\t${name}\nAddress: ${rdataText(record)}\n`;
	return plainText(record);
}

/** A record of the other sections. */
function plainText(record: DnsRecord): string {
	const name = shownName(record.name);
	const type = recordType(record);
	if (record.type === 'SOA') return `${name}\n${soaLines(record)}`;
	if (record.type === 'A') return `${name}\tinternet address = ${rdataText(record)}\n`;
	if (record.type === 'AAAA') return `${name}\thas AAAA address ${rdataText(record)}\n`;
	return `${name}\t${SENTENCES[type] ?? `rdata_${typeNumber(type)!} =`} ${rdataText(record)}\n`;
}

function debugText(message: DnsMessage): string {
	const section = (title: string, records: readonly DnsRecord[]) =>
		`    ${title}:\n${records
			.map((record) => {
				const value =
					record.type === 'SOA' ? soaLines(record) : `\t${plainText(record).split('\t').slice(1).join('\t')}`;
				return `    ->  ${shownName(record.name)}\n${value}\tttl = ${record.ttl}\n`;
			})
			.join('')}`;
	const questions = message.questions
		.map((question) => `\t${shownName(question.name)}, type = ${question.type}, class = IN\n`)
		.join('');
	return (
		`------------\n    QUESTIONS:\n${questions}` +
		section('ANSWERS', message.answers) +
		section('AUTHORITY RECORDS', message.authority) +
		section('ADDITIONAL RECORDS', message.additional) +
		'------------\n'
	);
}

class Nslookup {
	type: string | undefined;
	port = 53;
	/** seconds */
	timeout: number | undefined;
	retry: number;
	/** a failing server is the last one asked */
	fail = false;
	/** the servers are those of resolv.conf, which have to be resolvers */
	system = true;
	debug = false;
	recurse = true;
	search = true;
	tcp = false;
	class = CLASS_IN;
	/** no lookup went well so far */
	failed = true;

	constructor(
		public configuration: ResolverConfiguration,
		public servers: readonly Server[]
	) {
		this.retry = configuration.said.attempts ?? 3;
	}

	/** `set` and the options of the command line. @returns the words of a complaint */
	set(option: string): string | undefined {
		const [name, value] = option.split('=') as [string, string | undefined];
		if (value !== undefined && 'querytype'.startsWith(name) && name.length >= 1) return this.#setType(value);
		if (value !== undefined && 'type'.startsWith(name)) return this.#setType(value);
		if (value !== undefined && name === 'port') this.port = Number(value);
		else if (value !== undefined && 'timeout'.startsWith(name)) this.timeout = Number(value);
		else if (value !== undefined && name.startsWith('ret')) this.retry = Number(value);
		else if (value !== undefined && name.startsWith('cl')) return this.#setClass(value);
		else if (value !== undefined && (name.startsWith('do') || name === 'srchlist'))
			this.configuration = { ...this.configuration, search: value.split('/') };
		else if (name === 'debug' || name === 'd2' || name === 'deb') this.debug = true;
		else if (name === 'nodebug' || name === 'nod2') this.debug = false;
		else if (name.startsWith('norec')) this.recurse = false;
		else if (name.startsWith('rec')) this.recurse = true;
		else if (name.startsWith('nosea')) this.search = false;
		else if (name.startsWith('sea')) this.search = true;
		else if (name === 'vc' || name === 'novc') this.tcp = name === 'vc';
		else if (name === 'fail' || name === 'nofail') this.fail = name === 'fail';
		else if (!['def', 'nodef', 'ignore', 'noignore'].includes(name)) return `*** Invalid option: ${option}`;
		return undefined;
	}

	#setType(value: string): string | undefined {
		if (typeNumber(value) === undefined) return `unknown query type: ${value}`;
		this.type = value.toUpperCase();
		return undefined;
	}

	#setClass(value: string): string | undefined {
		const number = classNumber(value);
		if (number === undefined) return `unknown query class: ${value}`;
		this.class = number;
		return undefined;
	}

	/** "set all" */
	settings(): string {
		const { configuration } = this;
		const servers = this.servers.map(
			({ name, address }) => `Default server: ${name}\nAddress: ${formatIpv4Address(address)}#${this.port}\n`
		);
		const search = configuration.search.map((domain) => `  srchlist = ${domain}\n`).join('');
		return (
			`${servers.join('')}\nSet options:\n  ${this.tcp ? 'vc' : 'novc'}\t\t\t${this.debug ? 'debug' : 'nodebug'}\t\tnod2\n` +
			`  ${this.search ? 'search' : 'nosearch'}\t\t${this.recurse ? 'recurse' : 'norecurse'}\n` +
			`  timeout = ${this.timeout ?? 0}\t\tretry = ${this.retry}\tport = ${this.port}\tndots = ${configuration.ndots}\n` +
			`  querytype = ${(this.type ?? 'A').padEnd(8)}\tclass = ${className(this.class)}\n${search}`
		);
	}

	/** A name or address, as it was typed. */
	*lookup(text: string): Sys<void> {
		const reverse =
			(this.type === undefined || this.type === 'PTR') && (/^\d{1,3}(\.\d{1,3}){3}$/.test(text) || text.includes(':'))
				? reverseNameOfText(text)
				: undefined;
		if (reverse !== undefined) yield* this.#one(reverse, 'PTR', this.type !== undefined, false);
		else if (this.type !== undefined) yield* this.#one(text, this.type, true, true);
		else {
			const first = yield* this.#one(text, 'A', true, false);
			if (first && first.message.rcode === RCODE.NOERROR) {
				const name = first.message.answers.reduce(
					(end, record) => (record.type === 'CNAME' ? record.host : end),
					first.message.questions[0]!.name
				);
				const second = yield* this.#one(name, 'AAAA', false, false);
				if (second && first.message.answers.length + second.message.answers.length === 0)
					yield* print(`*** Can't find ${text}: No answer\n`);
			}
		}
	}

	/** @param introduce with the server's name, and whether the answer has authority */
	*#one(text: string, type: string, introduce: boolean, only: boolean): Sys<Reply | undefined> {
		let reply: Reply | undefined;
		for (const name of this.#candidates(text)) {
			reply = yield* this.#send(absoluteName(name) ?? '.', type);
			if (!reply || reply.message.rcode !== RCODE.NXDOMAIN) break;
		}
		if (!reply) {
			this.failed = true;
			yield* print(';; no servers could be reached\n');
			return undefined;
		}
		const { message, server } = reply;
		if (introduce)
			yield* print(`Server:\t\t${server.name}\nAddress:\t${formatIpv4Address(server.address)}#${this.port}\n\n`);
		if (this.debug) yield* print(debugText(message));
		if (message.rcode !== RCODE.NOERROR) {
			this.failed = true;
			yield* print(`** server can't find ${shownName(message.questions[0]!.name)}: ${rcodeName(message.rcode)}\n`);
			return reply;
		}
		const authoritative = message.authoritative;
		let out = !authoritative && introduce ? 'Non-authoritative answer:\n' : '';
		if (message.answers.length > 0) out += message.answers.map(answerText).join('');
		else if (only) out += `*** Can't find ${text}: No answer\n`;
		if (!authoritative && type !== 'A' && type !== 'AAAA')
			out += `\nAuthoritative answers can be found from:\n${[...message.authority, ...message.additional].map(plainText).join('')}`;
		yield* print(out);
		return reply;
	}

	#candidates(text: string): string[] {
		if (!this.search || text.endsWith('.') || text.split('.').length - 1 >= this.configuration.ndots) return [text];
		return [...this.configuration.search.map((domain) => `${text}.${domain}`), text];
	}

	*#send(name: string, type: string): Sys<Reply | undefined> {
		const id = yield* getrandom(2);
		const query = dnsQuery(id[0]! * 256 + id[1]!, name, type, {
			questions: [{ name, type, class: this.class }],
			recursionDesired: this.recurse && type !== 'AXFR'
		});
		return yield* ask(query, this.servers, {
			tcp: this.tcp || type === 'ANY' || type === 'AXFR',
			tries: this.retry,
			time: this.timeout ?? this.configuration.timeout,
			goOn: { servfail: !this.fail, noRecursion: this.system },
			port: this.port,
			ignoreTruncation: false,
			*tell(line) {
				yield* print(`${line}\n`);
			}
		});
	}
}

export const nslookup: Main = function* (argv) {
	const configuration = yield* readResolvConf();
	const run = new Nslookup(configuration, (yield* serversOf(undefined, configuration)) ?? []);
	const operands: string[] = [];
	for (const word of argv.slice(1)) {
		if (word === '-version') {
			yield* print(`nslookup ${DIG_VERSION}\n`);
			return 0;
		}
		if (word.startsWith('-') && word.length > 1) {
			if (word === '-all') yield* print(run.settings());
			else {
				const complaint = run.set(word.slice(1));
				if (complaint) yield* print(`${complaint}\n`);
			}
		} else operands.push(word);
	}
	const [name, server] = operands;
	if (server !== undefined) {
		const found = yield* serversOf(server, configuration);
		if (!found) {
			yield* printError(`nslookup: couldn't get address for '${server}': not found\n`);
			return 1;
		}
		run.servers = found;
		run.system = false;
	}
	if (name !== undefined && name !== '-') {
		run.failed = false;
		yield* run.lookup(name);
	} else if (!(yield* interactive(run))) return 1;
	yield* print('\n');
	return run.failed ? 1 : 0;
};

/** Commands of the real one that say only that they are not there. */
const NOT_IMPLEMENTED: Readonly<Record<string, string>> = {
	help: 'not yet implemented',
	'?': 'not yet implemented',
	finger: 'not implemented',
	ls: 'not implemented',
	root: 'not implemented',
	view: 'not implemented'
};

/** @returns false when a server without an address ended it */
function* interactive(run: Nslookup): Sys<boolean> {
	const prompt = (yield* isTerminal()) ? '> ' : '';
	const reader = new LineReader(STDIN);
	for (;;) {
		yield* print(prompt);
		const bytes = yield* reader.line();
		if (bytes === null) return true;
		const [word, ...rest] = decode(bytes).trim().split(/\s+/);
		if (word === '' || word === undefined) continue;
		if (word === 'exit') return true;
		const missing = NOT_IMPLEMENTED[word];
		if (word === 'set' && rest[0] === 'all') yield* print(run.settings());
		else if (word === 'set') {
			const complaint = run.set(rest[0] ?? '');
			if (complaint) yield* print(`${complaint}\n`);
		} else if (word === 'server' || word === 'lserver') {
			const found = rest[0] === undefined ? run.servers : yield* serversOf(rest[0], run.configuration);
			if (!found) {
				yield* printError(`nslookup: couldn't get address for '${rest[0]!}': not found\n`);
				return false;
			}
			run.system &&= rest[0] === undefined;
			run.servers = found;
			const first = run.servers[0];
			if (first)
				yield* print(`Default server: ${first.name}\nAddress: ${formatIpv4Address(first.address)}#${run.port}\n`);
		} else if (missing !== undefined) yield* print(`The '${word}' command is ${missing}.\n`);
		else {
			run.failed = false;
			yield* run.lookup(word);
		}
	}
}

function* isTerminal(): Sys<boolean> {
	try {
		yield* ttyname(STDIN);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

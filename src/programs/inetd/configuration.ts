/**
 * inetd.conf(5) of openbsd-inetd: one service a line.
 *
 *     [address,…:]service  stream|dgram  tcp|udp|unix[4|6|46]  wait|nowait[.max]  user[:group]  program  arguments
 *
 * A line that begins with white space goes on with the one before. `address:` alone sets the address of the lines below.
 * A service for tcp or udp without a digit is entered twice, for IPv4 and for IPv6, and what is wrong with it is said
 * twice.
 *
 * Not simulated: services of Sun RPC (rpc/udp), which need a portmapper; buffer sizes are checked and have no effect.
 */
import type { Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address, parseIpv6Address } from '#wire/address';
import { gai_strerror, getaddrinfo, gethostbyname2, getservbyname, type EaiCode } from '../libc/netdb';
import { BUILTINS, type Builtin } from './internal';

/** bytes of a line, one more than fit */
const LINE_LENGTH = 1024;
const MAX_ARGUMENTS = 20;

export interface ServiceLine {
	/** as written; "*" for all */
	readonly host: string;
	readonly service: string;
	readonly type: 'stream' | 'dgram' | 'unknown';
	/** as written, "6" added to the second entry of a line */
	readonly protocol: string;
	readonly family: 'inet' | 'inet6' | 'unix';
	/** of `host`, for inet; 0: all */
	readonly address: number;
	readonly wait: boolean;
	/** starts a minute */
	readonly max: number;
	readonly user: string;
	readonly group: string | undefined;
	/** "internal", or a path */
	readonly server: string;
	readonly argv: readonly string[];
	readonly builtin: Builtin | undefined;
	/** 1-based line of the file */
	readonly line: number;
}

/** Where problems go: the system log, or the editor, which marks the line. */
export interface Complaints {
	write(priority: 'err', message: string, line: number): Sys<void>;
}

/** A line is wrong: it is logged and left out. */
class Malformed {
	constructor(readonly message: string) {}
}

/** A line of the file with its continuations, as words. */
interface Fields {
	readonly words: string[];
	/** words of the first physical line: all that the second entry of a line sees */
	readonly first: number;
	readonly line: number;
}

/** Splits into lines of at most 1,023 characters and these into words. */
export function fieldsOf(text: string): Fields[] {
	const out: Fields[] = [];
	for (const [i, whole] of text.split('\n').entries()) {
		for (let at = 0; at === 0 || at < whole.length; at += LINE_LENGTH - 1) {
			const part = whole.slice(at, at + LINE_LENGTH - 1);
			const words = part.split(/[ \t]+/).filter((word) => word !== '');
			const previous = out.at(-1);
			if (/^[ \t]/.test(part) && previous && previous.words.length > 0) previous.words.push(...words);
			else out.push({ words: part.startsWith('#') ? [] : words, first: words.length, line: i + 1 });
		}
	}
	return out.filter(({ words }) => words.length > 0);
}

/**
 * Reads all services; what is wrong is logged.
 * @param fallback starts a minute where a line says nothing
 */
export function* readServices(text: string, log: Complaints, fallback: number): Sys<ServiceLine[]> {
	const out: ServiceLine[] = [];
	let host = '*';
	for (const fields of fieldsOf(text)) {
		const own = hostOf(fields.words[0]!, host);
		const apart = own.service === '';
		if (apart && fields.words.length === 1) {
			host = own.host;
			continue;
		}
		if (apart) own.service = fields.words[1]!;
		const start = apart ? 1 : 0;
		try {
			for (const family of familiesOf(own.service, fields.words[start + 2])) {
				const words = fields.words.slice(start, family.suffix === '' ? undefined : fields.first);
				const entries = yield* readEntry(words, fields.line, own, family, log, fallback);
				out.push(...entries);
			}
		} catch (thrown) {
			yield* complain(log, thrown, fields.line);
		}
	}
	return out;
}

/** The entries of one family; what is wrong with them is logged. */
function* readEntry(...line: Parameters<typeof readLine>): Sys<ServiceLine[]> {
	try {
		return yield* readLine(...line);
	} catch (thrown) {
		yield* complain(line[4], thrown, line[1]);
		return [];
	}
}

function* complain(log: Complaints, thrown: unknown, line: number): Sys<void> {
	if (!(thrown instanceof Malformed)) throw thrown;
	yield* log.write('err', thrown.message, line);
}

const SYNTAX = 'syntax error in inetd config file';

/** `address:service`, `[2001:db8::1]:service`, `:service`. */
function hostOf(word: string, fallback: string): { host: string; service: string } {
	const colon = word.lastIndexOf(':');
	if (colon < 0) return { host: fallback, service: word };
	const host = word.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
	return { host: host === '' ? '*' : host, service: word.slice(colon + 1) };
}

type Family = { readonly family: ServiceLine['family']; readonly suffix: string };

/** Buffer sizes are looked at before the families, so what is wrong with them is said once. */
function familiesOf(service: string, protocol: string | undefined): Family[] {
	if (protocol === undefined) throw new Malformed(SYNTAX);
	const name = checkBuffers(service, protocol);
	if (name === 'unix') return [{ family: 'unix', suffix: '' }];
	if (name.endsWith('4')) return [{ family: 'inet', suffix: '' }];
	if (name.endsWith('6')) return [{ family: 'inet6', suffix: '' }];
	return [
		{ family: 'inet', suffix: '' },
		{ family: 'inet6', suffix: '6' }
	];
}

function* readLine(
	words: readonly string[],
	line: number,
	own: { readonly host: string; readonly service: string },
	{ family, suffix }: Family,
	log: Complaints,
	fallback: number
): Sys<ServiceLine[]> {
	const [, type, protocolField, waitField, userField, server, ...argv] = words;
	const { service } = own;
	if (protocolField === undefined) throw new Malformed(SYNTAX);
	const protocol = protocolField.replace(/,.*/, '') + suffix;
	if (waitField === undefined) throw new Malformed(SYNTAX);
	const [wait, most] = splitOnce(waitField, '.');
	let max = most === undefined ? fallback : cUnsigned(most);
	if (!(max >= 1)) {
		yield* log.write('err', `${service}: illegal max field "${most}", setting to ${fallback}`, line);
		max = fallback;
	}
	if (server === undefined || userField === undefined) throw new Malformed(SYNTAX);
	const [user, group] = splitOnce(userField, userField.includes('.') ? '.' : ':');
	const kind = type === 'stream' || type === 'dgram' ? type : 'unknown';
	const builtin = server === 'internal' ? BUILTINS.find((one) => one.name === service && one.type === kind) : undefined;
	if (server === 'internal' && !builtin) throw new Malformed(`internal service ${service} unknown`);
	const name = server.slice(server.lastIndexOf('/') + 1);
	const entry = {
		service,
		type: kind,
		protocol,
		family,
		wait: builtin ? false : wait === 'wait',
		max,
		user,
		group,
		server,
		argv: argv.length === 0 && !builtin ? [name] : argv.slice(0, MAX_ARGUMENTS),
		builtin,
		line
	} as const;
	if (family === 'unix') return [{ ...entry, host: own.host, address: 0 }];
	return yield* withAddresses(entry, own.host, log);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
	const at = text.indexOf(separator);
	return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** strtoul(3) with base 0 of the whole text; NaN otherwise. */
export function cUnsigned(text: string): number {
	if (/^0x[0-9a-f]+$/i.test(text)) return parseInt(text, 16);
	if (/^0[0-7]*$/.test(text)) return parseInt(text, 8);
	return /^\d+$/.test(text) ? Number(text) : NaN;
}

/** `tcp,sndbuf=16k,rcvbuf=1m`: @returns the protocol */
function checkBuffers(service: string, field: string): string {
	const [protocol, ...sizes] = field.split(',');
	if (sizes.length > 2) throw new Malformed(`${service}: too many buffer sizes`);
	for (const size of [...sizes].reverse())
		if (!size.includes('=')) throw new Malformed(`${service}: malformed buffer size option \`${size}'`);
	for (const size of sizes) {
		const [name, value] = splitOnce(size, '=');
		if (!/^\d+[a-z]?$/.test(value!)) throw new Malformed(`${service}: malformed buffer size option \`${value}'`);
		if (parseInt(value!, 10) < 1) throw new Malformed(`${service}: invalid buffer size \`${value}'`);
		if (name !== 'sndbuf' && name !== 'rcvbuf')
			throw new Malformed(`${service}: malformed buffer size option \`${name}'`);
	}
	return protocol!;
}

/** An entry for each address of each host of the list; hosts that are not found are logged. */
function* withAddresses(
	entry: Omit<ServiceLine, 'host' | 'address'>,
	hosts: string,
	log: Complaints
): Sys<ServiceLine[]> {
	const out: ServiceLine[] = [];
	for (const host of hosts.split(',').filter((one) => one !== '')) {
		const found = entry.type === 'unknown' ? 'EAI_SOCKTYPE' : yield* addressesOf(entry.family, host);
		if (typeof found === 'string')
			yield* log.write('err', `${entry.service}/${entry.protocol}: ${host}: ${gai_strerror(found)}`, entry.line);
		else out.unshift(...found.map((address) => ({ ...entry, host, address })).reverse());
	}
	return out;
}

function addressesOf(family: ServiceLine['family'], host: string): Sys<number[] | EaiCode> {
	return family === 'inet6' ? addresses6(host) : addresses4(host);
}

function* addresses4(host: string): Sys<number[] | EaiCode> {
	if (host === '*') return [0];
	const found = yield* getaddrinfo(host);
	return found.ok ? found.addresses.map(({ address }) => address) : found.error;
}

/** Hosts here have no IPv6 addresses: the names are checked, and that is all. */
function* addresses6(host: string): Sys<number[] | EaiCode> {
	if (host === '*' || (host.includes(':') && parseIpv6Address(host))) return [0];
	if (parseIpv4Address(host) !== undefined) return 'EAI_ADDRFAMILY';
	return (yield* gethostbyname2(host, 'inet6')).ok ? [0] : 'EAI_NONAME';
}

/** The port of a service for tcp or udp: a number, or of /etc/services. Undefined: nobody knows it. */
export function* portOf({ service, protocol }: Pick<ServiceLine, 'service' | 'protocol'>): Sys<number | undefined> {
	const known = /^\d+$/.test(service) ? Number(service) : 0;
	if (known >= 1 && known <= 65_535) return known;
	return (yield* getservbyname(service, protocol.replace(/\d.*$/, '')))?.port;
}

/** What inetd says about a service whose port nobody knows. */
export function unknownService({ service, protocol }: Pick<ServiceLine, 'service' | 'protocol'>): string {
	return `${service}/${protocol}: unknown service`;
}

/** What makes two entries the same service across a reload. */
export function keyOf(entry: ServiceLine): string {
	return [entry.service, entry.host, entry.protocol, formatIpv4Address(entry.address)].join(' ');
}

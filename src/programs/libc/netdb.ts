/**
 * Names of hosts, services and protocols (getaddrinfo(3), gethostbyname(3), getservbyname(3), glibc 2.36).
 *
 * Reads:  /etc/nsswitch.conf (the `hosts:` line with its [STATUS=action] items), /etc/hosts, /etc/services,
 *         /etc/protocols, /etc/resolv.conf; all of them anew at every call.
 * Lacks:  IPv6 in getaddrinfo (only A records are asked for), the services mdns, resolve, myhostname (unavailable, as
 *         when their modules are not installed), RFC 3484 sorting by more than the order found, nscd.
 *
 * Errors are values: `getaddrinfo` answers an EAI code, whose words are `gai_strerror`. Reasons with their sources (a line
 * of /etc/hosts, the record of a server) are added to `explain`.
 */
import type { Reason } from '#engine/decision';
import { Errno, type Sys } from '#kernel/syscalls';
import {
	formatIpv4Address, formatIpv6Address, parseIpv4Address, parseIpv6Address, reverseName
} from '#wire/address'; // prettier-ignore
import {
	absoluteName, followAliases, relativeText, res_query, res_search, type HostError, type ResolverConfiguration
} from './resolver'; // prettier-ignore
import { readText } from './stdio';

/* ---- errors ------------------------------------------------------------------------------------------------------ */

const GAI_TEXT = {
	EAI_BADFLAGS: 'Bad value for ai_flags',
	EAI_NONAME: 'Name or service not known',
	EAI_AGAIN: 'Temporary failure in name resolution',
	EAI_FAIL: 'Non-recoverable failure in name resolution',
	EAI_NODATA: 'No address associated with hostname',
	EAI_FAMILY: 'ai_family not supported',
	EAI_SOCKTYPE: 'ai_socktype not supported',
	EAI_SERVICE: 'Servname not supported for ai_socktype',
	EAI_ADDRFAMILY: 'Address family for hostname not supported',
	EAI_MEMORY: 'Memory allocation failure',
	EAI_SYSTEM: 'System error'
} as const;
export type EaiCode = keyof typeof GAI_TEXT;

export function gai_strerror(code: EaiCode): string {
	return GAI_TEXT[code];
}

const EAI_OF: Readonly<Record<HostError, EaiCode>> = {
	HOST_NOT_FOUND: 'EAI_NONAME',
	TRY_AGAIN: 'EAI_AGAIN',
	NO_RECOVERY: 'EAI_FAIL',
	NO_DATA: 'EAI_NODATA'
};

/* ---- nsswitch.conf ----------------------------------------------------------------------------------------------- */

type NssStatus = 'SUCCESS' | 'NOTFOUND' | 'UNAVAIL' | 'TRYAGAIN';
interface NssService {
	readonly name: string;
	/** what to do after each status: go on, or end with it */
	readonly actions: Readonly<Record<NssStatus, 'return' | 'continue'>>;
}

const DEFAULT_ACTIONS: NssService['actions'] = {
	SUCCESS: 'return',
	NOTFOUND: 'continue',
	UNAVAIL: 'continue',
	TRYAGAIN: 'continue'
};
const STATUSES = Object.keys(DEFAULT_ACTIONS) as NssStatus[];

/** The services of one line of nsswitch.conf; `fallback` when there is no such line. */
export function parseNsswitch(
	text: string,
	database: string,
	fallback = 'files dns'
): { readonly services: readonly NssService[]; readonly line?: number } {
	const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
	const index = lines.findIndex((line) => line.startsWith(`${database}:`));
	const list = index < 0 ? fallback : lines[index]!.slice(database.length + 1);
	const services: NssService[] = [];
	for (const [, item] of list.matchAll(/(\[[^\]]*\]|[^\s[]+)/g)) {
		if (!item!.startsWith('[')) {
			services.push({ name: item!, actions: DEFAULT_ACTIONS });
			continue;
		}
		const previous = services.pop();
		if (!previous) continue;
		const actions = { ...previous.actions };
		for (const [, not, status, action] of item!.matchAll(/(!?)(\w+)=(\w+)/g)) {
			const how = action!.toLowerCase() === 'return' ? 'return' : 'continue';
			for (const one of STATUSES) if ((one === status!.toUpperCase()) !== (not === '!')) actions[one] = how;
		}
		services.push({ name: previous.name, actions });
	}
	return index < 0 ? { services } : { services, line: index + 1 };
}

function* readOptional(path: string): Sys<string> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return '';
		throw thrown;
	}
}

/* ---- /etc/hosts -------------------------------------------------------------------------------------------------- */

interface HostsLine {
	readonly line: number;
	readonly address: string;
	readonly names: readonly string[];
}

export function parseHosts(text: string): HostsLine[] {
	const entries: HostsLine[] = [];
	for (const [i, line] of text.split('\n').entries()) {
		const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
		if (address && names.length > 0) entries.push({ line: i + 1, address, names });
	}
	return entries;
}

function hostsReason(entry: HostsLine, name: string): Reason {
	return {
		check: 'files',
		outcome: 'decided',
		text: `/etc/hosts gives ${entry.address} for ${name}`,
		source: {
			kind: 'file',
			host: '',
			path: '/etc/hosts',
			line: entry.line,
			item: entry.names.find((one) => sameName(one, name)) ?? entry.names[0]!
		}
	};
}

function sameName(a: string, b: string): boolean {
	return a.toLowerCase() === b.toLowerCase();
}

/* ---- hosts by name ----------------------------------------------------------------------------------------------- */

/** hostent; addresses as text. */
export interface HostEntry {
	readonly name: string;
	readonly aliases: readonly string[];
	readonly addresses: readonly string[];
}
export type HostLookup =
	| { readonly ok: true; readonly entry: HostEntry; readonly service: string }
	| { readonly ok: false; readonly error: HostError };

export interface NetdbOptions {
	readonly explain?: Reason[];
	readonly configuration?: ResolverConfiguration;
}

type ServiceAnswer = HostEntry | { readonly error: HostError; readonly status: NssStatus };

/** Asks the services of the `hosts:` line in order. */
function* askServices(options: NetdbOptions, ask: (service: string) => Sys<ServiceAnswer>): Sys<HostLookup> {
	const { services } = parseNsswitch(yield* readOptional('/etc/nsswitch.conf'), 'hosts');
	let error: HostError = 'HOST_NOT_FOUND';
	for (const service of services) {
		const answer = yield* ask(service.name);
		if (!('error' in answer)) {
			if (service.actions.SUCCESS === 'return') return { ok: true, entry: answer, service: service.name };
			continue;
		}
		if (answer.status !== 'UNAVAIL') error = answer.error;
		if (answer.status === 'NOTFOUND' && service.name === 'files')
			options.explain?.push({ check: 'files', outcome: 'no-match', text: '/etc/hosts has no such entry' });
		if (service.actions[answer.status] === 'return') break;
	}
	return { ok: false, error };
}

const UNAVAILABLE: ServiceAnswer = { error: 'NO_RECOVERY', status: 'UNAVAIL' };

function failed(error: HostError): ServiceAnswer {
	return { error, status: error === 'TRY_AGAIN' ? 'TRYAGAIN' : 'NOTFOUND' };
}

function* fromFiles(name: string, isAddress: (text: string) => boolean, options: NetdbOptions): Sys<ServiceAnswer> {
	const entries = parseHosts(yield* readOptional('/etc/hosts')).filter(
		(entry) => isAddress(entry.address) && entry.names.some((one) => sameName(one, name))
	);
	const first = entries[0];
	if (!first) return failed('HOST_NOT_FOUND');
	for (const entry of entries) options.explain?.push(hostsReason(entry, name));
	return { name: first.names[0]!, aliases: first.names.slice(1), addresses: entries.map((entry) => entry.address) };
}

function* fromDns(name: string, type: 'A' | 'AAAA', options: NetdbOptions): Sys<ServiceAnswer> {
	if (absoluteName(name) === undefined || name === '') return failed('HOST_NOT_FOUND');
	const result = yield* res_search(name, type, options);
	if (!result.ok) return failed(result.error);
	const asked = result.message.questions[0]!.name;
	const { canonical, aliases, records } = followAliases(result.answers, asked, type);
	if (records.length === 0) return failed('NO_DATA');
	const addresses = records.map((record) =>
		record.type === 'A' ? formatIpv4Address(record.address) : record.type === 'AAAA' ? record.address6 : ''
	);
	return { name: canonical, aliases, addresses };
}

/** gethostbyname2(3) */
export function* gethostbyname2(name: string, family: 'inet' | 'inet6', options: NetdbOptions = {}): Sys<HostLookup> {
	const isAddress = family === 'inet' ? isIpv4 : isIpv6;
	if (isAddress(name)) return { ok: true, entry: { name, aliases: [], addresses: [name] }, service: 'numeric' };
	return yield* askServices(options, function* (service) {
		if (service === 'files') return yield* fromFiles(name, isAddress, options);
		if (service === 'dns') return yield* fromDns(name, family === 'inet' ? 'A' : 'AAAA', options);
		return UNAVAILABLE;
	});
}

export function* gethostbyname(name: string, options: NetdbOptions = {}): Sys<HostLookup> {
	return yield* gethostbyname2(name, 'inet', options);
}

function isIpv4(text: string): boolean {
	return parseIpv4Address(text) !== undefined;
}

function isIpv6(text: string): boolean {
	return text.includes(':') && parseIpv6Address(text) !== undefined;
}

/**
 * All addresses of a name, of both families (getaddrinfo(3) with AF_UNSPEC), in the order in which they were found: lines
 * of /etc/hosts, or A records before AAAA. A caller that prefers reachable ones sorts them itself.
 */
export function* gethostbynameAny(name: string, options: NetdbOptions = {}): Sys<HostLookup> {
	return yield* askServices(options, function* (service): Sys<ServiceAnswer> {
		if (service === 'files') return yield* fromFiles(name, (text) => isIpv4(text) || isIpv6(text), options);
		if (service !== 'dns') return UNAVAILABLE;
		const four = yield* fromDns(name, 'A', options);
		const six = yield* fromDns(name, 'AAAA', options);
		if ('error' in four) return six;
		return 'error' in six ? four : { ...four, addresses: [...four.addresses, ...six.addresses] };
	});
}

/** gethostbyaddr(3): /etc/hosts, then the PTR record, as the `hosts:` line says. */
export function* gethostbyaddr(address: number, options: NetdbOptions = {}): Sys<HostLookup> {
	const text = formatIpv4Address(address);
	return yield* nameOfAddress(text, (one) => one === text, reverseName(address), options);
}

/** gethostbyaddr(3) for AF_INET6. @param address 16 bytes */
export function* gethostbyaddr6(address: Uint8Array, options: NetdbOptions = {}): Sys<HostLookup> {
	const text = formatIpv6Address(address);
	const same = (one: string): boolean => {
		const bytes = isIpv6(one) ? parseIpv6Address(one)! : undefined;
		return bytes !== undefined && bytes.every((byte, i) => byte === address[i]);
	};
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text);
	const nibbles = [...address].flatMap((byte) => [byte >> 4, byte & 15]).reverse();
	const own = `${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa.`;
	/* the resolver undresses an address of IPv4; /etc/hosts is asked for it as it is */
	const reverse = mapped ? reverseName(parseIpv4Address(mapped[1]!)!) : own;
	return yield* nameOfAddress(text, same, reverse, options);
}

function* nameOfAddress(
	text: string,
	isSame: (text: string) => boolean,
	asked: string,
	options: NetdbOptions
): Sys<HostLookup> {
	return yield* askServices(options, function* (service): Sys<ServiceAnswer> {
		if (service === 'files') {
			const entry = parseHosts(yield* readOptional('/etc/hosts')).find((one) => isSame(one.address));
			if (!entry) return failed('HOST_NOT_FOUND');
			options.explain?.push(hostsReason(entry, entry.names[0]!));
			return { name: entry.names[0]!, aliases: entry.names.slice(1), addresses: [text] };
		}
		if (service !== 'dns') return UNAVAILABLE;
		const result = yield* res_query(asked, 'PTR', options);
		if (!result.ok) return failed(result.error);
		const names = followAliases(result.answers, asked, 'PTR').records.flatMap((record) =>
			record.type === 'PTR' ? [relativeText(record.host)] : []
		);
		if (names.length === 0) return failed('NO_DATA');
		return { name: names[0]!, aliases: names.slice(1), addresses: [text] };
	});
}

/* ---- getaddrinfo ------------------------------------------------------------------------------------------------- */

export interface AddressInfo {
	readonly address: number;
	/** 0 when no service was given */
	readonly port: number;
}
export interface AddressHints extends NetdbOptions {
	/** AI_NUMERICHOST: no lookup */
	readonly numericHost?: boolean;
	/** AI_NUMERICSERV */
	readonly numericService?: boolean;
	/** AI_PASSIVE: no host means all addresses, not the loopback */
	readonly passive?: boolean;
	readonly protocol?: 'tcp' | 'udp';
}
export type AddressLookup =
	| { readonly ok: true; readonly addresses: readonly AddressInfo[]; readonly canonicalName: string }
	| { readonly ok: false; readonly error: EaiCode };

/**
 * Addresses of a host and the port of a service (getaddrinfo(3)); one entry an address.
 * @param host name or address; null with `passive` or for the loopback
 * @param service port number or name of /etc/services
 */
export function* getaddrinfo(host: string | null, service?: string, hints: AddressHints = {}): Sys<AddressLookup> {
	let port = 0;
	if (host === null && service === undefined) return { ok: false, error: 'EAI_NONAME' };
	if (service !== undefined) {
		if (/^\d+$/.test(service)) port = Number(service) & 0xffff;
		else {
			if (hints.numericService) return { ok: false, error: 'EAI_NONAME' };
			const entry = yield* getservbyname(service, hints.protocol);
			if (!entry) return { ok: false, error: 'EAI_SERVICE' };
			port = entry.port;
		}
	}
	if (host === null) {
		const address = hints.passive ? 0 : 0x7f000001;
		return { ok: true, addresses: [{ address, port }], canonicalName: '' };
	}
	const numeric = parseIpv4Address(host) ?? parseLooseIpv4(host);
	if (numeric !== undefined) return { ok: true, addresses: [{ address: numeric, port }], canonicalName: host };
	if (isIpv6(host)) return { ok: false, error: 'EAI_ADDRFAMILY' };
	if (hints.numericHost || host === '') return { ok: false, error: 'EAI_NONAME' };
	const result = yield* gethostbyname2(host, 'inet', hints);
	if (!result.ok) return { ok: false, error: EAI_OF[result.error] };
	const addresses = [...new Set(result.entry.addresses)].map((text) => ({ address: parseIpv4Address(text)!, port }));
	return { ok: true, addresses, canonicalName: result.entry.name };
}

/** The forms of inet_aton(3) that getaddrinfo takes too: fewer numbers, octal, hexadecimal. */
export function parseLooseIpv4(text: string): number | undefined {
	const parts = text.split('.');
	if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(part))) return undefined;
	const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? parseInt(part, 8) : Number(part)));
	const last = numbers.pop()!;
	if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
	return numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), 0) + last;
}

export type NameLookup =
	| { readonly ok: true; readonly name: string; readonly aliases: readonly string[] }
	| { readonly ok: false; readonly error: EaiCode };

/** The name of an address (getnameinfo(3) with NI_NAMEREQD). */
export function* getnameinfo(address: number, options: NetdbOptions = {}): Sys<NameLookup> {
	const result = yield* gethostbyaddr(address, options);
	if (result.ok) return { ok: true, name: result.entry.name, aliases: result.entry.aliases };
	return { ok: false, error: result.error === 'NO_DATA' ? 'EAI_NONAME' : EAI_OF[result.error] };
}

/* ---- services and protocols -------------------------------------------------------------------------------------- */

export interface ServiceEntry {
	readonly name: string;
	readonly aliases: readonly string[];
	readonly port: number;
	readonly protocol: string;
}

export function parseServices(text: string): ServiceEntry[] {
	const entries: ServiceEntry[] = [];
	for (const line of text.split('\n')) {
		const match = /^\s*([^\s#]+)\s+(\d+)[/,]([^\s#]+)([^#]*)/.exec(line);
		if (match)
			entries.push({
				name: match[1]!,
				port: Number(match[2]),
				protocol: match[3]!,
				aliases: match[4]!.split(/\s+/).filter((alias) => alias !== '')
			});
	}
	return entries;
}

export function* getservbyname(name: string, protocol?: string): Sys<ServiceEntry | undefined> {
	return parseServices(yield* readOptional('/etc/services')).find(
		(entry) =>
			(entry.name === name || entry.aliases.includes(name)) && (protocol === undefined || entry.protocol === protocol)
	);
}

export function* getservbyport(port: number, protocol?: string): Sys<ServiceEntry | undefined> {
	return parseServices(yield* readOptional('/etc/services')).find(
		(entry) => entry.port === port && (protocol === undefined || entry.protocol === protocol)
	);
}

export interface ProtocolEntry {
	readonly name: string;
	readonly aliases: readonly string[];
	readonly number: number;
}

export function parseProtocols(text: string): ProtocolEntry[] {
	const entries: ProtocolEntry[] = [];
	for (const line of text.split('\n')) {
		const match = /^\s*([^\s#]+)\s+(\d+)([^#]*)/.exec(line);
		if (match)
			entries.push({
				name: match[1]!,
				number: Number(match[2]),
				aliases: match[3]!.split(/\s+/).filter((alias) => alias !== '')
			});
	}
	return entries;
}

export function* getprotobyname(name: string): Sys<ProtocolEntry | undefined> {
	return parseProtocols(yield* readOptional('/etc/protocols')).find(
		(entry) => entry.name === name || entry.aliases.includes(name)
	);
}

export function* getprotobynumber(number: number): Sys<ProtocolEntry | undefined> {
	return parseProtocols(yield* readOptional('/etc/protocols')).find((entry) => entry.number === number);
}

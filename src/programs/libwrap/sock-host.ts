/**
 * The ends of a connection: addresses from the socket, names by look-up, each name checked both ways (socket.c of the
 * real library). A name whose address does not lead back is not believed: it becomes `paranoid`.
 *
 * Asks: /etc/hosts and the name servers, as nsswitch.conf says.
 * Lacks: connections over anything but IPv4; IPv6 addresses come from /etc/hosts and the DNS only (tcpdmatch).
 */
import type { Reason } from '#engine/decision';
import { Errno, type SocketAddress, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, maskOf, parseIpv4Address } from '#wire/address';
import { gethostbyaddr, gethostbyaddr6, gethostbyname2, gethostbynameAny, parseLooseIpv4, type HostLookup } from '../libc/netdb'; // prettier-ignore
import { strerror } from '../libc/strerror';
import { getpeername, getsockname, links, recvfrom, routeTo } from '../libc/unistd';
import { ipv6, ipv6Text } from './address';
import { fromText, sameWord, toText, type ByteText } from './bytes';
import type { Library } from './library';
import { PARANOID, UNKNOWN } from './pattern';
import { identUser } from './ident';
import type { Endpoint, HostInfo, LookupStep, Methods, Request } from './request';

export function socketMethods(library: Library): Methods {
	return {
		*hostAddress(host) {
			if (host.endpoint) host.setAddress(endpointText(host.endpoint));
		},
		hostName: (host) => findName(library, host),
		*userName(request, client, server) {
			const user = yield* identUser(library, client, server);
			const asked = `${endpointText(client)}, port 113`;
			const found = !sameWord(user, UNKNOWN);
			const text = found
				? `its identd says that ${toText(user)} holds the connection; it may say what it likes`
				: 'no identd there names a user in time: the user is unknown';
			tell(request.client, 'ident', asked, found ? [toText(user)] : [], text, []);
			return user;
		}
	};
}

function tell(
	{ request, end }: HostInfo,
	what: LookupStep['what'],
	asked: string,
	answers: readonly string[],
	text: string,
	reasons: readonly Reason[],
	paranoid = false
): void {
	request.lookups.push({ what, end, asked, answers, text, paranoid, reasons });
}

/** Methods of the tools: names are looked up, users are not. */
export function toolMethods(library: Library): Methods {
	return {
		...socketMethods(library),
		*userName() {
			return 'unknown';
		}
	};
}

export function endpointText(endpoint: Endpoint): string {
	return endpoint.family === 'inet' ? formatIpv4Address(endpoint.address) : ipv6Text(endpoint.address);
}

/** The address of a text that is one; port 0. */
export function numericEndpoint(text: ByteText): Endpoint | undefined {
	const four = parseIpv4Address(text) ?? parseLooseIpv4(text);
	if (four !== undefined) return { family: 'inet', address: four, port: 0 };
	const six = ipv6(text);
	return six && { family: 'inet6', address: six, port: 0 };
}

/** Fills in both ends from the socket (fromhost() of the real library). */
export function* fromSocket(library: Library, request: Request): Sys<void> {
	try {
		request.client.endpoint = inet(yield* peer(request));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* library.warn(`can't get client address: ${strerror(thrown)}`);
		return;
	}
	try {
		request.server.endpoint = inet(yield* getsockname(request.fd));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* library.warn(`getsockname: ${strerror(thrown)}`);
	}
}

function* peer(request: Request): Sys<SocketAddress> {
	try {
		return yield* getpeername(request.fd);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		request.datagram = true;
		return (yield* recvfrom(request.fd, 1, true)).from;
	}
}

function inet(address: SocketAddress): Endpoint | undefined {
	return address.family === 'inet' ? address : undefined;
}

/** An IPv4 address in IPv6 clothes is looked up as what it is. */
function withoutMapping(endpoint: Endpoint): Endpoint {
	const text = endpointText(endpoint);
	const address = endpoint.family === 'inet6' ? parseIpv4Address(/^::ffff:(.*)$/.exec(text)?.[1] ?? '') : undefined;
	return address === undefined ? endpoint : { family: 'inet', address, port: endpoint.port };
}

function lookupAddress(endpoint: Endpoint, explain: Reason[]): Sys<HostLookup> {
	return endpoint.family === 'inet'
		? gethostbyaddr(endpoint.address, { explain })
		: gethostbyaddr6(endpoint.address, { explain });
}

/** The name of an end, believed only when it leads back to the address. */
function* findName(library: Library, host: HostInfo): Sys<void> {
	if (!host.endpoint) return;
	const endpoint = withoutMapping(host.endpoint);
	const own = endpointText(endpoint);
	const explain: Reason[] = [];
	const found = yield* lookupAddress(endpoint, explain);
	if (!found.ok) {
		const nobody = found.error === 'TRY_AGAIN' ? 'no name server answers' : 'nobody gives it a name';
		return tell(host, 'reverse', own, [], `${nobody}: the name is unknown`, explain);
	}
	tell(host, 'reverse', own, [found.entry.name], `it says that it is ${found.entry.name}`, explain);
	host.setName(fromText(found.entry.name));
	const problem = yield* mismatch(host, endpoint);
	if (problem === undefined) return;
	yield* library.warn(problem);
	host.name = PARANOID;
}

/** What is wrong with the name of an end; undefined when it is good. */
function* mismatch(host: HostInfo, endpoint: Endpoint): Sys<ByteText | undefined> {
	const { name } = host;
	const shown = toText(name);
	const explain: Reason[] = [];
	const judge = (answers: readonly string[], text: string, paranoid = true): void =>
		tell(host, 'forward', shown, answers, paranoid ? `${text}: the name is not believed` : text, explain, paranoid);
	if (numericEndpoint(name)?.family === endpoint.family) {
		judge([], 'that is an address, and no name');
		return `host name/name mismatch: reverse lookup results in non-FQDN ${name}`;
	}
	const found = yield* gethostbyname2(shown, endpoint.family, { explain });
	if (!found.ok) {
		judge([], 'the name has no address');
		return `can't verify hostname: getaddrinfo(${name}, ${endpoint.family === 'inet' ? 'AF_INET' : 'AF_INET6'}) failed`;
	}
	const { addresses } = found.entry;
	const official = fromText(found.entry.name);
	if (!sameWord(name, official) && !sameWord(name, 'localhost')) {
		judge(addresses, `that is another name of ${found.entry.name}`);
		return `host name/name mismatch: ${name} != ${official.slice(0, 128)}`;
	}
	const own = endpointText(endpoint);
	const texts = addresses.map((text) => numericEndpoint(text)).map((one) => one && endpointText(one));
	if (texts.includes(own)) {
		judge(addresses, `${own} is among them: the name is believed`, false);
		return undefined;
	}
	judge(addresses, `${own} is not among them`);
	return `host name/address mismatch: ${own} != ${official.slice(0, 128)}`;
}

/**
 * All addresses of a host for the tools, which warn about names that are not the official ones (find_inet_addr() of the
 * real tools). Reachable ones come first, then IPv6 before IPv4 (RFC 3484 as glibc sorts).
 */
export function* hostAddresses(library: Library, host: ByteText): Sys<Endpoint[] | undefined> {
	const numeric = numericEndpoint(host);
	if (numeric) return [numeric];
	const found = yield* gethostbynameAny(toText(host));
	if (!found.ok) {
		yield* library.warn(`${host}: host not found`);
		return undefined;
	}
	const official = fromText(found.entry.name);
	if (!sameWord(host, official)) {
		yield* library.warn(`${host}: hostname alias`);
		yield* library.warn(`(official name: ${official.slice(0, 128)})`);
	}
	const ranked: Ranked[] = [];
	for (const text of found.entry.addresses) {
		const endpoint = numericEndpoint(text);
		if (endpoint) ranked.push({ endpoint, rank: yield* rankOf(endpoint) });
	}
	return ranked.sort((a, b) => compareRanks(a.rank, b.rank)).map(({ endpoint }) => endpoint);
}

interface Ranked {
	readonly endpoint: Endpoint;
	/** what decides first comes first, less is better */
	readonly rank: readonly number[];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
	const at = a.findIndex((value, i) => value !== b[i]);
	return at < 0 ? 0 : a[at]! - b[at]!;
}

const FAR = 33;

/** Reachable, IPv6, loopback, how much of the address is that of ours in the same network (rules 1, 6, 8 and 9). */
function* rankOf(endpoint: Endpoint): Sys<number[]> {
	if (endpoint.family === 'inet6') return [1, 0, 0, FAR];
	const { address } = endpoint;
	const scope = address >>> 24 === 127 || address >>> 16 === 0xa9fe ? 0 : 1;
	try {
		const { source } = yield* routeTo(address);
		return [0, 1, scope, yield* differingBits(source, address)];
	} catch (thrown) {
		if (thrown instanceof Errno) return [1, 1, scope, FAR];
		throw thrown;
	}
}

/** Bits from the first that differs on; outside of the network of our address all count the same. */
function* differingBits(own: number, address: number): Sys<number> {
	const all = (yield* links()).flatMap(({ addresses }) => addresses);
	const network = all.find((one) => one.address === own);
	const difference = (own ^ address) >>> 0;
	if (!network || (difference & maskOf(network.prefix)) !== 0) return FAR;
	return 32 - Math.clz32(difference);
}

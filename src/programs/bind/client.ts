/**
 * Asking a name server as dig, host and nslookup do (dighost.c): servers from the command line or /etc/resolv.conf, UDP with
 * retries, TCP for what needs it or was cut short. What went wrong is told by a line, not thrown.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { buildDns, parseDns, RCODE, type DnsMessage } from '#wire/dns';
import { getaddrinfo } from '../libc/netdb';
import { readResolvConf, readTcpMessage, tcpMessage, type ResolverConfiguration } from '../libc/resolver';
import {
	bind,
	close,
	connect,
	neighbours,
	poll,
	recvfrom,
	sendto,
	setfl,
	socket,
	socketError,
	time,
	write
} from '../libc/unistd';
import { O } from '#kernel/syscalls';

const SECOND = 1_000_000;
/** How often a waiting client looks whether its server can be reached at all. */
const LOOK_INTERVAL = 500_000;
export const DIG_VERSION = '9.18.49-1~deb12u3-Debian';

export interface Server {
	readonly address: number;
	/** as the user wrote it */
	readonly name: string;
}

/** The servers of a command: the named one, or those of resolv.conf; undefined when the name has no address. */
export function* serversOf(name: string | undefined, configuration: ResolverConfiguration): Sys<Server[] | undefined> {
	if (name === undefined)
		return configuration.servers.map(({ address }) => ({ address, name: formatIpv4Address(address) }));
	const literal = parseIpv4Address(name);
	if (literal !== undefined) return [{ address: literal, name }];
	const found = yield* getaddrinfo(name);
	return found.ok ? found.addresses.map(({ address }) => ({ address, name })) : undefined;
}

/**
 * Whether the way to an address is known to be broken: nobody answered for it on the wire. The real programs hear of it by
 * IP_RECVERR on their sockets.
 */
export function* isUnreachable(address: number): Sys<boolean> {
	return (yield* neighbours()).some((neighbour) => neighbour.address === address && neighbour.state === 'FAILED');
}

export interface Reply {
	readonly message: DnsMessage;
	/** bytes of the message */
	readonly size: number;
	readonly server: Server;
	readonly tcp: boolean;
	/** microseconds */
	readonly elapsed: number;
	readonly messages: number;
}

export interface AskOptions {
	readonly tcp: boolean;
	readonly tries: number;
	/** seconds */
	readonly time: number;
	readonly port: number;
	readonly ignoreTruncation: boolean;
	readonly source?: number;
	/** after SERVFAIL, or an answer without recursion, the next server is asked */
	readonly goOn?: { readonly servfail: boolean; readonly noRecursion: boolean };
	/** called for every line such as ";; communications error to …" */
	tell(line: string): Sys<void>;
}

export { readResolvConf };

function* openSocket(type: 'stream' | 'dgram', source: number | undefined): Sys<number> {
	const fd = yield* socket('inet', type);
	if (source !== undefined) yield* bind(fd, { family: 'inet', address: source, port: 0 });
	return fd;
}

type Failure = 'timed out' | 'connection refused' | 'host unreachable' | 'network unreachable' | 'end of file';

function failureOf(error: Errno): Failure {
	if (error.code === 'ECONNREFUSED') return 'connection refused';
	if (error.code === 'EHOSTUNREACH') return 'host unreachable';
	return error.code === 'ENETUNREACH' ? 'network unreachable' : 'timed out';
}

function* askUdp(query: DnsMessage, server: Server, options: AskOptions): Sys<Reply | Failure> {
	const fd = yield* openSocket('dgram', options.source);
	try {
		const start = yield* time();
		yield* connect(fd, { family: 'inet', address: server.address, port: options.port });
		yield* sendto(fd, buildDns(query));
		for (;;) {
			const left = start + options.time * SECOND - (yield* time());
			if (left <= 0) return 'timed out';
			if ((yield* poll([{ fd, read: true }], Math.min(left, LOOK_INTERVAL))).length === 0) {
				if (yield* isUnreachable(server.address)) return 'host unreachable';
				continue;
			}
			const { bytes } = yield* recvfrom(fd, 65_535);
			const message = parseDns(bytes);
			if (message?.response && message.id === query.id)
				return { message, size: bytes.length, server, tcp: false, elapsed: (yield* time()) - start, messages: 1 };
		}
	} catch (thrown) {
		if (thrown instanceof Errno && thrown.code !== 'EINTR') return failureOf(thrown);
		throw thrown;
	} finally {
		yield* close(fd);
	}
}

/** @param last whether a message ends the reply: a zone transfer has several */
export function* askTcp(
	query: DnsMessage,
	server: Server,
	options: AskOptions,
	last: (messages: readonly DnsMessage[]) => boolean = () => true
): Sys<Reply | Failure> {
	const fd = yield* openSocket('stream', options.source);
	try {
		const start = yield* time();
		const deadline = start + Math.max(options.time, 10) * SECOND;
		yield* connectWithin(fd, server.address, options.port, options.time * SECOND);
		yield* write(fd, tcpMessage(buildDns(query)));
		const messages: DnsMessage[] = [];
		let size = 0;
		do {
			const bytes = yield* readTcpMessage(fd, deadline);
			if (!bytes) return (yield* time()) >= deadline ? 'timed out' : 'end of file';
			const message = parseDns(bytes);
			if (!message || message.id !== query.id) return 'end of file';
			messages.push(message);
			size += bytes.length;
		} while (!last(messages));
		const message = { ...messages[0]!, answers: messages.flatMap((one) => one.answers) };
		return { message, size, server, tcp: true, elapsed: (yield* time()) - start, messages: messages.length };
	} catch (thrown) {
		if (thrown instanceof Errno && thrown.code !== 'EINTR') return failureOf(thrown);
		throw thrown;
	} finally {
		yield* close(fd);
	}
}

function* connectWithin(fd: number, address: number, port: number, timeout: number): Sys<void> {
	yield* setfl(fd, O.RDWR | O.NONBLOCK);
	try {
		yield* connect(fd, { family: 'inet', address, port });
	} catch (thrown) {
		if (!(thrown instanceof Errno) || thrown.code !== 'EINPROGRESS') throw thrown;
		if ((yield* poll([{ fd, write: true }], timeout)).length === 0) throw new Errno('ETIMEDOUT');
		const error = yield* socketError(fd);
		if (error) throw new Errno(error);
	}
	yield* setfl(fd, O.RDWR);
}

/** Whether a zone transfer is complete: its last record is its SOA again, or the server refused. */
export function transferEnds(messages: readonly DnsMessage[]): boolean {
	const records = messages.flatMap((message) => message.answers);
	if (messages[messages.length - 1]!.rcode !== 0 || records.length === 0) return true;
	if (records.length === 1) return messages[0]!.questions[0]?.type === 'IXFR';
	return records[records.length - 1]!.type === 'SOA';
}

/** Why a reply is not taken while there are other servers. */
function unwanted(reply: Reply, query: DnsMessage, { goOn }: AskOptions): string | undefined {
	const { message } = reply;
	if (goOn?.servfail && message.rcode === RCODE.SERVFAIL) return 'SERVFAIL reply';
	return goOn?.noRecursion && query.recursionDesired && !message.recursionAvailable
		? 'recursion not available'
		: undefined;
}

/**
 * Asks the servers in turn, each `tries` times; a truncated reply is asked for again over TCP.
 * @returns undefined when none could be reached; each failure was told
 */
export function* ask(query: DnsMessage, servers: readonly Server[], options: AskOptions): Sys<Reply | undefined> {
	for (const [i, server] of servers.entries()) {
		const reply = yield* askOne(query, server, options);
		if (!reply) continue;
		const why = unwanted(reply, query, options);
		if (why === undefined) return reply;
		const next = i + 1 < servers.length;
		yield* options.tell(`;; Got ${why} from ${formatIpv4Address(server.address)}${next ? ', trying next server' : ''}`);
		if (!next) return reply;
	}
	return undefined;
}

function* askOne(query: DnsMessage, server: Server, options: AskOptions): Sys<Reply | undefined> {
	const type = query.questions[0]?.type;
	const transfer = type === 'AXFR' || type === 'IXFR';
	const place = `${formatIpv4Address(server.address)}#${options.port}`;
	for (let attempt = 0; attempt < options.tries; attempt++) {
		let reply = options.tcp
			? yield* askTcp(query, server, options, transfer ? transferEnds : undefined)
			: yield* askUdp(query, server, options);
		if (typeof reply !== 'string' && reply.message.truncated && !options.tcp && !options.ignoreTruncation) {
			yield* options.tell(';; Truncated, retrying in TCP mode.');
			reply = yield* askTcp(query, server, options);
		}
		if (typeof reply !== 'string') return reply;
		if (options.tcp && reply === 'connection refused') {
			const name = query.questions[0]?.name.replace(/(.)\.$/, '$1') ?? '.';
			yield* options.tell(`;; Connection to ${place}(${server.name}) for ${name} failed: ${reply}.`);
			if (attempt + 1 < options.tries) yield* options.tell(';; no servers could be reached');
		} else yield* options.tell(`;; communications error to ${place}: ${reply}`);
	}
	return undefined;
}

/**
 * nc(1), the netcat of OpenBSD as Debian has it (1.219): lines to a port and from a port.
 *
 * Does: -l (with -k), -z over ranges of ports, -u, -U, -v, -n, -w, -W, -N, -q, -s, -p, -C, -T; -t, -i and the like are read.
 * Not simulated: IPv6, proxies, TELNET negotiation, file descriptors passed on, SO_REUSEPORT (a second listener on the
 *       same port is refused).
 */
import { Errno, O, SIGNAL, type ErrnoCode, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { gai_strerror, getaddrinfo, getnameinfo, getservbyname, getservbyport } from '../libc/netdb';
import { printError, STDIN, STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import {
	accept,
	bind,
	close,
	connect,
	getsockname,
	listen,
	poll,
	read,
	recvfrom,
	setfl,
	setsockopt,
	shutdown,
	signal,
	sleep,
	socket,
	socketError,
	time,
	write
} from '../libc/unistd';

const OPTIONS = new OptionTable([
	...['4', '6', 'b', 'C', 'D', 'd', 'F', 'h', 'k', 'l', 'N', 'n', 'r', 'S', 't', 'U', 'u', 'v', 'Z', 'z'],
	...['I=', 'i=', 'M=', 'm=', 'O=', 'P=', 'p=', 'q=', 's=', 'T=', 'V=', 'W=', 'w=', 'X=', 'x=']
]);
const USAGE = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]
`;
const SECOND = 1_000_000;
/** how long a scanned UDP port has to refuse, in seconds */
const UDP_SCAN_TIMEOUT = 3;

interface Settings {
	readonly parsed: Parsed;
	readonly udp: boolean;
	readonly verbose: boolean;
	readonly numeric: boolean;
	/** microseconds; -1: for ever */
	readonly timeout: number;
}

/** Thrown to end with a message, as err(3) does. */
class Fatal {
	constructor(readonly message: string) {}
}

export const nc: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`nc: ${thrown.message}\n${USAGE}`);
		return 1;
	}
	if (parsed.has('h')) {
		yield* printError(`OpenBSD netcat (Debian patchlevel 1.219-1)\n${USAGE}`);
		return 0;
	}
	try {
		return yield* start(parsed);
	} catch (thrown) {
		if (!(thrown instanceof Fatal)) throw thrown;
		yield* printError(`nc: ${thrown.message}\n`);
		return 1;
	}
};

function* start(parsed: Parsed): Sys<number> {
	const wait = parsed.get('w');
	checkNumbers(parsed);
	const settings: Settings = {
		parsed,
		udp: parsed.has('u'),
		verbose: parsed.has('v'),
		numeric: parsed.has('n'),
		timeout: wait === undefined ? -1 : Number(wait) * SECOND
	};
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	const [first, second] = parsed.operands;
	if (parsed.has('l') && parsed.has('s')) return yield* usage();
	if (parsed.has('l') && parsed.has('z')) throw new Fatal('cannot use -z and -l');
	if (parsed.has('k') && !parsed.has('l')) throw new Fatal('must use -l with -k');
	if (parsed.has('x')) throw new Fatal('proxies (-x) are not simulated here');
	if (parsed.has('U') && first !== undefined && second === undefined)
		return parsed.has('l') ? yield* serveUnix(settings, first) : yield* contactUnix(settings, first);
	if (parsed.has('l')) {
		const port = second ?? parsed.get('p') ?? first;
		const host = second !== undefined || (parsed.has('p') && first !== undefined) ? first! : null;
		if (port === undefined) throw new Fatal('missing port number');
		return yield* serve(settings, host, yield* onePort(settings, port));
	}
	if (first === undefined) return yield* usage();
	if (second === undefined) throw new Fatal('missing port number');
	const list: number[] = [];
	for (const text of parsed.operands.slice(1)) list.push(...(yield* ports(settings, text)));
	return yield* contact(settings, first, list);
}

function* usage(): Sys<number> {
	yield* printError(USAGE);
	return 1;
}

/** option → what its number is called in the complaint */
const NUMBERS = { w: 'timeout', q: 'quit timer', i: 'interval', W: 'receive limit', I: 'TCP receive window' } as const;
const TOS_NAMES: ReadonlySet<string> = new Set([
	...['lowdelay', 'throughput', 'reliability', 'critical', 'inetcontrol', 'netcontrol', 'ef', 'lowcost'],
	...['af11', 'af12', 'af13', 'af21', 'af22', 'af23', 'af31', 'af32', 'af33', 'af41', 'af42', 'af43'],
	...['cs0', 'cs1', 'cs2', 'cs3', 'cs4', 'cs5', 'cs6', 'cs7']
]);

function checkNumbers(parsed: Parsed): void {
	for (const [option, name] of Object.entries(NUMBERS)) {
		const text = parsed.get(option);
		const pattern = option === 'q' ? /^-?\d+$/ : /^\d+$/;
		if (text !== undefined && !pattern.test(text)) throw new Fatal(`${name} invalid: ${text}`);
	}
	const tos = parsed.get('T');
	if (tos !== undefined && !TOS_NAMES.has(tos.toLowerCase()) && !/^(0x[0-9a-f]{1,2}|\d{1,3})$/i.test(tos))
		throw new Fatal(`illegal tos value ${tos}`);
}

function* onePort(settings: Settings, text: string): Sys<number> {
	return (yield* ports(settings, text))[0]!;
}

/** "25", "smtp" or "20-25" */
function* ports({ udp }: Settings, text: string): Sys<number[]> {
	const number = (digits: string): number => {
		const value = Number(digits);
		if (!/^\d+$/.test(digits)) throw new Fatal(`port number invalid: ${digits}`);
		if (value < 1) throw new Fatal(`port number too small: ${digits}`);
		if (value > 65_535) throw new Fatal(`port number too large: ${digits}`);
		return value;
	};
	if (/^\d[^-]*-/.test(text)) {
		const dash = text.indexOf('-');
		const [a, b] = [number(text.slice(0, dash)), number(text.slice(dash + 1))];
		return Array.from({ length: Math.abs(b - a) + 1 }, (_, i) => Math.min(a, b) + i);
	}
	if (/^\d/.test(text)) return [number(text)];
	const found = yield* getaddrinfo(null, text, { protocol: udp ? 'udp' : 'tcp' });
	if (!found.ok || !found.addresses[0]) throw new Fatal(`port number invalid: ${text}`);
	return [found.addresses[0].port];
}

function* resolve({ numeric, parsed }: Settings, host: string | null, port: number): Sys<number[]> {
	if (host === null) return [0];
	if (parsed.has('6')) {
		const why = parseIpv4Address(host) === undefined ? 'EAI_NONAME' : 'EAI_ADDRFAMILY';
		throw new Fatal(`getaddrinfo for host "${host}" port ${port}: ${gai_strerror(why)}`);
	}
	const found = yield* getaddrinfo(host, String(port), numeric && !/^[\d.]+$/.test(host) ? { numericHost: true } : {});
	if (!found.ok) throw new Fatal(`getaddrinfo for host "${host}" port ${port}: ${gai_strerror(found.error)}`);
	return found.addresses.map((row) => row.address);
}

/* ---- client ------------------------------------------------------------------------------------------------------ */

function* contact(settings: Settings, host: string, list: readonly number[]): Sys<number> {
	const { parsed, udp, verbose } = settings;
	let status = 1;
	for (const port of list) {
		for (const address of yield* resolve(settings, host, port)) {
			const fd = yield* attempt(settings, host, address, port);
			if (fd === null) continue;
			status = 0;
			const isOpen = !udp || !verbose || (yield* udpAnswers(fd, settings));
			if (!isOpen) status = 1;
			else {
				if (verbose) yield* succeeded(settings, host, address, port);
				if (!parsed.has('z')) yield* relay(fd, settings);
			}
			yield* close(fd);
			break;
		}
	}
	return status;
}

/** @returns a connected socket; null when it failed, which -v tells */
function* attempt(settings: Settings, host: string, address: number, port: number): Sys<number | null> {
	const { parsed, udp, verbose, timeout } = settings;
	const fd = yield* socket('inet', udp ? 'dgram' : 'stream');
	const shown = formatIpv4Address(address);
	const target = `${host}${host === shown ? '' : ` (${shown})`} port ${port} (${udp ? 'udp' : 'tcp'})`;
	let problem: string;
	try {
		if (parsed.has('p') || parsed.has('s')) yield* bindSource(settings, fd);
		yield* connectWithin(fd, address, port, timeout);
		return fd;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		problem = thrown.code === 'EINPROGRESS' ? `timed out: ${strerror(thrown)}` : `failed: ${strerror(thrown)}`;
	}
	yield* close(fd);
	if (verbose) yield* printError(`nc: connect to ${target} ${problem}\n`);
	return null;
}

function* portOf(text: string): Sys<number> {
	return /^\d+$/.test(text) ? Number(text) : ((yield* getservbyname(text))?.port ?? 0);
}

function* bindSource({ parsed }: Settings, fd: number): Sys<void> {
	const source = parsed.get('s');
	const port = parsed.get('p') ?? '0';
	if (!/^\d+$/.test(port) && !(yield* getservbyname(port)))
		throw new Fatal(`getaddrinfo: ${gai_strerror('EAI_SERVICE')}`);
	const found = source === undefined ? undefined : yield* getaddrinfo(source);
	if (found && !found.ok) throw new Fatal(`getaddrinfo: ${gai_strerror(found.error)}`);
	yield* setsockopt(fd, 'reuseaddr', 1);
	try {
		yield* bind(fd, { family: 'inet', address: found?.addresses[0]?.address ?? 0, port: yield* portOf(port) });
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new Fatal(`bind failed: ${strerror(thrown)}`);
	}
}

/** Throws EINPROGRESS after the timeout. */
function* connectWithin(fd: number, address: number, port: number, timeout: number): Sys<void> {
	if (timeout < 0) return yield* connect(fd, { family: 'inet', address, port });
	yield* setfl(fd, O.NONBLOCK);
	try {
		yield* connect(fd, { family: 'inet', address, port });
	} catch (thrown) {
		if (!(thrown instanceof Errno) || thrown.code !== 'EINPROGRESS') throw thrown;
		if ((yield* poll([{ fd, write: true }], timeout)).length === 0) throw thrown;
		const error = yield* socketError(fd);
		if (error !== null) throw new Errno(error);
	}
	yield* setfl(fd, 0);
}

function* succeeded({ numeric, udp }: Settings, host: string, address: number, port: number): Sys<void> {
	const protocol = udp ? 'udp' : 'tcp';
	const service = numeric ? undefined : (yield* getservbyport(port, protocol))?.name;
	const shown = formatIpv4Address(address);
	yield* printError(
		`Connection to ${host}${host === shown ? '' : ` (${shown})`} ${port} port [${protocol}/${service ?? '*'}] succeeded!\n`
	);
}

/** A UDP port counts as open unless it refuses what was sent to it. */
function* udpAnswers(fd: number, { timeout }: Settings): Sys<boolean> {
	const rounds = timeout < 0 ? UDP_SCAN_TIMEOUT : timeout / SECOND;
	if ((yield* tryByte(fd)) !== null || (yield* tryByte(fd)) === 'ECONNREFUSED') return false;
	for (let i = 0; i < rounds; i++) {
		yield* sleep(SECOND);
		if ((yield* tryByte(fd)) === 'ECONNREFUSED') return false;
	}
	return true;
}

function* tryByte(fd: number): Sys<ErrnoCode | null> {
	try {
		yield* write(fd, encode('X'));
		return null;
	} catch (thrown) {
		if (thrown instanceof Errno) return thrown.code;
		throw thrown;
	}
}

/* ---- UNIX sockets ------------------------------------------------------------------------------------------------ */

function* contactUnix(settings: Settings, path: string): Sys<number> {
	const fd = yield* socket('unix', settings.udp ? 'dgram' : 'stream');
	try {
		yield* connect(fd, { family: 'unix', path });
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new Fatal(`${path}: ${strerror(thrown)}`);
	}
	if (!settings.parsed.has('z')) yield* relay(fd, settings);
	yield* close(fd);
	return 0;
}

function* serveUnix(settings: Settings, path: string): Sys<number> {
	const fd = yield* socket('unix', settings.udp ? 'dgram' : 'stream');
	try {
		yield* bind(fd, { family: 'unix', path });
		if (!settings.udp) yield* listen(fd, 5);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new Fatal(`${path}: ${strerror(thrown)}`);
	}
	if (settings.verbose) yield* printError(`${settings.udp ? 'Bound' : 'Listening'} on ${path}\n`);
	if (settings.udp) yield* relay(fd, settings);
	else
		do {
			const { fd: client } = yield* accept(fd);
			if (settings.verbose) yield* printError(`Connection received on ${path}\n`);
			yield* relay(client, settings);
			yield* close(client);
		} while (settings.parsed.has('k'));
	yield* close(fd);
	return 0;
}

/* ---- server ------------------------------------------------------------------------------------------------------ */

function* serve(settings: Settings, host: string | null, port: number): Sys<number> {
	const { parsed, udp, verbose } = settings;
	const [address = 0] = yield* resolve(settings, host, port);
	do {
		const fd = yield* socket('inet', udp ? 'dgram' : 'stream');
		try {
			yield* setsockopt(fd, 'reuseaddr', 1);
			yield* bind(fd, { family: 'inet', address, port });
			if (!udp) yield* listen(fd, 1);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			throw new Fatal(strerror(thrown));
		}
		if (verbose) {
			const bound = yield* getsockname(fd);
			const shown = bound.family === 'inet' ? formatIpv4Address(bound.address) : '';
			yield* printError(`${udp ? 'Bound' : 'Listening'} on ${shown} ${port}\n`);
		}
		if (udp) yield* serveDatagrams(fd, settings);
		else
			do {
				const { fd: client, from } = yield* accept(fd);
				if (from.family === 'inet') yield* received(settings, from.address, from.port);
				yield* relay(client, settings);
				yield* close(client);
			} while (parsed.has('k'));
		yield* close(fd);
	} while (parsed.has('k'));
	return 0;
}

function* received({ verbose, numeric }: Settings, address: number, port: number): Sys<void> {
	if (!verbose) return;
	const found = numeric ? undefined : yield* getnameinfo(address);
	yield* printError(`Connection received on ${found?.ok ? found.name : formatIpv4Address(address)} ${port}\n`);
}

/** The first datagram says who the other side is. */
function* serveDatagrams(fd: number, settings: Settings): Sys<void> {
	const limit = settings.parsed.get('W');
	if (settings.parsed.has('k')) {
		// whoever sends is heard
		for (;;) yield* write(STDOUT, (yield* recvfrom(fd, 16_384)).bytes);
	}
	const { bytes, from } = yield* recvfrom(fd, 16_384);
	if (from.family === 'inet') {
		yield* connect(fd, from);
		yield* received(settings, from.address, from.port);
	}
	yield* write(STDOUT, bytes);
	if (limit === undefined || Number(limit) > 1) yield* relay(fd, settings, 1);
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

/** Copies from standard input to the network and back, until both have ended. @param heard packets so far, for -W */
function* relay(fd: number, { parsed, timeout, udp }: Settings, heard = 0): Sys<void> {
	const limit = Number(parsed.get('W') ?? Infinity);
	let typing = !parsed.has('d');
	let hearing = true;
	let deadline = Infinity;
	const quit = parsed.get('q');
	while (hearing || (typing && !parsed.has('l'))) {
		const sources = [...(hearing ? [{ fd, read: true }] : []), ...(typing ? [{ fd: STDIN, read: true }] : [])];
		if (sources.length === 0) return;
		const left = deadline === Infinity ? timeout : Math.max(0, deadline - (yield* time()));
		const ready = yield* poll(sources, left);
		if (ready.length === 0) return;
		for (const row of ready) {
			const bytes = yield* receive(row.fd);
			if (row.fd === fd) {
				if (bytes === null || (bytes.length === 0 && !udp)) hearing = false;
				else if (bytes.length > 0) {
					yield* write(STDOUT, bytes);
					if (++heard >= limit) return;
				}
			} else if (bytes === null || bytes.length === 0) {
				typing = false;
				if (parsed.has('N')) yield* endSending(fd);
				if (quit !== undefined && Number(quit) >= 0) deadline = (yield* time()) + Number(quit) * SECOND;
			} else if (!(yield* send(fd, parsed.has('C') ? withCarriageReturns(bytes) : bytes))) return;
		}
	}
}

function withCarriageReturns(bytes: Uint8Array): Uint8Array {
	return encode(decode(bytes).replaceAll(/\r?\n/g, '\r\n'));
}

/** @returns null after an error */
function* receive(fd: number): Sys<Uint8Array | null> {
	try {
		return yield* read(fd, 16_384);
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

function* send(fd: number, bytes: Uint8Array): Sys<boolean> {
	try {
		yield* write(fd, bytes);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function* endSending(fd: number): Sys<void> {
	try {
		yield* shutdown(fd, 'write');
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

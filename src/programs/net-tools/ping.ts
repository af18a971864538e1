/**
 * ping(8) of iputils 20221126: ICMP echo requests, replies with their round trips, and what errors come back.
 *
 * Reads: a raw ICMP socket; the program is set-user-ID root, since file capabilities are not simulated.
 * Not simulated: IPv6, record route, time stamps, audible and adaptive modes, path MTU discovery.
 */
import { Errno, SIGNAL, type LinkInfo, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { buildIcmp, ICMP_TYPE, parseIcmp } from '#wire/icmp';
import { parseIpv4 } from '#wire/ipv4';
import type { IcmpMessage } from '#wire/packet';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { gai_strerror, getaddrinfo, getnameinfo } from '../libc/netdb';
import { print, printError } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import {
	connect,
	getpid,
	getsockname,
	links,
	poll,
	recvfrom,
	routeTo,
	sendto,
	setsockopt,
	signal,
	socket,
	takeSignals,
	time
} from '../libc/unistd';
import { PING_USAGE } from './usage';

const OPTIONS = new OptionTable([
	'c=',
	'i=',
	'W=',
	'w=',
	's=',
	't=',
	'I=',
	'q',
	'n',
	'f',
	'D',
	'O',
	'v',
	'b',
	'4',
	'V',
	'h',
	'U',
	'L',
	'B',
	'a',
	'A'
]);
const SECOND = 1_000_000;
const DEFAULT_SIZE = 56;
const TIMESTAMP = 16;
/** How long the last reply is waited for when no round trip is known. */
const LINGER = 10 * SECOND;

interface Settings {
	readonly name: string;
	readonly address: number;
	/** Infinity: until it is told to stop */
	readonly count: number;
	readonly interval: number;
	readonly size: number;
	/** -I: the interface, shown with its address */
	readonly device?: LinkInfo;
	readonly quiet: boolean;
	readonly numeric: boolean;
	readonly flood: boolean;
	readonly stamps: boolean;
	readonly deadline: number;
	/** for the last reply */
	readonly timeout: number | undefined;
	readonly ttl: number | undefined;
	readonly broadcast: boolean;
}

export const ping: Main = function* (argv) {
	try {
		const settings = yield* settle(argv);
		if (typeof settings === 'number') return settings;
		return yield* new Ping(settings).run();
	} catch (thrown) {
		if (thrown instanceof UsageError) {
			yield* printError(`ping: ${thrown.message}\n${PING_USAGE}`);
			return 2;
		}
		if (thrown instanceof Errno && thrown.code === 'EACCES') {
			yield* printError('ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n');
			return 2;
		}
		if (thrown instanceof Errno) {
			yield* printError(`ping: connect: ${strerror(thrown)}\n`);
			return 2;
		}
		throw thrown;
	}
};

function* settle(argv: readonly string[]): Sys<Settings | number> {
	const parsed = getopt(argv, OPTIONS);
	if (parsed.has('V')) {
		yield* print(
			'ping from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n'
		);
		return 0;
	}
	const name = parsed.operands.at(-1);
	if (name === undefined) {
		yield* printError('ping: usage error: Destination address required\n');
		return 1;
	}
	for (const [option, low, high] of [
		['c', 1, Number.MAX_SAFE_INTEGER],
		['s', 0, 2_147_483_647],
		['t', 0, 255]
	] as const) {
		const value = parsed.get(option);
		if (value === undefined) continue;
		if (!/^-?\d+$/.test(value)) return yield* refuse(`invalid argument: '${value}'`);
		if (Number(value) < low || Number(value) > high)
			return yield* refuse(
				`invalid argument: '${value}': out of range: ${low} <= value <= ${high === Number.MAX_SAFE_INTEGER ? '9223372036854775807' : high}`
			);
	}
	const garbage = parsed.get('i');
	if (garbage !== undefined && !/^[\d.]+$/.test(garbage))
		yield* printError(
			`ping: option argument contains garbage: ${garbage}\nping: this will become fatal error in the future\n`
		);
	const device = yield* deviceOf(parsed.get('I'));
	if (device === null) return yield* refuse(`SO_BINDTODEVICE ${parsed.get('I')}: No such device`, 2);
	const found = yield* getaddrinfo(name);
	if (!found.ok) return yield* refuse(`${name}: ${gai_strerror(found.error)}`, 2);
	const seconds = (option: string, fallback: number): number =>
		(parseFloat(parsed.get(option) ?? String(fallback)) || 0) * SECOND;
	return {
		name: found.canonicalName,
		address: found.addresses[0]!.address,
		count: Number(parsed.get('c') ?? Infinity),
		interval: parsed.has('f') && !parsed.has('i') ? 10_000 : Math.max(2_000, seconds('i', 1)),
		size: Number(parsed.get('s') ?? DEFAULT_SIZE),
		...(device !== undefined && { device }),
		quiet: parsed.has('q'),
		numeric: parsed.has('n'),
		flood: parsed.has('f'),
		stamps: parsed.has('D'),
		deadline: seconds('w', Infinity),
		timeout: parsed.has('W') ? seconds('W', 0) : undefined,
		ttl: parsed.has('t') ? Number(parsed.get('t')) : undefined,
		broadcast: parsed.has('b')
	};
}

/** @returns null when there is no such interface */
function* deviceOf(name: string | undefined): Sys<LinkInfo | null | undefined> {
	if (name === undefined || parseIpv4Address(name) !== undefined) return undefined;
	return (yield* links()).find((card) => card.name === name) ?? null;
}

function* refuse(message: string, status = 1): Sys<number> {
	yield* printError(`ping: ${message}\n`);
	return status;
}

class Ping {
	#fd = -1;
	#identifier = 0;
	#own = 0;
	#sent = 0;
	#received = 0;
	#errors = 0;
	#duplicates = 0;
	/** the most requests that were on their way at once */
	#pipe = 0;
	readonly #sentAt = new Map<number, number>();
	readonly #answered = new Set<number>();
	readonly #trips: number[] = [];
	#names = new Map<number, string>();

	constructor(readonly settings: Settings) {}

	*run(): Sys<number> {
		const { settings } = this;
		yield* this.#open();
		const { device } = settings;
		const from = device ? `from ${formatIpv4Address(this.#own)} ${device.name}: ` : '';
		yield* print(
			`PING ${settings.name} (${formatIpv4Address(settings.address)}) ${from}${settings.size}(${settings.size + 28}) bytes of data.\n`
		);
		const start = yield* time();
		let last = start;
		while (this.#sent < settings.count) {
			last = yield* time();
			if (!(yield* this.#send(last))) break;
			const next = last + settings.interval;
			const isLast = this.#sent >= settings.count;
			const until = Math.min(isLast ? last + (yield* this.#linger()) : next, start + settings.deadline);
			if (!(yield* this.#listen(until, isLast)) || (yield* time()) >= start + settings.deadline) break;
		}
		yield* this.#statistics(last - start);
		/* with a deadline all that were asked for must have come */
		const wanted = settings.deadline < Infinity && settings.count < Infinity ? settings.count : 1;
		return this.#received >= wanted ? 0 : 1;
	}

	*#open(): Sys<void> {
		const { address, ttl, broadcast } = this.settings;
		const target = { family: 'inet', address, port: 1025 } as const;
		this.#fd = yield* socket('inet', 'raw', 1);
		yield* routeTo(address);
		const probe = yield* socket('inet', 'dgram');
		try {
			yield* connect(probe, target);
		} catch (thrown) {
			if (!broadcast || !(thrown instanceof Errno) || thrown.code !== 'EACCES') throw thrown;
			yield* printError('WARNING: pinging broadcast address\n');
			for (const fd of [probe, this.#fd]) yield* setsockopt(fd, 'broadcast', 1);
			yield* connect(probe, target);
		}
		const own = yield* getsockname(probe);
		if (own.family === 'inet') this.#own = own.address;
		if (ttl !== undefined) yield* setsockopt(this.#fd, 'ttl', ttl);
		this.#identifier = (yield* getpid()) & 0xffff;
		yield* signal(SIGNAL.SIGINT, 'catch');
	}

	*#send(now: number): Sys<boolean> {
		const sequence = ++this.#sent & 0xffff;
		const payload = new Uint8Array(this.settings.size);
		for (let i = 0; i < payload.length; i++) payload[i] = i & 0xff;
		if (payload.length >= TIMESTAMP)
			new DataView(payload.buffer).setBigUint64(0, BigInt(Math.floor(now / SECOND)), true);
		const rest = this.#identifier * 0x10000 + sequence;
		const message: IcmpMessage = { kind: 'icmp', type: ICMP_TYPE.echoRequest, code: 0, rest, payload };
		this.#sentAt.set(sequence, now);
		try {
			yield* sendto(this.#fd, buildIcmp(message), { family: 'inet', address: this.settings.address, port: 0 });
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code === 'EINTR') return false;
			yield* printError(`ping: sendmsg: ${strerror(thrown)}\n`);
			this.#errors++;
		}
		return true;
	}

	/** After the last request: twice the longest round trip, or -W, or ten seconds. */
	*#linger(): Sys<number> {
		const { timeout } = this.settings;
		if (timeout !== undefined) return timeout;
		return this.#trips.length > 0 ? Math.max(2 * Math.max(...this.#trips), SECOND) : LINGER;
	}

	/** Takes replies until a time. @returns false when Ctrl-C was pressed */
	*#listen(until: number, isLast: boolean): Sys<boolean> {
		for (;;) {
			if (isLast && this.#answered.size + this.#errors >= this.#sent) return true;
			const left = until - (yield* time());
			if (left <= 0) return true;
			try {
				const ready = yield* poll([{ fd: this.#fd, read: true }], left);
				if (ready.length > 0) yield* this.#take();
			} catch (thrown) {
				if (!(thrown instanceof Errno) || thrown.code !== 'EINTR') throw thrown;
			}
			if ((yield* takeSignals()).includes(SIGNAL.SIGINT)) return false;
		}
	}

	*#take(): Sys<void> {
		const { bytes } = yield* recvfrom(this.#fd, 65_536);
		const now = yield* time();
		const packet = parseIpv4(bytes);
		if (packet?.payload.kind !== 'icmp') return;
		const message = packet.payload;
		const sequence = message.rest & 0xffff;
		if (message.type === ICMP_TYPE.echoReply) {
			if (message.rest >>> 16 !== this.#identifier) return;
			yield* this.#reply(packet.source, packet.ttl, sequence, message.payload.length + 8, now);
		} else if (message.type === 3 || message.type === 11) yield* this.#error(packet.source, message);
	}

	*#reply(from: number, ttl: number, sequence: number, length: number, now: number): Sys<void> {
		const sentAt = this.#sentAt.get(sequence);
		const isDuplicate = this.#answered.has(sequence);
		this.#answered.add(sequence);
		if (isDuplicate) this.#duplicates++;
		else this.#received++;
		const timed = this.settings.size >= TIMESTAMP && sentAt !== undefined;
		if (timed) this.#trips.push(now - sentAt);
		if (this.settings.quiet || this.settings.flood) return;
		const stamp = this.settings.stamps ? `[${(now / SECOND).toFixed(6)}] ` : '';
		const trip = timed ? ` time=${milliseconds(now - sentAt)} ms` : '';
		yield* print(
			`${stamp}${length} bytes from ${yield* this.#nameOf(from)}: icmp_seq=${sequence} ttl=${ttl}${trip}${isDuplicate ? ' (DUP!)' : ''}\n`
		);
	}

	/** An error about one of our own requests. */
	*#error(from: number, message: IcmpMessage): Sys<void> {
		const inner = parseIpv4(message.payload);
		if (!inner || inner.destination !== this.settings.address || inner.source !== this.#own) return;
		const about =
			inner.payload.kind === 'icmp'
				? inner.payload
				: inner.payload.kind === 'raw'
					? parseIcmp(inner.payload.bytes)
					: undefined;
		if (about?.kind !== 'icmp' || about.rest >>> 16 !== this.#identifier) return;
		this.#pipe = Math.max(this.#pipe, this.#sent - (about.rest & 0xffff) + 1);
		this.#errors++;
		if (this.settings.quiet) return;
		yield* print(`From ${yield* this.#nameOf(from)} icmp_seq=${about.rest & 0xffff} ${describe(message)}\n`);
	}

	*#nameOf(address: number): Sys<string> {
		const text = formatIpv4Address(address);
		if (this.settings.numeric || this.settings.name === formatIpv4Address(this.settings.address)) return text;
		const known = this.#names.get(address);
		if (known !== undefined) return known;
		const found = yield* getnameinfo(address);
		const shown = found.ok ? `${found.name} (${text})` : text;
		this.#names.set(address, shown);
		return shown;
	}

	*#statistics(elapsed: number): Sys<void> {
		const { name } = this.settings;
		const loss = this.#sent === 0 ? 0 : ((this.#sent - this.#received) / this.#sent) * 100;
		const extra =
			(this.#duplicates > 0 ? `+${this.#duplicates} duplicates, ` : '') +
			(this.#errors > 0 ? `+${this.#errors} errors, ` : '');
		const percent = String(Number(loss.toPrecision(6)));
		let text = `\n--- ${name} ping statistics ---\n${this.#sent} packets transmitted, ${this.#received} received, ${extra}${percent}% packet loss, time ${Math.floor(elapsed / 1000)}ms\n`;
		if (this.#trips.length > 0) {
			const mean = this.#trips.reduce((sum, trip) => sum + trip, 0) / this.#trips.length;
			const square = this.#trips.reduce((sum, trip) => sum + trip * trip, 0) / this.#trips.length;
			const deviation = Math.sqrt(Math.max(0, square - mean * mean));
			const figures = [Math.min(...this.#trips), mean, Math.max(...this.#trips), deviation].map((trip) =>
				(Math.floor(trip) / 1000).toFixed(3)
			);
			text += `rtt min/avg/max/mdev = ${figures.join('/')} ms\n`;
		} else text += this.#pipe > 1 ? `pipe ${this.#pipe}\n` : '\n';
		yield* print(text);
	}
}

/** Three digits that count: 0.396, 12.3, 123. */
function milliseconds(trip: number): string {
	if (trip >= 100_000) return String(Math.floor(trip / 1000));
	if (trip >= 10_000) return (Math.floor(trip / 100) / 10).toFixed(1);
	if (trip >= 1000) return (Math.floor(trip / 10) / 100).toFixed(2);
	return (trip / 1000).toFixed(3);
}

const UNREACHABLE: Readonly<Record<number, string>> = {
	0: 'Destination Net Unreachable',
	1: 'Destination Host Unreachable',
	2: 'Destination Protocol Unreachable',
	3: 'Destination Port Unreachable',
	5: 'Source Route Failed',
	6: 'Destination Net Unknown',
	7: 'Destination Host Unknown',
	8: 'Source Host Isolated',
	9: 'Destination Net Prohibited',
	10: 'Destination Host Prohibited',
	13: 'Packet filtered',
	14: 'Precedence Violation',
	15: 'Precedence Cutoff'
};

function describe(message: IcmpMessage): string {
	if (message.type === 11) return message.code === 0 ? 'Time to live exceeded' : 'Frag reassembly time exceeded';
	if (message.code === 4) return `Frag needed and DF set (mtu = ${message.rest & 0xffff})`;
	return UNREACHABLE[message.code] ?? `Dest Unreachable, Bad Code: ${message.code}`;
}

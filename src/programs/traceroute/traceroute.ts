/**
 * traceroute(1), 2.1.2 of Debian 12: which routers a packet passes.
 *
 * Does: probes with a growing TTL, sixteen at once, by UDP to ports that nobody uses (the default), to one port (-U), by
 *       ICMP echo (-I) or TCP SYN (-T); prints hops in order, with the marks of ICMP errors (!H, !N, !X …); does not wait
 *       long for a probe whose hop answered others.
 * Set-user-ID root, since the kernel does not hand ICMP errors to the sockets that caused them (IP_RECVERR); -I and -T are
 * for root as with the real one.
 * Not simulated: IPv6, source routing, AS paths, --mtu, UDPLITE, DCCP, raw IP.
 */
import { Errno, O, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { buildIcmp } from '#wire/icmp';
import { buildIpv4, parseIpv4 } from '#wire/ipv4';
import { PROTOCOL, TCP, type IcmpMessage, type Ipv4Packet } from '#wire/packet';
import { buildTcp } from '#wire/tcp';
import { gai_strerror, getaddrinfo, getnameinfo } from '../libc/netdb';
import { print, printError } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { bind, close, connect, getcred, getpid, getsockname, links, poll, recvfrom } from '../libc/unistd';
import { getrandom, routeTo, sendto, setfl, setsockopt, socket, time } from '../libc/unistd';
import { checkOptions, parseOptions, TraceExit, type TraceOptions } from './options';
import { TRACEROUTE_USAGE } from './usage';

const IPPROTO_RAW = 255;
const ETH_P_IP = 0x0800;
const SECOND = 1_000_000;
/** added to a known round trip before it is multiplied, microseconds */
const PRECISION = 1000;
const FIRST_PORT = 33_434;
const DEFAULT_LENGTH = 60;
const HEADERS = { default: 28, udp: 28, icmp: 28, tcp: 40 } as const;

export const traceroute: Main = function* (argv) {
	try {
		const options = parseOptions(argv.slice(1), TRACEROUTE_USAGE);
		const found = yield* getaddrinfo(options.host);
		if (!found.ok || options.isIpv6) {
			const why = gai_strerror(found.ok ? 'EAI_NONAME' : found.error);
			const place = `on position 1 (argc ${options.hostAt})`;
			throw new TraceExit(2, `${options.host}: ${why}\nCannot handle "host" cmdline arg \`${options.host}' ${place}\n`);
		}
		checkOptions(options);
		const { uid } = yield* getcred();
		if (uid !== 0 && (options.method === 'icmp' || options.method === 'tcp'))
			throw new TraceExit(
				1,
				'You do not have enough privileges to use this traceroute method.\nsocket: Operation not permitted\n'
			);
		return yield* new Trace(options, found.addresses[0]!.address).run();
	} catch (thrown) {
		if (!(thrown instanceof TraceExit)) throw thrown;
		yield* print(thrown.stdout);
		yield* printError(thrown.stderr);
		return thrown.status;
	}
};

interface Probe {
	readonly hop: number;
	sentAt: number;
	/** microseconds; undefined: no answer yet */
	trip: number | undefined;
	from: number;
	/** "!H", or what a TCP answer had set */
	mark: string;
	info: string;
	/** it came to an end of the way */
	isFinal: boolean;
	isDone: boolean;
	fd: number;
	/** what an answer quotes of it */
	key: string;
}

const ERRORS: Readonly<Record<number, string>> = {
	0: '!N',
	1: '!H',
	2: '!P',
	3: '',
	5: '!S',
	6: '!N',
	7: '!H',
	9: '!X',
	10: '!X',
	11: '!N',
	12: '!H',
	13: '!X',
	14: '!V',
	15: '!C'
};
const FLAG_NAMES = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'];

class Trace {
	readonly #probes: Probe[] = [];
	readonly #byKey = new Map<string, Probe>();
	readonly #length: number;
	#ear = -1;
	#raw = -1;
	#own = 0;
	#identifier = 0;
	#sequence = 0;
	#now = 0;
	/** index behind the last probe of the last hop */
	#end: number;
	#lastSent = -Infinity;

	constructor(
		readonly options: TraceOptions,
		readonly address: number
	) {
		const { most, first, queries, length, method } = options;
		for (let hop = first; hop <= most; hop++)
			for (let i = 0; i < queries; i++)
				this.#probes.push({
					hop,
					sentAt: 0,
					trip: undefined,
					from: 0,
					mark: '',
					info: '',
					isFinal: false,
					isDone: false,
					fd: -1,
					key: ''
				});
		this.#end = this.#probes.length;
		const wanted = length ?? (options.flags === undefined ? DEFAULT_LENGTH : HEADERS.tcp);
		this.#length = Math.max(wanted, HEADERS[method]);
	}

	*run(): Sys<number> {
		const { host, most } = this.options;
		yield* print(
			`traceroute to ${host} (${formatIpv4Address(this.address)}), ${most} hops max, ${this.#length} byte packets`
		);
		try {
			yield* this.#open();
			yield* this.#loop();
		} catch (thrown) {
			if (!(thrown instanceof Trouble)) throw thrown;
			yield* printError(`\n${thrown.call}: ${strerror(thrown.error)}\n`);
			return 1;
		}
		yield* print('\n');
		return 0;
	}

	*#open(): Sys<void> {
		const { device, source } = this.options;
		if (device !== undefined && !(yield* links()).some(({ name }) => name === device))
			throw new Trouble('setsockopt SO_BINDTODEVICE', new Errno('ENODEV'));
		this.#ear = yield* socket('packet', 'dgram', ETH_P_IP);
		yield* setfl(this.#ear, O.NONBLOCK);
		this.#raw = yield* socket('inet', 'raw', IPPROTO_RAW);
		this.#identifier = (yield* getpid()) & 0xffff;
		const dice = new DataView((yield* getrandom(8)).slice().buffer);
		this.#sequence = dice.getUint32(0);
		const asked = source === undefined ? undefined : parseIpv4Address(source);
		if (asked !== undefined) {
			const fd = yield* socket('inet', 'dgram');
			yield* this.#try('bind', bind(fd, { family: 'inet', address: asked, port: 0 }));
			yield* close(fd);
		}
		this.#own = asked ?? (yield* this.#try('connect', routeTo(this.address))).source;
	}

	*#try<T>(call: string, attempt: Sys<T>): Sys<T> {
		try {
			return yield* attempt;
		} catch (thrown) {
			if (thrown instanceof Errno) throw new Trouble(call, thrown);
			throw thrown;
		}
	}

	*#loop(): Sys<void> {
		let shown = 0;
		let next = 0;
		const together = Math.max(1, this.options.together);
		while (shown < this.#end) {
			this.#now = yield* time();
			const waiting = this.#probes.slice(shown, next).filter(({ isDone }) => !isDone).length;
			if (next < this.#end && waiting < together && this.#now >= this.#lastSent + this.options.pause) {
				yield* this.#send(next++);
				continue;
			}
			yield* this.#hear(this.#patience(shown, next));
			this.#expire(shown, next);
			while (shown < this.#end && shown < next && this.#probes[shown]!.isDone) yield* this.#show(shown++);
		}
		for (const { fd } of this.#probes.slice(0, next)) if (fd >= 0) yield* close(fd);
	}

	/* ---- sending --------------------------------------------------------------------------------------------------- */

	*#send(index: number): Sys<void> {
		const probe = this.#probes[index]!;
		this.#now = yield* time();
		probe.sentAt = this.#lastSent = this.#now;
		const { method, tos } = this.options;
		if (method === 'default' || method === 'udp') yield* this.#sendUdp(probe, index);
		else {
			const payload = method === 'icmp' ? this.#echo(probe, index) : this.#segment(probe, index);
			const packet = buildIpv4({
				kind: 'ipv4',
				tos,
				identification: 0,
				dontFragment: this.options.dontFragment,
				moreFragments: false,
				fragmentOffset: 0,
				ttl: probe.hop,
				protocol: method === 'icmp' ? PROTOCOL.icmp : PROTOCOL.tcp,
				source: this.#own,
				destination: this.address,
				options: new Uint8Array(0),
				payload: { kind: 'raw', bytes: payload }
			});
			yield* this.#try('send', sendto(this.#raw, packet, { family: 'inet', address: this.address, port: 0 }));
		}
		this.#byKey.set(probe.key, probe);
	}

	/** A socket of its own for each probe, so that no two have the same ports. */
	*#sendUdp(probe: Probe, index: number): Sys<void> {
		const { method, port, tos, sourcePort } = this.options;
		const to = (method === 'udp' ? (port ?? 53) : (port ?? FIRST_PORT) + index) & 0xffff;
		const fd = yield* socket('inet', 'dgram');
		probe.fd = fd;
		yield* setsockopt(fd, 'ttl', probe.hop);
		if (tos !== 0) yield* setsockopt(fd, 'tos', tos & 255);
		if (sourcePort !== undefined) yield* setsockopt(fd, 'reuseaddr', 1);
		if (sourcePort !== undefined || this.options.source !== undefined)
			yield* this.#try('bind', bind(fd, { family: 'inet', address: this.#own, port: sourcePort ?? 0 }));
		yield* this.#try('connect', connect(fd, { family: 'inet', address: this.address, port: to }));
		const local = yield* getsockname(fd);
		probe.key = `udp ${local.family === 'inet' ? local.port : 0} ${to}`;
		const data = Uint8Array.from({ length: this.#length - HEADERS.udp }, (_, i) => 0x40 + (i & 0x3f));
		yield* this.#try('send', sendto(fd, data));
	}

	#echo(probe: Probe, index: number): Uint8Array {
		const sequence = ((this.options.port ?? 1) + index) & 0xffff;
		probe.key = `icmp ${this.#identifier} ${sequence}`;
		const payload = Uint8Array.from({ length: this.#length - HEADERS.icmp }, (_, i) => 0x40 + (i & 0x3f));
		return buildIcmp({ kind: 'icmp', type: 8, code: 0, rest: this.#identifier * 0x10000 + sequence, payload });
	}

	#segment(probe: Probe, index: number): Uint8Array {
		const { port = 80, flags = TCP.syn, sourcePort } = this.options;
		const from = sourcePort ?? 32_768 + ((this.#identifier * 97 + index) % 28_000);
		const to = port & 0xffff;
		probe.key = `tcp ${from} ${to}`;
		return buildTcp(
			{
				kind: 'tcp',
				sourcePort: from,
				destinationPort: to,
				sequence: this.#sequence,
				acknowledgement: 0,
				flags,
				window: 5840,
				urgentPointer: 0,
				options:
					flags === TCP.syn
						? [
								{ kind: 'mss', value: 1460 },
								{ kind: 'sack-permitted' },
								{ kind: 'timestamps', value: (this.#sequence ^ index) >>> 0, echo: 0 },
								{ kind: 'nop' },
								{ kind: 'window-scale', shift: 2 }
							]
						: [],
				payload: new Uint8Array(0)
			},
			this.#own,
			this.address
		);
	}

	/* ---- hearing --------------------------------------------------------------------------------------------------- */

	/** How long until the first probe runs out or the next may be sent, microseconds. */
	#patience(from: number, to: number): number {
		let until = this.#now + 10 * SECOND;
		for (let i = from; i < to; i++) {
			const probe = this.#probes[i]!;
			if (!probe.isDone) until = Math.min(until, probe.sentAt + this.#timeout(i));
		}
		if (this.options.pause > 0 && to < this.#end) until = Math.min(until, this.#lastSent + this.options.pause);
		return Math.max(0, until - this.#now);
	}

	/** Where the same hop or a later one has answered, a probe is given up sooner. */
	#timeout(index: number): number {
		const [max, here, near] = this.options.wait;
		const { hop } = this.#probes[index]!;
		const answered = (probe: Probe): boolean => probe.trip !== undefined;
		const limit = max * SECOND;
		const bounded = (probe: Probe, factor: number): number => Math.min(limit, (probe.trip! + PRECISION) * factor);
		const same = here > 0 ? this.#probes.find((probe) => probe.hop === hop && answered(probe)) : undefined;
		if (same) return bounded(same, here);
		const later = near > 0 ? this.#probes.find((probe) => probe.hop > hop && answered(probe)) : undefined;
		return later ? bounded(later, near) : limit;
	}

	*#hear(microseconds: number): Sys<void> {
		yield* poll([{ fd: this.#ear, read: true }], Math.ceil(microseconds));
		this.#now = yield* time();
		for (;;) {
			try {
				const { bytes } = yield* recvfrom(this.#ear, 65_536);
				this.#take(bytes);
			} catch (thrown) {
				if (thrown instanceof Errno && thrown.code === 'EAGAIN') return;
				throw thrown;
			}
		}
	}

	#take(bytes: Uint8Array): void {
		const packet = parseIpv4(bytes);
		if (!packet) return;
		const { payload, source } = packet;
		if (payload.kind === 'icmp' && (payload.type === 3 || payload.type === 11)) return this.#takeError(source, payload);
		if (source !== this.address) return;
		if (payload.kind === 'icmp' && payload.type === 0)
			this.#answer(`icmp ${payload.rest >>> 16} ${payload.rest & 0xffff}`, source, '', true);
		else if (payload.kind === 'udp')
			this.#answer(`udp ${payload.destinationPort} ${payload.sourcePort}`, source, '', true);
		else if (payload.kind === 'tcp') {
			const set = FLAG_NAMES.filter((_, bit) => payload.flags & (1 << bit));
			const info = this.options.info ? ` <${set.join(',')}>` : '';
			this.#answer(`tcp ${payload.destinationPort} ${payload.sourcePort}`, source, '', true, info);
		}
	}

	#takeError(from: number, { type, code, rest, payload }: IcmpMessage): void {
		const about = parseIpv4(payload);
		if (!about || about.destination !== this.address) return;
		const key = keyOf(about);
		const mark = type === 11 ? '' : code === 4 ? `!F-${rest & 0xffff}` : (ERRORS[code] ?? `!<${code}>`);
		this.#answer(key, from, mark, type === 3);
	}

	#answer(key: string, from: number, mark: string, isFinal: boolean, info = ''): void {
		const probe = this.#byKey.get(key);
		if (!probe || probe.isDone) return;
		probe.trip = this.#now - probe.sentAt;
		probe.from = from;
		probe.mark = mark;
		probe.info = info;
		probe.isFinal = isFinal;
		probe.isDone = true;
		if (!isFinal) return;
		const end = this.#probes.findIndex(({ hop }) => hop > probe.hop);
		if (end >= 0) this.#end = Math.min(this.#end, end);
	}

	#expire(from: number, to: number): void {
		for (let i = from; i < to; i++) {
			const probe = this.#probes[i]!;
			if (!probe.isDone && this.#now >= probe.sentAt + this.#timeout(i)) probe.isDone = true;
		}
	}

	/* ---- showing --------------------------------------------------------------------------------------------------- */

	*#show(index: number): Sys<void> {
		const probe = this.#probes[index]!;
		const isFirst = index % this.options.queries === 0;
		let text = isFirst ? `\n${String(probe.hop).padStart(2)} ` : '';
		if (probe.trip === undefined) return yield* print(`${text} *`);
		const before = this.#probes.slice(index - (index % this.options.queries), index);
		const previous = before.findLast(({ trip }) => trip !== undefined);
		if (previous?.from !== probe.from) text += yield* this.#nameOf(probe.from);
		if (previous?.info !== probe.info) text += probe.info;
		text += `  ${(probe.trip / 1000).toFixed(3)} ms`;
		if (probe.mark !== '') text += ` ${probe.mark}`;
		yield* print(text);
	}

	*#nameOf(address: number): Sys<string> {
		const text = formatIpv4Address(address);
		if (this.options.numeric) return ` ${text}`;
		const found = yield* getnameinfo(address);
		return ` ${found.ok ? found.name : text} (${text})`;
	}
}

/** A system call that failed: the way is not begun, or ends here. */
class Trouble {
	constructor(
		readonly call: string,
		readonly error: Errno
	) {}
}

/** Which of our packets an error quotes; eight bytes behind the header are enough. */
function keyOf({ protocol, payload }: Ipv4Packet): string {
	if (payload.kind === 'udp' || payload.kind === 'tcp')
		return `${payload.kind} ${payload.sourcePort} ${payload.destinationPort}`;
	if (payload.kind === 'icmp') return `icmp ${payload.rest >>> 16} ${payload.rest & 0xffff}`;
	const { bytes } = payload;
	const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
	if (protocol === PROTOCOL.icmp) return `icmp ${word(4)} ${word(6)}`;
	return `${protocol === PROTOCOL.tcp ? 'tcp' : 'udp'} ${word(0)} ${word(2)}`;
}

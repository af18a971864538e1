/**
 * hping3(8), 3.0.0-alpha-2 of Debian 12: single packets with any flags, and what comes back.
 *
 * Does: TCP, UDP, ICMP and raw IP packets by a raw socket, one a second or as -i, -c and --flood say; tells of every answer
 *       that a packet socket hears; -T counts the TTL up; `scan.ts` has --scan.
 * Reads: /etc/services and names through the C library.
 * Not simulated: what `options.ts` lists. A scan that meets an ICMP error goes on (the real one of Debian 12 breaks off
 *       with "buffer overflow detected").
 */
import { Errno, O, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { buildIpv4, parseIpv4 } from '#wire/ipv4';
import { buildTcp } from '#wire/tcp';
import { TCP, type IcmpMessage, type Ipv4Packet, type TcpSegment } from '#wire/packet';
import { getaddrinfo, getnameinfo } from '../libc/netdb';
import { print, printError, readFile } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import { getcred, getrandom, links, poll, preempt, recvfrom, routeTo, sendto, setfl, signal } from '../libc/unistd';
import { bind, socket, takeSignals, time, ttyname } from '../libc/unistd';
import { HpingExit, parseOptions, type HpingOptions } from './options';
import { buildShot, HEADERS, ICMP_TYPES, type Shot } from './packet';
import { scan } from './scan';
import { HPING_USAGE } from './usage';

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const IPPROTO_RAW = 255;
const ETH_P_IP = 0x0800;
const FRAME = 65_536;
/** the last answer is waited for that long */
const LINGER = SECOND;
/** packets that are remembered to tell the round trip (TABLESIZE) */
const REMEMBERED = 400;
const DEFAULT_TTL = 64;

export const hping3: Main = function* (argv) {
	try {
		if (argv.length === 1) return yield* shell();
		const options = parseOptions(argv.slice(1), HPING_USAGE);
		if (options.host === undefined)
			throw new HpingExit(1, "hping3: missing host argument\nTry `hping3 --help' for more information.\n");
		return yield* start(options, options.host);
	} catch (thrown) {
		if (!(thrown instanceof HpingExit)) throw thrown;
		yield* print(thrown.stdout);
		yield* printError(thrown.stderr);
		return thrown.status;
	}
};

/** Without arguments the real one reads Tcl. */
function* shell(): Sys<number> {
	try {
		yield* ttyname(0);
	} catch (thrown) {
		if (thrown instanceof Errno) return 0;
		throw thrown;
	}
	yield* printError('hping3: the Tcl shell is not simulated here; hping3 --help lists the options\n');
	return 1;
}

/** What a run needs to know of its surroundings. */
export interface Ground {
	readonly name: string;
	readonly address: number;
	readonly device: string;
	readonly own: number;
	readonly mtu: number;
	readonly out: number;
	readonly in: number;
}

function* start(options: HpingOptions, name: string): Sys<number> {
	const found = yield* getaddrinfo(name);
	if (!found.ok) throw new HpingExit(1, '', `Unable to resolve '${name}'\n`);
	const { address } = found.addresses[0]!;
	const { device, own, mtu } = yield* route(options, address);
	if ((yield* getcred()).euid !== 0)
		throw new HpingExit(1, "[main] can't open raw socket\n", '[open_sockraw] socket(): Operation not permitted\n');
	const out = yield* socket('inet', 'raw', IPPROTO_RAW);
	const ear = yield* socket('packet', 'dgram', ETH_P_IP);
	yield* bind(ear, { family: 'packet', interface: device });
	yield* setfl(ear, O.NONBLOCK);
	yield* signal(SIGNAL.SIGINT, 'catch');
	yield* signal(SIGNAL.SIGTERM, 'catch');
	if (options.verbose) yield* print(`using ${device}, addr: ${formatIpv4Address(own)}, MTU: ${mtu}\n`);
	const ground: Ground = { name, address, device, own, mtu, out, in: ear };
	return options.mode === 'scan' ? yield* scan(options, ground) : yield* new Hping(options, ground).run();
}

function* route(options: HpingOptions, address: number): Sys<{ device: string; own: number; mtu: number }> {
	const cards = yield* links();
	const lo = { device: 'lo', own: 0x7f000001, mtu: 65_536 };
	if (options.device !== undefined) {
		const card = cards.find(({ name }) => name === options.device);
		return card ? { device: card.name, own: card.addresses[0]?.address ?? 0, mtu: card.mtu } : lo;
	}
	try {
		const way = yield* routeTo(address);
		const card = cards.find(({ name }) => name === way.interface);
		return { device: way.interface, own: way.source, mtu: card?.mtu ?? 1500 };
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new HpingExit(1, `[get_if_name] no route to host\n`);
	}
}

const FLAG_LETTERS = [
	[TCP.rst, 'R'],
	[TCP.syn, 'S'],
	[TCP.ack, 'A'],
	[TCP.fin, 'F'],
	[TCP.psh, 'P'],
	[TCP.urg, 'U'],
	[TCP.ece, 'X'],
	[TCP.cwr, 'Y']
] as const;

export function flagLetters(flags: number): string {
	return FLAG_LETTERS.map(([bit, letter]) => (flags & bit ? letter : '')).join('');
}

const MODE_NAMES = { icmp: 'icmp mode', udp: 'udp mode', raw: 'raw IP mode' } as const;
const UNREACHABLE: Readonly<Record<number, string>> = {
	0: 'Network Unreachable from',
	1: 'Host Unreachable from',
	2: 'Protocol Unreachable from',
	3: 'Port Unreachable from',
	4: 'Fragmentation Needed/DF set from',
	5: 'Source Route Failed from',
	13: 'Packet filtered from',
	14: 'Precedence violation from',
	15: 'precedence cut off from'
};
const ERASED = 'get hostname...'.length;

class Hping {
	#sent = 0;
	#received = 0;
	#trips = { least: Infinity, sum: 0, count: 0, most: 0 };
	#basePort = 0;
	#port: number;
	#ttl: number;
	#icmpId = 0;
	#identification = 0;
	#data: Uint8Array = new Uint8Array(0);
	#lastId = 0;
	#lastSequence = 0;
	#lastFlags = 0;
	#stop = false;
	/** number of the packet → when it was sent, and whether it was answered */
	readonly #shots = new Map<number, { at: number; answered: boolean }>();

	constructor(
		readonly options: HpingOptions,
		readonly ground: Ground
	) {
		this.#port = options.port & 0xffff;
		this.#ttl = options.ttl || (options.traceroute ? 1 : DEFAULT_TTL);
	}

	*run(): Sys<number> {
		const { options, ground } = this;
		const dice = new DataView((yield* getrandom(8)).slice().buffer);
		this.#basePort = options.sourcePort ?? 1025 + (dice.getUint16(0) % 2000);
		this.#icmpId = dice.getUint16(2);
		this.#identification = options.identification ?? dice.getUint16(4);
		yield* this.#fill();
		const { mode } = options;
		const letters = flagLetters(options.flags) || 'NO FLAGS are';
		const what = mode === 'tcp' || mode === 'scan' ? letters : MODE_NAMES[mode];
		yield* print(
			`HPING ${ground.name} (${ground.device} ${formatIpv4Address(ground.address)}): ${what} set, ${HEADERS[mode]} headers + ${options.size} data bytes\n`
		);
		if (mode === 'icmp' && !ICMP_TYPES.has(options.icmpType))
			throw new HpingExit(1, '[send_icmp] Unsupported icmp type!\n');
		if (options.flood) yield* printError('hping in flood mode, no replies will be shown\n');
		yield* this.#loop();
		yield* this.#statistics();
		if (options.exitCode) return this.#lastFlags;
		return this.#received > 0 ? 0 : 1;
	}

	*#fill(): Sys<void> {
		const { size, file, signature } = this.options;
		const data = new Uint8Array(size).fill(88);
		if (file !== undefined) {
			try {
				data.fill(0);
				data.set((yield* readFile(file)).subarray(0, size));
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				throw new HpingExit(1, '', `[datahandler] open: ${strerror(thrown)}\n`);
			}
		}
		data.set(encode(signature).subarray(0, size));
		this.#data = data;
	}

	*#loop(): Sys<void> {
		const { count, flood, interval } = this.options;
		while (this.#sent < count && !this.#stop) {
			const now = yield* time();
			yield* this.#shoot(now);
			if (flood) {
				yield* preempt();
				yield* this.#signals();
				continue;
			}
			const isLast = this.#sent >= count;
			yield* this.#listen(now + (isLast ? LINGER : interval), isLast);
		}
		if (flood && !this.#stop) yield* this.#listen((yield* time()) + LINGER, true);
	}

	*#signals(): Sys<void> {
		if ((yield* takeSignals()).length > 0) this.#stop = true;
	}

	/* ---- sending --------------------------------------------------------------------------------------------------- */

	*#shoot(now: number): Sys<void> {
		const { options, ground } = this;
		const number = this.#sent++;
		const dice = new DataView((yield* getrandom(16)).slice().buffer);
		const shot: Shot = {
			source: yield* this.#source(dice.getUint32(8)),
			destination: ground.address,
			sourcePort: (this.#basePort + (options.keep ? 0 : number)) & 0xffff,
			port: this.#port,
			ttl: this.#ttl,
			identification: options.identification ?? (this.#identification + number) & 0xffff,
			sequence: options.sequence ?? dice.getUint32(0),
			acknowledgement: options.acknowledgement ?? dice.getUint32(4),
			icmpId: this.#icmpId,
			icmpSequence: number & 0xffff,
			sinceMidnight: now % DAY,
			data: this.#data
		};
		this.#shots.set(options.keep ? 0 : number, {
			at: now,
			answered: this.#shots.get(0)?.answered === true && options.keep
		});
		if (this.#shots.size > REMEMBERED) this.#shots.delete(this.#shots.keys().next().value!);
		if (options.portGrows === 'packet') this.#port = (this.#port + 1) & 0xffff;
		for (const bytes of buildShot(options, shot, ground.mtu)) {
			try {
				yield* sendto(ground.out, bytes, { family: 'inet', address: ground.address, port: 0 });
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code === 'EINTR') return;
				yield* this.#statistics();
				throw new HpingExit(1, '', `[send_ip] sendto: ${strerror(thrown)}\n`);
			}
		}
	}

	*#source(random: number): Sys<number> {
		const { spoof, randomSource } = this.options;
		if (randomSource) return random;
		if (spoof === undefined) return this.ground.own;
		const found = yield* getaddrinfo(spoof);
		if (!found.ok) throw new HpingExit(1, '', `Unable to resolve '${spoof}'\n`);
		return found.addresses[0]!.address;
	}

	/* ---- hearing --------------------------------------------------------------------------------------------------- */

	/** @param isLast no more will be sent: go when all are answered */
	*#listen(until: number, isLast: boolean): Sys<void> {
		for (;;) {
			yield* this.#signals();
			if (this.#stop || (isLast && this.#received >= this.options.count)) return;
			const left = until - (yield* time());
			if (left <= 0) return;
			try {
				const ready = yield* poll([{ fd: this.ground.in, read: true }], left);
				if (ready.length === 0) continue;
				const { bytes } = yield* recvfrom(this.ground.in, FRAME);
				yield* this.#take(bytes);
			} catch (thrown) {
				if (!(thrown instanceof Errno) || (thrown.code !== 'EINTR' && thrown.code !== 'EAGAIN')) throw thrown;
			}
		}
	}

	*#take(bytes: Uint8Array): Sys<void> {
		const packet = parseIpv4(bytes);
		if (!packet || packet.destination !== this.ground.own) return;
		const now = yield* time();
		const { payload } = packet;
		const fromTarget = packet.source === this.ground.address;
		if (payload.kind === 'icmp' && (payload.type === 3 || payload.type === 11))
			yield* this.#error(packet, payload, now);
		else if (!fromTarget) return;
		else if (payload.kind === 'tcp' && this.options.mode === 'tcp')
			yield* this.#tcp(packet, payload, bytes.length, now);
		else if (payload.kind === 'udp' && this.options.mode === 'udp')
			yield* this.#udp(packet, payload.destinationPort, bytes.length, now);
		else if (payload.kind === 'icmp' && this.options.mode === 'icmp') yield* this.#icmp(packet, payload, bytes, now);
		else if (packet.moreFragments && this.options.mode === 'icmp') yield* this.#icmpPiece(packet, bytes, now);
	}

	/** Which packet an answer to that port of ours belongs to. */
	#shotOf(port: number): number | undefined {
		if (this.options.port > 0xffff) return undefined;
		const number = (port - this.#basePort) & 0xffff;
		return this.#shots.has(number) ? number : undefined;
	}

	#answered(number: number, now: number): { trip: number; again: boolean } {
		const shot = this.#shots.get(number);
		this.#received++;
		if (!shot) return { trip: 0, again: false };
		const again = shot.answered;
		shot.answered = true;
		const trip = (now - shot.at) / 1000;
		const trips = this.#trips;
		trips.least = Math.min(trips.least, trip);
		trips.most = Math.max(trips.most, trip);
		trips.sum += trip;
		trips.count++;
		if (this.options.portGrows === 'reply') this.#port = (this.#port + 1) & 0xffff;
		return { trip, again };
	}

	get #isSilent(): boolean {
		return this.options.quiet || this.options.flood;
	}

	#ipLine(packet: Ipv4Packet, length: number, again: boolean): string {
		const { verbose, relative } = this.options;
		const { source, ttl, identification, tos } = packet;
		const isRelative = relative && this.#received > 1;
		const id = isRelative ? `+${(identification - this.#lastId) & 0xffff}` : String(identification);
		this.#lastId = identification;
		const fragment = packet.dontFragment || packet.moreFragments || packet.fragmentOffset > 0 ? 'DF ' : '';
		return `${again ? 'DUP! ' : ''}len=${length} ip=${formatIpv4Address(source)} ttl=${ttl} ${fragment}id=${id} ${verbose ? `tos=${tos.toString(16)} iplen=${buildIpv4(packet).length}\n` : ''}`;
	}

	*#tcp(packet: Ipv4Packet, segment: TcpSegment, length: number, now: number): Sys<void> {
		const number = this.#shotOf(segment.destinationPort);
		if (number === undefined) return;
		const { options } = this;
		const { trip, again } = this.#answered(number, now);
		this.#lastFlags = segment.flags;
		if (this.#isSilent) return;
		if (options.sequenceOnly) {
			const difference = (segment.sequence - this.#lastSequence) >>> 0;
			this.#lastSequence = segment.sequence;
			return yield* print(`${String(segment.sequence).padStart(10)} +${difference}\n`);
		}
		let text = this.#ipLine(packet, length, again);
		text += `sport=${segment.sourcePort} flags=${flagLetters(segment.flags)} seq=${number} win=${segment.window} rtt=${trip.toFixed(1)} ms\n`;
		if (options.verbose) {
			const sum = tcpChecksum(packet).toString(16);
			text += `seq=${segment.sequence} ack=${segment.acknowledgement} sum=${sum} urp=${segment.urgentPointer}\n\n`;
		}
		const stamp = segment.options.find((option) => option.kind === 'timestamps');
		if (options.timestamp && stamp) text += `  TCP timestamp: tcpts=${stamp.value}\n\n`;
		yield* print(text);
		if (options.traceroute && options.traceStop) this.#stop = true;
	}

	*#udp(packet: Ipv4Packet, port: number, length: number, now: number): Sys<void> {
		const number = this.#shotOf(port);
		if (number === undefined) return;
		const { trip, again } = this.#answered(number, now);
		if (this.#isSilent) return;
		yield* print(`${this.#ipLine(packet, length, again)}seq=${number} rtt=${trip.toFixed(1)} ms\n`);
		if (this.options.traceroute && this.options.traceStop) this.#stop = true;
	}

	*#icmp(packet: Ipv4Packet, message: IcmpMessage, bytes: Uint8Array, now: number): Sys<void> {
		if (message.rest >>> 16 !== this.#icmpId || ![0, 14, 18].includes(message.type)) return;
		const number = message.rest & 0xffff;
		const { trip, again } = this.#answered(number, now);
		if (this.#isSilent) return;
		let text = `${this.#ipLine(packet, bytes.length, again)}icmp_seq=${number} rtt=${trip.toFixed(1)} ms\n`;
		if (message.type === 14 && message.payload.length >= 12) {
			const view = new DataView(message.payload.slice().buffer);
			const [originate, receive, transmit] = [0, 4, 8].map((at) => view.getUint32(at));
			const there = Math.floor((now % DAY) / 1000) - originate!;
			text += `ICMP timestamp: Originate=${originate} Receive=${receive} Transmit=${transmit}\n`;
			text += `ICMP timestamp RTT tsrtt=${there}\n\n`;
		}
		yield* print(text);
	}

	/** The first fragment of a large echo reply. */
	*#icmpPiece(packet: Ipv4Packet, bytes: Uint8Array, now: number): Sys<void> {
		if (packet.payload.kind !== 'raw' || packet.fragmentOffset > 0) return;
		const inside = packet.payload.bytes;
		if (inside[0] !== 0 || ((inside[4]! << 8) | inside[5]!) !== this.#icmpId) return;
		const number = (inside[6]! << 8) | inside[7]!;
		const { trip, again } = this.#answered(number, now);
		if (this.#isSilent) return;
		yield* print(`${this.#ipLine(packet, bytes.length, again)}icmp_seq=${number} rtt=${trip.toFixed(1)} ms\n`);
	}

	/** An ICMP error about one of our packets. */
	*#error(packet: Ipv4Packet, message: IcmpMessage, now: number): Sys<void> {
		const inner = parseIpv4(message.payload);
		if (!inner || inner.destination !== this.ground.address) return;
		const port = inner.payload.kind === 'udp' || inner.payload.kind === 'tcp' ? inner.payload.sourcePort : undefined;
		if (port !== undefined && this.#shotOf(port) === undefined) return;
		if (inner.payload.kind === 'icmp' && inner.payload.rest >>> 16 !== this.#icmpId) return;
		const { options } = this;
		const isTimeout = message.type === 11;
		let status = '';
		if (options.mode === 'udp' && port !== undefined && !isTimeout) {
			const number = this.#shotOf(port)!;
			this.#answered(number, now);
			status = `status=0 port=${port} seq=${number}\n`;
		} else this.#received++;
		const trip = now - (this.#shots.get(this.#sent - 1)?.at ?? now);
		if (this.#isSilent) return;
		const hop = options.traceroute && isTimeout ? `hop=${this.#ttl} ` : '';
		yield* print(`${hop}${describe(message)} ip=${formatIpv4Address(packet.source)}`);
		if (!options.numeric) yield* this.#hostname(packet.source);
		yield* print(`\n${status}`);
		if (!options.traceroute || !isTimeout) return;
		if (!options.traceNoRtt) yield* print(`hop=${this.#ttl} hoprtt=${(trip / 1000).toFixed(1)} ms\n`);
		if (!options.traceKeep) this.#ttl++;
	}

	/** Says that it looks, and takes that back when it has found. */
	*#hostname(address: number): Sys<void> {
		yield* print(' get hostname...');
		const found = yield* getnameinfo(address);
		const back = '\b'.repeat(ERASED);
		yield* print(`${back}${' '.repeat(ERASED)}${back}name=${found.ok ? found.name : 'UNKNOWN'}`);
	}

	*#statistics(): Sys<void> {
		const { least, sum, count, most } = this.#trips;
		const loss = this.#sent === 0 ? 0 : Math.floor(((this.#sent - this.#received) / this.#sent) * 100);
		const figures = (count === 0 ? [0, 0, 0] : [least, sum / count, most]).map((trip) => trip.toFixed(1));
		yield* printError(
			`\n--- ${this.ground.name} hping statistic ---\n${this.#sent} packets transmitted, ${this.#received} packets received, ${Math.max(0, loss)}% packet loss\nround-trip min/avg/max = ${figures.join('/')} ms\n`
		);
	}
}

function describe({ type, code }: IcmpMessage): string {
	if (type === 11) return code === 0 ? 'TTL 0 during transit from' : 'TTL 0 during reassembly from';
	return `ICMP ${UNREACHABLE[code] ?? `Unreachable type=${code} from`}`;
}

/** The checksum as it stood in the segment. */
function tcpChecksum(packet: Ipv4Packet): number {
	const { payload } = packet;
	if (payload.kind !== 'tcp') return 0;
	const built = buildTcp(payload, packet.source, packet.destination);
	return (built[16]! << 8) | built[17]!;
}

/**
 * tcpdump(8) 4.99.3: what passes an interface, a line a packet.
 *
 * Does: -i, -n, -c, -e, -q, -S, -t -tt -ttt -tttt, -v (the IP header), -w and -r of pcap files, -D, -l -U -p (as ever), filters.
 * Reads: a packet socket, so that only root may; the lines are those of `#wire/summary`.
 * Not simulated: names of hosts and ports (as with -n, always), hex dumps, rotation of files; the time of a packet is
 *       when it was read; every packet passes one filter, so "received" counts what this program saw.
 */
import { Errno, O, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { formatMac } from '#wire/address';
import { parseFrame } from '#wire/ethernet';
import { buildIpv4 } from '#wire/ipv4';
import { TCP, type Frame, type Ipv4Packet } from '#wire/packet';
import { summary } from '#wire/summary';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getaddrinfo, getservbyname } from '../libc/netdb';
import { print, printError, readFile, STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { breakDown, strftime } from '../libc/strftime';
import { bind, links, open, recvfrom, signal, socket, takeSignals, time, write } from '../libc/unistd';
import { FilterError, parseFilter, wordsOf, type Filter } from './filter';
import { PCAP_HEADER, pcapRecord, readPcap, SNAPSHOT_LENGTH, type Captured } from './pcap';

const OPTIONS = new OptionTable([
	...['A', 'b', 'd', 'D', 'e', 'f', 'h', 'H', 'l', 'n', 'N', 'p', 'q', 'S', 't', 'U', 'v', 'x', 'X', 'K'],
	...['i=', 'c=', 'w=', 'r=', 's=', 'B=', 'Z=', 'Q=', 'version', 'print', 'immediate-mode']
]);
const VERSION = 'tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\n';
const ETH_P_ALL = 3;
/** relative sequence numbers are remembered for so many connections */
const CONNECTIONS = 1000;

export const tcpdump: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS, { posix: true });
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(
			`tcpdump: ${thrown.message}\n${VERSION}Usage: tcpdump [-AbdDefhHIJKlLnNOpqStuUvxX#] [ expression ]\n`
		);
		return 1;
	}
	if (parsed.has('version') || parsed.has('h')) {
		yield* print(VERSION);
		return 0;
	}
	if (parsed.has('D')) {
		yield* listInterfaces();
		return 0;
	}
	const reading = parsed.get('r');
	const stored = reading === undefined ? null : yield* readStored(reading);
	if (typeof stored === 'string') return yield* fail(stored);
	const source = stored === null ? yield* capture(parsed) : null;
	if (typeof source === 'string') return yield* fail(source);
	let filter: Filter;
	try {
		filter = yield* compile(parsed.operands.join(' '));
	} catch (thrown) {
		if (!(thrown instanceof FilterError)) throw thrown;
		return yield* fail(thrown.message);
	}
	const dump = new Dump(parsed, filter);
	yield* dump.begin();
	if (stored !== null) {
		yield* printError(
			`reading from file ${reading!}, link-type EN10MB (Ethernet), snapshot length ${SNAPSHOT_LENGTH}\n`
		);
		for (const packet of stored) if (yield* dump.take(packet)) break;
		return 0;
	}
	yield* listen(source!, dump);
	return 0;
};

function* fail(message: string): Sys<number> {
	yield* printError(`tcpdump: ${message}\n`);
	return 1;
}

function* readStored(path: string): Sys<Captured[] | string> {
	try {
		return readPcap(yield* readFile(path)) ?? 'unknown file format';
	} catch (thrown) {
		if (thrown instanceof Errno) return `${path}: ${strerror(thrown)}`;
		throw thrown;
	}
}

function* listInterfaces(): Sys<void> {
	const cards = [...(yield* links())].sort((a, b) => Number(a.loopback) - Number(b.loopback) || a.index - b.index);
	const rows = cards.map((card) => {
		const flags = [
			card.up ? 'Up' : '',
			card.up && card.carrier ? 'Running' : '',
			card.loopback ? 'Loopback' : card.carrier ? 'Connected' : 'Disconnected'
		];
		return `${card.name} [${flags.filter((flag) => flag !== '').join(', ')}]`;
	});
	const at = rows.findIndex((row) => row.startsWith('lo '));
	rows.splice(at < 0 ? rows.length : at, 0, 'any (Pseudo-device that captures on all interfaces) [Up, Running]');
	yield* print(rows.map((row, index) => `${index + 1}.${row}\n`).join(''));
}

/** @returns the socket and the interface, or why not */
function* capture(parsed: Parsed): Sys<{ fd: number; name: string } | string> {
	const cards = yield* links();
	const name = parsed.get('i') ?? cards.find((card) => card.up && !card.loopback)?.name ?? 'lo';
	try {
		const fd = yield* socket('packet', 'raw', ETH_P_ALL);
		if (name === 'any') return { fd, name };
		if (!cards.some((card) => card.name === name)) return `${name}: No such device exists\n(No such device exists)`;
		yield* bind(fd, { family: 'packet', interface: name });
		return { fd, name };
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return `${name}: You don't have permission to perform this capture on that device\n(socket: ${strerror(thrown)})`;
	}
}

/** Names are looked up before the capture begins. */
function* compile(expression: string): Sys<Filter> {
	const hosts = new Map<string, number[]>();
	const services = new Map<string, number>();
	const words = wordsOf(expression);
	for (const [i, word] of words.entries()) {
		if (!/^[a-z]/i.test(word)) continue;
		if (words[i - 1] === 'host' || words[i - 1] === 'src' || words[i - 1] === 'dst') {
			const found = yield* getaddrinfo(word);
			if (found.ok)
				hosts.set(
					word,
					found.addresses.map((row) => row.address)
				);
		}
		const service = yield* getservbyname(word);
		if (service) services.set(word, service.port);
	}
	return parseFilter(expression, { host: (name) => hosts.get(name), port: (name) => services.get(name) });
}

function* listen({ fd, name }: { fd: number; name: string }, dump: Dump): Sys<void> {
	const type = name === 'any' ? 'LINUX_SLL2 (Linux cooked v2)' : 'EN10MB (Ethernet)';
	const prefix = dump.quietStart ? 'tcpdump: ' : '';
	if (!dump.quietStart)
		yield* printError('tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n');
	yield* printError(`${prefix}listening on ${name}, link-type ${type}, snapshot length ${SNAPSHOT_LENGTH} bytes\n`);
	for (const caught of [SIGNAL.SIGINT, SIGNAL.SIGTERM, SIGNAL.SIGHUP]) yield* signal(caught, 'catch');
	const sent: string[] = [];
	for (;;) {
		try {
			const { bytes } = yield* recvfrom(fd, SNAPSHOT_LENGTH);
			if (name === 'lo' && isOutgoing(bytes, sent)) continue;
			if (yield* dump.take({ time: yield* time(), bytes })) break;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'EINTR') throw thrown;
			if ((yield* takeSignals()).length > 0) break;
		}
	}
	const { count } = dump;
	const packets = (number: number): string => `${number} packet${number === 1 ? '' : 's'}`;
	yield* printError(`${packets(count)} captured\n${packets(count)} received by filter\n0 packets dropped by kernel\n`);
}

/**
 * The loopback interface shows each frame twice, as it leaves and as it arrives; libpcap leaves out the first.
 * @param sent frames that left and did not arrive yet
 */
function isOutgoing(bytes: Uint8Array, sent: string[]): boolean {
	const key = bytes.join();
	if (sent[0] === key) {
		sent.shift();
		return false;
	}
	sent.push(key);
	if (sent.length > CONNECTIONS) sent.shift();
	return true;
}

/** Where packets go: lines or a file. */
class Dump {
	count = 0;
	readonly #limit: number;
	#file: number | undefined;
	#previous: number | undefined;
	readonly #first = new Map<string, number>();

	constructor(
		readonly parsed: Parsed,
		readonly filter: Filter
	) {
		this.#limit = parsed.has('c') ? Number(parsed.get('c')) : Infinity;
	}

	/** -v and -w need no hint at -v */
	get quietStart(): boolean {
		return this.parsed.has('v') || this.parsed.has('w');
	}

	*begin(): Sys<void> {
		const path = this.parsed.get('w');
		if (path === undefined) return;
		this.#file = path === '-' ? STDOUT : yield* open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o644);
		yield* write(this.#file, PCAP_HEADER);
	}

	/** @returns whether that was the last one wanted */
	*take(packet: Captured): Sys<boolean> {
		const frame = parseFrame(packet.bytes);
		if (!this.filter(frame)) return false;
		this.count++;
		if (this.#file !== undefined) yield* write(this.#file, pcapRecord(packet));
		else yield* print(`${this.#time(packet.time)}${this.#line(frame, packet.bytes.length)}\n`);
		return this.count >= this.#limit;
	}

	#time(now: number): string {
		const micros = (value: number): string => String(Math.floor(value % 1e6)).padStart(6, '0');
		switch (this.parsed.count('t')) {
			case 0:
				return `${strftime('%H:%M:%S', breakDown(now))}.${micros(now)} `;
			case 1:
				return '';
			case 2:
				return `${Math.floor(now / 1e6)}.${micros(now)} `;
			case 3: {
				const passed = now - (this.#previous ?? now);
				this.#previous = now;
				return ` ${strftime('%H:%M:%S', breakDown(passed))}.${micros(passed)} `;
			}
			default:
				return `${strftime('%Y-%m-%d %H:%M:%S', breakDown(now))}.${micros(now)} `;
		}
	}

	#line(frame: Frame, length: number): string {
		const shown = this.parsed.has('S') ? frame : this.#relative(frame);
		let text = summary(shown);
		const { payload } = frame;
		if (this.parsed.has('v') && payload.kind === 'ipv4') text = text.replace(/^IP /, `IP ${headerText(payload)}\n    `);
		if (!this.parsed.has('e')) return text;
		const type = payload.kind === 'ipv4' ? 'IPv4 (0x0800)' : payload.kind === 'arp' ? 'ARP (0x0806)' : '';
		if (type === '') return text;
		return `${formatMac(frame.source)} > ${formatMac(frame.destination)}, ethertype ${type}, length ${length}: ${text.replace(/^IP |^ARP, /, '')}`;
	}

	/** Sequence numbers after the SYN are counted from it, for each direction (print-tcp.c). */
	#relative(frame: Frame): Frame {
		const packet = frame.payload;
		if (packet.kind !== 'ipv4' || packet.payload.kind !== 'tcp') return frame;
		const segment = packet.payload;
		const key = `${packet.source}:${segment.sourcePort}>${packet.destination}:${segment.destinationPort}`;
		const back = `${packet.destination}:${segment.destinationPort}>${packet.source}:${segment.sourcePort}`;
		const isSyn = (segment.flags & TCP.syn) !== 0;
		if (isSyn || !this.#first.has(key)) {
			if (this.#first.size > CONNECTIONS) this.#first.clear();
			this.#first.set(key, segment.sequence);
			if (segment.flags & TCP.ack) this.#first.set(back, (segment.acknowledgement - 1) >>> 0);
			return frame;
		}
		const sequence = (segment.sequence - this.#first.get(key)!) >>> 0;
		const other = this.#first.get(back);
		const acknowledgement = other === undefined ? segment.acknowledgement : (segment.acknowledgement - other) >>> 0;
		return { ...frame, payload: { ...packet, payload: { ...segment, sequence, acknowledgement } } };
	}
}

const PROTOCOL_TEXT: Readonly<Record<number, string>> = { 1: 'ICMP', 2: 'IGMP', 6: 'TCP', 17: 'UDP' };

/** "(tos 0x0, ttl 64, id 647, offset 0, flags [DF], proto TCP (6), length 60)" */
function headerText(packet: Ipv4Packet): string {
	const flags = [packet.moreFragments ? '+' : '', packet.dontFragment ? 'DF' : ''].filter((flag) => flag !== '');
	return `(tos 0x${packet.tos.toString(16)}, ttl ${packet.ttl}, id ${packet.identification}, offset ${packet.fragmentOffset}, flags [${flags.join(', ') || 'none'}], proto ${PROTOCOL_TEXT[packet.protocol] ?? 'unknown'} (${packet.protocol}), length ${lengthOf(packet)})`;
}

function lengthOf(packet: Ipv4Packet): number {
	return buildIpv4(packet).length;
}

/** hping3 --scan: a packet to each of many ports, and a line for each that answers. */
import { Errno, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { parseIpv4 } from '#wire/ipv4';
import { TCP } from '#wire/packet';
import { parseServices } from '../libc/netdb';
import { print, printError, readText } from '../libc/stdio';
import { getrandom, poll, recvfrom, sendto, takeSignals, time } from '../libc/unistd';
import type { Ground } from './hping3';
import type { HpingOptions } from './options';
import { buildShot } from './packet';

const SECOND = 1_000_000;
const LAST = 65_535;
/** each port is asked that often at most; after each round that long is waited */
const ROUNDS = 8;
const PATIENCE = SECOND / 2;
/** packets between two looks for answers */
const BURST = 64;
const FLAGS = [
	[TCP.fin, 'F'],
	[TCP.syn, 'S'],
	[TCP.rst, 'R'],
	[TCP.psh, 'P'],
	[TCP.ack, 'A'],
	[TCP.urg, 'U'],
	[TCP.ece, 'X'],
	[TCP.cwr, 'Y']
] as const;

/** "1-30,80,!22", "known", "all" */
export function scanPorts(text: string, known: ReadonlyMap<number, string>): number[] {
	const ports = new Set<number>();
	for (const raw of text.split(',')) {
		const without = raw.startsWith('!');
		const part = raw.replace(/^!/, '');
		const [, low, high] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
		const some =
			part === 'all'
				? range(0, LAST)
				: part === 'known'
					? [...known.keys()]
					: low === undefined
						? []
						: range(Math.min(Number(low), Number(high ?? low)), Math.max(Number(low), Number(high ?? low)));
		for (const port of some)
			if (without) ports.delete(port);
			else ports.add(port);
	}
	return [...ports].sort((a, b) => a - b);
}

function range(low: number, high: number): number[] {
	return Array.from({ length: Math.max(0, Math.min(high, LAST) - low + 1) }, (_, i) => low + i);
}

function* serviceNames(): Sys<Map<number, string>> {
	try {
		const services = parseServices(yield* readText('/etc/services'));
		return new Map(services.map(({ port, name }) => [port, name] as const).reverse());
	} catch (thrown) {
		if (thrown instanceof Errno) return new Map();
		throw thrown;
	}
}

export function* scan(options: HpingOptions, ground: Ground): Sys<number> {
	const names = yield* serviceNames();
	const ports = scanPorts(options.scanPorts, names);
	yield* printError(
		`Scanning ${ground.name} (${formatIpv4Address(ground.address)}), port ${options.scanPorts}\n` +
			`${ports.length} ports to scan, use -V to see all the replies\n` +
			'+----+-----------+---------+---+-----+-----+-----+\n' +
			'|port| serv name |  flags  |ttl| id  | win | len |\n' +
			'+----+-----------+---------+---+-----+-----+-----+\n'
	);
	const waiting = new Set(ports);
	const dice = new DataView((yield* getrandom(8)).slice().buffer);
	const ears = new Ears(options, ground, waiting, names, 1025 + (dice.getUint16(0) % 2000));
	for (let round = 0; round < ROUNDS && waiting.size > 0; round++) {
		let sent = 0;
		for (const port of [...waiting]) {
			if ((yield* takeSignals()).length > 0) return 0;
			yield* ears.ask(port, dice.getUint32(4));
			if (++sent % BURST === 0) yield* ears.listen(0);
		}
		yield* ears.listen(PATIENCE);
	}
	yield* printError('All replies received. Done.\n');
	if (options.verbose)
		yield* print(`using ${ground.device}, addr: ${formatIpv4Address(ground.own)}, MTU: ${ground.mtu}\n`);
	const silent = [...waiting].map((port) => `(${port} ${names.get(port) ?? ''}) `);
	yield* print(`Not responding ports: ${silent.join('')}\n`);
	return 0;
}

class Ears {
	constructor(
		readonly options: HpingOptions,
		readonly ground: Ground,
		readonly waiting: Set<number>,
		readonly names: ReadonlyMap<number, string>,
		readonly sourcePort: number
	) {}

	*ask(port: number, sequence: number): Sys<void> {
		const { ground, options } = this;
		const shot = {
			source: ground.own,
			destination: ground.address,
			sourcePort: options.sourcePort ?? this.sourcePort,
			port,
			ttl: options.ttl || 64,
			identification: port,
			sequence: options.sequence ?? sequence,
			acknowledgement: options.acknowledgement ?? 0,
			icmpId: 0,
			icmpSequence: 0,
			sinceMidnight: 0,
			data: new Uint8Array(options.size).fill(88)
		};
		try {
			for (const bytes of buildShot(options, shot, ground.mtu))
				yield* sendto(ground.out, bytes, { family: 'inet', address: ground.address, port: 0 });
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** Takes answers for that long, or until all have answered. */
	*listen(microseconds: number): Sys<void> {
		const until = (yield* time()) + microseconds;
		while (this.waiting.size > 0) {
			const left = Math.max(0, until - (yield* time()));
			try {
				if ((yield* poll([{ fd: this.ground.in, read: true }], left)).length === 0) return;
				yield* this.#take((yield* recvfrom(this.ground.in, 65_536)).bytes);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code === 'EINTR') return;
			}
		}
	}

	*#take(bytes: Uint8Array): Sys<void> {
		const packet = parseIpv4(bytes);
		const segment = packet?.payload;
		if (!packet || segment?.kind !== 'tcp' || packet.source !== this.ground.address) return;
		if (segment.destinationPort !== (this.options.sourcePort ?? this.sourcePort)) return;
		if (!this.waiting.delete(segment.sourcePort)) return;
		// only what may be open is worth a line
		if (!this.options.verbose && (segment.flags & TCP.rst || !(segment.flags & TCP.syn))) return;
		const flags = FLAGS.map(([bit, letter]) => (segment.flags & bit ? letter : '.')).join('');
		const name = (this.names.get(segment.sourcePort) ?? '').padEnd(11);
		const cells = [
			String(packet.ttl).padStart(3),
			String(packet.identification).padStart(5),
			String(segment.window).padStart(5),
			String(bytes.length).padStart(5)
		];
		yield* print(`${String(segment.sourcePort).padStart(5)} ${name}: ${flags} ${cells.join(' ')}\n`);
	}
}

/**
 * Scans with packets of their own: TCP with any flags, UDP, ICMP; needs root.
 *
 * Does: sends through a raw socket, so that the host's OUTPUT chain sees it, and listens with a packet socket, so that its
 *       INPUT chain does not matter. The host's own TCP answers a SYN-ACK with a reset, as on a real machine.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { parseIpv4 } from '#wire/ipv4';
import { TCP } from '#wire/packet';
import { strerror } from '../libc/strerror';
import { printError } from '../libc/stdio';
import { close, getrandom, poll, recvfrom, sendto, setfl, socket } from '../libc/unistd';
import { answersSegment, buildProbe, readAnswer, type Answer, type Probe } from './packets';
import { Scan, type HostScan, type Pace, type Question, type Sent } from './scan';
import type { Evidence } from './target';

const IPPROTO_RAW = 255;
const ETH_P_IP = 0x0800;
const FRAME = 65_536;
/** errors of sending that are shown */
const ERRORS_SHOWN = 10;

export interface RawSettings {
	readonly sourcePort: number | undefined;
	/** -S */
	readonly source: number | undefined;
	readonly ttl: number | undefined;
	readonly dataLength: number;
	readonly badSum: boolean;
}

/** Counts for the last line of -v. */
export interface Traffic {
	sentPackets: number;
	sentBytes: number;
	receivedPackets: number;
	receivedBytes: number;
}

export const ICMP_REASONS: Readonly<Record<number, string>> = {
	0: 'net-unreach',
	1: 'host-unreach',
	2: 'proto-unreach',
	3: 'port-unreach',
	9: 'net-prohibited',
	10: 'host-prohibited',
	13: 'admin-prohibited'
};

/** What an ICMP error says, in nmap's words; undefined for one that says nothing about the port. */
export function errorEvidence({ said, from, about, ttl }: Answer): Evidence | undefined {
	if (said.kind !== 'error') return undefined;
	const reason = said.type === 11 ? 'time-exceeded' : ICMP_REASONS[said.code];
	if (reason === undefined) return undefined;
	return from === about ? { reason, ttl } : { reason, ttl, from };
}

export function tcpReason(flags: number): string | undefined {
	if (flags & TCP.rst) return 'reset';
	if ((flags & (TCP.syn | TCP.ack)) === (TCP.syn | TCP.ack)) return 'syn-ack';
	return flags & TCP.syn ? 'split-handshake-syn' : undefined;
}

export abstract class RawScan extends Scan {
	#out = -1;
	#in = -1;
	#basePort = 0;
	#sequence = 0;
	#identifier = 0;
	#random: Uint8Array = new Uint8Array(0);
	#randomAt = 0;
	#errors = 0;

	constructor(
		hosts: HostScan[],
		pace: Pace,
		protected readonly settings: RawSettings,
		protected readonly traffic: Traffic
	) {
		super(hosts, pace);
	}

	override *run(): Sys<void> {
		this.#out = yield* socket('inet', 'raw', IPPROTO_RAW);
		this.#in = yield* socket('packet', 'dgram', ETH_P_IP);
		yield* setfl(this.#in, O.NONBLOCK);
		this.#basePort = 33_000 + ((yield* this.#number()) % 31_000);
		this.#sequence = ((yield* this.#number()) * 0x10000 + (yield* this.#number())) >>> 0;
		yield* super.run();
		yield* close(this.#out);
		yield* close(this.#in);
	}

	/** What an answer means for the probe. @returns false when it is none */
	protected abstract judge(host: HostScan, sent: Sent, answer: Answer): boolean;

	protected nameOf(host: HostScan): string {
		return formatIpv4Address(host.target.address);
	}

	*#number(): Sys<number> {
		if (this.#randomAt >= this.#random.length) {
			this.#random = yield* getrandom(256);
			this.#randomAt = 0;
		}
		const high = this.#random[this.#randomAt++]!;
		return high * 256 + this.#random[this.#randomAt++]!;
	}

	/** Repeats and pings go out from ports of their own, so that an answer tells to which of them it came. */
	#mark(probe: Probe, attempt: number, isPing: boolean): number {
		if (probe.kind === 'icmp') return (this.#identifier = (this.#identifier % 0xffff) + 1);
		return this.settings.sourcePort ?? this.#basePort + attempt + (isPing ? 32 : 0);
	}

	protected *transmit(host: HostScan, question: Question, attempt: number, isPing: boolean): Sys<Sent | null> {
		const { probe } = question;
		if (probe.kind === 'arp' || probe.kind === 'connect') return null;
		const { target } = host;
		const mark = this.#mark(probe, attempt, isPing);
		const bytes = buildProbe(probe, {
			source: this.settings.source ?? target.source,
			destination: target.address,
			mark,
			sequence: this.#sequence,
			ttl: this.settings.ttl ?? 37 + ((yield* this.#number()) % 23),
			identification: yield* this.#number(),
			dataLength: this.settings.dataLength,
			badSum: this.settings.badSum
		});
		try {
			yield* sendto(this.#out, bytes, { family: 'inet', address: target.address, port: 0 });
			this.traffic.sentPackets++;
			this.traffic.sentBytes += bytes.length;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* this.#complain(host, bytes, thrown);
		}
		return { question, attempt, at: this.now, isPing, mark, fd: -1, waiting: false };
	}

	*#complain(host: HostScan, bytes: Uint8Array, error: Errno): Sys<void> {
		this.#errors++;
		if (this.#errors > ERRORS_SHOWN) return;
		const to = formatIpv4Address(host.target.address);
		yield* printError(
			`sendto in send_ip_packet_sd: sendto(${this.#out}, packet, ${bytes.length}, 0, ${to}, 16) => ${strerror(error)}\n` +
				`Offending packet: ${describe(bytes)}\n` +
				(this.#errors === ERRORS_SHOWN
					? 'Omitting future Sendto error messages now that 10 have been shown.  Use -d2 if you really want to see them.\n'
					: '')
		);
	}

	protected *collect(microseconds: number): Sys<void> {
		yield* poll([{ fd: this.#in, read: true }], Math.ceil(microseconds));
		for (;;) {
			let bytes: Uint8Array;
			try {
				({ bytes } = yield* recvfrom(this.#in, FRAME));
			} catch (thrown) {
				if (thrown instanceof Errno && thrown.code === 'EAGAIN') return;
				throw thrown;
			}
			const answer = readAnswer(bytes);
			const host = answer && this.byAddress.get(answer.about);
			if (!answer || !host) continue;
			const sent = this.find(host, answer.mark, answer.port);
			const { probe } = sent?.question ?? {};
			if (!sent || !probe || probe.kind !== answer.protocol) continue;
			if (answer.said.kind === 'tcp' && probe.kind === 'tcp') {
				const { dataLength } = this.settings;
				if (!answersSegment(answer.said, probe, this.#sequence, dataLength)) continue;
			}
			this.now = Math.max(this.now, sent.at);
			if (!this.judge(host, sent, answer)) continue;
			this.traffic.receivedPackets++;
			this.traffic.receivedBytes += bytes.length;
		}
	}
}

const FLAG_LETTERS = [
	[TCP.syn, 'S'],
	[TCP.fin, 'F'],
	[TCP.rst, 'R'],
	[TCP.psh, 'P'],
	[TCP.ack, 'A'],
	[TCP.urg, 'U']
] as const;

/** A packet in one line, as nmap tells of those that could not be sent. */
function describe(bytes: Uint8Array): string {
	const packet = parseIpv4(bytes);
	if (!packet) return '';
	const { payload, ttl, identification } = packet;
	const [from, to] = [packet.source, packet.destination].map(formatIpv4Address);
	const header = `ttl=${ttl} id=${identification} iplen=${bytes.length} `;
	switch (payload.kind) {
		case 'tcp': {
			const flags = FLAG_LETTERS.filter(([bit]) => payload.flags & bit).map(([, letter]) => letter);
			const mss = payload.options.length > 0 ? ' <mss 1460>' : '';
			return `TCP ${from}:${payload.sourcePort} > ${to}:${payload.destinationPort} ${flags.join('')} ${header} seq=${payload.sequence} win=${payload.window}${mss}`;
		}
		case 'udp':
			return `UDP ${from}:${payload.sourcePort} > ${to}:${payload.destinationPort} ${header}`;
		case 'icmp':
			return `ICMP [${from} > ${to} type=${payload.type}/code=${payload.code}] IP [${header}]`;
		case 'raw':
			return '';
	}
}

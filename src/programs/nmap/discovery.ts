/** Which hosts are there: ICMP, TCP and UDP probes, or ARP on a wire of our own. */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { TCP } from '#wire/packet';
import { bind, close, links, poll, recvfrom, sendto, setfl, socket } from '../libc/unistd';
import type { PingProbe } from './options';
import { arpAnswer, buildArpRequest, type Answer, type Probe } from './packets';
import { errorEvidence, RawScan, tcpReason, type Traffic } from './raw-scan';
import { HostScan, Question, Scan, type Pace, type Sent } from './scan';
import type { Evidence } from './target';

/** What root asks a host on another wire when nothing else was said. */
export const DEFAULT_PINGS: readonly PingProbe[] = [
	{ kind: 'echo', ports: [] },
	{ kind: 'syn', ports: [443] },
	{ kind: 'ack', ports: [80] },
	{ kind: 'timestamp', ports: [] }
];
/** What others ask, by connecting. */
export const USER_PINGS: readonly number[] = [80, 443];

const ICMP_TYPES = { echo: 8, timestamp: 13, mask: 17 } as const;
const REPLY_REASONS: Readonly<Record<number, string>> = {
	0: 'echo-reply',
	14: 'timestamp-reply',
	18: 'addressmask-reply'
};

export function pingProbes(pings: readonly PingProbe[]): Probe[] {
	return pings.flatMap(({ kind, ports }): Probe[] => {
		if (kind === 'udp') return ports.map((port) => ({ kind: 'udp', port }));
		if (kind === 'syn' || kind === 'ack')
			return ports.map((port) => ({ kind: 'tcp', port, flags: kind === 'syn' ? TCP.syn : TCP.ack }));
		return [{ kind: 'icmp', type: ICMP_TYPES[kind] }];
	});
}

export class PingScan extends RawScan {
	protected override readonly oneIsEnough = true;

	protected judge(host: HostScan, sent: Sent, answer: Answer): boolean {
		const evidence = this.#signOfLife(answer);
		if (!evidence && !errorEvidence(answer)) return false;
		if (evidence && !host.target.up) {
			host.target.up = true;
			host.target.evidence = evidence;
		}
		this.answered(host, sent);
		return true;
	}

	/** An error tells that the host is there only when it comes from the host and is about the port. */
	#signOfLife(answer: Answer): Evidence | undefined {
		const { said, ttl, from, about } = answer;
		switch (said.kind) {
			case 'tcp': {
				const reason = tcpReason(said.flags);
				return reason === undefined ? undefined : { reason, ttl };
			}
			case 'udp':
				return { reason: 'udp-response', ttl };
			case 'reply':
				return { reason: REPLY_REASONS[said.type] ?? 'echo-reply', ttl };
			case 'error':
				return said.type === 3 && (said.code === 2 || said.code === 3) && from === about
					? errorEvidence(answer)
					: undefined;
		}
	}

	protected silent(): void {}
}

const ETH_P_ARP = 0x0806;
const ETHERNET = 14;

/** ARP requests on one wire. */
export class ArpScan extends Scan {
	protected override readonly oneIsEnough = true;
	#fd = -1;
	#mac = 0;

	constructor(
		hosts: HostScan[],
		pace: Pace,
		readonly traffic: Traffic,
		readonly device: string
	) {
		super(hosts, pace);
	}

	override *run(): Sys<void> {
		this.#fd = yield* socket('packet', 'raw', ETH_P_ARP);
		yield* bind(this.#fd, { family: 'packet', interface: this.device });
		yield* setfl(this.#fd, O.NONBLOCK);
		this.#mac = (yield* links()).find((link) => link.name === this.device)?.mac ?? 0;
		yield* super.run();
		yield* close(this.#fd);
	}

	protected nameOf(host: HostScan): string {
		return formatIpv4Address(host.target.address);
	}

	protected *transmit(host: HostScan, question: Question, attempt: number): Sys<Sent | null> {
		const frame = buildArpRequest(this.#mac, host.target.source, host.target.address);
		yield* sendto(this.#fd, frame);
		this.traffic.sentPackets++;
		this.traffic.sentBytes += 28;
		return { question, attempt, at: this.now, isPing: false, mark: 0, fd: -1, waiting: false };
	}

	protected *collect(microseconds: number): Sys<void> {
		yield* poll([{ fd: this.#fd, read: true }], Math.ceil(microseconds));
		for (;;) {
			let bytes: Uint8Array;
			try {
				({ bytes } = yield* recvfrom(this.#fd, 2048));
			} catch (thrown) {
				if (thrown instanceof Errno && thrown.code === 'EAGAIN') return;
				throw thrown;
			}
			const answer = arpAnswer(bytes.subarray(ETHERNET));
			const host = answer && this.byAddress.get(answer.address);
			const sent = host && this.find(host, 0, 0);
			if (!answer || !host || !sent || host.target.up) continue;
			host.target.up = true;
			host.target.mac = answer.mac;
			host.target.evidence = { reason: 'arp-response', ttl: 0 };
			this.traffic.receivedPackets++;
			this.traffic.receivedBytes += 28;
			this.answered(host, sent);
		}
	}

	protected silent(): void {}
}

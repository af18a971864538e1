/**
 * How the segments of one connection look: options agreed on, timestamps, the fields of the IP header.
 *
 * Does: builds and sends a segment; reads the peer's timestamps (RFC 7323).
 * Reads: the tcp_* settings that switch options off.
 */
import { MILLISECOND } from '#engine/engine';
import type { TcpSegment } from '#wire/packet';
import { PROTOCOL, TCP } from '#wire/packet';
import { ahead, after, before } from './sequence';
import type { NetStack } from './stack';
import type { Endpoints } from './tcp-connection';
import type { SynOptions, Timestamps } from './tcp-options';
import { laterOptions, synOptions, timestampsOf, TIMESTAMPS_LENGTH } from './tcp-options';
import type { TcpReceiver } from './tcp-receiver';

/** window scale of tcp_rmem's maximum, 6 MiB */
export const WINDOW_SCALE = 7;
/** IP and TCP header without options */
export const HEADERS = 40;

/** Header fields that a socket's options decide. */
export interface SocketHeader {
	readonly ttl: number | undefined;
	readonly tos: number;
	readonly mark: number;
	readonly uid: number;
	readonly gid: number;
}

export class TcpSegments {
	sack: boolean;
	timestamps: boolean;
	/** the peer's last timestamp that was in order: TS.Recent */
	recent = 0;
	readonly #stack: NetStack;
	readonly #ends: Endpoints;
	readonly #offset: number;
	#identification: number;

	constructor(stack: NetStack, ends: Endpoints) {
		this.#stack = stack;
		this.#ends = ends;
		this.#offset = stack.tcp.timestampOffset(ends);
		this.#identification = stack.random.uint32() & 0xffff;
		this.sack = this.#enabled('tcp_sack');
		this.timestamps = this.#enabled('tcp_timestamps');
	}

	/** What fits into a segment to this peer, as the own SYN says. */
	get ownMss(): number {
		return this.#stack.ip.mtuTo(this.#ends.remoteAddress) - HEADERS;
	}

	/** bytes of options in every segment after the SYN */
	get overhead(): number {
		return this.timestamps ? TIMESTAMPS_LENGTH : 0;
	}

	get scaling(): boolean {
		return this.#enabled('tcp_window_scaling');
	}

	/** Both SYNs are known: what both can do is done. */
	agree(syn: SynOptions): void {
		this.timestamps = syn.timestamps && this.#enabled('tcp_timestamps');
		this.sack = syn.sack && this.#enabled('tcp_sack');
	}

	/** @param window as in the header */
	send(
		sequence: number,
		flags: number,
		payload: Uint8Array,
		window: number,
		receiver: TcpReceiver,
		header: SocketHeader | undefined
	): void {
		const acknowledges = (flags & TCP.ack) !== 0;
		const timestamps = this.timestamps ? { value: this.#clock(), echo: acknowledges ? this.recent : 0 } : null;
		const segment: TcpSegment = {
			kind: 'tcp',
			sourcePort: this.#ends.localPort,
			destinationPort: this.#ends.remotePort,
			sequence,
			acknowledgement: acknowledges ? receiver.next : 0,
			flags,
			window,
			urgentPointer: 0,
			options:
				flags & TCP.syn
					? this.#synOptions(timestamps, receiver, acknowledges)
					: laterOptions(timestamps, this.sack ? receiver.takeBlocks() : []),
			payload
		};
		this.#identification = (this.#identification + 1) & 0xffff;
		this.#stack.ip.send({
			protocol: PROTOCOL.tcp,
			source: this.#ends.localAddress,
			destination: this.#ends.remoteAddress,
			dontFragment: true,
			identification: this.#identification,
			payload: segment,
			...header
		});
	}

	#synOptions(timestamps: Timestamps | null, receiver: TcpReceiver, acknowledges: boolean): TcpSegment['options'] {
		const scale = this.scaling && (!acknowledges || receiver.scale >= 0) ? WINDOW_SCALE : -1;
		return synOptions(this.ownMss, this.sack, timestamps, scale);
	}

	/** PAWS: a timestamp older than the last one means an old duplicate (RFC 7323 5). */
	isOld(segment: TcpSegment): boolean {
		const stamp = this.timestamps ? timestampsOf(segment) : null;
		return stamp !== null && before(stamp.value, this.recent);
	}

	/** Whether a segment was made after the last one that was heard here. */
	isNewer(segment: TcpSegment): boolean {
		const stamp = this.timestamps ? timestampsOf(segment) : null;
		return stamp !== null && after(stamp.value, this.recent);
	}

	remember(segment: TcpSegment): void {
		this.recent = timestampsOf(segment)?.value ?? this.recent;
	}

	/** Microseconds since the segment that is echoed left, -1 where that is not known. */
	echoAge(segment: TcpSegment): number {
		const echo = this.timestamps ? (timestampsOf(segment)?.echo ?? 0) : 0;
		if (echo === 0) return -1;
		const age = ahead(this.#clock(), echo);
		return age < 0 ? -1 : Math.max(1, age) * MILLISECOND;
	}

	#clock(): number {
		return (Math.floor(this.#stack.engine.now / MILLISECOND) + this.#offset) >>> 0;
	}

	#enabled(name: string): boolean {
		return this.#stack.settings.number(`net.ipv4.${name}`) !== 0;
	}
}

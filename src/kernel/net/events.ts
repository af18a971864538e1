/**
 * What the network stack of a host tells its watcher. Frames on a wire are told by the link (`world/link.ts`).
 */
import type { Decision } from '#engine/decision';
import type { Frame, Ipv4Packet } from '#wire/packet';

/** A packet over the loopback interface: no link sees it. */
export interface LoopbackEvent {
	readonly kind: 'net.loopback';
	readonly host: string;
	readonly frame: Frame;
}

/** The host dropped or refused a packet by itself (no netfilter rule): no route, TTL 0, nobody listens … */
export interface DropEvent {
	readonly kind: 'net.drop';
	readonly host: string;
	readonly packet: Ipv4Packet;
	/** interface it came in by, null for one made here */
	readonly interface: string | null;
	readonly decision: Decision;
}

/** A TCP connection changed its state. */
export interface TcpStateEvent {
	readonly kind: 'tcp.state';
	readonly host: string;
	/** "192.168.75.2:25" */
	readonly local: string;
	readonly remote: string;
	readonly from: string;
	readonly to: string;
}

export type NetEvent = LoopbackEvent | DropEvent | TcpStateEvent;

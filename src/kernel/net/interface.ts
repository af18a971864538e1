/**
 * A network interface: where frames leave and enter the host.
 *
 * Does: wraps a packet for its next hop (the neighbour table finds the MAC address), counts, shows every frame to the
 *       packet sockets, hands IP packets and ARP up. A loopback interface gives its frames straight back to itself.
 * Trusts: its port (a link) to call `receive` later, never within `transmit`.
 * Not simulated: queueing disciplines, offloads, VLANs, multicast filters; a frame for another MAC address is shown to
 *       packet sockets (as with promiscuous mode) and ignored.
 */
import type { Frame, Ipv4Address, Ipv4Packet, MacAddress } from '#wire/packet';
import { ETHERTYPE } from '#wire/packet';
import type { LinkInfo } from '../syscalls';
import { BROADCAST_MAC } from '#wire/address';
import type { LoopbackEvent } from './events';
import type { PacketContext } from './hooks';
import { contextOf } from './ip';
import { unpaddedLength } from '#wire/length';
import { NeighbourTable } from './neighbour';
import type { NetStack } from './stack';

/** A place to plug a wire in. */
export interface Port {
	transmit(frame: Frame): void;
}

export interface InterfaceOptions {
	readonly name: string;
	readonly mac: MacAddress;
	/** bytes of IP packet that fit, default 1500 (65536 for a loopback interface) */
	readonly mtu?: number;
	readonly loopback?: boolean;
}

/** An address as configured on an interface. */
export interface InterfaceAddress {
	readonly address: Ipv4Address;
	readonly prefix: number;
	readonly broadcast?: Ipv4Address;
}

/** What a packet costs on its way through the loopback interface, microseconds. */
const LOOPBACK_DELAY = 5;

export class NetInterface {
	readonly name: string;
	readonly mac: MacAddress;
	readonly loopback: boolean;
	readonly index: number;
	readonly neighbours: NeighbourTable;
	readonly addresses: InterfaceAddress[] = [];
	mtu: number;
	up = false;
	readonly statistics = { rxPackets: 0, rxBytes: 0, rxDropped: 0, txPackets: 0, txBytes: 0 };
	readonly #stack: NetStack;
	#port: Port | null = null;
	#carrier = true;

	constructor(stack: NetStack, index: number, options: InterfaceOptions) {
		this.#stack = stack;
		this.index = index;
		this.name = options.name;
		this.mac = options.mac;
		this.loopback = options.loopback ?? false;
		this.mtu = options.mtu ?? (this.loopback ? 65536 : 1500);
		this.neighbours = new NeighbourTable(stack, this);
	}

	/** Connects a wire; the one that was there is out. */
	plug(port: Port): void {
		this.#port = port;
	}

	/** Whether the card senses the wire. */
	get carrier(): boolean {
		return this.loopback || (this.#port !== null && this.#carrier);
	}

	set carrier(on: boolean) {
		this.#carrier = on;
	}

	/** Sends an IP packet to its next hop: the end of the IP layer's work. */
	send(packet: Ipv4Packet, nextHop: Ipv4Address, broadcast: boolean, context: PacketContext): void {
		if (this.loopback) this.#loop({ destination: 0, source: 0, type: ETHERTYPE.ipv4, payload: packet }, context);
		else if (broadcast) this.sendTo(packet, BROADCAST_MAC);
		else this.neighbours.send(packet, nextHop);
	}

	sendTo(packet: Ipv4Packet, destination: MacAddress): void {
		this.transmit({ destination, source: this.mac, type: ETHERTYPE.ipv4, payload: packet });
	}

	/** Puts a frame on the wire; without a carrier or when the interface is down it is lost without a word. */
	transmit(frame: Frame): void {
		if (!this.up) return;
		this.#countOut(frame);
		this.#port?.transmit(frame);
	}

	/** A frame arrived from the wire. */
	receive(frame: Frame, context: PacketContext = contextOf(frame)): void {
		if (!this.up || this.#stack.off) return;
		const statistics = this.statistics;
		statistics.rxPackets++;
		statistics.rxBytes += unpaddedLength(frame);
		if (this.#stack.taps.length > 0) this.#stack.tap(this, frame, 'in');
		const mine = frame.destination === this.mac || this.loopback;
		if (!mine && frame.destination !== BROADCAST_MAC) return;
		const payload = frame.payload;
		if (payload.kind === 'ipv4') this.#stack.ip.receive(payload, this, context);
		else if (payload.kind === 'arp') this.neighbours.receive(payload);
		else statistics.rxDropped++;
	}

	info(): LinkInfo {
		return {
			index: this.index,
			name: this.name,
			mac: this.mac,
			mtu: this.mtu,
			up: this.up,
			carrier: this.carrier,
			loopback: this.loopback,
			addresses: [...this.addresses],
			statistics: { ...this.statistics }
		};
	}

	#countOut(frame: Frame): void {
		this.statistics.txPackets++;
		this.statistics.txBytes += unpaddedLength(frame);
		if (this.#stack.taps.length > 0) this.#stack.tap(this, frame, 'out');
	}

	/** Back to this host; what the kernel noted about the packet (mark, connection) stays with it. */
	#loop(frame: Frame, context: PacketContext): void {
		if (!this.up) return;
		this.#countOut(frame);
		const event: LoopbackEvent = { kind: 'net.loopback', host: this.#stack.host, frame };
		this.#stack.engine.emit(event);
		this.#stack.engine.after(LOOPBACK_DELAY, () => this.receive(frame, { ...context, frame }));
	}
}

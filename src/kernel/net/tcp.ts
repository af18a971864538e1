/**
 * TCP of one host: who gets which segment.
 *
 * Does: finds the connection, else the listener, for a segment; answers everything else with a reset; keeps the ports.
 * Reads: nothing; `TcpConnection` and `TcpListener` do the work.
 */
import type { Ipv4Address, Ipv4Packet, TcpSegment } from '#wire/packet';
import { PROTOCOL, TCP } from '#wire/packet';
import type { SocketInfo } from '../syscalls';
import { formatIpv4Address } from '#wire/address';
import { ANY } from './address';
import type { SocketError } from './icmp';
import type { NetInterface } from './interface';
import { PortTable } from './ports';
import { add, after } from './sequence';
import type { Taker } from './socket';
import type { NetStack } from './stack';
import type { Endpoints, TcpConnection } from './tcp-connection';
import { lengthOf } from './tcp-connection';
import { mix } from './tcp-cookie';
import type { TcpListener } from './tcp-listener';

const NO_BYTES = new Uint8Array(0);
/** the clock of first sequence numbers ticks every 64 ns; microseconds */
const ISN_TICK = 0.064;
/** the two bits of congestion notification in the type of service (RFC 3168) */
const ECN = 3;

export class Tcp {
	readonly ports: PortTable;
	/** behind timestamps and SYN cookies */
	readonly secret: number;
	readonly #stack: NetStack;
	/** by local and remote port; few share both */
	#connections = new Map<number, TcpConnection[]>();
	#listeners = new Map<number, TcpListener[]>();

	constructor(stack: NetStack) {
		this.#stack = stack;
		this.secret = stack.random.uint32();
		this.ports = new PortTable(stack.settings, stack.random, true);
	}

	receive(segment: TcpSegment, packet: Ipv4Packet, incoming: NetInterface): void {
		if (segment.checksum !== undefined || this.#stack.routing.isBroadcast(packet.destination)) return;
		const connection = this.find(packet.destination, segment.destinationPort, packet.source, segment.sourcePort);
		if (connection && !this.#reopens(connection, segment)) return connection.receive(segment);
		const listener = this.listener(packet.destination, segment.destinationPort);
		if (listener) {
			connection?.abort(null);
			return listener.receive(segment, packet);
		}
		if (connection) return connection.receive(segment);
		if (!(segment.flags & TCP.rst)) this.#tellRefusal(packet, segment.destinationPort, incoming);
		const ends = {
			localAddress: packet.destination,
			localPort: segment.destinationPort,
			remoteAddress: packet.source,
			remotePort: segment.sourcePort
		};
		this.sendReset(segment, ends, null, packet.tos);
	}

	/** Nobody listens there: the watcher hears who has the port at other addresses. */
	#tellRefusal(packet: Ipv4Packet, port: number, incoming: NetInterface): void {
		const others = (this.#listeners.get(port) ?? []).map(
			({ owner }) => `${formatIpv4Address(owner.localAddress)}:${port}`
		);
		const elsewhere = others.length > 0 ? `, only on ${others.join(', ')}` : '';
		const text = `no socket listens on ${formatIpv4Address(packet.destination)}:${port}${elsewhere}`;
		this.#stack.ip.drop(packet, incoming, { check: 'tcp', outcome: 'decided', text }, 'refused');
	}

	/** A new SYN for a connection in TIME_WAIT, beyond all that it had (RFC 9293 3.10.7.4, RFC 6191). */
	#reopens(connection: TcpConnection, segment: TcpSegment): boolean {
		if (connection.state !== 'TIME_WAIT' || !(segment.flags & TCP.syn) || segment.flags & (TCP.ack | TCP.rst))
			return false;
		return after(segment.sequence, connection.receiver.next) || connection.newerTimestamp(segment);
	}

	/**
	 * Answers a segment that belongs to nothing (RFC 9293 3.10.7.1); a reset is never answered.
	 * @param tos Linux answers with the type of service of the segment, without ECN; netfilter's resets have none
	 */
	sendReset(segment: TcpSegment, ends: Endpoints, tracking: unknown = null, tos = 0): void {
		if (segment.flags & TCP.rst || this.#stack.routing.isBroadcast(ends.localAddress)) return;
		const answers = (segment.flags & TCP.ack) !== 0;
		this.#stack.ip.send({
			protocol: PROTOCOL.tcp,
			source: ends.localAddress,
			destination: ends.remoteAddress,
			dontFragment: true,
			identification: 0,
			tos: tos & ~ECN,
			tracking,
			payload: {
				kind: 'tcp',
				sourcePort: ends.localPort,
				destinationPort: ends.remotePort,
				sequence: answers ? segment.acknowledgement : 0,
				acknowledgement: answers ? 0 : add(segment.sequence, lengthOf(segment)),
				flags: answers ? TCP.rst : TCP.rst | TCP.ack,
				window: 0,
				urgentPointer: 0,
				options: [],
				payload: NO_BYTES
			}
		});
	}

	error(error: SocketError): void {
		const connection = this.find(error.source, error.sourcePort, error.destination, error.destinationPort);
		if (connection) connection.unreachable(error);
		else if (!error.fatal && !error.fragmentationNeeded)
			this.listener(error.source, error.sourcePort)?.unreachable(error);
	}

	find(local: Ipv4Address, localPort: number, remote: Ipv4Address, remotePort: number): TcpConnection | undefined {
		const candidates = this.#connections.get(localPort * 0x10000 + remotePort);
		return candidates?.find((one) => one.remoteAddress === remote && one.localAddress === local);
	}

	/** Who would get a segment, for the firewall's questions. */
	takerOf(local: Ipv4Address, port: number, remote: Ipv4Address, remotePort: number): Taker | null {
		const connection = this.find(local, port, remote, remotePort);
		if (connection?.owner) return { wildcard: false };
		const listener = this.listener(local, port);
		return listener ? { wildcard: !connection && listener.owner.localAddress === ANY } : null;
	}

	/** The listener for that address: one bound to it before one bound to all. */
	listener(local: Ipv4Address, port: number): TcpListener | undefined {
		const candidates = this.#listeners.get(port);
		return (
			candidates?.find((one) => one.owner.localAddress === local) ??
			candidates?.find((one) => one.owner.localAddress === ANY)
		);
	}

	add(connection: TcpConnection): void {
		const key = connection.localPort * 0x10000 + connection.remotePort;
		const list = this.#connections.get(key);
		if (list) list.push(connection);
		else this.#connections.set(key, [connection]);
		this.ports.add(connection.localPort, connection);
	}

	remove(connection: TcpConnection): void {
		const key = connection.localPort * 0x10000 + connection.remotePort;
		const list = this.#connections.get(key)?.filter((other) => other !== connection) ?? [];
		if (list.length > 0) this.#connections.set(key, list);
		else this.#connections.delete(key);
		this.ports.remove(connection.localPort, connection);
	}

	addListener(listener: TcpListener): void {
		const port = listener.owner.localPort;
		this.#listeners.set(port, [...(this.#listeners.get(port) ?? []), listener]);
	}

	removeListener(listener: TcpListener): void {
		const port = listener.owner.localPort;
		const list = this.#listeners.get(port)?.filter((other) => other !== listener) ?? [];
		if (list.length > 0) this.#listeners.set(port, list);
		else this.#listeners.delete(port);
	}

	/** Progress of a connection proves that the next hop is there. */
	confirmNeighbour(remote: Ipv4Address): void {
		const route = this.#stack.routing.lookup(remote);
		route.interface?.neighbours.confirm(route.gateway ?? remote);
	}

	/** The first sequence number of a new connection: later ones of the same ends begin behind it (RFC 6528). */
	initialSequence(ends: Endpoints): number {
		const ofEnds = mix(this.timestampOffset(ends), ends.localPort * 0x10000 + ends.remotePort);
		return (ofEnds + Math.floor(this.#stack.engine.now / ISN_TICK)) >>> 0;
	}

	/** What is added to the clock in timestamps: constant for a pair of hosts (RFC 7323 7.1). */
	timestampOffset(ends: Endpoints): number {
		return mix(mix(this.secret, ends.localAddress), ends.remoteAddress);
	}

	list(): SocketInfo[] {
		const listeners = [...this.#listeners.values()].flat().flatMap((listener) => listener.list());
		const connections = [...this.#connections.values()].flat().map((connection) => connection.info());
		return [...listeners, ...connections];
	}

	/** Power off. */
	clear(): void {
		for (const connection of [...this.#connections.values()].flat()) connection.powerOff();
		for (const listener of [...this.#listeners.values()].flat()) listener.clear();
		this.#connections.clear();
		this.#listeners.clear();
		this.ports.clear();
	}
}

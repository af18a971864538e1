/**
 * UDP (RFC 768, udp(7)).
 *
 * Does: finds the socket for a datagram (the most closely matching one; all of them for a broadcast), answers with port
 *       unreachable where there is none, reports ICMP errors to connected sockets.
 * Not simulated: multicast groups, UDP-Lite, IP_RECVERR (an unconnected socket hears no errors), MSG_TRUNC.
 */
import type { Ipv4Address, Ipv4Packet, UdpDatagram } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import { Errno } from '../syscalls';
import type { Received, SocketAddress, SocketInfo } from '../syscalls';
import type { Answer } from '../wait';
import { WouldBlock } from '../wait';
import { ANY, LOCALHOST } from './address';
import type { SocketError } from './icmp';
import { UNREACHABLE } from './icmp';
import { PortTable } from './ports';
import type { PortHolder } from './ports';
import { IPV4_HEADER, UDP_HEADER } from '#wire/length';
import { inet, inetAddress, NetSocket, ReceiveQueue, type Taker } from './socket';
import { ROUTE_ERRORS } from './route';
import type { NetStack } from './stack';

const PAYLOAD_MAX = 65535 - IPV4_HEADER - UDP_HEADER;

export class Udp {
	readonly ports: PortTable;
	readonly #stack: NetStack;
	#sockets = new Map<number, UdpSocket[]>();

	constructor(stack: NetStack) {
		this.#stack = stack;
		this.ports = new PortTable(stack.settings, stack.random, false);
	}

	receive(datagram: UdpDatagram, packet: Ipv4Packet): void {
		if (datagram.checksum !== undefined) return;
		if (this.#stack.routing.isBroadcast(packet.destination)) {
			for (const socket of this.#sockets.get(datagram.destinationPort) ?? [])
				if (socket.score(packet.destination, packet.source, datagram.sourcePort) >= 0) socket.deliver(datagram, packet);
			return;
		}
		const socket = this.#find(packet.destination, datagram.destinationPort, packet.source, datagram.sourcePort);
		if (socket) return socket.deliver(datagram, packet);
		// no connection goes with the error: UDP let go of the packet's before it looked for a socket (nf_reset_ct)
		const reason = `no socket has UDP port ${datagram.destinationPort}`;
		this.#stack.icmp.sendError(packet, { type: 3, code: UNREACHABLE.port, rest: 0, reason });
	}

	error(error: SocketError): void {
		this.#find(error.source, error.sourcePort, error.destination, error.destinationPort)?.unreachable(error);
	}

	add(port: number, socket: UdpSocket): void {
		const list = this.#sockets.get(port);
		if (list) list.push(socket);
		else this.#sockets.set(port, [socket]);
		this.ports.add(port, socket);
	}

	remove(port: number, socket: UdpSocket): void {
		const list = this.#sockets.get(port)?.filter((other) => other !== socket) ?? [];
		if (list.length > 0) this.#sockets.set(port, list);
		else this.#sockets.delete(port);
		this.ports.remove(port, socket);
	}

	list(): SocketInfo[] {
		return [...this.#sockets.values()].flat().map((socket) => socket.info());
	}

	clear(): void {
		this.#sockets.clear();
		this.ports.clear();
	}

	/** Who would get a datagram, for the firewall's questions. */
	takerOf(local: Ipv4Address, port: number, remote: Ipv4Address, remotePort: number): Taker | null {
		const socket = this.#find(local, port, remote, remotePort);
		return socket && { wildcard: socket.localAddress === ANY };
	}

	#find(local: Ipv4Address, port: number, remote: Ipv4Address, remotePort: number): UdpSocket | null {
		const candidates = this.#sockets.get(port);
		if (!candidates) return null;
		let best: UdpSocket | null = null;
		let bestScore = -1;
		for (const socket of candidates) {
			const score = socket.score(local, remote, remotePort);
			if (score < bestScore || score < 0) continue;
			best = socket;
			bestScore = score;
		}
		return best;
	}
}

export class UdpSocket extends NetSocket implements PortHolder {
	localAddress: Ipv4Address = ANY;
	readonly listening = false;
	#localPort = 0;
	#remoteAddress: Ipv4Address = ANY;
	#remotePort = 0;
	#queue = new ReceiveQueue();
	#readClosed = false;
	#writeClosed = false;

	get reuse(): boolean {
		return this.options.reuseaddr === 1;
	}

	/** How closely the socket matches; -1: not at all. */
	score(local: Ipv4Address, remote: Ipv4Address, remotePort: number): number {
		let score = 0;
		if (this.localAddress !== ANY) {
			if (this.localAddress !== local) return -1;
			score++;
		}
		if (this.#remotePort !== 0) {
			if (this.#remoteAddress !== remote || this.#remotePort !== remotePort) return -1;
			score += 2;
		}
		return score;
	}

	deliver(datagram: UdpDatagram, packet: Ipv4Packet): void {
		if (this.#readClosed) return;
		const from = inet(packet.source, datagram.sourcePort);
		if (this.#queue.push({ bytes: datagram.payload, from })) this.changed.wake();
	}

	unreachable(error: SocketError): void {
		if (this.#remotePort !== 0 && error.fatal) this.fail(error.errno);
	}

	bind(address: SocketAddress): void {
		const { address: local, port } = inetAddress(address);
		if (this.#localPort !== 0) throw new Errno('EINVAL');
		this.stack.checkLocal(local);
		this.stack.udp.ports.checkPrivilege(port, this.credentials.euid);
		this.localAddress = local;
		if (port !== 0 && this.stack.udp.ports.conflicts(port, this)) {
			this.localAddress = ANY;
			throw new Errno('EADDRINUSE');
		}
		this.#take(port);
	}

	connect(address: SocketAddress): void {
		const { address: asked, port } = inetAddress(address);
		const remote = asked === ANY ? LOCALHOST : asked;
		const route = this.stack.routing.lookup(remote);
		if (!route.interface) throw new Errno(ROUTE_ERRORS[route.type] ?? 'ENETUNREACH');
		if (route.type === 'broadcast' && !this.options.broadcast) throw new Errno('EACCES');
		if (this.#localPort === 0) this.#take(0);
		if (this.localAddress === ANY) this.localAddress = route.source;
		this.#remoteAddress = remote;
		this.#remotePort = port;
	}

	sendto(bytes: Uint8Array, to?: SocketAddress): number {
		this.throwPending();
		if (this.#writeClosed) throw new Errno('EPIPE');
		if (bytes.length > PAYLOAD_MAX) throw new Errno('EMSGSIZE');
		const target = to ? inetAddress(to) : { address: this.#remoteAddress, port: this.#remotePort };
		if (!to && this.#remotePort === 0) throw new Errno('EDESTADDRREQ');
		if (target.port === 0) throw new Errno('EINVAL');
		const destination = target.address === ANY ? LOCALHOST : target.address;
		const route = this.stack.routing.lookup(destination);
		if (route.type === 'broadcast' && !this.options.broadcast) throw new Errno('EACCES');
		if (this.#localPort === 0) this.#take(0);
		const length = IPV4_HEADER + UDP_HEADER + bytes.length;
		const failed = this.stack.ip.send({
			protocol: PROTOCOL.udp,
			source: this.localAddress,
			destination,
			dontFragment: length <= this.stack.ip.mtuTo(destination, route),
			payload: { kind: 'udp', sourcePort: this.#localPort, destinationPort: target.port, payload: bytes.slice() },
			...this.header()
		});
		if (failed) throw new Errno(failed);
		return bytes.length;
	}

	recvfrom(count: number): Answer<Received> {
		this.throwPending();
		const received = this.#queue.take(count);
		if (received) return received;
		if (this.#readClosed) return { bytes: new Uint8Array(0), from: inet(ANY, 0) };
		return new WouldBlock([this.changed]);
	}

	peekfrom(count: number): Answer<Received> {
		return this.#queue.peek(count) ?? this.recvfrom(count);
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		const read = this.#queue.length > 0 || this.#readClosed || this.error !== null;
		return { read, write: true, hangup: this.error !== null };
	}

	override shutdown(how: 'read' | 'write' | 'both'): void {
		if (this.#remotePort === 0) throw new Errno('ENOTCONN');
		if (how !== 'write') this.#readClosed = true;
		if (how !== 'read') this.#writeClosed = true;
		this.changed.wake();
	}

	getsockname(): SocketAddress {
		return inet(this.localAddress, this.#localPort);
	}

	getpeername(): SocketAddress {
		if (this.#remotePort === 0) throw new Errno('ENOTCONN');
		return inet(this.#remoteAddress, this.#remotePort);
	}

	info(): SocketInfo {
		return {
			protocol: 'udp',
			type: 'dgram',
			state: this.#remotePort === 0 ? '' : 'ESTABLISHED',
			local: this.getsockname(),
			remote: inet(this.#remoteAddress, this.#remotePort),
			receiveQueue: this.#queue.bytes,
			sendQueue: 0,
			uid: this.credentials.uid,
			inode: this.inode
		};
	}

	close(): void {
		if (this.#localPort !== 0) this.stack.udp.remove(this.#localPort, this);
		this.#localPort = 0;
		this.changed.wake();
	}

	#take(port: number): void {
		const { udp } = this.stack;
		this.#localPort = port || udp.ports.ephemeral((candidate) => udp.ports.free(candidate), 'EAGAIN');
		udp.add(this.#localPort, this);
	}
}

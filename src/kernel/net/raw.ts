/**
 * Raw IP sockets (raw(7)) and the ping sockets of icmp(7) (dgram, protocol ICMP).
 *
 * Does: gives every packet of its protocol, IP header first, to each raw socket (after INPUT, beside the protocol's own
 *       handling); sends what a program built, with (IP_HDRINCL) or without the IP header. A ping socket is given echo
 *       replies to its own identifier, without IP header.
 * Not simulated: ICMP_FILTER, IP_RECVERR.
 */
import type { IcmpMessage, Ipv4Address, Ipv4Packet } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import { Errno } from '../syscalls';
import type { Received, SocketAddress, SocketInfo } from '../syscalls';
import type { Answer } from '../wait';
import { WouldBlock } from '../wait';
import { ANY, LOCALHOST } from './address';
import { buildIpv4, parseIpv4 } from '#wire/ipv4';
import { buildTransport, parseTransport } from './bytes';
import type { SocketError } from './icmp';
import { ICMP } from './icmp';
import { packetLength } from '#wire/length';
import { ROUTE_ERRORS } from './route';
import type { Credentials } from './socket';
import { inet, inetAddress, NetSocket, ReceiveQueue } from './socket';
import type { NetStack } from './stack';

/** only sends, and always with its own header */
export const IPPROTO_RAW = 255;
const NO_OPTIONS = new Uint8Array(0);

export class RawSockets {
	readonly #sockets: RawSocket[] = [];
	readonly #pings: PingSocket[] = [];

	/** @returns whether a raw socket took a copy */
	receive(packet: Ipv4Packet): boolean {
		let taken = false;
		for (const socket of this.#sockets) taken = socket.deliver(packet) || taken;
		if (packet.payload.kind === 'icmp') for (const socket of this.#pings) socket.deliver(packet, packet.payload);
		return taken;
	}

	/** An ICMP error about something that one of these sent. */
	error(error: SocketError, protocol: number): void {
		for (const socket of this.#sockets) if (socket.protocol === protocol) socket.unreachable(error);
		const identifier = error.sequence >>> 16;
		if (protocol === PROTOCOL.icmp) for (const socket of this.#pings) socket.unreachable(error, identifier);
	}

	add(socket: RawSocket): void {
		this.#sockets.push(socket);
	}

	addPing(socket: PingSocket): void {
		this.#pings.push(socket);
	}

	remove(socket: PortlessSocket): void {
		for (const list of [this.#sockets, this.#pings] as PortlessSocket[][]) {
			const at = list.indexOf(socket);
			if (at >= 0) list.splice(at, 1);
		}
	}

	identifierTaken(identifier: number): boolean {
		return this.#pings.some((socket) => socket.identifier === identifier);
	}

	list(): SocketInfo[] {
		return this.#sockets.map((socket) => socket.info());
	}

	clear(): void {
		this.#sockets.length = 0;
		this.#pings.length = 0;
	}
}

/** What raw and ping sockets share: addresses and a queue, no ports. */
abstract class PortlessSocket extends NetSocket {
	protected local: Ipv4Address = ANY;
	protected remote: Ipv4Address = ANY;
	protected readonly queue = new ReceiveQueue();

	connect(address: SocketAddress): void {
		const { address: remote } = inetAddress(address);
		const route = this.stack.routing.lookup(remote);
		if (!route.interface) throw new Errno(ROUTE_ERRORS[route.type] ?? 'ENETUNREACH');
		if (this.local === ANY) this.local = route.source;
		this.remote = remote;
	}

	recvfrom(count: number): Answer<Received> {
		this.throwPending();
		return this.queue.take(count) ?? new WouldBlock([this.changed]);
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return { read: this.queue.length > 0 || this.error !== null, write: true, hangup: this.error !== null };
	}

	getpeername(): SocketAddress {
		if (this.remote === ANY) throw new Errno('ENOTCONN');
		return inet(this.remote, 0);
	}

	close(): void {
		this.stack.raw.remove(this);
		this.changed.wake();
	}

	/** @throws Errno EDESTADDRREQ, EACCES for a broadcast without SO_BROADCAST */
	protected target(to: SocketAddress | undefined): Ipv4Address {
		const asked = to ? inetAddress(to).address : this.remote;
		if (!to && asked === ANY) throw new Errno('EDESTADDRREQ');
		const destination = asked === ANY ? LOCALHOST : asked;
		const route = this.stack.routing.lookup(destination);
		if (route.type === 'broadcast' && !this.options.broadcast) throw new Errno('EACCES');
		return destination;
	}

	protected enqueue(bytes: Uint8Array, from: Ipv4Address): void {
		if (this.queue.push({ bytes, from: inet(from, 0) })) this.changed.wake();
	}

	protected infoOf(protocol: number): SocketInfo {
		return {
			protocol: 'raw',
			type: 'raw',
			state: this.remote === ANY ? '7' : '1',
			local: inet(this.local, protocol),
			remote: inet(this.remote, 0),
			receiveQueue: this.queue.bytes,
			sendQueue: 0,
			uid: this.credentials.uid,
			inode: this.inode
		};
	}
}

export class RawSocket extends PortlessSocket {
	readonly protocol: number;

	constructor(stack: NetStack, credentials: Credentials, protocol: number) {
		super(stack, credentials);
		this.protocol = protocol;
		if (protocol === IPPROTO_RAW) this.options.hdrincl = 1;
		stack.raw.add(this);
	}

	deliver(packet: Ipv4Packet): boolean {
		if (packet.protocol !== this.protocol || this.protocol === IPPROTO_RAW) return false;
		if (this.local !== ANY && this.local !== packet.destination) return false;
		if (this.remote !== ANY && this.remote !== packet.source) return false;
		this.enqueue(buildIpv4(packet), packet.source);
		return true;
	}

	unreachable(error: SocketError): void {
		if (this.remote === error.destination && error.fatal) this.fail(error.errno);
	}

	bind(address: SocketAddress): void {
		const { address: local } = inetAddress(address);
		this.stack.checkLocal(local);
		this.local = local;
	}

	sendto(bytes: Uint8Array, to?: SocketAddress): number {
		this.throwPending();
		const destination = this.target(to);
		const failed = this.options.hdrincl ? this.#sendWhole(bytes, destination) : this.#sendPayload(bytes, destination);
		if (failed) throw new Errno(failed);
		return bytes.length;
	}

	getsockname(): SocketAddress {
		return inet(this.local, this.protocol);
	}

	info(): SocketInfo {
		return this.infoOf(this.protocol);
	}

	/** IP_HDRINCL: source and identification are filled in where they are 0, checksum and length always (raw(7)). */
	#sendWhole(bytes: Uint8Array, destination: Ipv4Address): ReturnType<NetStack['ip']['send']> {
		const header = bytes.slice();
		if (header.length >= 20) new DataView(header.buffer).setUint16(2, header.length);
		const parsed = parseIpv4(header);
		if (!parsed) throw new Errno('EINVAL');
		const route = this.stack.routing.lookup(destination);
		if (!route.interface) return ROUTE_ERRORS[route.type] ?? 'ENETUNREACH';
		if (packetLength(parsed) > route.interface.mtu) throw new Errno('EMSGSIZE');
		const packet: Ipv4Packet = {
			...parsed,
			source: parsed.source === ANY ? route.source : parsed.source,
			identification: parsed.identification === 0 ? this.stack.ip.nextIdentification() : parsed.identification
		};
		return this.stack.ip.output(
			packet,
			{ mark: this.options.mark, frame: null, uid: this.credentials.euid, gid: this.gid, journey: 0, tracking: null },
			route
		);
	}

	#sendPayload(bytes: Uint8Array, destination: Ipv4Address): ReturnType<NetStack['ip']['send']> {
		const route = this.stack.routing.lookup(destination);
		const source = this.local === ANY ? route.source : this.local;
		const fits = bytes.length + 20 <= this.stack.ip.mtuTo(destination, route);
		const shell: Ipv4Packet = {
			kind: 'ipv4',
			tos: 0,
			identification: 0,
			dontFragment: false,
			moreFragments: false,
			fragmentOffset: 0,
			ttl: 64,
			protocol: this.protocol,
			source,
			destination,
			options: NO_OPTIONS,
			payload: { kind: 'raw', bytes: bytes.slice() }
		};
		const { payload } = parseTransport(shell);
		return this.stack.ip.send({
			protocol: this.protocol,
			source,
			destination,
			dontFragment: fits,
			payload,
			...this.header()
		});
	}
}

/** An unprivileged ICMP socket: only echo requests, whose identifier and checksum the kernel sets. */
export class PingSocket extends PortlessSocket {
	identifier = 0;

	constructor(stack: NetStack, credentials: Credentials) {
		super(stack, credentials);
		stack.raw.addPing(this);
	}

	deliver(packet: Ipv4Packet, message: IcmpMessage): void {
		if (message.type !== ICMP.echoReply || message.rest >>> 16 !== this.identifier || this.identifier === 0) return;
		if (this.remote !== ANY && this.remote !== packet.source) return;
		this.enqueue(buildTransport(packet), packet.source);
	}

	unreachable(error: SocketError, identifier: number): void {
		if (this.identifier === identifier && this.remote === error.destination && error.fatal) this.fail(error.errno);
	}

	bind(address: SocketAddress): void {
		const { address: local, port } = inetAddress(address);
		this.stack.checkLocal(local);
		if (port !== 0 && this.stack.raw.identifierTaken(port)) throw new Errno('EADDRINUSE');
		this.local = local;
		this.#identify(port);
	}

	sendto(bytes: Uint8Array, to?: SocketAddress): number {
		this.throwPending();
		const destination = this.target(to);
		if (bytes.length < 8 || bytes[0] !== ICMP.echo || bytes[1] !== 0) throw new Errno('EINVAL');
		if (this.identifier === 0) this.#identify(0);
		const sequence = (bytes[6]! << 8) | bytes[7]!;
		const failed = this.stack.ip.send({
			protocol: PROTOCOL.icmp,
			source: this.local,
			destination,
			dontFragment: bytes.length + 20 <= this.stack.ip.mtuTo(destination),
			payload: {
				kind: 'icmp',
				type: ICMP.echo,
				code: 0,
				rest: this.identifier * 0x10000 + sequence,
				payload: bytes.slice(8)
			},
			...this.header()
		});
		if (failed) throw new Errno(failed);
		return bytes.length;
	}

	getsockname(): SocketAddress {
		return inet(this.local, this.identifier);
	}

	info(): SocketInfo {
		return this.infoOf(PROTOCOL.icmp);
	}

	#identify(wanted: number): void {
		while (wanted === 0 || this.stack.raw.identifierTaken(wanted)) wanted = this.stack.random.between(1, 0xffff);
		this.identifier = wanted;
	}
}

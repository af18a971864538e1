/**
 * The network stack of one host: puts the layers together, and is the door for the host's system calls.
 *
 * Does: makes interfaces and sockets; answers the administration calls (`Calls` of `kernel/syscalls`) that ip, ifconfig,
 *       route, arp, netstat and sysctl are built on. Who may call them is the caller's business.
 * Reads: nothing from outside; time from the engine, chance from its own random.
 * A host has a loopback interface, up with 127.0.0.1/8, from the start; further interfaces start down, as Linux's do.
 */
import type { Engine } from '#engine/engine';
import type { Random } from '#engine/random';
import type { Frame, Ipv4Address, Ipv4Packet, MacAddress } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import type { SocketFile } from '../open-file';
import { Errno } from '../syscalls';
import type { LinkInfo, NeighbourInfo, RouteInfo, SocketInfo } from '../syscalls';
import { LOCALHOST } from './address';
import type { Hooks, PacketContext } from './hooks';
import { acceptAll } from './hooks';
import { Icmp, UNREACHABLE } from './icmp';
import type { InterfaceOptions } from './interface';
import { NetInterface } from './interface';
import { Ip } from './ip';
import { PacketSocket } from './packet-socket';
import { IPPROTO_RAW, PingSocket, RawSocket, RawSockets } from './raw';
import { ROUTE_ERRORS, RoutingTable } from './route';
import { Settings } from './settings';
import type { Credentials } from './socket';
import { Tcp } from './tcp';
import { TcpSocket } from './tcp-socket';
import { Udp, UdpSocket } from './udp';

export interface NetStackOptions {
	readonly host: string;
	readonly engine: Engine;
	readonly random: Random;
	/** numbers of sockets; give the host's own counter so that no two files share one */
	readonly nextInode?: () => number;
}

export class NetStack {
	readonly host: string;
	readonly engine: Engine;
	readonly random: Random;
	readonly settings = new Settings();
	readonly interfaces: NetInterface[] = [];
	readonly routing = new RoutingTable(this.interfaces);
	readonly taps: PacketSocket[] = [];
	readonly nextInode: () => number;
	readonly ip: Ip;
	readonly icmp: Icmp;
	readonly udp: Udp;
	readonly tcp: Tcp;
	readonly raw = new RawSockets();
	hooks: Hooks = acceptAll;
	/** told of an interface that went down or lost an address */
	onAddressGone: (name: string) => void = () => {};
	/** a line for the kernel's log (dmesg) */
	log: (line: string) => void = () => {};
	#off = false;
	/** interfaces that were up when the power went */
	#upBefore: NetInterface[] = [];

	constructor(options: NetStackOptions) {
		this.host = options.host;
		this.engine = options.engine;
		this.random = options.random;
		let inode = 10_000;
		this.nextInode = options.nextInode ?? (() => ++inode);
		this.ip = new Ip(this);
		this.icmp = new Icmp(this);
		this.udp = new Udp(this);
		this.tcp = new Tcp(this);
		const lo = this.addInterface({ name: 'lo', mac: 0, loopback: true });
		this.setLink(lo.name, { up: true });
		this.addAddress(lo.name, LOCALHOST, 8);
	}

	/** Power off: everything stops where it is, nothing is sent. */
	down(): void {
		if (this.#off) return;
		this.#off = true;
		this.#upBefore = this.interfaces.filter((netInterface) => netInterface.up);
		this.tcp.clear();
		this.udp.clear();
		this.raw.clear();
		this.taps.length = 0;
		this.ip.reassembler.clear();
		for (const netInterface of this.interfaces) {
			netInterface.neighbours.flush();
			netInterface.up = false;
		}
	}

	/** Power on again: addresses and routes stand as they did (Not simulated: ifupdown setting them up anew). */
	up(): void {
		if (!this.#off) return;
		this.#off = false;
		for (const netInterface of this.#upBefore) netInterface.up = true;
	}

	get off(): boolean {
		return this.#off;
	}

	/** A new interface, down and without address; the loopback interface is there already. */
	addInterface(options: InterfaceOptions): NetInterface {
		const there = this.interfaces.find((one) => one.name === options.name);
		if (there) return there;
		const netInterface = new NetInterface(this, this.interfaces.length + 1, options);
		this.interfaces.push(netInterface);
		this.settings.addInterface(options.name);
		return netInterface;
	}

	/** @throws Errno ENODEV */
	interfaceByName(name: string): NetInterface {
		const found = this.interfaces.find((one) => one.name === name);
		if (!found) throw new Errno('ENODEV');
		return found;
	}

	/** Shows a frame to the packet sockets. */
	tap(netInterface: NetInterface, frame: Frame, direction: 'in' | 'out'): void {
		for (const socket of this.taps) socket.see(netInterface, frame, direction);
	}

	/** A packet for this host, past INPUT: to the raw sockets and to its protocol. */
	deliver(packet: Ipv4Packet, incoming: NetInterface, context: PacketContext): void {
		const taken = this.raw.receive(packet);
		const payload = packet.payload;
		if (payload.kind === 'tcp') this.tcp.receive(payload, packet, incoming);
		else if (payload.kind === 'udp') this.udp.receive(payload, packet);
		else if (payload.kind === 'icmp') this.icmp.receive(payload, packet);
		else if (!taken && !KNOWN_PROTOCOLS.has(packet.protocol)) {
			const reason = `nothing here speaks IP protocol ${packet.protocol}`;
			this.icmp.sendError(packet, { type: 3, code: UNREACHABLE.protocol, rest: 0, reason }, incoming, context);
		}
	}

	/* ---- sockets ------------------------------------------------------------------------------------------------- */

	/** @throws Errno EPERM, EPROTONOSUPPORT */
	createSocket(
		family: 'inet' | 'packet',
		type: 'stream' | 'dgram' | 'raw',
		protocol: number,
		cred: Credentials
	): SocketFile {
		if (family === 'packet') {
			if (cred.euid !== 0) throw new Errno('EPERM');
			if (type === 'stream') throw new Errno('EPROTONOSUPPORT');
			return new PacketSocket(this, cred, type, protocol);
		}
		if (type === 'raw') {
			if (protocol === 0 || protocol > IPPROTO_RAW) throw new Errno('EPROTONOSUPPORT');
			if (cred.euid !== 0) throw new Errno('EPERM');
			return new RawSocket(this, cred, protocol);
		}
		if (type === 'dgram' && protocol === PROTOCOL.icmp) return new PingSocket(this, cred);
		if (protocol !== 0 && protocol !== (type === 'stream' ? PROTOCOL.tcp : PROTOCOL.udp))
			throw new Errno('EPROTONOSUPPORT');
		return type === 'stream' ? new TcpSocket(this, cred) : new UdpSocket(this, cred);
	}

	sockets(): readonly SocketInfo[] {
		return [...this.tcp.list(), ...this.udp.list(), ...this.raw.list()];
	}

	/** @throws Errno EADDRNOTAVAIL for an address that bind(2) may not take */
	checkLocal(address: Ipv4Address): void {
		if (address === 0 || this.routing.isLocal(address) || this.routing.isBroadcast(address)) return;
		if (this.settings.number('net.ipv4.ip_nonlocal_bind') === 0) throw new Errno('EADDRNOTAVAIL');
	}

	/* ---- administration ------------------------------------------------------------------------------------------ */

	links(): readonly LinkInfo[] {
		return this.interfaces.map((netInterface) => netInterface.info());
	}

	/** @throws Errno ENODEV, EINVAL for an MTU out of range */
	setLink(name: string, change: { readonly up?: boolean; readonly mtu?: number }): void {
		const netInterface = this.interfaceByName(name);
		if (change.mtu !== undefined) {
			if (change.mtu < 68 || change.mtu > 65536) throw new Errno('EINVAL');
			netInterface.mtu = change.mtu;
		}
		if (change.up === undefined || change.up === netInterface.up) return;
		netInterface.up = change.up;
		if (change.up) {
			for (const { address, prefix } of netInterface.addresses)
				this.routing.addConnected(netInterface, address, prefix);
			this.routing.changed();
		} else {
			netInterface.neighbours.flush();
			this.routing.removeInterface(netInterface);
			this.onAddressGone(name);
		}
	}

	/** @throws Errno ENODEV, EEXIST, EINVAL */
	addAddress(link: string, address: Ipv4Address, prefix: number, broadcast?: Ipv4Address): void {
		const netInterface = this.interfaceByName(link);
		if (prefix < 0 || prefix > 32) throw new Errno('EINVAL');
		if (netInterface.addresses.some((own) => own.address === address && own.prefix === prefix))
			throw new Errno('EEXIST');
		netInterface.addresses.push({ address, prefix, ...(broadcast !== undefined && { broadcast }) });
		if (netInterface.up) this.routing.addConnected(netInterface, address, prefix);
		this.routing.changed();
	}

	/** @throws Errno ENODEV, EADDRNOTAVAIL */
	deleteAddress(link: string, address: Ipv4Address, prefix: number): void {
		const netInterface = this.interfaceByName(link);
		const at = netInterface.addresses.findIndex((own) => own.address === address && own.prefix === prefix);
		if (at < 0) throw new Errno('EADDRNOTAVAIL');
		netInterface.addresses.splice(at, 1);
		this.routing.removeAddress(netInterface, address);
		this.onAddressGone(link);
	}

	routes(): readonly RouteInfo[] {
		return [...this.routing.list(), ...this.routing.listLocal()];
	}

	addRoute(route: RouteInfo): void {
		this.routing.add(route);
	}

	deleteRoute(route: Partial<RouteInfo>): void {
		this.routing.delete(route);
	}

	/** @throws Errno ENETUNREACH and the like, as a connect would get */
	routeTo(destination: Ipv4Address): RouteInfo & { readonly source: Ipv4Address } {
		const route = this.routing.lookup(destination);
		if (!route.interface) throw new Errno(ROUTE_ERRORS[route.type] ?? 'ENETUNREACH');
		const local = {
			scope: 'host',
			protocol: 'kernel',
			metric: 0,
			type: route.type === 'unicast' ? 'unicast' : route.type
		} as const;
		return {
			...(route.info ?? (local as Omit<RouteInfo, 'destination' | 'prefix' | 'interface'>)),
			destination,
			prefix: 32,
			interface: route.interface.name,
			...(route.gateway === null ? {} : { gateway: route.gateway }),
			source: route.source
		};
	}

	neighbours(): readonly NeighbourInfo[] {
		return this.interfaces.flatMap((netInterface) => netInterface.neighbours.list());
	}

	/** @throws Errno ENODEV, ENXIO when there is no such neighbour */
	deleteNeighbour(link: string, address: Ipv4Address): void {
		if (!this.interfaceByName(link).neighbours.delete(address)) throw new Errno('ENXIO');
	}

	/** A neighbour that nobody needs to ask for (`arp -s`). @throws Errno ENODEV */
	addNeighbour(link: string, address: Ipv4Address, mac: MacAddress): void {
		this.interfaceByName(link).neighbours.setPermanent(address, mac);
	}

	/** Reads a setting, or writes it first. @throws Errno ENOENT, EINVAL */
	sysctl(name: string, value?: string): string {
		if (value !== undefined) this.settings.set(name, value);
		return this.settings.get(name);
	}
}

const KNOWN_PROTOCOLS: ReadonlySet<number> = new Set(Object.values(PROTOCOL));

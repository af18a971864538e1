/**
 * The routing tables: where a packet goes, and which source address it has.
 *
 * Does: keeps the local table (own addresses, broadcasts) and the main table (connected, static and default routes),
 *       finds the longest prefix, the lowest metric among equals, and remembers answers until something changes.
 * Reads: the interfaces' addresses. A connected route comes with an address and goes with it or with the interface.
 * Not simulated: policy rules, further tables, multipath, multicast, routes by type of service.
 */
import type { Ipv4Address } from '#wire/packet';
import { Errno } from '../syscalls';
import type { ErrnoCode, RouteInfo } from '../syscalls';
import { broadcastOf, networkOf } from '#wire/address';
import { inPrefix, isMulticast, LIMITED_BROADCAST } from './address';
import type { NetInterface } from './interface';

/** The answer to "where does a packet to that address go?" */
export interface Route {
	readonly type: 'unicast' | 'local' | 'broadcast' | 'unreachable' | 'blackhole' | 'prohibit' | 'none';
	/** null for those that lead nowhere */
	readonly interface: NetInterface | null;
	/** the router on the way; null when the destination is a neighbour */
	readonly gateway: Ipv4Address | null;
	/** source address for packets made here */
	readonly source: Ipv4Address;
	/** the row of the table; null for own addresses and where none fits */
	readonly info: RouteInfo | null;
}

/** What a sender gets for a route that leads nowhere (fib_props in net/ipv4/fib_semantics.c). */
export const ROUTE_ERRORS: Readonly<Partial<Record<Route['type'], ErrnoCode>>> = {
	none: 'ENETUNREACH',
	unreachable: 'EHOSTUNREACH',
	prohibit: 'EACCES',
	blackhole: 'EINVAL'
};

const CACHE_LIMIT = 4096;
const NOWHERE: Route = { type: 'none', interface: null, gateway: null, source: 0, info: null };

/** The address that was named as broadcast, and that of the prefix. */
export function broadcastsOf({ address, prefix, broadcast }: NetInterface['addresses'][number]): Set<Ipv4Address> {
	const all = new Set(broadcast === undefined ? [] : [broadcast]);
	if (prefix < 31) all.add(broadcastOf(address, prefix));
	return all;
}

export class RoutingTable {
	readonly #interfaces: readonly NetInterface[];
	#routes: RouteInfo[] = [];
	#cache = new Map<Ipv4Address, Route>();
	#local = new Map<Ipv4Address, NetInterface>();
	#broadcasts = new Map<Ipv4Address, NetInterface>();

	/** @param interfaces the host's list, which may grow; the first is the loopback interface */
	constructor(interfaces: readonly NetInterface[]) {
		this.#interfaces = interfaces;
	}

	/** An own address: of an interface, or any of 127.0.0.0/8. */
	isLocal(address: Ipv4Address): boolean {
		return this.#local.has(address) || (address >>> 24 === 127 && this.lookup(address).type === 'local');
	}

	isBroadcast(address: Ipv4Address): boolean {
		return address === LIMITED_BROADCAST || this.#broadcasts.has(address);
	}

	lookup(destination: Ipv4Address): Route {
		const known = this.#cache.get(destination);
		if (known) return known;
		const route = this.#find(destination);
		if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
		this.#cache.set(destination, route);
		return route;
	}

	/** The main table as `ip route` and `route -n` list it: by address, the longer prefix before the shorter. */
	list(): readonly RouteInfo[] {
		return [...this.#routes].sort(
			(a, b) => a.destination - b.destination || b.prefix - a.prefix || a.metric - b.metric
		);
	}

	/** The local table: own addresses and broadcasts of the interfaces that are up (fib_add_ifaddr). */
	listLocal(): readonly RouteInfo[] {
		return this.#interfaces
			.filter(({ up }) => up)
			.flatMap(({ name, loopback, addresses }) =>
				addresses.flatMap((own): RouteInfo[] => {
					const row = { interface: name, source: own.address, metric: 0, protocol: 'kernel' } as const;
					const local = { ...row, scope: 'host', type: 'local' } as const;
					return [
						{ ...local, destination: own.address, prefix: 32 },
						...(loopback ? [{ ...local, destination: networkOf(own.address, own.prefix), prefix: own.prefix }] : []),
						...[...broadcastsOf(own)].map(
							(destination) => ({ ...row, destination, prefix: 32, scope: 'link', type: 'broadcast' }) as const
						)
					];
				})
			);
	}

	/** @throws Errno EEXIST, EINVAL (host bits set), ENETUNREACH (gateway is no neighbour), ENODEV */
	add(route: RouteInfo): void {
		if (networkOf(route.destination, route.prefix) !== route.destination) throw new Errno('EINVAL');
		const dead = route.type === 'unreachable' || route.type === 'blackhole' || route.type === 'prohibit';
		const row = dead ? { ...route, interface: route.interface || 'lo' } : this.#resolved(route);
		if (
			this.#routes.some(
				(other) => sameKey(other, row) && other.gateway === row.gateway && other.interface === row.interface
			)
		)
			throw new Errno('EEXIST');
		if (this.#routes.some((other) => sameKey(other, row))) throw new Errno('EEXIST');
		this.#routes.push(row);
		this.changed();
	}

	/** Removes the first row that has all that `route` names. @throws Errno ESRCH when none has */
	delete(route: Partial<RouteInfo>): void {
		const at = this.list().find(
			(row) =>
				(route.destination === undefined || row.destination === route.destination) &&
				(route.prefix === undefined || row.prefix === route.prefix) &&
				(route.gateway === undefined || row.gateway === route.gateway) &&
				(!route.interface || row.interface === route.interface) &&
				(route.metric === undefined || row.metric === route.metric) &&
				(route.type === undefined || (row.type ?? 'unicast') === route.type)
		);
		if (!at) throw new Errno('ESRCH');
		this.#routes.splice(this.#routes.indexOf(at), 1);
		this.changed();
	}

	/** The routes that the kernel makes for an address of an interface that is up. */
	addConnected(netInterface: NetInterface, address: Ipv4Address, prefix: number): void {
		if (netInterface.loopback || prefix === 32) return this.changed();
		const row: RouteInfo = {
			destination: networkOf(address, prefix),
			prefix,
			interface: netInterface.name,
			source: address,
			metric: 0,
			scope: 'link',
			protocol: 'kernel'
		};
		const there = this.#routes.some((other) => sameKey(other, row) && other.interface === row.interface);
		if (!there) this.#routes.push(row);
		this.changed();
	}

	/** The address is gone: so are its connected route and what named it as source. */
	removeAddress(netInterface: NetInterface, address: Ipv4Address): void {
		this.#routes = this.#routes.filter((row) => !(row.interface === netInterface.name && row.source === address));
		for (const other of netInterface.addresses)
			if (netInterface.up) this.addConnected(netInterface, other.address, other.prefix);
		this.#dropUnreachableGateways(netInterface);
		this.changed();
	}

	/** The interface went down: its routes are gone, static ones too. */
	removeInterface(netInterface: NetInterface): void {
		this.#routes = this.#routes.filter((row) => row.interface !== netInterface.name);
		this.changed();
	}

	/** Forgets remembered answers and rebuilds the local table. */
	changed(): void {
		this.#cache.clear();
		this.#local.clear();
		this.#broadcasts.clear();
		for (const netInterface of this.#interfaces) {
			for (const own of netInterface.addresses) {
				if (!this.#local.has(own.address)) this.#local.set(own.address, netInterface);
				if (netInterface.up && !netInterface.loopback)
					for (const broadcast of broadcastsOf(own)) this.#broadcasts.set(broadcast, netInterface);
			}
		}
	}

	/** The best own address to speak to `peer` over that interface (inet_select_addr). */
	sourceOn(netInterface: NetInterface, peer: Ipv4Address): Ipv4Address {
		const near = netInterface.addresses.find(({ address, prefix }) => inPrefix(peer, address, prefix));
		if (near) return near.address;
		const first = netInterface.addresses[0];
		if (first && !netInterface.loopback) return first.address;
		for (const other of this.#interfaces) if (!other.loopback && other.addresses[0]) return other.addresses[0].address;
		return first?.address ?? 0;
	}

	#find(destination: Ipv4Address): Route {
		const loopback = this.#interfaces[0]!;
		const owner = this.#local.get(destination) ?? (destination >>> 24 === 127 ? loopback : null);
		// of several own addresses in one network the first is the source for all (fib_add_ifaddr)
		const own = owner?.addresses.find(({ address, prefix }) => inPrefix(destination, address, prefix));
		if (own) return { type: 'local', interface: loopback, gateway: null, source: own.address, info: null };
		const broadcast = this.#broadcasts.get(destination);
		if (broadcast) return this.#outward('broadcast', broadcast, null, destination, null);
		let best: RouteInfo | null = null;
		for (const row of this.#routes) {
			if (!inPrefix(destination, row.destination, row.prefix)) continue;
			if (!best || row.prefix > best.prefix || (row.prefix === best.prefix && row.metric < best.metric)) best = row;
		}
		if (destination === LIMITED_BROADCAST || isMulticast(destination)) return this.#wide(destination, best);
		if (!best) return NOWHERE;
		const type = best.type ?? 'unicast';
		if (type !== 'unicast') return { type, interface: null, gateway: null, source: 0, info: best };
		const out = this.#byName(best.interface);
		if (!out || !out.up) return NOWHERE;
		return this.#outward('unicast', out, best.gateway ?? null, destination, best);
	}

	/** To everybody on one wire: that of the best route, or the first that is up. */
	#wide(destination: Ipv4Address, best: RouteInfo | null): Route {
		const out = best ? this.#byName(best.interface) : this.#interfaces.find((one) => one.up && !one.loopback);
		if (!out) return NOWHERE;
		return this.#outward('broadcast', out, null, destination, best);
	}

	#outward(
		type: Route['type'],
		out: NetInterface,
		gateway: Ipv4Address | null,
		destination: Ipv4Address,
		info: RouteInfo | null
	): Route {
		const source = info?.source ?? this.sourceOn(out, gateway ?? destination);
		return { type, interface: out, gateway, source, info };
	}

	/** A row with its interface found: the gateway must be a neighbour. */
	#resolved(route: RouteInfo): RouteInfo {
		if (route.gateway === undefined) {
			const out = this.#byName(route.interface);
			if (!out) throw new Errno('ENODEV');
			if (!out.up) throw new Errno('ENETDOWN');
			return route;
		}
		if (this.#local.has(route.gateway)) throw new Errno('EINVAL');
		const way = this.lookup(route.gateway);
		if (way.type !== 'unicast' || way.gateway !== null || !way.interface) throw new Errno('ENETUNREACH');
		if (route.interface && way.interface.name !== route.interface) {
			const named = this.#byName(route.interface);
			if (!named) throw new Errno('ENODEV');
			const reaches = this.#routes.some(
				(row) =>
					row.interface === route.interface &&
					row.gateway === undefined &&
					inPrefix(route.gateway!, row.destination, row.prefix)
			);
			if (!reaches) throw new Errno('ENETUNREACH');
			return route;
		}
		return { ...route, interface: way.interface.name };
	}

	#dropUnreachableGateways(netInterface: NetInterface): void {
		this.#routes = this.#routes.filter(
			(row) =>
				row.gateway === undefined ||
				row.interface !== netInterface.name ||
				this.#routes.some(
					(near) =>
						near.gateway === undefined &&
						near.interface === row.interface &&
						inPrefix(row.gateway!, near.destination, near.prefix)
				)
		);
	}

	#byName(name: string): NetInterface | undefined {
		return this.#interfaces.find((one) => one.name === name);
	}
}

/** Two rows that the kernel does not keep beside each other. */
function sameKey(a: RouteInfo, b: RouteInfo): boolean {
	return a.destination === b.destination && a.prefix === b.prefix && a.metric === b.metric;
}

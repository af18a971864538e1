/**
 * What the rest of the kernel asks of the network: `net/stack.ts` (`NetStack`) answers. Types only.
 */
import type { Ipv4Address, MacAddress } from '#wire/packet';
import type { SocketFile } from './open-file';
import type { Calls, LinkInfo, NeighbourInfo, RouteInfo, SocketInfo } from './syscalls';

export interface Network {
	/** @param who effective user of the process; raw and packet sockets are root's. Throws EPERM, EPROTONOSUPPORT … */
	createSocket(
		family: 'inet' | 'packet',
		type: 'stream' | 'dgram' | 'raw',
		protocol: number,
		who: { readonly uid: number; readonly euid: number }
	): SocketFile;
	links(): readonly LinkInfo[];
	setLink(name: string, change: { readonly up?: boolean; readonly mtu?: number }): void;
	addAddress(link: string, address: Ipv4Address, prefix: number, broadcast?: Ipv4Address): void;
	deleteAddress(link: string, address: Ipv4Address, prefix: number): void;
	routes(): readonly RouteInfo[];
	addRoute(route: RouteInfo): void;
	deleteRoute(route: Partial<RouteInfo>): void;
	routeTo(destination: Ipv4Address): ReturnType<Calls['routeTo']>;
	neighbours(): readonly NeighbourInfo[];
	addNeighbour(link: string, address: Ipv4Address, mac: MacAddress): void;
	deleteNeighbour(link: string, address: Ipv4Address): void;
	sockets(): readonly SocketInfo[];
	sysctl(name: string, value?: string): string;
	readonly settings: { names(): readonly string[] };
}

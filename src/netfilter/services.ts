/**
 * What netfilter asks of the host that it stands in: the kernel gives it (`kernel/firewall.ts`), tests give a small one.
 * Types only.
 */
import type { Ipv4Address, Ipv4Packet, TcpSegment } from '#wire/packet';
import type { Conntrack } from './conntrack/conntrack';
import type { Skb } from './skb';
import type { ProxyTracking } from './synproxy';

export interface Services {
	/** microseconds since 1970, virtual time */
	now(): number;
	/** microseconds since boot */
	uptime(): number;
	/** 32 random bits */
	random(): number;
	/** Runs `action` once at `time`. @returns what calls it off */
	at(time: number, action: () => void): () => void;
	/** A line for the kernel's log. @param level 0 emerg … 7 debug */
	log(level: number, line: string): void;
	/** The number of an interface's name, the same as long as the host lives, made when unknown; counts from 1. */
	interfaceIndex(name: string): number;
	readonly conntrack: Conntrack;
	/** What several rules share by name (recent's lists, hashlimit's tables); made by the first that asks. */
	shared<T>(key: string, make: () => T): T;
	/** A setting under net.*, as number. 0 for unknown. */
	setting(name: string): number;
	/** The kernel changes a setting by itself: connbytes turns accounting on. */
	changeSetting(name: string, value: string): void;

	/* ---- routing and sockets */
	/** as `addrtype` and REJECT ask: RTN_* */
	addressType(address: Ipv4Address, interfaceName?: string): AddressType;
	/** The interface towards `destination`, null for none. */
	routeTo(destination: Ipv4Address, mark: number): { readonly interface: string; readonly source: Ipv4Address } | null;
	/** Bytes of IP packet that the way to `destination` takes (TCPMSS --clamp-mss-to-pmtu). */
	routeMtu(destination: Ipv4Address, mark: number): number;
	/** The first address of an interface that MASQUERADE and REDIRECT take; null for none. */
	interfaceAddress(name: string): Ipv4Address | null;
	/** The socket that would take the packet; `wildcard`: it is bound to no address. */
	socketFor(skb: Skb): { readonly wildcard: boolean } | null;

	/** Keeps a fragment until the packet is whole (ip_defrag): the whole packet with the payload lengths of its pieces, or null. */
	reassemble(piece: Ipv4Packet): { readonly packet: Ipv4Packet; readonly pieces: readonly number[] } | null;

	/* ---- answers (REJECT) and copies (TEE); they pass OUTPUT and POSTROUTING as the host's own packets do */
	sendIcmpError(about: Skb, type: number, code: number): void;
	/** REJECT --reject-with tcp-reset: swaps the ends, as `nf_send_reset` does */
	sendReset(about: Skb): void;
	/** TEE: to a neighbour, whatever the routes to its destination say, untracked. @param outgoing null for any */
	sendVia(packet: Ipv4Packet, neighbour: Ipv4Address, outgoing: string | null, mark: number): void;

	/* ---- SYNPROXY */
	/** Sequence numbers that are the whole memory of a SYN (tcp_syncookies). */
	readonly synCookie: {
		/** for the SYN/ACK to a SYN that said `mss` bytes, 0 for nothing */
		make(packet: Ipv4Packet, segment: TcpSegment, mss: number): number;
		/** The segment size that the SYN had said, about; null when the ACK is not for a cookie of the last two minutes. */
		open(packet: Ipv4Packet, segment: TcpSegment): number | null;
	};
	sendProxied(packet: Ipv4Packet, tracking: ProxyTracking): void;
}

/** What the host gives; `Netfilter` adds the rest. */
export type HostServices = Omit<Services, 'conntrack' | 'shared'>;

export type AddressType =
	| 'UNSPEC'
	| 'UNICAST'
	| 'LOCAL'
	| 'BROADCAST'
	| 'ANYCAST'
	| 'MULTICAST'
	| 'BLACKHOLE'
	| 'UNREACHABLE'
	| 'PROHIBIT'
	| 'THROW'
	| 'NAT'
	| 'XRESOLVE';

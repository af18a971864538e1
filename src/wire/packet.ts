/**
 * Packets as the stack passes them on: typed values. Their bytes are made where someone looks (`wire/<protocol>.ts`
 * builds and parses, `wire/pcapng.ts` writes, the packet panel shows).
 *
 * A value is never changed once it was sent: a router that lowers the TTL makes a new `Ipv4Packet` around the same
 * payload. Numbers are in host order. Names are those of the RFCs.
 */

/** 48 bits: 0x0200c0a84b02 is 02:00:c0:a8:4b:02 */
export type MacAddress = number;
/** unsigned 32 bits: 0xc0a84b02 is 192.168.75.2 */
export type Ipv4Address = number;

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806 } as const;
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

/** Ethernet II (IEEE 802.3), without preamble and FCS; padding to 60 bytes is added by the builder. */
export interface Frame {
	readonly destination: MacAddress;
	readonly source: MacAddress;
	readonly type: number;
	readonly payload: ArpPacket | Ipv4Packet | RawPayload;
}

/** Bytes that no parser of ours knows, or that are deliberately malformed. */
export interface RawPayload {
	readonly kind: 'raw';
	readonly bytes: Uint8Array;
}

/** RFC 826 */
export interface ArpPacket {
	readonly kind: 'arp';
	/** 1 request, 2 reply */
	readonly operation: number;
	readonly senderMac: MacAddress;
	readonly senderIp: Ipv4Address;
	readonly targetMac: MacAddress;
	readonly targetIp: Ipv4Address;
}

/** RFC 791 */
export interface Ipv4Packet {
	readonly kind: 'ipv4';
	/** type of service: DSCP and ECN */
	readonly tos: number;
	readonly identification: number;
	readonly dontFragment: boolean;
	readonly moreFragments: boolean;
	/** in bytes, a multiple of 8 */
	readonly fragmentOffset: number;
	readonly ttl: number;
	readonly protocol: number;
	readonly source: Ipv4Address;
	readonly destination: Ipv4Address;
	/** raw option bytes, a multiple of 4; nearly always empty */
	readonly options: Uint8Array;
	/** `raw` in a fragment (offset > 0 or more fragments) and for protocols without a builder */
	readonly payload: TcpSegment | UdpDatagram | IcmpMessage | RawPayload;
}

/** RFC 9293 */
export interface TcpSegment {
	readonly kind: 'tcp';
	readonly sourcePort: number;
	readonly destinationPort: number;
	readonly sequence: number;
	/** 0 unless ACK is set */
	readonly acknowledgement: number;
	/** bits of `TCP` */
	readonly flags: number;
	/** as in the header: not scaled */
	readonly window: number;
	readonly urgentPointer: number;
	readonly options: readonly TcpOption[];
	readonly payload: Uint8Array;
	/** present only in segments made wrong on purpose, or as read from bytes that were wrong */
	readonly checksum?: number;
}

export const TCP = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

export type TcpOption =
	| { readonly kind: 'nop' }
	| { readonly kind: 'mss'; readonly value: number }
	| { readonly kind: 'window-scale'; readonly shift: number }
	| { readonly kind: 'sack-permitted' }
	| { readonly kind: 'sack'; readonly blocks: readonly (readonly [left: number, right: number])[] }
	| { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
	| { readonly kind: 'unknown'; readonly number: number; readonly data: Uint8Array };

/** RFC 768 */
export interface UdpDatagram {
	readonly kind: 'udp';
	readonly sourcePort: number;
	readonly destinationPort: number;
	readonly payload: Uint8Array;
	readonly checksum?: number;
}

/** RFC 792. `rest` is the second word of the header: identifier << 16 | sequence in an echo, MTU in "fragmentation needed". */
export interface IcmpMessage {
	readonly kind: 'icmp';
	readonly type: number;
	readonly code: number;
	readonly rest: number;
	/** echo data, or the beginning of the packet that an error is about */
	readonly payload: Uint8Array;
	readonly checksum?: number;
}

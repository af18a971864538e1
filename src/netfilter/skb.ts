/**
 * A packet on its way through the hooks: what the kernel's `sk_buff` carries beside the bytes, with the fields that
 * rules compare laid out flat.
 *
 * Does: `load` reads the headers once; a target that changes the packet gives the new one to `replace`. One object a
 *       host is used again for every packet, so that the compiled rules see one shape: keep no reference to it.
 * Trusts: the packet's types. Ports and TCP flags of a later fragment are -1: there is no header to read.
 */
import type { Frame, Ipv4Packet } from '#wire/packet';
import { packetLength } from '#wire/length';
import type { Connection } from './conntrack/connection';
import type { ConntrackTemplate } from './conntrack/conntrack';
import type { HookName } from './rule';

/** What connection tracking says of a packet (`enum ip_conntrack_info`); bits, so that a match is one AND. */
export const CT = {
	/** not looked at (tracking is off, or this hook comes before it) */
	none: 0,
	invalid: 1,
	new: 2,
	established: 4,
	related: 8,
	untracked: 16
} as const;

export class Skb {
	packet!: Ipv4Packet;
	hook: HookName = 'PREROUTING';
	/** names; null where there is none (yet) */
	incoming: string | null = null;
	outgoing: string | null = null;
	/** the same as numbers for compiled rules: `Interfaces` hands them out; 0 for none */
	incomingIndex = 0;
	outgoingIndex = 0;
	frame: Frame | null = null;
	/** of the socket that made it; -1 for none */
	uid = -1;
	gid = -1;
	mark = 0;
	/** TC class (CLASSIFY) */
	priority = 0;
	/** TRACE: each rule that it meets is told to the kernel's log */
	traced = false;
	secmark = 0;
	connection: Connection | null = null;
	/** bits of `CT` */
	state: number = CT.none;
	/** 0 in the direction of the first packet, 1 in that of the replies */
	direction: 0 | 1 = 0;
	/** what CT and NOTRACK said before tracking came; to be null for each new packet */
	template: ConntrackTemplate | null = null;
	/** a match found the header cut short: the packet is dropped, no rule counts it (`par->hotdrop`) */
	hotDrop = false;
	/** for who watches, set by `track`: why the packet is INVALID; empty otherwise */
	trackedWhy = '';
	/** payload bytes of the fragments that the packet came in, in order, null for none: it is cut like that again */
	pieces: readonly number[] | null = null;

	/* ---- flat copies of the header; IPv4 addresses as signed 32 bits, so that typed arrays compare them as they are */
	source = 0;
	destination = 0;
	protocol = 0;
	/** of the IP packet, bytes */
	length = 0;
	tos = 0;
	ttl = 0;
	/** bytes */
	fragmentOffset = 0;
	moreFragments = false;
	/** -1 when there is none to read; ICMP: type and code */
	sourcePort = -1;
	destinationPort = -1;
	/** of TCP, -1 for none */
	flags = -1;

	/** Reads the headers of `packet`; the marks and the connection stay. */
	replace(packet: Ipv4Packet): void {
		this.packet = packet;
		this.source = packet.source | 0;
		this.destination = packet.destination | 0;
		this.protocol = packet.protocol;
		this.tos = packet.tos;
		this.ttl = packet.ttl;
		this.fragmentOffset = packet.fragmentOffset;
		this.moreFragments = packet.moreFragments;
		this.sourcePort = this.destinationPort = this.flags = -1;
		const payload = packet.payload;
		this.length = packetLength(packet);
		switch (payload.kind) {
			case 'tcp':
				this.sourcePort = payload.sourcePort;
				this.destinationPort = payload.destinationPort;
				this.flags = payload.flags;
				break;
			case 'udp':
				this.sourcePort = payload.sourcePort;
				this.destinationPort = payload.destinationPort;
				break;
			case 'icmp':
				this.sourcePort = payload.type;
				this.destinationPort = payload.code;
				break;
			case 'raw':
				if (packet.fragmentOffset === 0) this.#readRaw(packet.protocol, payload.bytes);
		}
	}

	/** The first fragment of a packet holds its header as bytes. */
	#readRaw(protocol: number, bytes: Uint8Array): void {
		if (protocol === 1) {
			if (bytes.length < 4) return;
			this.sourcePort = bytes[0]!;
			this.destinationPort = bytes[1]!;
			return;
		}
		if (!PORTS.has(protocol) || bytes.length < 4) return;
		this.sourcePort = (bytes[0]! << 8) | bytes[1]!;
		this.destinationPort = (bytes[2]! << 8) | bytes[3]!;
		if (protocol === 6 && bytes.length >= 14) this.flags = bytes[13]!;
	}
}

/** TCP, UDP, DCCP, SCTP, UDP-Lite begin with two ports */
const PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

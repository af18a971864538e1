/**
 * A tracked connection (`struct nf_conn`): its two tuples, what it has seen, when it is forgotten.
 *
 * `table.ts` makes, finds and ends them, `tcp.ts`, `udp.ts`, `icmp.ts` move their states.
 */
import type { Ipv4Address } from '#wire/packet';

/** One direction's ends. For ICMP `sourcePort` is the id, and type and code stand beside it. Other protocols: ports 0. */
export interface Tuple {
	readonly protocol: number;
	readonly source: Ipv4Address;
	readonly destination: Ipv4Address;
	readonly sourcePort: number;
	readonly destinationPort: number;
	readonly icmpType: number;
	readonly icmpCode: number;
}

/** Bits of `status` (`enum ip_conntrack_status`, IPS_*). */
export const STATUS = {
	expected: 1 << 0,
	seenReply: 1 << 1,
	assured: 1 << 2,
	confirmed: 1 << 3,
	sourceNat: 1 << 4,
	destinationNat: 1 << 5,
	sequenceAdjust: 1 << 6,
	sourceNatDone: 1 << 7,
	destinationNatDone: 1 << 8,
	dying: 1 << 9,
	fixedTimeout: 1 << 10,
	template: 1 << 11
} as const;

/** How far the conversation has come, for who watches: TCP's state, or UNREPLIED, REPLIED, ASSURED. */
export function progress({ state, status }: Pick<Connection, 'state' | 'status'>): string {
	if (state !== '') return state;
	if (status & STATUS.assured) return 'ASSURED';
	return status & STATUS.seenReply ? 'REPLIED' : 'UNREPLIED';
}

export interface Connection {
	/** counts from 1 on this host; what `conntrack -L -o id` shows */
	readonly id: number;
	readonly original: Tuple;
	/** as NAT has it: what an answer will look like */
	reply: Tuple;
	status: number;
	mark: number;
	secmark: number;
	readonly zone: number;
	/** name of the helper that reads along, null for none */
	helper: string | null;
	/** the connection that announced this one (FTP's control connection) */
	readonly master: Connection | null;
	/** packets and bytes are counted: nf_conntrack_acct was 1 when it began */
	readonly accounted: boolean;
	/** `begun` is shown: nf_conntrack_timestamp was 1 when it began */
	readonly timestamped: boolean;
	/** by direction */
	readonly packets: [number, number];
	readonly bytes: [number, number];
	/** microseconds since 1970 */
	expires: number;
	readonly begun: number;
	/** 0 while it lives, and unless it is `timestamped` */
	readonly ended: number;
	/** TCP: state by its name as /proc/net/nf_conntrack has it (SYN_SENT …), empty for other protocols */
	state: string;
	/** connlabel: 128 bits */
	labels: bigint;
}

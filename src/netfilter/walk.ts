/**
 * What is told of a packet's way through one hook: chains entered, rules that matched, verdict, connection, NAT.
 *
 * The event names only what matched, so that a long chain costs nothing to tell; `explain.ts` says afterwards why each
 * rule before it did not. It can, since a `ChainProgram` holds the rules as they stood and is never changed again.
 */
import type { Ipv4Packet } from '#wire/packet';
import type { ChainProgram } from './chain';
import type { Connection } from './conntrack/connection';
import type { HookName, TableName, Variant } from './rule';

/** A chain that a packet went through. */
export interface Visit {
	readonly variant: Variant;
	readonly table: TableName;
	readonly chain: string;
	/** the rules as they stood; not part of the event's JSON */
	readonly program: ChainProgram;
	/** number (from 0) of the rule that led here; -1 for a built-in chain */
	readonly from: number;
	/** the packet as it came in: a target may change it on the way */
	readonly packet: Ipv4Packet;
	readonly mark: number;
	/** numbers of the rules that matched, in order */
	readonly hits: readonly number[];
	/** how it left: by a rule's verdict, by the chain's end, or to another chain for good */
	readonly end: VisitEnd;
	/** the policy, where it decided in a built-in chain */
	readonly policy: 'ACCEPT' | 'DROP' | null;
}

export type VisitEnd = 'accept' | 'drop' | 'stolen' | 'queue' | 'return' | 'end' | 'goto';

/** The connection that a packet belongs to, as it was after the hook. */
export class ConnectionNote {
	readonly id: number;
	/** TCP's state after it, empty for other protocols */
	readonly after: string;
	readonly mark: number;
	readonly #connection: Connection;

	constructor(
		connection: Connection,
		/** TCP's state before it */
		readonly before: string,
		readonly direction: 0 | 1
	) {
		this.id = connection.id;
		this.after = connection.state;
		this.mark = connection.mark;
		this.#connection = connection;
	}

	/** As it is now, or was when it ended; no part of the event's JSON. */
	get connection(): Connection {
		return this.#connection;
	}
}

export interface WalkEvent {
	readonly kind: 'netfilter.walk';
	readonly host: string;
	/** counts the packets of this host: all hooks that one packet meets here share the number */
	readonly journey: number;
	readonly hook: HookName;
	readonly incoming: string | null;
	readonly outgoing: string | null;
	/** as it came to the hook */
	readonly packet: Ipv4Packet;
	/** as it left it, where something changed (NAT, MARK leaves the packet alone); null when it was dropped or kept */
	readonly result: Ipv4Packet | null;
	readonly verdict: 'accepted' | 'dropped' | 'kept';
	/** bits of `CT` */
	readonly state: number;
	readonly connection: ConnectionNote | null;
	readonly uid: number;
	readonly visits: readonly Visit[];
	/** the stop that dropped it, null when it went on: "connection tracking", "filter" */
	readonly dropper: string | null;
	/** why connection tracking calls the packet INVALID; empty where it does not say so at this hook */
	readonly why: string;
}

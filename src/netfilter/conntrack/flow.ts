/**
 * A tracked connection as the table keeps it: `Connection` with what the table itself needs. All fields are there from
 * the start, so that every connection has one shape.
 */
import type { Connection, Tuple } from './connection';
import type { Expectation } from './expectation';
import type { SequenceAdjustment } from './sequence-adjust';
import type { Proxied } from '../synproxy';
import type { TcpTrack } from './tcp';

/** What a listener is to be told of when the packet has passed (`enum ip_conntrack_events`). */
export const EVENT = { new: 1, reply: 2, assured: 4, protocol: 8, mark: 16, helper: 32, sequence: 64 } as const;

/** Shared by all connections that are not counted: no array each. */
const UNCOUNTED: [number, number] = [0, 0];
Object.freeze(UNCOUNTED);

export class Flow implements Connection {
	status = 0;
	mark = 0;
	secmark = 0;
	helper: string | null = null;
	readonly packets: [number, number];
	readonly bytes: [number, number];
	expires = 0;
	state = '';
	labels = 0n;
	/** while nf_conntrack_timestamp is on: when it ended */
	ended = 0;

	/** in the index; -1 before it is confirmed */
	slot = -1;
	older: Flow | null = null;
	newer: Flow | null = null;
	/** bits of `EVENT`, not yet told */
	pending = 0;
	tcp: TcpTrack | null = null;
	/** UDP: after that time an answered flow counts as a stream, microseconds since 1970 */
	streamFrom = 0;
	/** the helper's own notes */
	helperData: unknown = null;
	/** what this connection has announced, oldest first */
	expectations: Expectation[] | null = null;
	/** by direction; made when a helper changed a text's length */
	sequence: readonly [SequenceAdjustment, SequenceAdjustment] | null = null;
	/** SYNPROXY opened it for the client */
	proxied: Proxied | null = null;
	/** MASQUERADE: the interface that it goes out by */
	masquerade: string | null = null;
	/** in the list of those with the same original source */
	sameSource: Flow | null = null;

	constructor(
		readonly id: number,
		readonly original: Tuple,
		public reply: Tuple,
		readonly zone: number,
		readonly master: Flow | null,
		readonly begun: number,
		/** packets and bytes are counted */
		readonly accounted: boolean,
		/** begin and end are noted */
		readonly timestamped: boolean
	) {
		this.packets = accounted ? [0, 0] : UNCOUNTED;
		this.bytes = accounted ? [0, 0] : UNCOUNTED;
	}

	tuple(direction: 0 | 1): Tuple {
		return direction === 0 ? this.original : this.reply;
	}
}

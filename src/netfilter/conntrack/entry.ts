/**
 * A connection as it is told to programs and pages: a copy in plain data, true for one moment.
 */
import type { Connection, Tuple } from './connection';
import type { Conntrack, ConntrackChange } from './conntrack';
import type { Expectation } from './expectation';

export interface ConntrackEntry {
	readonly id: number;
	readonly original: Tuple;
	readonly reply: Tuple;
	/** bits of `STATUS` */
	readonly status: number;
	readonly mark: number;
	readonly zone: number;
	readonly helper: string | null;
	/** TCP's, empty for others */
	readonly state: string;
	/** seconds; null for a connection that ended because its time was over */
	readonly timeout: number | null;
	/** by direction; null when not counted */
	readonly packets: readonly [number, number] | null;
	readonly bytes: readonly [number, number] | null;
	/** microseconds since 1970; null when not noted */
	readonly begun: number | null;
	readonly ended: number | null;
	/** seconds since `begun` */
	readonly age: number | null;
}

export interface ExpectationEntry {
	/** seconds */
	readonly timeout: number;
	readonly protocol: number;
	readonly source: number;
	/** 0 for any */
	readonly sourcePort: number;
	readonly destination: number;
	readonly destinationPort: number;
	readonly master: Tuple;
	readonly helper: string;
}

/** What somebody who listens is told. */
export interface ConntrackEvent {
	readonly change: ConntrackChange;
	readonly entry: ConntrackEntry;
	/** microseconds since 1970 */
	readonly time: number;
	/** a program did it */
	readonly by: { readonly pid: number; readonly program: string } | null;
}

/** The same of an expectation. */
export interface ExpectationEvent {
	readonly change: 'NEW' | 'DESTROY';
	readonly entry: ExpectationEntry;
	/** microseconds since 1970 */
	readonly time: number;
}

/** What `conntrack -I` gives; times in seconds. */
export interface ConntrackDraft {
	readonly original: Tuple;
	readonly reply: Tuple;
	readonly timeout: number;
	readonly status: number;
	readonly mark: number;
	readonly zone: number;
	/** TCP's state by its name, empty for others */
	readonly state: string;
}

export interface ConntrackUpdate {
	readonly mark?: number;
	readonly timeout?: number;
	/** bits that are set; none is taken away */
	readonly status?: number;
	readonly state?: string;
}

const SECOND = 1_000_000;

export function entryOf(connection: Connection, now: number, gone = false): ConntrackEntry {
	const { accounted, timestamped, expires, begun, ended } = connection;
	return {
		id: connection.id,
		original: connection.original,
		reply: connection.reply,
		status: connection.status,
		mark: connection.mark,
		zone: connection.zone,
		helper: connection.helper,
		state: connection.state,
		timeout: gone && expires <= now ? null : Math.max(0, Math.floor((expires - now) / SECOND)),
		packets: accounted ? [...connection.packets] : null,
		bytes: accounted ? [...connection.bytes] : null,
		begun: timestamped ? begun : null,
		ended: timestamped && ended > 0 ? ended : null,
		age: timestamped ? Math.floor(((ended || now) - begun) / SECOND) : null
	};
}

export function expectationEntry(one: Expectation, now: number): ExpectationEntry {
	return {
		timeout: Math.max(0, Math.floor((one.expires - now) / SECOND)),
		protocol: one.protocol,
		source: one.source,
		sourcePort: one.sourcePort ?? 0,
		destination: one.destination,
		destinationPort: one.destinationPort,
		master: one.master.original,
		helper: one.helper
	};
}

export function entriesOf(conntrack: Conntrack, now: number): ConntrackEntry[] {
	return conntrack.list().map((one) => entryOf(one, now));
}

export function expectationsOf(conntrack: Conntrack, now: number): ExpectationEntry[] {
	return conntrack.expectations().map((one) => expectationEntry(one, now));
}

/**
 * What the protocols' trackers ask of the table, and what they answer.
 */
import type { Flow } from './flow';

/** What became of a packet: it belongs to its connection; it does not; the connection is over and the look-up begins anew. */
export const TRACKED = { accept: 0, invalid: 1, repeat: 2 } as const;

export interface Tracker {
	/** microseconds since 1970 */
	now(): number;
	/** a setting by its full name */
	setting(name: string): number;
	/** The packet counts, and the connection lives that many seconds more. */
	refresh(flow: Flow, direction: 0 | 1, length: number, seconds: number): void;
	/** Forgets the connection. */
	kill(flow: Flow): void;
	/** Why the packet in hand is not what it should be, for the watcher. */
	explain(why: string): void;
}

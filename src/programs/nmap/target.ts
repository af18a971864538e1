/** A host that is scanned, and what became known of it. */
import type { Sys } from '#kernel/syscalls';
import type { PortProtocol } from './services';
import { RoundTrip } from './timing';

export type PortState = 'open' | 'closed' | 'filtered' | 'unfiltered' | 'open|filtered' | 'closed|filtered';

/** Why a state is what it is. */
export interface Evidence {
	/** "reset", "no-response" … */
	readonly reason: string;
	/** of the packet that told; 0: none did */
	readonly ttl: number;
	/** who told, when it was not the host itself */
	readonly from?: number;
}

export interface PortResult extends Evidence {
	readonly protocol: PortProtocol;
	readonly port: number;
	readonly state: PortState;
}

export interface Target {
	readonly address: number;
	/** as given on the command line, when by name */
	readonly name: string | undefined;
	readonly others: readonly number[];
	/** of this host itself */
	readonly isLocal: boolean;
	/** on a wire of this host, so that ARP tells whether it is there */
	readonly isDirect: boolean;
	readonly device: string;
	readonly source: number;
	reverseName: string;
	up: boolean;
	evidence: Evidence;
	mac: number | undefined;
	roundTrip: RoundTrip;
	readonly ports: PortResult[];
	/** microseconds of virtual time that scanning it has taken */
	startedAt: number;
	endedAt: number;
	timedOut: boolean;
}

export function reasonText({ reason, ttl, from }: Evidence, format: (address: number) => string): string {
	return `${reason}${from === undefined ? '' : ` from ${format(from)}`}${ttl > 0 ? ` ttl ${ttl}` : ''}`;
}

/** A line for the one who runs nmap, on standard output and in the files. */
export type Say = (text: string) => Sys<void>;

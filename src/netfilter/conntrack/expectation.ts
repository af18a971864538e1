/**
 * Expectations: connections that a helper has read about and that may come (nf_conntrack_expect).
 *
 * Does: keeps them by protocol and destination, each for one connection; a connection that announces more than its
 *       helper may (FTP: one) loses the oldest.
 * Not simulated: permanent expectations (SIP), classes.
 */
import type { Ipv4Address } from '#wire/packet';
import type { Tuple } from './connection';
import type { Flow } from './flow';

export interface Expectation {
	readonly master: Flow;
	readonly helper: string;
	readonly protocol: number;
	readonly source: Ipv4Address;
	/** null: any */
	readonly sourcePort: number | null;
	readonly destination: Ipv4Address;
	/** NAT may choose another one than the text had */
	destinationPort: number;
	readonly zone: number;
	/** microseconds since 1970 */
	expires: number;
	/** NAT: the port that the text had, and the master's direction towards which the connection will go */
	readonly saved: { readonly port: number; readonly direction: 0 | 1 } | null;
}

export type ExpectationDraft = Omit<Expectation, 'expires' | 'zone'>;

export type ExpectationListener = (change: 'NEW' | 'DESTROY', expectation: Expectation) => void;

export class Expectations {
	/** oldest first */
	#all: Expectation[] = [];
	/** one whose time is over is told when it is met or listed */
	readonly listeners = new Set<ExpectationListener>();

	constructor(readonly now: () => number) {}

	list(): readonly Expectation[] {
		this.#expire();
		return this.#all;
	}

	/** Takes out the one that waits for this tuple. */
	take(tuple: Tuple, zone: number): Expectation | null {
		if (this.#all.length === 0) return null;
		this.#expire();
		const found = this.#all.find((one) => one.zone === zone && matches(one, tuple));
		if (found) this.remove(found);
		return found ?? null;
	}

	/** @returns the errno's name, null when it is in: EBUSY for another that would take the same connection */
	add(draft: ExpectationDraft, life: number, perMaster: number, most: number): string | null {
		this.#expire();
		const { master } = draft;
		for (const one of this.#all) {
			if (one.zone !== master.zone || !clashes(one, draft)) continue;
			if (one.master !== master || !equal(one, draft)) return 'EBUSY';
			this.remove(one);
			break;
		}
		const own = master.expectations ?? [];
		if (perMaster > 0 && own.length >= perMaster) this.remove(own[0]!);
		if (this.#all.length >= most) return 'EMFILE';
		const expectation = { ...draft, zone: master.zone, expires: this.now() + life };
		this.#all.push(expectation);
		(master.expectations ??= []).push(expectation);
		this.#tell('NEW', expectation);
		return null;
	}

	remove(expectation: Expectation): void {
		this.#all = this.#all.filter((one) => one !== expectation);
		const { master } = expectation;
		const rest = master.expectations?.filter((one) => one !== expectation) ?? [];
		master.expectations = rest.length > 0 ? rest : null;
		this.#tell('DESTROY', expectation);
	}

	/** Its connection is gone. */
	forget(master: Flow): void {
		for (const one of master.expectations ?? []) this.remove(one);
	}

	#tell(change: 'NEW' | 'DESTROY', expectation: Expectation): void {
		for (const listener of this.listeners) listener(change, expectation);
	}

	#expire(): void {
		const now = this.now();
		for (const one of this.#all) if (one.expires <= now) this.remove(one);
	}
}

function matches(one: Expectation, tuple: Tuple): boolean {
	return (
		one.protocol === tuple.protocol &&
		one.source === tuple.source &&
		one.destination === tuple.destination &&
		one.destinationPort === tuple.destinationPort &&
		(one.sourcePort === null || one.sourcePort === tuple.sourcePort)
	);
}

type Ends = Pick<Expectation, 'protocol' | 'source' | 'sourcePort' | 'destination' | 'destinationPort'>;

/** One connection could belong to both. */
function clashes(a: Ends, b: Ends): boolean {
	return (
		a.protocol === b.protocol &&
		a.source === b.source &&
		a.destination === b.destination &&
		a.destinationPort === b.destinationPort &&
		(a.sourcePort === null || b.sourcePort === null || a.sourcePort === b.sourcePort)
	);
}

function equal(a: Ends, b: Ends): boolean {
	return clashes(a, b) && a.sourcePort === b.sourcePort;
}

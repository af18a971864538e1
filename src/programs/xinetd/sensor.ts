/** Who touched a service with the flag SENSOR is shut out of all services for a while (deny_time, minutes). */
import type { Sys } from '#kernel/syscalls';
import { peerText } from './access';
import type { Peer } from './addresses';
import type { ProgramLog } from './message';

const MOST = 10_240;
const FOR_EVER = -1;

export class Sensor {
	/** address and the second at which it is forgiven */
	readonly #trapped = new Map<number, number>();

	has(peer: Peer | undefined): boolean {
		return peer !== undefined && this.#trapped.has(peer.address);
	}

	/** @param now seconds @param minutes 0: nothing but the log */
	*touch(peer: Peer, minutes: number, now: number, program: ProgramLog): Sys<void> {
		if (minutes === 0) return;
		if (this.#trapped.size >= MOST) return yield* program.write('err', 'Maximum global_no_access count reached.');
		if (this.#trapped.has(peer.address)) return;
		const text = `Adding ${peerText(peer)} to the global_no_access list for ${minutes} minutes`;
		yield* program.critical('process_sensor', text);
		this.#trapped.set(peer.address, minutes === FOR_EVER ? FOR_EVER : now + minutes * 60);
	}

	/** Forgets those whose time is over; asked once a minute. */
	*forgive(now: number, program: ProgramLog): Sys<void> {
		const over = [...this.#trapped].filter(([, until]) => until !== FOR_EVER && until <= now);
		for (const [address] of over) this.#trapped.delete(address);
		if (over.length > 0)
			yield* program.write('info', 'At least 1 DENY_TIME has expired, global_no_access list updated');
		if (this.empty) yield* program.write('info', 'global_no_access list is empty.');
	}

	get empty(): boolean {
		return this.#trapped.size === 0;
	}
}

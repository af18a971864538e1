/**
 * The retransmission time-out from measured round trips (RFC 6298, with Linux's floor: the variance counts as at least
 * 200 ms, so the time-out is never shorter than the round trip and those).
 */
import { MILLISECOND, SECOND } from '#engine/engine';

const MINIMUM = 200 * MILLISECOND;
export const RTO_MAX = 120 * SECOND;
export const RTO_INITIAL = SECOND;

export class RoundTrip {
	/** smoothed, microseconds; 0 before the first measurement */
	#smoothed = 0;
	#deviation = 0;
	#timeout = RTO_INITIAL;
	#backoff = 0;

	get smoothed(): number {
		return this.#smoothed;
	}

	/** With the doubling for each time-out in a row. */
	get timeout(): number {
		return Math.min(RTO_MAX, this.#timeout * 2 ** this.#backoff);
	}

	get backoff(): number {
		return this.#backoff;
	}

	/** @param sample microseconds from sending to acknowledgement, of a segment sent once (Karn) */
	measure(sample: number): void {
		if (this.#smoothed === 0) {
			this.#smoothed = Math.max(1, sample);
			this.#deviation = sample / 2;
		} else {
			this.#deviation += (Math.abs(sample - this.#smoothed) - this.#deviation) / 4;
			this.#smoothed += (sample - this.#smoothed) / 8;
		}
		this.#timeout = Math.min(RTO_MAX, Math.round(this.#smoothed + Math.max(MINIMUM, 4 * this.#deviation)));
	}

	doubled(): void {
		this.#backoff = Math.min(this.#backoff + 1, 16);
	}

	answered(): void {
		this.#backoff = 0;
	}
}

/**
 * How long `retries` time-outs in a row take, from the shortest one on: by this time Linux gives up (tcp_retries2,
 * ip-sysctl.rst: 15 are 924.6 s).
 */
export function patience(retries: number, first = MINIMUM): number {
	const doublings = Math.floor(Math.log2(RTO_MAX / first));
	if (retries <= doublings) return (2 ** (retries + 1) - 1) * first;
	return (2 ** (doublings + 1) - 1) * first + (retries - doublings) * RTO_MAX;
}

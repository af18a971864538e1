/**
 * Rate estimators (gen_estimator.c): a moving average of the bytes and packets that a RATEEST rule saw, asked for by
 * name by the rateest match.
 *
 * The kernel looks at its counters in equal intervals; here what has passed is made up for when someone asks.
 */
import type { Services } from '../services';

/** quarters of a second, as a power of two: 0 is 250 ms, 5 is 8 s */
export interface EstimatorParameters {
	readonly intervalLog: number;
	/** how much a new interval weighs: 1/2^n */
	readonly averageLog: number;
}

const QUARTER_SECOND = 250_000;
/** after so many empty intervals nothing is left of any rate */
const FORGOTTEN = 2048;

export class Estimator {
	bytes = 0;
	packets = 0;
	#lastBytes = 0;
	#lastPackets = 0;
	/** in 1/256 */
	#averageBytes = 0;
	#averagePackets = 0;
	#next: number;

	constructor(
		readonly parameters: EstimatorParameters,
		now: number
	) {
		this.#next = now + this.#interval;
	}

	get #interval(): number {
		return QUARTER_SECOND * 2 ** this.parameters.intervalLog;
	}

	count(length: number, now: number): void {
		this.#settle(now);
		this.bytes += length;
		this.packets += 1;
	}

	/** a second */
	rate(now: number): { readonly bytes: number; readonly packets: number } {
		this.#settle(now);
		return { bytes: Math.floor(this.#averageBytes / 256), packets: Math.floor(this.#averagePackets / 256) };
	}

	#settle(now: number): void {
		if (now < this.#next) return;
		const passed = Math.floor((now - this.#next) / this.#interval) + 1;
		for (let i = 0; i < Math.min(passed, FORGOTTEN); i++) this.#average();
		this.#next += passed * this.#interval;
	}

	#average(): void {
		const { intervalLog, averageLog } = this.parameters;
		const scale = 2 ** (10 - intervalLog);
		const weight = (value: number): number => Math.floor(value / 2 ** averageLog);
		this.#averageBytes += weight((this.bytes - this.#lastBytes) * scale) - weight(this.#averageBytes);
		this.#averagePackets += weight((this.packets - this.#lastPackets) * scale) - weight(this.#averagePackets);
		this.#lastBytes = this.bytes;
		this.#lastPackets = this.packets;
	}
}

/** by name; they stay until the host ends */
export function estimators(services: Services): Map<string, Estimator> {
	return services.shared('rateest', () => new Map<string, Estimator>());
}

/**
 * How fast nmap sends: the templates -T0 … -T5, round trips, and the window of probes that may be under way.
 *
 * Does: the estimate of round trips of RFC 6298 with nmap's bounds; a window that grows with every answer, more where few
 *       probes are answered, and shrinks when an answer came to a repeated probe only (something was lost).
 * Facts: the nmap manual page on timing, and `nmap -d`, which prints the figures of each template.
 */

const MILLISECOND = 1000;
const SECOND = 1_000_000;

export interface Template {
	/** microseconds */
	readonly initialRtt: number;
	readonly minRtt: number;
	readonly maxRtt: number;
	readonly maxRetries: number;
	readonly scanDelay: number;
	readonly maxTcpDelay: number;
	readonly hostTimeout: number;
	/** probes at once; 0: as the window says */
	readonly parallelism: number;
}

function template(initial: number, min: number, max: number, rest: Partial<Template> = {}): Template {
	return {
		initialRtt: initial * MILLISECOND,
		minRtt: min * MILLISECOND,
		maxRtt: max * MILLISECOND,
		maxRetries: 10,
		scanDelay: 0,
		maxTcpDelay: SECOND,
		hostTimeout: 0,
		parallelism: 0,
		...rest
	};
}

export const TEMPLATES: readonly Template[] = [
	template(300_000, 100, 300_000, { scanDelay: 300 * SECOND, parallelism: 1 }),
	template(15_000, 100, 15_000, { scanDelay: 15 * SECOND, parallelism: 1 }),
	template(1000, 100, 10_000, { scanDelay: 400 * MILLISECOND, parallelism: 1 }),
	template(1000, 100, 10_000),
	template(500, 100, 1250, { maxRetries: 6, maxTcpDelay: 10 * MILLISECOND }),
	template(250, 50, 300, { maxRetries: 2, maxTcpDelay: 5 * MILLISECOND, hostTimeout: 900 * SECOND })
];

/** The round trips of one host, microseconds. */
export class RoundTrip {
	srtt = -1;
	#variance = -1;
	timeout: number;

	constructor(
		readonly bounds: { readonly initialRtt: number; readonly minRtt: number; readonly maxRtt: number },
		known?: RoundTrip
	) {
		this.timeout = bounds.initialRtt;
		if (!known || known.srtt < 0) return;
		this.srtt = known.srtt;
		this.#variance = known.#variance;
		this.timeout = known.timeout;
	}

	measured(delta: number): void {
		const { minRtt, maxRtt } = this.bounds;
		if (this.srtt < 0) {
			this.srtt = delta;
			this.#variance = Math.min(2 * SECOND, Math.max(5 * MILLISECOND, delta));
		} else {
			const difference = delta - this.srtt;
			this.srtt += difference / 8;
			this.#variance += (Math.abs(difference) - this.#variance) / 4;
		}
		this.timeout = Math.min(maxRtt, Math.max(minRtt, this.srtt + 4 * this.#variance));
	}
}

const INITIAL_WINDOW = 10;
const MAXIMUM_WINDOW = 300;
const SLOW_START_THRESHOLD = 75;
const SCALE_LIMIT = 50;
/** an answer to a probe that only asks whether the host is there counts for three */
const PING_MAGNIFIER = 3;

/** The window of probes under way (congestion control of RFC 5681, counted in probes). */
export class Window {
	size: number;
	#threshold = SLOW_START_THRESHOLD;
	#expected = 0;
	#received = 0;
	#lastDrop = -Infinity;

	constructor(
		readonly least: number,
		readonly most: number = MAXIMUM_WINDOW
	) {
		this.size = Math.min(this.most, Math.max(this.least, INITIAL_WINDOW));
	}

	/** An answer may be expected: a probe was sent or ran out. */
	expect(): void {
		this.#expected++;
	}

	answered(isPing: boolean): void {
		this.#received++;
		const scale = Math.min(this.#expected / Math.max(1, this.#received), SCALE_LIMIT) * (isPing ? PING_MAGNIFIER : 1);
		if (this.size < this.#threshold) this.size = Math.min(this.size + scale, this.#threshold);
		else this.size += scale / this.size;
		this.size = Math.min(this.size, this.most);
	}

	/** @param now microseconds; several losses within a round trip count once */
	lost(now: number, roundTrip: number): void {
		if (now - this.#lastDrop < roundTrip) return;
		this.#lastDrop = now;
		this.#threshold = Math.max(2, this.size / 2);
		this.size = Math.max(this.least, this.size / 2);
	}
}

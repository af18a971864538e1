/**
 * Congestion control: slow start, congestion avoidance, fast recovery (RFC 5681, RFC 6582, initial window RFC 6928).
 *
 * Counts in segments, as Linux does. Not simulated: CUBIC (Linux's default), pacing, proportional rate reduction.
 */
export class Congestion {
	/** segments that may be on their way */
	window = 10;
	threshold = Infinity;
	phase: 'open' | 'recovery' | 'loss' = 'open';
	/** sequence number that was the next when recovery began: recovered when all before is acknowledged */
	recoverUntil = 0;
	#acknowledged = 0;

	/** @param count segments acknowledged by new data's ACK while the window was used */
	onAcknowledged(count: number): void {
		if (this.phase === 'recovery') return;
		if (this.window < this.threshold) {
			const growth = Math.min(count, this.threshold - this.window);
			this.window += growth;
			count -= growth;
		}
		this.#acknowledged += count;
		if (this.#acknowledged < this.window) return;
		this.#acknowledged -= this.window;
		this.window++;
	}

	/** Three duplicates: a segment is lost, but acknowledgements still flow. */
	enterRecovery(inFlight: number, next: number): void {
		this.phase = 'recovery';
		this.recoverUntil = next;
		this.threshold = Math.max(2, inFlight >> 1);
		this.window = this.threshold;
		this.#acknowledged = 0;
	}

	/** The retransmission timer ran out: begin again with one segment. */
	enterLoss(inFlight: number, next: number): void {
		if (this.phase !== 'loss') this.threshold = Math.max(2, inFlight >> 1);
		this.phase = 'loss';
		this.recoverUntil = next;
		this.window = 1;
		this.#acknowledged = 0;
	}

	recovered(): void {
		if (this.phase === 'recovery') this.window = this.threshold;
		this.phase = 'open';
	}

	/** Nothing was sent for a time-out or longer: what is known of the path is old (RFC 2861). */
	idle(timeouts: number): void {
		if (this.threshold !== Infinity) this.threshold = Math.max(this.threshold, (3 * this.window) >> 2);
		for (let i = 0; i < timeouts && this.window > 10; i++) this.window = Math.max(10, this.window >> 1);
	}
}

/** Warnings of the network for the kernel's log, not more of them than a busy kernel writes (net_ratelimit). */
import type { Services } from '../services';

const WARNING = 4;
/** that many lines in that time, microseconds */
const BURST = 10;
const INTERVAL = 5_000_000;

export class LimitedLog {
	#begun = -Infinity;
	#lines = 0;
	#missed = 0;

	constructor(readonly services: Pick<Services, 'now' | 'log'>) {}

	warn(line: string): void {
		const now = this.services.now();
		if (now - this.#begun >= INTERVAL) {
			if (this.#missed > 0) this.services.log(WARNING, `net_ratelimit: ${this.#missed} callbacks suppressed`);
			this.#begun = now;
			this.#lines = this.#missed = 0;
		}
		if (this.#lines++ < BURST) this.services.log(WARNING, line);
		else this.#missed++;
	}
}

/**
 * The kernel's log: what dmesg shows and klogd reads from /proc/kmsg. The newest 1,000 lines are kept.
 */
import { WaitQueue } from './wait';

const LIMIT = 1_000;
/** KERN_INFO */
const INFO = 6;

export class KernelLog {
	readonly changed = new WaitQueue();
	#lines: string[] = [];
	/** number of the first line that is kept */
	#first = 0;
	/** number of the first line that dmesg still shows */
	#shownFrom = 0;

	/** @param uptime seconds since boot */
	constructor(readonly uptime: () => number) {}

	/** A line without its time: "eth0: link up". */
	write(line: string, level = INFO): void {
		this.#lines.push(`<${level}>[${this.uptime().toFixed(6).padStart(12)}] ${line}`);
		if (this.#lines.length > LIMIT) {
			this.#lines.shift();
			this.#first++;
		}
		this.changed.wake();
	}

	/** As dmesg shows them, without the level. */
	lines(): string[] {
		const shown = this.#lines.slice(Math.max(0, this.#shownFrom - this.#first));
		return shown.map((line) => line.replace(/^<\d>/, ''));
	}

	/** The line of that number with its level, or the oldest one after it; undefined when it is yet to come. */
	at(number: number): { readonly number: number; readonly line: string } | undefined {
		const found = Math.max(number, this.#first);
		const line = this.#lines[found - this.#first];
		return line === undefined ? undefined : { number: found, line };
	}

	/** dmesg shows none of them again; who reads /proc/kmsg still gets them (SYSLOG_ACTION_CLEAR). */
	hide(): void {
		this.#shownFrom = this.#first + this.#lines.length;
	}

	clear(): void {
		this.#first += this.#lines.length;
		this.#lines = [];
	}
}

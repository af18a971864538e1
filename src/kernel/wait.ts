/**
 * How a call waits. A handler that cannot answer yet returns `WouldBlock` with the queues whose `wake` may change that;
 * the scheduler parks the process on them and runs the handler again when one wakes (or at the deadline). So a handler
 * is written as "look, and answer or wait", and no state of a half-done call is kept anywhere else.
 */
export class WaitQueue {
	#waiters = new Set<() => void>();

	add(waiter: () => void): void {
		this.#waiters.add(waiter);
	}

	remove(waiter: () => void): void {
		this.#waiters.delete(waiter);
	}

	/** Tells all that wait, in the order in which they came; each removes itself. */
	wake(): void {
		if (this.#waiters.size === 0) return;
		for (const waiter of [...this.#waiters]) waiter();
	}
}

export class WouldBlock {
	/** @param deadline virtual time in microseconds at which to look again in any case */
	constructor(
		readonly queues: readonly WaitQueue[],
		readonly deadline = Infinity
	) {}
}

/** The answer of a call, or that there is none yet. */
export type Answer<T> = T | WouldBlock;

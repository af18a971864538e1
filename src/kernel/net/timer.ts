/**
 * A timer that can be set again and again: one pending task of the engine at most.
 *
 * Does: runs its action once, that long after it was last set. Setting it later than it stands costs nothing: the task
 *       that comes too early goes back to sleep. Clearing takes the task out, so a sleeping world has nothing to do.
 */
import type { Engine } from '#engine/engine';

export class Timer {
	readonly #engine: Engine;
	readonly #action: () => void;
	#task = 0;
	#taskAt = Infinity;
	#due = Infinity;

	constructor(engine: Engine, action: () => void) {
		this.#engine = engine;
		this.#action = action;
	}

	get pending(): boolean {
		return this.#due !== Infinity;
	}

	/** virtual time at which it runs, Infinity when it is not set */
	get due(): number {
		return this.#due;
	}

	/** @param delay microseconds from now */
	set(delay: number): void {
		this.#due = this.#engine.now + Math.round(delay);
		if (this.#taskAt <= this.#due) return;
		if (this.#taskAt !== Infinity) this.#engine.cancel(this.#task);
		this.#schedule();
	}

	clear(): void {
		if (this.#taskAt !== Infinity) this.#engine.cancel(this.#task);
		this.#taskAt = Infinity;
		this.#due = Infinity;
	}

	#schedule(): void {
		this.#taskAt = this.#due;
		this.#task = this.#engine.after(this.#due - this.#engine.now, () => this.#wake());
	}

	#wake(): void {
		this.#taskAt = Infinity;
		if (this.#due > this.#engine.now) return this.#schedule();
		this.#due = Infinity;
		this.#action();
	}
}

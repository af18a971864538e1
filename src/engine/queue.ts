/**
 * The event queue: a binary heap of (time, sequence number, task).
 *
 * Does: hands out tasks in the order of their time; equal times in the order in which they were scheduled, so that a
 *       run is reproducible to the last event.
 * Trusts: its caller to pass times that are not in the past (the engine asserts it).
 * Lacks: priorities. Two things at the same microsecond happen in the order in which they were asked for.
 *
 * The heap is three parallel arrays, times and sequence numbers in typed ones: an object heap was measured two to three
 * times slower with many pending events.
 */

/** Names a scheduled task; give it to `cancel`. */
export type TaskId = number;

export class EventQueue {
	#times = new Float64Array(256);
	#ids = new Float64Array(256);
	#tasks: ((() => void) | undefined)[] = [];
	#length = 0;
	#nextId = 1;
	#cancelled = new Set<TaskId>();
	#pending = new Set<TaskId>();

	/** Tasks that wait, without the cancelled ones. */
	get size(): number {
		return this.#pending.size;
	}

	/** @param at microseconds */
	push(at: number, task: () => void): TaskId {
		const id = this.#nextId++;
		if (this.#length === this.#times.length) this.#grow();
		let hole = this.#length++;
		const times = this.#times;
		const ids = this.#ids;
		const tasks = this.#tasks;
		while (hole > 0) {
			const parent = (hole - 1) >> 1;
			if (times[parent]! <= at) break;
			times[hole] = times[parent]!;
			ids[hole] = ids[parent]!;
			tasks[hole] = tasks[parent];
			hole = parent;
		}
		times[hole] = at;
		ids[hole] = id;
		tasks[hole] = task;
		this.#pending.add(id);
		return id;
	}

	/** Forgets a task; one that has run or was cancelled before is ignored. */
	cancel(id: TaskId): void {
		if (this.#pending.delete(id)) this.#cancelled.add(id);
	}

	/** The time of the next task in microseconds, Infinity when nothing waits. */
	nextTime(): number {
		this.#dropCancelled();
		return this.#length === 0 ? Infinity : this.#times[0]!;
	}

	/** Takes the next task out; undefined when nothing waits. */
	pop(): (() => void) | undefined {
		this.#dropCancelled();
		if (this.#length === 0) return undefined;
		this.#pending.delete(this.#ids[0]!);
		return this.#removeFirst();
	}

	#dropCancelled(): void {
		while (this.#length > 0 && this.#cancelled.size > 0 && this.#cancelled.delete(this.#ids[0]!)) this.#removeFirst();
	}

	#removeFirst(): (() => void) | undefined {
		const times = this.#times;
		const ids = this.#ids;
		const tasks = this.#tasks;
		const first = tasks[0];
		const last = --this.#length;
		const at = times[last]!;
		const id = ids[last]!;
		const task = tasks[last];
		tasks[last] = undefined;
		if (last === 0) return first;
		let hole = 0;
		for (;;) {
			let child = 2 * hole + 1;
			if (child >= last) break;
			const right = child + 1;
			if (right < last && this.#before(right, child)) child = right;
			if (times[child]! > at || (times[child] === at && ids[child]! > id)) break;
			times[hole] = times[child]!;
			ids[hole] = ids[child]!;
			tasks[hole] = tasks[child];
			hole = child;
		}
		times[hole] = at;
		ids[hole] = id;
		tasks[hole] = task;
		return first;
	}

	#before(a: number, b: number): boolean {
		const difference = this.#times[a]! - this.#times[b]!;
		return difference < 0 || (difference === 0 && this.#ids[a]! < this.#ids[b]!);
	}

	#grow(): void {
		const times = new Float64Array(this.#times.length * 2);
		times.set(this.#times);
		this.#times = times;
		const ids = new Float64Array(this.#ids.length * 2);
		ids.set(this.#ids);
		this.#ids = ids;
	}
}

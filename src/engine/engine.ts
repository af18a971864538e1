/**
 * The engine: a virtual clock, the queue of what is to happen, seeded chance and the trace.
 *
 * Does: runs tasks in order of time. Between tasks nothing happens, so idle time costs nothing.
 * Trusts: tasks not to loop for ever; whoever runs user programs bounds their slices (`kernel/process`).
 * Lacks: any idea of wall-clock time. The worker asks it to run until a virtual time.
 */
import { assert } from './assert';
import { EventQueue, type TaskId } from './queue';
import { Random } from './random';
import { Trace, type TraceEvent } from './trace';

export const MICROSECOND = 1;
export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;

export class Engine {
	readonly random: Random;
	readonly trace: Trace;
	#now: number;
	#queue = new EventQueue();

	/** @param start microseconds since 1970-01-01 UTC at which the world begins */
	constructor(options: { seed: number; start: number; traceCapacity?: number }) {
		this.#now = options.start;
		this.random = new Random(options.seed);
		this.trace = new Trace(options.traceCapacity);
	}

	/** Microseconds since 1970-01-01 UTC, virtual. */
	get now(): number {
		return this.#now;
	}

	/** Runs `task` after `delay` microseconds. */
	after(delay: number, task: () => void): TaskId {
		assert(delay >= 0, `task scheduled ${delay} µs ahead`);
		return this.#queue.push(this.#now + Math.round(delay), task);
	}

	cancel(id: TaskId): void {
		this.#queue.cancel(id);
	}

	emit(event: TraceEvent): void {
		this.trace.emit(this.#now, event);
	}

	/** When the next task is due, Infinity when nothing waits. */
	nextTime(): number {
		return this.#queue.nextTime();
	}

	/** Runs one task; false when nothing waits. */
	step(): boolean {
		const at = this.#queue.nextTime();
		if (at === Infinity) return false;
		const task = this.#queue.pop();
		assert(task && at >= this.#now, 'queue out of order');
		this.#now = at;
		task();
		return true;
	}

	/**
	 * Runs everything due up to and including `time`, then sets the clock to it.
	 * @param mayGoOn asked between tasks; false stops early (the clock then stands at the last task)
	 * @returns whether `time` was reached
	 */
	runUntil(time: number, mayGoOn: () => boolean = () => true): boolean {
		while (this.#queue.nextTime() <= time) {
			if (!mayGoOn()) return false;
			this.step();
		}
		if (time > this.#now && time !== Infinity) this.#now = time;
		return true;
	}
}

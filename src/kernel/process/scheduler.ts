/**
 * Runs processes: one CPU, in slices of a millisecond of virtual time, first come first served.
 *
 * Does: takes a request from a program's generator, has it answered, gives the result back or parks the process until a
 *       queue wakes it or the deadline passes; then the handler looks again.
 * Does also: lets time pass. A call costs about a microsecond, so a program that never waits makes the clock go on, and
 *       packets and keys get in between its slices.
 * Trusts: programs to yield now and then; a computation between two yields is not interrupted.
 */
import { assert } from '#engine/assert';
import { Errno, type CallName, type Request } from '../syscalls';
import { isSocket } from '../open-file';
import { WouldBlock } from '../wait';
import type { Handler, Kernel } from '../kernel';
import type { Process } from './process';

/** microseconds */
const SLICE = 1_000;
/** microseconds that a call takes, where it is not one; preempt stands for the loop that made it */
const COST: { readonly [K in CallName]?: number } = { fork: 400, exec: 600, preempt: 10 };
/** of a process's end, between the close of its descriptors and the news to its parent */
const EXIT_COST = 500;

/** 1, 5 and 15 minutes */
const LOAD_PERIODS = [60_000_000, 300_000_000, 900_000_000];

/** Data that a call moves takes time too: 100 MB a second. Without it a pipeline would copy gigabytes in no time. */
const BYTES_A_MICROSECOND = 100;

/** calls on a socket behind which packets may leave */
const TRANSMITTING: ReadonlySet<CallName> = new Set(['connect', 'sendto', 'write', 'shutdown', 'close']);

type AnyHandler = (kernel: Kernel, process: Process, ...args: readonly unknown[]) => unknown;

export class Scheduler {
	readonly #handlers: ReadonlyMap<string, { run: AnyHandler; cost: number }>;
	#queue: Process[] = [];
	#first = 0;
	#scheduled = false;
	/** of the running slice, microseconds */
	#used = 0;
	/** whose slice was broken off, and how much of it is gone */
	#broken: Process | undefined;
	#spent = 0;
	/** the CPU is taken until then */
	#busyUntil = 0;
	current: Process | undefined;
	#load = [0, 0, 0];
	#loadAt = 0;
	/** CPU time used since then */
	#busy = 0;

	constructor(
		readonly kernel: Kernel,
		handlers: { readonly [K in CallName]: Handler<K> }
	) {
		this.#handlers = new Map(
			Object.entries(handlers).map(([name, run]) => [
				name,
				{ run: run as unknown as AnyHandler, cost: COST[name as CallName] ?? 1 }
			])
		);
	}

	/** The clock as processes see it: it goes on within a slice. */
	get now(): number {
		return this.kernel.engine.now + this.#used;
	}

	/** Processes that want the CPU, for the load average. */
	get waiting(): number {
		return this.#queue.length - this.#first + (this.current ? 1 : 0);
	}

	/**
	 * Load over 1, 5 and 15 minutes, as the kernel computes it: a damped average of the processes that want the CPU.
	 * Kept lazily: between two looks the share of time that the CPU was busy stands for the number.
	 */
	loadAverages(): readonly number[] {
		const { now } = this;
		const span = now - this.#loadAt;
		if (span > 0) {
			const share = Math.min(1, this.#busy / span);
			this.#load = this.#load.map((load, i) => {
				const keep = Math.exp(-span / LOAD_PERIODS[i]!);
				return load * keep + share * (1 - keep);
			});
			this.#loadAt = now;
			this.#busy = 0;
		}
		return this.#load;
	}

	/** Puts a process that can go on into the run queue. */
	enqueue(process: Process): void {
		if (process.queued || process.state !== 'ready' || process.stopped) return;
		process.queued = true;
		this.#queue.push(process);
		this.#schedule();
	}

	/** Ends its waiting; the call it waits in is looked at again. */
	wake(process: Process): void {
		if (process.state !== 'blocked') return;
		this.forgetWait(process);
		process.state = 'ready';
		this.enqueue(process);
	}

	forgetWait(process: Process): void {
		for (const queue of process.waitsOn) queue.remove(process.wake);
		process.waitsOn = [];
		if (process.wakeTask !== undefined) this.kernel.engine.cancel(process.wakeTask);
		process.wakeTask = undefined;
	}

	/** Forgets everything: the host was switched off. */
	clear(): void {
		for (const process of this.#queue) process.queued = false;
		this.#queue = [];
		this.#first = 0;
		this.#broken = undefined;
	}

	#schedule(): void {
		if (this.#scheduled || this.current) return;
		this.#scheduled = true;
		this.kernel.engine.after(Math.max(0, this.#busyUntil - this.kernel.engine.now), () => this.#dispatch());
	}

	#dispatch(): void {
		this.#scheduled = false;
		const process = this.#shift();
		if (process) {
			this.current = process;
			this.#used = 0;
			if (this.#broken !== process) this.#spent = 0;
			this.#broken = undefined;
			try {
				this.#run(process);
			} finally {
				this.current = undefined;
				this.#busyUntil = this.kernel.engine.now + this.#used;
				this.#used = 0;
				if (this.#first < this.#queue.length) this.#schedule();
			}
		}
	}

	#shift(): Process | undefined {
		while (this.#first < this.#queue.length) {
			const process = this.#queue[this.#first++]!;
			if (this.#first > 256 && this.#first * 2 > this.#queue.length) {
				this.#queue = this.#queue.slice(this.#first);
				this.#first = 0;
			}
			process.queued = false;
			if (process.state === 'ready' && !process.stopped) return process;
		}
		this.#queue.length = this.#first = 0;
		return undefined;
	}

	#run(process: Process): void {
		process.state = 'running';
		const before = this.#used;
		while (process.state === 'running') {
			if (process.stopped) {
				process.state = 'ready';
				break;
			}
			if (this.#spent + this.#used >= SLICE) {
				process.state = 'ready';
				this.enqueue(process);
				break;
			}
			const request = process.request ?? this.#next(process);
			if (!request) continue;
			if (this.#used > 0 && mayTransmit(process, request)) {
				this.#goOnLater(process);
				break;
			}
			this.#answer(process, request);
		}
		const used = this.#used - before;
		this.#busy += used;
		process.systemTime += used >> 1;
		process.userTime += used - (used >> 1);
	}

	/** Breaks the slice off, so that the engine's clock comes to where the process is; then it goes on with the rest. */
	#goOnLater(process: Process): void {
		this.#broken = process;
		this.#spent += this.#used;
		process.state = 'ready';
		process.queued = true;
		if (this.#first > 0) this.#queue[--this.#first] = process;
		else this.#queue.unshift(process);
	}

	/** Lets the program run to its next request. */
	#next(process: Process): Request | undefined {
		const { failure, result } = process;
		process.failure = process.result = undefined;
		let step: IteratorResult<Request, number>;
		try {
			step = failure === undefined ? process.program.next(result) : process.program.throw(failure);
		} catch (thrown) {
			this.kernel.crashed(process, thrown);
			return undefined;
		}
		if (step.done) {
			this.#used += EXIT_COST;
			this.kernel.processes.exit(process, { pid: process.pid, kind: 'exited', status: step.value & 0xff });
			return undefined;
		}
		process.request = step.value;
		process.requestedAt = this.now;
		process.progress = 0;
		return step.value;
	}

	#answer(process: Process, request: Request): void {
		const handler = this.#handlers.get(request.call);
		assert(handler, `system call ${request.call} has no handler`);
		this.#used += handler.cost;
		let answer: unknown;
		try {
			answer = handler.run(this.kernel, process, ...request.args);
			this.#used += Math.floor(bytesMoved(request, answer) / BYTES_A_MICROSECOND);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) {
				this.kernel.crashed(process, thrown);
				return;
			}
			if (process.state !== 'running') return;
			process.failure = thrown;
			this.#finish(process);
			return;
		}
		if (process.state !== 'running') return;
		if (!(answer instanceof WouldBlock)) {
			process.result = answer;
			this.#finish(process);
		} else if (process.interrupted) {
			process.interrupted = false;
			if (process.progress > 0) process.result = process.progress;
			else process.failure = new Errno('EINTR');
			this.#finish(process);
		} else this.#block(process, answer);
	}

	#finish(process: Process): void {
		process.request = undefined;
		if (process.held) {
			process.held.close();
			process.held = undefined;
		}
	}

	#block(process: Process, answer: WouldBlock): void {
		process.state = 'blocked';
		process.waitsOn = answer.queues;
		for (const queue of answer.queues) queue.add(process.wake);
		if (answer.deadline !== Infinity) {
			const delay = Math.max(0, answer.deadline - this.kernel.engine.now);
			process.wakeTask = this.kernel.engine.after(delay, () => {
				process.wakeTask = undefined;
				this.wake(process);
			});
		}
	}
}

/**
 * Whether packets may leave at this call. They carry the engine's time, and must not leave before the time that the
 * process has seen.
 */
function mayTransmit({ descriptors }: Process, { call, args: [fd] }: Request): boolean {
	if (!TRANSMITTING.has(call)) return false;
	const file = descriptors[fd as number]?.file;
	return file !== undefined && isSocket(file) && file.info().protocol !== 'unix';
}

/** What was read or written. */
function bytesMoved(request: Request, answer: unknown): number {
	if (answer instanceof Uint8Array) return answer.length;
	return (request.call === 'write' || request.call === 'sendto') && typeof answer === 'number' ? answer : 0;
}

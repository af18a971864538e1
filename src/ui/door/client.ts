/**
 * The page's side of the world's door (`world/door.ts`): messages to the worker, answers as promises.
 *
 * Does: numbers questions and inputs, pairs each `run` or `step` with the one batch that answers it, hands every message
 *       on to `hear`.
 * Trusts: the worker to answer a run or a step with exactly one batch, and an `open` with any number of batches (what
 *       happened up to where it stands) and then `opened`.
 * Lacks: patience. Who asks decides how long to wait (`Session`).
 */
import type { Answers, Batch, FromWorker, Input, LessonStart, StepTarget, TimedInput, ToWorker } from '#world/door';

export type Opened = Extract<FromWorker, { type: 'opened' }>;

interface Waiting {
	resolve(value: unknown): void;
	reject(error: Error): void;
}

export class DoorClient {
	readonly #worker: Worker;
	readonly #hear: (message: FromWorker) => void;
	#next = 1;
	#answers = new Map<number, Waiting>();
	#batch: Waiting | null = null;
	#opened: Waiting | null = null;

	constructor(worker: Worker, hear: (message: FromWorker) => void) {
		this.#worker = worker;
		this.#hear = hear;
		worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
		worker.onerror = (event) => this.#fail(new Error(event.message || 'The world could not be loaded.'));
	}

	open(lesson: LessonStart, inputs: readonly TimedInput[], until?: number): Promise<Opened> {
		return new Promise((resolve, reject) => {
			this.#opened = { resolve: resolve as (value: unknown) => void, reject };
			this.#post({ type: 'open', lesson, inputs, until });
		});
	}

	/** @throws Error with the worker's words when the input was refused (a save without permission) */
	input(input: Input): Promise<unknown> {
		return this.#ask((id) => ({ type: 'input', id, input }));
	}

	run(until: number): Promise<Batch> {
		return this.#batchOf({ type: 'run', until });
	}

	step(to: StepTarget, limit: number): Promise<Batch> {
		return this.#batchOf({ type: 'step', to, limit });
	}

	/** @throws Error with the worker's words when the question has no answer */
	ask<K extends keyof Answers>(ask: K, about: Parameters<Answers[K]>[0]): Promise<ReturnType<Answers[K]>> {
		return this.#ask((id) => ({ type: 'ask', id, question: { ask, ...about } as never })) as Promise<
			ReturnType<Answers[K]>
		>;
	}

	ping(): Promise<unknown> {
		return this.#ask((id) => ({ type: 'ping', id }));
	}

	/** Ends the worker; whatever was still awaited is rejected. */
	end(): void {
		this.#worker.onmessage = null;
		this.#worker.terminate();
		this.#fail(new Error('The world was closed.'));
	}

	#post(message: ToWorker): void {
		this.#worker.postMessage(message);
	}

	#ask(make: (id: number) => ToWorker): Promise<unknown> {
		const id = this.#next++;
		return new Promise((resolve, reject) => {
			this.#answers.set(id, { resolve, reject });
			this.#post(make(id));
		});
	}

	#batchOf(message: ToWorker): Promise<Batch> {
		return new Promise((resolve, reject) => {
			this.#batch = { resolve: resolve as (value: unknown) => void, reject };
			this.#post(message);
		});
	}

	#receive(message: FromWorker): void {
		this.#hear(message);
		switch (message.type) {
			case 'opened':
				this.#opened?.resolve(message);
				this.#opened = null;
				break;
			case 'batch':
				// up to `opened`, batches tell what happened on the way there
				if (this.#opened) break;
				this.#batch?.resolve(message);
				this.#batch = null;
				break;
			case 'answer':
			case 'pong':
				this.#answers.get(message.id)?.resolve(message.type === 'answer' ? message.value : undefined);
				this.#answers.delete(message.id);
				break;
			case 'failed':
				if (message.id === null) this.#fail(new Error(message.message));
				else this.#answers.get(message.id)?.reject(new Error(message.message));
				if (message.id !== null) this.#answers.delete(message.id);
				break;
		}
	}

	#fail(error: Error): void {
		for (const waiting of [...this.#answers.values(), this.#batch, this.#opened]) waiting?.reject(error);
		this.#answers.clear();
		this.#batch = null;
		this.#opened = null;
	}
}

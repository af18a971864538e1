/**
 * A learner at one lesson: checks asked, hints taken, votes cast, the state that the browser remembers. What a check
 * means and which hint a wrong answer earns is decided behind the door; this only keeps what came back.
 */
import type { Lesson } from '#lesson/lesson';
import type { CheckResult, TimedInput } from '#world/door';
import type { Session } from '../door/session.svelte';
import { fresh, remember, type LessonRecord, type LessonState } from './progress';

export class Sitting {
	readonly lesson: Lesson;
	results = $state.raw<readonly CheckResult[] | null>(null);
	checking = $state(false);
	problem = $state('');
	/** how many of the three hints were asked for */
	hints = $state(0);
	state = $state<LessonState>('unseen');
	/** check ids that passed last time, before any result of this sitting */
	passedBefore = $state.raw<readonly string[]>([]);
	/** step index → chosen option */
	votes = $state<Record<string, number>>({});
	readonly session: Session;
	#record: LessonRecord;
	/** nothing is written before it was read */
	#recalled = false;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(lesson: Lesson, session: Session) {
		this.lesson = lesson;
		this.session = session;
		this.#record = fresh(lesson.path);
	}

	/** Takes what the browser remembers of this lesson. @returns the inputs of the sitting that was broken off. */
	recall(
		{ record, dropped }: { record: LessonRecord; dropped: boolean },
		complain: (text: string) => void
	): readonly TimedInput[] {
		if (dropped)
			complain(
				'What this browser remembered of the lesson could not be read. It starts fresh; other lessons are not touched.'
			);
		this.#recalled = true;
		this.#record = record;
		this.state = record.state === 'unseen' ? 'opened' : record.state;
		this.hints = record.helped ? 3 : 0;
		this.passedBefore = record.passed;
		this.votes = record.steps;
		return record.inputs as readonly TimedInput[];
	}

	passed(id: string): boolean | null {
		const result = this.results?.find((each) => each.id === id);
		return result ? result.pass : this.passedBefore.includes(id) ? true : null;
	}

	get count(): number {
		return this.lesson.checks.filter((check) => this.passed(check.id)).length;
	}

	async check(): Promise<void> {
		this.checking = true;
		this.problem = '';
		try {
			const results = await this.session.ask('check', {});
			this.results = results;
			this.passedBefore = [];
			if (results.length > 0 && results.every((each) => each.pass) && this.state === 'opened')
				this.state = this.hints >= 3 ? 'solved with help' : 'solved';
			this.#keep();
		} catch (error) {
			this.problem = error instanceof Error ? error.message : String(error);
		} finally {
			this.checking = false;
		}
	}

	takeHint(): void {
		this.hints = Math.min(3, this.hints + 1);
		this.#keep();
	}

	vote(step: number | string, option: number): void {
		this.votes[step] = option;
		this.#keep();
	}

	/** The why-chain was put in order, at the first try or later. */
	explained(firstTry: boolean): void {
		if (firstTry && (this.state === 'solved' || this.state === 'solved with help')) this.state = 'explained';
		this.#keep();
	}

	/** Kept a moment later, so that typing does not write to the disk at every key. */
	keepInputs(inputs: readonly TimedInput[]): void {
		this.#record = { ...this.#record, inputs: inputs as LessonRecord['inputs'] };
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#keep(), 800);
	}

	flush(): void {
		clearTimeout(this.#timer);
		this.#keep();
	}

	restart(): void {
		this.results = null;
		this.passedBefore = [];
		this.problem = '';
		this.#record = { ...this.#record, inputs: [] };
		this.#keep();
	}

	#keep(): void {
		if (!this.#recalled) return;
		const passed = this.lesson.checks.filter((check) => this.passed(check.id)).map((check) => check.id);
		this.#record = {
			...this.#record,
			state: this.state,
			passed,
			helped: this.hints >= 3,
			steps: $state.snapshot(this.votes)
		};
		void remember(this.#record);
	}
}

/**
 * nmap's way of asking many hosts many things at once: sends as fast as answers come back, asks again what was not answered.
 *
 * Does: a window of probes for all hosts and one for each, repeats after the round trip's time, more repeats where repeats
 *       turned out to help (packets are lost, or ICMP errors are limited), a growing delay between probes then, and a
 *       probe now and then to a host that was silent for long, to know that it still answers.
 * Trusts: subclasses to send, to listen, and to say what an answer means.
 */
import type { Sys } from '#kernel/syscalls';
import { time } from '../libc/unistd';
import type { Probe } from './packets';
import type { Say, Target } from './target';
import { RoundTrip, Window, type Template } from './timing';

const MILLISECOND = 1000;
const SECOND = 1_000_000;
/** a host that was silent that long, and was asked that much since, is pinged */
const SILENCE = 1_250 * MILLISECOND;
const ASKED = 10;
/** before a repeat is sent for the first time: answers that are limited to so many a second come again by then */
const HOLD = SECOND;
/** of the answers since the delay was changed came to repeats: so many, and such a part of all */
const DROPS = 10;
const DROP_RATIO = { patient: 0.3, hasty: 0.4 };

export interface Pace extends Template {
	readonly level: number;
	/** probes at once, 0: as it comes */
	readonly least: number;
	readonly most: number;
	/** probes a second, 0: as it comes */
	readonly minRate: number;
	readonly maxRate: number;
}

/** Something to find out about a host. */
export class Question {
	tries = 0;
	done = false;

	constructor(readonly probe: Probe) {}
}

/** A probe that is or was under way. */
export interface Sent {
	readonly question: Question;
	readonly attempt: number;
	readonly at: number;
	readonly isPing: boolean;
	/** source port or identifier */
	readonly mark: number;
	/** descriptor of a connect probe */
	fd: number;
	waiting: boolean;
}

export class HostScan {
	next = 0;
	/** in the order of sending */
	outstanding: Sent[] = [];
	waiting = 0;
	readonly retries: Question[] = [];
	bench: Question[] = [];
	/** the highest repeat that was answered */
	maxSuccess = 0;
	readonly congestion: Window;
	readonly roundTrip: RoundTrip;
	delay: number;
	lastSent = -Infinity;
	lastReceived = 0;
	lastPing = 0;
	sent = 0;
	sentAtPing = 0;
	goodAnswers = 0;
	droppedAnswers = 0;
	/** the highest repeat that was sent; before a new one the host is left alone for a while */
	maxRepeat = 0;
	heldUntil = -Infinity;
	cappedTold = false;
	finished = false;
	/** what to ask to see that it is still there */
	pingProbe: Probe | undefined;
	/** mark × 65536 + port → probe */
	readonly known = new Map<number, Sent>();

	constructor(
		readonly target: Target,
		readonly questions: Question[],
		pace: Pace
	) {
		this.congestion = new Window(Math.max(1, pace.least), limit(pace));
		this.roundTrip = target.roundTrip = new RoundTrip(pace, target.roundTrip);
		this.delay = pace.scanDelay;
	}
}

function limit({ most, parallelism }: Pace): number {
	return most > 0 ? most : parallelism > 0 ? parallelism : 300;
}

export abstract class Scan {
	protected readonly byAddress = new Map<number, HostScan>();
	readonly #congestion: Window;
	#waiting = 0;
	#sent = 0;
	#startedAt = 0;
	#lastSent = -Infinity;
	protected now = 0;
	/** lines for the one who watches, told as the scan goes on */
	readonly notes: string[] = [];
	say: Say = function* () {};

	constructor(
		protected readonly hosts: HostScan[],
		protected readonly pace: Pace
	) {
		this.#congestion = new Window(Math.max(1, pace.least), limit(pace));
		for (const host of hosts) this.byAddress.set(host.target.address, host);
	}

	/** Sends; the mark makes its answer known. @returns false when the probe could not be sent, which answers it */
	protected abstract transmit(host: HostScan, question: Question, attempt: number, isPing: boolean): Sys<Sent | null>;
	/** Waits that long for answers and takes all that came. */
	protected abstract collect(microseconds: number): Sys<void>;
	/** Nobody answered. */
	protected abstract silent(host: HostScan, question: Question): void;
	/** That probe is of no use any more. */
	protected *forget(_sent: Sent): Sys<void> {}
	protected readonly isUdp: boolean = false;
	/** one good answer is enough for a host (host discovery) */
	protected readonly oneIsEnough: boolean = false;

	*run(): Sys<void> {
		this.now = this.#startedAt = yield* time();
		for (const host of this.hosts) {
			host.target.startedAt ||= this.now;
			host.lastReceived = host.lastPing = this.now;
		}
		let active = this.hosts;
		for (;;) {
			active = active.filter((host) => !this.#isFinished(host));
			for (const note of this.notes.splice(0)) yield* this.say(note);
			if (active.length === 0) return;
			yield* this.#sendAll(active);
			this.now = yield* time();
			yield* this.collect(Math.max(0, this.#nextEvent(active) - this.now));
			this.now = yield* time();
			for (const host of active) yield* this.#expire(host);
		}
	}

	/* ---- sending --------------------------------------------------------------------------------------------------- */

	*#sendAll(active: readonly HostScan[]): Sys<void> {
		for (let any = true; any;) {
			any = false;
			for (const host of active) {
				if (!this.#maySend(host)) continue;
				const question = this.#nextQuestion(host);
				if (question) {
					yield* this.#send(host, question, false);
					any = true;
				}
			}
		}
		for (const host of active) if (this.#wantsPing(host)) yield* this.#send(host, new Question(host.pingProbe!), true);
	}

	#maySend(host: HostScan): boolean {
		const { minRate, maxRate } = this.pace;
		if (host.finished || this.now < host.heldUntil) return false;
		if (host.delay > 0 && this.now < host.lastSent + host.delay) return false;
		if (maxRate > 0 && this.now < this.#lastSent + SECOND / maxRate) return false;
		if (minRate > 0 && this.#sent < ((this.now - this.#startedAt) * minRate) / SECOND) return true;
		return (
			host.waiting < Math.floor(host.congestion.size) && this.#waiting < Math.max(1, Math.floor(this.#congestion.size))
		);
	}

	#nextQuestion(host: HostScan): Question | undefined {
		for (;;) {
			const question = host.retries.shift() ?? host.questions[host.next++];
			if (!question || question.done) {
				if (!question) return undefined;
				continue;
			}
			if (question.tries <= host.maxRepeat || host.questions.length === 1) return question;
			host.maxRepeat = question.tries;
			host.heldUntil = this.now + HOLD;
			host.retries.unshift(question);
			return undefined;
		}
	}

	#wantsPing(host: HostScan): boolean {
		if (!host.pingProbe || host.finished || host.sent < host.sentAtPing + ASKED) return false;
		return this.now - host.lastReceived > SILENCE && this.now - host.lastPing > SILENCE;
	}

	*#send(host: HostScan, question: Question, isPing: boolean): Sys<void> {
		const attempt = question.tries++;
		const sent = yield* this.transmit(host, question, attempt, isPing);
		host.lastSent = this.#lastSent = this.now;
		if (isPing) {
			host.lastPing = this.now;
			host.sentAtPing = host.sent;
		} else host.sent++;
		this.#sent++;
		if (!sent) return;
		host.congestion.expect();
		this.#congestion.expect();
		host.outstanding.push(sent);
		sent.waiting = true;
		host.waiting++;
		this.#waiting++;
		host.known.set(keyOf(sent.mark, portOf(question.probe)), sent);
	}

	/* ---- answers --------------------------------------------------------------------------------------------------- */

	/** The probe that an answer belongs to. */
	protected find(host: HostScan, mark: number, port: number): Sent | undefined {
		return host.known.get(keyOf(mark, port));
	}

	/** An answer came for a probe. @param good whether it settles the question */
	protected answered(host: HostScan, sent: Sent): void {
		const { roundTrip, congestion } = host;
		host.lastReceived = this.now;
		roundTrip.measured(Math.max(1, this.now - sent.at));
		this.#unwait(host, sent);
		if (sent.isPing || sent.attempt === 0) {
			congestion.answered(sent.isPing);
			this.#congestion.answered(sent.isPing);
			host.goodAnswers++;
		} else {
			congestion.lost(this.now, roundTrip.timeout);
			this.#congestion.lost(this.now, roundTrip.timeout);
			this.#droppedOnce(host, sent.attempt);
		}
		if (sent.isPing) return;
		host.pingProbe ??= sent.question.probe.kind === 'udp' ? undefined : sent.question.probe;
		sent.question.done = true;
		if (this.oneIsEnough && host.target.up) host.finished = true;
	}

	/** A repeat was answered where the first was not: packets or errors are lost. */
	#droppedOnce(host: HostScan, attempt: number): void {
		const { level } = this.pace;
		host.droppedAnswers++;
		if (attempt > host.maxSuccess) {
			host.maxSuccess = attempt;
			if (attempt > (level >= 4 ? 4 : 3)) this.#slowDown(host);
		}
		const ratio = host.droppedAnswers / (host.droppedAnswers + host.goodAnswers);
		if (host.droppedAnswers > DROPS && ratio > (level >= 4 ? DROP_RATIO.hasty : DROP_RATIO.patient))
			this.#slowDown(host);
	}

	#slowDown(host: HostScan): void {
		const first = (this.isUdp ? 50 : 5) * MILLISECOND;
		const most = this.isUdp ? SECOND : this.pace.maxTcpDelay;
		host.delay = host.delay === 0 ? first : Math.min(host.delay * 2, Math.max(host.delay, most));
		host.goodAnswers = host.droppedAnswers = 0;
	}

	#unwait(host: HostScan, sent: Sent): void {
		if (!sent.waiting) return;
		sent.waiting = false;
		host.waiting--;
		this.#waiting--;
	}

	/* ---- silence --------------------------------------------------------------------------------------------------- */

	#nextEvent(active: readonly HostScan[]): number {
		let next = this.now + SECOND;
		for (const host of active) {
			const first = host.outstanding.find((sent) => sent.waiting && !sent.question.done) ?? host.outstanding[0];
			if (first) next = Math.min(next, first.at + host.roundTrip.timeout);
			// what is past does not hold anybody up any more: something else does
			const more = host.retries.length > 0 || host.next < host.questions.length;
			const limits = [
				host.heldUntil,
				more && host.delay > 0 ? host.lastSent + host.delay : 0,
				more && this.pace.maxRate > 0 ? this.#lastSent + SECOND / this.pace.maxRate : 0,
				more && this.pace.minRate > 0 ? this.now + SECOND / this.pace.minRate : 0
			];
			for (const limit of limits) if (limit > this.now) next = Math.min(next, limit);
		}
		return next;
	}

	*#expire(host: HostScan): Sys<void> {
		const { hostTimeout } = this.pace;
		if (hostTimeout > 0 && this.now - host.target.startedAt > hostTimeout) {
			host.target.timedOut = host.finished = true;
		}
		const kept: Sent[] = [];
		for (const sent of host.outstanding) {
			const isOver = host.finished || sent.question.done;
			if (!isOver && sent.waiting && this.now - sent.at < host.roundTrip.timeout) {
				kept.push(sent);
				continue;
			}
			const wasWaiting = sent.waiting;
			this.#unwait(host, sent);
			yield* this.forget(sent);
			if (isOver || !wasWaiting) continue;
			if (sent.isPing) {
				host.congestion.lost(this.now, host.roundTrip.timeout);
				this.#congestion.lost(this.now, host.roundTrip.timeout);
			} else this.#unanswered(host, sent.question);
		}
		host.outstanding = kept;
	}

	#unanswered(host: HostScan, question: Question): void {
		const { allowed, capped } = this.#allowedRepeats(host);
		if (question.tries <= allowed) host.retries.push(question);
		else if (capped) {
			this.#tellCapped(host);
			this.#giveUp(host, question);
		} else host.bench.push(question);
	}

	#allowedRepeats(host: HostScan): { allowed: number; capped: boolean } {
		const wanted = Math.max(1, host.maxSuccess + 1);
		return { allowed: Math.min(this.pace.maxRetries, wanted), capped: wanted > this.pace.maxRetries };
	}

	#tellCapped(host: HostScan): void {
		if (host.cappedTold || this.oneIsEnough) return;
		host.cappedTold = true;
		this.notes.push(
			`Warning: ${this.nameOf(host)} giving up on port because retransmission cap hit (${this.pace.maxRetries}).\n`
		);
	}

	protected abstract nameOf(host: HostScan): string;

	#giveUp(host: HostScan, question: Question): void {
		question.done = true;
		this.silent(host, question);
	}

	#isFinished(host: HostScan): boolean {
		if (host.finished) return this.#end(host);
		const asking = host.next < host.questions.length || host.retries.length > 0 || host.outstanding.length > 0;
		if (asking) return false;
		const { allowed } = this.#allowedRepeats(host);
		const bench = host.bench.filter((question) => !question.done);
		host.bench = [];
		for (const question of bench)
			if (question.tries <= allowed) host.retries.push(question);
			else this.#giveUp(host, question);
		if (host.retries.length > 0) return false;
		return this.#end(host);
	}

	#end(host: HostScan): boolean {
		host.finished = true;
		host.target.endedAt = this.now;
		return host.outstanding.length === 0;
	}
}

function keyOf(mark: number, port: number): number {
	return mark * 0x10000 + port;
}

export function portOf(probe: Probe): number {
	return 'port' in probe ? probe.port : 0;
}

/**
 * The worker: runs the world, answers the page (`world/door.ts`).
 *
 * Does: builds the world of an `open`, replays its inputs, then runs when asked to, in slices short enough that input gets
 *       in between; sends one batch for each `run` or `step`; runs checks in a fork.
 * Trusts: the page's types, not its wisdom: every message is answered, a mistake by `failed`.
 * Programs that are seldom run come after the first prompt (`later.ts`); whoever types waits for them.
 * Lacks: a clock of its own. The page's clock asks the world to run until t.
 */
import { TraceHash } from '#engine/trace';
import { runChecks } from '#lesson/check';
import type { Batch, FromWorker, LessonStart, Question, TimedInput, ToWorker, ViewEvent } from '#world/door';
import { answer, type Asked } from '#world/inspect/answers';
import { hostViews, linkViews } from '#world/inspect/host';
import { tryMail } from '#world/inspect/mail/try';
import { smallestChange } from '#world/inspect/smallest-change';
import { viewOf } from '#world/inspect/view';
import { tryVisit } from '#world/inspect/wrappers';
import { wordsOf } from '#world/words';
import { World } from '#world/world';
import { takeMissed } from './later';

/** Longest time that one run or step may take, milliseconds: the page is answered and asks again. */
const SLICE = 40;
const EVENTS_MOST = 2000;
/** Virtual time that a save or a command may take before its answer is given up, microseconds. */
const INPUT_LIMIT = 5_000_000;

let lesson: LessonStart | undefined;
let world: World | undefined;
/** built before it was asked for: the world of this start, as JSON */
let spare: { readonly start: string; readonly world: World } | undefined;
let pending: ViewEvent[] = [];
let skipped = 0;

function say(message: FromWorker, transfer: Transferable[] = []): void {
	self.postMessage(message, { transfer });
}

function current(): World {
	if (!world) throw new Error('no world is open');
	return world;
}

/** Gathers what panels will draw; of a flood the newest are kept. */
function watch(opened: World, from = 0): void {
	pending = [];
	skipped = 0;
	const gather = (recorded: Parameters<typeof viewOf>[0]): void => {
		const view = viewOf(recorded, opened);
		if (!view) return;
		pending.push(view);
		if (pending.length <= EVENTS_MOST) return;
		skipped += pending.length - EVENTS_MOST / 2;
		pending = pending.slice(-EVENTS_MOST / 2);
	};
	/* how the hosts booted is no news to a learner: the lesson's own start is */
	for (const recorded of opened.engine.trace.since(from)) if (recorded.time >= opened.booted) gather(recorded);
	opened.engine.trace.listen(gather);
}

function batch(reached: boolean): void {
	const { output, closed } = current().takeOutput();
	const message: Batch = {
		type: 'batch',
		now: current().now,
		reached,
		nextTime: current().engine.nextTime(),
		events: pending,
		skipped,
		output: joined(output),
		closed
	};
	pending = [];
	skipped = 0;
	say(message);
}

/** What one terminal printed in a slice is one piece. */
function joined(output: readonly { id: string; bytes: Uint8Array }[]): Batch['output'] {
	const pieces = new Map<string, Uint8Array[]>();
	for (const { id, bytes } of output) pieces.set(id, [...(pieces.get(id) ?? []), bytes]);
	return [...pieces].map(([id, parts]) => {
		const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
		let at = 0;
		for (const part of parts) {
			bytes.set(part, at);
			at += part.length;
		}
		return { id, bytes };
	});
}

function slice(): () => boolean {
	const end = performance.now() + SLICE;
	let count = 0;
	return () => (++count & 63) !== 0 || performance.now() < end;
}

/** An input's answer: when it started a process (a save, a command), what that process said. */
function input(id: number, message: Extract<ToWorker, { type: 'input' }>['input']): void {
	const opened = current();
	const process = opened.apply(message);
	if (process && message.kind === 'save') {
		const limit = opened.now + INPUT_LIMIT;
		while (process.status === null && opened.engine.nextTime() <= limit) opened.engine.step();
		if (process.status !== 0)
			throw new Error(
				new TextDecoder()
					.decode(process.stderr())
					.replace(/^[\w/]*tee: /, '')
					.trim() || 'not saved'
			);
	}
	say({ type: 'answer', id, value: { time: opened.inputs.at(-1)!.time } });
}

function fork(): World {
	const opened = current();
	return World.replay(lesson!, opened.inputs, opened.now);
}

function question(asked: Question): unknown {
	switch (asked.ask) {
		case 'check':
			return runChecks(fork(), lesson!);
		case 'smallestChange':
			return smallestChange(current(), asked.sequence, fork);
		case 'tryVisit':
			return tryVisit(fork(), asked);
		case 'tryMail':
			return tryMail(fork(), asked);
		case 'traceHash':
			return hashOf(lesson!, current().inputs, current().now);
		default:
			return answer(current(), asked as Extract<Question, { ask: Asked }>);
	}
}

function hashOf(start: LessonStart, inputs: readonly TimedInput[], until: number): string {
	const hash = new TraceHash();
	const again = World.replay(start, inputs, until);
	for (const recorded of again.engine.trace.since()) hash.add(recorded);
	return hash.digest();
}

/** Whatever goes wrong here goes wrong again in `open`, where it is told. */
function prepare(start: LessonStart): void {
	try {
		spare = { start: JSON.stringify(start), world: World.ofLesson(start) };
	} catch {
		spare = undefined;
	}
}

function takeSpare(start: LessonStart): World | undefined {
	const found = spare?.start === JSON.stringify(start) ? spare.world : undefined;
	spare = undefined;
	return found;
}

function open(message: Extract<ToWorker, { type: 'open' }>): void {
	say({ type: 'progress', what: 'Starting the hosts', fraction: 0.2 });
	lesson = message.lesson;
	world = (takeSpare(message.lesson) ?? World.ofLesson(message.lesson)).follow(message.inputs, message.until);
	watch(world);
	batch(true);
	say({ type: 'opened', start: world.ready, now: world.now, hosts: hostViews(world), links: linkViews(world) });
}

function handle(message: ToWorker): void {
	switch (message.type) {
		case 'prepare':
			return prepare(message.lesson);
		case 'open':
			return open(message);
		case 'input':
			return input(message.id, message.input);
		case 'run':
			return batch(current().runUntil(Math.max(message.until, current().now), slice()));
		case 'step':
			return batch(current().step(message.to, message.limit, slice()));
		case 'ask':
			return say({ type: 'answer', id: message.id, value: question(message.question) });
		case 'ping':
			return say({ type: 'pong', id: message.id });
	}
}

/* ---- programs that come later --------------------------------------------------------------------------------------- */

let rest: Promise<unknown> | undefined;
let complete = false;

/** Loads the programs that the first script left out. */
function loadRest(): Promise<unknown> {
	return (rest ??= import('virtual:programs').then(
		() => (complete = true),
		(error: unknown) => {
			rest = undefined;
			throw error;
		}
	));
}

/** What leads to the first prompt needs no more than the first script. */
function isEarly(message: ToWorker): boolean {
	const { type } = message;
	if (type === 'input') return message.input.kind === 'terminal';
	return type === 'prepare' || type === 'open' || type === 'ping' || (type === 'step' && !prompted);
}

/** the first step was made: what follows is typed by people */
let prompted = false;
const waiting: ToWorker[] = [];
let working = false;

/** Answers messages one after the other. */
async function work(): Promise<void> {
	working = true;
	for (let message = waiting.shift(); message; message = waiting.shift())
		try {
			if (!complete && !isEarly(message)) await loadRest();
			const before = world && { inputs: [...world.inputs], now: world.now, count: world.engine.trace.count };
			const thrown = attempt(message);
			if (takeMissed()) {
				await loadRest();
				if (before && lesson) again(lesson, before);
				const another = attempt(message);
				if (another) throw another.error;
			} else if (thrown) throw thrown.error;
			if (message.type !== 'step' || prompted) continue;
			prompted = true;
			loadRest().catch(() => undefined);
		} catch (thrown) {
			say({ type: 'failed', id: 'id' in message ? message.id : null, message: wordsOf(thrown) });
		}
	working = false;
}

function attempt(message: ToWorker): { error: unknown } | undefined {
	try {
		handle(message);
		return undefined;
	} catch (error) {
		return { error };
	}
}

/** The world as it stood, with all programs; what it said by then was heard. */
function again(start: LessonStart, before: { inputs: TimedInput[]; now: number; count: number }): void {
	world = World.replay(start, before.inputs, before.now);
	world.takeOutput();
	watch(world, before.count);
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
	waiting.push(data);
	if (!working) void work();
};

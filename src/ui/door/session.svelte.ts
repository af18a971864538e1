/**
 * One sitting in front of one world: the single state machine of the workbench.
 *
 * Does: opens the world in a worker, keeps its clock at the asked pace, sends what a person does and remembers it with
 *       its virtual time (world + inputs = history), rewinds by opening again, and starts a fresh worker when the old one
 *       does not answer.
 * Reads: batches of the worker; nothing here decides anything about mail or packets.
 * Trusts: the worker to apply an input at the time of the last batch that it sent. So an input waits until no run is
 *       under way.
 *
 * The clock on the screen (`now`) may stand ahead of the worker's while nothing is due: an idle world costs nothing.
 * Length: one state machine, kept in one file on purpose.
 */
import type {
	Answers,
	Batch,
	Decision,
	FromWorker,
	HostView,
	Input,
	LessonStart,
	LinkView,
	StepTarget,
	TimedInput,
	ViewEvent
} from '#world/door';
import { DoorClient } from './client';
import { Printed } from './terminals';

export type Pace = 'live' | 'slow' | 'step';
export type Phase = 'starting' | 'ready' | 'failed';
export type FrameEvent = Extract<ViewEvent, { kind: 'frame' }>;
export type DecisionEvent = Extract<ViewEvent, { kind: 'decision' }>;

export interface TerminalTab {
	readonly id: string;
	readonly host: string;
	readonly user: string;
	/** the shell has ended */
	closed: boolean;
	unread: boolean;
	/** performance.now(); the first prompt is no news */
	readonly opened: number;
}

/** A packet on the screen: moves, and then lingers as its end. */
export interface Flight {
	readonly event: FrameEvent;
	/** performance.now() when it set off; `duration` in milliseconds */
	readonly started: number;
	readonly duration: number;
}

export interface SessionOptions {
	readonly start: LessonStart;
	readonly terminals: readonly { readonly host: string; readonly user: string }[];
	readonly makeWorker: () => Worker;
	/** inputs changed: keep them */
	readonly keep?: (inputs: readonly TimedInput[]) => void;
	readonly tell: (text: string) => void;
	readonly complain: (text: string) => void;
	readonly reducedMotion: () => boolean;
}

const KEPT_EVENTS = 20_000;
/** a run, step or input must be answered within this many ms */
const PATIENCE = 2000;
const SLOW_PATIENCE = 60_000;
/** they replay the world up to now */
const SLOW_QUESTIONS: ReadonlySet<keyof Answers> = new Set(['check', 'smallestChange', 'traceHash', 'capture']);
export const PASTE_LIMIT = 64 * 1024;
const HOP = 600;
const LIVE_HOP = 300;
/** what was typed echoes within this virtual time, and a shell prints its prompt, µs */
const SETTLE = 20_000;
/** how far a step looks for its event, µs */
const STEP_LIMIT = 3600e6;
/** ms after which a terminal's output counts as new */
const NEWS = 1500;
const ROWS = 24;
const COLUMNS = 80;

export class Session {
	phase = $state<Phase>('starting');
	/** what is being loaded, while starting */
	progress = $state.raw<{ what: string; fraction: number }>({ what: 'the world', fraction: 0 });
	failure = $state('');
	hosts = $state.raw<readonly HostView[]>([]);
	links = $state.raw<readonly LinkView[]>([]);
	start = $state(0);
	now = $state(0);
	nextTime = $state(Infinity);
	playing = $state(true);
	pace = $state<Pace>('live');
	speed = $state<1 | 10 | 60>(1);
	stepTo = $state<StepTarget>('packet');
	terminals = $state<TerminalTab[]>([]);
	/** inputs after the point to which the world was wound back; the next new input ends them */
	future = $state.raw<readonly TimedInput[]>([]);
	/** how far the history went before it was wound back; 0 when it was not */
	horizon = $state(0);
	/** grows with every change of `events`; the array itself is not watched */
	version = $state(0);
	events: ViewEvent[] = [];
	/** the newest decision of each host */
	badges = $state.raw<Readonly<Record<string, DecisionEvent>>>({});
	flights = $state.raw<readonly Flight[]>([]);
	skipped = $state(0);

	readonly #options: SessionOptions;
	#client: DoorClient | null = null;
	#inputs: TimedInput[] = [];
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- read by screens, not drawn from
	#printed = new Map<string, Printed>();
	/** the worker's clock */
	#at = 0;
	#running: Promise<unknown> | null = null;
	#queue: { input: Input; done: (value: unknown) => void; fail: (error: Error) => void }[] = [];
	#pumping = false;
	/** performance.now() until which questions that run forks may keep the worker */
	#slowUntil = 0;
	#frame = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#lastTick = 0;
	/** performance.now() when the world stood; infinite until then */
	#readyAt = Infinity;
	#holdUntil = 0;
	#ended = false;
	#prompted: () => void = () => undefined;
	readonly #prompt = new Promise<void>((resolve) => (this.#prompted = resolve));

	constructor(options: SessionOptions) {
		this.#options = options;
	}

	get inputs(): readonly TimedInput[] {
		return this.#inputs;
	}

	/* ---- opening ------------------------------------------------------------------------------------------------------ */

	/** Opens the world; without inputs, the lesson's terminals are opened in it. */
	async open(inputs: readonly TimedInput[] = [], until?: number): Promise<void> {
		this.#client?.end();
		this.#stopClock();
		this.phase = 'starting';
		this.progress = { what: 'the world', fraction: 0 };
		this.#forget();
		this.#inputs = [...inputs];
		for (const { input } of inputs) this.#note(input);
		const client = new DoorClient(this.#options.makeWorker(), (message) => this.#hear(message));
		this.#client = client;
		try {
			const opening = this.#patient(client.open(this.#options.start, inputs, until), SLOW_PATIENCE);
			const first = inputs.length === 0 ? this.#firstTerminals() : undefined;
			const opened = await opening;
			// the panels are drawn after the prompt, which costs less
			await first?.then(drawn);
			if (this.#client !== client) return;
			this.hosts = opened.hosts;
			this.links = opened.links;
			this.start = opened.start;
			this.#at = Math.max(this.#at, opened.now);
			this.now = this.#at;
			this.phase = 'ready';
			this.#readyAt = performance.now();
			this.version++;
			if (this.#queue.length > 0) void this.#pump();
			else this.#wake();
		} catch (error) {
			if (this.#client !== client || this.#ended) return;
			this.phase = 'failed';
			this.failure = error instanceof Error ? error.message : String(error);
		}
	}

	/**
	 * Opens the lesson's terminals in the same breath as the world: the worker goes on to their prompts without waiting for
	 * the page, and the page makes their screens meanwhile.
	 */
	async #firstTerminals(): Promise<void> {
		const sent = this.#options.terminals.map(({ host, user }) =>
			this.#send(this.#terminal(host, user), SLOW_PATIENCE).catch(() => undefined)
		);
		if (sent.length > 0) await this.#under((client) => client.step('packet', SETTLE), SLOW_PATIENCE);
		await Promise.all(sent);
	}

	/** When a shell has printed something, or a moment later: what is not urgent waits for it. */
	firstPrompt(): Promise<void> {
		return Promise.race([this.#prompt, new Promise<void>((resolve) => setTimeout(resolve, 1500))]);
	}

	end(): void {
		this.#ended = true;
		this.#stopClock();
		this.#client?.end();
		this.#client = null;
	}

	/** Back to the lesson's start: a new history. */
	async reset(): Promise<void> {
		this.future = [];
		this.horizon = 0;
		this.playing = true;
		await this.open();
		this.#options.keep?.(this.#inputs);
	}

	/** Goes to a time that was already seen, by replay. What was typed after it stays until something new is typed. */
	async seek(time: number): Promise<void> {
		const all = [...this.#inputs, ...this.future];
		const horizon = Math.max(this.horizon, this.now);
		const to = Math.min(Math.max(this.start, Math.round(time)), horizon);
		this.playing = false;
		this.future = all.filter((each) => each.time > to);
		this.horizon = horizon;
		await this.open(
			all.filter((each) => each.time <= to),
			to
		);
	}

	/** Goes to a time, whether it was seen or is still to come. */
	async goTo(time: number): Promise<void> {
		if (time <= Math.max(this.now, this.horizon)) return this.seek(time);
		this.now = time;
		this.#wake(true);
	}

	/** Everything that was typed, again. */
	async toNow(): Promise<void> {
		const all = [...this.#inputs, ...this.future];
		const horizon = this.horizon;
		this.future = [];
		if (horizon > this.now) await this.open(all, Math.round(horizon));
		this.horizon = 0;
		if (this.pace !== 'step') this.playing = true;
		this.#wake();
	}

	/** Jumps to the next thing that happens by itself. */
	skipAhead(): void {
		if (!Number.isFinite(this.nextTime)) {
			this.#options.tell('Nothing more happens until someone types.');
			return;
		}
		this.now = Math.max(this.now, this.nextTime);
		this.#wake(true);
	}

	#forget(): void {
		this.#readyAt = Infinity;
		this.events = [];
		this.version++;
		this.badges = {};
		this.flights = [];
		this.skipped = 0;
		this.nextTime = Infinity;
		this.#at = 0;
		this.#running = null;
		this.#queue = [];
		this.terminals = [];
		for (const printed of this.#printed.values()) printed.clear();
	}

	/* ---- terminals and inputs --------------------------------------------------------------------------------------- */

	printed(id: string): Printed {
		let printed = this.#printed.get(id);
		if (!printed) this.#printed.set(id, (printed = new Printed()));
		return printed;
	}

	async newTerminal(host: string, user: string): Promise<string> {
		const input = this.#terminal(host, user);
		await this.input(input);
		return input.id;
	}

	/** A terminal under the next free name. */
	#terminal(host: string, user: string): Extract<Input, { kind: 'terminal' }> {
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- local
		const taken = new Set([
			...this.#inputs.map(({ input }) => (input.kind === 'terminal' ? input.id : '')),
			...this.#queue.map(({ input }) => ('id' in input ? input.id : ''))
		]);
		let number = 1;
		while (taken.has(`${host}:${number}`)) number++;
		return { kind: 'terminal', host, id: `${host}:${number}`, user, rows: ROWS, columns: COLUMNS };
	}

	/** What was typed or pasted. Pastes beyond 64 KB are cut, with a message. */
	keys(id: string, text: string): void {
		if (text.length > PASTE_LIMIT) {
			this.#options.tell(`The paste was cut after ${PASTE_LIMIT / 1024} KB.`);
			text = text.slice(0, PASTE_LIMIT);
		}
		const last = this.#queue.at(-1);
		if (last?.input.kind === 'keys' && last.input.id === id && last.input.text.length + text.length <= PASTE_LIMIT) {
			last.input = { ...last.input, text: last.input.text + text };
			return;
		}
		this.input({ kind: 'keys', id, text }).catch(() => undefined);
	}

	/** Sends an input as soon as the world stands and the worker rests. Resolves with the worker's answer. */
	input(input: Input): Promise<unknown> {
		return new Promise((done, fail) => {
			this.#queue.push({ input, done, fail });
			void this.#pump();
		});
	}

	async #pump(): Promise<void> {
		if (this.#pumping) return;
		this.#pumping = true;
		try {
			// what is asked for in one breath goes together
			await Promise.resolve();
			while (this.#queue.length > 0 && this.#client && this.phase === 'ready' && !this.#ended) {
				if (this.#running) await this.#running.catch(() => undefined);
				const next = this.#queue.shift();
				if (!next || !this.#client) break;
				// a pane that changed its size begins no new history
				if (next.input.kind === 'resize' && (this.horizon > this.now || this.future.length > 0)) {
					next.done(undefined);
					continue;
				}
				const client = this.#client;
				if (this.now > this.#at && this.playing) await this.#run(this.now);
				if (this.#client !== client) break;
				if (this.horizon > this.now) this.horizon = 0;
				if (this.future.length > 0) {
					this.future = [];
					this.#options.tell('A new history begins here. What came after is gone.');
				}
				if (next.input.kind !== 'terminal') await this.#send(next.input).then(next.done, next.fail);
				else {
					// several shells at once need no answer in between
					const together = [next];
					while (this.#queue[0]?.input.kind === 'terminal') together.push(this.#queue.shift()!);
					await Promise.all(together.map((each) => this.#send(each.input).then(each.done, each.fail)));
				}
			}
		} finally {
			this.#pumping = false;
		}
		this.#wake(true);
	}

	async #send(input: Input, patience = PATIENCE): Promise<unknown> {
		const client = this.#client!;
		const at = this.#inputs.length;
		const inputs = this.#inputs;
		inputs.push({ time: this.#at, input });
		this.nextTime = this.#at;
		this.#note(input);
		const answer = await this.#patient(client.input(input), patience);
		// the worker's own word on when it happened: a save before it may have taken a moment
		const time = (answer as { time?: unknown } | undefined)?.time;
		if (typeof time === 'number') inputs[at] = { time, input };
		this.#options.keep?.(this.#inputs);
		return answer;
	}

	/** What an input changes on this side of the door. */
	#note(input: Input): void {
		if (input.kind === 'terminal')
			this.terminals.push({
				id: input.id,
				host: input.host,
				user: input.user,
				closed: false,
				unread: false,
				opened: performance.now()
			});
		else if (input.kind === 'power')
			this.hosts = this.hosts.map((host) => (host.name === input.host ? { ...host, up: input.on } : host));
		else if (input.kind === 'link')
			this.links = this.links.map((link) => (link.name === input.link ? { ...link, ...input.change } : link));
	}

	/* ---- questions --------------------------------------------------------------------------------------------------- */

	/** Asks the world. What runs in a fork may take its time, and the watchdog waits for it, though not for ever. */
	async ask<K extends keyof Answers>(ask: K, about: Parameters<Answers[K]>[0]): Promise<ReturnType<Answers[K]>> {
		if (!this.#client || this.phase !== 'ready') throw new Error('The world is not running.');
		const client = this.#client;
		if (!SLOW_QUESTIONS.has(ask)) return client.ask(ask, about);
		const until = performance.now() + SLOW_PATIENCE;
		this.#slowUntil = until;
		try {
			return await client.ask(ask, about);
		} finally {
			if (this.#slowUntil === until) this.#slowUntil = 0;
		}
	}

	/* ---- the clock --------------------------------------------------------------------------------------------------- */

	play(): void {
		this.playing = true;
		if (this.pace === 'step') this.pace = 'live';
		this.#wake();
	}

	pause(): void {
		this.playing = false;
		this.#stopClock();
	}

	setPace(pace: Pace): void {
		this.pace = pace;
		this.playing = pace !== 'step';
		this.#wake();
	}

	/** One event of the chosen kind further, then the world stands. */
	async stepOnce(): Promise<void> {
		this.playing = false;
		if (this.#running || !this.#client) return;
		const batch = await this.#step(this.stepTo, STEP_LIMIT);
		if (batch && !batch.reached) this.#options.tell('Nothing of that kind happens within the next hour.');
	}

	/** One event back: a replay up to just before the newest one of the chosen kind. */
	async stepBack(): Promise<void> {
		const kinds: Record<StepTarget, string> = {
			packet: 'frame',
			smtp: 'smtp',
			mail: 'mail',
			decision: 'decision',
			walk: 'walk'
		};
		const kind = kinds[this.stepTo];
		for (let i = this.events.length - 1; i >= 0; i--) {
			const event = this.events[i]!;
			if (event.kind === kind && event.time < this.#at) {
				await this.seek(event.time - 1);
				return;
			}
		}
		await this.seek(this.start);
	}

	/** Looks again whether anything is to be done, at once when something is due. */
	#wake(soon = false): void {
		if (this.#ended || this.phase !== 'ready') return;
		this.#stopClock();
		this.#lastTick = performance.now();
		if (soon) {
			if (!this.playing) void this.#settle();
			else void this.#tick(performance.now());
		} else this.#schedule();
	}

	/** Time stands, but what was typed must echo: up to the next event, 20 ms of virtual time at most. */
	async #settle(): Promise<void> {
		if (this.#running || !this.#client) return;
		await this.#step(this.pace === 'step' ? this.stepTo : 'packet', SETTLE);
	}

	#schedule(): void {
		if (this.#ended || this.phase !== 'ready' || !this.playing || document.hidden) return;
		const wait = (this.#due() - this.now) / 1000 / this.speed;
		if (wait < 100 || this.flights.length > 0) this.#frame = requestAnimationFrame((wall) => void this.#tick(wall));
		else this.#timer = setTimeout(() => void this.#tick(performance.now()), Math.min(wait, 250));
	}

	#stopClock(): void {
		cancelAnimationFrame(this.#frame);
		clearTimeout(this.#timer);
	}

	/** when something happens next, by itself or by a replayed input */
	#due(): number {
		return Math.min(this.nextTime, this.future[0]?.time ?? Infinity);
	}

	async #tick(wall: number): Promise<void> {
		if (this.#running || this.#pumping || !this.#client || !this.playing || this.phase !== 'ready') return;
		// a page that slept does not catch up
		const passed = Math.min(Math.max(wall - this.#lastTick, 0), 300);
		this.#lastTick = wall;
		if (this.pace === 'slow' && wall < this.#holdUntil) return this.#schedule();
		const target = this.now + passed * 1000 * this.speed;
		if (this.#due() > target) {
			this.now = target;
			return this.#schedule();
		}
		const replayed = this.future[0];
		if (this.pace === 'slow') await this.#step('packet', Math.max(1000, target - this.#at));
		else await this.#run(replayed ? Math.min(target, replayed.time) : target);
		if (replayed && this.#at >= replayed.time && this.future[0] === replayed) {
			this.future = this.future.slice(1);
			await this.#send(replayed.input).catch(() => undefined);
		}
		if (this.#queue.length > 0) void this.#pump();
		else this.#schedule();
	}

	async #run(until: number): Promise<void> {
		await this.#under((client) => client.run(until));
		this.now = Math.max(this.#at, Math.min(this.now, until));
	}

	async #step(to: StepTarget, limit: number): Promise<Batch | null> {
		const batch = await this.#under((client) => client.step(to, limit));
		this.now = this.#at;
		return batch;
	}

	async #under(start: (client: DoorClient) => Promise<Batch>, patience = PATIENCE): Promise<Batch | null> {
		const client = this.#client;
		if (!client) return null;
		const running = this.#patient(start(client), patience);
		this.#running = running;
		try {
			return await running;
		} catch (error) {
			if (this.#client === client && !this.#ended && this.phase === 'ready') {
				this.phase = 'failed';
				this.failure = error instanceof Error ? error.message : String(error);
			}
			return null;
		} finally {
			if (this.#running === running) this.#running = null;
		}
	}

	/* ---- the watchdog ------------------------------------------------------------------------------------------------ */

	/** Waits that long, longer while a fork runs or the page sleeps; then starts the world again. */
	#patient<T>(promise: Promise<T>, patience: number): Promise<T> {
		const client = this.#client;
		let timer: ReturnType<typeof setTimeout>;
		const arm = (ms: number, last = false): void => {
			timer = setTimeout(() => {
				if (this.#client !== client || this.#ended) return;
				if (document.hidden || performance.now() < this.#slowUntil) arm(patience);
				else if (!last) arm(100, true);
				else void this.#revive();
			}, ms);
		};
		arm(patience);
		return promise.finally(() => clearTimeout(timer));
	}

	/** The world does not answer: a fresh one, without the last thing that was done. */
	async #revive(): Promise<void> {
		this.#slowUntil = 0;
		const inputs = [...this.#inputs];
		let undone = inputs.pop();
		while (undone && (undone.input.kind === 'resize' || undone.input.kind === 'terminal') && inputs.length > 0)
			undone = inputs.pop();
		if (!undone) {
			this.#client?.end();
			this.phase = 'failed';
			this.failure = 'The world did not answer.';
			return;
		}
		await this.open(inputs);
		this.#options.keep?.(this.#inputs);
		this.#options.complain(`The world stopped answering. It was started again without ${inputInWords(undone.input)}.`);
	}

	/* ---- what the worker says ---------------------------------------------------------------------------------------- */

	#hear(message: FromWorker): void {
		if (message.type === 'progress') this.progress = { what: message.what, fraction: message.fraction };
		else if (message.type === 'batch') this.#take(message);
	}

	#take(batch: Batch): void {
		this.#at = batch.now;
		this.nextTime = batch.nextTime;
		this.skipped += batch.skipped;
		for (const { id, bytes } of batch.output) {
			this.printed(id).add(bytes);
			const tab = this.terminals.find((each) => each.id === id);
			if (tab && performance.now() - Math.max(tab.opened, this.#readyAt) > NEWS) tab.unread = true;
		}
		if (batch.output.length > 0) setTimeout(this.#prompted, 30);
		for (const id of batch.closed) {
			const tab = this.terminals.find((each) => each.id === id);
			if (tab) tab.closed = true;
		}
		if (batch.events.length === 0) return;
		for (const event of batch.events) this.events.push(event);
		if (this.events.length > KEPT_EVENTS * 1.25) this.events = this.events.slice(-KEPT_EVENTS);
		if (this.phase === 'ready') this.version++;
		this.#draw(batch.events);
	}

	/** Marks and packets that the pictures show because of these events. */
	#draw(events: readonly ViewEvent[]): void {
		const opening = this.phase !== 'ready';
		const wall = performance.now();
		const still = this.#options.reducedMotion();
		const duration = this.pace === 'live' ? LIVE_HOP : HOP;
		const flying: Flight[] = [];
		let badges: Record<string, DecisionEvent> | null = null;
		for (const event of events) {
			if (event.kind === 'decision') (badges ??= { ...this.badges })[event.host] = event;
			else if (event.kind === 'frame' && !opening)
				flying.push({ event, started: wall, duration: still ? 0 : duration });
		}
		if (badges) this.badges = badges;
		if (flying.length === 0) return;
		if (this.pace !== 'live') this.#holdUntil = wall + HOP;
		// standing pictures keep the last packet; moving ones let it end
		const alive =
			this.pace === 'live' || this.playing ? this.flights.filter((each) => wall - each.started < each.duration) : [];
		this.flights = [...alive, ...flying].slice(-600);
	}

	/** Called by the picture when flights have ended. */
	land(wall: number): void {
		const still = !this.playing;
		const kept = this.flights.filter((each) => wall - each.started < each.duration + (still ? Infinity : 0));
		if (kept.length !== this.flights.length) this.flights = kept;
	}

	dismiss(host: string): void {
		const { [host]: _gone, ...rest } = this.badges;
		this.badges = rest;
	}
}

/** Resolves when what was asked for so far is on the screen, or soon where nothing is drawn. */
function drawn(): Promise<void> {
	return new Promise((resolve) => {
		// a terminal takes what it is given a moment later
		requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
		setTimeout(resolve, 80);
	});
}

/** "the last input, «:(){ :|:& };:»" */
export function inputInWords(input: Input): string {
	switch (input.kind) {
		case 'keys': {
			const text = input.text.replace(/\r/g, '⏎').replace(/[\x00-\x1f]/g, '·');
			return `your last input on ${input.id.split(':')[0]}, ${text.length > 40 ? text.slice(0, 40) + '…' : text}`;
		}
		case 'save':
			return `your last save of ${input.path} on ${input.host}`;
		case 'link':
			return `your change of the wire ${input.link}`;
		case 'power':
			return `switching ${input.host} ${input.on ? 'on' : 'off'}`;
		default:
			return 'the last input';
	}
}

/** One sentence for the decision that a mark stands for. */
export function decisionInWords(decision: Decision): string {
	return decision.reply ? `${decision.subject}: ${decision.reply}` : decision.subject;
}

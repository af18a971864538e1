/**
 * A world: hosts and links from a spec, an engine that runs them, and the list of inputs that made it what it is.
 *
 * Does: boots, takes inputs, runs until a time or the next event of a kind, replays and forks. History is the spec and
 *       the inputs with their times: `World.replay` makes the same world again, to the byte.
 * Trusts: its caller to bound how long it runs (`mayGoOn`).
 * Lacks: snapshots. Going back is a run from the start.
 */
import { Engine, SECOND } from '#engine/engine';
import type { Recorded } from '#engine/trace';
import { decode, encode } from '#kernel/text';
import type { Host, HostTerminal, Spawned } from '#kernel/host';
import { buildHost, buildLinks, putFiles, WorldError } from './build';
import type { Input, LessonStart, StepTarget, TimedInput } from './door';
import type { InputEvent } from './events';
import type { Link } from './link';
import { loginEnvironment, userOf } from './users';
import type { FileSpec, WorldSpec } from './spec';

/** Longest text that one input may carry, characters; more is cut by the page before it gets here. */
export const PASTE_LIMIT = 65_536;

/** What a command run in a world gave. */
export interface CommandResult {
	readonly stdout: Uint8Array;
	readonly stderr: Uint8Array;
	/** null: it had not ended at the time limit */
	readonly exit: number | null;
}

export interface CommandOptions {
	/** login name; default root */
	readonly user?: string;
	readonly stdin?: Uint8Array;
	readonly cwd?: string;
	readonly env?: ReadonlyMap<string, string>;
	/** virtual microseconds after which it is given up; default 300 s */
	readonly limit?: number;
	/** standard error is a terminal, as the recordings of mail commands had it */
	readonly errorTerminal?: boolean;
}

const COMMAND_LIMIT = 300 * SECOND;

const STEP_KINDS: Readonly<Record<StepTarget, (recorded: Recorded) => boolean>> = {
	packet: (recorded) => recorded.event.kind === 'link.frame',
	smtp: (recorded) => recorded.event.kind === 'smtpd.line',
	mail: (recorded) => recorded.event.kind === 'postfix.mail',
	decision: (recorded) => 'decision' in recorded.event,
	walk: (recorded) => recorded.event.kind === 'netfilter.walk'
};

export class World {
	readonly engine: Engine;
	readonly hosts: ReadonlyMap<string, Host>;
	readonly links: ReadonlyMap<string, Link>;
	/** what went over the terminals since it was last taken */
	readonly #output: { id: string; bytes: Uint8Array }[] = [];
	readonly #closed: string[] = [];
	readonly #terminals = new Map<string, HostTerminal>();
	readonly #inputs: TimedInput[] = [];
	#booted = 0;
	#ready = 0;

	/** Builds and boots; the world stands where a learner finds it. */
	constructor(
		readonly spec: WorldSpec,
		readonly overlay: LessonStart['files'] = {},
		options: { traceCapacity?: number } = {}
	) {
		const start = Date.parse(spec.start) * 1000;
		if (Number.isNaN(start)) throw new WorldError(`start: "${spec.start}" is not an ISO 8601 time`);
		this.engine = new Engine({ seed: spec.seed, start, ...options });
		this.links = buildLinks(spec, this.engine);
		const hosts = new Map<string, Host>();
		for (const row of spec.hosts) hosts.set(row.name, buildHost(row, this.engine, this.links));
		this.hosts = hosts;
		for (const [name, files] of Object.entries(overlay)) putFiles(this.host(name), files);
		this.#boot();
	}

	/** A world with a lesson's start state. */
	static ofLesson(lesson: LessonStart, options?: { traceCapacity?: number }): World {
		const world = new World(lesson.world, lesson.files, options);
		for (const { host, run } of lesson.prepare) world.shell(host, run);
		world.#ready = world.engine.now;
		return world;
	}

	/** The same world again, up to `until` (default: just after the last input). */
	static replay(
		lesson: LessonStart,
		inputs: readonly TimedInput[],
		until?: number,
		options?: { traceCapacity?: number }
	): World {
		return World.ofLesson(lesson, options).follow(inputs, until);
	}

	/** Does these inputs at their times, and goes on to `until` (default: just after the last input). */
	follow(inputs: readonly TimedInput[], until?: number): this {
		for (const { time, input } of inputs) {
			if (until !== undefined && time > until) break;
			this.engine.runUntil(time);
			this.apply(input);
		}
		if (until !== undefined) this.engine.runUntil(until);
		return this;
	}

	#boot(): void {
		for (const host of this.hosts.values()) host.boot();
		this.engine.runUntil(this.engine.now + this.spec.settle * SECOND);
		for (const row of this.spec.hosts)
			for (const run of row.prepare ?? []) {
				const result = this.command(row.name, ['/bin/bash', '-c', run]);
				if (result.exit !== 0)
					throw new WorldError(
						`host ${row.name}, prepare "${run}" ended with ${result.exit}: ${new TextDecoder().decode(result.stderr)}`
					);
			}
		this.#booted = this.#ready = this.engine.now;
	}

	/** The time at which the hosts were up and the lesson's own start began. */
	get booted(): number {
		return this.#booted;
	}

	/** The time at which the learner came. */
	get ready(): number {
		return this.#ready;
	}

	get now(): number {
		return this.engine.now;
	}

	get inputs(): readonly TimedInput[] {
		return this.#inputs;
	}

	host(name: string): Host {
		const host = this.hosts.get(name);
		if (host) return host;
		throw new WorldError(`no host "${name}"; there are ${[...this.hosts.keys()].join(', ')}`);
	}

	/** What the terminals printed since the last call, and which of them ended. */
	takeOutput(): { output: { id: string; bytes: Uint8Array }[]; closed: string[] } {
		return { output: this.#output.splice(0), closed: this.#closed.splice(0) };
	}

	/** Does what a person did, now, and remembers it. */
	apply(input: Input): Spawned | undefined {
		this.#inputs.push({ time: this.engine.now, input });
		const event: InputEvent = { kind: 'world.input', host: 'host' in input ? input.host : '', input };
		this.engine.emit(event);
		return (INPUTS[input.kind] as (world: World, input: Input) => Spawned | undefined)(this, input);
	}

	runUntil(time: number, mayGoOn?: () => boolean): boolean {
		return this.engine.runUntil(time, mayGoOn);
	}

	/**
	 * Runs to just after the next event of that kind.
	 * @param limit microseconds to look ahead
	 * @returns whether there was one
	 */
	step(target: StepTarget, limit: number, mayGoOn: () => boolean = () => true): boolean {
		let found = false;
		const end = this.engine.trace.listen((recorded) => {
			if (STEP_KINDS[target](recorded)) found = true;
		});
		const until = this.engine.now + limit;
		while (!found && this.engine.nextTime() <= until && mayGoOn()) this.engine.step();
		end();
		return found;
	}

	/** Runs a command on a host until it ends; for checks, lessons' scripts and tests. */
	command(hostName: string, argv: readonly string[], options: CommandOptions = {}): CommandResult {
		const process = this.spawn(hostName, argv, options);
		const limit = this.engine.now + (options.limit ?? COMMAND_LIMIT);
		while (process.status === null && this.engine.nextTime() <= limit) this.engine.step();
		return { stdout: process.stdout(), stderr: process.stderr(), exit: process.status };
	}

	/**
	 * Runs shell text on a host and gives what it printed, output first.
	 * @param limit virtual microseconds
	 */
	shell(
		hostName: string,
		run: string,
		options: { user?: string; limit?: number } = {}
	): { text: string; exit: number | null } {
		const result = this.command(hostName, ['/bin/bash', '-c', run], options);
		return { text: decode(result.stdout) + decode(result.stderr), exit: result.exit };
	}

	/** Starts a command on a host; it goes on as the world runs. */
	spawn(hostName: string, argv: readonly string[], options: CommandOptions = {}): Spawned {
		const host = this.host(hostName);
		const user = userOf(host, options.user ?? 'root');
		return host.spawn({
			path: this.#findProgram(host, argv[0]!),
			argv,
			env: options.env ?? loginEnvironment(user),
			user,
			cwd: options.cwd ?? (host.disk.exists(user.home) ? user.home : '/'),
			stdin: options.stdin ?? new Uint8Array(0),
			errorTerminal: options.errorTerminal ?? false
		});
	}

	#findProgram(host: Host, name: string): string {
		if (name.includes('/')) return name;
		const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];
		return (
			directories.map((directory) => `${directory}/${name}`).find((path) => host.disk.exists(path)) ??
			`/usr/bin/${name}`
		);
	}

	/** @internal for the table of inputs */
	openTerminal(input: Extract<Input, { kind: 'terminal' }>): void {
		if (this.#terminals.has(input.id)) throw new WorldError(`there is a terminal "${input.id}" already`);
		const terminal = this.host(input.host).openTerminal(input);
		this.#terminals.set(input.id, terminal);
		terminal.onOutput((bytes) => this.#output.push({ id: input.id, bytes }));
		terminal.onClose(() => {
			this.#terminals.delete(input.id);
			this.#closed.push(input.id);
		});
	}

	/** A terminal that has ended takes no more input. */
	terminal(id: string): HostTerminal | undefined {
		return this.#terminals.get(id);
	}

	/** The link of that name. */
	link(name: string): Link {
		const link = this.links.get(name);
		if (link) return link;
		throw new WorldError(`no link "${name}"; there are ${[...this.links.keys()].join(', ')}`);
	}
}

type InputOf<K extends Input['kind']> = Extract<Input, { kind: K }>;

const INPUTS: { readonly [K in Input['kind']]: (world: World, input: InputOf<K>) => Spawned | undefined | void } = {
	terminal: (world, input) => world.openTerminal(input),
	resize: (world, input) => world.terminal(input.id)?.resize(input.rows, input.columns),
	keys: (world, input) => world.terminal(input.id)?.type(encode(input.text.slice(0, PASTE_LIMIT))),
	hangup: (world, input) => world.terminal(input.id)?.hangup(),
	/* the editor is a process of that user: what may not be written is refused by the kernel */
	save: (world, input) =>
		world.spawn(input.host, ['/usr/bin/tee', '--', input.path], { user: input.user, stdin: encode(input.text) }),
	link: (world, input) => {
		const { delay, ...change } = input.change;
		world.link(input.link).change(delay === undefined ? change : { ...change, delay: Math.round(delay * 1000) });
	},
	power: (world, input) => (input.on ? world.host(input.host).boot() : world.host(input.host).powerOff()),
	command: (world, input) => world.spawn(input.host, ['/bin/bash', '-c', input.run], { user: input.user }),
	files: (world, input) => putFiles(world.host(input.host), input.files as Readonly<Record<string, FileSpec>>)
};

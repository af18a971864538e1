/** For tests of this room: a host with small programs, and a way to run one. */
import { Engine } from '#engine/engine';
import { Host, type Spawned } from './host';
import { Errno, type Main, type Program, type Sys } from './syscalls';
import { decode } from './text';

/** A host on which the given mains are /bin/NAME. */
export function machine(mains: Record<string, Main> = {}): Host {
	const programs: Program[] = Object.entries(mains).map(([name, main]) => ({ path: `/bin/${name}`, main }));
	const engine = new Engine({ seed: 1, start: 1_000_000_000 });
	const item = { name: 'test', version: '1', programs };
	const host = new Host({ name: 'a', hostname: 'a.example', engine, programs: [item] });
	host.disk.mkdir('/bin');
	host.disk.mkdir('/tmp', { mode: 0o1777 });
	host.install(item);
	return host;
}

export interface RunOptions {
	readonly argv?: readonly string[];
	readonly stdin?: Uint8Array | null;
	readonly user?: { uid: number; gid: number; groups?: number[] };
	readonly cwd?: string;
	/** virtual seconds; default an hour */
	readonly limit?: number;
}

export interface RunResult {
	readonly status: number | null;
	readonly out: string;
	readonly err: string;
}

export function start(host: Host, name: string, options: RunOptions = {}): Spawned {
	return host.spawn({ path: `/bin/${name}`, env: new Map(), ...options, argv: [name, ...(options.argv ?? [])] });
}

/** Runs /bin/NAME until it ends. */
export function run(host: Host, name: string, options: RunOptions = {}): RunResult {
	const process = start(host, name, options);
	const limit = host.engine.now + (options.limit ?? 3600) * 1e6;
	while (!process.finished && host.engine.nextTime() <= limit) host.engine.step();
	return { status: process.status, out: decode(process.stdout()), err: decode(process.stderr()) };
}

/** Runs a program on a new machine. */
export function runMain(main: Main, options: RunOptions = {}): RunResult {
	return run(machine({ main }), 'main', options);
}

/** The name of the error that a call fails with, or what it gives. */
export function* outcome<T>(call: Sys<T>): Sys<T | string> {
	try {
		return yield* call;
	} catch (thrown) {
		if (thrown instanceof Errno) return thrown.code;
		throw thrown;
	}
}

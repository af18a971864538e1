/**
 * Stand-ins for programs whose code is not there yet (`scripts/programs-plugin.ts`). The simulator knows nothing of it: a
 * stand-in that is run before its code came throws, and the worker begins again with all code, since a world can be made
 * again from its inputs.
 */
/** a program's `main` (`kernel/syscalls.ts`) */
type Main = (argv: readonly string[], env: ReadonlyMap<string, string>) => unknown;

class NotLoaded extends Error {
	override name = 'NotLoaded';
}

const modules = new Map<string, Readonly<Record<string, Main>>>();
let missed = false;

function missing(what: string): NotLoaded {
	missed = true;
	return new NotLoaded(`${what} is not loaded yet`);
}

/** The program exported under that name by `programs/MODULE.ts`. */
export function later(module: string, name: string): Main {
	return (argv, env) => {
		const main = modules.get(module)?.[name];
		if (!main) throw missing(module);
		return main(argv, env);
	};
}

/** A value of a library that is not there yet: whatever is asked of it throws. */
export function absent(what: string): unknown {
	const refuse = (): never => {
		throw missing(what);
	};
	return new Proxy(function () {}, { get: refuse, apply: refuse, construct: refuse });
}

export function provide(code: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void {
	for (const [module, exported] of Object.entries(code)) modules.set(module, exported as Record<string, Main>);
}

/** Whether code was missing since the last call; somebody may have caught the error. */
export function takeMissed(): boolean {
	const was = missed;
	missed = false;
	return was;
}

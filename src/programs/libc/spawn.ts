/** Starting another program: fork, then exec in the child (posix_spawn(3)). */
import { Errno, type Sys, type WaitStatus } from '#kernel/syscalls';
import { exec, fork, wait } from './unistd';

export interface SpawnOptions {
	/** runs in the child before exec: descriptors, user, directory, process group */
	readonly prepare?: () => Sys<void>;
}

/** @returns the child's pid; a path that cannot be executed shows as exit status 127 (missing) or 126 */
export function* spawn(
	path: string,
	argv: readonly string[],
	env: ReadonlyMap<string, string>,
	options: SpawnOptions = {}
): Sys<number> {
	return yield* fork(function* () {
		try {
			if (options.prepare) yield* options.prepare();
			return yield* exec(path, argv, env);
		} catch (thrown) {
			if (thrown instanceof Errno) return thrown.code === 'ENOENT' ? 127 : 126;
			throw thrown;
		}
	});
}

/** The status as `$?` has it: 128 + n for signal n. */
export function exitStatus(status: WaitStatus): number {
	if (status.kind === 'exited') return status.status;
	return status.kind === 'signalled' || status.kind === 'stopped' ? 128 + status.signal : 0;
}

export function* run(
	path: string,
	argv: readonly string[],
	env: ReadonlyMap<string, string>,
	options?: SpawnOptions
): Sys<number> {
	const pid = yield* spawn(path, argv, env, options);
	const status = yield* wait(pid);
	return status === null ? 0 : exitStatus(status);
}

/**
 * The list of all packages: what can be installed on a host, and what every host has. Explicit, no self-registration.
 */
import type { Package, Program } from '#kernel/syscalls';

/** On every host. */
export const STANDARD: readonly Package[] = [];

/** All that a world file may name under `packages`. */
export const PACKAGES: readonly Package[] = [...STANDARD];

/** Every program by its path, for the kernel. */
export const PROGRAMS: ReadonlyMap<string, Program> = new Map(
	PACKAGES.flatMap((item) => item.programs).map((program) => [program.path, program])
);

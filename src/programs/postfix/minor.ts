/**
 * Daemons that are there and do little in this world: scache (keeps none), tlsmgr (no TLS), proxymap (tables are opened by each program itself).
 */
import type { Main } from '#kernel/syscalls';
import { attrPrint, AttrReader } from './attr';
import { serve } from './server';

const quiet =
	(program: string): Main =>
	(argv) =>
		serve(program, argv, function* (_daemon, fd) {
			const request = yield* new AttrReader(fd, 1_000_000).scan();
			if (request !== null) yield* attrPrint(fd, [['status', '0']]);
		});

export const scache = quiet('scache');
export const tlsmgr = quiet('tlsmgr');
export const proxymap = quiet('proxymap');

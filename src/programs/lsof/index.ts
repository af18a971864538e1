/** Who holds that socket? The packages lsof 4.95 and psmisc 23.6 (fuser). */
import type { Package } from '#kernel/syscalls';
import { fuser } from './fuser';
import { lsof } from './lsof';

export const lsofPackage: Package = {
	name: 'lsof',
	version: '4.95.0-1',
	programs: [{ path: '/usr/bin/lsof', main: lsof, size: 184_136 }]
};

export const psmisc: Package = {
	name: 'psmisc',
	version: '23.6-1',
	programs: [{ path: '/usr/bin/fuser', main: fuser, size: 43_000 }]
};

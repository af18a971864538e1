/** The package diffutils. */
import type { Package } from '#kernel/syscalls';
import { cmp } from './cmp';
import { diff } from './diff';

export const diffutils: Package = {
	name: 'diffutils',
	version: '1:3.8-4',
	programs: [
		{ path: '/usr/bin/diff', main: diff, size: 154_792 },
		{ path: '/usr/bin/cmp', main: cmp, size: 51_824 }
	]
};

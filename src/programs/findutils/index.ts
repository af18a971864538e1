/** The package findutils. */
import type { Package } from '#kernel/syscalls';
import { find } from './find';
import { xargs } from './xargs';

export const findutils: Package = {
	name: 'findutils',
	version: '4.9.0-4',
	programs: [
		{ path: '/usr/bin/find', main: find, size: 224_848 },
		{ path: '/usr/bin/xargs', main: xargs, size: 63_912 }
	]
};

/** The package grep. */
import type { Package } from '#kernel/syscalls';
import { egrep, fgrep, grep } from './grep';

export const grepPackage: Package = {
	name: 'grep',
	version: '3.8-5',
	programs: [
		{ path: '/usr/bin/grep', main: grep, size: 203_072 },
		{ path: '/usr/bin/egrep', main: egrep, size: 41 },
		{ path: '/usr/bin/fgrep', main: fgrep, size: 41 }
	]
};

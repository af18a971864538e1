/** The package libc-bin: what asks the C library's databases. */
import type { Package } from '#kernel/syscalls';
import { getent } from './getent';

export const libcBin: Package = {
	name: 'libc-bin',
	version: '2.36-9+deb12u10',
	programs: [{ path: '/usr/bin/getent', main: getent, size: 35_648 }]
};

/** The package sed. */
import type { Package } from '#kernel/syscalls';
import { sed } from './sed';

export const sedPackage: Package = {
	name: 'sed',
	version: '4.9-1',
	programs: [{ path: '/usr/bin/sed', main: sed, size: 126_424 }]
};

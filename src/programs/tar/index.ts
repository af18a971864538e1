/** The package gzip. */
import type { Package } from '#kernel/syscalls';
import { gunzip, gzip, zcat } from './gzip';

export const gzipPackage: Package = {
	name: 'gzip',
	version: '1.12-1',
	programs: [
		{ path: '/usr/bin/gzip', main: gzip, size: 98_136 },
		{ path: '/usr/bin/gunzip', main: gunzip, size: 2346 },
		{ path: '/usr/bin/zcat', main: zcat, size: 1984 }
	]
};

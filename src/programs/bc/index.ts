/** The package bc. */
import type { Package } from '#kernel/syscalls';
import { bc } from './bc';

export const bcPackage: Package = {
	name: 'bc',
	version: '1.07.1-3',
	programs: [{ path: '/usr/bin/bc', main: bc, size: 88_800 }]
};

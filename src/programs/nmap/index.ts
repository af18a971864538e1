/** The package nmap. */
import type { Package } from '#kernel/syscalls';
import { nmap } from './nmap';

export const nmapPackage: Package = {
	name: 'nmap',
	version: '7.93+dfsg1-1',
	programs: [{ path: '/usr/bin/nmap', main: nmap, size: 3_008_568 }]
};

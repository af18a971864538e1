/** The connection tracking command, as the package of that name. */
import type { Package } from '#kernel/syscalls';
import { conntrack } from './conntrack';

export const conntrackPackage: Package = {
	name: 'conntrack',
	version: '1:1.4.7-1+b2',
	programs: [{ path: '/usr/sbin/conntrack', main: conntrack, size: 99_480 }]
};

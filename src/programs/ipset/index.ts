/** Debian's package ipset 7.17-1. */
import type { Package } from '#kernel/syscalls';
import { ipset } from './ipset';

export const ipsetPackage: Package = {
	name: 'ipset',
	version: '7.17-1',
	programs: [{ path: '/usr/sbin/ipset', main: ipset, size: 14_416 }]
};

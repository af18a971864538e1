/** The package traceroute. */
import type { Package } from '#kernel/syscalls';
import { traceroute } from './traceroute';

export const traceroutePackage: Package = {
	name: 'traceroute',
	version: '1:2.1.2-1',
	programs: [{ path: '/usr/sbin/traceroute', main: traceroute, mode: 0o4755, size: 68_320 }],
	files: [{ path: '/usr/bin/traceroute', link: '../sbin/traceroute' }]
};

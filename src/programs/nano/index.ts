/** The editor nano 7.2. */
import type { Package } from '#kernel/syscalls';
import { nano } from './nano';

export const nanoPackage: Package = {
	name: 'nano',
	version: '7.2-1+deb12u1',
	programs: [{ path: '/usr/bin/nano', main: nano, size: 283_144 }],
	files: [{ path: '/usr/bin/pico', link: 'nano' }]
};

/** The packages finger and fingerd. */
import type { Package } from '#kernel/syscalls';
import { finger } from './finger';
import { fingerd } from './fingerd';

export const fingerPackage: Package = {
	name: 'finger',
	version: '0.17-17',
	programs: [{ path: '/usr/bin/finger', main: finger, size: 27_104 }]
};

export const fingerdPackage: Package = {
	name: 'fingerd',
	version: '0.17-17',
	programs: [{ path: '/usr/sbin/in.fingerd', main: fingerd, size: 14_536 }]
};

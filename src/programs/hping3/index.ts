/** The package hping3. */
import type { Package } from '#kernel/syscalls';
import { hping3 } from './hping3';

export const hpingPackage: Package = {
	name: 'hping3',
	version: '3.a2.ds2-10',
	programs: [{ path: '/usr/sbin/hping3', main: hping3, size: 172_168 }],
	files: [
		{ path: '/usr/sbin/hping', link: 'hping3' },
		{ path: '/usr/sbin/hping2', link: 'hping3' }
	]
};

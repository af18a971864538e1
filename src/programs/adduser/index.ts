/** The package adduser 3.134: adduser, addgroup, deluser, delgroup. On every host. */
import type { Package } from '#kernel/syscalls';
import { adduser } from './adduser';
import { deluser } from './deluser';

export const adduserPackage: Package = {
	name: 'adduser',
	version: '3.134',
	programs: [
		{ path: '/usr/sbin/adduser', main: adduser, size: 48_382 },
		{ path: '/usr/sbin/deluser', main: deluser, size: 16_727 }
	],
	files: [
		{ path: '/usr/sbin/addgroup', link: 'adduser' },
		{ path: '/usr/sbin/delgroup', link: 'deluser' }
	]
};

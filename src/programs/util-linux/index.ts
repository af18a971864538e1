/** What comes with util-linux 2.38.1: su and runuser, dmesg, more, mount. */
import type { Package } from '#kernel/syscalls';
import { dmesg } from './dmesg';
import { more } from './more';
import { mount, umount } from './mount';
import { runuser, su } from './su';

const SETUID = 0o4755;

export const utilLinux: Package = {
	name: 'util-linux',
	version: '2.38.1-5+deb12u3',
	programs: [
		{ path: '/usr/bin/su', main: su, mode: SETUID, size: 72_000 },
		{ path: '/usr/bin/mount', main: mount, mode: SETUID, size: 59_704 },
		{ path: '/usr/bin/umount', main: umount, mode: SETUID, size: 35_128 },
		{ path: '/usr/bin/dmesg', main: dmesg, size: 84_448 },
		{ path: '/usr/bin/more', main: more, size: 59_720 },
		{ path: '/usr/sbin/runuser', main: runuser, size: 55_672 }
	]
};

/** The packages sysvinit-core, init-system-helpers and of dpkg start-stop-daemon: what starts a host. */
import type { Package } from '#kernel/syscalls';
import { init } from './init';
import { service } from './service';
import { halt, runlevel } from './shutdown';
import { updateRc } from './update-rc';
import { startStopDaemon } from './start-stop-daemon';

const INITTAB = `# /etc/inittab: init(8) configuration.

# The default runlevel.
id:2:initdefault:

# Runlevel 0 is halt, 1 is single-user, 2-5 are multi-user, 6 is reboot.
l0:0:wait:/etc/init.d/rc 0
l1:1:wait:/etc/init.d/rc 1
l2:2:wait:/etc/init.d/rc 2
l3:3:wait:/etc/init.d/rc 3
l4:4:wait:/etc/init.d/rc 4
l5:5:wait:/etc/init.d/rc 5
l6:6:wait:/etc/init.d/rc 6
`;

export const sysvinit: Package = {
	name: 'sysvinit-core',
	version: '3.06-4',
	programs: [
		{ path: '/usr/sbin/init', main: init, size: 51_816 },
		{ path: '/usr/sbin/service', main: service, size: 9_267 },
		{ path: '/usr/sbin/halt', main: halt },
		{ path: '/usr/sbin/runlevel', main: runlevel },
		{ path: '/usr/sbin/update-rc.d', main: updateRc, size: 17_584 },
		{ path: '/usr/sbin/start-stop-daemon', main: startStopDaemon, size: 48_128 }
	],
	files: [
		{ path: '/usr/sbin/poweroff', link: 'halt' },
		{ path: '/usr/sbin/reboot', link: 'halt' },
		{ path: '/etc/inittab', text: INITTAB },
		{ path: '/etc/init.d', directory: true },
		...['0', '1', '2', '3', '4', '5', '6', 'S'].map(
			(level) => ({ path: `/etc/rc${level}.d`, directory: true }) as const
		)
	]
};

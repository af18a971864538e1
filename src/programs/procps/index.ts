/** The packages procps and, of psmisc, killall. */
import type { Package } from '#kernel/syscalls';
import { kill, killall, pgrep, pidof, pkill } from './kill';
import { ps } from './ps';
import { free, sysctl, uptime, w } from './status';

export const procps: Package = {
	name: 'procps',
	version: '2:4.0.2-3',
	programs: [
		{ path: '/usr/bin/ps', main: ps, size: 144_792 },
		{ path: '/usr/bin/kill', main: kill },
		{ path: '/usr/bin/pgrep', main: pgrep },
		{ path: '/usr/bin/pkill', main: pkill },
		{ path: '/usr/bin/killall', main: killall },
		{ path: '/usr/bin/pidof', main: pidof },
		{ path: '/usr/bin/free', main: free },
		{ path: '/usr/bin/uptime', main: uptime },
		{ path: '/usr/bin/w', main: w },
		{ path: '/usr/sbin/sysctl', main: sysctl }
	]
};

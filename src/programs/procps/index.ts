/** The packages procps and, of psmisc, killall. */
import type { Package } from '#kernel/syscalls';
import { kill, killall, pgrep, pidof, pkill } from './kill';
import { ps } from './ps';
import { free, uptime, w } from './status';
import { sysctl } from './sysctl';

const SYSCTL_CONF = `# /etc/sysctl.conf: settings of the kernel, read at boot and by \`sysctl -p\`.
# See sysctl.conf(5); files in /etc/sysctl.d/ are read too.
`;

const INIT_SCRIPT = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          procps
# Required-Start:    mountkernfs $local_fs
# Default-Start:     S
# Short-Description: Configure kernel parameters at boottime
### END INIT INFO

case "$1" in
	start | restart | force-reload) /usr/sbin/sysctl -q --system ;;
	stop | status) ;;
	*)
		echo "Usage: /etc/init.d/procps {start|stop|status|restart|force-reload}" >&2
		exit 3
		;;
esac
`;

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
		{ path: '/usr/sbin/sysctl', main: sysctl, size: 30_776 }
	],
	files: [
		{ path: '/etc/sysctl.conf', text: SYSCTL_CONF },
		{ path: '/etc/sysctl.d', directory: true },
		{ path: '/etc/sysctl.d/99-sysctl.conf', link: '../sysctl.conf' },
		{ path: '/etc/init.d/procps', text: INIT_SCRIPT, mode: 0o755 },
		{ path: '/etc/rcS.d/S01procps', link: '../init.d/procps' }
	]
};

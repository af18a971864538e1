/**
 * Services that nobody asked for: xfs, the X server, rpcbind, lpd, cups. Each is started by its script of /etc/init.d and is a
 * process that listens, no more.
 */
import type { Package } from '#kernel/syscalls';
import { cupsd, lpd, rpcbind, xfs, xorg } from './daemons';

/** A script of /etc/init.d for a daemon that writes its pid. */
function script(name: string, daemon: string, pidFile: string, options: string, description: string): string {
	return `#! /bin/sh
### BEGIN INIT INFO
# Provides:          ${name}
# Required-Start:    $network $local_fs
# Required-Stop:     $network $local_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: ${description}
### END INIT INFO

PATH=/sbin:/bin:/usr/sbin:/usr/bin
DAEMON=${daemon}
PIDFILE=${pidFile}
OPTIONS="${options}"
[ -f /etc/default/${name} ] && . /etc/default/${name}

case "$1" in
start)
	echo "Starting ${description}: ${name}."
	start-stop-daemon --start --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON -- $OPTIONS
	;;
stop)
	echo "Stopping ${description}: ${name}."
	start-stop-daemon --stop --quiet --oknodo --pidfile $PIDFILE
	;;
restart|force-reload)
	$0 stop
	sleep 1
	$0 start
	;;
status)
	start-stop-daemon --status --pidfile $PIDFILE
	rc=$?
	case $rc in
	0) echo "${name} is running." ;;
	*) echo "${name} is not running." ;;
	esac
	exit $rc
	;;
*)
	echo "Usage: /etc/init.d/${name} {start|stop|restart|force-reload|status}"
	exit 1
	;;
esac
`;
}

export const xfsPackage: Package = {
	name: 'xfs',
	version: '1:1.0.8-7',
	programs: [{ path: '/usr/bin/xfs', main: xfs, size: 171_000 }],
	files: [
		{
			path: '/etc/X11/fs/config',
			text: '# /etc/X11/fs/config: the X font server, see xfs(1)\n\nclient-limit = 10\nport = 7120\n'
		},
		{
			path: '/etc/init.d/xfs',
			text: script('xfs', '/usr/bin/xfs', '/run/xfs.pid', '', 'X font server'),
			mode: 0o755
		}
	]
};

export const xorgPackage: Package = {
	name: 'xserver-xorg-core',
	version: '2:21.1.7-3+deb12u10',
	programs: [{ path: '/usr/lib/xorg/Xorg', main: xorg, size: 2_432_040 }],
	files: [
		{ path: '/usr/bin/X', link: '/usr/lib/xorg/Xorg' },
		{ path: '/etc/default/x11', text: '# What /etc/init.d/x11 starts the X server with.\nOPTIONS=":0 -listen tcp"\n' },
		{
			path: '/etc/init.d/x11',
			text: script('x11', '/usr/lib/xorg/Xorg', '/run/X0.pid', ':0', 'X server'),
			mode: 0o755
		}
	]
};

export const rpcbindPackage: Package = {
	name: 'rpcbind',
	version: '1.2.6-6+b1',
	programs: [{ path: '/usr/sbin/rpcbind', main: rpcbind, size: 59_912 }],
	files: [
		{
			path: '/etc/init.d/rpcbind',
			text: script('rpcbind', '/sbin/rpcbind', '/run/rpcbind.pid', '-w', 'RPC port mapper daemon'),
			mode: 0o755
		}
	]
};

export const lprPackage: Package = {
	name: 'lpr',
	version: '1:2008.05.17.3+nmu1',
	programs: [{ path: '/usr/sbin/lpd', main: lpd, size: 72_000 }],
	files: [
		{
			path: '/etc/init.d/lpd',
			text: script('lpd', '/usr/sbin/lpd', '/run/lpd.pid', '', 'BSD line printer daemon'),
			mode: 0o755
		}
	]
};

export const cupsPackage: Package = {
	name: 'cups',
	version: '2.4.2-3+deb12u9',
	programs: [{ path: '/usr/sbin/cupsd', main: cupsd, size: 508_000 }],
	files: [
		{
			path: '/etc/cups/cupsd.conf',
			text: '# /etc/cups/cupsd.conf, see cupsd.conf(5)\nListen localhost:631\nListen /run/cups.sock\n'
		},
		{
			path: '/etc/init.d/cups',
			text: script('cups', '/usr/sbin/cupsd', '/run/cupsd.pid', '', 'Common Unix Printing System'),
			mode: 0o755
		}
	]
};

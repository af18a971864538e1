/** The package openbsd-inetd: the Internet super-server. */
import type { Package } from '#kernel/syscalls';
import { inetd } from './inetd';

const CONFIGURATION = `# /etc/inetd.conf: services that inetd(8) starts when somebody connects.
#
# <service> <type> <protocol> <wait|nowait> <user> <program> <arguments>

#echo		stream	tcp	nowait	root	internal
#discard	stream	tcp	nowait	root	internal
#daytime	stream	tcp	nowait	root	internal
#time		stream	tcp	nowait	root	internal
#chargen	stream	tcp	nowait	root	internal
`;

const SCRIPT = `#! /bin/sh
### BEGIN INIT INFO
# Provides:          openbsd-inetd
# Required-Start:    $local_fs
# Required-Stop:     $local_fs
# Should-Start:      $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Internet super-server
### END INIT INFO

PATH=/sbin:/bin:/usr/sbin:/usr/bin
DAEMON=/usr/sbin/inetd
PIDFILE=/var/run/inetd.pid

services() {
	if ! grep -q '^[[:alnum:]/[]' /etc/inetd.conf; then
		echo "Not starting internet superserver: no services enabled."
		exit 0
	fi
}

case "$1" in
start)
	services
	echo "Starting internet superserver: inetd."
	start-stop-daemon --start --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON -- $OPTIONS
	;;
stop)
	echo "Stopping internet superserver: inetd."
	start-stop-daemon --stop --quiet --oknodo --pidfile $PIDFILE
	;;
reload|force-reload)
	echo "Reloading internet superserver: inetd."
	start-stop-daemon --stop --quiet --oknodo --signal HUP --pidfile $PIDFILE
	;;
restart)
	$0 stop
	sleep 1
	$0 start
	;;
status)
	start-stop-daemon --status --pidfile $PIDFILE
	rc=$?
	case $rc in
	0) echo "inetd is running." ;;
	*) echo "inetd is not running." ;;
	esac
	exit $rc
	;;
*)
	echo "Usage: /etc/init.d/openbsd-inetd {start|stop|reload|force-reload|restart|status}"
	exit 2
	;;
esac
`;

export const inetdPackage: Package = {
	name: 'openbsd-inetd',
	version: '0.20221205-2~deb12u1',
	programs: [{ path: '/usr/sbin/inetd', main: inetd, size: 43_472 }],
	files: [
		{ path: '/etc/inetd.conf', text: CONFIGURATION },
		{ path: '/etc/init.d/openbsd-inetd', text: SCRIPT, mode: 0o755 },
		{ path: '/etc/init.d/inetd', link: 'openbsd-inetd' }
	]
};

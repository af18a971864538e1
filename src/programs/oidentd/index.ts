/**
 * The package oidentd: who holds a connection (RFC 1413).
 *
 * The service `oidentd` runs it as a daemon; a line of /etc/inetd.conf does as well:
 *     ident  stream  tcp  nowait  nobody  /usr/sbin/oidentd  oidentd -I
 */
import type { Package } from '#kernel/syscalls';
import { oidentd } from './oidentd';

const CONFIGURATION = `# /etc/oidentd.conf: what may be answered for whom, see oidentd.conf(5).

default {
	default {
		deny spoof
		deny spoof_all
		deny spoof_privport
		deny random
		deny random_numeric
		deny numeric
		deny hide
		deny forward
	}
}

# Connections of the superuser are nobody's business:
#user root {
#	default {
#		force hide
#	}
#}
`;

const DEFAULTS = `# options of the daemon, see oidentd(8)
OIDENT_OPTIONS="-l 10"
`;

const SCRIPT = `#! /bin/sh
### BEGIN INIT INFO
# Provides:          oidentd ident-server
# Required-Start:    $remote_fs $syslog
# Required-Stop:     $remote_fs $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: replacement ident daemon
### END INIT INFO

PATH=/sbin:/bin:/usr/sbin:/usr/bin
OIDENTD=/usr/sbin/oidentd
OIDENT_OPTIONS=
[ -f /etc/default/oidentd ] && . /etc/default/oidentd

case "$1" in
start)
	echo "Starting ident daemon: oidentd."
	start-stop-daemon --start --quiet --oknodo --exec $OIDENTD -- $OIDENT_OPTIONS
	;;
stop)
	echo "Stopping ident daemon: oidentd."
	start-stop-daemon --stop --quiet --oknodo --exec $OIDENTD
	;;
reload|restart|force-reload)
	$0 stop
	sleep 2
	$0 start
	;;
*)
	echo "Usage: $0 {start|stop|restart|reload|force-reload|status}"
	exit 1
	;;
esac

exit 0
`;

export const oidentdPackage: Package = {
	name: 'oidentd',
	version: '2.5.0-1+b1',
	programs: [{ path: '/usr/sbin/oidentd', main: oidentd, size: 71_848 }],
	files: [
		{ path: '/etc/oidentd.conf', text: CONFIGURATION },
		{ path: '/etc/default/oidentd', text: DEFAULTS },
		{ path: '/etc/init.d/oidentd', text: SCRIPT, mode: 0o755 }
	]
};

/** The packages inetutils-syslogd and, of bsdutils, logger. */
import type { Package } from '#kernel/syscalls';
import { logger } from './logger';
import { syslogd } from './syslogd';

const CONFIGURATION = `#  /etc/syslog.conf	Configuration file for syslogd.
#
#  For more information see syslog.conf(5) manpage.

auth,authpriv.*			/var/log/auth.log
*.info;mail.none;auth,authpriv.none;cron.none	/var/log/messages
mail.*				-/var/log/maillog
cron.*				/var/log/cron
*.emerg				*
`;

const SCRIPT = `#! /bin/sh
### BEGIN INIT INFO
# Provides:          syslog
# Required-Start:    $local_fs
# Required-Stop:     $local_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: System logger
### END INIT INFO

PATH=/sbin:/bin:/usr/sbin:/usr/bin
DAEMON=/usr/sbin/syslogd
PIDFILE=/run/syslog.pid

case "$1" in
start)
	echo "Starting system log daemon: syslogd."
	start-stop-daemon --start --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON
	;;
stop)
	echo "Stopping system log daemon: syslogd."
	start-stop-daemon --stop --quiet --oknodo --retry 5 --pidfile $PIDFILE
	;;
reload|force-reload)
	echo "Reloading system log daemon: syslogd."
	start-stop-daemon --stop --quiet --signal HUP --pidfile $PIDFILE
	;;
restart)
	$0 stop
	$0 start
	;;
status)
	start-stop-daemon --status --pidfile $PIDFILE
	rc=$?
	case $rc in
	0) echo "syslogd is running." ;;
	*) echo "syslogd is not running." ;;
	esac
	exit $rc
	;;
*)
	echo "Usage: /etc/init.d/syslog {start|stop|reload|force-reload|restart|status}" >&2
	exit 1
	;;
esac
`;

export const syslog: Package = {
	name: 'inetutils-syslogd',
	version: '2:2.4-2+deb12u1',
	programs: [
		{ path: '/usr/sbin/syslogd', main: syslogd, size: 72_408 },
		{ path: '/usr/bin/logger', main: logger, size: 51_640 }
	],
	files: [
		{ path: '/etc/syslog.conf', text: CONFIGURATION },
		{ path: '/etc/init.d/syslog', text: SCRIPT, mode: 0o755 },
		{ path: '/var/log', directory: true }
	]
};

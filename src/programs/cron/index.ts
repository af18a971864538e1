/** The package cron: commands at times. */
import type { Package } from '#kernel/syscalls';
import { cron, SPOOL } from './cron';
import { crontab } from './crontab';

const SCRIPT = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          cron
# Required-Start:    $remote_fs $syslog $time
# Required-Stop:     $remote_fs $syslog $time
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: Regular background program processing daemon
### END INIT INFO

PATH=/bin:/usr/bin:/sbin:/usr/sbin
PIDFILE=/var/run/crond.pid

case "$1" in
start)
	echo "Starting periodic command scheduler: cron."
	start-stop-daemon --start --quiet --oknodo --pidfile $PIDFILE --exec /usr/sbin/cron
	;;
stop)
	echo "Stopping periodic command scheduler: cron."
	start-stop-daemon --stop --quiet --oknodo --pidfile $PIDFILE
	;;
restart)
	$0 stop
	sleep 1
	$0 start
	;;
reload|force-reload)
	# cron looks for new tables by itself
	echo "Reloading configuration files for periodic command scheduler: cron."
	;;
*)
	echo "Usage: /etc/init.d/cron {start|stop|status|restart|reload|force-reload}"
	exit 2
	;;
esac
`;

const SYSTEM_TABLE = `# /etc/crontab: the system's own table. Each line names the user, too.

SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

# m h dom mon dow user	command
`;

export const cronPackage: Package = {
	name: 'cron',
	version: '3.0pl1-162',
	programs: [
		{ path: '/usr/sbin/cron', main: cron, size: 59_608 },
		{ path: '/usr/bin/crontab', main: crontab, mode: 0o2755, group: 'crontab', size: 43_648 }
	],
	files: [
		{ path: SPOOL, directory: true, mode: 0o1730, group: 'crontab' },
		{ path: '/etc/cron.d', directory: true },
		{ path: '/etc/crontab', text: SYSTEM_TABLE },
		{ path: '/etc/init.d/cron', text: SCRIPT, mode: 0o755 }
	]
};

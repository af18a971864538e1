/**
 * The package ftpd: in.ftpd of linux-ftpd 0.17. (Debian 12 delivers it as ftpd-ssl, which ftpd draws in.)
 *
 * The service `ftpd` runs it as a daemon; in Debian it is a line of /etc/inetd.conf:
 *     ftp  stream  tcp  nowait  root  /usr/sbin/in.ftpd  in.ftpd -l
 */
import type { Package } from '#kernel/syscalls';
import { ftpd } from './ftpd';

const USERS = `# /etc/ftpusers: list of users disallowed ftp access. See ftpusers(5).

root
ftp
anonymous
`;

const CHROOT = '# /etc/ftpchroot: list of users who needs to be chrooted. See ftpchroot(5).\n';

const PAM = `# Standard behaviour for ftpd(8).
auth	required	pam_listfile.so item=user sense=deny file=/etc/ftpusers onerr=succeed

# This line is required by ftpd(8).
auth	sufficient	pam_ftp.so

# Uncomment this to achieve what used to be ftpd -A.
#auth	required	pam_listfile.so item=user sense=allow file=/etc/ftpchroot onerr=fail

# Standard blurb.
@include common-auth
@include common-account
@include common-session
`;

const SCRIPT = `#! /bin/sh
### BEGIN INIT INFO
# Provides:          ftpd
# Required-Start:    $local_fs $network
# Required-Stop:     $local_fs $network
# Should-Start:      $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: File Transfer Protocol server
### END INIT INFO

PATH=/sbin:/bin:/usr/sbin:/usr/bin
DAEMON=/usr/sbin/in.ftpd
OPTIONS=-l

case "$1" in
start)
	echo "Starting FTP server: in.ftpd."
	start-stop-daemon --start --quiet --oknodo --exec $DAEMON -- -D $OPTIONS
	;;
stop)
	echo "Stopping FTP server: in.ftpd."
	start-stop-daemon --stop --quiet --oknodo --exec $DAEMON
	;;
restart|force-reload)
	$0 stop
	sleep 1
	$0 start
	;;
status)
	start-stop-daemon --status --exec $DAEMON
	rc=$?
	case $rc in
	0) echo "in.ftpd is running." ;;
	*) echo "in.ftpd is not running." ;;
	esac
	exit $rc
	;;
*)
	echo "Usage: /etc/init.d/ftpd {start|stop|restart|force-reload|status}"
	exit 2
	;;
esac
`;

export const ftpdPackage: Package = {
	name: 'ftpd',
	version: '0.17-37',
	programs: [{ path: '/usr/sbin/in.ftpd', main: ftpd, size: 96_216 }],
	files: [
		{ path: '/etc/ftpusers', text: USERS },
		{ path: '/etc/ftpchroot', text: CHROOT },
		{ path: '/etc/pam.d/ftp', text: PAM },
		{ path: '/etc/init.d/ftpd', text: SCRIPT, mode: 0o755 }
	]
};

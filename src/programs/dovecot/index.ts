/**
 * The packages dovecot-core, dovecot-pop3d and dovecot-imapd 2.3.19.1 of Debian 12.
 *
 * The protocols are offered when their package is installed: the file of settings includes protocols.d. The settings
 * are Debian's, in one file and without the commentary of its conf.d.
 */
import type { Package } from '#kernel/syscalls';
import { doveconfMain } from './doveconf';
import { dovecot } from './master';

const PACKAGE_VERSION = '1:2.3.19.1+dfsg1-2.1+deb12u7';

const CONFIGURATION = `## dovecot.conf(5). "doveconf -n" shows what differs from the built-in values.

# the protocols of the packages that are installed
!include_try /usr/share/dovecot/protocols.d/*.protocol

!include conf.d/*.conf
!include_try local.conf
`;

const AUTHENTICATION = `# Passwords in clear only over TLS, or from this host.
#disable_plaintext_auth = yes
auth_mechanisms = plain

passdb {
  driver = pam
}
userdb {
  driver = passwd
}
`;

const MAIL = `# %u the user, %h the home directory
mail_location = mbox:~/mail:INBOX=/var/mail/%u
mail_privileged_group = mail
`;

const MASTER = `service auth {
  # Postfix smtp-auth
  #unix_listener /var/spool/postfix/private/auth {
  #  mode = 0666
  #}
}
`;

const TLS = `ssl = yes
ssl_cert = </etc/dovecot/private/dovecot.pem
ssl_key = </etc/dovecot/private/dovecot.key
`;

/** Stands where the real one has a certificate; the simulated TLS looks at its being there alone. */
const pem = (what: string): string => `-----BEGIN ${what}-----\nc2ltdWxhdGVk\n-----END ${what}-----\n`;

const SCRIPT = `#! /bin/sh
### BEGIN INIT INFO
# Provides:          dovecot
# Required-Start:    $local_fs $remote_fs $network $syslog $time
# Required-Stop:     $local_fs $remote_fs $network $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Dovecot init script
### END INIT INFO

DAEMON=/usr/sbin/dovecot
PIDFILE=/run/dovecot/master.pid

[ -x "$DAEMON" ] || exit 0
[ -f /etc/dovecot/dovecot.conf ] || exit 0

case "$1" in
start)
	echo -n "Starting IMAP/POP3 mail server: dovecot"
	start-stop-daemon --start --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON || { echo " failed!"; exit 1; }
	echo "."
	;;
stop)
	echo -n "Stopping IMAP/POP3 mail server: dovecot"
	start-stop-daemon --stop --quiet --oknodo --pidfile $PIDFILE
	sleep 1
	echo "."
	;;
reload|force-reload)
	echo -n "Reloading IMAP/POP3 mail server: dovecot"
	start-stop-daemon --stop --signal HUP --quiet --pidfile $PIDFILE
	echo "."
	;;
restart)
	$0 stop
	$0 start
	;;
status)
	start-stop-daemon --status --pidfile $PIDFILE
	rc=$?
	case $rc in
	0) echo "dovecot is running." ;;
	*) echo "dovecot is not running ... failed!" ;;
	esac
	exit $rc
	;;
*)
	echo "Usage: /etc/init.d/dovecot {start|stop|restart|force-reload|status}" >&2
	exit 3
	;;
esac
`;

export const dovecotCore: Package = {
	name: 'dovecot-core',
	version: PACKAGE_VERSION,
	programs: [
		{ path: '/usr/sbin/dovecot', main: dovecot, size: 137_000 },
		{ path: '/usr/bin/doveconf', main: doveconfMain, size: 195_000 }
	],
	files: [
		{ path: '/etc/dovecot/dovecot.conf', text: CONFIGURATION },
		{ path: '/etc/dovecot/conf.d/10-auth.conf', text: AUTHENTICATION },
		{ path: '/etc/dovecot/conf.d/10-mail.conf', text: MAIL },
		{ path: '/etc/dovecot/conf.d/10-master.conf', text: MASTER },
		{ path: '/etc/dovecot/conf.d/10-ssl.conf', text: TLS },
		{ path: '/etc/dovecot/private', directory: true, mode: 0o700 },
		{ path: '/etc/dovecot/private/dovecot.pem', text: pem('CERTIFICATE'), mode: 0o600 },
		{ path: '/etc/dovecot/private/dovecot.key', text: pem('PRIVATE KEY'), mode: 0o600 },
		{ path: '/etc/init.d/dovecot', text: SCRIPT, mode: 0o755 }
	]
};

const protocol = (name: string): Package => ({
	name: `dovecot-${name}d`,
	version: PACKAGE_VERSION,
	programs: [],
	files: [{ path: `/usr/share/dovecot/protocols.d/${name}d.protocol`, text: `protocols = $protocols ${name}\n` }]
});

export const dovecotPop3d = protocol('pop3');
export const dovecotImapd = protocol('imap');

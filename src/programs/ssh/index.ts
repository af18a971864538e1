/**
 * OpenSSH 9.2p1 in Debian's two packages: openssh-client and openssh-server. The service `ssh` runs sshd; its script makes
 * the host keys that are missing, which Debian's does when the package is installed.
 */
import type { Package } from '#kernel/syscalls';
import { ssh } from './ssh';
import { sshKeygen } from './ssh-keygen';
import { sshd } from './sshd';

const VERSION = '1:9.2p1-2+deb12u10';

const CLIENT_CONFIGURATION = `# /etc/ssh/ssh_config: what ssh(1) goes by on this host, see ssh_config(5).

Include /etc/ssh/ssh_config.d/*.conf

Host *
#   PasswordAuthentication yes
#   BatchMode no
#   StrictHostKeyChecking ask
#   IdentityFile ~/.ssh/id_rsa
#   IdentityFile ~/.ssh/id_ecdsa
#   IdentityFile ~/.ssh/id_ed25519
#   Port 22
    SendEnv LANG LC_*
    HashKnownHosts no
`;

const SERVER_CONFIGURATION = `# /etc/ssh/sshd_config: how sshd(8) works on this host, see sshd_config(5).
# Lines with # show the defaults.

Include /etc/ssh/sshd_config.d/*.conf

#Port 22
#ListenAddress 0.0.0.0

#LoginGraceTime 2m
#PermitRootLogin prohibit-password
#StrictModes yes
#MaxAuthTries 6

#PubkeyAuthentication yes
#AuthorizedKeysFile	.ssh/authorized_keys .ssh/authorized_keys2

#PasswordAuthentication yes
#PermitEmptyPasswords no
KbdInteractiveAuthentication no

UsePAM yes

X11Forwarding yes
PrintMotd no
#PrintLastLog yes
#UseDNS no
#PidFile /run/sshd.pid

#Banner none

AcceptEnv LANG LC_*
`;

const SCRIPT = `#! /bin/sh
### BEGIN INIT INFO
# Provides:		ssh sshd
# Required-Start:	$remote_fs $syslog
# Required-Stop:	$remote_fs $syslog
# Default-Start:	2 3 4 5
# Default-Stop:
# Short-Description:	OpenBSD Secure Shell server
### END INIT INFO

PATH=/sbin:/bin:/usr/sbin:/usr/bin
DAEMON=/usr/sbin/sshd
PIDFILE=/run/sshd.pid
[ -f /etc/default/ssh ] && . /etc/default/ssh

check_config() {
	[ -e /etc/ssh/sshd_not_to_be_run ] || $DAEMON $SSHD_OPTS -t || exit 1
}

case "$1" in
start)
	if [ -e /etc/ssh/sshd_not_to_be_run ]; then
		echo "OpenBSD Secure Shell server not in use (/etc/ssh/sshd_not_to_be_run)."
		exit 0
	fi
	ssh-keygen -A >/dev/null
	check_config
	echo "Starting OpenBSD Secure Shell server: sshd."
	start-stop-daemon --start --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON -- $SSHD_OPTS
	;;
stop)
	echo "Stopping OpenBSD Secure Shell server: sshd."
	start-stop-daemon --stop --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON
	;;
reload|force-reload)
	check_config
	echo "Reloading OpenBSD Secure Shell server's configuration: sshd."
	start-stop-daemon --stop --signal 1 --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON
	;;
restart)
	check_config
	echo "Restarting OpenBSD Secure Shell server: sshd."
	start-stop-daemon --stop --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON
	sleep 1
	start-stop-daemon --start --quiet --oknodo --pidfile $PIDFILE --exec $DAEMON -- $SSHD_OPTS
	;;
status)
	start-stop-daemon --status --pidfile $PIDFILE --exec $DAEMON
	rc=$?
	case $rc in
	0) echo "sshd is running." ;;
	*) echo "sshd is not running." ;;
	esac
	exit $rc
	;;
*)
	echo "Usage: /etc/init.d/ssh {start|stop|reload|force-reload|restart|status}"
	exit 1
	;;
esac
`;

export const sshClientPackage: Package = {
	name: 'openssh-client',
	version: VERSION,
	programs: [
		{ path: '/usr/bin/ssh', main: ssh, size: 1_001_840 },
		{ path: '/usr/bin/ssh-keygen', main: sshKeygen, size: 653_968 }
	],
	files: [{ path: '/etc/ssh/ssh_config', text: CLIENT_CONFIGURATION }]
};

export const sshServerPackage: Package = {
	name: 'openssh-server',
	version: VERSION,
	programs: [{ path: '/usr/sbin/sshd', main: sshd, size: 1_265_432 }],
	files: [
		{ path: '/etc/ssh/sshd_config', text: SERVER_CONFIGURATION },
		{ path: '/etc/ssh/sshd_config.d', directory: true },
		{ path: '/etc/default/ssh', text: '# What /etc/init.d/ssh gives sshd beside its own.\nSSHD_OPTS=\n' },
		{ path: '/etc/init.d/ssh', text: SCRIPT, mode: 0o755 }
	]
};

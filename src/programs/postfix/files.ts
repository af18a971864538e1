/**
 * The files and directories of Debian's postfix package: /etc/postfix, the spool with its owners and modes, the links.
 *
 * The users `postfix` and `postdrop` are the base system's (`world/image.ts`). What post-install makes at the first start
 * (`hold`, `trace`) is not here, as in the package.
 */
import type { PackageFile } from '#kernel/syscalls';

/** What `postfix start` and `postfix check` create when it is missing (postfix-files(5)). */
export const QUEUE_DIRECTORIES: readonly (readonly [
	name: string,
	mode: number,
	owner: 'root' | 'mail_owner',
	group: boolean
])[] = [
	['active', 0o700, 'mail_owner', false],
	['bounce', 0o700, 'mail_owner', false],
	['corrupt', 0o700, 'mail_owner', false],
	['defer', 0o700, 'mail_owner', false],
	['deferred', 0o700, 'mail_owner', false],
	['flush', 0o700, 'mail_owner', false],
	['hold', 0o700, 'mail_owner', false],
	['incoming', 0o700, 'mail_owner', false],
	['private', 0o700, 'mail_owner', false],
	['maildrop', 0o730, 'mail_owner', true],
	['public', 0o710, 'mail_owner', true],
	['pid', 0o755, 'root', false],
	['saved', 0o700, 'mail_owner', false],
	['trace', 0o700, 'mail_owner', false]
];

const NOT_IN_PACKAGE = ['hold', 'trace'];
const SPECIAL_MODES: Readonly<Record<string, number>> = { maildrop: 0o1730, public: 0o2710 };

const MAIN_CF = `# Main configuration of Postfix: "name = value", see "man 5 postconf".
# A line that starts with white space continues the one before.

compatibility_level = 3.6

alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
`;

const MASTER_CF = `# Postfix master process configuration file: one service a line, see "man 5 master".
#
# ==========================================================================
# service type  private unpriv  chroot  wakeup  maxproc command + args
#               (yes)   (yes)   (no)    (never) (100)
# ==========================================================================
smtp      inet  n       -       n       -       -       smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
        -o syslog_name=postfix/$service_name
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
maildrop  unix  -       n       n       -       -       pipe
  flags=DRXhu user=vmail argv=/usr/bin/maildrop -d \${recipient}
uucp      unix  -       n       n       -       -       pipe
  flags=Fqhu user=uucp argv=uux -r -n -z -a$sender - $nexthop!rmail ($recipient)
ifmail    unix  -       n       n       -       -       pipe
  flags=F user=ftn argv=/usr/lib/ifmail/ifmail -r $nexthop ($recipient)
bsmtp     unix  -       n       n       -       -       pipe
  flags=Fq. user=bsmtp argv=/usr/lib/bsmtp/bsmtp -t$nexthop -f$sender $recipient
scalemail-backend unix -       n       n       -       2       pipe
  flags=R user=scalemail argv=/usr/lib/scalemail/bin/scalemail-store \${nexthop} \${user} \${extension}
mailman   unix  -       n       n       -       -       pipe
  flags=FRX user=list argv=/usr/lib/mailman/bin/postfix-to-mailman.py \${nexthop} \${user}
`;

const DYNAMICMAPS_CF = '# dict-type\tso-name (pathname)\tdict-function\tmkmap-function\n';

const INIT_SCRIPT = `#!/bin/sh
# Start or stop Postfix

DAEMON=/usr/sbin/postfix
NAME=Postfix

test -x $DAEMON && test -f /etc/postfix/main.cf || exit 0

running() {
	! /usr/lib/postfix/sbin/master -t 2>/dev/null
}

case "$1" in
start)
	echo "Starting Postfix Mail Transport Agent: postfix."
	running || $DAEMON start
	;;
stop)
	echo "Stopping Postfix Mail Transport Agent: postfix."
	running && $DAEMON stop
	;;
restart)
	$0 stop
	$0 start
	;;
force-reload|reload)
	$DAEMON reload
	;;
status)
	if running; then
		echo "postfix is running."
	else
		echo "postfix is not running."
		exit 3
	fi
	;;
flush|check|abort)
	$DAEMON $1
	;;
*)
	echo "Usage: /etc/init.d/postfix {start|stop|restart|reload|flush|check|abort|force-reload|status}"
	exit 1
	;;
esac
`;

export const FILES: readonly PackageFile[] = [
	{ path: '/etc/postfix', directory: true, mode: 0o755 },
	{ path: '/etc/postfix/dynamicmaps.cf.d', directory: true, mode: 0o755 },
	{ path: '/etc/postfix/postfix-files.d', directory: true, mode: 0o755 },
	{ path: '/etc/postfix/sasl', directory: true, mode: 0o755 },
	{ path: '/etc/postfix/main.cf', text: MAIN_CF },
	{ path: '/etc/postfix/master.cf', text: MASTER_CF },
	{ path: '/etc/postfix/dynamicmaps.cf', text: DYNAMICMAPS_CF },
	{ path: '/etc/aliases', text: 'postmaster:    root\n' },
	{ path: '/etc/init.d/postfix', text: INIT_SCRIPT, mode: 0o755 },
	{ path: '/usr/lib/postfix', directory: true, mode: 0o755 },
	{ path: '/usr/lib/postfix/sbin', directory: true, mode: 0o755 },
	{ path: '/var/lib/postfix', directory: true, mode: 0o755, owner: 'postfix', group: 'postfix' },
	{ path: '/var/spool/postfix', directory: true, mode: 0o755 },
	...QUEUE_DIRECTORIES.filter(([name]) => !NOT_IN_PACKAGE.includes(name)).map(
		([name, mode, owner, group]): PackageFile => ({
			path: `/var/spool/postfix/${name}`,
			directory: true,
			mode: SPECIAL_MODES[name] ?? mode,
			owner: owner === 'root' ? 'root' : 'postfix',
			group: group ? 'postdrop' : 'root'
		})
	)
];

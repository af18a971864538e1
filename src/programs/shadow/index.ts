/** What comes with shadow 4.13, in Debian's two packages: `login` and `passwd`. Both are on every host. */
import type { Package } from '#kernel/syscalls';
import { chage } from './chage';
import { chfn, chsh } from './chsh';
import { gpasswd, groupadd, groupdel, groupmod } from './groups';
import { login } from './login';
import { nologin } from './nologin';
import { chpasswd, passwd } from './passwd';
import { useradd } from './useradd';
import { userdel } from './userdel';
import { usermod } from './usermod';

const VERSION = '1:4.13+dfsg1-1+deb12u1';
const SETUID = 0o4755;

const LOGIN_DEFS = `# /etc/login.defs: settings of the shadow programs, see login.defs(5).

MAIL_DIR        /var/mail
FAILLOG_ENAB    yes
LOG_UNKFAIL_ENAB no
LOG_OK_LOGINS   no
SYSLOG_SU_ENAB  yes
SYSLOG_SG_ENAB  yes
FTMP_FILE       /var/log/btmp
SU_NAME         su
HUSHLOGIN_FILE  .hushlogin
ENV_SUPATH      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV_PATH        PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games
TTYGROUP        tty
TTYPERM         0600
ERASECHAR       0177
KILLCHAR        025
UMASK           022

# ages of passwords, days
PASS_MAX_DAYS   99999
PASS_MIN_DAYS   0
PASS_WARN_AGE   7

# numbers that useradd and groupadd choose from
UID_MIN         1000
UID_MAX         60000
#SYS_UID_MIN    101
#SYS_UID_MAX    999
GID_MIN         1000
GID_MAX         60000
#SYS_GID_MIN    101
#SYS_GID_MAX    999

LOGIN_RETRIES   5
LOGIN_TIMEOUT   60
CHFN_RESTRICT   rwh
DEFAULT_HOME    yes
# everybody has a group of the same name
USERGROUPS_ENAB yes
ENCRYPT_METHOD  SHA512
`;

const USERADD = `# /etc/default/useradd: defaults of useradd(8)
SHELL=/bin/sh
# GROUP=100
# HOME=/home
# SKEL=/etc/skel
# CREATE_MAIL_SPOOL=no
`;

export const loginPackage: Package = {
	name: 'login',
	version: VERSION,
	programs: [
		{ path: '/usr/bin/login', main: login, size: 53_024 },
		{ path: '/usr/sbin/nologin', main: nologin, size: 14_488 }
	],
	files: [
		{ path: '/etc/login.defs', text: LOGIN_DEFS },
		{ path: '/var/log/lastlog', text: '', mode: 0o664, group: 'utmp' }
	]
};

export const passwdPackage: Package = {
	name: 'passwd',
	version: VERSION,
	programs: [
		{ path: '/usr/bin/passwd', main: passwd, mode: SETUID, size: 68_248 },
		{ path: '/usr/sbin/chpasswd', main: chpasswd, size: 59_912 },
		{ path: '/usr/sbin/useradd', main: useradd, size: 159_536 },
		{ path: '/usr/sbin/usermod', main: usermod, size: 147_056 },
		{ path: '/usr/sbin/userdel', main: userdel, size: 113_608 },
		{ path: '/usr/sbin/groupadd', main: groupadd, size: 101_416 },
		{ path: '/usr/sbin/groupdel', main: groupdel, size: 88_936 },
		{ path: '/usr/sbin/groupmod', main: groupmod, size: 101_384 },
		{ path: '/usr/bin/gpasswd', main: gpasswd, mode: SETUID, size: 88_496 },
		{ path: '/usr/bin/chage', main: chage, mode: 0o2755, group: 'shadow', size: 80_376 },
		{ path: '/usr/bin/chsh', main: chsh, mode: SETUID, size: 52_880 },
		{ path: '/usr/bin/chfn', main: chfn, mode: SETUID, size: 62_672 }
	],
	files: [{ path: '/etc/default/useradd', text: USERADD }]
};

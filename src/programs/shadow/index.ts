/** What comes with shadow 4.13, in Debian's two packages: `login` and `passwd`. Both are on every host. */
import type { Package } from '#kernel/syscalls';
import { login } from './login';
import { nologin } from './nologin';
import { chpasswd, passwd } from './passwd';

const VERSION = '1:4.13+dfsg1-1+deb12u1';
const SETUID = 0o4755;

export const loginPackage: Package = {
	name: 'login',
	version: VERSION,
	programs: [
		{ path: '/usr/bin/login', main: login, size: 53_024 },
		{ path: '/usr/sbin/nologin', main: nologin, size: 14_488 }
	],
	files: [{ path: '/var/log/lastlog', text: '', mode: 0o664, group: 'utmp' }]
};

export const passwdPackage: Package = {
	name: 'passwd',
	version: VERSION,
	programs: [
		{ path: '/usr/bin/passwd', main: passwd, mode: SETUID, size: 68_248 },
		{ path: '/usr/sbin/chpasswd', main: chpasswd, size: 59_912 }
	]
};

/**
 * The package inetutils-telnetd, which Debian 12 gives to who asks for telnetd. A line of /etc/inetd.conf starts it:
 *     telnet  stream  tcp  nowait  root  /usr/sbin/tcpd  /usr/sbin/telnetd
 * The older name in.telnetd, under which books and many rules of hosts.allow know it, is a link.
 */
import type { Package } from '#kernel/syscalls';
import { telnetd } from './telnetd';

export const telnetdPackage: Package = {
	name: 'inetutils-telnetd',
	version: '2:2.4-2+deb12u3',
	programs: [{ path: '/usr/sbin/telnetd', main: telnetd, size: 150_536 }],
	files: [
		{ path: '/usr/sbin/in.telnetd', link: 'telnetd' },
		{ path: '/etc/issue.net', text: 'Debian GNU/Linux 12\n' }
	]
};

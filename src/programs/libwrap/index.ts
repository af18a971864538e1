/** The packages tcpd and libwrap0: access control for services by the client's name and address. */
import type { Package } from '#kernel/syscalls';
import { safeFinger } from './safe-finger';
import { tcpd } from './tcpd';
import { tcpdchk } from './tcpdchk';
import { tcpdmatch } from './tcpdmatch';
import { tryFrom } from './try-from';

/** A table without rules. */
function table(name: string, which: string, example: string): string {
	return `# /etc/${name}: clients that ${which}; see hosts_access(5), hosts_options(5).\n#\n# Example: ${example}\n\n`;
}

export const libwrap: Package = {
	name: 'tcpd',
	version: '7.6.q-32',
	programs: [
		{ path: '/usr/sbin/tcpd', main: tcpd, size: 14_576 },
		{ path: '/usr/sbin/tcpdchk', main: tcpdchk, size: 31_088 },
		{ path: '/usr/sbin/tcpdmatch', main: tcpdmatch, size: 22_800 },
		{ path: '/usr/sbin/try-from', main: tryFrom, size: 14_576 },
		{ path: '/usr/sbin/safe_finger', main: safeFinger, size: 14_648 }
	],
	files: [
		{ path: '/etc/hosts.allow', text: table('hosts.allow', 'may come in', 'sshd: .example.org, LOCAL') },
		{
			path: '/etc/hosts.deny',
			text: table('hosts.deny', 'are turned away, unless hosts.allow lets them in', 'ALL: ALL')
		}
	]
};

/** The package procmail 3.22 of Debian 12: set-group-ID mail, for its locks in /var/mail. */
import type { Package } from '#kernel/syscalls';
import { procmail } from './procmail';

export const procmailPackage: Package = {
	name: 'procmail',
	version: '3.22-27',
	programs: [{ path: '/usr/bin/procmail', main: procmail, mode: 0o2755, group: 'mail', size: 101_664 }]
};

/** The package fetchmail 6.4.37 of Debian 12. */
import type { Package } from '#kernel/syscalls';
import { fetchmail } from './fetchmail';

export const fetchmailPackage: Package = {
	name: 'fetchmail',
	version: '6.4.37-1',
	programs: [{ path: '/usr/bin/fetchmail', main: fetchmail, size: 222_000 }]
};

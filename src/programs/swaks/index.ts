/** The package swaks: an SMTP tester, for probing a mail server up to a given verb. */
import type { Package } from '#kernel/syscalls';
import { swaks as main } from './swaks';
import { VERSION } from './message';

export const swaks: Package = {
	name: 'swaks',
	version: `${VERSION}-2`,
	programs: [{ path: '/usr/bin/swaks', main, size: 143_522 }]
};

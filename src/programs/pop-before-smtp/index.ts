/** The package pop-before-smtp 1.41, as Debian had it. */
import type { Package } from '#kernel/syscalls';
import { popBeforeSmtp } from './pop-before-smtp';

export const popBeforeSmtpPackage: Package = {
	name: 'pop-before-smtp',
	version: '1.41-7',
	programs: [{ path: '/usr/sbin/pop-before-smtp', main: popBeforeSmtp, size: 22_000 }],
	files: [{ path: '/var/lib/pop-before-smtp', directory: true, mode: 0o755 }]
};

/** The package inetutils-ftp: the FTP client, by the name ftp as Debian's alternatives make it, and as pftp. */
import type { Package } from '#kernel/syscalls';
import { ftp } from './ftp';

export const ftpPackage: Package = {
	name: 'inetutils-ftp',
	version: '2:2.4-2+deb12u3',
	programs: [{ path: '/usr/bin/inetutils-ftp', main: ftp, size: 136_008 }],
	files: [{ path: '/usr/bin/ftp', link: 'inetutils-ftp' }]
};

/** The package mawk, Debian's awk. */
import type { Package } from '#kernel/syscalls';
import { awk } from './awk';

export const mawk: Package = {
	name: 'mawk',
	version: '1.3.4.20200120-3.1',
	// the names are there even where only programs are installed; with the files they are the links that Debian has
	programs: ['mawk', 'awk', 'nawk'].map((name) => ({ path: `/usr/bin/${name}`, main: awk, size: 158_376 })),
	files: [
		{ path: '/usr/bin/awk', link: '/etc/alternatives/awk' },
		{ path: '/etc/alternatives/awk', link: '/usr/bin/mawk' },
		{ path: '/usr/bin/nawk', link: '/etc/alternatives/nawk' },
		{ path: '/etc/alternatives/nawk', link: '/usr/bin/mawk' }
	]
};

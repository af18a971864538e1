/**
 * The package postfix 3.7.11-0+deb12u1: programs at Debian's paths, and the files of `files.ts`.
 */
import type { Package, Program } from '#kernel/syscalls';
import { DAEMONS } from './daemons';
import { FILES } from './files';
import { newaliases, postalias } from './postalias';
import { postconf } from './postconf/index';
import { postfix as postfixCommand } from './postfix';
import { postfixScript } from './postfix-script';
import { postlog } from './postlog';
import { postmap } from './postmap';
import { postmulti } from './postmulti';

const COMMANDS: readonly Program[] = [
	{ path: '/usr/sbin/postconf', main: postconf, size: 196_328 },
	{ path: '/usr/sbin/postmap', main: postmap, size: 22_760 },
	{ path: '/usr/sbin/postalias', main: postalias, size: 22_760 },
	{ path: '/usr/bin/newaliases', main: newaliases, size: 31_112 },
	{ path: '/usr/sbin/postfix', main: postfixCommand, size: 18_744 },
	{ path: '/usr/sbin/postlog', main: postlog, size: 14_728 },
	{ path: '/usr/sbin/postmulti', main: postmulti, size: 31_352 },
	{ path: '/usr/lib/postfix/sbin/postfix-script', main: postfixScript, size: 11_031 }
];

export const postfix: Package = {
	name: 'postfix',
	version: '3.7.11-0+deb12u1',
	programs: [...COMMANDS, ...DAEMONS],
	files: FILES
};

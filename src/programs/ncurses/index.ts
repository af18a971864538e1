/** Programs for the terminal that come with ncurses 6.4, and watch. */
import type { Package } from '#kernel/syscalls';
import { clear, reset } from './clear';
import { watch } from './watch';

export const ncurses: Package = {
	name: 'ncurses-bin',
	version: '6.4-4',
	programs: [
		{ path: '/usr/bin/clear', main: clear, size: 14_656 },
		{ path: '/usr/bin/tset', main: reset, size: 26_928 },
		{ path: '/usr/bin/watch', main: watch, size: 27_760 }
	],
	files: [{ path: '/usr/bin/reset', link: 'tset' }]
};

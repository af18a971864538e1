/**
 * halt, poweroff, reboot (sysvinit's halt(8)) and runlevel(8).
 *
 * Not simulated: shutdown's warnings and delay, and the K scripts: the machine goes down at once, as `reboot -f` does.
 */
import type { Main } from '#kernel/syscalls';
import { print, printError } from '../libc/stdio';
import { getcred, reboot } from '../libc/unistd';

const HOW = { halt: 'halt', poweroff: 'poweroff', reboot: 'restart' } as const;

export const halt: Main = function* (argv) {
	const name = argv[0]!.split('/').at(-1)!;
	if ((yield* getcred()).euid !== 0) {
		yield* printError(`${name}: must be superuser.\n`);
		return 1;
	}
	yield* reboot(HOW[name as keyof typeof HOW] ?? 'halt');
	return 0;
};

export const runlevel: Main = function* () {
	yield* print('N 2\n');
	return 0;
};

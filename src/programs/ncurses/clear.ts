/** clear(1) and reset(1) of ncurses 6.4, for a terminal like xterm. */
import { Errno, type Main } from '#kernel/syscalls';
import { print, printError, STDERR } from '../libc/stdio';
import { tcsetattr } from '../libc/unistd';

/** home, screen, scroll-back */
const CLEAR = '\x1b[H\x1b[2J\x1b[3J';
const RESET = '\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>';

export const clear: Main = function* (argv, env) {
	if ((env.get('TERM') ?? '') === '') {
		yield* printError(env.has('TERM') ? "'': unknown terminal type.\n" : 'TERM environment variable not set.\n');
		return 1;
	}
	yield* print(argv.includes('-x') ? '\x1b[H\x1b[2J' : CLEAR);
	return 0;
};

export const reset: Main = function* () {
	try {
		yield* tcsetattr(STDERR, { canonical: true, echo: true, signals: true, crToNl: true, nlToCrnl: true });
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError('reset: terminal attributes: No such device or address\n\n');
		return 1;
	}
	yield* print(RESET);
	return 0;
};

/**
 * A question whose answer is not shown (misc_conv(3) of PAM): the terminal's echo is off while it is typed.
 *
 * Ctrl-C gives the terminal back as it was and ends the program by the signal.
 */
import { Errno, SIGNAL, type Sys, type Termios } from '#kernel/syscalls';
import { LineReader, printError, STDIN } from '../libc/stdio';
import { decode } from '../libc/text';
import { getpid, kill, signal, tcgetattr, tcsetattr } from '../libc/unistd';

/** @returns the answer without its newline; empty at the end of input */
export function* readPassword(prompt: string): Sys<string> {
	let before: Termios | undefined;
	try {
		before = yield* tcgetattr(STDIN);
		yield* tcsetattr(STDIN, { echo: false });
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	yield* printError(prompt);
	yield* signal(SIGNAL.SIGINT, 'catch');
	let answer: string | null = null;
	try {
		const line = yield* new LineReader(STDIN).line();
		answer = line === null ? '' : decode(line).replace(/\n$/, '');
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	if (before) {
		yield* tcsetattr(STDIN, { echo: before.echo });
		yield* printError('\n');
	}
	yield* signal(SIGNAL.SIGINT, 'default');
	if (answer === null) yield* kill(yield* getpid(), SIGNAL.SIGINT);
	return answer ?? '';
}

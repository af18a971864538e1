/**
 * Questions of PAM (misc_conv(3)) on standard error, answers from standard input: the terminal's echo is off while a
 * password is typed.
 *
 * Ctrl-C gives the terminal back as it was and ends the program by the signal, unless the program ignores it.
 */
import { Errno, SIGNAL, type Sys, type Termios } from '#kernel/syscalls';
import { printError, STDIN } from './stdio';
import { decode } from './text';
import { getpid, kill, read, signal, tcgetattr, tcsetattr } from './unistd';

/** bytes of an answer */
const LIMIT = 512;

/** A line without its newline, read byte by byte so that what follows is left for others; null at the end of input. */
export function* readAnswer(fd = STDIN): Sys<string | null> {
	const bytes: number[] = [];
	for (;;) {
		const [byte] = yield* read(fd, 1);
		if (byte === undefined) return bytes.length === 0 ? null : decode(Uint8Array.from(bytes));
		if (byte === 10) return decode(Uint8Array.from(bytes));
		if (bytes.length < LIMIT) bytes.push(byte);
	}
}

/** @returns the answer, null at the end of input */
export function* readPassword(prompt: string): Sys<string | null> {
	let before: Termios | undefined;
	try {
		before = yield* tcgetattr(STDIN);
		yield* tcsetattr(STDIN, { echo: false });
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	yield* printError(prompt);
	const disposition = yield* signal(SIGNAL.SIGINT, 'catch');
	if (disposition === 'ignore') yield* signal(SIGNAL.SIGINT, 'ignore');
	let answer: string | null = null;
	let interrupted = false;
	try {
		answer = yield* readAnswer();
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		interrupted = thrown.code === 'EINTR';
	}
	if (before) yield* tcsetattr(STDIN, { echo: before.echo });
	yield* signal(SIGNAL.SIGINT, disposition);
	if (interrupted) yield* kill(yield* getpid(), SIGNAL.SIGINT);
	if (before) yield* printError('\n');
	return answer;
}

/** Questions of ssh: on the terminal itself (/dev/tty), whatever standard input is (readpassphrase(3)). */
import { Errno, O, SIGNAL, type Sys } from '#kernel/syscalls';
import { readAnswer } from '../libc/getpass';
import { errnoOf } from '../libc/strerror';
import { encode } from '../libc/text';
import { close, getpid, kill, open, signal, tcgetattr, tcsetattr, write } from '../libc/unistd';

/** @returns null when there is no terminal */
export function* ask(question: string, echo: boolean): Sys<string | null> {
	let fd: number;
	try {
		fd = yield* open('/dev/tty', O.RDWR);
	} catch (thrown) {
		errnoOf(thrown);
		return null;
	}
	const before = yield* tcgetattr(fd);
	yield* tcsetattr(fd, { echo });
	yield* write(fd, encode(question));
	yield* signal(SIGNAL.SIGINT, 'catch');
	let answer: string | null = null;
	let interrupted = false;
	try {
		answer = yield* readAnswer(fd);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		interrupted = true;
	}
	yield* tcsetattr(fd, { echo: before.echo });
	if (!echo) yield* write(fd, encode('\n'));
	yield* close(fd);
	yield* signal(SIGNAL.SIGINT, 'default');
	if (interrupted) yield* kill(yield* getpid(), SIGNAL.SIGINT);
	return answer ?? '';
}

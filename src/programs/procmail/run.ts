/** A program that procmail(1) feeds with a mail, and what it says. */
import { Errno, O, SIGNAL, type Sys } from '#kernel/syscalls';
import { decode, encode } from '../libc/text';
import { exitStatus } from '../libc/spawn';
import { close, dup2, exec, fork, pipe, poll, read, setfl, signal, wait, write } from '../libc/unistd';

const OUTPUT_KEPT = 1 << 20;

/**
 * Runs a program by its path or by PATH with a text on its standard input.
 * @param said takes what it says, when nobody else wants it
 */
export function* feed(
	argv: readonly string[],
	text: string,
	env: ReadonlyMap<string, string>,
	said?: (output: string) => Sys<void>
): Sys<{ status: number; output: string }> {
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	const [inRead, inWrite] = yield* pipe();
	const [outRead, outWrite] = yield* pipe();
	const child = yield* fork(function* () {
		yield* signal(SIGNAL.SIGPIPE, 'default');
		yield* dup2(inRead, 0);
		yield* dup2(outWrite, 1);
		yield* dup2(outWrite, 2);
		for (const fd of [inRead, inWrite, outRead, outWrite]) yield* close(fd);
		return yield* start(argv, env);
	});
	yield* close(inRead);
	yield* close(outWrite);
	yield* setfl(inWrite, O.NONBLOCK | O.WRONLY);
	const bytes = encode(text);
	let at = 0;
	let feeding = true;
	let output = '';
	for (;;) {
		if (feeding && at >= bytes.length) {
			feeding = false;
			yield* close(inWrite);
		}
		const ready = yield* poll([{ fd: outRead, read: true }, ...(feeding ? [{ fd: inWrite, write: true }] : [])], -1);
		if (ready.some(({ fd }) => fd === outRead)) {
			const part = yield* read(outRead, 4096);
			if (part.length === 0) break;
			if (output.length < OUTPUT_KEPT) output += decode(part);
		} else if (feeding)
			try {
				at += yield* write(inWrite, bytes.subarray(at, at + 4096));
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code !== 'EAGAIN') at = bytes.length;
			}
	}
	if (feeding) yield* close(inWrite);
	yield* close(outRead);
	const status = yield* wait(child);
	if (said && output !== '') yield* said(output);
	return { status: status === null ? 0 : exitStatus(status), output };
}

function* start(argv: readonly string[], env: ReadonlyMap<string, string>): Sys<number> {
	const [name = ''] = argv;
	const places = name.includes('/')
		? [name]
		: (env.get('PATH') ?? '/usr/bin:/bin').split(':').map((place) => `${place}/${name}`);
	for (const path of places)
		try {
			yield* exec(path, argv, env);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	/* what is no program is a script for the shell, which says what is wrong with it */
	try {
		return yield* exec('/bin/sh', ['/bin/sh', ...argv], env);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return 127;
	}
}

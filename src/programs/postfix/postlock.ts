/**
 * postlock(1): runs a command while a mailbox file is locked, as the delivery agents lock it.
 *
 * Not simulated: `-l` and the dotlock beside the file; flock(2) alone holds others off.
 */
import { Errno, O, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { exitStatus, spawn } from '../libc/spawn';
import { strerror } from '../libc/strerror';
import { close, flock, open, stat, wait } from '../libc/unistd';
import { CONFIG_DIRECTORY, openConfig } from './config';
import { EX, Fatal, Messages } from './errors';

const USAGE = 'usage: postlock [-c config_dir] [-l lock_style] [-v] folder command...';

function* find(name: string, path: string): Sys<string> {
	if (name.includes('/')) return name;
	for (const directory of path.split(':')) {
		try {
			yield* stat(`${directory}/${name}`);
			return `${directory}/${name}`;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	throw new Fatal(`execvp ${name}: No such file or directory`);
}

export const postlock: Main = function* (argv, env) {
	const messages = yield* Messages.ofCommand('postlock');
	return yield* messages.guard(function* () {
		let parsed;
		try {
			parsed = getopt(argv, new OptionTable(['c=', 'l=', 'v']), { posix: true });
		} catch (thrown) {
			if (!(thrown instanceof UsageError)) throw thrown;
			yield* messages.plain(thrown.message);
			throw new Fatal(USAGE, EX.TEMPFAIL);
		}
		const [folder, ...command] = parsed.operands;
		if (folder === undefined || command.length === 0) throw new Fatal(USAGE, EX.TEMPFAIL);
		yield* openConfig('postlock', messages, { directory: parsed.get('c') ?? CONFIG_DIRECTORY });
		let fd: number;
		try {
			fd = yield* open(folder, O.RDWR | O.CREAT | O.APPEND, 0o600);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			throw new Fatal(`lock ${folder}: ${strerror(thrown)}`, EX.TEMPFAIL);
		}
		yield* flock(fd, 'exclusive');
		const pid = yield* spawn(yield* find(command[0]!, env.get('PATH') ?? '/bin:/usr/bin'), command, env);
		const status = yield* wait(pid);
		yield* close(fd);
		return status === null ? 0 : exitStatus(status);
	});
};

/**
 * dmesg(1) of util-linux 2.38: the kernel's messages. -T writes the time of day, -t none, -C clears, -w is not simulated.
 *
 * Reads the log through its system call (klogctl); with kernel.dmesg_restrict = 1, as Debian has it, only root may.
 */
import { Errno, type Main } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { print, printError } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { getcred, klog, time, uptime } from '../libc/unistd';

const OPTIONS = new OptionTable([
	'T|ctime',
	't|notime',
	'H|human',
	'P|nopager',
	'k|kernel',
	'u|userspace',
	'x|decode',
	'l|level=',
	'f|facility=',
	'L|color=?',
	'V|version',
	'h|help',
	'r|raw'
]);

export const dmesg: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`dmesg: ${thrown.message}\nTry 'dmesg --help' for more information.\n`);
		return 1;
	}
	if (parsed.has('version')) {
		yield* print('dmesg from util-linux 2.38.1\n');
		return 0;
	}
	if ((yield* getcred()).euid !== 0) {
		yield* printError('dmesg: read kernel buffer failed: Operation not permitted\n');
		return 1;
	}
	let lines: readonly string[];
	try {
		lines = yield* klog();
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		lines = [];
	}
	const boot = (yield* time()) - (yield* uptime());
	const stamp = /^\[ *(\d+\.\d+)\] /;
	let text = '';
	for (const line of lines) {
		const seconds = Number(stamp.exec(line)?.[1] ?? 0);
		if (parsed.has('notime')) text += line.replace(stamp, '');
		else if (parsed.has('ctime'))
			text += line.replace(stamp, `[${strftime('%a %b %e %H:%M:%S %Y', breakDown(boot + seconds * 1e6))}] `);
		else text += line;
		text += '\n';
	}
	yield* print(text);
	return 0;
};

/**
 * dmesg(1) of util-linux 2.38: the kernel's messages. -T writes the time of day, -t none; -c clears them when they are
 * printed, -C at once.
 *
 * Reads the log through its system call (klogctl); with kernel.dmesg_restrict = 1, as Debian has it, only root may.
 * Not simulated: -w, -S, the console's level (-n, -D, -E).
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
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
	'r|raw',
	'C|clear',
	'c|read-clear'
]);
const EXCLUSIVE = ['clear', 'console-off', 'console-on', 'read-clear', 'console-level', 'raw'];
const TRY = "Try 'dmesg --help' for more information.\n";

export const dmesg: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`dmesg: ${thrown.message}\n${TRY}`);
		return 1;
	}
	const fail = function* (text: string): Sys<number> {
		yield* printError(`dmesg: ${text}\n`);
		return 1;
	};
	if (['clear', 'read-clear', 'raw'].filter((name) => parsed.has(name)).length > 1)
		return yield* fail(`mutually exclusive arguments: ${EXCLUSIVE.map((name) => `--${name}`).join(' ')}`);
	if (parsed.has('version')) {
		yield* print('dmesg from util-linux 2.38.1\n');
		return 0;
	}
	if (parsed.operands.length > 0) return yield* fail(`bad usage\n${TRY.trimEnd()}`);
	const clear = parsed.has('clear');
	if ((yield* getcred()).euid !== 0)
		return yield* fail(`${clear ? 'clear' : 'read'} kernel buffer failed: Operation not permitted`);
	let lines: readonly string[];
	try {
		lines = yield* klog(clear || parsed.has('read-clear'));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		lines = [];
	}
	if (clear) return 0;
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

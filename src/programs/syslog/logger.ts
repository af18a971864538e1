/**
 * logger(1) of util-linux: a message for the system log from a command line or standard input.
 *
 * Not simulated: other servers and protocols (-n, -T, -d), structured data.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { getpwuid } from '../libc/passwd';
import { printError, readAll, readText, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { FACILITIES, type Facility, PRIORITIES, type Priority, Log } from '../libc/syslog';
import { decode } from '../libc/text';
import { getcred, getpid } from '../libc/unistd';

const OPTIONS = new OptionTable([
	'p|priority=',
	't|tag=',
	'i',
	'id=?',
	's|stderr',
	'f|file=',
	'e|skip-empty',
	'd|udp',
	'T|tcp'
]);
const ALIASES: Readonly<Record<string, string>> = { warn: 'warning', error: 'err', panic: 'emerg', security: 'auth' };
const known = (name: string): string => ALIASES[name] ?? name;

export const logger: Main = function* (argv) {
	try {
		const options = getopt(argv, OPTIONS, { posix: true });
		const [facility, priority] = selector(options.get('priority') ?? 'user.notice');
		const pid = options.has('i') || options.has('id');
		const ident = options.get('tag') ?? (yield* loginName());
		const log = new Log({ ident, facility, pid });
		const lines = options.operands.length > 0 ? [options.operands.join(' ')] : yield* inputLines(options.get('file'));
		for (const line of lines) {
			if (line === '' && options.has('skip-empty')) continue;
			yield* log.write(priority, line);
			if (options.has('stderr')) yield* printError(`${ident}${pid ? `[${yield* getpid()}]` : ''}: ${line}\n`);
		}
		return 0;
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		const hint = thrown.message.startsWith('unknown') ? '' : "\nTry 'logger --help' for more information.";
		yield* printError(`logger: ${thrown.message}${hint}\n`);
		return 1;
	}
};

function selector(text: string): [Facility, Priority] {
	const [first, second] = text.includes('.') ? text.split('.', 2) : ['user', text];
	if (!(known(first!) in FACILITIES)) throw new UsageError(`unknown facility name: ${text}`);
	if (!(known(second!) in PRIORITIES)) throw new UsageError(`unknown priority name: ${text}`);
	return [known(first!) as Facility, known(second!) as Priority];
}

function* loginName(): Sys<string> {
	const { uid } = yield* getcred();
	return (yield* getpwuid(uid))?.name ?? String(uid);
}

function* inputLines(file: string | undefined): Sys<string[]> {
	try {
		const text = file === undefined || file === '-' ? decode(yield* readAll(STDIN)) : yield* readText(file);
		return text.replace(/\n$/, '').split('\n');
	} catch (thrown) {
		throw new UsageError(`file ${file}: ${strerror(errnoOf(thrown))}`);
	}
}

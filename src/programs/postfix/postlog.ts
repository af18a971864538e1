/**
 * postlog(1): one line for the log from a script, also to standard error when that is a terminal.
 *
 * Not simulated: `-i` (the number is always there, as syslogd shows it), locks.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { LineReader } from '../libc/stdio';
import { decode } from '../libc/text';
import { CONFIG_DIRECTORY, openConfig, readMainCf } from './config';
import { Fatal, Messages, type Level } from './errors';

const LEVELS: Readonly<Record<string, Level>> = {
	info: 'info',
	warn: 'warning',
	warning: 'warning',
	error: 'error',
	err: 'error',
	fatal: 'fatal',
	crit: 'fatal',
	panic: 'panic'
};

const USAGE = 'usage: postlog [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]';

/**
 * What a script of Postfix logs; the program reads main.cf first, and complains in its own name.
 * @param tag in front of every line, also on the terminal @param directory of main.cf
 */
export function* log(tag: string, level: Level, text: string, directory = CONFIG_DIRECTORY): Sys<void> {
	const own = yield* Messages.ofCommand('postfix/postlog');
	own.tag = 'postfix/postlog';
	yield* readMainCf(directory, own);
	const messages = yield* Messages.ofCommand(tag);
	messages.tag = tag;
	yield* messages.say(level, text);
}

export const postlog: Main = function* (argv, env) {
	const name = argv[0]!.replace(/^.*\/(?=.)/, '');
	const messages = yield* Messages.ofCommand(name);
	return yield* messages.guard(function* () {
		let parsed;
		try {
			parsed = getopt(argv, new OptionTable(['c=', 'i', 'p=', 't=', 'v']), { posix: true });
		} catch (thrown) {
			if (!(thrown instanceof UsageError)) throw thrown;
			yield* messages.plain(thrown.message);
			messages.program = `postfix/${name}`;
			throw new Fatal(USAGE);
		}
		const config = yield* openConfig(name, messages, {
			directory: parsed.get('c') ?? env.get('MAIL_CONFIG') ?? CONFIG_DIRECTORY
		});
		const tag = parsed.get('t') ?? `${config.text('syslog_name')}/${name}`;
		const level = LEVELS[(parsed.get('p') ?? 'info').toLowerCase()];
		messages.program = messages.tag = tag;
		if (!level) throw new Fatal(`bad severity: "${parsed.get('p')}"`);
		if (parsed.operands.length > 0) {
			yield* messages.say(level, parsed.operands.join(' '));
			return 0;
		}
		const reader = new LineReader(0);
		for (let line = yield* reader.line(); line !== null; line = yield* reader.line())
			yield* messages.say(level, decode(line).replace(/\n$/, ''));
		return 0;
	});
};

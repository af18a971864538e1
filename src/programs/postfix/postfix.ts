/**
 * postfix(1): checks main.cf, exports it to the environment, and hands over to postfix-script.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { strerror } from '../libc/strerror';
import { chdir, exec, getcred } from '../libc/unistd';
import { LAST_COMPATIBILITY_LEVEL, parseLevel } from './compatibility';
import { CONFIG_DIRECTORY, openConfig, type Config } from './config';
import { Fatal, Messages } from './errors';

/** What the scripts find in their environment. */
const EXPORTED = [
	'command_directory',
	'daemon_directory',
	'data_directory',
	'meta_directory',
	'queue_directory',
	'config_directory',
	'shlib_directory',
	'mail_owner',
	'setgid_group',
	'sendmail_path',
	'mailq_path',
	'newaliases_path',
	'manpage_directory',
	'sample_directory',
	'readme_directory',
	'html_directory'
];

export const postfix: Main = function* (argv, env) {
	const messages = yield* Messages.ofCommand(argv[0]!.replace(/^.*\/(?=.)/, ''));
	messages.tag = 'postfix';
	return yield* messages.guard(function* () {
		if ((yield* getcred()).uid !== 0) {
			yield* messages.error('to submit mail, use the Postfix sendmail command');
			throw new Fatal('the postfix command is reserved for the superuser');
		}
		const { rest, directory } = yield* options(argv, env, messages);
		const config = yield* openConfig('postfix', messages, { directory });
		yield* warnOfLevel(config, messages);
		const exported = new Map(env);
		for (const name of EXPORTED) exported.set(name, config.text(name));
		exported.set('MAIL_CONFIG', directory);
		exported.set('MAIL_LOGTAG', config.text('syslog_name'));
		exported.set('PATH', '/bin:/usr/bin:/sbin:/usr/sbin');
		for (const name of ['command_directory', 'daemon_directory', 'queue_directory']) yield* enter(config.text(name));
		return yield* exec(`${config.text('daemon_directory')}/postfix-script`, ['postfix-script', ...rest], exported);
	});
};

function* options(
	argv: readonly string[],
	env: ReadonlyMap<string, string>,
	messages: Messages
): Sys<{ rest: readonly string[]; directory: string }> {
	let directory = env.get('MAIL_CONFIG') ?? CONFIG_DIRECTORY;
	let at = 1;
	for (; at < argv.length && /^-./.test(argv[at]!); at++) {
		const word = argv[at]!;
		if (word === '--') {
			at++;
			break;
		}
		for (let i = 1; i < word.length; i++) {
			const letter = word[i]!;
			if (letter === 'c') {
				const value = word.slice(i + 1) || argv[++at];
				if (value === undefined) {
					yield* messages.plain("option requires an argument -- 'c'");
					throw new Fatal(`usage: ${messages.program} [-c config_dir] [-Dv] command`);
				}
				if (!value.startsWith('/')) throw new Fatal('-c requires absolute pathname');
				directory = value;
				break;
			}
			if (letter === 'D' || letter === 'v') continue;
			yield* messages.plain(`invalid option -- '${letter}'`);
			throw new Fatal(`usage: ${messages.program} [-c config_dir] [-Dv] command`);
		}
	}
	return { rest: argv.slice(at), directory };
}

function* warnOfLevel(config: Config, messages: Messages): Sys<void> {
	if (config.compatibilityLevel >= Number(parseLevel(LAST_COMPATIBILITY_LEVEL))) return;
	yield* messages.info('Postfix is using backwards-compatible default settings');
	yield* messages.info('See http://www.postfix.org/COMPATIBILITY_README.html for details');
	yield* messages.info(
		`To disable backwards compatibility use "postconf compatibility_level=${LAST_COMPATIBILITY_LEVEL}" and "postfix reload"`
	);
}

function* enter(directory: string): Sys<void> {
	try {
		yield* chdir(directory);
	} catch (thrown) {
		if (thrown instanceof Errno) throw new Fatal(`chdir(${directory}): ${strerror(thrown)}`);
		throw thrown;
	}
}

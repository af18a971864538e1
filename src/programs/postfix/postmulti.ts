/**
 * postmulti(1): lists the instances of Postfix and runs commands for them.
 *
 * Not simulated: more than the one default instance (`-e create`, `-e import` …).
 */
import type { Main } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { run } from '../libc/spawn';
import { print } from '../libc/stdio';
import { getcred, exec } from '../libc/unistd';
import { CONFIG_DIRECTORY, openConfig } from './config';
import { Fatal, Messages } from './errors';

const TABLE = new OptionTable(['a', 'e=', 'g=', 'i=', 'G=', 'I=', 'l', 'p', 'R', 'v', 'x']);
const USAGE = `usage:
postmulti -l [-v] [-a] [-g group] [-i instance]
postmulti -p [-v] [-a] [-g group] [-i instance] command...
postmulti -x [-v] [-a] [-i name] [-g group] command...
postmulti -e action [-v] [-a] [-g group] [-i instance] [-G group] [-I instance] [param=value ...]`;

export const postmulti: Main = function* (argv, env) {
	const messages = Messages.toStderr(argv[0]!.replace(/^.*\/(?=.)/, ''));
	return yield* messages.guard(function* () {
		let parsed;
		try {
			parsed = getopt(argv, TABLE, { posix: true });
		} catch (thrown) {
			if (!(thrown instanceof UsageError)) throw thrown;
			yield* messages.plain(thrown.message);
			throw new Fatal(USAGE);
		}
		const config = yield* openConfig('postmulti', messages, { directory: CONFIG_DIRECTORY });
		const instance = parsed.get('i');
		const name = config.text('multi_instance_name') || '-';
		const group = config.text('multi_instance_group') || '-';
		const wanted = (instance === undefined || instance === name) && [undefined, group].includes(parsed.get('g'));
		if (parsed.has('l')) {
			if (!wanted) return 0;
			yield* print(`${name.padEnd(15)} ${group.padEnd(15)} ${'y'.padEnd(9)} ${CONFIG_DIRECTORY}\n`);
			return 0;
		}
		if (parsed.get('e') === 'init') return 0;
		if (parsed.has('e')) throw new Fatal('multi-instance support is not enabled');
		if (!wanted && (parsed.has('p') || parsed.has('x'))) throw new Fatal('no matching instances');
		if (!['e', 'p', 'x'].some((name) => parsed.has(name)))
			throw new Fatal("Specify exactly one of '-e', '-l', '-p', '-x'");
		const [command, ...rest] = parsed.operands;
		if (command === undefined || !(parsed.has('p') || parsed.has('x'))) throw new Fatal(USAGE);
		if (parsed.has('p')) {
			if ((yield* getcred()).uid !== 0) throw new Fatal('-p option requires superuser privileges');
			return yield* run(`${config.text('command_directory')}/postfix`, ['postfix', command, ...rest], env);
		}
		return yield* exec('/usr/bin/env', ['env', command, ...rest], new Map([...env, ['MAIL_CONFIG', CONFIG_DIRECTORY]]));
	});
};

/**
 * service(8): runs /etc/init.d/NAME with the rest of the command line, in a clean environment and from /.
 * `--status-all` asks each script for its status.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { print, printError } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { run } from '../libc/spawn';
import { access, chdir, exec, fork, open, dup2, readdir, wait } from '../libc/unistd';
import { exitStatus } from '../libc/spawn';
import { O } from '#kernel/syscalls';

const USAGE = 'Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]';
const KEPT = ['LANG', 'LANGUAGE', 'LC_CTYPE', 'PATH', 'TERM'];

export const service: Main = function* (argv, env) {
	const [, name, command, ...rest] = argv;
	if (name === undefined || name === '-h' || name === '--help') {
		yield* print(`${USAGE}\n`);
		return name === undefined ? 1 : 0;
	}
	if (name === '--version') {
		yield* print('service ver. 1.65.2\n');
		return 0;
	}
	const clean = new Map([...env].filter(([key]) => KEPT.includes(key)));
	yield* chdir('/');
	if (name === '--status-all') return yield* statusOfAll(clean);
	const script = `/etc/init.d/${name}`;
	try {
		yield* access(script, { execute: true });
	} catch (thrown) {
		errnoOf(thrown);
		yield* printError(`${name}: unrecognized service\n`);
		return 1;
	}
	if (command === '--full-restart') {
		yield* run(script, [script, 'stop'], clean);
		return yield* exec(script, [script, 'start'], clean);
	}
	return yield* exec(script, [script, ...(command === undefined ? [] : [command]), ...rest], clean);
};

function* statusOfAll(env: ReadonlyMap<string, string>): Sys<number> {
	const names = (yield* readdir('/etc/init.d')).map((entry) => entry.name).sort();
	for (const name of names) {
		const script = `/etc/init.d/${name}`;
		const pid = yield* fork(function* () {
			const nowhere = yield* open('/dev/null', O.RDWR);
			for (const fd of [0, 1, 2]) yield* dup2(nowhere, fd);
			return yield* exec(script, [script, 'status'], env);
		});
		const status = yield* wait(pid);
		yield* print(` [ ${status !== null && exitStatus(status) === 0 ? '+' : '-'} ]  ${name}\n`);
	}
	return 0;
}

/**
 * fuser(1) of psmisc 23.6 for ports: `fuser [-v] [-k] [-n tcp|udp] PORT…` and `PORT/tcp`. The names go to standard error, the
 * pids to standard output.
 *
 * Not simulated: files and mounts, -m, -i, signals other than KILL; several processes that hold one socket.
 */
import { SIGNAL, type Main } from '#kernel/syscalls';
import { getservbyname } from '../libc/netdb';
import { getpwuid } from '../libc/passwd';
import { print, printError } from '../libc/stdio';
import { kill, sockets } from '../libc/unistd';

const NAME = 20;
const HEADER = '                     USER        PID ACCESS COMMAND\n';

export const fuser: Main = function* (argv) {
	const words = argv.slice(1);
	let space: string | undefined;
	const flags = new Set<string>();
	const names: string[] = [];
	while (words.length > 0) {
		const word = words.shift()!;
		const [, letters, value] = /^-([vks]*)(?:n(.*))?$/.exec(word) ?? [];
		if (letters === undefined) names.push(word);
		else {
			for (const letter of letters) flags.add(letter);
			if (value !== undefined) space = value || words.shift();
		}
	}
	if (names.length === 0) {
		yield* printError('No process specification given\n');
		return 1;
	}
	const all = yield* sockets();
	let found = 0;
	for (const name of names) {
		const [port = '', protocol = space] = name.split('/');
		if (protocol !== 'tcp' && protocol !== 'udp') {
			yield* printError(`Specified filename ${name} does not exist.\n`);
			continue;
		}
		const number = /^\d+$/.test(port) ? Number(port) : (yield* getservbyname(port, protocol))?.port;
		const holders = all
			.filter(
				(row) => row.protocol === protocol && row.local.family === 'inet' && row.local.port === number && row.owner
			)
			.map(({ owner, uid }) => ({ ...owner!, uid }))
			.filter((one, index, list) => list.findIndex(({ pid }) => pid === one.pid) === index);
		if (holders.length === 0) continue;
		if (flags.has('v') && found === 0) yield* printError(HEADER);
		found += holders.length;
		yield* printError(`${port}/${protocol}:`.padEnd(NAME));
		for (const [index, { pid, name: command, uid }] of holders.entries()) {
			const user = (yield* getpwuid(uid))?.name ?? String(uid);
			if (flags.has('v')) yield* printError(`${index > 0 ? ' '.repeat(NAME) : ''} ${user.padEnd(8)}`);
			yield* print(flags.has('v') ? String(pid).padStart(7) : ` ${String(pid).padStart(5)}`);
			if (flags.has('v')) yield* printError(` F.... ${command}\n`);
			if (flags.has('k')) yield* kill(pid, SIGNAL.SIGKILL);
		}
		if (!flags.has('v')) yield* printError('\n');
	}
	return found > 0 ? 0 : 1;
};

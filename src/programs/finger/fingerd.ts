/**
 * in.fingerd(8) of bsd-finger 0.17: reads one line from a connection and becomes finger(1) with its words.
 *
 *     in.fingerd [-wulf] [-p finger] [-t seconds]
 *
 * Trusts: nobody. Questions for other hosts (`user@host`) are refused without -f; it runs as nobody.
 */
import { Errno, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { gethostbyname } from '../libc/netdb';
import { getgrouplist, getpwnam } from '../libc/passwd';
import { run } from '../libc/spawn';
import { print, printError, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { Log } from '../libc/syslog';
import { decode } from '../libc/text';
import { alarm, exec, getcred, getpeername, read, setgid, setgroups, setuid, signal, uname } from '../libc/unistd';

const OPTIONS = new OptionTable(['w', 'l', 'L=', 'p=', 'u', 'f', 't=', 'h']);
const LINE = 1023;
const MAX_WORDS = 49;
const PATIENCE = 60;
const PROGRAMS = ['/usr/bin/finger', '/usr/local/bin/finger', '/usr/ucb/finger'];
const USAGE = 'usage: fingerd [-wulf][-pL /path/finger] [-t timeout]';

export const fingerd: Main = function* (argv, env) {
	const log = new Log({ ident: 'fingerd', facility: 'daemon' });
	try {
		yield* getpeername(STDIN);
	} catch (thrown) {
		yield* printError(`fingerd: getpeername: ${strerror(errnoOf(thrown))}\r\n`);
		return 1;
	}
	yield* becomeNobody();
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* log.write('err', USAGE);
		return 1;
	}
	if (options.has('h')) {
		yield* log.write('err', USAGE);
		return 1;
	}
	const line = yield* readLine(Number.parseInt(options.get('t') ?? String(PATIENCE), 10) || 0);
	if (line === 'timeout' || line === null) {
		yield* log.write('err', line === null ? 'Client hung up - probable port-scan' : 'Input timeout');
		yield* printError(line === null ? 'fingerd: Internal error\r\n' : 'fingerd: Input timeout\r\n');
		return 1;
	}
	if (options.has('w')) yield* welcome(env);
	const words = yield* readWords(line, options, log);
	if (!words) return 1;
	if (!words.some((word) => !word.startsWith('-'))) {
		if (options.has('u')) {
			yield* log.write('warning', 'rejected finger @host');
			yield* print('Please supply a username\r\n');
			return 0;
		}
		if (options.has('l')) yield* log.write('info', 'fingered @host');
	}
	yield* becomeFinger(options.get('p') ?? options.get('L'), words, env);
	yield* log.write('err', 'Finger program not found');
	return 1;
};

function* becomeNobody(): Sys<void> {
	const { uid, euid } = yield* getcred();
	if (uid !== 0 && euid !== 0) return;
	const nobody = yield* getpwnam('nobody');
	if (!nobody) return;
	yield* setgroups(yield* getgrouplist(nobody.name, nobody.gid));
	yield* setgid(nobody.gid);
	yield* setuid(nobody.uid);
}

/** @param patience seconds, 0 for ever */
function* readLine(patience: number): Sys<string | 'timeout' | null> {
	yield* signal(SIGNAL.SIGALRM, 'catch');
	if (patience > 0) yield* alarm(patience * 1_000_000);
	let line = '';
	try {
		while (line.length < LINE && !line.includes('\n')) {
			const part = yield* read(STDIN, LINE - line.length);
			if (part.length === 0) break;
			line += decode(part);
		}
	} catch (thrown) {
		if (errnoOf(thrown).code === 'EINTR') return 'timeout';
	}
	yield* alarm(0);
	return line === '' ? null : line.replace(/\n[^]*/, '');
}

/** The words of the line as arguments; `/W` is -l. @returns undefined when a question goes elsewhere */
function* readWords(line: string, options: Parsed, log: Log): Sys<string[] | undefined> {
	const out: string[] = [];
	for (const given of line
		.split(/[ \t\r\n]+/)
		.filter((word) => word !== '')
		.slice(0, MAX_WORDS)) {
		const word = given.replace(/^\/[wW]/, '-l');
		if (word.includes('@') && !options.has('f')) {
			yield* printError('fingerd: forwarding not allowed\r\n');
			yield* log.write('warning', `rejected ${word}`);
			return undefined;
		}
		if (options.has('l')) yield* log.write('info', word.startsWith('-') ? `option ${word}` : `fingered ${word}`);
		out.push(word);
	}
	return out;
}

function* welcome(env: ReadonlyMap<string, string>): Sys<void> {
	const { sysname, release, nodename } = yield* uname();
	const host = yield* gethostbyname(nodename);
	yield* print(`\r\nWelcome to ${sysname} version ${release} at ${host.ok ? host.entry.name : nodename} !\r\n\n`);
	yield* run('/usr/bin/uptime', ['/usr/bin/uptime'], env);
	yield* print('\r\n');
}

function* becomeFinger(
	given: string | undefined,
	words: readonly string[],
	env: ReadonlyMap<string, string>
): Sys<void> {
	for (const path of given === undefined ? PROGRAMS : [given, ...PROGRAMS]) {
		try {
			yield* exec(path, ['finger', ...words], env);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
}

/** kill, pgrep, pkill, pidof (procps, sysvinit-utils) and killall (psmisc): signals to processes. The shell has its own kill. */
import { SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { getpwnam } from '../libc/passwd';
import { print, printError } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { Regex, RegexError } from '../libc/regex';
import { getpid, kill as killCall } from '../libc/unistd';
import { commandLine, type ProcessInfo, readProcesses } from './processes';

const LIST = 'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS'.split(' '); // prettier-ignore

/** @returns undefined for an unknown name */
export function signalNumber(word: string): number | undefined {
	if (/^\d+$/.test(word)) return Number(word);
	const index = LIST.indexOf(word.toUpperCase().replace(/^SIG/, ''));
	return index < 0 ? undefined : index + 1;
}

const KILL_USAGE = '\nUsage:\n kill [options] <pid> [...]\n\nOptions:\n <pid> [...]            send signal to every <pid> listed\n -<signal>, -s, --signal <signal>\n                        specify the <signal> to be sent\n -q, --queue <value>    integer value to be sent with the signal\n -l, --list=[<signal>]  list all signal names, or convert one to a name\n -L, --table            list all signal names in a nice table\n\n -h, --help     display this help and exit\n -V, --version  output version information and exit\n\nFor more details see kill(1).\n'; // prettier-ignore

export const kill: Main = function* (argv) {
	const words = argv.slice(1);
	let signal: number | undefined = SIGNAL.SIGTERM;
	const first = words[0];
	if (first === '-l' || first === '--list') {
		const number = Number(words[1]) & 127;
		yield* print(words[1] === undefined ? `${LIST.join(' ')}\n` : `${LIST[number - 1] ?? ''}\n`);
		return 0;
	}
	if (first === '-s' || first === '--signal') {
		words.shift();
		signal = signalNumber(words.shift() ?? '');
	} else if (first !== undefined && /^-[A-Za-z0-9]+$/.test(first)) {
		words.shift();
		signal = signalNumber(first.slice(1));
	}
	if (words[0] === '--') words.shift();
	if (words.length === 0 || signal === undefined) {
		if (signal === undefined && first !== undefined)
			yield* printError(`kill: unknown signal name ${first.replace(/^-/, '')}\n`);
		else yield* print(KILL_USAGE);
		return 1;
	}
	let status = 0;
	for (const word of words) {
		if (!/^-?\d+$/.test(word)) {
			yield* printError(`kill: failed to parse argument: '${word}'\n`);
			return 1;
		}
		try {
			yield* killCall(Number(word), signal);
		} catch (thrown) {
			yield* printError(`kill: (${word}): ${strerror(errnoOf(thrown))}\n`);
			status = 1;
		}
	}
	return status;
};

const GREP = new OptionTable([
	'a|list-full', 'c|count', 'd|delimiter=', 'f|full', 'g|pgroup=', 'i|ignore-case', 'l|list-name', 'n|newest', 'o|oldest', 'P|parent=', 's|session=', 'signal=', 't|terminal=', 'u|euid=', 'U|uid=', 'v|inverse', 'x|exact', 'e|echo'
]); // prettier-ignore

function grepping(name: 'pgrep' | 'pkill'): Main {
	return function* (argv) {
		let signal: number = SIGNAL.SIGTERM;
		const words = argv.filter((word, i) => {
			const number =
				i > 0 && name === 'pkill' && /^-(\d+|[A-Z][A-Z0-9]+)$/.test(word) ? signalNumber(word.slice(1)) : undefined;
			if (number !== undefined) signal = number;
			return number === undefined;
		});
		try {
			const options = getopt(words, GREP);
			signal = signalNumber(options.get('signal') ?? String(signal)) ?? signal;
			const pattern = options.operands[0];
			const criteria = ['euid', 'uid', 'parent', 'terminal', 'pgroup', 'session'].some((what) => options.has(what));
			if (pattern === undefined && !criteria) throw new UsageError('no matching criteria specified');
			if (options.operands.length > 1) throw new UsageError('only one pattern can be provided');
			const regex = pattern === undefined ? undefined : new Regex(options.has('exact') ? `^(${pattern})$` : pattern, { extended: true, ignoreCase: options.has('ignore-case') }); // prettier-ignore
			const me = yield* getpid();
			const user = options.get('euid') ?? options.get('uid');
			const uids = user === undefined ? undefined : yield* userIds(user);
			let found = (yield* readProcesses()).filter((process) => {
				if (process.pid === me) return false;
				const text = options.has('full') ? commandLine(process) : process.comm;
				const parent = options.get('parent');
				const terminal = options.get('terminal');
				const matches =
					(!regex || regex.test(text)) &&
					(!uids || uids.includes(options.has('euid') ? process.euid : process.uid)) &&
					(parent === undefined || parent.split(',').includes(String(process.ppid))) &&
					(terminal === undefined || terminal.split(',').includes(process.tty));
				return matches !== options.has('inverse');
			});
			if (options.has('newest')) found = found.slice(-1);
			if (options.has('oldest')) found = found.slice(0, 1);
			if (name === 'pkill') return yield* signalAll(found, signal, options.has('echo'));
			if (options.has('count')) yield* print(`${found.length}\n`);
			else {
				const shown = found.map((process) => process.pid + (options.has('list-full') ? ` ${commandLine(process)}` : options.has('list-name') ? ` ${process.comm}` : '')); // prettier-ignore
				if (shown.length > 0) yield* print(`${shown.join(options.get('delimiter') ?? '\n')}\n`);
			}
			return found.length > 0 ? 0 : 1;
		} catch (thrown) {
			if (!(thrown instanceof UsageError) && !(thrown instanceof RegexError)) throw thrown;
			yield* printError(`${name}: ${thrown.message}\nTry \`${name} --help' for more information.\n`);
			return 2;
		}
	};
}

export const pgrep = grepping('pgrep');
export const pkill = grepping('pkill');

function* userIds(names: string): Sys<number[]> {
	const out: number[] = [];
	for (const name of names.split(',')) {
		const entry = yield* getpwnam(name);
		if (!entry && !/^\d+$/.test(name)) throw new UsageError(`invalid user name: ${name}`);
		out.push(entry?.uid ?? Number(name));
	}
	return out;
}

function* signalAll(processes: readonly ProcessInfo[], signal: number, echo: boolean): Sys<number> {
	let sent = 0;
	for (const { pid, comm } of processes) {
		try {
			yield* killCall(pid, signal);
			if (echo) yield* print(`${comm} killed (pid ${pid})\n`);
			sent++;
		} catch (thrown) {
			yield* printError(`pkill: killing pid ${pid} failed: ${strerror(errnoOf(thrown))}\n`);
		}
	}
	return sent > 0 ? 0 : 1;
}

const KILLALL = new OptionTable(['e|exact', 'I|ignore-case', 'g|process-group', 'i|interactive', 'l|list', 'q|quiet', 'r|regexp', 's|signal=', 'u|user=', 'v|verbose', 'w|wait']); // prettier-ignore

export const killall: Main = function* (argv) {
	let signal: number = SIGNAL.SIGTERM;
	const words = argv.filter((word, i) => {
		const number = i > 0 && /^-(\d+|[A-Z][A-Z0-9]+)$/.test(word) ? signalNumber(word.slice(1)) : undefined;
		if (number !== undefined) signal = number;
		return number === undefined;
	});
	try {
		const options = getopt(words, KILLALL);
		if (options.has('list')) {
			yield* print(`${LIST.join(' ')}\n`);
			return 0;
		}
		const given = options.get('signal');
		if (given !== undefined) signal = signalNumber(given) ?? signal;
		if (options.operands.length === 0) {
			yield* printError('Usage: killall [OPTION]... [--] NAME...\n');
			return 1;
		}
		let status = 0;
		const me = yield* getpid();
		const all = (yield* readProcesses()).filter(({ pid }) => pid !== me);
		for (const name of options.operands) {
			const found = all.filter(
				(process) => process.comm === name.slice(0, 15) || process.argv[0]?.split('/').at(-1) === name
			);
			if (found.length === 0 && !options.has('quiet')) yield* printError(`${name}: no process found\n`);
			if (found.length === 0) status = 1;
			for (const { pid } of found) {
				try {
					yield* killCall(pid, signal);
					if (options.has('verbose')) yield* printError(`Killed ${name}(${pid}) with signal ${signal}\n`);
				} catch (thrown) {
					yield* printError(`${name}(${pid}): ${strerror(errnoOf(thrown))}\n`);
					status = 1;
				}
			}
		}
		return status;
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`killall: ${thrown.message}\n`);
		return 1;
	}
};

export const pidof: Main = function* (argv) {
	const names = argv.slice(1).filter((word) => !word.startsWith('-'));
	const me = yield* getpid();
	const found = (yield* readProcesses()).filter(
		(process) =>
			process.pid !== me &&
			names.some((name) => [process.comm, process.argv[0], process.argv[0]?.split('/').at(-1)].includes(name))
	);
	if (found.length > 0) yield* print(`${found.map(({ pid }) => pid).reverse().join(' ')}\n`); // prettier-ignore
	return found.length > 0 ? 0 : 1;
};

/**
 * nohup(1), timeout(1), nice(1) and chroot(8): running a command in another way.
 *
 * Not simulated: --userspec with names of groups that only the new root knows, core dumps.
 */
import { O, SIGNAL, type Sys, type WaitStatus } from '#kernel/syscalls';
import { getgrnam, getpwnam } from '../libc/passwd';
import { printError } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import {
	alarm,
	chdir,
	chroot as chrootCall,
	dup2,
	fork,
	getpid,
	kill,
	open,
	setgid,
	setgroups,
	setpgid,
	setpriority,
	setuid,
	signal,
	takeSignals,
	wait
} from '../libc/unistd';
import { readProcess } from '../procps/processes';
import { parseDuration } from './numbers';
import { quote, quoteShell } from './quote';
import { execute } from './system';
import { badUsage, Fatal, isatty, type Tool, UsageError, utility } from './utility';

/** of the command itself, not of what it runs */
const CANCELED = 125;
const STYLE = { usageStatus: CANCELED, posix: true } as const;

export const nohup = utility(
	[],
	function* (tool, options) {
		if (options.operands.length === 0) throw new UsageError('missing operand');
		const [ignore, redirectOut, redirectError] = [yield* isatty(0), yield* isatty(1), yield* isatty(2)];
		if (ignore) yield* dup2(yield* open('/dev/null', O.WRONLY), 0);
		const reading = ignore ? 'ignoring input' : '';
		if (redirectOut) {
			const path = yield* appendTo(tool);
			yield* tool.warn(`${reading}${reading && ' and '}appending output to ${quoteShell(path)}`);
		} else if (ignore || redirectError) {
			const joining = redirectError ? 'redirecting stderr to stdout' : '';
			yield* tool.warn(`${reading}${reading && joining && ' and '}${joining}`);
		}
		if (redirectError) yield* dup2(1, 2);
		yield* signal(SIGNAL.SIGHUP, 'ignore');
		return yield* execute(tool, options.operands, tool.env, 'failed to run command ', quoteShell);
	},
	STYLE
);

/** nohup.out here, else in the home directory, becomes standard output. @returns its name */
function* appendTo(tool: Tool): Sys<string> {
	const home = tool.env.get('HOME');
	const places = ['nohup.out', ...(home === undefined ? [] : [`${home}/nohup.out`])];
	for (const path of places) {
		try {
			const fd = yield* open(path, O.CREAT | O.WRONLY | O.APPEND, 0o600);
			yield* dup2(fd, 1);
			return path;
		} catch (thrown) {
			yield* tool.complain(`failed to open ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
		}
	}
	throw new Fatal(undefined, CANCELED);
}

const SIGNAL_NUMBERS: ReadonlyMap<string, number> = new Map(
	Object.entries(SIGNAL).map(([name, number]) => [name.slice(3), number])
);

function signalNumber(text: string): number {
	const name = text.toUpperCase().replace(/^SIG/, '');
	const number = /^\d+$/.test(text) ? Number(text) : SIGNAL_NUMBERS.get(name);
	if (number === undefined || number > 64) throw new UsageError(`${quote(text)}: invalid signal`);
	return number;
}

function duration(text: string): number {
	const value = parseDuration(text);
	if (value === undefined) throw new UsageError(`invalid time interval ${quote(text)}`);
	return value;
}

export const timeout = utility(
	['foreground', 'k|kill-after=', 'preserve-status', 's|signal=', 'v|verbose'],
	function* (tool, options) {
		const killAfter = duration(options.get('kill-after') ?? '0');
		const first = signalNumber(options.get('signal') ?? 'TERM');
		if (options.operands.length < 2) throw badUsage();
		const [limit, ...command] = options.operands as [string, ...string[]];
		const time = duration(limit);
		const foreground = options.has('foreground');
		if (!foreground) yield* setpgid(0, 0);
		for (const caught of [SIGNAL.SIGALRM, SIGNAL.SIGINT, SIGNAL.SIGQUIT, SIGNAL.SIGHUP, SIGNAL.SIGTERM, first])
			if (caught !== SIGNAL.SIGKILL && caught !== SIGNAL.SIGSTOP && caught !== 0) yield* signal(caught, 'catch');
		for (const ignored of [SIGNAL.SIGTTIN, SIGNAL.SIGTTOU]) yield* signal(ignored, 'ignore');
		const child = yield* fork(function* () {
			for (const normal of [SIGNAL.SIGTTIN, SIGNAL.SIGTTOU]) yield* signal(normal, 'default');
			return yield* execute(tool, command, tool.env, 'failed to run command ', quote);
		});
		if (Number.isFinite(time) && time > 0) yield* alarm(time);
		const watch = new Watch(tool, child, command[0]!, first, killAfter, foreground, options.has('verbose'));
		const status = yield* watch.untilEnd();
		let code = status.kind === 'exited' ? status.status : 0;
		let preserve = options.has('preserve-status');
		if (status.kind === 'signalled') {
			if (watch.timedOut && status.signal === SIGNAL.SIGKILL) preserve = true;
			code = 128 + status.signal;
		}
		return watch.timedOut && !preserve ? 124 : code;
	},
	STYLE
);

/** Waits for the command and passes signals on to it. */
class Watch {
	timedOut = false;
	#signal: number;

	constructor(
		readonly tool: Tool,
		readonly child: number,
		readonly name: string,
		first: number,
		readonly killAfter: number,
		readonly foreground: boolean,
		readonly verbose: boolean
	) {
		this.#signal = first;
	}

	*untilEnd(): Sys<WaitStatus> {
		for (;;) {
			try {
				return (yield* wait(this.child))!;
			} catch (thrown) {
				if (errnoOf(thrown).code !== 'EINTR') throw thrown;
				for (const caught of yield* takeSignals()) yield* this.#pass(caught);
			}
		}
	}

	*#pass(caught: number): Sys<void> {
		let sent = caught;
		if (caught === SIGNAL.SIGALRM) {
			this.timedOut = true;
			sent = this.#signal;
		}
		if (this.killAfter > 0) {
			this.#signal = SIGNAL.SIGKILL;
			yield* alarm(this.killAfter);
		}
		if (this.verbose) {
			const word = [...SIGNAL_NUMBERS].find(([, number]) => number === sent)?.[0] ?? String(sent);
			yield* printError(`${this.tool.name}: sending signal ${word} to command ${quote(this.name)}\n`);
		}
		yield* this.#send(this.child, sent);
		if (this.foreground) return;
		const group = -(yield* getpid());
		if (sent !== SIGNAL.SIGKILL && sent !== SIGNAL.SIGSTOP && sent !== 0) yield* signal(sent, 'ignore');
		yield* this.#send(group, sent);
		if (sent === SIGNAL.SIGKILL || sent === SIGNAL.SIGCONT) return;
		yield* this.#send(this.child, SIGNAL.SIGCONT);
		yield* this.#send(group, SIGNAL.SIGCONT);
	}

	*#send(pid: number, number: number): Sys<void> {
		try {
			yield* kill(pid, number);
		} catch (thrown) {
			errnoOf(thrown);
		}
	}
}

const runNice = utility(
	['n|adjustment='],
	function* (tool, options) {
		const given = options.get('adjustment');
		if (given !== undefined && !/^[-+]?\d+$/.test(given))
			throw new Fatal(`invalid adjustment ${quote(given)}`, CANCELED);
		const current = (yield* readProcess(yield* getpid()))?.nice ?? 0;
		if (options.operands.length === 0) {
			if (given !== undefined) throw new UsageError('a command must be given with an adjustment');
			yield* tool.print(`${current}\n`);
			return 0;
		}
		try {
			yield* setpriority(current + Number(given ?? 10));
		} catch (thrown) {
			yield* tool.warn(`cannot set niceness: ${strerror(errnoOf(thrown))}`);
		}
		return yield* execute(tool, options.operands, tool.env);
	},
	STYLE
);

/** "-5", "--5" of old: an adjustment without its letter */
export const nice: typeof runNice = (argv, env) => {
	const old = /^-([-+]?\d+)$/.exec(argv[1] ?? '');
	return runNice(old ? [argv[0]!, '-n', old[1]!, ...argv.slice(2)] : argv, env);
};

export const chroot = utility(
	['userspec=', 'groups=', 'skip-chdir'],
	function* (tool, options) {
		const [root, ...command] = options.operands;
		if (root === undefined) throw new UsageError('missing operand');
		try {
			yield* chrootCall(root);
		} catch (thrown) {
			throw new Fatal(`cannot change root directory to ${quoteShell(root)}: ${strerror(errnoOf(thrown))}`, CANCELED);
		}
		if (!options.has('skip-chdir')) yield* chdir('/');
		const spec = options.get('userspec');
		if (spec !== undefined) yield* become(spec, options.get('groups'));
		const shell = tool.env.get('SHELL') ?? '/bin/sh';
		return yield* execute(tool, command.length > 0 ? command : [shell, '-i'], tool.env, 'failed to run command ');
	},
	STYLE
);

function* become(spec: string, groups: string | undefined): Sys<void> {
	const [user, group] = spec.split(':') as [string, string | undefined];
	const entry = yield* getpwnam(user);
	const uid = /^\d+$/.test(user) ? Number(user) : entry?.uid;
	const gid = group === undefined || group === '' ? entry?.gid : /^\d+$/.test(group) ? Number(group) : (yield* getgrnam(group))?.gid; // prettier-ignore
	if (user !== '' && uid === undefined) throw new Fatal('invalid user', CANCELED);
	if (group && gid === undefined) throw new Fatal('invalid group', CANCELED);
	const further: number[] = [];
	for (const name of groups?.split(',').filter((word) => word !== '') ?? []) {
		const id = /^\d+$/.test(name) ? Number(name) : (yield* getgrnam(name))?.gid;
		if (id === undefined) throw new Fatal(`invalid group ${quote(name)}`, CANCELED);
		further.push(id);
	}
	yield* setgroups(further.length > 0 || gid === undefined ? further : [gid]);
	if (gid !== undefined) yield* setgid(gid);
	if (uid !== undefined) yield* setuid(uid);
}

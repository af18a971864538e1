/**
 * start-stop-daemon(8) of dpkg, as init scripts call it.
 *
 * Does: --start (-S), --stop (-K), --status (-T) by --pidfile, --name, --exec or --user; --background, --make-pidfile,
 *       --chuid, --chdir, --signal, --retry, --oknodo, --quiet, --test.
 * Lacks: --retry schedules beyond SIGNAL/SECONDS pairs, --nicelevel and the I/O options.
 */
import { Errno, O, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, type Parsed, UsageError } from '../libc/getopt';
import { getgrgid, getgrouplist, getpwnam } from '../libc/passwd';
import { print, printError, readText, writeFile } from '../libc/stdio';
import { spawn, exitStatus } from '../libc/spawn';
import { errnoOf, strerror } from '../libc/strerror';
import {
	chdir,
	dup2,
	getpid,
	kill,
	open,
	readdir,
	readlink,
	setgid,
	setgroups,
	setsid,
	setuid,
	sleep,
	unlink,
	wait
} from '../libc/unistd';

const OPTIONS = new OptionTable([
	'S|start',
	'K|stop',
	'T|status',
	'H|help',
	'p|pidfile=',
	'x|exec=',
	'n|name=',
	'u|user=',
	'a|startas=',
	's|signal=',
	'R|retry=',
	'c|chuid=',
	'g|group=',
	'd|chdir=',
	'k|umask=',
	'b|background',
	'm|make-pidfile',
	'remove-pidfile',
	'o|oknodo',
	'q|quiet',
	't|test',
	'v|verbose'
]);

export const startStopDaemon: Main = function* (argv, env) {
	try {
		const options = getopt(argv, OPTIONS, { posix: true });
		const command = options.last('start', 'stop', 'status');
		if (!command) return yield* badUsage('need one of --start or --stop or --status');
		if (!['pidfile', 'exec', 'name', 'user'].some((way) => options.has(way))) {
			return yield* badUsage('need at least one of --exec, --pid, --ppid, --pidfile, --user or --name');
		}
		const running = yield* find(options);
		if (command === 'status') return running.length > 0 ? 0 : options.has('pidfile') && (yield* stale(options)) ? 1 : 3;
		if (command === 'stop') return yield* stop(options, running);
		return yield* start(options, running, env);
	} catch (thrown) {
		if (thrown instanceof UsageError) return yield* badUsage(thrown.message);
		throw thrown;
	}
};

function* badUsage(message: string): Sys<number> {
	yield* printError(`start-stop-daemon: ${message}\nTry 'start-stop-daemon --help' for more information.\n`);
	return 3;
}

function* optional<T>(what: Sys<T>): Sys<T | undefined> {
	try {
		return yield* what;
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

function* stale(options: Parsed): Sys<boolean> {
	return (yield* optional(readText(options.get('pidfile')!))) !== undefined;
}

/** The processes that the options describe. */
function* find(options: Parsed): Sys<number[]> {
	const pidfile = options.get('pidfile');
	if (pidfile !== undefined) {
		const pid = Number.parseInt((yield* optional(readText(pidfile))) ?? '', 10);
		return pid > 0 && (yield* matches(pid, options)) ? [pid] : [];
	}
	const found: number[] = [];
	for (const { name } of (yield* optional(readdir('/proc'))) ?? []) {
		if (/^\d+$/.test(name) && (yield* matches(Number(name), options))) found.push(Number(name));
	}
	return found;
}

function* matches(pid: number, options: Parsed): Sys<boolean> {
	if (pid === (yield* getpid())) return false;
	const status = yield* optional(readText(`/proc/${pid}/status`));
	if (status === undefined || /^State:\tZ/m.test(status)) return false;
	const name = options.get('name');
	if (name !== undefined && /^Name:\t(.*)$/m.exec(status)?.[1] !== name.slice(0, 15)) return false;
	const executable = options.get('exec');
	if (executable !== undefined) {
		const link = yield* optional(readlink(`/proc/${pid}/exe`));
		if (link !== undefined && link.replace(/^\/usr/, '') !== executable.replace(/^\/usr/, '')) return false;
	}
	const user = options.get('user');
	if (user !== undefined) {
		const uid = /^\d+$/.test(user) ? Number(user) : (yield* getpwnam(user))?.uid;
		if (Number(/^Uid:\t(\d+)/m.exec(status)?.[1]) !== uid) return false;
	}
	return true;
}

function* stop(options: Parsed, running: readonly number[]): Sys<number> {
	const what = options.get('exec') ?? options.get('pidfile') ?? options.get('name') ?? options.get('user')!;
	if (running.length === 0) {
		if (!options.has('quiet')) yield* print(`No ${what} found running; none killed.\n`);
		return options.has('oknodo') ? 0 : 1;
	}
	if (options.has('test')) return 0;
	for (const [signal, seconds] of schedule(options)) {
		for (const pid of running) yield* optional(kill(pid, signal));
		for (let waited = 0; seconds !== undefined && waited < seconds * 10; waited++) {
			if ((yield* find(options)).length === 0) break;
			yield* sleep(100_000);
		}
		if (seconds === undefined || (yield* find(options)).length === 0) {
			const pidfile = options.get('pidfile');
			if (options.has('remove-pidfile') && pidfile) yield* optional(unlink(pidfile));
			return 0;
		}
	}
	return 2;
}

/** Signals and how long to wait after each: --retry "TERM/30/KILL/5" or "30". */
function schedule(options: Parsed): [number, number | undefined][] {
	const first = signalNumber(options.get('signal') ?? 'TERM');
	const retry = options.get('retry');
	if (retry === undefined) return [[first, undefined]];
	const items = retry.split('/');
	if (items.length === 1)
		return [
			[first, Number(retry)],
			[SIGNAL.SIGKILL, Number(retry)]
		];
	const steps: [number, number][] = [];
	for (let i = 0; i + 1 < items.length; i += 2) {
		steps.push([signalNumber(items[i]!.replace(/^-/, '')), items[i + 1] === 'forever' ? 3600 : Number(items[i + 1])]);
	}
	return steps;
}

function signalNumber(name: string): number {
	if (/^\d+$/.test(name)) return Number(name);
	return SIGNAL[`SIG${name.toUpperCase().replace(/^SIG/, '')}` as keyof typeof SIGNAL] ?? SIGNAL.SIGTERM;
}

function* start(options: Parsed, running: readonly number[], env: ReadonlyMap<string, string>): Sys<number> {
	const program = options.get('startas') ?? options.get('exec');
	if (program === undefined) return yield* badUsage('--start needs --exec or --startas');
	if (running.length > 0) {
		if (!options.has('quiet')) yield* print(`${program} already running.\n`);
		return options.has('oknodo') ? 0 : 1;
	}
	if (options.has('test')) return 0;
	const background = options.has('background');
	const pid = yield* spawn(program, [program, ...options.operands], env, {
		prepare: function* () {
			const pidfile = options.get('pidfile');
			if (background) {
				yield* setsid();
				const nowhere = yield* open('/dev/null', O.RDWR);
				for (const fd of [0, 1, 2]) yield* dup2(nowhere, fd);
			}
			if (options.has('make-pidfile') && pidfile) yield* writeFile(pidfile, `${yield* getpid()}\n`, 0o644);
			yield* chdir(options.get('chdir') ?? '/');
			yield* become(options.get('chuid'), options.get('group'));
		}
	});
	if (background) return 0;
	const status = yield* wait(pid);
	return status === null ? 0 : exitStatus(status);
}

function* become(user: string | undefined, group: string | undefined): Sys<void> {
	if (user === undefined) return;
	const [name, wantedGroup] = user.split(':');
	const entry = yield* getpwnam(name!);
	if (!entry) {
		yield* printError(`start-stop-daemon: user '${name}' not found\n`);
		throw new Errno('EINVAL');
	}
	const gid = Number(wantedGroup ?? group ?? entry.gid) || entry.gid;
	if (!(yield* getgrgid(gid))) yield* printError(`start-stop-daemon: warning: ${strerror('EINVAL')}\n`);
	yield* setgroups(yield* getgrouplist(entry.name, gid));
	yield* setgid(gid);
	yield* setuid(entry.uid);
}

/**
 * init(8) of sysvinit: the first process.
 *
 * Does: runs /etc/init.d/procps of /etc/rcS.d when a file of sysctl has a setting (else it would be a shell for nothing on
 *       every host; nothing else stands in rcS.d), reads the default runlevel from /etc/inittab, runs /etc/rcN.d/S* with `start` in the order of their names, then
 *       waits for whatever ends; orphans are its children.
 * Reads: /etc/inittab (initdefault only), /etc/rcN.d/, /etc/sysctl.conf, /etc/sysctl.d/.
 * Trusts: the scripts to come to an end; each is waited for, as /etc/init.d/rc does.
 * Not simulated: respawn and the other actions of inittab (no gettys: a terminal logs in by itself), changes of runlevel
 *       by telinit, the K scripts at shutdown.
 */
import { Errno, O, SIGNAL, type Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { readText, printError } from '../libc/stdio';
import { spawn } from '../libc/spawn';
import { dup2, open, readdir, signal, sleep, wait } from '../libc/unistd';

const IGNORED = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE', 'SIGTSTP'] as const;
const MINUTE = 60_000_000;
const PATH = '/sbin:/usr/sbin:/bin:/usr/bin';

/** The runlevel of the `initdefault` line: "id:2:initdefault:". */
export function defaultRunlevel(inittab: string): string {
	for (const line of inittab.split('\n')) {
		const [, levels, action] = line.split(':');
		if (!line.startsWith('#') && action === 'initdefault' && levels) return levels[0]!;
	}
	return '2';
}

export function* init(): Sys<number> {
	yield* openConsole();
	for (const name of IGNORED) yield* signal(SIGNAL[name], 'ignore');
	const runlevel = defaultRunlevel(yield* optionalText('/etc/inittab'));
	if (yield* hasSettings()) yield* startServices('/etc/rcS.d', 'S');
	yield* startServices(`/etc/rc${runlevel}.d`, runlevel);
	for (;;) yield* reap();
}

function* openConsole(): Sys<void> {
	try {
		const fd = yield* open('/dev/console', O.RDWR | O.NOCTTY);
		for (const target of [0, 1, 2]) if (fd !== target) yield* dup2(fd, target);
	} catch (thrown) {
		errnoOf(thrown);
	}
}

function* optionalText(path: string): Sys<string> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		errnoOf(thrown);
		return '';
	}
}

/** Whether a file that sysctl reads at boot has more than comments. */
function* hasSettings(): Sys<boolean> {
	const files = ['/etc/sysctl.conf'];
	try {
		for (const { name } of yield* readdir('/etc/sysctl.d')) files.push(`/etc/sysctl.d/${name}`);
	} catch (thrown) {
		errnoOf(thrown);
	}
	for (const file of files) if (/^\s*[^#;\s]/m.test(yield* optionalText(file))) return true;
	return false;
}

function* startServices(directory: string, runlevel: string): Sys<void> {
	const env = new Map([
		['PATH', PATH],
		['RUNLEVEL', runlevel],
		['PREVLEVEL', 'N']
	]);
	let names: string[] = [];
	try {
		names = (yield* readdir(directory)).map((entry) => entry.name);
	} catch (thrown) {
		errnoOf(thrown);
	}
	for (const name of names.filter((candidate) => /^S\d\d/.test(candidate)).sort()) {
		const pid = yield* spawn(`${directory}/${name}`, [`${directory}/${name}`, 'start'], env, { prepare: heedSignals });
		yield* waitFor(pid);
	}
}

/** What init ignores is ignored across exec, too: a service shall not inherit that. */
function* heedSignals(): Sys<void> {
	for (const name of IGNORED) yield* signal(SIGNAL[name], 'default');
}

/** Until that child has ended; others that end meanwhile are reaped later. */
function* waitFor(pid: number): Sys<void> {
	for (;;) {
		try {
			yield* wait(pid);
			return;
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'EINTR') return;
		}
	}
}

function* reap(): Sys<void> {
	try {
		yield* wait(-1);
	} catch (thrown) {
		const error = errnoOf(thrown);
		if (error.code === 'ECHILD') yield* rest();
		else if (error.code !== 'EINTR') yield* printError(`INIT: wait: ${strerror(error)}\n`);
	}
}

/** Without children there is nothing to wait for; an orphan may come later. */
function* rest(): Sys<void> {
	try {
		yield* sleep(MINUTE);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

import { describe, expect, it } from 'vitest';
import { print } from '#programs/libc/stdio';
import {
	alarm,
	exec,
	fork,
	getpgid,
	getpid,
	kill,
	preempt,
	setpgid,
	setsid,
	setuid,
	signal,
	sleep,
	takeSignals,
	time,
	wait
} from '#programs/libc/unistd';
import { machine, outcome, run, runMain } from '../fixture';
import { SIGNAL, type Disposition, type Main, type Sys } from '../syscalls';

function* forEver(): Sys<number> {
	for (;;) yield* sleep(1e12);
}

describe('signals', () => {
	const table: [signal: keyof typeof SIGNAL, disposition: Disposition, expected: string][] = [
		['SIGTERM', 'default', 'signalled 15'],
		['SIGKILL', 'default', 'signalled 9'],
		['SIGHUP', 'default', 'signalled 1'],
		['SIGUSR1', 'default', 'signalled 10'],
		['SIGCHLD', 'default', 'lives'],
		['SIGWINCH', 'default', 'lives'],
		['SIGCONT', 'default', 'lives'],
		['SIGTERM', 'ignore', 'lives'],
		['SIGTERM', 'catch', 'EINTR 15'],
		['SIGSTOP', 'default', 'stopped 19'],
		['SIGTTIN', 'ignore', 'lives']
	];
	it.each(table)('%s with %s: %s', (name, disposition, expected) => {
		const result = runMain(function* () {
			const pid = yield* fork(function* () {
				if (name !== 'SIGKILL' && name !== 'SIGSTOP') yield* signal(SIGNAL[name], disposition);
				const got = yield* outcome(sleep(1e12));
				yield* print(`${String(got)} ${(yield* takeSignals()).join()}`);
				return 0;
			});
			yield* sleep(1000);
			yield* kill(pid, SIGNAL[name]);
			yield* sleep(1000);
			const status = yield* wait(pid, { nohang: true, untraced: true });
			if (status === null) yield* print('lives');
			else if (status.kind !== 'exited') yield* print(`${status.kind} ${'signal' in status ? status.signal : ''}`);
			yield* kill(pid, SIGNAL.SIGKILL);
			return 0;
		});
		expect(result.out).toBe(expected);
	});

	it('wake a call that would wait, also when they came just before it', () => {
		const result = runMain(function* () {
			yield* signal(SIGNAL.SIGUSR1, 'catch');
			yield* kill(yield* getpid(), SIGNAL.SIGUSR1);
			yield* print(`${yield* outcome(sleep(1e9))} ${yield* outcome(sleep(1000))}`);
			return 0;
		});
		expect(result.out).toBe('EINTR undefined');
	});

	it('go to those of the same user, and to all for root', () => {
		const result = runMain(function* () {
			const mine = yield* fork(function* () {
				yield* setuid(1000);
				return yield* forEver();
			});
			const theirs = yield* fork(function* () {
				yield* setuid(1001);
				return yield* forEver();
			});
			const errors = yield* fork(function* () {
				yield* sleep(10);
				yield* setuid(1000);
				yield* print(
					`${yield* outcome(kill(theirs, 15))} ${yield* outcome(kill(mine, 0))} ${yield* outcome(kill(999, 15))}`
				);
				yield* print(` ${yield* outcome(kill(mine, 99))}`);
				return 0;
			});
			yield* wait(errors);
			yield* kill(mine, 9);
			yield* kill(theirs, 9);
			return 0;
		});
		expect(result.out).toBe('EPERM undefined ESRCH EINVAL');
	});

	it('stop and continue a process, and time goes on for it', () => {
		const result = runMain(function* () {
			const pid = yield* fork(function* () {
				yield* sleep(3_000_000);
				return 5;
			});
			yield* sleep(1_000_000);
			yield* kill(pid, SIGNAL.SIGTSTP);
			yield* kill(pid, SIGNAL.SIGSTOP);
			const stopped = yield* wait(pid, { untraced: true });
			const before = yield* time();
			yield* sleep(10_000_000);
			yield* kill(pid, SIGNAL.SIGCONT);
			const continued = yield* wait(pid, { untraced: true });
			const ended = yield* wait(pid);
			yield* print(
				`${stopped!.kind} ${continued!.kind} ${ended!.kind} ${Math.round(((yield* time()) - before) / 1e6)}`
			);
			return 0;
		});
		expect(result.out).toBe('stopped continued exited 10');
	});

	it('SIGALRM comes in time, and what was left is told', () => {
		const result = runMain(function* () {
			yield* signal(SIGNAL.SIGALRM, 'catch');
			yield* alarm(10_000_000);
			yield* sleep(4_000_000);
			const left = yield* alarm(2_000_000);
			const before = yield* time();
			yield* outcome(sleep(1e12));
			yield* print(`${Math.round(left / 1e6)} ${Math.round(((yield* time()) - before) / 1e6)}`);
			return 0;
		});
		expect(result.out).toBe('6 2');
	});

	it('reach a loop that never waits', () => {
		const result = runMain(function* () {
			const pid = yield* fork(function* () {
				for (;;) yield* preempt();
			});
			yield* sleep(5000);
			yield* kill(pid, SIGNAL.SIGINT);
			yield* print((yield* wait(pid))!.kind);
			return 0;
		});
		expect(result.out).toBe('signalled');
	});

	it('that are ignored stay so over exec; those that are caught do not', () => {
		const host = machine({
			*main() {
				yield* signal(SIGNAL.SIGINT, 'ignore');
				yield* signal(SIGNAL.SIGTERM, 'catch');
				return yield* exec('/bin/after', ['after'], new Map());
			},
			*after() {
				yield* print(`${yield* signal(SIGNAL.SIGINT, 'default')} ${yield* signal(SIGNAL.SIGTERM, 'default')}`);
				return 0;
			}
		});
		expect(run(host, 'main').out).toBe('ignore default');
	});
});

describe('groups and sessions', () => {
	const cases: [what: string, main: Main, expected: string][] = [
		[
			'a child makes a group of its own',
			function* () {
				const pid = yield* fork(forEver);
				yield* setpgid(pid, 0);
				yield* print(`${(yield* getpgid(pid)) === pid}`);
				yield* kill(-pid, SIGNAL.SIGKILL);
				yield* print(` ${(yield* wait(-pid))!.kind}`);
				return 0;
			},
			'true signalled'
		],
		[
			'a group leader cannot make a session',
			function* () {
				yield* print(String(yield* outcome(setsid())));
				return 0;
			},
			'EPERM'
		],
		[
			'nobody joins a group of another session',
			function* () {
				const other = yield* fork(function* () {
					yield* setsid();
					return yield* forEver();
				});
				yield* sleep(10);
				const pid = yield* fork(forEver);
				yield* print(`${yield* outcome(setpgid(pid, other))} ${yield* outcome(setpgid(other, other))}`);
				yield* kill(-1, SIGNAL.SIGKILL);
				return 0;
			},
			'EPERM EPERM'
		],
		[
			'waiting for nobody',
			function* () {
				yield* print(String(yield* outcome(wait(-1))));
				return 0;
			},
			'ECHILD'
		]
	];
	it.each(cases)('%s', (_what, main, expected) => {
		expect(runMain(main).out).toBe(expected);
	});

	it('children of a parent that ignores SIGCHLD leave no zombie', () => {
		const result = runMain(function* () {
			yield* signal(SIGNAL.SIGCHLD, 'ignore');
			yield* fork(function* () {
				return 3;
			});
			yield* print(String(yield* outcome(wait(-1))));
			return 0;
		});
		expect(result.out).toBe('ECHILD');
	});
});

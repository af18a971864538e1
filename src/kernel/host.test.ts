import { describe, expect, it } from 'vitest';
import { print, printError, readAll } from '#programs/libc/stdio';
import {
	close,
	exec,
	fork,
	getcred,
	getppid,
	open,
	preempt,
	read,
	sleep,
	stat,
	uname,
	wait,
	write
} from '#programs/libc/unistd';
import { machine, outcome, run, runMain, start } from './fixture';
import { O } from './syscalls';
import { decode, encode } from './text';

describe('a host', () => {
	it('runs a program, collects its output and its status', () => {
		const result = runMain(function* () {
			yield* print('hi\n');
			yield* printError('oops\n');
			return 3;
		});
		expect(result).toEqual({ status: 3, out: 'hi\n', err: 'oops\n' });
	});

	it('gives standard input and ends it', () => {
		const result = runMain(
			function* () {
				yield* print(`<${decode(yield* readAll(0))}>`);
				return 0;
			},
			{ stdin: encode('a\nb') }
		);
		expect(result.out).toBe('<a\nb>');
	});

	it('lets days pass in sleep at no cost', () => {
		const host = machine({
			*main() {
				for (let day = 0; day < 5; day++) yield* sleep(86_400_000_000);
				return 0;
			}
		});
		const before = host.engine.now;
		expect(run(host, 'main', { limit: 1e6 }).status).toBe(0);
		expect(host.engine.now - before).toBeGreaterThanOrEqual(5 * 86_400_000_000);
	});

	it('lets the clock go on in a loop without end', () => {
		const host = machine({
			*main() {
				for (;;) yield* preempt();
			}
		});
		const process = start(host, 'main');
		let ticks = 0;
		const tick = (): void => {
			ticks++;
			host.engine.after(10_000, tick);
		};
		host.engine.after(10_000, tick);
		host.engine.runUntil(host.engine.now + 1_000_000);
		expect(process.status).toBe(null);
		expect(ticks).toBe(100);
	});

	it('ends a fork bomb with EAGAIN', () => {
		const host = machine({
			*main() {
				let children = 0;
				for (;;) {
					const pid = yield* outcome(
						fork(function* () {
							yield* sleep(1e9);
							return 0;
						})
					);
					if (typeof pid === 'string') {
						yield* print(`${pid} after ${children}`);
						return 0;
					}
					children++;
				}
			}
		});
		expect(run(host, 'main').out).toBe('EAGAIN after 511');
	});

	it('bounds descriptors at 1024', () => {
		const result = runMain(function* () {
			for (let count = 3; ; count++) {
				const fd = yield* outcome(open('/dev/null', O.RDONLY));
				if (typeof fd === 'string') {
					yield* print(`${fd} ${count}`);
					return 0;
				}
			}
		});
		expect(result.out).toBe('EMFILE 1024');
	});

	it('fills its disk and says ENOSPC', () => {
		const result = runMain(function* () {
			const fd = yield* open('/tmp/big', O.WRONLY | O.CREAT, 0o644);
			const chunk = new Uint8Array(1 << 20);
			for (let megabytes = 0; ; megabytes++) {
				const got = yield* outcome(write(fd, chunk));
				if (got === chunk.length) continue;
				yield* print(`${megabytes} ${typeof got === 'number' ? 'partly' : got} ${yield* outcome(write(fd, chunk))}`);
				return 0;
			}
		});
		expect(result.out).toBe('63 partly ENOSPC');
	});

	it('orphans go to init, which reaps them', () => {
		const log: string[] = [];
		const host = machine({
			*init() {
				for (;;) {
					const status = yield* outcome(wait(-1));
					if (typeof status === 'string') yield* sleep(1000);
					else log.push(JSON.stringify(status));
				}
			},
			*main() {
				yield* fork(function* () {
					yield* fork(function* () {
						yield* sleep(10_000);
						log.push(`parent ${yield* getppid()}`);
						return 7;
					});
					return 0;
				});
				yield* wait(-1);
				return 0;
			}
		});
		host.disk.mkdir('/sbin');
		host.disk.symlink('/bin/init', '/sbin/init');
		host.boot();
		run(host, 'main');
		host.engine.runUntil(host.engine.now + 1e6);
		expect(log).toEqual(['parent 1', '{"pid":4,"kind":"exited","status":7}']);
		expect(host.processes().map((process) => process.pid)).toEqual([1]);
	});

	it('tells the watcher of programs and of changed files, once each', () => {
		const host = machine({
			*main() {
				const fd = yield* open('/tmp/f', O.WRONLY | O.CREAT, 0o644);
				yield* write(fd, encode('a'));
				yield* write(fd, encode('b'));
				yield* close(fd);
				yield* close(yield* open('/tmp/f', O.RDONLY));
				return 0;
			}
		});
		const kinds: string[] = [];
		host.engine.trace.listen(({ event }) => kinds.push(event.kind));
		run(host, 'main');
		expect(kinds).toEqual(['process.exec', 'file.changed', 'process.exit']);
	});

	it('switches off without a word and on again with its disk', () => {
		const host = machine({
			*main() {
				yield* sleep(1e12);
				return 0;
			}
		});
		const process = start(host, 'main');
		host.engine.runUntil(host.engine.now + 1000);
		host.disk.writeFile('/etc/motd', 'still here\n');
		host.powerOff();
		expect(host.processes()).toEqual([]);
		expect(process.status).not.toBe(null);
		host.boot();
		expect(host.disk.readText('/etc/motd')).toBe('still here\n');
	});
});

describe('exec', () => {
	const argumentsMain = function* (argv: readonly string[]) {
		yield* print(argv.join(' '));
		return 0;
	};

	it('knows a program by its bytes, not its name', () => {
		const host = machine({ args: argumentsMain });
		host.disk.writeFile('/tmp/copy', host.disk.readFile('/bin/args'), { mode: 0o755 });
		const process = host.spawn({ path: '/tmp/copy', argv: ['renamed', 'x'], env: new Map() });
		while (!process.finished && host.engine.step());
		expect(decode(process.stdout())).toBe('renamed x');
	});

	const scripts: [text: string, mode: number, expected: string][] = [
		['#!/bin/args\n', 0o755, '/bin/args /tmp/s one'],
		['#! /bin/args  -a  b \nrest', 0o755, '/bin/args -a  b /tmp/s one'],
		['#!/bin/args', 0o755, '/bin/args /tmp/s one'],
		['#!/nowhere\n', 0o755, 'ENOENT'],
		['#!/tmp/s\n', 0o755, 'ELOOP'],
		['#!\n', 0o755, 'ENOEXEC'],
		['echo hi\n', 0o755, 'ENOEXEC'],
		['', 0o755, 'ENOEXEC'],
		['#!/bin/args\n', 0o644, 'EACCES'],
		['#!/tmp\n', 0o755, 'EACCES']
	];
	it.each(scripts)('%j with mode %o: %s', (text, mode, expected) => {
		const host = machine({
			args: argumentsMain,
			*main() {
				yield* print(yield* outcome(exec('/tmp/s', ['s', 'one'], new Map())));
				return 0;
			}
		});
		host.disk.writeFile('/tmp/s', text, { mode });
		expect(run(host, 'main').out).toBe(expected);
	});

	it('gives the rights of set-user-ID files, and takes care of them at exec', () => {
		const host = machine({
			*who() {
				const { uid, euid } = yield* getcred();
				yield* print(`${uid} ${euid}`);
				return 0;
			}
		});
		host.disk.chmod('/bin/who', 0o4755);
		expect(run(host, 'who', { user: { uid: 1000, gid: 1000 } }).out).toBe('1000 0');
	});

	it('refuses arguments that are too long', () => {
		const result = runMain(function* () {
			yield* print(yield* outcome(exec('/bin/main', ['x'.repeat(131_072)], new Map())));
			return 0;
		});
		expect(result.out).toBe('E2BIG');
	});
});

describe('/proc and /dev', () => {
	it('show the process itself', () => {
		const host = machine({
			*main() {
				for (const path of ['/proc/self/comm', '/proc/self/cmdline', '/proc/sys/kernel/hostname'])
					yield* write(1, yield* readAll(yield* open(path, O.RDONLY)));
				yield* print(`${(yield* stat('/proc/self/fd/1')).mode.toString(8)} ${(yield* uname()).nodename}`);
				return 0;
			}
		});
		expect(run(host, 'main', { argv: ['a b'] }).out).toBe('main\nmain\0a b\0a.example\n10600 a.example');
	});

	it('/dev/stdout and /dev/fd lead to what is open', () => {
		const result = runMain(
			function* () {
				const input = yield* open('/dev/stdin', O.RDONLY);
				const output = yield* open('/dev/fd/1', O.WRONLY);
				yield* write(output, yield* read(input, 100));
				return 0;
			},
			{ stdin: encode('through') }
		);
		expect(result.out).toBe('through');
	});

	it('changes a setting', () => {
		const host = machine({
			*main() {
				const fd = yield* open('/proc/sys/net/ipv4/ip_forward', O.WRONLY | O.TRUNC);
				yield* write(fd, encode('1\n'));
				return 0;
			}
		});
		run(host, 'main');
		expect(host.disk.readText('/proc/sys/net/ipv4/ip_forward')).toBe('1\n');
	});
});

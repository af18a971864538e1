import { describe, expect, it } from 'vitest';
import { Engine } from '#engine/engine';
import { print, printError, readAll } from '#programs/libc/stdio';
import {
	close,
	dup2,
	exec,
	fork,
	getpid,
	kill,
	open,
	pipe,
	preempt,
	read,
	signal,
	sleep,
	takeSignals,
	wait,
	write
} from '#programs/libc/unistd';
import { Host } from './host';
import { Errno, O, SIGNAL, type Main, type Program } from './syscalls';
import { decode, encode } from './text';

/** A host whose programs are the given mains, as /bin/NAME. */
export function machine(mains: Record<string, Main>): Host {
	const programs: Program[] = Object.entries(mains).map(([name, main]) => ({ path: `/bin/${name}`, main }));
	const engine = new Engine({ seed: 1, start: 1_000_000_000 });
	const host = new Host({
		name: 'a',
		hostname: 'a.example',
		engine,
		programs: [{ name: 'test', version: '1', programs }]
	});
	host.install({ name: 'test', version: '1', programs });
	return host;
}

function run(host: Host, name: string, options: { stdin?: Uint8Array; args?: string[] } = {}) {
	const process = host.spawn({
		path: `/bin/${name}`,
		argv: [name, ...(options.args ?? [])],
		env: new Map(),
		stdin: options.stdin
	});
	while (!process.finished && host.engine.step());
	return { status: process.status, out: decode(process.stdout()), err: decode(process.stderr()) };
}

const catMain: Main = function* () {
	for (;;) {
		const bytes = yield* read(0, 65536);
		if (bytes.length === 0) return 0;
		yield* write(1, bytes);
	}
};

describe('processes', () => {
	it('runs, prints and ends', () => {
		const host = machine({
			*hello() {
				yield* print('hi\n');
				yield* printError('oops\n');
				return 3;
			}
		});
		expect(run(host, 'hello')).toEqual({ status: 3, out: 'hi\n', err: 'oops\n' });
	});

	it('forks, pipes, execs and waits', () => {
		const host = machine({
			*main() {
				const [r, w] = yield* pipe();
				const pid = yield* fork(function* () {
					yield* dup2(r, 0);
					yield* close(r);
					yield* close(w);
					return yield* exec('/bin/cat', ['cat'], new Map());
				});
				yield* close(r);
				yield* write(w, encode('through the pipe\n'));
				yield* close(w);
				const status = yield* wait(pid);
				yield* print(JSON.stringify(status));
				return 0;
			},
			cat: catMain
		});
		expect(run(host, 'main').out).toBe('through the pipe\n{"pid":2,"kind":"exited","status":0}');
	});

	it('sleeps without wall time and lets the clock pass in busy loops', () => {
		const host = machine({
			*main() {
				const child = yield* fork(function* () {
					for (;;) yield* preempt();
				});
				yield* sleep(3600_000_000);
				yield* kill(child, SIGNAL.SIGKILL);
				return (yield* wait(child))!.kind === 'signalled' ? 0 : 1;
			}
		});
		const process = host.spawn({ path: '/bin/main', argv: ['main'], env: new Map() });
		const start = host.engine.now;
		host.engine.runUntil(start + 10_000_000);
		expect(process.status).toBe(null);
		void process;
	});

	it('writes and reads files', () => {
		const host = machine({
			*main() {
				const fd = yield* open('/tmp/x', O.WRONLY | O.CREAT | O.EXCL, 0o644);
				yield* write(fd, encode('one\n'));
				yield* close(fd);
				const again = yield* open('/tmp/x', O.RDONLY);
				yield* write(1, yield* readAll(again));
				try {
					yield* open('/nowhere/x', O.RDONLY);
				} catch (thrown) {
					yield* print((thrown as Errno).code);
				}
				return 0;
			}
		});
		host.disk.mkdir('/tmp', { mode: 0o1777 });
		expect(run(host, 'main').out).toBe('one\nENOENT');
		expect(host.disk.readText('/tmp/x')).toBe('one\n');
	});

	it('interrupts a blocked call with a caught signal', () => {
		const host = machine({
			*main() {
				yield* signal(SIGNAL.SIGUSR1, 'catch');
				const parent = yield* getpid();
				yield* fork(function* () {
					yield* sleep(1000);
					yield* kill(parent, SIGNAL.SIGUSR1);
					return 0;
				});
				try {
					yield* sleep(1_000_000);
				} catch (thrown) {
					yield* print(`${(thrown as Errno).code} ${(yield* takeSignals()).join()}`);
				}
				return 0;
			}
		});
		expect(run(host, 'main').out).toBe('EINTR 10');
	});
});

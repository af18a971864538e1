import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { print, readAll } from '#programs/libc/stdio';
import {
	close,
	fork,
	mkfifo,
	open,
	pipe,
	poll,
	read,
	setfl,
	signal,
	sleep,
	time,
	wait,
	write
} from '#programs/libc/unistd';
import { machine, outcome, run, runMain } from '../fixture';
import { O, SIGNAL } from '../syscalls';
import { encode } from '../text';
import { ByteQueue, PIPE_CAPACITY } from './pipe';

describe('a pipe', () => {
	it('kills the writer without a reader', () => {
		const result = runMain(function* () {
			const [reader, writer] = yield* pipe();
			yield* close(reader);
			yield* write(writer, encode('x'));
			return 0;
		});
		expect(result.status).toBe(128 + SIGNAL.SIGPIPE);
	});

	it('is EPIPE for a writer that ignores SIGPIPE', () => {
		const result = runMain(function* () {
			yield* signal(SIGNAL.SIGPIPE, 'ignore');
			const [reader, writer] = yield* pipe();
			yield* close(reader);
			yield* print(String(yield* outcome(write(writer, encode('x')))));
			return 0;
		});
		expect(result.out).toBe('EPIPE');
	});

	it('blocks its writer when it is full and its reader when it is empty', () => {
		const result = runMain(function* () {
			const [reader, writer] = yield* pipe();
			yield* fork(function* () {
				yield* close(reader);
				yield* write(writer, new Uint8Array(PIPE_CAPACITY * 3));
				return 0;
			});
			yield* close(writer);
			yield* sleep(1000);
			yield* print(`${(yield* readAll(reader)).length / PIPE_CAPACITY}`);
			return 0;
		});
		expect(result.out).toBe('3');
	});

	it('without waiting: EAGAIN, and a part where only a part fits', () => {
		const result = runMain(function* () {
			const [reader, writer] = yield* pipe();
			yield* setfl(reader, O.NONBLOCK);
			yield* setfl(writer, O.NONBLOCK);
			const empty = yield* outcome(read(reader, 1));
			const first = yield* write(writer, new Uint8Array(PIPE_CAPACITY + 10));
			const full = yield* outcome(write(writer, encode('x')));
			yield* print(`${String(empty)} ${first} ${full}`);
			return 0;
		});
		expect(result.out).toBe('EAGAIN 65536 EAGAIN');
	});

	it('shows in poll, with a time limit', () => {
		const result = runMain(function* () {
			const [reader, writer] = yield* pipe();
			const before = yield* time();
			const none = yield* poll([{ fd: reader, read: true }], 2_000_000);
			const waited = Math.round(((yield* time()) - before) / 1e6);
			yield* fork(function* () {
				yield* sleep(1000);
				yield* write(writer, encode('x'));
				return 0;
			});
			const some = yield* poll([{ fd: reader, read: true }], -1);
			yield* wait(-1);
			yield* close(writer);
			yield* read(reader, 10);
			const end = yield* poll([{ fd: reader, read: true }], -1);
			yield* print(JSON.stringify([none.length, waited, some[0]!.read, some[0]!.hangup, end[0]!.read, end[0]!.hangup]));
			return 0;
		});
		expect(result.out).toBe('[0,2,true,false,true,true]');
	});
});

describe('a FIFO', () => {
	it('waits for its other side at open', () => {
		const host = machine({
			*main() {
				yield* mkfifo('/tmp/f', 0o600);
				yield* fork(function* () {
					const out = yield* open('/tmp/f', O.WRONLY);
					yield* write(out, encode('through'));
					return 0;
				});
				yield* sleep(1000);
				const fd = yield* open('/tmp/f', O.RDONLY);
				yield* write(1, yield* readAll(fd));
				yield* close(fd);
				yield* print(` ${yield* outcome(open('/tmp/f', O.WRONLY | O.NONBLOCK))}`);
				return 0;
			}
		});
		expect(run(host, 'main').out).toBe('through ENXIO');
	});
});

describe('ByteQueue', () => {
	it('gives back what was put in, however it is cut', () => {
		fc.assert(
			fc.property(
				fc.array(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 0, max: 30 })), { maxLength: 200 }),
				(steps) => {
					const queue = new ByteQueue();
					const model: number[] = [];
					for (const step of steps) {
						if (typeof step === 'number') {
							const got = [...queue.take(step)];
							expect(got).toEqual(model.splice(0, got.length));
							expect(got.length > 0 || step === 0 || model.length === 0).toBe(true);
						} else {
							queue.push(step);
							model.push(...step);
						}
						expect(queue.length).toBe(model.length);
					}
				}
			)
		);
	});
});

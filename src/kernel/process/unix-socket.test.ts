import { describe, expect, it } from 'vitest';
import { print, readAll } from '#programs/libc/stdio';
import {
	accept,
	bind,
	chmod,
	close,
	connect,
	fork,
	getpeername,
	listen,
	poll,
	read,
	recvfrom,
	sendto,
	setfl,
	setuid,
	shutdown,
	sleep,
	socket,
	socketpair,
	unlink,
	wait,
	write
} from '#programs/libc/unistd';
import { machine, outcome, run, runMain } from '../fixture';
import { O, type Main, type Sys } from '../syscalls';
import { decode, encode } from '../text';

const ADDRESS = { family: 'unix', path: '/tmp/s' } as const;

function* server(type: 'stream' | 'dgram' = 'stream', backlog = 5): Sys<number> {
	const fd = yield* socket('unix', type);
	yield* bind(fd, ADDRESS);
	if (type === 'stream') yield* listen(fd, backlog);
	return fd;
}

function* client(type: 'stream' | 'dgram' = 'stream'): Sys<number> {
	const fd = yield* socket('unix', type);
	yield* connect(fd, ADDRESS);
	return fd;
}

/** run on a machine with a world-writable /tmp */
function play(main: Main): string {
	return run(machine({ main }), 'main').out;
}

describe('UNIX stream sockets', () => {
	it('carry bytes both ways and end', () => {
		const out = play(function* () {
			const listener = yield* server();
			yield* fork(function* () {
				const fd = yield* client();
				yield* write(fd, encode('question'));
				yield* shutdown(fd, 'write');
				yield* print(decode(yield* readAll(fd)));
				return 0;
			});
			const { fd } = yield* accept(listener);
			const question = decode(yield* readAll(fd));
			yield* write(fd, encode(`${question}, answer`));
			yield* close(fd);
			yield* wait(-1);
			return 0;
		});
		expect(out).toBe('question, answer');
	});

	it('can be used after their name is gone, and the name alone cannot', () => {
		const out = play(function* () {
			const listener = yield* server();
			const fd = yield* client();
			yield* unlink('/tmp/s');
			const accepted = (yield* accept(listener)).fd;
			yield* write(fd, encode('x'));
			yield* print(decode(yield* read(accepted, 10)));
			const second = yield* server();
			yield* close(second);
			yield* print(` ${yield* outcome(client())} ${yield* outcome(server())}`);
			return 0;
		});
		expect(out).toBe('x ECONNREFUSED EADDRINUSE');
	});

	it('ask for write permission on their file', () => {
		const out = play(function* () {
			yield* server();
			yield* chmod('/tmp/s', 0o600);
			yield* setuid(1000);
			yield* print(`${yield* outcome(client())}`);
			return 0;
		});
		expect(out).toBe('EACCES');
	});

	it('queue clients, and hold back those beyond the backlog', () => {
		const out = play(function* () {
			yield* server('stream', 1);
			const first = yield* client();
			yield* client();
			const third = yield* socket('unix', 'stream');
			yield* setfl(third, O.NONBLOCK);
			yield* print(`${yield* outcome(connect(third, ADDRESS))} `);
			const [state] = yield* poll([{ fd: first, write: true }], 0);
			yield* print(String(state?.write));
			return 0;
		});
		expect(out).toBe('EAGAIN true');
	});

	it('kill the one who writes to nobody, and tell it before in poll', () => {
		const out = runMain(function* () {
			const [one, other] = yield* socketpair();
			yield* print(`${(yield* getpeername(one)).family} `);
			yield* close(other);
			const [state] = yield* poll([{ fd: one, read: true }], -1);
			yield* print(JSON.stringify([state!.read, state!.hangup, (yield* read(one, 1)).length]));
			yield* write(one, encode('x'));
			return 0;
		});
		expect(out).toMatchObject({ out: 'unix [true,true,0]', status: 141 });
	});

	it('are refused where they do not fit', () => {
		const out = play(function* () {
			yield* server('dgram');
			yield* print(`${yield* outcome(client())} `);
			const fd = yield* socket('unix', 'stream');
			yield* print(`${yield* outcome(write(fd, encode('x')))} ${yield* outcome(listen(fd, 1))} `);
			yield* print(`${yield* outcome(connect(fd, { family: 'unix', path: '/tmp/none' }))}`);
			return 0;
		});
		expect(out).toBe('EPROTOTYPE ENOTCONN EINVAL ENOENT');
	});
});

describe('UNIX datagram sockets', () => {
	it('keep the bounds of messages, as /dev/log does', () => {
		const out = play(function* () {
			const log = yield* server('dgram');
			const fd = yield* client('dgram');
			yield* write(fd, encode('one'));
			yield* sendto(yield* socket('unix', 'dgram'), encode('two'), ADDRESS);
			yield* print(`${decode(yield* read(log, 100))} ${decode((yield* recvfrom(log, 2)).bytes)}`);
			yield* close(log);
			yield* print(` ${yield* outcome(write(fd, encode('x')))}`);
			return 0;
		});
		expect(out).toBe('one tw ECONNREFUSED');
	});

	it('make the sender wait when the queue is full', () => {
		const out = play(function* () {
			const log = yield* server('dgram');
			yield* fork(function* () {
				const fd = yield* client('dgram');
				for (let i = 0; i < 1000; i++) yield* write(fd, encode(String(i)));
				return 0;
			});
			yield* sleep(1_000_000);
			let last = '';
			for (let i = 0; i < 1000; i++) last = decode(yield* read(log, 10));
			yield* print(last);
			return 0;
		});
		expect(out).toBe('999');
	});
});

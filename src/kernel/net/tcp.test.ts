import { describe, expect, it } from 'vitest';
import type { Ipv4Packet } from '#wire/packet';
import { decode, encode } from '../text';
import { WouldBlock } from '../wait';
import { at, connected, errnoOf, ip, pair, ROOT, TestNet, USER } from './testing';

describe('a connection', () => {
	it('opens with Linux options in Linux order, and windows', () => {
		const { net, a, b, wire } = pair();
		connected(net, a, b);
		net.run(1);
		const [syn, synAck, ack] = wire.tcp();
		expect(wire.story()).toEqual(['a S', 'b SA', 'a A']);
		const kinds = ['mss', 'sack-permitted', 'timestamps', 'nop', 'window-scale'];
		expect(syn!.segment.options.map((option) => option.kind)).toEqual(kinds);
		expect(synAck!.segment.options.map((option) => option.kind)).toEqual(kinds);
		expect(ack!.segment.options.map((option) => option.kind)).toEqual(['nop', 'nop', 'timestamps']);
		expect([syn, synAck, ack].map((one) => one!.segment.window)).toEqual([64240, 65160, 502]);
		expect(syn!.segment.options[0]).toEqual({ kind: 'mss', value: 1460 });
		expect(syn!.segment.options[4]).toEqual({ kind: 'window-scale', shift: 7 });
	});

	it('carries data, acknowledges, and closes on both sides', () => {
		const { net, a, b, wire } = pair();
		const { client, server } = connected(net, a, b);
		net.wait(() => server.write(encode('220 b ESMTP\r\n')));
		expect(decode(net.wait(() => client.read(100)))).toBe('220 b ESMTP\r\n');
		net.wait(() => client.write(encode('QUIT\r\n')));
		expect(decode(net.wait(() => server.read(100)))).toBe('QUIT\r\n');
		server.close();
		expect(net.wait(() => client.read(100))).toHaveLength(0);
		client.close();
		net.run(1);
		expect(wire.story()).toEqual(['a S', 'b SA', 'a A', 'b PA 13', 'a A', 'a PA 6', 'b A', 'b FA', 'a FA', 'b A']);
		expect(b.sockets().filter((socket) => socket.state === 'TIME_WAIT')).toHaveLength(1);
		net.run(61);
		expect(a.sockets()).toHaveLength(0);
		expect(b.sockets().map((socket) => socket.state)).toEqual(['LISTEN']);
	});

	it('is refused by a reset with the right numbers', () => {
		const { net, a, wire } = pair();
		const client = a.createSocket('inet', 'stream', 0, USER);
		expect(errnoOf(() => net.wait(() => client.connect(at('10.0.0.2', 25))))).toBe('ECONNREFUSED');
		const [syn, reset] = wire.tcp();
		expect(wire.story()).toEqual(['a S', 'b RA']);
		expect(reset!.segment.acknowledgement).toBe((syn!.segment.sequence + 1) >>> 0);
		expect(reset!.segment).toMatchObject({ sequence: 0, window: 0, options: [] });
	});

	it('repeats its SYN at 1, 3, 7, 15, 31 and 63 s, and gives up after 127 s', () => {
		const { net, a, wire } = pair({ lose: (frame) => frame.payload.kind === 'ipv4' });
		const start = net.engine.now;
		const client = a.createSocket('inet', 'stream', 0, USER);
		expect(errnoOf(() => net.wait(() => client.connect(at('10.0.0.2', 25))))).toBe('ETIMEDOUT');
		expect(wire.tcp().map(({ time }) => Math.round((time - start) / 1e6))).toEqual([0, 1, 3, 7, 15, 31, 63]);
		expect(Math.round((net.engine.now - start) / 1e6)).toBe(127);
	});

	it('is reset when it is closed with unread data', () => {
		const { net, a, b, wire } = pair();
		const { client, server } = connected(net, a, b);
		net.wait(() => client.write(encode('hello')));
		net.run(0.1);
		server.close();
		net.run(0.1);
		expect(wire.story().slice(-1)).toEqual(['b RA']);
		expect(errnoOf(() => client.read(10))).toBe('ECONNRESET');
		expect(client.read(10)).toHaveLength(0);
		expect(errnoOf(() => client.write(encode('x')))).toBe('EPIPE');
	});

	it('is reset by linger 0', () => {
		const { net, a, b, wire } = pair();
		const { client, server } = connected(net, a, b);
		client.setsockopt('linger', 0);
		client.close();
		net.run(0.1);
		expect(wire.story().slice(-1)).toEqual(['a RA']);
		expect(errnoOf(() => server.read(10))).toBe('ECONNRESET');
		expect(a.sockets()).toHaveLength(0);
	});

	it('closes on both sides at once', () => {
		const { net, a, b, wire } = pair();
		const { client, server } = connected(net, a, b);
		client.close();
		server.close();
		net.run(1);
		expect(wire.story().slice(3).sort()).toEqual(['a A', 'a FA', 'b A', 'b FA']);
		expect(a.sockets().map((socket) => socket.state)).toEqual(['TIME_WAIT']);
	});

	it('may be half closed', () => {
		const { net, a, b } = pair();
		const { client, server } = connected(net, a, b);
		client.shutdown('write');
		expect(net.wait(() => server.read(10))).toHaveLength(0);
		net.run(0.05);
		expect(client.info().state).toBe('FIN_WAIT2');
		expect(server.info().state).toBe('CLOSE_WAIT');
		net.wait(() => server.write(encode('still here')));
		expect(decode(net.wait(() => client.read(100)))).toBe('still here');
		expect(errnoOf(() => client.write(encode('x')))).toBe('EPIPE');
	});

	it('stops when the reader does not read, and probes', () => {
		const { net, a, b, wire } = pair();
		const { client, server } = connected(net, a, b);
		const block = new Uint8Array(65536).fill(7);
		let sent = 0;
		for (let answer = client.write(block); !(answer instanceof WouldBlock); answer = client.write(block)) {
			sent += answer;
			net.run(0.1);
		}
		net.run(30);
		const inside = server.info().receiveQueue;
		expect(inside).toBeLessThan(70000);
		expect(client.info().sendQueue).toBe(sent - inside);
		const probes = wire
			.tcp()
			.filter(({ from, length, time }) => from === 'a' && length === 0 && time > net.engine.now - 29e6);
		expect(probes.length).toBeGreaterThan(3);
		let read = 0;
		while (read < sent) read += net.wait(() => server.read(65536)).length;
		expect(read).toBe(sent);
	});

	it('delays its acknowledgement by 40 ms once answers follow requests', () => {
		const { net, a, b, wire } = pair();
		const { client, server } = connected(net, a, b);
		const ask = (): void => {
			net.wait(() => client.write(encode('ping')));
			net.wait(() => server.read(10));
			net.wait(() => server.write(encode('pong')));
			net.wait(() => client.read(10));
		};
		ask();
		ask();
		net.run(1);
		const [answer, acknowledgement] = wire.tcp().slice(-2);
		expect(answer!.flags).toBe('PA');
		expect(acknowledgement!.time - answer!.time).toBeGreaterThanOrEqual(40_000);
		expect(acknowledgement!.time - answer!.time).toBeLessThan(45_000);
	});

	it('gives up after tcp_retries2 and tells ETIMEDOUT', () => {
		const { net, a, b, wire } = pair();
		const { client } = connected(net, a, b);
		wire.lose = (frame) => frame.payload.kind === 'ipv4';
		const start = net.engine.now;
		net.wait(() => client.write(encode('x')));
		expect(errnoOf(() => net.wait(() => client.read(1)))).toBe('ETIMEDOUT');
		expect((net.engine.now - start) / 1e6).toBeGreaterThan(900);
		expect((net.engine.now - start) / 1e6).toBeLessThan(1100);
	});
});

describe('a connection that goes wrong or slow', () => {
	it('may be tried again after a refusal', () => {
		const { net, a, b } = pair();
		const client = a.createSocket('inet', 'stream', 0, ROOT);
		client.bind(at('0.0.0.0', 900));
		expect(errnoOf(() => net.wait(() => client.connect(at('10.0.0.2', 25))))).toBe('ECONNREFUSED');
		const listener = b.createSocket('inet', 'stream', 0, ROOT);
		listener.bind(at('0.0.0.0', 25));
		listener.listen(1);
		net.wait(() => client.connect(at('10.0.0.2', 25)));
		expect(client.getsockname()).toMatchObject({ port: 900 });
		expect(errnoOf(() => client.connect(at('10.0.0.2', 25)))).toBe('EISCONN');
	});

	it('tells a non-blocking caller by SO_ERROR', () => {
		const { net, a } = pair();
		const client = a.createSocket('inet', 'stream', 0, USER);
		expect(client.connect(at('10.0.0.2', 25))).toBeInstanceOf(WouldBlock);
		expect(client.poll()).toEqual({ read: false, write: false, hangup: false });
		net.run(0.1);
		expect(client.poll()).toEqual({ read: true, write: true, hangup: true });
		expect(client.takeError()).toBe('ECONNREFUSED');
		expect(client.takeError()).toBe(null);
	});

	it('opens from both sides at once', () => {
		const { net, a, b, wire } = pair();
		const [one, other] = [a.createSocket('inet', 'stream', 0, USER), b.createSocket('inet', 'stream', 0, USER)];
		one.bind(at('0.0.0.0', 4000));
		other.bind(at('0.0.0.0', 5000));
		one.connect(at('10.0.0.2', 5000));
		other.connect(at('10.0.0.1', 4000));
		net.run(1);
		expect([one.info().state, other.info().state]).toEqual(['ESTABLISHED', 'ESTABLISHED']);
		expect(wire.story().slice(0, 4).sort()).toEqual(['a S', 'a SA', 'b S', 'b SA']);
	});

	it('is kept alive by probes, and given up when nobody answers them', () => {
		const { net, a, b, wire } = pair();
		const { client } = connected(net, a, b);
		client.setsockopt('keepalive', 1);
		net.run(7300);
		expect(wire.story().slice(-2)).toEqual(['a A', 'b A']);
		b.down();
		net.run(8000);
		expect(errnoOf(() => client.read(1))).toMatch(/ETIMEDOUT|EHOSTUNREACH/);
	});

	it('without a program waits in FIN_WAIT2 for tcp_fin_timeout', () => {
		const { net, a, b } = pair();
		const { client } = connected(net, a, b);
		client.close();
		net.run(59);
		expect(a.sockets().map(({ state }) => state)).toEqual(['FIN_WAIT2']);
		net.run(2);
		expect(a.sockets()).toEqual([]);
	});

	it('does not believe a reset with a wrong number', () => {
		const { net, a, b, wire } = pair();
		const { client } = connected(net, a, b);
		net.run(1);
		const segment = wire.tcp()[2]!.segment;
		const forged = { ...segment, flags: 4, sequence: (segment.sequence + 100) >>> 0 };
		b.tcp.receive(
			forged,
			{ ...(wire.frames[4]!.frame.payload as Ipv4Packet), source: ip('10.0.0.1'), destination: ip('10.0.0.2') },
			b.interfaceByName('eth0')
		);
		net.run(1);
		expect(wire.story().slice(-1)).toEqual(['b A']);
		expect(client.info().state).toBe('ESTABLISHED');
	});
});

describe('ports', () => {
	it('below 1024 belong to root', () => {
		const { a } = pair();
		expect(errnoOf(() => a.createSocket('inet', 'stream', 0, USER).bind(at('0.0.0.0', 25)))).toBe('EACCES');
		expect(errnoOf(() => a.createSocket('inet', 'stream', 0, ROOT).bind(at('0.0.0.0', 25)))).toBe(null);
	});

	it.each([
		[false, false, 'EADDRINUSE'],
		[true, true, null],
		[true, false, 'EADDRINUSE'],
		[false, true, 'EADDRINUSE']
	])('a bound one is taken: SO_REUSEADDR %s and %s give %s', (first, second, expected) => {
		const { a } = pair();
		const bindOne = (reuse: boolean): void => {
			const socket = a.createSocket('inet', 'stream', 0, ROOT);
			socket.setsockopt('reuseaddr', reuse ? 1 : 0);
			socket.bind(at('0.0.0.0', 25));
		};
		bindOne(first);
		expect(errnoOf(() => bindOne(second))).toBe(expected);
	});

	it('of a connection in TIME_WAIT is free for SO_REUSEADDR only', () => {
		const { net, a, b } = pair();
		const { client, server, listener } = connected(net, a, b);
		server.close();
		net.run(0.1);
		client.close();
		listener.close();
		net.run(1);
		expect(b.sockets().map((socket) => socket.state)).toEqual(['TIME_WAIT']);
		const again = b.createSocket('inet', 'stream', 0, ROOT);
		expect(errnoOf(() => again.bind(at('0.0.0.0', 25)))).toBe('EADDRINUSE');
		net.run(61);
		expect(errnoOf(() => again.bind(at('0.0.0.0', 25)))).toBe(null);
	});

	it('are bound to own addresses only', () => {
		const { a } = pair();
		expect(errnoOf(() => a.createSocket('inet', 'stream', 0, ROOT).bind(at('10.0.0.9', 25)))).toBe('EADDRNOTAVAIL');
	});
});

describe('a listener', () => {
	it('drops SYNs when its queue for accept is full, and the client tries again', () => {
		const { net, a, b } = pair();
		const listener = b.createSocket('inet', 'stream', 0, ROOT);
		listener.bind(at('0.0.0.0', 25));
		listener.listen(1);
		const clients = [1, 2, 3].map(() => a.createSocket('inet', 'stream', 0, USER));
		const states = clients.map((client) => {
			client.connect(at('10.0.0.2', 25));
			net.run(0.5);
			return client.info().state;
		});
		expect(states).toEqual(['ESTABLISHED', 'ESTABLISHED', 'SYN_SENT']);
		net.wait(() => listener.accept());
		net.run(1);
		expect(clients[2]!.info().state).toBe('ESTABLISHED');
	});

	it('answers with cookies when requests fill its queue, or drops without them', () => {
		for (const cookies of ['1', '0']) {
			const { net, a, b, wire } = pair();
			b.sysctl('net.ipv4.tcp_syncookies', cookies);
			const listener = b.createSocket('inet', 'stream', 0, ROOT);
			listener.bind(at('0.0.0.0', 25));
			listener.listen(8);
			const lines: string[] = [];
			b.log = (line) => lines.push(line);
			for (let i = 0; i < 20; i++) {
				b.ip.receive(
					{
						kind: 'ipv4',
						tos: 0,
						identification: 0,
						dontFragment: true,
						moreFragments: false,
						fragmentOffset: 0,
						ttl: 64,
						protocol: 6,
						source: ip('10.0.0.77') + i,
						destination: ip('10.0.0.2'),
						options: new Uint8Array(0),
						payload: {
							kind: 'tcp',
							sourcePort: 1000,
							destinationPort: 25,
							sequence: 1,
							acknowledgement: 0,
							flags: 2,
							window: 100,
							urgentPointer: 0,
							options: [],
							payload: new Uint8Array(0)
						}
					},
					b.interfaceByName('eth0'),
					{ mark: 0, frame: null, uid: -1, gid: -1, journey: 0, tracking: null }
				);
			}
			expect(b.sockets().filter((socket) => socket.state === 'SYN_RECV')).toHaveLength(8);
			const client = a.createSocket('inet', 'stream', 0, USER);
			client.connect(at('10.0.0.2', 25));
			net.run(0.5);
			expect(client.info().state).toBe(cookies === '1' ? 'ESTABLISHED' : 'SYN_SENT');
			expect(lines).toEqual([expect.stringContaining(cookies === '1' ? 'Sending cookies.' : 'Dropping request.')]);
			if (cookies === '0') continue;
			const server = net.wait(() => listener.accept()).file;
			net.wait(() => client.write(encode('hello')));
			expect(decode(net.wait(() => server.read(10)))).toBe('hello');
			expect(wire.tcp().filter(({ flags }) => flags === 'R')).toHaveLength(0);
		}
	});
});

describe('loss', () => {
	const table = [0.02, 0.1, 0.3].flatMap((loss) =>
		[1, 500, 1448, 20_000, 100_000].map((size) => [loss, size] as const)
	);
	it.each(table)('of %f with writes of %i bytes: all bytes arrive in order', (loss, size) => {
		for (let seed = 1; seed <= 4; seed++) {
			const { net, a, b, wire } = pair({ delay: 2000 }, seed);
			const { client, server } = connected(net, a, b);
			const chance = net.engine.random.split();
			wire.lose = (frame) => frame.payload.kind === 'ipv4' && chance.fraction() < loss;
			const total = size === 1 ? 200 : 150_000;
			const data = new Uint8Array(total).map((_, i) => (i * 7 + (i >> 8)) & 255);
			let written = 0;
			const received: number[] = [];
			const step = (): boolean => {
				if (written < total) {
					const answer = client.write(data.subarray(written, Math.min(total, written + size)));
					if (!(answer instanceof WouldBlock)) written += answer;
					if (written === total) client.shutdown('write');
				}
				const bytes = server.read(5000);
				if (bytes instanceof WouldBlock) return net.engine.step();
				for (const byte of bytes) received.push(byte);
				return bytes.length > 0;
			};
			while (step());
			expect(received.length).toBe(total);
			expect(received.every((byte, i) => byte === data[i])).toBe(true);
		}
	});

	it('of one segment is repaired by fast retransmit, before the timer', () => {
		const { net, a, b, wire } = pair({ delay: 5000 });
		const { client, server } = connected(net, a, b);
		let dropped = false;
		const start = wire.frames.length;
		wire.lose = (frame, count) =>
			!dropped &&
			count > start + 1 &&
			frame.payload.kind === 'ipv4' &&
			frame.payload.payload.kind === 'tcp' &&
			frame.payload.payload.payload.length === 1448 &&
			(dropped = true);
		const begin = net.engine.now;
		net.wait(() => client.write(new Uint8Array(14480)));
		let read = 0;
		while (read < 14480) read += net.wait(() => server.read(20_000)).length;
		expect(dropped).toBe(true);
		expect(net.engine.now - begin).toBeLessThan(100_000);
		expect(wire.tcp().some(({ segment }) => segment.options.some((option) => option.kind === 'sack'))).toBe(true);
	});
});

describe('determinism', () => {
	it('same seed, same frames', () => {
		const run = (seed: number): string => {
			const { net, a, b, wire } = pair({}, seed);
			const { client, server } = connected(net, a, b);
			net.wait(() => client.write(encode('hello')));
			net.wait(() => server.read(10));
			client.close();
			server.close();
			net.run(100);
			return JSON.stringify(wire.frames, (_key, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
		};
		expect(run(5)).toBe(run(5));
		expect(run(5)).not.toBe(run(6));
	});
});

it('a TestNet host has lo from the start', () => {
	expect(new TestNet().host('x').links()).toMatchObject([{ name: 'lo', up: true, loopback: true, mtu: 65536 }]);
});

/**
 * Nothing that arrives and no order of calls may end in an assertion, or in a connection that never comes to an end.
 */
import { expect, it } from 'vitest';
import type { Random } from '#engine/random';
import type { Frame, TcpSegment } from '#wire/packet';
import type { SocketFile } from '../open-file';
import { Errno } from '../syscalls';
import { WouldBlock } from '../wait';
import { at, pair, ROOT } from './testing';

/** Flags, numbers and windows that no honest peer sends. */
function mangled(frame: Frame, random: Random): Frame {
	const packet = frame.payload;
	if (packet.kind !== 'ipv4' || packet.payload.kind !== 'tcp' || random.fraction() > 0.2) return frame;
	const segment = packet.payload;
	const near = (value: number): number => (value + random.between(-3000, 3000)) >>> 0;
	const changes: (() => Partial<TcpSegment>)[] = [
		() => ({ flags: random.between(0, 63) }),
		() => ({ sequence: near(segment.sequence) }),
		() => ({ acknowledgement: near(segment.acknowledgement) }),
		() => ({ window: random.between(0, 65535) }),
		() => ({ options: [] }),
		() => ({ flags: segment.flags ^ (1 << random.between(0, 5)) }),
		() => ({ sequence: random.uint32(), acknowledgement: random.uint32() }),
		() => ({ options: [{ kind: 'sack', blocks: [[near(segment.acknowledgement), near(segment.acknowledgement)]] }] }),
		() => ({ payload: random.bytes(random.between(0, 100)) })
	];
	const change = changes[random.between(0, changes.length - 1)]!();
	return { ...frame, payload: { ...packet, payload: { ...segment, ...change } } };
}

/** One call, drawn by lot; an errno is an answer like any other. */
function someCall(socket: SocketFile, random: Random): void {
	const calls: (() => unknown)[] = [
		() => socket.read(random.between(0, 3000)),
		() => socket.read(3000),
		() => socket.write(random.bytes(random.between(0, 5000))),
		() => socket.write(random.bytes(10)),
		() => socket.poll(),
		() => socket.info(),
		() => random.fraction() < 0.1 && socket.shutdown(random.fraction() < 0.5 ? 'write' : 'both'),
		() => socket.setsockopt('nodelay', 1),
		() => socket.setsockopt('keepalive', 1),
		() => socket.takeError()
	];
	try {
		calls[random.between(0, calls.length - 1)]!();
	} catch (error) {
		if (!(error instanceof Errno)) throw error;
	}
}

it.each(Array.from({ length: 25 }, (_, seed) => seed + 1))('hostile peers and clumsy programs, seed %i', (seed) => {
	const { net, a, b, wire } = pair({ delay: 500 }, seed);
	const random = net.engine.random.split();
	wire.mangle = (frame) => mangled(frame, random);
	wire.lose = () => random.fraction() < 0.05;
	const listener = b.createSocket('inet', 'stream', 0, ROOT);
	listener.bind(at('0.0.0.0', 25));
	listener.listen(3);
	const open: SocketFile[] = [];
	for (let step = 0; step < 400; step++) {
		const lot = random.fraction();
		if (lot < 0.05 && open.length < 12) {
			const client = a.createSocket('inet', 'stream', 0, ROOT);
			client.connect(at('10.0.0.2', 25));
			open.push(client);
		} else if (lot < 0.1) {
			const answer = listener.accept();
			if (!(answer instanceof WouldBlock)) open.push(answer.file);
		} else if (lot < 0.13 && open.length > 0) open.splice(random.between(0, open.length - 1), 1)[0]!.close();
		else if (open.length > 0) someCall(open[random.between(0, open.length - 1)]!, random);
		net.run(random.fraction() < 0.05 ? random.between(1, 70) : 0.002);
	}
	for (const socket of open) socket.close();
	listener.close();
	wire.mangle = (frame) => frame;
	wire.lose = () => false;
	net.run(1000);
	expect([...a.sockets(), ...b.sockets()].map(({ state }) => state)).toEqual([]);
	expect(net.engine.nextTime()).toBe(Infinity);
});

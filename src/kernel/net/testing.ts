/**
 * Hosts and wires for the tests of this folder: no processes, calls are made on the sockets directly.
 */
import { Engine, SECOND } from '#engine/engine';
import type { Frame, Ipv4Address, TcpSegment } from '#wire/packet';
import { TCP } from '#wire/packet';
import type { SocketFile } from '../open-file';
import { Errno } from '../syscalls';
import type { ErrnoCode, SocketAddress } from '../syscalls';
import { WouldBlock } from '../wait';
import type { Port } from './interface';
import { NetStack } from './stack';

export const ROOT = { uid: 0, euid: 0 };
export const USER = { uid: 1000, euid: 1000 };

/** "10.0.0.1" → number */
export function ip(text: string): Ipv4Address {
	return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export const at = (address: string, port: number): SocketAddress => ({ family: 'inet', address: ip(address), port });

export interface WireOptions {
	/** microseconds, one way */
	delay?: number;
	/** asked for each frame: true loses it */
	lose?: (frame: Frame, count: number) => boolean;
}

/** A wire without a rate; every frame that was put on it is kept. */
export class TestWire {
	readonly frames: { time: number; from: string; frame: Frame; lost: boolean }[] = [];
	readonly #ends: { host: string; receive: (frame: Frame) => void; mac: number }[] = [];
	lose: (frame: Frame, count: number) => boolean;
	/** what arrives instead of a frame */
	mangle: (frame: Frame) => Frame = (frame) => frame;

	constructor(
		readonly engine: Engine,
		readonly options: WireOptions = {}
	) {
		this.lose = options.lose ?? (() => false);
	}

	attach(host: string, mac: number, receive: (frame: Frame) => void): Port {
		this.#ends.push({ host, receive, mac });
		return {
			transmit: (frame) => {
				const lost = this.lose(frame, this.frames.length);
				this.frames.push({ time: this.engine.now, from: host, frame, lost });
				if (lost) return;
				this.engine.after(this.options.delay ?? 100, () => {
					const arriving = this.mangle(frame);
					for (const end of this.#ends)
						if (end.host !== host && (frame.destination === 0xffff_ffff_ffff || frame.destination === end.mac))
							end.receive(arriving);
				});
			}
		};
	}

	/** TCP segments in order: "a SA 12" is host, flags, bytes. */
	tcp(): { time: number; from: string; flags: string; length: number; segment: TcpSegment; lost: boolean }[] {
		return this.frames.flatMap(({ time, from, frame, lost }) =>
			frame.payload.kind === 'ipv4' && frame.payload.payload.kind === 'tcp'
				? [
						{
							time,
							from,
							flags: letters(frame.payload.payload.flags),
							length: frame.payload.payload.payload.length,
							segment: frame.payload.payload,
							lost
						}
					]
				: []
		);
	}

	/** "a S", "b SA", "a A", "a PA 5" … */
	story(): string[] {
		return this.tcp().map(({ from, flags, length }) => `${from} ${flags}${length ? ` ${length}` : ''}`);
	}
}

export function letters(flags: number): string {
	const names: readonly (readonly [number, string])[] = [
		[TCP.fin, 'F'],
		[TCP.syn, 'S'],
		[TCP.rst, 'R'],
		[TCP.psh, 'P'],
		[TCP.ack, 'A']
	];
	return names.map(([bit, letter]) => (flags & bit ? letter : '')).join('');
}

export class TestNet {
	readonly engine: Engine;
	#macs = 0x0200_0000_0000;

	constructor(seed = 1) {
		this.engine = new Engine({ seed, start: 1_000_000_000_000_000 });
	}

	host(name: string): NetStack {
		return new NetStack({ host: name, engine: this.engine, random: this.engine.random.split() });
	}

	wire(options?: WireOptions): TestWire {
		return new TestWire(this.engine, options);
	}

	/** "10.0.0.1/24" on a new interface of `stack`, up and plugged into `wire` */
	plug(stack: NetStack, wire: TestWire, cidr: string, mtu?: number): void {
		const [address, prefix] = cidr.split('/') as [string, string];
		const netInterface = stack.addInterface({ name: `eth${stack.interfaces.length - 1}`, mac: ++this.#macs, mtu });
		netInterface.plug(wire.attach(stack.host, netInterface.mac, (frame) => netInterface.receive(frame)));
		stack.setLink(netInterface.name, { up: true });
		stack.addAddress(netInterface.name, ip(address), Number(prefix));
	}

	/** Runs for that many seconds. */
	run(seconds: number): void {
		this.engine.runUntil(this.engine.now + seconds * SECOND);
	}

	/** Runs until the call answers, as a blocked process would wait. */
	wait<T>(call: () => T | WouldBlock, seconds = 2000): T {
		const end = this.engine.now + seconds * SECOND;
		for (;;) {
			const answer = call();
			if (!(answer instanceof WouldBlock)) return answer;
			if (this.engine.nextTime() > end || !this.engine.step()) throw new Error('the call never answered');
		}
	}
}

/** The errno that a call throws, null for none. */
export function errnoOf(call: () => unknown): ErrnoCode | null {
	try {
		call();
		return null;
	} catch (error) {
		if (error instanceof Errno) return error.code;
		throw error;
	}
}

/** Two hosts a (10.0.0.1) and b (10.0.0.2) on one wire. */
export function pair(options?: WireOptions, seed = 1): { net: TestNet; a: NetStack; b: NetStack; wire: TestWire } {
	const net = new TestNet(seed);
	const wire = net.wire(options);
	const a = net.host('a');
	const b = net.host('b');
	net.plug(a, wire, '10.0.0.1/24');
	net.plug(b, wire, '10.0.0.2/24');
	return { net, a, b, wire };
}

/** A listener on b:25 and a connection to it from a. */
export function connected(
	net: TestNet,
	a: NetStack,
	b: NetStack
): { client: SocketFile; server: SocketFile; listener: SocketFile } {
	const listener = b.createSocket('inet', 'stream', 0, ROOT);
	listener.bind(at('0.0.0.0', 25));
	listener.listen(10);
	const client = a.createSocket('inet', 'stream', 0, USER);
	net.wait(() => client.connect(at('10.0.0.2', 25)));
	const server = net.wait(() => listener.accept()).file;
	return { client, server, listener };
}

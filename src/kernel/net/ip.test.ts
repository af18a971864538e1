import { describe, expect, it } from 'vitest';
import type { IcmpMessage, Ipv4Packet } from '#wire/packet';
import { decode, encode } from '../text';
import type { HookName } from '#netfilter/rule';
import type { NetStack } from './stack';
import type { TestWire } from './testing';
import { at, connected, errnoOf, ip, pair, ROOT, TestNet, USER } from './testing';

/** a 10.0.1.1 — router — 10.0.2.1 b */
function routed(mtu?: number): {
	net: TestNet;
	a: NetStack;
	router: NetStack;
	b: NetStack;
	left: TestWire;
	right: TestWire;
} {
	const net = new TestNet();
	const [left, right] = [net.wire(), net.wire()];
	const [a, router, b] = [net.host('a'), net.host('router'), net.host('b')];
	net.plug(a, left, '10.0.1.1/24');
	net.plug(router, left, '10.0.1.254/24');
	net.plug(router, right, '10.0.2.254/24', mtu);
	net.plug(b, right, '10.0.2.1/24');
	router.sysctl('net.ipv4.ip_forward', '1');
	const standard = {
		destination: 0,
		prefix: 0,
		interface: 'eth0',
		metric: 0,
		scope: 'global',
		protocol: 'boot'
	} as const;
	a.addRoute({ ...standard, gateway: ip('10.0.1.254') });
	b.addRoute({ ...standard, gateway: ip('10.0.2.254') });
	return { net, a, router, b, left, right };
}

function icmpOn(wire: TestWire): { packet: Ipv4Packet; message: IcmpMessage }[] {
	return wire.frames.flatMap(({ frame }) =>
		frame.payload.kind === 'ipv4' && frame.payload.payload.kind === 'icmp'
			? [{ packet: frame.payload, message: frame.payload.payload }]
			: []
	);
}

describe('ARP', () => {
	it('asks once, answers, and remembers', () => {
		const { net, a, b, wire } = pair();
		const server = b.createSocket('inet', 'dgram', 0, ROOT);
		server.bind(at('0.0.0.0', 53));
		const client = a.createSocket('inet', 'dgram', 0, USER);
		client.sendto(encode('q'), at('10.0.0.2', 53));
		client.sendto(encode('q'), at('10.0.0.2', 53));
		net.run(1);
		expect(wire.frames.map(({ frame }) => frame.payload.kind)).toEqual(['arp', 'arp', 'ipv4', 'ipv4']);
		expect(a.neighbours()).toMatchObject([{ address: ip('10.0.0.2'), state: 'REACHABLE' }]);
		expect(b.neighbours()).toMatchObject([{ address: ip('10.0.0.1'), state: 'STALE' }]);
		net.run(60);
		expect(a.neighbours()).toMatchObject([{ state: 'STALE' }]);
	});

	it('without an answer fails after three requests, and connect hears EHOSTUNREACH', () => {
		const { net, a, wire } = pair();
		const client = a.createSocket('inet', 'stream', 0, USER);
		const start = net.engine.now;
		expect(errnoOf(() => net.wait(() => client.connect(at('10.0.0.9', 25))))).toBe('EHOSTUNREACH');
		expect(wire.frames.map(({ frame, time }) => [frame.payload.kind, (time - start) / 1e6])).toEqual([
			['arp', 0],
			['arp', 1],
			['arp', 2]
		]);
		expect(a.neighbours()).toMatchObject([{ state: 'FAILED' }]);
	});

	it('of a router that finds nobody comes back as host unreachable', () => {
		const { net, a, left } = routed();
		const client = a.createSocket('inet', 'stream', 0, USER);
		expect(errnoOf(() => net.wait(() => client.connect(at('10.0.2.77', 25))))).toBe('EHOSTUNREACH');
		expect(icmpOn(left).slice(0, 1)).toMatchObject([
			{ packet: { source: ip('10.0.1.254'), tos: 0xc0 }, message: { type: 3, code: 1 } }
		]);
	});
});

describe('forwarding', () => {
	it('lowers the TTL, and the hooks run in order', () => {
		const { net, a, router, b, right } = routed();
		const seen: string[] = [];
		for (const stack of [a, router, b])
			stack.hooks = {
				run: (hook: HookName, packet, incoming, outgoing) => (
					seen.push(`${stack.host} ${hook} ${incoming ?? '-'} ${outgoing ?? '-'}`),
					packet
				),
				answerTo: () => null
			};
		const server = b.createSocket('inet', 'dgram', 0, ROOT);
		server.bind(at('0.0.0.0', 53));
		a.createSocket('inet', 'dgram', 0, USER).sendto(encode('question'), at('10.0.2.1', 53));
		const received = net.wait(() => server.recvfrom(100));
		expect(decode(received.bytes)).toBe('question');
		expect(received.from).toMatchObject({ address: ip('10.0.1.1') });
		expect(seen).toEqual([
			'a OUTPUT - eth0',
			'a POSTROUTING - eth0',
			'router PREROUTING eth0 -',
			'router FORWARD eth0 eth1',
			'router POSTROUTING eth0 eth1',
			'b PREROUTING eth0 -',
			'b INPUT eth0 -'
		]);
		expect(right.frames.at(-1)!.frame.payload).toMatchObject({ ttl: 63 });
	});

	it('does not happen unless it is switched on', () => {
		const { net, a, router, right } = routed();
		router.sysctl('net.ipv4.ip_forward', '0');
		a.createSocket('inet', 'dgram', 0, USER).sendto(encode('x'), at('10.0.2.1', 53));
		net.run(1);
		expect(right.frames).toHaveLength(0);
	});

	it.each([
		['its TTL is used up', 1, '10.0.2.1', { type: 11, code: 0 }],
		['there is no route', 64, '10.9.9.9', { type: 3, code: 0 }]
	])('ends where %s', (_what, ttl, destination, expected) => {
		const { net, a, left } = routed();
		const client = a.createSocket('inet', 'dgram', 0, USER);
		client.setsockopt('ttl', ttl);
		client.sendto(encode('x'), at(destination, 33434));
		net.run(1);
		expect(icmpOn(left)).toMatchObject([{ packet: { source: ip('10.0.1.254') }, message: expected }]);
	});

	it('tells a closed UDP port to a connected socket', () => {
		const { net, a } = routed();
		const client = a.createSocket('inet', 'dgram', 0, USER);
		client.connect(at('10.0.2.1', 9));
		client.write(encode('x'));
		expect(errnoOf(() => net.wait(() => client.read(1)))).toBe('ECONNREFUSED');
	});

	it('checks the way back where rp_filter is strict', () => {
		const { net, a, router, right } = routed();
		a.addAddress('eth0', ip('10.7.7.7'), 32);
		const client = a.createSocket('inet', 'dgram', 0, ROOT);
		client.bind(at('10.7.7.7', 1000));
		const send = (): number => {
			client.sendto(encode('x'), at('10.0.2.1', 53));
			net.run(1);
			return right.frames.filter(({ frame }) => frame.payload.kind === 'ipv4' && frame.payload.protocol === 17).length;
		};
		expect(send()).toBe(1);
		const lines: string[] = [];
		router.log = (line) => lines.push(line);
		router.sysctl('net.ipv4.conf.all.rp_filter', '1');
		router.sysctl('net.ipv4.conf.eth0.log_martians', '1');
		expect(send()).toBe(1);
		expect(lines).toEqual([
			'IPv4: martian source 10.0.2.1 from 10.7.7.7, on dev eth0',
			'll header: 00000000: 02 00 00 00 00 02 02 00 00 00 00 01 08 00'
		]);
		router.addRoute({
			destination: ip('10.7.7.7'),
			prefix: 32,
			interface: 'eth0',
			metric: 0,
			scope: 'link',
			protocol: 'boot'
		});
		expect(send()).toBe(2);
	});
});

describe('fragments', () => {
	it('are made where the MTU asks for them, and put together', () => {
		const { net, a, b, left } = routed();
		const server = b.createSocket('inet', 'dgram', 0, ROOT);
		server.bind(at('0.0.0.0', 53));
		const data = new Uint8Array(4000).map((_, i) => i & 255);
		a.createSocket('inet', 'dgram', 0, USER).sendto(data, at('10.0.2.1', 53));
		expect(net.wait(() => server.recvfrom(5000)).bytes).toEqual(data);
		const packets = left.frames.flatMap(({ frame }) => (frame.payload.kind === 'ipv4' ? [frame.payload] : []));
		expect(packets.map((packet) => [packet.fragmentOffset, packet.moreFragments])).toEqual([
			[0, true],
			[1480, true],
			[2960, false]
		]);
	});

	it('that stay alone time out after 30 s', () => {
		const { net, a, b, left, right } = routed();
		b.createSocket('inet', 'dgram', 0, ROOT).bind(at('0.0.0.0', 53));
		right.lose = (frame) => frame.payload.kind === 'ipv4' && frame.payload.fragmentOffset === 1480;
		a.createSocket('inet', 'dgram', 0, USER).sendto(new Uint8Array(4000), at('10.0.2.1', 53));
		net.run(29);
		expect(icmpOn(left)).toHaveLength(0);
		net.run(2);
		expect(icmpOn(left)).toMatchObject([{ message: { type: 11, code: 1 } }]);
	});

	it('are not made of TCP: the path is told its MTU', () => {
		const { net, a, b, left, right } = routed(1000);
		const listener = b.createSocket('inet', 'stream', 0, ROOT);
		listener.bind(at('0.0.0.0', 25));
		listener.listen(5);
		const client = a.createSocket('inet', 'stream', 0, USER);
		net.wait(() => client.connect(at('10.0.2.1', 25)));
		const server = net.wait(() => listener.accept()).file;
		net.wait(() => client.write(new Uint8Array(20_000)));
		let read = 0;
		while (read < 20_000) read += net.wait(() => server.read(5000)).length;
		expect(icmpOn(left)[0]).toMatchObject({ message: { type: 3, code: 4, rest: 1000 } });
		expect(Math.max(...right.tcp().map(({ length }) => length))).toBe(1000 - 52);
	});
});

describe('ICMP', () => {
	it('answers echo requests of raw and of ping sockets', () => {
		const { net, a } = pair();
		const raw = a.createSocket('inet', 'raw', 1, ROOT);
		const ping = a.createSocket('inet', 'dgram', 1, USER);
		const request = Uint8Array.from([8, 0, 0, 0, 0, 9, 0, 1, 1, 2, 3, 4]);
		ping.sendto(request, at('10.0.0.2', 0));
		expect([...net.wait(() => ping.recvfrom(100)).bytes].slice(6)).toEqual([0, 1, 1, 2, 3, 4]);
		const reply = net.wait(() => raw.recvfrom(100)).bytes;
		expect([reply.length, reply[9], reply[20]]).toEqual([32, 1, 0]);
	});

	it('is silent on request', () => {
		const { net, a, b } = pair();
		b.sysctl('net.ipv4.icmp_echo_ignore_all', '1');
		const ping = a.createSocket('inet', 'dgram', 1, USER);
		ping.sendto(Uint8Array.from([8, 0, 0, 0, 0, 0, 0, 1]), at('10.0.0.2', 0));
		net.run(5);
		expect(ping.poll().read).toBe(false);
	});

	it('sends six errors at once to a host, then one a second', () => {
		expect(errorsOfTen('10.0.1.254')).toEqual([6, 2, 2]);
	});

	it('sends fewer where no route leads on, which has a limit of its own', () => {
		expect(errorsOfTen('10.9.9.9')).toEqual([2, 1, 1]);
	});

	/** ICMP errors for ten datagrams at once to a closed port, three times, 2.1 s apart */
	function errorsOfTen(destination: string): number[] {
		const { net, a, left } = routed();
		const client = a.createSocket('inet', 'dgram', 0, USER);
		return [1, 2, 3].map(() => {
			const before = icmpOn(left).length;
			for (let i = 0; i < 10; i++) client.sendto(encode('x'), at(destination, 9));
			net.run(2.1);
			return icmpOn(left).length - before;
		});
	}

	it('is for root when it is raw', () => {
		expect(errnoOf(() => pair().a.createSocket('inet', 'raw', 1, USER))).toBe('EPERM');
	});
});

describe('the loopback interface', () => {
	it.each(['127.0.0.1', '127.3.2.1', '10.0.0.1'])('reaches a service of the own host at %s', (address) => {
		const { net, a, wire } = pair();
		const listener = a.createSocket('inet', 'stream', 0, ROOT);
		listener.bind(at('0.0.0.0', 25));
		listener.listen(5);
		const client = a.createSocket('inet', 'stream', 0, USER);
		net.wait(() => client.connect(at(address, 25)));
		expect(client.getpeername()).toMatchObject({ address: ip(address) });
		expect(net.wait(() => listener.accept()).from).toMatchObject({
			address: ip(address === '127.3.2.1' ? '127.0.0.1' : address)
		});
		expect(wire.frames).toHaveLength(0);
	});
});

describe('administration', () => {
	it('routes come and go with addresses and interfaces', () => {
		const { a } = pair();
		const list = (): string[] =>
			a.routing
				.list()
				.map((route) => `${route.destination.toString(16)}/${route.prefix} ${route.interface} ${route.protocol}`);
		expect(list()).toEqual(['a000000/24 eth0 kernel']);
		const local = a.routes().filter(({ type }) => type === 'local' || type === 'broadcast');
		expect(local.map((row) => `${row.type} ${row.destination.toString(16)}/${row.prefix} ${row.interface}`)).toEqual([
			'local 7f000001/32 lo',
			'local 7f000000/8 lo',
			'broadcast 7fffffff/32 lo',
			'local a000001/32 eth0',
			'broadcast a0000ff/32 eth0'
		]);
		a.addRoute({
			destination: 0,
			prefix: 0,
			gateway: ip('10.0.0.2'),
			interface: 'eth0',
			metric: 0,
			scope: 'global',
			protocol: 'boot'
		});
		expect(a.routeTo(ip('8.8.8.8'))).toMatchObject({
			gateway: ip('10.0.0.2'),
			interface: 'eth0',
			source: ip('10.0.0.1')
		});
		a.setLink('eth0', { up: false });
		expect(list()).toEqual([]);
		expect(errnoOf(() => a.routeTo(ip('8.8.8.8')))).toBe('ENETUNREACH');
		a.setLink('eth0', { up: true });
		expect(list()).toEqual(['a000000/24 eth0 kernel']);
	});

	it.each([
		['a gateway that is no neighbour', { gateway: '10.5.5.5' }, 'ENETUNREACH'],
		['an unknown interface', { interface: 'eth7' }, 'ENODEV'],
		['host bits', { destination: '10.1.1.1' }, 'EINVAL'],
		['a route that is there', { destination: '10.0.0.0', interface: 'eth0' }, 'EEXIST']
	])('refuses %s', (_what, change: { gateway?: string; interface?: string; destination?: string }, expected) => {
		const { a } = pair();
		const route = {
			destination: ip(change.destination ?? '10.1.1.0'),
			prefix: 24,
			gateway: change.gateway === undefined ? undefined : ip(change.gateway),
			interface: change.interface ?? '',
			metric: 0,
			scope: 'global',
			protocol: 'boot'
		} as const;
		expect(errnoOf(() => a.addRoute(route))).toBe(expected);
	});

	it('settings have names, defaults and numbers', () => {
		const { a } = pair();
		expect(a.sysctl('net.ipv4.ip_forward')).toBe('0');
		expect(a.sysctl('net.ipv4.conf.eth0.rp_filter')).toBe('0');
		expect(a.sysctl('net.ipv4.ip_forward', '1\n')).toBe('1');
		expect(a.sysctl('net.ipv4.conf.eth0.forwarding')).toBe('1');
		expect(errnoOf(() => a.sysctl('net.ipv4.nonsense'))).toBe('ENOENT');
		expect(errnoOf(() => a.sysctl('net.ipv4.ip_forward', 'yes'))).toBe('EINVAL');
	});
});

describe('power off', () => {
	it('says nothing, and nothing is left to do', () => {
		const { net, a, b, wire } = pair();
		const { server } = connected(net, a, b);
		net.wait(() => server.write(encode('220 hello')));
		const before = wire.frames.length;
		b.down();
		net.run(0.01);
		expect(wire.frames.slice(before).filter(({ from }) => from === 'b')).toHaveLength(0);
		expect(b.sockets()).toHaveLength(0);
	});
});

it('packet sockets see frames both ways', () => {
	const { net, a, b } = pair();
	const tap = a.createSocket('packet', 'raw', 3, ROOT);
	tap.bind({ family: 'packet', interface: 'eth0' });
	connected(net, a, b);
	net.run(1);
	const lengths: number[] = [];
	while (tap.poll().read) lengths.push(net.wait(() => tap.recvfrom(2000)).bytes.length);
	expect(lengths).toEqual([42, 60, 74, 74, 66]);
});

/**
 * Recordings of a real kernel (`tests/conformance/netfilter/verdict.jsonl`) whose rules let everything pass: what arrives
 * at the end hosts is the stack's doing alone.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatIpv4Address } from '#wire/address';
import type { Frame, IcmpMessage, Ipv4Packet, TcpSegment } from '#wire/packet';
import { parseIpv4 } from '#wire/ipv4';
import { TCP } from '#wire/packet';
import { encode } from '../text';
import { WouldBlock } from '../wait';
import { packetLength } from './length';
import type { NetStack } from './stack';
import { at, errnoOf, ip, letters, ROOT, TestNet } from './testing';
import type { TestWire } from './testing';

interface Probe {
	from: string;
	type: string;
	proto: 'tcp' | 'udp' | 'icmp';
	dst: string;
	dport: number;
	sport: number;
	errno?: string;
	src?: string;
	ttl?: number;
	flags?: string;
	payload?: string;
	icmp?: [number, number];
	seen?: Record<string, string[]>;
}
interface Case {
	id: string;
	topology: 'A' | 'B' | 'C';
	rules: Record<string, string>;
	sysctls: Record<string, string | number>;
	services: { host: string; proto: string; port: number; reply?: string }[];
	probes: Probe[];
}

const file = new URL('../../../tests/conformance/netfilter/verdict.jsonl', import.meta.url);
const harmless = /^(\*|:\w+ ACCEPT|COMMIT|#|-A \w+( -[io] \w+)*$|$)/;
const supported = (probe: Probe): boolean =>
	probe.type === 'connect' ||
	probe.type === 'udp' ||
	(probe.type === 'raw' && !['fragment', 'count', 'badcsum', 'tos'].some((key) => key in probe));
const cases = readFileSync(file, 'utf8')
	.split('\n')
	.filter((line) => line !== '')
	.map((line) => JSON.parse(line) as Case)
	.filter(({ rules }) => Object.values(rules).every((text) => text.split('\n').every((line) => harmless.test(line))))
	.filter(({ topology, probes }) => topology !== 'C' && probes.every(supported));

function build({ topology, sysctls, services }: Case): {
	net: TestNet;
	hosts: Record<string, NetStack>;
	wires: Record<string, TestWire>;
} {
	const net = new TestNet();
	const left = net.wire();
	const hosts: Record<string, NetStack> = { client: net.host('client') };
	const wires: Record<string, TestWire> = { client: left };
	const middle = (hosts[topology === 'A' ? 'router' : 'host'] = net.host('middle'));
	net.plug(hosts.client!, left, '192.168.75.10/24');
	net.plug(middle, left, '192.168.75.1/24');
	const standard = {
		destination: 0,
		prefix: 0,
		interface: 'eth0',
		metric: 0,
		scope: 'global',
		protocol: 'boot'
	} as const;
	if (topology === 'A') {
		const right = net.wire();
		hosts.server = net.host('server');
		wires.server = right;
		net.plug(middle, right, '203.0.113.1/24');
		net.plug(hosts.server, right, '203.0.113.25/24');
		middle.sysctl('net.ipv4.ip_forward', '1');
		hosts.client!.addRoute({ ...standard, gateway: ip('192.168.75.1') });
		hosts.server.addRoute({ ...standard, gateway: ip('203.0.113.1') });
	}
	for (const stack of Object.values(hosts)) {
		stack.sysctl('net.ipv4.icmp_ratelimit', '0');
		stack.sysctl('net.ipv4.tcp_synack_retries', '0');
	}
	for (const [name, value] of Object.entries(sysctls)) middle.sysctl(name, String(value));
	for (const service of services) serve(hosts[service.host]!, service);
	return { net, hosts, wires };
}

/** A service that answers whenever its socket wakes. */
function serve(stack: NetStack, { proto, port, reply = 'pong' }: Case['services'][number]): void {
	const socket = stack.createSocket('inet', proto === 'tcp' ? 'stream' : 'dgram', 0, ROOT);
	socket.bind(at('0.0.0.0', port));
	if (proto === 'tcp') socket.listen(10);
	socket.changed.add(() => {
		if (proto === 'tcp') return void socket.accept();
		const received = socket.recvfrom(1000);
		if (!(received instanceof WouldBlock) && reply) socket.sendto(encode(reply), received.from);
	});
}

function send(net: TestNet, stack: NetStack, probe: Probe): string | null {
	if (probe.type === 'raw') {
		stack.ip.output(rawPacket(stack, probe), { mark: 0, frame: null, uid: -1, tracking: null });
		net.run(0.6);
		return null;
	}
	const socket = stack.createSocket('inet', probe.type === 'udp' ? 'dgram' : 'stream', 0, ROOT);
	socket.bind(at('0.0.0.0', probe.sport));
	let errno: string | null = null;
	if (probe.type === 'udp') errno = errnoOf(() => socket.sendto(encode('ping'), at(probe.dst, probe.dport)));
	else {
		socket.setsockopt('linger', 0);
		const end = net.engine.now + 600_000;
		errno = errnoOf(() => {
			while (socket.connect(at(probe.dst, probe.dport)) instanceof WouldBlock) {
				if (net.engine.nextTime() > end) return;
				net.engine.step();
			}
			net.run(0.06);
		});
	}
	if (probe.type === 'udp') net.run(0.6);
	socket.close();
	net.run(0.3);
	return errno;
}

function rawPacket(stack: NetStack, probe: Probe): Ipv4Packet {
	const ports = { sourcePort: probe.sport, destinationPort: probe.dport };
	const bytes = encode(probe.payload ?? '');
	const bits: Record<string, number> = { F: TCP.fin, S: TCP.syn, R: TCP.rst, P: TCP.psh, A: TCP.ack, U: TCP.urg };
	const flags = [...(probe.flags ?? '')].reduce((sum, letter) => sum | (bits[letter] ?? 0), 0);
	const payload: Ipv4Packet['payload'] =
		probe.proto === 'udp'
			? { kind: 'udp', ...ports, payload: bytes }
			: probe.proto === 'icmp'
				? { kind: 'icmp', type: probe.icmp![0], code: probe.icmp![1], rest: 0x4e46_0001, payload: encode('abcdefgh') }
				: {
						kind: 'tcp',
						...ports,
						sequence: 1000,
						acknowledgement: flags & TCP.ack ? 2000 : 0,
						flags,
						window: 1024,
						urgentPointer: 0,
						options: [],
						payload: bytes
					};
	return {
		kind: 'ipv4',
		tos: 0,
		identification: 1000,
		dontFragment: false,
		moreFragments: false,
		fragmentOffset: 0,
		ttl: probe.ttl ?? 64,
		protocol: { tcp: 6, udp: 17, icmp: 1 }[probe.proto],
		source: probe.src ? ip(probe.src) : stack.routing.lookup(ip(probe.dst)).source,
		destination: ip(probe.dst),
		options: new Uint8Array(0),
		payload
	};
}

/** A line as the recordings have it. */
function line(packet: Ipv4Packet): string {
	const { payload } = packet;
	const [from, to] = [packet.source, packet.destination].map(formatIpv4Address);
	const tail = `ttl=${packet.ttl} len=${packetLength(packet)}${packet.tos ? ` tos=0x${packet.tos.toString(16)}` : ''}`;
	if (payload.kind === 'tcp')
		return `tcp ${from}:${payload.sourcePort} > ${to}:${payload.destinationPort} ${letters(payload.flags)} ${tail}${mssOf(payload)}`;
	if (payload.kind === 'udp') return `udp ${from}:${payload.sourcePort} > ${to}:${payload.destinationPort} ${tail}`;
	if (payload.kind === 'icmp')
		return `icmp ${from} > ${to} type=${payload.type} code=${payload.code} ${tail}${icmpTail(payload)}`;
	return `proto ${packet.protocol}`;
}

function mssOf({ options }: TcpSegment): string {
	const mss = options.find((option) => option.kind === 'mss');
	return mss ? ` mss=${mss.value}` : '';
}

function icmpTail(message: IcmpMessage): string {
	if (message.type === 0 || message.type === 8) return ` id=${message.rest >>> 16} seq=${message.rest & 0xffff}`;
	const about = parseIpv4(message.payload);
	if (!about || about.payload.kind === 'raw') return '';
	return ` about ${line(about)
		.replace(/ ttl=.*/, '')
		.replace(/ [FSRPA]+$/, '')}`;
}

function arrived(wire: TestWire, host: string, from: number): string[] {
	const packets = wire.frames
		.slice(from)
		.flatMap(({ frame, from: sender }: { frame: Frame; from: string }) =>
			sender !== host && frame.payload.kind === 'ipv4' ? [frame.payload] : []
		);
	return packets.map(line);
}

describe('as a real kernel', () => {
	it.each(cases.map((one) => [one.id, one] as const))('%s', (_id, one) => {
		const { net, hosts, wires } = build(one);
		for (const probe of one.probes) {
			const before = Object.fromEntries(Object.entries(wires).map(([name, wire]) => [name, wire.frames.length]));
			const errno = send(net, hosts[probe.from]!, probe);
			const seen = Object.fromEntries(
				Object.entries(wires).map(([name, wire]) => [name, arrived(wire, name, before[name]!)])
			);
			for (const name of Object.keys(wires))
				expect([probe.sport, name, ...seen[name]!]).toEqual([probe.sport, name, ...(probe.seen?.[name] ?? [])]);
			if (probe.type === 'connect' && probe.errno !== 'ETIMEDOUT') expect(errno ?? 'OK').toBe(probe.errno);
		}
	});

	it('on at least six recordings', () => expect(cases.length).toBeGreaterThanOrEqual(6));
});

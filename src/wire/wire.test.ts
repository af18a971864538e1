import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	formatIpv6Address,
	formatMac,
	parseIpv4Address,
	parseIpv6Address,
	parseMac,
	parsePrefix,
	prefixOf
} from './address';
import { buildFrame, parseFrame } from './ethernet';
import { buildIpv4, parseIpv4 } from './ipv4';
import type { ArpPacket, Frame, Ipv4Packet, TcpOption } from './packet';
import { writePcapng } from './pcapng';

const u = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const bytes = fc.uint8Array({ maxLength: 60 });
const longBytes = fc.uint8Array({ minLength: 46, maxLength: 80 });

const option: fc.Arbitrary<TcpOption> = fc.oneof(
	fc.constant<TcpOption>({ kind: 'nop' }),
	fc.constant<TcpOption>({ kind: 'sack-permitted' }),
	fc.record({ kind: fc.constant('mss' as const), value: u(16) }),
	fc.record({ kind: fc.constant('window-scale' as const), shift: u(8) }),
	fc.record({ kind: fc.constant('timestamps' as const), value: u(32), echo: u(32) }),
	fc.record({
		kind: fc.constant('sack' as const),
		blocks: fc.array(fc.tuple(u(32), u(32)), { minLength: 1, maxLength: 2 })
	}),
	fc.record({
		kind: fc.constant('unknown' as const),
		number: fc.constantFrom(19, 30, 254),
		data: fc.uint8Array({ maxLength: 3 })
	})
);
const tcp = fc.record({
	kind: fc.constant('tcp' as const),
	sourcePort: u(16),
	destinationPort: u(16),
	sequence: u(32),
	acknowledgement: u(32),
	flags: u(8),
	window: u(16),
	urgentPointer: u(16),
	options: fc.array(option, { maxLength: 2 }),
	payload: bytes
});
const udp = fc.record({ kind: fc.constant('udp' as const), sourcePort: u(16), destinationPort: u(16), payload: bytes });
const icmp = fc.record({ kind: fc.constant('icmp' as const), type: u(8), code: u(8), rest: u(32), payload: bytes });
const raw = fc.record({ kind: fc.constant('raw' as const), bytes });

const PROTOCOL_OF = { tcp: 6, udp: 17, icmp: 1, raw: 89 } as const;
const ipv4: fc.Arbitrary<Ipv4Packet> = fc
	.record({
		kind: fc.constant('ipv4' as const),
		tos: u(8),
		identification: u(16),
		dontFragment: fc.boolean(),
		ttl: u(8),
		source: u(32),
		destination: u(32),
		options: fc.constantFrom(new Uint8Array(0), Uint8Array.of(1, 1, 1, 0)),
		payload: fc.oneof(tcp, udp, icmp, raw)
	})
	.map((packet) => ({
		...packet,
		moreFragments: false,
		fragmentOffset: 0,
		protocol: PROTOCOL_OF[packet.payload.kind]
	}));
const arp: fc.Arbitrary<ArpPacket> = fc.record({
	kind: fc.constant('arp' as const),
	operation: u(16),
	senderMac: u(48),
	senderIp: u(32),
	targetMac: u(48),
	targetIp: u(32)
});

describe('frames', () => {
	it('are read as they were built', () => {
		const payload = fc.oneof(
			arp.map((value) => ({ type: 0x806, payload: value })),
			ipv4.map((value) => ({ type: 0x800, payload: value })),
			longBytes.map((value) => ({ type: 0x88cc, payload: { kind: 'raw' as const, bytes: value } }))
		);
		fc.assert(
			fc.property(u(48), u(48), payload, (destination, source, rest) => {
				const frame: Frame = { destination, source, ...rest };
				const built = buildFrame(frame);
				expect(built.length).toBeGreaterThanOrEqual(60);
				expect(parseFrame(built)).toEqual(frame);
			})
		);
	});

	it('are read from any bytes without an error', () => {
		fc.assert(fc.property(fc.uint8Array({ maxLength: 90 }), (garbage) => void parseFrame(garbage)));
	});

	it('keep a wrong checksum', () => {
		const packet: Ipv4Packet = {
			kind: 'ipv4', tos: 0, identification: 1, dontFragment: true, moreFragments: false, fragmentOffset: 0, ttl: 64, protocol: 17,
			source: 0xc0a84b0a, destination: 0xc0a84b02, options: new Uint8Array(0),
			payload: { kind: 'udp', sourcePort: 1, destinationPort: 2, payload: Uint8Array.of(1, 2, 3), checksum: 0x1234 }
		}; // prettier-ignore
		expect(parseIpv4(buildIpv4(packet))).toEqual(packet);
	});

	it('that were cut short are read as far as they go', () => {
		fc.assert(
			fc.property(ipv4, (packet) => {
				const quoted = parseIpv4(buildIpv4(packet).subarray(0, 20 + packet.options.length + 8));
				expect(quoted?.source).toBe(packet.source);
				if (packet.payload.kind === 'udp' && quoted?.payload.kind === 'udp')
					expect(quoted.payload.destinationPort).toBe(packet.payload.destinationPort);
			})
		);
	});
});

describe('addresses', () => {
	it.each(['1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.4 ', '', '1..2.3'])('"%s" is none', (text) => {
		expect(parseIpv4Address(text)).toBeUndefined();
	});
	it.each([
		['2001:db8::80', '2001:db8::80'],
		['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
		['::', '::'],
		['::1', '::1'],
		['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:0'],
		['::ffff:192.0.2.1', '::ffff:c000:201']
	])('%s is written %s', (text, canonical) => {
		expect(formatIpv6Address(parseIpv6Address(text)!)).toBe(canonical);
	});
	it('knows MAC addresses, masks and prefixes', () => {
		expect(parseMac('02:00:c0:a8:4b:02')).toBe(0x0200c0a84b02);
		expect(formatMac(0x0200c0a84b02)).toBe('02:00:c0:a8:4b:02');
		expect(parsePrefix('192.168.75.0/28')).toEqual({ address: 0xc0a84b00, prefix: 28 });
		expect(parsePrefix('192.168.75.0/33')).toBeUndefined();
		expect(prefixOf(0xfffffff0)).toBe(28);
		expect(prefixOf(0xff00ff00)).toBeUndefined();
	});
});

describe('pcapng', () => {
	it('ends every block with its length', () => {
		const file = writePcapng([{ time: 1_700_000_000_123_456, bytes: new Uint8Array(61), comment: 'dropped' }], {
			interfaces: ['halo eth0']
		});
		const view = new DataView(file.buffer);
		const types: number[] = [];
		for (let at = 0; at < file.length;) {
			const length = view.getUint32(at + 4, true);
			types.push(view.getUint32(at, true));
			expect(view.getUint32(at + length - 4, true)).toBe(length);
			at += length;
		}
		expect(types).toEqual([0x0a0d0d0a, 1, 6]);
	});
});

import { parseIpv4 } from '#wire/ipv4';
import type { Ipv4Packet } from '#wire/packet';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Skb } from '../skb';
import { swapped, tcp, TestHost, type Ends } from './testing';

/** few addresses and ports, so that packets meet the connections of others */
const ADDRESS = fc.constantFrom(0xc0a84b0a, 0xc0a84b14, 0xcb007101, 0xcb007119);
const PORT = fc.constantFrom(20, 21, 80, 40000);

const segment: fc.Arbitrary<Ipv4Packet> = fc
	.record({
		from: ADDRESS,
		to: ADDRESS,
		sport: PORT,
		dport: PORT,
		flags: fc.constantFrom('S', 'SA', 'A', 'PA', 'FA', 'R', 'RA', ''),
		seq: fc.constantFrom(0, 1000, 1001, 2000, 0xffffffff),
		ack: fc.constantFrom(0, 1001, 2000, 2001),
		window: fc.constantFrom(0, 1, 1024, 65535),
		text: fc.constantFrom(
			'',
			'x',
			'PORT 192,168,75,10,1,1\r\n',
			'227 (203,0,113,25,9,9)\r\n',
			'EPRT |1|',
			'229 (|||',
			'\n'
		)
	})
	.map(({ flags, seq, ack, window, text, ...ends }) => tcp(ends, flags, { seq, ack, window, text }));

/** whatever is behind an IP header */
const garbage: fc.Arbitrary<Ipv4Packet> = fc
	.record({
		source: ADDRESS,
		destination: ADDRESS,
		protocol: fc.constantFrom(1, 6, 17, 33, 47, 50, 132, 136, 255),
		bytes: fc.uint8Array({ maxLength: 60 }),
		inner: fc.boolean()
	})
	.map(({ source, destination, protocol, bytes, inner }) => {
		const header = Uint8Array.of(0x45, 0, 0, 20 + bytes.length, 0, 0, 0, 0, 64, protocol, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
		const view = new DataView(header.buffer);
		view.setUint32(12, source);
		view.setUint32(16, destination);
		// an ICMP error that quotes the bytes' own beginning
		const payload = inner && protocol === 1 ? Uint8Array.of(3, 3, 0, 0, 0, 0, 0, 0, 0x45, ...bytes) : bytes;
		header[3] = 20 + payload.length;
		return parseIpv4(Uint8Array.of(...header, ...payload))!;
	});

it('takes any packet through any NAT without an error, and never counts wrongly', () => {
	const step = fc.record({
		packet: fc.oneof(segment, garbage),
		source: fc.boolean(),
		destination: fc.boolean(),
		helper: fc.boolean(),
		wait: fc.constantFrom(0, 0, 0, 1, 40)
	});
	fc.assert(
		fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
			const host = new TestHost();
			const range = { minimum: 0xcb007101, maximum: 0xcb007103, minimumPort: null, maximumPort: null };
			let told = 0;
			host.table.listen((change) => (told += change === 'NEW' ? 1 : change === 'DESTROY' ? -1 : 0));
			for (const { packet, source, destination, helper, wait } of steps) {
				host.wait(wait);
				const rules = {
					...(source ? { POSTROUTING: (skb: Skb) => host.table.bind(skb, 'source', range) } : {}),
					...(destination ? { PREROUTING: (skb: Skb) => host.table.bind(skb, 'destination', range) } : {})
				};
				host.forward(packet, rules, helper ? 'ftp' : undefined);
			}
			expect(host.table.list()).toHaveLength(told);
			host.table.flush();
			expect([host.table.count, told, host.table.expectations().length]).toEqual([0, 0, 0]);
		}),
		{ numRuns: 150 }
	);
});

it('drops an announcement that breaks off, and nothing else', () => {
	const ends: Ends = { from: 0xc0a84b0a, to: 0xcb007119, sport: 40000, dport: 21 };
	fc.assert(
		fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), (tail) => {
			const host = new TestHost();
			host.forward(tcp(ends, 'S', { seq: 999 }), {}, 'ftp');
			host.forward(tcp(swapped(ends), 'SA', { seq: 1999, ack: 1000 }));
			host.forward(tcp(ends, 'PA', { seq: 1000, ack: 2000, text: '\n' }));
			const begins = /^(port|eprt)/i.test(tail) || (tail.length <= 4 && /^(p|po|por|e|ep|epr)$/i.test(tail));
			const { verdict } = host.forward(tcp(ends, 'PA', { seq: 1001, ack: 2000, text: tail }));
			if (!begins) expect(verdict).toBe(1);
		})
	);
});

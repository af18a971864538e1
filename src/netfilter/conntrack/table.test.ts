import { buildIpv4 } from '#wire/ipv4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VERDICT } from '../extension';
import { CT, type Skb } from '../skb';
import type { Tuple } from './connection';
import { invert, quotedTuple } from './tuple';
import { icmp, swapped, tcp, TestHost, udp, type Ends } from './testing';

const CLIENT = 0xc0a84b0a;
const OTHER = 0xc0a84b14;
const ROUTER = 0xcb007101;
const SERVER = 0xcb007119;
const FLOW: Ends = { from: CLIENT, to: SERVER, sport: 40000, dport: 80 };

/** SNAT to the router's address */
const snat = (host: TestHost, minimumPort: number | null = null, maximumPort = minimumPort) => ({
	POSTROUTING: (skb: Skb) =>
		host.table.bind(skb, 'source', { minimum: ROUTER, maximum: ROUTER, minimumPort, maximumPort })
});

function open(host: TestHost, ends: Ends = FLOW, rules = {}, helper?: string): void {
	host.forward(tcp(ends, 'S', { seq: 999 }), rules, helper);
	host.forward(tcp(swapped(ends), 'SA', { seq: 1999, ack: 1000 }));
	host.forward(tcp(ends, 'A', { seq: 1000, ack: 2000 }), rules);
}

describe('states', () => {
	it.each([
		['S', CT.new],
		['A', CT.new],
		['PA', CT.new],
		['SA', CT.invalid],
		['R', CT.invalid],
		['F', CT.invalid],
		['', CT.invalid],
		['FPU', CT.invalid]
	])('a lone TCP segment with flags "%s"', (flags, state) => {
		expect(new TestHost().forward(tcp(FLOW, flags)).state).toBe(state);
	});

	it('picks up nothing when loose is 0', () => {
		const host = new TestHost();
		host.set('tcp_loose', 0);
		expect(host.forward(tcp(FLOW, 'A')).state).toBe(CT.invalid);
		expect(host.forward(tcp(FLOW, 'S')).state).toBe(CT.new);
	});

	it('follows a TCP connection from SYN to TIME_WAIT', () => {
		const host = new TestHost();
		const back = swapped(FLOW);
		const states: string[] = [];
		const steps: [Ends, string, { seq: number; ack?: number; text?: string }][] = [
			[FLOW, 'S', { seq: 999 }],
			[back, 'SA', { seq: 1999, ack: 1000 }],
			[FLOW, 'A', { seq: 1000, ack: 2000 }],
			[FLOW, 'PA', { seq: 1000, ack: 2000, text: 'hello' }],
			[back, 'A', { seq: 2000, ack: 1005 }],
			[FLOW, 'FA', { seq: 1005, ack: 2000 }],
			[back, 'A', { seq: 2000, ack: 1006 }],
			[back, 'FA', { seq: 2000, ack: 1006 }],
			[FLOW, 'A', { seq: 1006, ack: 2001 }]
		];
		for (const [ends, flags, more] of steps) {
			host.forward(tcp(ends, flags, more));
			states.push(host.table.list()[0]!.state);
		}
		expect(states).toEqual([
			'SYN_SENT',
			'SYN_RECV',
			'ESTABLISHED',
			'ESTABLISHED',
			'ESTABLISHED',
			'FIN_WAIT',
			'CLOSE_WAIT',
			'LAST_ACK',
			'TIME_WAIT'
		]);
	});

	it('calls a segment outside the window INVALID, unless be_liberal', () => {
		const host = new TestHost();
		open(host);
		const far = tcp(FLOW, 'PA', { seq: 900_000, ack: 2000, text: 'x' });
		expect(host.forward(far).state).toBe(CT.invalid);
		host.set('tcp_be_liberal', 1);
		expect(host.forward(far).state).toBe(CT.established);
	});

	it('forgets an unanswered connection when it is reset, and lets the reset pass as ESTABLISHED', () => {
		const host = new TestHost();
		host.forward(tcp(FLOW, 'A'));
		expect(host.forward(tcp(swapped(FLOW), 'R', { seq: 2000 })).state).toBe(CT.established);
		expect(host.table.list()).toHaveLength(0);
	});

	it('knows UDP and ICMP', () => {
		const host = new TestHost();
		expect(host.forward(udp(FLOW)).state).toBe(CT.new);
		expect(host.forward(udp(FLOW)).state).toBe(CT.new);
		expect(host.forward(udp(swapped(FLOW))).state).toBe(CT.established);
		expect(host.forward(udp(FLOW)).state).toBe(CT.established);
		expect(host.forward(icmp(swapped(FLOW), 0)).state).toBe(CT.invalid);
		expect(host.forward(icmp(FLOW, 8)).state).toBe(CT.new);
		expect(host.forward(icmp(swapped(FLOW), 0)).state).toBe(CT.established);
		const about = buildIpv4(udp(FLOW));
		expect(host.forward(icmp(swapped(FLOW), 3, { code: 3, payload: about })).state).toBe(CT.related);
		const unknown = buildIpv4(udp({ ...FLOW, sport: 1 }));
		expect(host.forward(icmp(swapped(FLOW), 3, { code: 3, payload: unknown })).state).toBe(CT.invalid);
	});

	it('ends at its time-out, and asks no timer for it', () => {
		const host = new TestHost();
		const first = host.forward(udp(FLOW)).skb.connection;
		host.wait(29);
		expect(host.table.list()).toHaveLength(1);
		host.wait(1);
		expect(host.timers).toHaveLength(0);
		expect(host.forward(udp(FLOW)).skb.connection).not.toBe(first);
		expect(host.table.list()).toHaveLength(1);
	});

	it('tells who listens, and runs a timer for them alone', () => {
		const host = new TestHost();
		const seen: string[] = [];
		const stop = host.table.listen((change, { state }) => seen.push(`${change} ${state}`));
		open(host);
		host.forward(tcp(swapped(FLOW), 'R', { seq: 2000 }));
		host.wait(20);
		expect(seen).toEqual(['NEW SYN_SENT', 'UPDATE SYN_RECV', 'UPDATE ESTABLISHED', 'UPDATE CLOSE', 'DESTROY CLOSE']);
		stop();
		expect(host.timers).toHaveLength(0);
	});

	it('drops new connections when the table is full, and says so', () => {
		const host = new TestHost();
		host.set('max', 3);
		const verdicts = [1, 2, 3, 4, 5].map((sport) => host.forward(udp({ ...FLOW, sport })).verdict);
		expect(verdicts).toEqual([1, 1, 1, VERDICT.drop, VERDICT.drop]);
		expect(host.log[0]).toBe('nf_conntrack: nf_conntrack: table full, dropping packet');
	});
});

describe('NAT', () => {
	it('translates there and back, and errors about it', () => {
		const host = new TestHost();
		const there = host.forward(udp(FLOW), snat(host)).packet;
		expect(there.source).toBe(ROUTER);
		const answer = udp({ ...swapped(FLOW), to: ROUTER });
		expect(host.forward(answer).packet.destination).toBe(CLIENT);
		const error = icmp({ from: SERVER, to: ROUTER }, 3, { code: 3, payload: buildIpv4(there) });
		const back = host.forward(error).packet;
		expect(back.destination).toBe(CLIENT);
		const quoted = back.payload.kind === 'icmp' ? back.payload.payload : new Uint8Array();
		expect(quoted).toEqual(buildIpv4(udp(FLOW)));
	});

	it.each([
		[40000, 1024, 65535],
		[600, 600, 1023],
		[53, 1, 511]
	])('gives a clashing port %i another of its class', (sport, low, high) => {
		const host = new TestHost();
		host.forward(udp({ ...FLOW, sport }), snat(host));
		const { payload } = host.forward(udp({ ...FLOW, from: OTHER, sport }), snat(host)).packet;
		const port = payload.kind === 'udp' ? payload.sourcePort : 0;
		expect(port).not.toBe(sport);
		expect(port).toBeGreaterThanOrEqual(low);
		expect(port).toBeLessThanOrEqual(high);
		const next = host.forward(udp({ ...FLOW, from: OTHER, to: SERVER + 1, sport }), snat(host)).packet.payload;
		expect(next.kind === 'udp' && next.sourcePort).toBe(port);
	});

	it('drops what clashes in a range of one port', () => {
		const host = new TestHost();
		expect(host.forward(udp(FLOW), snat(host, 5000)).verdict).toBe(VERDICT.accept);
		expect(host.forward(udp({ ...FLOW, sport: 1 }), snat(host, 5000)).verdict).toBe(VERDICT.drop);
		expect(host.table.list()).toHaveLength(1);
	});

	it('gives no two connections the same answers, and brings every answer home', () => {
		const ends = fc.record({
			from: fc.integer({ min: 0xc0a84b0a, max: 0xc0a84b0d }),
			to: fc.integer({ min: SERVER, max: SERVER + 1 }),
			sport: fc.constantFrom(22, 80, 600, 1024, 1025, 40000),
			dport: fc.constantFrom(53, 80)
		});
		const step = fc.record({ ends, how: fc.constantFrom('snat', 'range', 'none', 'dnat'), tcp: fc.boolean() });
		fc.assert(
			fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
				const host = new TestHost();
				for (const one of steps) {
					const rules = {
						...(one.how === 'snat' ? snat(host) : one.how === 'range' ? snat(host, 2000, 2010) : {}),
						...(one.how === 'dnat'
							? {
									PREROUTING: (skb: Skb) =>
										host.table.bind(skb, 'destination', {
											minimum: SERVER + 5,
											maximum: SERVER + 7,
											minimumPort: null,
											maximumPort: null
										})
								}
							: {})
					};
					const packet = one.tcp ? tcp(one.ends, 'S') : udp(one.ends);
					const result = host.forward(packet, rules);
					if (result.verdict !== VERDICT.accept) continue;
					const sent = result.packet;
					const tuple = quotedTuple(buildIpv4(sent))!;
					const reply = {
						from: tuple.destination,
						to: tuple.source,
						sport: tuple.destinationPort,
						dport: tuple.sourcePort
					};
					const home = host.forward(one.tcp ? tcp(reply, 'SA', { ack: 1001 }) : udp(reply)).packet;
					expect([home.source, home.destination]).toEqual([one.ends.to, one.ends.from]);
				}
				const all = host.table.list();
				const text = (tuple: Tuple): string => Object.values(tuple).join(' ');
				expect(new Set(all.map(({ reply }) => text(reply))).size).toBe(all.length);
				for (const { original } of all) expect(invert(invert(original)!)).toEqual(original);
			}),
			{ numRuns: 60 }
		);
	});
});

describe('FTP', () => {
	const ftp: Ends = { ...FLOW, dport: 21 };
	const control = (host: TestHost, rules = {}): void => {
		open(host, ftp, rules, 'ftp');
	};
	const greeting = '220 ready\r\n';

	it('lets the announced data connection in as RELATED', () => {
		const host = new TestHost();
		control(host);
		host.forward(tcp(swapped(ftp), 'PA', { seq: 2000, ack: 1000, text: greeting }));
		const text = '227 Entering Passive Mode (203,0,113,25,195,80)\r\n';
		host.forward(tcp(swapped(ftp), 'PA', { seq: 2011, ack: 1000, text }));
		expect(host.table.expectations()).toMatchObject([{ destinationPort: 50000, source: CLIENT }]);
		const data = { from: CLIENT, to: SERVER, sport: 40001, dport: 50000 };
		expect(host.forward(tcp(data, 'S')).state).toBe(CT.related);
		expect(host.forward(tcp({ ...data, sport: 40002 }, 'S')).state).toBe(CT.new);
	});

	it('reads no first line, and believes no foreign address', () => {
		const host = new TestHost();
		control(host);
		const first = 'PORT 192,168,75,10,159,73\r\n';
		host.forward(tcp(ftp, 'PA', { seq: 1000, ack: 2000, text: first }));
		const foreign = 'PORT 192,168,75,99,159,73\r\n';
		host.forward(tcp(ftp, 'PA', { seq: 1000 + first.length, ack: 2000, text: foreign }));
		expect(host.table.expectations()).toHaveLength(0);
	});

	it('writes the translated address and shifts what follows', () => {
		const host = new TestHost();
		const rules = snat(host);
		control(host, rules);
		const back = { from: SERVER, to: ROUTER, sport: 21, dport: 40000 };
		const client = { ...ftp };
		host.forward(tcp(back, 'SA', { seq: 1999, ack: 1000 }));
		host.forward(tcp(client, 'A', { seq: 1000, ack: 2000 }));
		host.forward(tcp(client, 'PA', { seq: 1000, ack: 2000, text: 'USER anonymous\r\n' }));
		const port = host.forward(
			tcp(client, 'PA', { seq: 1016, ack: 2000, text: 'PORT 192,168,75,10,159,73\r\n' })
		).packet;
		const segment = port.payload.kind === 'tcp' ? port.payload : null;
		expect(String.fromCharCode(...segment!.payload)).toBe('PORT 203,0,113,1,159,73\r\n');
		const shorter = 2;
		const next = host.forward(tcp(client, 'A', { seq: 1043, ack: 2000 })).packet.payload;
		expect(next.kind === 'tcp' && next.sequence).toBe(1043 - shorter);
		const answer = host.forward(tcp(back, 'A', { seq: 2000, ack: 1043 - shorter })).packet.payload;
		expect(answer.kind === 'tcp' && answer.acknowledgement).toBe(1043);
		const data = host.forward(tcp({ from: SERVER, to: ROUTER, sport: 20, dport: 40777 }, 'S'));
		expect([data.state, data.packet.destination]).toEqual([CT.related, CLIENT]);
	});
});

import { describe, expect, test } from 'vitest';
import type { FrameEvent } from '../door/session.svelte';
import { FilterError, parseFilter } from './filter';

const frame = (over: Partial<FrameEvent>): FrameEvent => ({
	sequence: 1,
	time: 0,
	host: 'halo',
	kind: 'frame',
	to: 'ws',
	link: 'office',
	arrival: 0,
	label: 'SYN 25',
	protocol: 'TCP',
	source: '192.168.75.10',
	destination: '192.168.75.2',
	length: 74,
	summary: 'IP 192.168.75.10.41822 > 192.168.75.2.25: Flags [S], seq 1, win 64240, length 0',
	...over
});
const arp = frame({
	protocol: 'ARP',
	label: 'who has',
	summary: 'ARP, Request who-has 192.168.75.2 tell 192.168.75.10, length 28',
	length: 60
});
const dns = frame({
	protocol: 'DNS',
	label: 'A? halo',
	summary: 'IP 192.168.75.10.5000 > 192.168.75.3.53: 1+ A? halo. (33)',
	destination: '192.168.75.3'
});

describe('the packet filter', () => {
	test.each<[string, FrameEvent, boolean]>([
		['', arp, true],
		['tcp', frame({}), true],
		['tcp', arp, false],
		['tcp.port == 25', frame({}), true],
		['tcp.port == 25', dns, false],
		['udp.port == 53 and dns', dns, true],
		['tcp.port == 25 && ip.addr == 192.168.75.10', frame({}), true],
		['ip.addr != 192.168.75.2', frame({}), false],
		['!(arp || dns)', frame({}), true],
		['not arp', arp, false],
		['frame.len > 60', arp, false],
		['frame.len >= 60', arp, true],
		['"syn"', frame({}), true],
		['ip.host contains "al"', frame({}), true],
		['192.168.75.3', dns, true]
	])('%s', (text, packet, expected) => expect(parseFilter(text)(packet)).toBe(expected));

	test.each<[string, number]>([
		['tcp.prot == 25', 1],
		['tcp.port ==', 12],
		['(tcp', 5],
		['tcp udp', 5],
		['tcp && ', 8],
		['tcp = 5', 5]
	])('%s points at its mistake', (text, column) => {
		try {
			parseFilter(text);
			expect.unreachable();
		} catch (error) {
			expect(error).toBeInstanceOf(FilterError);
			expect((error as FilterError).column).toBe(column);
		}
	});
});

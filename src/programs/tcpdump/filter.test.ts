import { describe, expect, it } from 'vitest';
import type { Frame } from '#wire/packet';
import { FilterError, parseFilter } from './filter';

const names = {
	host: (name: string) => (name === 'halo' ? [0x0a000001] : undefined),
	port: (name: string) => (name === 'smtp' ? 25 : undefined)
};
const tcp: Frame = {
	destination: 2,
	source: 1,
	type: 0x0800,
	payload: {
		kind: 'ipv4',
		tos: 0,
		identification: 1,
		dontFragment: true,
		moreFragments: false,
		fragmentOffset: 0,
		ttl: 64,
		protocol: 6,
		source: 0x0a000001,
		destination: 0x0a000002,
		options: new Uint8Array(0),
		payload: {
			kind: 'tcp',
			sourcePort: 40000,
			destinationPort: 25,
			sequence: 1,
			acknowledgement: 0,
			flags: 2,
			window: 1,
			urgentPointer: 0,
			options: [],
			payload: new Uint8Array(0)
		}
	}
};

describe('filter expressions', () => {
	it.each([
		['', true],
		['tcp', true],
		['udp or icmp', false],
		['port 25', true],
		['src port 25', false],
		['tcp dst port smtp and host halo', true],
		['not port 25', false],
		['host 10.0.0.2 and (port 80 or port 25)', true],
		['port 80 or 25', true],
		['net 10.0.0.0/24', true],
		['src net 10.1', false],
		['portrange 20-30', true],
		['src 10.0.0.1', true],
		['arp or udp port 25', false]
	])('%s', (expression, taken) => expect(parseFilter(expression, names)(tcp)).toBe(taken));

	it.each([
		['foo bar', "can't parse filter expression: syntax error"],
		['host 1.2.3.4 and', "can't parse filter expression: syntax error"],
		['port 99999', 'illegal port number 99999 > 65535'],
		['host nosuch.invalid', "unknown host 'nosuch.invalid'"]
	])('%s is refused', (expression, message) =>
		expect(() => parseFilter(expression, names)).toThrow(expect.objectContaining(new FilterError(message)))
	);
});

import { describe, expect, it } from 'vitest';
import { dottedQuad, ipv6Text } from './address';
import { matchesMask, matchesString } from './pattern';

describe('a pattern against a name or an address', () => {
	it.each([
		['spaghetti.vpasta.com', 'Spaghetti.VPasta.com', true],
		['.vpizza.com', 'oven.vpizza.com', true],
		['.vpizza.com', 'vpizza.com', false],
		['.1.1', '10.0.1.1', true],
		['vpizza.com.', 'vpizza.com.example.net', true],
		['10.0.', '10.0.1.1', true],
		['ALL', 'unknown', true],
		['KNOWN', 'unknown', false],
		['192.168.1.*', '192.168.1.7', true],
		['*.com.', 'x.com.', true],
		['*.com.', 'x.com.au', false],
		['10.0.1.1**', '10.0.1.1', false],
		['10.0.1.1**', '10.0.1.17', true],
		['a*b*c', 'aXbYbZc', true],
		['?', 'ab', false],
		['10.0.1.1', '::ffff:10.0.1.1', true],
		['[2001:db8:0::5]', '2001:db8::5', true],
		['[2001:db8::5', '2001:db8::5', false],
		['', '10.0.1.1', false]
	])('%j matches %j: %s', (pattern, text, expected) => {
		expect(matchesString(pattern, text)).toBe(expected);
	});

	it('takes time that grows with the lengths and no faster', () => {
		expect(matchesString('*a'.repeat(500), `${'a'.repeat(2000)}b`)).toBe(false);
	});
});

describe('net/mask', () => {
	it.each([
		['192.168.1.0', '24', '192.168.1.7', true],
		['192.168.1.7', '24', '192.168.1.7', false],
		['192.168.1.7', '32', '192.168.1.7', true],
		['192.168.1.7', '255.255.255.255', '192.168.1.7', false],
		['0.0.0.0', '0', '10.0.0.1', false],
		['0.0.0.0', '0.0.0.0', '10.0.0.1', true],
		['10', '8', '10.0.0.1', false],
		['10.0.0.0', '8x', '10.0.0.1', true],
		['10.0.0.0', '+8', '10.0.0.1', true],
		['[2001:db8::1]', '64', '2001:db8::9', true],
		['[2001:db8::]', '', '::1', true],
		['[2001:db8::]', '129', '2001:db8::', false],
		['10.0.0.0', '8', '::ffff:10.1.1.1', true],
		['10.0.0.0', '8', 'unknown', false]
	])('%s/%s has %s: %s', (net, mask, address, expected) => {
		expect(matchesMask(net, mask, address)).toBe(expected);
	});
});

describe('addresses', () => {
	it.each([
		['10.0.1.1', 0x0a000101],
		['010.0x10.0.1', 0x08100001],
		['1.2.3', undefined],
		['1.2.3.4.5', undefined],
		['1..2.3.4', undefined],
		['256.0.0.1', undefined],
		['255.255.255.255', undefined]
	])('%s is %s', (text, expected) => {
		expect(dottedQuad(text)).toBe(expected);
	});

	it('are printed as inet_ntop(3) does', () => {
		const bytes = new Uint8Array(16);
		bytes.set([255, 255, 10, 0, 1, 1], 10);
		expect(ipv6Text(bytes)).toBe('::ffff:10.0.1.1');
		expect(ipv6Text(new Uint8Array(16).fill(1, 15))).toBe('::1');
	});
});

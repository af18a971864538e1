import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Names } from '#netfilter/extension';
import { IpSet } from '#netfilter/ipset/set';
import { findSetType, SET_TYPES } from '#netfilter/ipset/set-type';
import { NameTables } from '../firewall/names';
import { elementText, parseElement } from './element';
import { parseCreate, parseExtras } from './options';
import { CommandError } from './words';

const FILES: Readonly<Record<string, string>> = {
	'/etc/services': 'ssh 22/tcp\nhttp 80/tcp\ndomain 53/udp\n',
	'/etc/protocols': 'icmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\ngre 47 GRE\n',
	'/etc/hosts': '127.0.0.1 localhost\n'
};
const names: Names = new NameTables((path) => FILES[path]).names;
const reading = (type: string) =>
	({ type: findSetType(type)!, family: 'ip', action: 'add', names }) as const satisfies Parameters<
		typeof parseElement
	>[1];

describe('an element', () => {
	it.each([
		['hash:ip', '10.0.0.1'],
		['hash:net', '10.0.0.0/8'],
		['hash:ip,port', '10.0.0.1,tcp:22'],
		['hash:ip,port', '10.0.0.1,icmp:echo-request'],
		['hash:ip,port', '10.0.0.1,gre:0'],
		['hash:net,iface', '10.0.0.0/8,physdev:br0'],
		['bitmap:ip,mac', '10.0.0.1,02:00:0A:0B:0C:0D'],
		['hash:ip,port,net', '10.0.0.1,udp:53,10.1.0.0/16']
	])('of %s is printed as it was read: %s', (type, text) => {
		const parts = parseElement(text, reading(type));
		expect(elementText(parts, findSetType(type)!, { family: 'ip' }, names)).toBe(text);
	});

	it('is refused in words, whatever it is', () => {
		const bits = ['10.0.0.1', '/', '-', ',', ':', 'tcp', 'icmp', '80', 'x', '0x', 'physdev:', ' ', '999999999999'];
		const text = fc.array(fc.oneof(fc.constantFrom(...bits), fc.string()), { maxLength: 8 });
		const types = fc.constantFrom(...SET_TYPES);
		fc.assert(
			fc.property(types, fc.constantFrom('add', 'del', 'test'), text, (type, action, words) => {
				try {
					parseElement(words.join(''), { ...reading(type.name), action });
					parseExtras(type, action, words);
					parseCreate(type, words, names);
				} catch (thrown) {
					expect(thrown).toBeInstanceOf(CommandError);
				}
			})
		);
	});
});

it('of the networks of a set the narrowest decides, and elements expire', () => {
	let now = 0;
	const type = findSetType('hash:net')!;
	const set = new IpSet(
		'a',
		type,
		parseCreate(type, ['timeout', '60'], names),
		() => now,
		() => undefined
	);
	const element = (text: string, ...words: string[]) => ({
		parts: parseElement(text, reading('hash:net')),
		...parseExtras(type, 'add', words)
	});
	expect(set.change('add', element('10.0.0.0/8'), false)).toBeNull();
	expect(set.change('add', element('10.1.0.0/16', 'nomatch', 'timeout', '10'), false)).toBeNull();
	expect(set.change('add', element('10.0.0.0/8'), false)).toBe('element-exists');
	expect(set.test(element('10.1.2.3'))).toBe(false);
	now = 20_000_000;
	expect(set.test(element('10.1.2.3'))).toBe(true);
	now = 70_000_000;
	expect(set.test(element('10.1.2.3'))).toBe(false);
	expect(set.elements()).toEqual([]);
});

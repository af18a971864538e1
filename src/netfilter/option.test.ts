import { describe, expect, it } from 'vitest';
import { formatAddress, formatMask, parseAddress, parseNetworks } from './address';
import { OptionError, type CommandContext, type Names, type OptionRow, type ParsedOption } from './extension';
import { checkOptions, parseOption } from './option';
import { parsePortRange } from './protocol';
import { quoted } from './text';

const NAMES: Names = {
	servicePort: (name, protocol) => (name === 'ssh' && protocol === 'tcp' ? 22 : undefined),
	serviceName: () => undefined,
	protocolNumber: () => undefined,
	protocolName: () => undefined,
	hostAddresses: (name) => (name === 'localhost' ? [0x7f000001] : name === 'two' ? [1, 2] : []),
	hostName: () => undefined,
	userId: () => undefined,
	groupId: () => undefined,
	userName: () => undefined,
	groupName: () => undefined,
	file: () => undefined,
	setDimension: () => undefined
};
const CONTEXT: CommandContext = {
	family: 'ip',
	variant: 'nf_tables',
	rule: { protocol: null, source: null, destination: null, incoming: null, outgoing: null },
	numeric: false,
	warn: () => undefined,
	names: NAMES
};

function read(row: Partial<OptionRow>, argument: string | null, seen: string[] = [], invert = false): ParsedOption {
	return parseOption('x', { name: 'o', id: 'o', type: 'none', ...row }, argument, invert, new Set(seen), CONTEXT);
}

function complaint(run: () => unknown): string {
	try {
		run();
	} catch (thrown) {
		if (thrown instanceof OptionError) return thrown.text;
		throw thrown;
	}
	return '';
}

describe('options by type', () => {
	it.each<[Partial<OptionRow>, string, Partial<ParsedOption>]>([
		[{ type: 'uint8', max: 63 }, '0x1f', { number: 31 }],
		[{ type: 'uint64' }, '18446744073709551615', { big: 18446744073709551615n }],
		[{ type: 'uint16-range' }, '+5:', { range: [5, 65535] }],
		[{ type: 'uint16-range' }, '010', { range: [8, 8] }],
		[{ type: 'mark-mask' }, '7/0xff', { value: 7, mask: 255 }],
		[{ type: 'tos-mask', max: 0x3f }, 'minimize-cost', { value: 2, mask: 0x3f }],
		[{ type: 'syslog-level' }, 'panic', { number: 0 }],
		[{ type: 'port' }, 'ssh', { number: 22 }],
		[{ type: 'port' }, '65536', { number: 0 }],
		[{ type: 'port-range' }, ':ssh', { range: [0, 22] }],
		[{ type: 'host-mask' }, '10.0/255.0.255.0', { address: 0x0a000000, addressMask: 0xffffffff, number: 255 }],
		[{ type: 'ethernet' }, '1:2:3:4:5:FF', { mac: 0x0102030405ff }]
	])('%j %s', (row, argument, values) => {
		expect(read(row, argument)).toMatchObject(values);
	});

	it.each<[Partial<OptionRow>, string | null, string]>([
		[{ type: 'uint8', max: 63 }, '64', 'x: bad value for option "--o", or out of range (0-63).\n'],
		[{ type: 'uint32' }, '09', 'x: bad value for option "--o", or out of range (0-4294967295).\n'],
		[{ type: 'uint16-range' }, '5:-1', 'x: bad value for option "--o" near "-1", or out of range (0-65535).\n'],
		[{ type: 'uint16-range' }, '5-9', 'x: Argument to "--o" has unexpected characters near "-9".\n'],
		[{ type: 'uint16-range' }, '1:2:3', 'x: Too many components for option "--o" (max: 2)\n'],
		[{ type: 'mark-mask' }, '1x', 'x: trailing garbage after value for option "--o".\n'],
		[{ type: 'mark-mask' }, 'foo', 'x: bad integer value for option "--o", or out of range.\n'],
		[{ type: 'syslog-level' }, 'err', 'log level "err" unknown\n'],
		[{ type: 'port-range' }, '5:4:3', 'x: Too many components for option "--o" (max: 2)\n'],
		[{ type: 'port' }, '-1', 'Port "-1" does not resolve to anything.\n'],
		[{ type: 'host' }, 'two', 'two resolves to more than one address\n'],
		[{ type: 'host' }, '::1', 'getaddrinfo: Address family for hostname not supported\n'],
		[{ type: 'string', max: 3 }, 'größe', 'Argument must have a maximum length of 3 characters\n'],
		[{ type: 'ethernet' }, '1:2:3:4:5', 'Invalid MAC address specified.'],
		[{ type: 'string' }, null, 'x: option "--o" requires an argument.\n']
	])('refuses %j %s', (row, argument, text) => {
		expect(complaint(() => read(row, argument))).toBe(text);
	});

	it('knows what may stand twice, inverted, together', () => {
		expect(complaint(() => read({}, null, ['o']))).toBe('x: option "--o" can only be used once.\n');
		expect(complaint(() => read({}, null, [], true))).toBe('x: option "--o" cannot be inverted.\n');
		const rows: OptionRow[] = [
			{ name: 'a', id: 'a', type: 'none', mandatory: true },
			{ name: 'b', id: 'b', type: 'none', also: ['c'] },
			{ name: 'c', id: 'c', type: 'none', exclude: ['d'] },
			{ name: 'd', id: 'd', type: 'none' }
		];
		const check = (...seen: string[]): string => complaint(() => checkOptions('x', rows, new Set(seen)));
		expect(check('b')).toBe('x: option "--a" must be specified\n');
		expect(check('a', 'b')).toBe('x: option "--b" also requires "--c".\n');
		expect(check('a', 'c', 'd')).toBe('x: option "--c" cannot be used together with "--d".\n');
		expect(check('a', 'c')).toBe('');
	});
});

describe('addresses, ports and strings', () => {
	it.each([
		['10.0.0', '10.0.0.0'],
		['192.168.1.024', '192.168.1.20'],
		['10/8', '10.0.0.0/8'],
		['10.1.2.3/255.0.255.0', '10.0.2.0/255.0.255.0'],
		['any/0', '0.0.0.0/0'],
		['localhost', '127.0.0.1']
	])('%s is %s', (typed, shown) => {
		const [network] = parseNetworks(typed, 'ip', NAMES);
		expect(formatAddress(network!.address, 'ip') + formatMask(network!.mask, 'ip')).toBe(shown);
	});

	it('reads and shows IPv6 addresses', () => {
		for (const text of ['::', '::1', 'fe80::1', '2001:db8::1:0:0:1', '::ffff:10.0.0.1', '::10.0.0.1', '1::'])
			expect(formatAddress(parseAddress(text, 'ip6')!, 'ip6')).toBe(text);
		expect(formatMask(parseNetworks('fe80::/10', 'ip6', NAMES)[0]!.mask, 'ip6')).toBe('/10');
	});

	it('reads ports and quotes strings', () => {
		expect(parsePortRange('ssh:', 'tcp', NAMES)).toEqual([22, 65535]);
		expect(complaint(() => parsePortRange('2:1', 'tcp', NAMES))).toBe('invalid portrange (min > max)');
		expect(quoted(`it's`)).toBe(`"it\\'s"`);
		expect(quoted('a-b_9')).toBe('a-b_9');
		expect(quoted('')).toBe('""');
	});
});

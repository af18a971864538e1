import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World } from '#world/world';
import { decode } from '#kernel/text';
import { NmapExit, parseScanFlags } from './options';
import { formatPorts, parsePorts } from './ports';
import { latency } from './report';
import { addressesOf, parseOctets } from './targets';
import { parseMilliseconds } from './time-spec';

const HOSTS = ['10.0.0.1', '10.0.0.2'];

function lab(rules: readonly string[]): World {
	const hosts = HOSTS.map((address, i) => ({
		name: 'ab'[i]!,
		hostname: `${'ab'[i]!}.example`,
		kind: 'server' as const,
		at: [0, 0] as const,
		interfaces: [{ name: 'eth0', addresses: [`${address}/24`], link: 'wire' }],
		packages: ['iptables']
	}));
	const world = new World({
		name: 't',
		seed: 1,
		start: '2026-11-22T16:00:00Z',
		settle: 1,
		hosts,
		links: [{ name: 'wire' }]
	});
	for (const rule of rules) world.command('b', ['sh', '-c', rule]);
	return world;
}

function scan(world: World, line: string): { out: string; seconds: number } {
	const before = world.now;
	const { stdout } = world.command('a', ['sh', '-c', line]);
	return { out: decode(stdout), seconds: (world.now - before) / 1e6 };
}

describe('a scan through a firewall', () => {
	it('tells open, closed and filtered by what comes back', () => {
		const world = lab([
			'nc -lk 25 >/dev/null 2>&1 &',
			'iptables -A INPUT -p tcp --dport 80 -j DROP',
			'iptables -A INPUT -p tcp --dport 443 -j REJECT'
		]);
		const { out } = scan(world, 'nmap -n --reason -p 25,26,80,443 10.0.0.2');
		expect(out).toContain('25/tcp  open     smtp    syn-ack ttl 64\n');
		expect(out).toContain('26/tcp  closed   rsftp   reset ttl 64\n');
		expect(out).toContain('80/tcp  filtered http    no-response\n');
		expect(out).toContain('443/tcp filtered https   port-unreach ttl 64\n');
	});

	it('needs seconds of virtual time for a thousand filtered ports', () => {
		const world = lab(['nc -lk 25 >/dev/null 2>&1 &', 'iptables -A INPUT -p tcp ! --dport 25 -j DROP']);
		const { out, seconds } = scan(world, 'nmap -n 10.0.0.2');
		expect(out).toContain('Not shown: 999 filtered tcp ports (no-response)\n');
		expect(seconds).toBeGreaterThan(1);
		expect(seconds).toBeLessThan(30);
	});

	it('asks again where errors are limited', () => {
		const { out, seconds } = scan(lab([]), 'nmap -n -sU -p 1000-1019 10.0.0.2');
		expect(out).toContain('1019/udp closed');
		expect(seconds).toBeGreaterThan(10);
	});
});

describe('the parts', () => {
	it.each([
		['22', [22]],
		['20-22,80', [20, 21, 22, 80]],
		['-3', [1, 2, 3]],
		['65534-', [65_534, 65_535]],
		['ssh,smtp', [22, 25]]
	])('ports %s', (text, ports) => {
		expect(parsePorts(text, ['tcp']).tcp).toEqual(ports);
	});

	it.each(['', '70000', '30-20', 'x', 'T:,x'])('no ports: %j', (text) => {
		expect(() => parsePorts(text, ['tcp'])).toThrow();
	});

	it('writes ports as it reads them', () => {
		fc.assert(
			fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 50 }), (ports) => {
				const sorted = [...ports].sort((a, b) => a - b);
				expect(parsePorts(formatPorts(sorted), ['tcp']).tcp).toEqual(sorted);
			})
		);
	});

	it('spreads out octets and networks', () => {
		const octets = parseOctets('10.0.0-1.1,3')!;
		expect([...addressesOf({ kind: 'octets', octets })].map(({ address }) => address & 0xffff)).toEqual([
			1, 3, 257, 259
		]);
		const network = { kind: 'network', name: '', address: 0x0a00_0005, prefix: 30, others: [] } as const;
		expect([...addressesOf(network)].map(({ address }) => address & 0xff)).toEqual([4, 5, 6, 7]);
		expect(parseOctets('10.0.0.300')).toBeUndefined();
	});

	it('reads whatever is typed without breaking', () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				parseOctets(text);
				parseMilliseconds(text);
				try {
					parsePorts(text, ['tcp', 'udp']);
				} catch (thrown) {
					expect(thrown).toBeInstanceOf(NmapExit);
				}
			})
		);
	});

	it.each([
		[12, '0.000012'],
		[1234, '0.0012'],
		[1_200_000, '1.2']
	])('latency of %d µs', (time, text) => {
		expect(latency(time)).toBe(text);
	});

	it('reads flags and times', () => {
		expect([parseScanFlags('SYNFIN'), parseScanFlags('0x12'), parseScanFlags('none')]).toEqual([3, 18, 0]);
		expect(['250ms', '10', '1.5m'].map(parseMilliseconds)).toEqual([250, 10_000, 90_000]);
	});
});

import { describe, expect, it } from 'vitest';
import { World } from '#world/world';
import { decode } from '#kernel/text';

function world(files: Record<string, string> = {}): World {
	const host = {
		name: 'a',
		hostname: 'a.example',
		kind: 'server' as const,
		at: [0, 0] as const,
		interfaces: [{ name: 'eth0', addresses: ['10.0.0.1/24'], link: 'wire' }],
		files
	};
	return new World({
		name: 't',
		seed: 1,
		start: '2026-11-22T16:00:00Z',
		settle: 1,
		hosts: [host],
		links: [{ name: 'wire' }]
	});
}

function sysctl(on: World, ...words: string[]): { out: string; err: string; exit: number | null } {
	const { stdout, stderr, exit } = on.command('a', ['sysctl', ...words]);
	return { out: decode(stdout), err: decode(stderr), exit };
}

describe('sysctl', () => {
	it('sets at boot what the files say', () => {
		const on = world({
			'/etc/sysctl.conf': '# router\nnet.ipv4.ip_forward = 1\n',
			'/etc/sysctl.d/10-ttl.conf': 'net.ipv4.ip_default_ttl=70\n'
		});
		expect(sysctl(on, '-n', 'net.ipv4.ip_forward', 'net.ipv4.ip_default_ttl').out).toBe('1\n70\n');
	});

	it('runs nothing at boot where the files only have comments', () => {
		expect(sysctl(world(), '-n', 'net.ipv4.ip_forward').out).toBe('0\n');
	});

	it.each([
		[['-w', 'net.ipv4.ip_default_ttl=256'], 'sysctl: setting key "net.ipv4.ip_default_ttl": Invalid argument\n', 1],
		[
			['-w', 'net.ipv4.icmp_echo_ignore_all=2'],
			'sysctl: setting key "net.ipv4.icmp_echo_ignore_all": Invalid argument\n',
			1
		],
		[['net.ipv4.nosuch'], 'sysctl: cannot stat /proc/sys/net/ipv4/nosuch: No such file or directory\n', 1],
		[['-w', 'net/ipv4/conf/eth0/rp_filter=2'], '', 0]
	])('%j', (words, err, exit) => {
		expect(sysctl(world(), ...words)).toMatchObject({ err, exit });
	});
});

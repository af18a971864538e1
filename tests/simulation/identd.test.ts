/** Who is at the other end: oidentd on the client's host, hosts.allow with `user@host` on the server's. */
import { describe, expect, it } from 'vitest';
import type { HostSpec } from '#world/spec';
import { World } from '#world/world';

const SECOND = 1_000_000;

function host(name: string, address: string, more: Partial<HostSpec>): HostSpec {
	return {
		name,
		hostname: `${name}.example.org`,
		kind: 'computer',
		at: [0, 0],
		interfaces: [{ name: 'eth0', addresses: [`${address}/24`], link: 'lan' }],
		users: [{ name: 'anna' }, { name: 'joe' }],
		...more,
		files: {
			'/etc/hosts': '127.0.0.1 localhost\n192.168.75.1 halo.example.org halo\n192.168.75.2 ws.example.org ws\n',
			'/etc/syslog.conf': '*.*\t/var/log/all\n',
			...more.files
		}
	};
}

/** @param allow hosts.allow of the server; nobody else comes in */
function lab(allow: string, ws: Partial<HostSpec> = {}): World {
	return new World({
		name: 'identd',
		seed: 1,
		start: '2026-11-22T16:00:00Z',
		settle: 3,
		hosts: [
			host('halo', '192.168.75.1', {
				packages: ['openbsd-inetd', 'tcpd'],
				services: ['syslog', 'openbsd-inetd'],
				files: {
					'/etc/inetd.conf': 'daytime stream tcp nowait nobody /usr/sbin/tcpd /bin/date\n',
					'/etc/hosts.allow': allow,
					'/etc/hosts.deny': 'ALL: ALL\n'
				}
			}),
			host('ws', '192.168.75.2', { packages: ['oidentd'], services: ['syslog', 'oidentd'], ...ws })
		],
		links: [{ name: 'lan' }]
	});
}

/** What the server's tcpd logs when that user of ws comes. */
function visit(world: World, user: string): string {
	world.shell('ws', 'nc -w 3 192.168.75.1 daytime', { user, limit: 60 * SECOND });
	world.runUntil(world.now + SECOND);
	const lines = world.host('halo').disk.readText('/var/log/all').split('\n');
	return lines
		.filter((line) => line.includes('date['))
		.at(-1)!
		.replace(/.*?date\[\d+\]: /, '');
}

describe('user@host', () => {
	it('lets in the user whom the client host names, and tells who was refused', () => {
		const world = lab('date: anna@ws.example.org\n');
		expect(visit(world, 'anna')).toBe('connect from anna@ws.example.org (192.168.75.2)');
		expect(visit(world, 'joe')).toBe('refused connect from joe@ws.example.org (192.168.75.2)');
		const log = world.host('ws').disk.readText('/var/log/all');
		expect(log).toMatch(/oidentd\[\d+\]: Connection from halo\.example\.org \(192\.168\.75\.1\):\d+\n/);
		expect(log).toMatch(/oidentd\[\d+\]: \[halo\.example\.org\] Successful lookup: \d+ , 13 : joe \(joe\)\n/);
	});

	it('asks for the log alone with the option rfc931', () => {
		expect(visit(lab('date: ALL: rfc931\n'), 'joe')).toBe('connect from joe@192.168.75.2 (192.168.75.2)');
	});

	it('knows nobody where the answer is an error, or no answer', () => {
		const hidden = {
			'/etc/oidentd.conf': 'user "joe" { default { force hide } }\nuser anna { default { force reply "joe" } }\n'
		};
		const world = lab('date: KNOWN@ALL\n', { files: hidden });
		expect(visit(world, 'joe')).toBe('refused connect from 192.168.75.2 (192.168.75.2)');
		expect(visit(world, 'anna')).toBe('connect from joe@192.168.75.2 (192.168.75.2)');
		expect(visit(lab('date: UNKNOWN@ALL\n', { services: ['syslog'] }), 'anna')).toBe(
			'connect from 192.168.75.2 (192.168.75.2)'
		);
	});

	it('is served by inetd as well', () => {
		const inetd = {
			packages: ['oidentd', 'openbsd-inetd'],
			services: ['syslog', 'openbsd-inetd'],
			files: { '/etc/inetd.conf': 'auth stream tcp nowait nobody /usr/sbin/oidentd oidentd -I\n' }
		};
		expect(visit(lab('date: joe@ALL\n', inetd), 'joe')).toBe('connect from joe@192.168.75.2 (192.168.75.2)');
	});

	it('answers questions as the recorded one did', () => {
		const world = lab('ALL: ALL\n');
		const ask = (line: string): string =>
			world.shell('halo', `printf -- '${line}' | nc -w 2 192.168.75.2 113`, { limit: 60 * SECOND }).text;
		expect(ask(' 5003 , 7000 \\r\\n')).toBe('5003,7000:ERROR:NO-USER\r\n');
		expect(ask('70000,7000\\n')).toBe('70000,7000:ERROR:INVALID-PORT\r\n');
		expect(ask('-5,7000\\r\\n')).toBe('-5,7000:ERROR:INVALID-PORT\r\n');
		expect(ask('abc\\r\\n')).toBe('');
	});
});

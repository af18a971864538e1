import { expect, it } from 'vitest';
import { World } from '#world/world';

const PACKAGES = ['xfs', 'xserver-xorg-core', 'rpcbind', 'lpr', 'cups'];
const SERVICES = ['xfs', 'x11', 'rpcbind', 'lpd', 'cups'];

function office(): World {
	return new World(
		{
			name: 'doors',
			seed: 1,
			start: '2026-11-22T16:00:00Z',
			settle: 3,
			hosts: [
				{
					name: 'halo',
					hostname: 'halo.example.org',
					kind: 'server',
					at: [0, 0],
					interfaces: [{ name: 'eth0', addresses: ['10.0.0.1/24'], link: 'wire' }],
					packages: PACKAGES,
					services: SERVICES
				}
			],
			links: [{ name: 'wire' }]
		},
		{}
	);
}

const listening = (world: World): string[] =>
	[...world.shell('halo', 'netstat -tuln').text.matchAll(/^\w+ +0 +0 (\S+)/gm)].map(([, place]) => place!).sort();

it('the services listen, and stop for good when their links are turned', () => {
	const world = office();
	expect(listening(world)).toEqual([
		'0.0.0.0:111',
		'0.0.0.0:111',
		'0.0.0.0:515',
		'0.0.0.0:6000',
		'0.0.0.0:7120',
		'127.0.0.1:631'
	]);
	expect(world.shell('halo', 'netstat -tlnp | grep 7120').text).toMatch(/LISTEN +\d+\/xfs/);
	expect(world.shell('halo', 'lsof -nP -i :7120').text).toMatch(
		/^COMMAND +PID USER   FD   TYPE +DEVICE SIZE\/OFF NODE NAME\nxfs +\d+ root +\d+u  IPv4 +\d+ +0t0  TCP \*:7120 \(LISTEN\)\n$/
	);
	expect(world.shell('halo', 'fuser 7120/tcp').text).toMatch(/^ +\d+7120\/tcp: {11}\n$/);
	for (const name of SERVICES.slice(0, 4)) world.shell('halo', `service ${name} stop`);
	expect(listening(world)).toEqual(['127.0.0.1:631']);
	for (const name of ['xfs', 'x11', 'lpd']) world.shell('halo', `update-rc.d ${name} disable`);
	expect(world.shell('halo', 'ls /etc/rc2.d').text).toMatch(/K\d\dxfs/);
	world.shell('halo', 'reboot');
	world.runUntil(world.now + 60_000_000);
	expect(listening(world)).toEqual(['0.0.0.0:111', '0.0.0.0:111', '127.0.0.1:631']);
});

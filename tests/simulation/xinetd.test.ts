/** xinetd between two hosts: started at boot, steered by its init script, and asked why it turned somebody away. */
import { describe, expect, it } from 'vitest';
import { isDecision } from '#world/events';
import type { HostSpec, WorldSpec } from '#world/spec';
import { whyOf } from '#world/inspect/why';
import { World } from '#world/world';

const SECOND = 1_000_000;

const CONF = `defaults
{
	log_type = SYSLOG daemon info
	log_on_success = HOST PID
	log_on_failure = HOST
}

service daytime
{
	type = INTERNAL
	socket_type = stream
	wait = no
	no_access = 192.168.75.3
}

includedir /etc/xinetd.d
`;

function host(name: string, address: string, more: Partial<HostSpec> = {}): HostSpec {
	return {
		name,
		hostname: `${name}.example.org`,
		kind: 'computer',
		at: [0, 0],
		interfaces: [{ name: 'eth0', addresses: [`${address}/24`], link: 'lan' }],
		...more
	};
}

function lab(): World {
	const spec: WorldSpec = {
		name: 'xinetd',
		seed: 1,
		start: '2026-11-22T16:00:00Z',
		settle: 3,
		hosts: [
			host('server', '192.168.75.1', {
				packages: ['xinetd', 'tcpd'],
				services: ['syslog', 'xinetd'],
				files: {
					'/etc/xinetd.conf': CONF,
					'/etc/syslog.conf': 'daemon.*\t/var/log/daemon.log\n',
					'/etc/hosts.deny': '# nobody\ndaytime: 192.168.75.4\n'
				}
			}),
			host('ws', '192.168.75.2'),
			host('other', '192.168.75.3'),
			host('third', '192.168.75.4')
		],
		links: [{ name: 'lan' }]
	};
	return new World(spec);
}

function run(world: World, name: string, command: string): string {
	return world.shell(name, command, { limit: 60 * SECOND }).text;
}

const ASK = 'nc -w 2 192.168.75.1 13 < /dev/null';

describe('xinetd', () => {
	it('starts at boot, rereads its files at a reload, and ends', () => {
		const world = lab();
		expect(run(world, 'ws', ASK)).toMatch(/^22 NOV 2026 16:00:\d\d UTC\r?\n$/);
		expect(run(world, 'server', 'netstat -tln | grep -c :13')).toBe('1\n');
		run(world, 'server', "sed -i 's/disable.*/disable = no/' /etc/xinetd.d/echo; service xinetd reload");
		expect(run(world, 'server', 'grep -o "Reconfigured.*" /var/log/daemon.log')).toContain('new=2 old=1 dropped=0');
		expect(run(world, 'server', 'service xinetd status')).toMatch(
			/xinetd is running\.[^]*Service = daytime\n\tState = Active\n/
		);
		expect(run(world, 'server', 'service xinetd restart; sleep 1; pidof xinetd | wc -w')).toMatch(/\n1\n$/);
		run(world, 'server', 'service xinetd stop');
		expect(run(world, 'ws', `${ASK}; echo $?`)).toContain('1\n');
		expect(run(world, 'server', 'service xinetd status')).toBe('xinetd is not running.\n');
	});

	it.each([
		['other', 'no_access', '/etc/xinetd.conf', 13],
		['third', 'hosts.deny', '/etc/hosts.deny', 2]
	])('tells %s why it was turned away', (client, check, path, line) => {
		const world = lab();
		expect(run(world, client, ASK)).toBe('');
		const refused = [...world.engine.trace.since()]
			.filter(isDecision)
			.filter(({ event }) => event.decision.verdict === 'refused');
		const { decision } = whyOf(refused.at(-1)!, world.engine.trace.since());
		expect(decision.reasons.at(-1)).toMatchObject({ check, outcome: 'decided', source: { path, line } });
		expect(run(world, 'server', 'cat /var/log/daemon.log')).toContain(
			`FAIL: daytime ${client === 'other' ? 'address' : 'libwrap'} from=::ffff:`
		);
	});
});

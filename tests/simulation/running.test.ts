/**
 * What a running Postfix notices of changed files, and what a forced write costs: the texts are those of Postfix 3.7.11
 * after the same commands.
 */
import { describe, expect, it } from 'vitest';
import type { WorldSpec } from '../../src/world/spec';
import { World } from '../../src/world/world';

const world = (syncTime = 0): World => {
	const spec: WorldSpec = {
		name: 'one',
		seed: 1,
		start: '2026-03-04T09:10:00Z',
		settle: 2,
		links: [],
		hosts: [
			{
				name: 'halo',
				hostname: 'halo.example.org',
				kind: 'server',
				at: [0, 0],
				interfaces: [],
				syncTime,
				users: [{ name: 'anna' }, { name: 'joe' }],
				packages: ['postfix'],
				services: ['syslog', 'postfix'],
				files: {
					'/etc/postfix/main.cf':
						'compatibility_level = 3.6\nmyhostname = halo.example.org\ninet_interfaces = loopback-only\ninet_protocols = ipv4\n',
					'/etc/aliases': 'info: anna\n'
				},
				prepare: ['newaliases']
			}
		]
	};
	return World.ofLesson({ path: 'one', world: spec, files: {}, prepare: [], checks: [], wrong: [] });
};

/** The mail log behind "TIME HOST ", process numbers left out. */
const log = (of: World): string[] =>
	of
		.shell('halo', 'cat /var/log/maillog')
		.text.trim()
		.split('\n')
		.map((line) => line.slice('Mar  4 09:10:00 halo '.length).replace(/\[\d+\]/, ''));

describe('a reload', () => {
	it('leaves the sockets, and master says so', () => {
		const one = world();
		one.shell('halo', 'postconf -e inet_interfaces=all inet_protocols=all; postfix reload; sleep 1');
		const lines = log(one);
		const at = lines.findIndex((line) => line.includes('reload -- version'));
		expect(lines.slice(at + 1)).toEqual([
			'postfix/master: warning: ignoring inet_protocols parameter value change',
			'postfix/master: warning: old value: "ipv4", new value: "all"',
			'postfix/master: warning: to change inet_protocols, stop and start Postfix',
			'postfix/master: warning: service smtp: ignoring inet_interfaces change',
			'postfix/master: warning: to change inet_interfaces, stop and start Postfix'
		]);
		expect(one.shell('halo', 'netstat -ltn | grep -o "[0-9.]*:25"').text).toBe('127.0.0.1:25\n');
		one.shell('halo', 'postfix stop; postfix start');
		expect(one.shell('halo', 'netstat -ltn | grep -o "[0-9.]*:25"').text).toBe('0.0.0.0:25\n');
	});
});

describe('a table that was rebuilt', () => {
	it('ends the daemon that has the old one open, and its successor delivers', () => {
		const one = world();
		one.shell('halo', 'echo one | sendmail info; sleep 2');
		one.shell('halo', 'echo "info: joe" > /etc/aliases; newaliases; echo two | sendmail info; sleep 2');
		const lines = log(one).filter((line) => line.startsWith('postfix/local'));
		expect(lines.map((line) => /to=<\w+|table .*/.exec(line)![0])).toEqual([
			'to=<anna',
			'table hash:/etc/aliases(0,lock|no_regsub|no_proxy|no_unauth|fold_fix|utf8_request) has changed -- restarting',
			'to=<joe'
		]);
	});
});

describe('a log that is forced to the disk', () => {
	const lines =
		'for i in $(seq 20); do logger -p mail.info line; done; until grep -c line /var/log/maillog | grep -q 20; do sleep 0.01; done';
	const span = (of: World): number => {
		const start = of.engine.now;
		of.shell('halo', lines);
		return of.engine.now - start;
	};

	it('waits once a line, unless a "-" stands before its name', () => {
		const one = world(10);
		expect(span(one)).toBeLessThan(100_000);
		one.shell(
			'halo',
			": > /var/log/maillog; sed -i 's|-/var/log/maillog|/var/log/maillog|' /etc/syslog.conf; killall -HUP syslogd"
		);
		expect(span(one)).toBeGreaterThan(180_000);
	});
});

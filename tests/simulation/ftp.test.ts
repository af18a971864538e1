/** FTP between two hosts and through a router: the data connection is let through by those who read the control connection. */
import { describe, expect, it } from 'vitest';
import type { HostSpec, WorldSpec } from '#world/spec';
import { World } from '#world/world';

const SECOND = 1_000_000;
const HOSTS = '127.0.0.1 localhost\n192.168.75.2 ws.example.org ws\n203.0.113.21 ftp.isp.com ftp\n';

const ws: HostSpec = {
	name: 'ws',
	hostname: 'ws.example.org',
	kind: 'computer',
	at: [0, 0],
	interfaces: [{ name: 'eth0', addresses: ['192.168.75.2/24'], link: 'lan' }],
	routes: [{ to: 'default', via: '192.168.75.1' }],
	packages: ['inetutils-ftp'],
	files: { '/etc/hosts': HOSTS }
};

const gate: HostSpec = {
	name: 'gate',
	hostname: 'gate.example.org',
	kind: 'router',
	at: [30, 0],
	interfaces: [
		{ name: 'eth0', addresses: ['192.168.75.1/24'], link: 'lan' },
		{ name: 'eth1', addresses: ['203.0.113.1/24'], link: 'net' }
	],
	forwarding: true
};

const server: HostSpec = {
	name: 'ftp',
	hostname: 'ftp.isp.com',
	kind: 'server',
	at: [60, 0],
	interfaces: [{ name: 'eth0', addresses: ['203.0.113.21/24'], link: 'net' }],
	routes: [{ to: 'default', via: '203.0.113.1' }],
	packages: ['ftpd'],
	services: ['syslog', 'ftpd'],
	users: [{ name: 'ftp', uid: 110 }],
	files: {
		'/etc/hosts': HOSTS,
		'/etc/ftpusers': 'root\n',
		'/etc/syslog.conf': 'auth,authpriv.*\t/var/log/auth.log\nftp.*\t/var/log/ftp.log\n',
		'/home/ftp/pub/README': { text: 'hello\nworld\n', mtime: '2026-11-20 10:00:00' },
		'/home/ftp/bin/ls': { hard: '/bin/ls' }
	}
};

function labWith(commands: readonly string[] = []): World {
	const spec: WorldSpec = {
		name: 'ftp',
		seed: 1,
		start: '2026-11-22T16:00:00Z',
		settle: 3,
		hosts: [ws, { ...gate, prepare: commands }, server],
		links: [{ name: 'lan' }, { name: 'net' }]
	};
	return new World(spec);
}

/** What ws sees of a session, and its end. */
function session(world: World, options: string, commands: readonly string[]): string {
	const input = ['user ftp me@ws', ...commands, 'quit'].map((line) => `${line}\n`).join('');
	const { text } = world.shell(
		'ws',
		`cd /tmp; printf '${input.replaceAll('\n', '\\n')}' | ftp -nv ${options} ftp.isp.com 2>&1`,
		{
			limit: 1000 * SECOND
		}
	);
	return text;
}

const LIST = ['150 Opening ASCII mode data connection', 'README'];

describe('without a firewall', () => {
	it.each([
		['active', ''],
		['passive', '-p']
	])('%s: lists, fetches, and is refused what it may not', (_name, options) => {
		const world = labWith();
		const text = session(world, options, ['cd pub', 'ls', 'binary', 'get README', 'put README', 'size README']);
		for (const part of [...LIST, '226 Transfer complete.', '553 README: Permission denied.', '213 12'])
			expect(text).toContain(part);
		expect(text).toContain(options === '' ? '200 PORT command' : '227 Entering Passive Mode (203,0,113,21,');
		expect(world.shell('ws', 'cat /tmp/README', { limit: SECOND }).text).toBe('hello\nworld\n');
		expect(world.shell('ftp', 'netstat -an | grep -c ":20 "', { limit: SECOND }).text.trim()).toBe(
			options === '' ? '2' : '0'
		);
		expect(world.shell('ftp', 'cat /var/log/ftp.log', { limit: SECOND }).text).toContain(
			'ANONYMOUS FTP LOGIN FROM ws.example.org, me@ws'
		);
	});
});

const RULES = [
	'iptables -P FORWARD DROP',
	'iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
	'iptables -A FORWARD -i eth0 -p tcp --dport 21 -m conntrack --ctstate NEW -j ACCEPT'
];
const HELPER = 'iptables -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp';

describe('through a router that lets in what belongs to a connection', () => {
	it.each([
		['active', ''],
		['passive', '-p']
	])('%s: nothing without the helper, all with it', (_name, options) => {
		const without = session(labWith(RULES), options, ['cd pub', 'ls']);
		expect(without).toContain('230 Guest login ok');
		expect(without).not.toContain('README');
		expect(without).toContain('Connection timed out');
		const world = labWith([...RULES, HELPER]);
		const text = session(world, options, ['cd pub', 'ls', 'get README']);
		for (const part of LIST) expect(text).toContain(part);
		expect(text).toContain('226 Transfer complete.');
	});

	it('with a translated address the text of PORT is written anew', () => {
		const world = labWith([...RULES, HELPER, 'iptables -t nat -A POSTROUTING -o eth1 -j SNAT --to-source 203.0.113.1']);
		/* the server would say "Illegal PORT rejected (address wrong)" to the address that the client has */
		const text = session(world, '', ['cd pub', 'ls', 'get README']);
		for (const part of LIST) expect(text).toContain(part);
		expect(world.shell('ftp', 'netstat -an', { limit: SECOND }).text).toMatch(/:20 +203\.0\.113\.1:\d+ +TIME_WAIT/);
		const bare = session(labWith(['iptables -t nat -A POSTROUTING -o eth1 -j SNAT --to-source 203.0.113.1']), '', [
			'ls'
		]);
		expect(bare).toContain('500 Illegal PORT rejected (address wrong).');
	});
});

describe('logins', () => {
	const HASH = '$5$saltstring$C3o4O1TC6aRHF4FI.QSZMXtHbaj2gSXr4sUc/3NcUi.';
	it('a password of /etc/shadow opens, another one takes time', () => {
		const world = labWith();
		world.shell(
			'ftp',
			`sed -i 's|^ftp:[^:]*|ftp:x|; s|^daemon:[^:]*|daemon:${HASH.replaceAll('$', '\\$')}|' /etc/shadow`,
			{
				limit: SECOND
			}
		);
		const { text } = world.shell(
			'ws',
			`printf 'user daemon wrong\\nuser daemon secret\\npwd\\nuser root secret\\n' | ftp -nv ftp.isp.com`,
			{ limit: 60 * SECOND }
		);
		expect(text).toContain(
			'530 Login incorrect.\nLogin failed.\n331 Password required for daemon.\n230 User daemon logged in.'
		);
		expect(text).toContain('257 "/usr/sbin" is current directory.');
		expect(text.endsWith('530 Login incorrect.\nLogin failed.\n221 Goodbye.\n')).toBe(true);
	});
});

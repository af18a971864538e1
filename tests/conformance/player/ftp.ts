/**
 * Plays the recordings of ftp and in.ftpd (`../net/README.md`, "FTP"): two hosts on a wire, the server from inetd, a session
 * on the client's standard input.
 */
import { decode, encode } from '#kernel/text';
import type { HostSpec } from '#world/spec';
import { World } from '#world/world';
import { difference, fail, PASS, type Player } from './case';

const HOSTS = '127.0.0.1 localhost\n203.0.113.21 ftp.isp.com ftp\n203.0.113.2 ws.example.org ws\n';
/** "Hello world!" */
const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5';
const TOUCHED = '2026-11-20 10:00:00';
const USERS = ['alice', 'ftp'];
const BIG = 5000;

const client: HostSpec = {
	name: 'ws',
	hostname: 'ws.example.org',
	kind: 'computer',
	at: [0, 0],
	interfaces: [{ name: 'eth0', addresses: ['203.0.113.2/24'], link: 'wire' }],
	packages: ['inetutils-ftp'],
	files: { '/etc/hosts': HOSTS }
};

const server: HostSpec = {
	name: 'ftp',
	hostname: 'ftp.isp.com',
	kind: 'server',
	at: [50, 0],
	interfaces: [{ name: 'eth0', addresses: ['203.0.113.21/24'], link: 'wire' }],
	packages: ['ftpd', 'openbsd-inetd'],
	services: ['openbsd-inetd'],
	users: USERS.map((name) => ({ name })),
	files: {
		'/etc/hosts': HOSTS,
		'/etc/ftpusers': 'root\n',
		'/etc/motd': '',
		'/etc/inetd.conf': 'ftp stream tcp nowait root /usr/sbin/in.ftpd in.ftpd -l -n\n',
		'/etc/shadow': {
			text: ['root', ...USERS].map((name) => `${name}:${name === 'ftp' ? '*' : HASH}:19700:0:99999:7:::\n`).join(''),
			mode: '0640'
		},
		'/home/ftp/pub/README': { text: 'hello\nworld\n', mtime: TOUCHED },
		'/home/ftp/pub/big.bin': { text: 'x'.repeat(BIG), mtime: TOUCHED },
		'/home/alice/notes.txt': { text: 'one\ntwo\n', mtime: TOUCHED, owner: 'alice', group: 'alice' },
		'/home/alice/mail': { dir: true, owner: 'alice', group: 'alice' }
	}
};

export const playFtp: Player = (recording) => {
	const world = new World(
		{
			name: 'ftp',
			seed: 1,
			start: '2026-11-22T16:00:00Z',
			settle: 3,
			hosts: [client, server],
			links: [{ name: 'wire' }]
		},
		{},
		{ traceCapacity: 1000 }
	);
	const { stdout, exit } = world.command('ws', ['ftp', '-nv', 'ftp.isp.com'], {
		stdin: encode(recording.stdin as string),
		cwd: '/tmp'
	});
	const found = difference(
		{ exit: recording.exit, stdout: recording.stdout },
		{ exit, stdout: normalised(decode(stdout)) }
	);
	return found ? fail(found) : PASS;
};

/** As `../net/ftp_record.py` */
function normalised(text: string): string {
	return text
		.replace(/(Passive Mode \((?:\d+,){4})\d+,\d+\)/g, '$1P,P)')
		.replace(/\(\|\|\|\d+\|\)/g, '(|||PORT|)')
		.replace(/(---> PORT (?:\d+,){4})\d+,\d+/g, '$1P,P')
		.replace(/in \S+ seconds \([^)]*\)/g, 'in T seconds (RATE)');
}

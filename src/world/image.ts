/**
 * The base system: the files that every host has before packages and its own files are laid over it, a small Debian with
 * the classic paths (`/var/log/maillog`, `/etc/init.d`, run level 2).
 *
 * Does: turns a host's row of the world file into users, groups, network files and directories.
 * Lacks: a package database (`dpkg -l`); ifupdown (`/etc/network/interfaces` is written for the reader, the kernel is
 *        set up directly).
 */
import { crypt } from '#programs/libc/crypt';
import { formatIpv4Address, parsePrefix } from '#wire/address';
import type { FileSpec, HostSpec } from './spec';

const DIRECTORIES: readonly (readonly [path: string, mode: string, group?: string])[] = [
	['/usr/bin', '0755'],
	['/usr/sbin', '0755'],
	['/usr/lib', '0755'],
	['/usr/share', '0755'],
	['/usr/local/bin', '0755'],
	['/usr/local/sbin', '0755'],
	['/etc/init.d', '0755'],
	['/etc/rc2.d', '0755'],
	['/home', '0755'],
	['/root', '0700'],
	['/tmp', '1777'],
	['/opt', '0755'],
	['/srv', '0755'],
	['/mnt', '0755'],
	['/run', '0755'],
	['/run/lock', '1777'],
	['/var/log', '0755'],
	['/var/lib', '0755'],
	['/var/backups', '0755'],
	['/var/cache', '0755'],
	['/var/spool', '0755'],
	['/var/tmp', '1777'],
	['/var/mail', '2775', 'mail']
];

const LINKS: Readonly<Record<string, string>> = {
	'/bin': 'usr/bin',
	'/sbin': 'usr/sbin',
	'/lib': 'usr/lib',
	'/var/run': '/run',
	'/var/lock': '/run/lock',
	'/var/spool/mail': '../mail'
};

const SYSTEM_USERS = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
man:x:6:12:man:/var/cache/man:/usr/sbin/nologin
lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
news:x:9:9:news:/var/spool/news:/usr/sbin/nologin
uucp:x:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
list:x:38:38:Mailing List Manager:/var/list:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
postfix:x:104:106::/var/spool/postfix:/usr/sbin/nologin
bind:x:105:108::/var/cache/bind:/usr/sbin/nologin
dovecot:x:106:109:Dovecot mail server,,,:/usr/lib/dovecot:/usr/sbin/nologin
dovenull:x:107:110:Dovecot login user,,,:/nonexistent:/usr/sbin/nologin
`;

const SYSTEM_GROUPS = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
lp:x:7:
mail:x:8:
news:x:9:
uucp:x:10:
man:x:12:
kmem:x:15:
sudo:x:27:
www-data:x:33:
backup:x:34:
list:x:38:
shadow:x:42:
utmp:x:43:
staff:x:50:
games:x:60:
users:x:100:
postfix:x:106:
postdrop:x:107:
bind:x:108:
dovecot:x:109:
dovenull:x:110:
crontab:x:111:
nogroup:x:65534:
`;

const FIRST_UID = 1000;

interface User {
	readonly name: string;
	readonly uid: number;
	readonly gecos: string;
	readonly shell: string;
	readonly groups: readonly string[];
	readonly password: string | undefined;
}

function usersOf(host: HostSpec): User[] {
	return (host.users ?? []).map((user, index) => ({
		name: user.name,
		uid: user.uid ?? FIRST_UID + index,
		gecos: user.gecos ?? user.name.replace(/^./, (first) => first.toUpperCase()),
		shell: user.shell ?? '/bin/bash',
		groups: user.groups ?? [],
		password: user.password
	}));
}

/** few rounds: a world with many users shall be built quickly */
const ROUNDS = 1000;

/** The field of /etc/shadow. The name is the salt, so that two users with the same word are not seen to have it. */
function shadowEntry(name: string, password: string | undefined): string {
	if (password === undefined) return '*';
	if (password === '' || password.startsWith('$')) return password;
	return crypt(password, `$6$rounds=${ROUNDS}$${name}$`)!;
}

function passwdFiles(users: readonly User[], rootPassword: string | undefined): Record<string, FileSpec> {
	const passwd = users.map((u) => `${u.name}:x:${u.uid}:${u.uid}:${u.gecos}:/home/${u.name}:${u.shell}\n`).join('');
	const groups = SYSTEM_GROUPS.replace(/^([a-z-]+):x:(\d+):$/gm, (line, name: string) =>
		line.concat(
			users
				.filter((user) => user.groups.includes(name))
				.map((user) => user.name)
				.join(',')
		)
	);
	const own = users.map((user) => `${user.name}:x:${user.uid}:\n`).join('');
	const names = (SYSTEM_USERS + passwd).split('\n').filter((line) => line !== '');
	return {
		'/etc/passwd': SYSTEM_USERS + passwd,
		'/etc/group': groups + own,
		'/etc/shadow': {
			text: names
				.map((line) => line.split(':')[0]!)
				.map((name) => {
					const password = name === 'root' ? rootPassword : users.find((user) => user.name === name)?.password;
					return `${name}:${shadowEntry(name, password)}:19700:0:99999:7:::\n`;
				})
				.join(''),
			mode: '0640',
			group: 'shadow'
		}
	};
}

function networkFiles(host: HostSpec): Record<string, FileSpec> {
	const [short] = host.hostname.split('.');
	const first = host.interfaces[0]?.addresses[0];
	const address = first === undefined ? '127.0.1.1' : first.split('/')[0]!;
	const names = host.hostname === short ? short : `${host.hostname} ${short}`;
	const search = host.search ?? host.hostname.split('.').slice(1).join('.');
	const resolver = (search === '' ? [] : [`search ${search}`]).concat(
		(host.nameservers ?? []).map((server) => `nameserver ${server}`)
	);
	return {
		'/etc/hostname': `${host.hostname}\n`,
		'/etc/hosts': `127.0.0.1\tlocalhost\n${address}\t${names}\n`,
		'/etc/resolv.conf': resolver.map((line) => `${line}\n`).join(''),
		'/etc/network/interfaces': interfacesFile(host)
	};
}

function interfacesFile(host: HostSpec): string {
	const blocks = host.interfaces.flatMap((card) =>
		card.addresses.map((cidr, index) => {
			const { address, prefix } = parsePrefix(cidr)!;
			const name = index === 0 ? card.name : `${card.name}:${index}`;
			const gateway = index === 0 && host.routes?.find((route) => route.to === 'default' && /^\d/.test(route.via));
			const lines = [`auto ${name}`, `iface ${name} inet static`, `\taddress ${formatIpv4Address(address)}/${prefix}`];
			if (gateway) lines.push(`\tgateway ${gateway.via}`);
			return lines.join('\n');
		})
	);
	return ['auto lo\niface lo inet loopback', ...blocks].join('\n\n') + '\n';
}

const FIXED: Readonly<Record<string, FileSpec>> = {
	'/etc/nsswitch.conf':
		'passwd:         files\ngroup:          files\nshadow:         files\n\nhosts:          files dns\nnetworks:       files\n\nprotocols:      files\nservices:       files\naliases:        files\n',
	'/etc/host.conf': 'multi on\n',
	'/etc/debian_version': '12.11\n',
	'/etc/issue': 'Debian GNU/Linux 12 \\n \\l\n\n',
	'/etc/os-release':
		'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n',
	'/etc/shells': '/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/dash\n/usr/bin/dash\n',
	'/etc/inittab':
		'id:2:initdefault:\nsi::sysinit:/etc/init.d/rcS\nl2:2:wait:/etc/init.d/rc 2\nca:12345:ctrlaltdel:/sbin/shutdown -t1 -a -r now\n',
	'/etc/fstab': '/dev/sda1\t/\text4\terrors=remount-ro\t0\t1\n'
};

/** Every file of the base system of that host, parents before children. */
export function baseImage(host: HostSpec): Record<string, FileSpec> {
	const users = usersOf(host);
	/* users first: what follows is owned by them */
	const files = passwdFiles(users, host.rootPassword);
	for (const [path, mode, group] of DIRECTORIES) files[path] = group ? { dir: true, mode, group } : { dir: true, mode };
	for (const [path, link] of Object.entries(LINKS)) files[path] = { link };
	Object.assign(files, networkFiles(host), FIXED);
	for (const user of users)
		files[`/home/${user.name}`] = { dir: true, mode: '0755', owner: user.name, group: user.name };
	return files;
}

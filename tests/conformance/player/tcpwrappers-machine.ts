/** The machine of the TCP Wrappers recordings (`../tcpwrappers/README.md`, "The machine"). */
import { Engine, SECOND } from '#engine/engine';
import { Host, type Spawned } from '#kernel/host';
import { decode } from '#kernel/text';
import { bind, chmod, recvfrom, socket } from '#programs/libc/unistd';
import { FACILITIES, PRIORITIES } from '#programs/libc/syslog';
import { PACKAGES, PROGRAMS, STANDARD } from '#programs/index';
import { putFiles } from '#world/build';
import type { FileSpec } from '#world/spec';

export const START = Date.UTC(2026, 10, 22, 16) * 1000;

const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
anna:x:1001:1001:Anna Bianchi:/home/anna:/bin/sh
`;
const GROUP = 'root:x:0:\ndaemon:x:1:\nmail:x:8:\nkmem:x:15:\nnogroup:x:65534:\nanna:x:1001:\n';
const SERVICES = `echo 7/tcp
ftp 21/tcp
ssh 22/tcp
telnet 23/tcp
smtp 25/tcp
tftp 69/udp
finger 79/tcp
pop3 110/tcp
sunrpc 111/tcp
auth 113/tcp
imap2 143/tcp
exec 512/tcp
login 513/tcp
shell 514/tcp
ntalk 518/udp
hello 7777/tcp
`;
const DATABASES = ['passwd', 'group', 'hosts', 'services', 'protocols', 'netgroup'];

export const BASE_FILES: Readonly<Record<string, FileSpec>> = {
	'/etc/nsswitch.conf': DATABASES.map((name) => `${name}: files\n`).join(''),
	'/etc/host.conf': 'multi on\n',
	'/etc/passwd': PASSWD,
	'/etc/group': GROUP,
	'/etc/services': SERVICES,
	'/etc/protocols': 'ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n',
	'/tmp': { dir: true, mode: '1777' },
	'/run': { dir: true },
	'/root': { dir: true, mode: '0700' },
	'/home/anna': { dir: true, owner: 'anna' }
};

/** What the recordings have in /usr/sbin, and nothing else. */
const DAEMONS = ['tcpd', 'tcpdchk', 'tcpdmatch', 'in.fingerd', 'inetd', 'safe_finger', 'try-from'];

export const ENVIRONMENT: ReadonlyMap<string, string> = new Map([
	['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
	['HOME', '/root'],
	['LC_ALL', 'C'],
	['TZ', 'UTC']
]);

/** @param more of /usr/sbin */
export function makeMachine(engine: Engine, name: string, files: Readonly<Record<string, FileSpec>>, more: readonly string[] = []): Host {
	const daemons = [...DAEMONS, ...more];
	const host = new Host({ name, hostname: name, engine, programs: PROGRAMS, random: engine.random.split() });
	putFiles(host, { '/usr/bin': { dir: true }, '/usr/sbin': { dir: true }, '/usr/lib': { dir: true } });
	putFiles(host, { '/bin': { link: 'usr/bin' }, '/sbin': { link: 'usr/sbin' }, '/lib': { link: 'usr/lib' } });
	putFiles(host, BASE_FILES);
	const packages = new Set([...STANDARD, ...PACKAGES.filter(({ name }) => WRAPPERS.includes(name))]);
	for (const item of packages) {
		/* programs of groups that the recordings' machine does not have were not there either */
		const isThere = ({ path, group }: (typeof item.programs)[number]): boolean =>
			(!path.startsWith('/usr/sbin/') || daemons.includes(path.slice(10))) &&
			(group === undefined || GROUP.includes(`${group}:`));
		const programs = item.programs.filter(isThere);
		host.installPrograms({ ...item, programs });
	}
	putFiles(host, files);
	host.boot();
	return host;
}

const WRAPPERS = ['tcpd', 'openbsd-inetd', 'xinetd', 'fingerd', 'finger'];

/** Files of a case; those under /usr are programs unless it says otherwise. */
export function caseFiles(files: Readonly<Record<string, string>>, modes: Readonly<Record<string, string>> = {}): Record<string, FileSpec> {
	return Object.fromEntries(
		Object.entries(files).map(([path, text]) => [path, { text, mode: modes[path] ?? (path.startsWith('/usr/') ? '0755' : '0644') }])
	);
}

export function makeEngine(): Engine {
	return new Engine({ seed: 1, start: START, traceCapacity: 1000 });
}

/** What listens on /dev/log. */
export class LogCollector {
	readonly lines: string[] = [];

	constructor(host: Host) {
		const { lines } = this;
		host.spawn({
			path: '/usr/bin/log-collector',
			argv: ['log-collector'],
			env: new Map(),
			*main() {
				const fd = yield* socket('unix', 'dgram');
				yield* bind(fd, { family: 'unix', path: '/dev/log' });
				yield* chmod('/dev/log', 0o666);
				for (;;) lines.push(asRecorded(decode((yield* recvfrom(fd, 65_536)).bytes)));
			}
		});
	}
}

/** "<15>Nov 22 16:00:00 tcpdmatch: text" as "user.debug tcpdmatch: text" */
function asRecorded(message: string): string {
	const [, code, text] = /^<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d ([^]*)$/.exec(message)!;
	const facility = Object.entries(FACILITIES).find(([, value]) => value === Number(code) >> 3)![0];
	const priority = Object.entries(PRIORITIES).find(([, value]) => value === (Number(code) & 7))![0];
	return `${facility}.${priority} ${text}`;
}

/** Runs until a process and all that hold its output have ended. */
export function runToEnd(engine: Engine, process: Spawned, seconds: number): void {
	const limit = engine.now + seconds * SECOND;
	while (!process.finished && engine.nextTime() <= limit) engine.step();
	engine.runUntil(engine.now + 1000);
}

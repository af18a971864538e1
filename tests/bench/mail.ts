/**
 * How fast mail goes: mails a second through two hops, virtual seconds a second, five days of retries, a long queue, a
 * large table. Real time by the process's clock; the mail itself goes through sendmail, qmgr, smtp, smtpd and local.
 *
 * Run by `npx tsx tests/bench/mail.ts`. `real-mail.sh` does the first of these with the real Postfix, for comparison.
 */
import type { HostSpec } from '#world/spec';
import { World } from '#world/world';

const SECOND = 1_000_000;
const HOSTS = ['first', 'second', 'third'] as const;
const address = (index: number): string => `192.0.2.${index + 1}`;

function host(name: string, index: number): HostSpec {
	const next = index < HOSTS.length - 1 ? `[${address(index + 1)}]` : '';
	const mainCf = `compatibility_level = 3.6
myhostname = ${name}.example.org
mydestination = $myhostname, localhost
mynetworks = 192.0.2.0/24, 127.0.0.0/8
relayhost = ${next}
smtp_host_lookup = native
alias_maps =
alias_database =
`;
	return {
		name,
		hostname: `${name}.example.org`,
		kind: 'server',
		at: [index * 30, 0],
		interfaces: [{ name: 'eth0', addresses: [`${address(index)}/24`], link: 'wire' }],
		users: [{ name: 'anna' }],
		packages: ['postfix'],
		services: ['syslog', 'postfix'],
		files: {
			'/etc/postfix/main.cf': { text: mainCf, mtime: '1' },
			'/etc/hosts': `127.0.0.1 localhost\n${HOSTS.map((other, i) => `${address(i)} ${other}.example.org ${other}`).join('\n')}\n`
		}
	};
}

export function row(): World {
	return new World({
		name: 'row',
		seed: 1,
		start: '2026-03-04T09:10:00Z',
		settle: 5,
		hosts: HOSTS.map(host),
		links: [{ name: 'wire', delay: 0.1 }]
	});
}

/** Real milliseconds that something takes. */
function timed(work: () => void): number {
	const begin = process.hrtime.bigint();
	work();
	return Number(process.hrtime.bigint() - begin) / 1e6;
}

const SEND = "printf 'Subject: n\\n\\nhi\\n' | sendmail";
const loop = (count: number, to: string): string => `for i in $(seq ${count}); do ${SEND} ${to}; done`;

function mailboxOf(world: World, name: string): string {
	const { disk } = world.host(name);
	return disk.exists('/var/mail/anna') ? disk.readText('/var/mail/anna') : '';
}

/** Mails a second of real time from sendmail on the first host to a mailbox on the third. */
export function mailsPerSecond(count = 300): number {
	const world = row();
	world.shell('first', loop(20, 'anna@third.example.org'));
	world.engine.runUntil(world.now + 60 * SECOND);
	const milliseconds = timed(() => {
		world.shell('first', loop(count, 'anna@third.example.org'), { limit: 3600 * SECOND });
		for (let i = 0; i < 600 && mailboxOf(world, 'third').split('\nFrom ').length < count + 20; i++)
			world.engine.runUntil(world.now + SECOND);
	});
	const arrived = mailboxOf(world, 'third').split('\nFrom ').length;
	if (arrived !== count + 20) throw new Error(`${arrived} mails arrived`);
	return (count / milliseconds) * 1000;
}

/** Virtual seconds a second of real time, while a mail goes through the hosts every half minute. */
export function virtualSecondsPerSecond(hours = 1): number {
	const world = row();
	world.spawn('first', ['/bin/bash', '-c', `while :; do ${SEND} anna@third.example.org; sleep 30; done`]);
	const seconds = hours * 3600;
	const milliseconds = timed(() => world.engine.runUntil(world.now + seconds * SECOND));
	if (mailboxOf(world, 'third').split('\nFrom ').length < seconds / 30 - 2) throw new Error('mails are missing');
	return (seconds / milliseconds) * 1000;
}

/** Real milliseconds of five virtual days with a mail that cannot be delivered, until it comes back. */
export function fiveDaysOfRetries(): number {
	const world = row();
	world.shell('third', 'service postfix stop');
	world.shell('second', 'service postfix stop');
	world.shell('first', `su anna -c "${SEND.replaceAll('"', '\\"')} anna@third.example.org"`);
	const milliseconds = timed(() => world.engine.runUntil(world.now + 5.1 * 86_400 * SECOND));
	if (!mailboxOf(world, 'first').includes('Undelivered')) throw new Error('it never came back');
	return milliseconds;
}

/** Real milliseconds of `mailq` with that many messages. */
export function mailqMilliseconds(count = 10_000): number {
	const world = row();
	world.shell('first', "postconf -e 'defer_transports = smtp'; postfix reload");
	world.shell('first', `${SEND} anna@third.example.org`);
	world.engine.runUntil(world.now + 5 * SECOND);
	const { disk } = world.host('first');
	const queue = '/var/spool/postfix/deferred';
	const [sample] = [...disk.walk(queue)].filter(({ stat }) => (stat.mode & 0o170000) === 0o100000);
	if (!sample) throw new Error('the queue is empty');
	const bytes = disk.readFile(sample.path);
	const { uid, gid } = sample.stat;
	world.shell('first', `install -d -o postfix -g postfix -m 700 ${queue}/A`);
	for (let i = 1; i < count; i++) {
		const id = (0xa0000000 + i).toString(16).toUpperCase();
		disk.writeFile(`${queue}/${id[0]}/${id}`, bytes, { mode: 0o700, uid, gid });
	}
	let lines = '';
	const milliseconds = timed(() => (lines = world.shell('first', 'mailq | tail -n 1').text));
	if (!lines.includes(`in ${count} Requests`)) throw new Error(`mailq says: ${lines}`);
	return milliseconds;
}

/** Real milliseconds of postmap over a table of that many lines, and look-ups a second in it. */
export function largeTable(lines = 100_000, asked = 10_000): { readonly build: number; readonly lookups: number } {
	const world = row();
	const { disk } = world.host('first');
	const key = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
	disk.writeFile('/etc/postfix/access', Array.from({ length: lines }, (_, i) => `${key(i)} REJECT\n`).join(''));
	const build = timed(() => {
		const { text, exit } = world.shell('first', 'postmap hash:/etc/postfix/access', { limit: 3600 * SECOND });
		if (exit !== 0) throw new Error(text);
	});
	disk.writeFile('/tmp/keys', Array.from({ length: asked }, (_, i) => `${key(i * 9)}\n`).join(''));
	let found = '';
	const ask = timed(
		() => (found = world.shell('first', 'postmap -q - hash:/etc/postfix/access </tmp/keys | wc -l').text)
	);
	if (Number(found) !== asked) throw new Error(`${found.trim()} of ${asked} keys were found`);
	return { build, lookups: (asked / ask) * 1000 };
}

if (process.argv[1]?.endsWith('mail.ts') === true) {
	const say = (text: string): void => void process.stdout.write(`${text}\n`);
	say(`mails a second through two hops: ${mailsPerSecond().toFixed(0)}`);
	say(`virtual seconds a second: ${virtualSecondsPerSecond().toFixed(0)}`);
	say(`five days of retries: ${fiveDaysOfRetries().toFixed(0)} ms`);
	say(`mailq of 10,000: ${mailqMilliseconds().toFixed(0)} ms`);
	const { build, lookups } = largeTable();
	say(`100,000 lines: postmap ${build.toFixed(0)} ms, ${lookups.toFixed(0)} look-ups a second`);
}

/** The window opens with a login at POP3 and closes by itself. */
import { expect, test } from 'vitest';
import { World } from '#world/world';

const DOVECOT = `protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
log_path =
mail_location = mbox:~/mail:INBOX=/var/mail/%u
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = passwd
}
`;
const MINUTE = 60_000_000;

test('an address is in the table for the time of grace', () => {
	const world = new World(
		{
			name: 'window',
			seed: 1,
			settle: 1,
			start: '2026-11-22T16:00:00Z',
			hosts: [
				{
					name: 'halo',
					hostname: 'halo.example.org',
					kind: 'server',
					at: [0, 0],
					users: [{ name: 'anna' }],
					interfaces: [],
					packages: ['postfix', 'dovecot-core', 'dovecot-pop3d', 'pop-before-smtp'],
					services: ['syslog'],
					files: { '/etc/dovecot/dovecot.conf': DOVECOT }
				}
			],
			links: []
		},
		{}
	);
	world.runUntil(world.now + MINUTE);
	const sh = (line: string) =>
		Buffer.from(world.command('halo', ['sh', '-c', line], { user: 'root' }).stdout).toString();
	sh('dovecot; pop-before-smtp --grace=900 --daemon=/run/pop-before-smtp.pid');
	world.runUntil(world.now + MINUTE);
	const table = (): string => sh('postmap -q 127.0.0.1 hash:/var/lib/pop-before-smtp/hosts');
	expect(table()).toBe('');
	expect(sh('(echo USER anna; sleep 1; echo PASS secret; sleep 1; echo QUIT; sleep 1) | nc 127.0.0.1 110')).toContain(
		'Logged in'
	);
	world.runUntil(world.now + MINUTE);
	expect(table()).toBe('ok\n');
	world.runUntil(world.now + 16 * MINUTE);
	expect(table()).toBe('');
});

import { expect, test } from 'vitest';
import { addressOf } from './pop-before-smtp';

const HEAD = 'Nov 22 16:00:01 halo dovecot: ';

test.each([
	[
		'pop3-login: Login: user=<anna>, method=PLAIN, rip=198.51.100.25, lip=192.168.75.2, mpid=9, session=<S>',
		'198.51.100.25'
	],
	[
		'imap-login: Login: user=<anna>, method=PLAIN, rip=198.51.100.25, lip=192.168.75.2, mpid=9, TLS, session=<S>',
		'198.51.100.25'
	],
	[
		'pop3-login: Disconnected: Aborted login by logging out (auth failed, 1 attempts in 2 secs): user=<anna>, method=PLAIN, rip=198.51.100.25',
		null
	],
	['pop3(anna)<9><S>: Disconnected: Logged out top=0/0, retr=0/0, del=0/0, size=0', null]
])('%s', (line, address) => {
	expect(addressOf(HEAD + line)).toBe(address);
});

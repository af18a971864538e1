/** nologin(8): the shell of those who shall have none. Says so, tells the log, and ends with status 1. */
import type { Main } from '#kernel/syscalls';
import { getpwuid } from '../libc/passwd';
import { print } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { syslog } from '../libc/syslog';
import { getcred, stat, ttyname } from '../libc/unistd';

export const nologin: Main = function* () {
	const { uid } = yield* getcred();
	let tty = 'UNKNOWN';
	let name = 'UNKNOWN';
	try {
		tty = yield* ttyname(0);
		/* who logged in on the terminal owns it */
		name = (yield* getpwuid((yield* stat(tty)).uid))?.name ?? name;
	} catch (thrown) {
		errnoOf(thrown);
	}
	yield* syslog(
		{ ident: 'nologin', facility: 'auth', pid: false },
		'crit',
		`Attempted login by ${name} (UID: ${uid}) on ${tty}`
	);
	yield* print('This account is currently not available.\n');
	return 1;
};

/**
 * What a login prints before the shell: the message of the day, the last login, mail (pam_motd(8), pam_lastlog(8),
 * pam_mail(8)). Nothing for a user with a .hushlogin.
 *
 * Not simulated: /run/motd.dynamic, /etc/motd.d, "new" mail apart from old.
 */
import type { Sys } from '#kernel/syscalls';
import type { PasswdEntry } from '../libc/passwd';
import { print, readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { breakDown, strftime } from '../libc/strftime';
import { stat } from '../libc/unistd';
import { rememberLogin, type LastLogin } from './lastlog';

export function* optional(path: string): Sys<string | undefined> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

export function* isHushed(user: PasswdEntry): Sys<boolean> {
	return (yield* optional(`${user.home}/.hushlogin`)) !== undefined;
}

export function* printMotd(): Sys<void> {
	const news = yield* optional('/etc/motd');
	if (news !== undefined && news !== '') yield* print(news);
}

/** @param style "on pts/0" is told by login only */
export function lastLoginLine({ when, terminal, from }: LastLogin, style: 'login' | 'sshd'): string {
	const at = strftime(style === 'login' ? '%a %b %e %H:%M:%S UTC %Y' : '%a %b %e %H:%M:%S %Y', breakDown(when * 1e6));
	return `Last login: ${at}${from === '' ? '' : ` from ${from}`}${style === 'login' ? ` on ${terminal}` : ''}\n`;
}

export function* greet(user: PasswdEntry, terminal: string, from: string): Sys<void> {
	const last = yield* rememberLogin(user.uid, terminal, from);
	if (yield* isHushed(user)) return;
	yield* printMotd();
	if (last) yield* print(lastLoginLine(last, 'login'));
	yield* printMail(user);
}

export function* printMail(user: PasswdEntry): Sys<void> {
	try {
		const { size, atime, mtime } = yield* stat(`/var/mail/${user.name}`);
		if (size > 0) yield* print(mtime > atime ? 'You have new mail.\n' : 'You have mail.\n');
	} catch (thrown) {
		errnoOf(thrown);
	}
}

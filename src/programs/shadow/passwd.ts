/**
 * passwd(1) and chpasswd(8) of shadow 4.13: a new password, locking, ages, and what the account's state is.
 *
 * Reads and writes: /etc/shadow. Setuid root: a user changes the own password and sees the own state, no more.
 * Not simulated: -r, -R, -k; --help of chpasswd and its encryption options; /etc/pam.d.
 */
import { SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import type { Asker } from '../libc/pam-unix';
import { getpwnam, getpwuid } from '../libc/passwd';
import { print, printError, readAll, STDIN } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { Log } from '../libc/syslog';
import { decode } from '../libc/text';
import { getcred, signal, setuid } from '../libc/unistd';
import { lockAccounts, readTable, saveTable, type Table } from './database';
import { askNewPassword, DAY, hashPassword, storePassword } from './new-password';
import { PASSWD_USAGE } from './usage';

const OPTIONS = new OptionTable([
	'a|all',
	'd|delete',
	'e|expire',
	'h|help',
	'k|keep-tokens',
	'i|inactive=',
	'l|lock',
	'n|mindays=',
	'q|quiet',
	'r|repository=',
	'R|root=',
	'S|status',
	'u|unlock',
	'w|warndays=',
	'x|maxdays='
]);
/** exit statuses of passwd(1) */
const STATUS = { denied: 1, usage: 2, unexpected: 3, badArgument: 6, pam: 10 } as const;
const FOR_ROOT = ['delete', 'expire', 'inactive', 'lock', 'mindays', 'unlock', 'warndays', 'maxdays', 'all'];
/** options that set a field of /etc/shadow, by its place */
const AGES = { mindays: 3, maxdays: 4, warndays: 5, inactive: 6 } as const;

export const passwd: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`passwd: ${thrown.message}\n${PASSWD_USAGE}`);
		return STATUS.badArgument;
	}
	if (parsed.has('help')) {
		yield* print(PASSWD_USAGE);
		return 0;
	}
	const { uid } = yield* getcred();
	const isRoot = uid === 0;
	const own = (yield* getpwuid(uid))?.name ?? '';
	const name = parsed.operands[0] ?? own;
	const administers = FOR_ROOT.some((option) => parsed.has(option));
	if (
		parsed.operands.length > 1 ||
		(administers && (!isRoot || (parsed.operands.length === 0 && !parsed.has('all'))))
	) {
		yield* printError(PASSWD_USAGE);
		return STATUS.usage;
	}
	const log = new Log({ ident: 'passwd', facility: 'authpriv' });
	if (parsed.has('status') && parsed.has('all')) return yield* showAll();
	if (!(yield* getpwnam(name))) {
		yield* printError(`passwd: user '${name}' does not exist\n`);
		return STATUS.denied;
	}
	if (!isRoot && name !== own) {
		yield* printError(`passwd: You may not view or modify password information for ${name}.\n`);
		yield* log.write('warning', `passwd: can't view or modify password information for ${name}`);
		return STATUS.denied;
	}
	if (parsed.has('status')) return yield* show(name);
	if (administers) return yield* administer(parsed, name, log);
	return yield* change(name, isRoot, uid, log);
};

function* change(name: string, isRoot: boolean, uid: number, log: Log): Sys<number> {
	for (const key of [SIGNAL.SIGINT, SIGNAL.SIGQUIT, SIGNAL.SIGTSTP]) yield* signal(key, 'ignore');
	if (!isRoot) yield* print(`Changing password for ${name}.\n`);
	const pam: Asker = { service: 'passwd', log: log, uid };
	const word = yield* askNewPassword({ ...pam, kind: 'chauthtok' }, name, isRoot);
	if (word === undefined) {
		yield* printError('passwd: Authentication token manipulation error\npasswd: password unchanged\n');
		return STATUS.pam;
	}
	yield* setuid(0);
	yield* lockAccounts();
	yield* storePassword(name, yield* hashPassword(word));
	yield* log.write('notice', `pam_unix(passwd:chauthtok): password changed for ${name}`);
	yield* printError('passwd: password updated successfully\n');
	return 0;
}

function stateLine([name = '', password = '', change = '', ...ages]: readonly string[]): string {
	const kind = password === '' ? 'NP' : /^[!*]/.test(password) ? 'L' : 'P';
	const date = change === '' ? 'never' : strftime('%Y-%m-%d', breakDown(Number(change) * DAY));
	const shown = ages.slice(0, 4).map((age) => (age === '' || age === undefined ? '-1' : age));
	return `${name} ${kind} ${date} ${shown.join(' ')}\n`;
}

function* show(name: string): Sys<number> {
	const row = (yield* readTable('shadow'))?.find(name);
	yield* print(row ? stateLine(row) : `${name} L\n`);
	return 0;
}

function* showAll(): Sys<number> {
	const shadow = yield* readTable('shadow');
	for (const [name = ''] of (yield* readTable('passwd'))?.rows ?? []) {
		const row = shadow?.find(name);
		if (row) yield* print(stateLine(row));
	}
	return 0;
}

function* administer(parsed: Parsed, name: string, log: Log): Sys<number> {
	const shadow: Table | undefined = yield* readTable('shadow');
	const password = shadow?.find(name)?.[1];
	if (!shadow || password === undefined) return STATUS.unexpected;
	if (parsed.has('unlock') && /^!+$/.test(password)) {
		yield* printError(
			'passwd: unlocking the password would result in a passwordless account.\nYou should set a password with usermod -p to unlock the password of this account.\n'
		);
		return STATUS.unexpected;
	}
	yield* lockAccounts();
	if (parsed.has('lock') && !password.startsWith('!')) shadow.set(name, 1, `!${password}`);
	if (parsed.has('unlock') && password.startsWith('!')) shadow.set(name, 1, password.slice(1));
	if (parsed.has('delete')) shadow.set(name, 1, '');
	if (parsed.has('expire')) shadow.set(name, 2, '0');
	for (const [option, field] of Object.entries(AGES)) {
		const value = parsed.get(option);
		if (value !== undefined) shadow.set(name, field, value === '-1' ? '' : value);
	}
	yield* saveTable(shadow);
	yield* log.write('info', `password for '${name}' changed by 'root'`);
	const aged = Object.keys(AGES).some((option) => parsed.has(option));
	if (!parsed.has('quiet'))
		yield* printError(aged ? 'passwd: password expiry information changed.\n' : 'passwd: password changed.\n');
	return 0;
}

/** chpasswd: NAME:PASSWORD lines of standard input. */
export const chpasswd: Main = function* () {
	const log = new Log({ ident: 'chpasswd', facility: 'authpriv' });
	const lines = decode(yield* readAll(STDIN))
		.split('\n')
		.filter((line) => line !== '');
	let status = 0;
	for (const [index, line] of lines.entries()) {
		const colon = line.indexOf(':');
		const name = line.slice(0, Math.max(colon, 0));
		if (colon < 0) {
			yield* printError(`chpasswd: line ${index + 1}: missing new password\n`);
			status = 1;
			continue;
		}
		yield* lockAccounts();
		if ((yield* getpwnam(name)) && (yield* storePassword(name, yield* hashPassword(line.slice(colon + 1))))) {
			yield* log.write('notice', `pam_unix(chpasswd:chauthtok): password changed for ${name}`);
			continue;
		}
		yield* log.write('debug', `pam_unix(chpasswd:chauthtok): user "${name}" does not exist in /etc/passwd`);
		yield* printError(
			`chpasswd: (user ${name}) pam_chauthtok() failed, error:\nAuthentication token manipulation error\nchpasswd: (line ${index + 1}, user ${name}) password not changed\n`
		);
		status = 1;
	}
	return status;
};

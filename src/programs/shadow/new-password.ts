/**
 * A new password as pam_unix asks for it (`password [success=1 default=ignore] pam_unix.so obscure`): the present one,
 * the new one twice; and how it is kept.
 *
 * Not simulated: yescrypt, Debian's method; what is set here is `$6$` (SHA-512), which login.defs names.
 */
import type { Sys } from '#kernel/syscalls';
import { crypt } from '../libc/crypt';
import { readPassword } from '../libc/getpass';
import { authenticate, failDelay, type Asker } from '../libc/pam-unix';
import { getspnam, isPassword } from '../libc/shadow';
import { printError } from '../libc/stdio';
import { getrandom, time } from '../libc/unistd';
import { readTable, saveTable } from './database';

const LEAST = 6;
const TRIES = 3;
const LETTERS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SALT = 16;
export const DAY = 86_400_000_000;

export function* hashPassword(word: string): Sys<string> {
	const salt = [...(yield* getrandom(SALT))].map((byte) => LETTERS[byte & 63]!).join('');
	return crypt(word, `$6$${salt}$`)!;
}

/** Root is not asked for the present one, and may choose what it likes. @returns the new word */
export function* askNewPassword(pam: Asker, name: string, isRoot: boolean): Sys<string | undefined> {
	const present = (yield* getspnam(name))?.password ?? '';
	if (!isRoot && present !== '') {
		const answer = yield* readPassword('Current password: ');
		if (!(yield* authenticate({ ...pam, service: pam.service }, name, answer))) {
			yield* failDelay();
			return undefined;
		}
	}
	for (let tries = 0; tries < TRIES; tries++) {
		const word = yield* readPassword('New password: ');
		if (word === null || word === '') {
			yield* printError('No password has been supplied.\n');
			continue;
		}
		if ((yield* readPassword('Retype new password: ')) !== word) {
			yield* printError('Sorry, passwords do not match.\n');
			return undefined;
		}
		if (isRoot) return word;
		const wrong = objection(word, present);
		if (wrong === undefined) return word;
		yield* printError(`${wrong}\n`);
	}
	return undefined;
}

function objection(word: string, present: string): string | undefined {
	if (present !== '' && isPassword(word, present)) return 'The password has not been changed.';
	return word.length < LEAST ? 'You must choose a longer password.' : undefined;
}

export function* storePassword(name: string, hash: string): Sys<boolean> {
	const shadow = yield* readTable('shadow');
	if (!shadow?.find(name)) return false;
	shadow.set(name, 1, hash);
	shadow.set(name, 2, String(Math.floor((yield* time()) / DAY)));
	yield* saveTable(shadow);
	return true;
}

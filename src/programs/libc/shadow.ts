/**
 * /etc/shadow: passwords and their ages (shadow(5), getspnam(3)), read anew at every call as the real functions do.
 *
 * Nobody but root and the group shadow can read it; for everybody else there is no entry. Lacks: NIS.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { crypt } from './crypt';
import { readText } from './stdio';

/** A line in its fields, as they stand there: name, password, last change, least, most, warning, inactive, expiry, reserved. */
export interface ShadowEntry {
	readonly name: string;
	readonly password: string;
	/** days since 1970, or empty */
	readonly lastChange: string;
	readonly expire: string;
}

export const SHADOW = '/etc/shadow';

export function* getspnam(name: string): Sys<ShadowEntry | undefined> {
	let text: string;
	try {
		text = yield* readText(SHADOW);
	} catch (thrown) {
		if (thrown instanceof Errno) return undefined;
		throw thrown;
	}
	const fields = text
		.split('\n')
		.find((line) => line.startsWith(`${name}:`))
		?.split(':');
	if (!fields) return undefined;
	return { name, password: fields[1] ?? '', lastChange: fields[2] ?? '', expire: fields[7] ?? '' };
}

/** Whether that is the word. An entry without a password takes only the empty word; `*` and `!` take none. */
export function isPassword(word: string, entry: string): boolean {
	return entry === '' ? word === '' : crypt(word, entry) === entry;
}

/**
 * pam_unix(8) as Debian's /etc/pam.d/common-* use it: is it the password, and what the log says of it and of a session.
 *
 * Reads: /etc/passwd, /etc/shadow. An entry without a password lets in unasked (`nullok`).
 * Not simulated: /etc/pam.d itself, the helper unix_chkpwd (a program that asks here runs as root), other modules' stacks.
 */
import type { Sys } from '#kernel/syscalls';
import { getpwnam, getpwuid } from './passwd';
import { getspnam, isPassword } from './shadow';
import type { Log } from './syslog';
import { getcred, sleep, time } from './unistd';

/** pam_unix lets that much time pass after a wrong password, microseconds */
export const FAIL_DELAY = 2_000_000;
const DAY = 86_400_000_000;

/** Who asks: what the log tells beside the name. */
export interface Asker {
	/** "su", "login", "sshd": the file of /etc/pam.d */
	readonly service: string;
	/** what the log calls the asking: auth unless said otherwise */
	readonly kind?: 'auth' | 'chauthtok';
	/** the log that the program has opened, for the facility authpriv */
	readonly log: Log;
	readonly logname?: string;
	readonly tty?: string;
	readonly ruser?: string;
	readonly rhost?: string;
	/** of the caller; root's when left out */
	readonly uid?: number;
	/** of a conversation with several tries */
	readonly failures?: Failures;
}

/**
 * Wrong words of one conversation: pam_unix writes the first for a name in full, and at the end how many more there were.
 */
export class Failures {
	#name: string | undefined;
	#more = 0;
	#about = '';

	/** @returns whether this one is told at once */
	first(name: string, about: string): boolean {
		this.#about = about;
		if (this.#name === name) {
			this.#more++;
			return false;
		}
		this.#name = name;
		this.#more = 0;
		return true;
	}

	*tell(log: Log, service: string): Sys<void> {
		if (this.#more === 0) return;
		const failures = `${this.#more} more authentication failure${this.#more === 1 ? '' : 's'}`;
		yield* log.write('notice', `PAM ${failures}; ${this.#about}`);
		if (this.#more >= MAX_RETRIES)
			yield* log.write('notice', `PAM service(${service}) ignoring max retries; ${this.#more + 1} > ${MAX_RETRIES}`);
	}
}
const MAX_RETRIES = 3;

/** Whether the account needs no password. */
export function* isOpen(name: string): Sys<boolean> {
	return (yield* getspnam(name))?.password === '';
}

/** The delay after a failure is the caller's (`FAIL_DELAY`). @param word null: the question was not answered */
export function* authenticate(asker: Asker, name: string, word: string | null): Sys<boolean> {
	const { service, kind = 'auth', log, logname = '', uid = 0, tty = '', ruser = '', rhost = '' } = asker;
	const prefix = `pam_unix(${service}:${kind}):`;
	if (word === null) {
		yield* log.write('crit', `${prefix} auth could not identify password for [${name}]`);
		return false;
	}
	const entry = (yield* getpwnam(name)) && (yield* getspnam(name));
	if (entry && isPassword(word, entry.password)) return true;
	const known = (yield* getpwnam(name)) !== undefined;
	if (!known) yield* log.write('notice', `${prefix} check pass; user unknown`);
	const about = `logname=${logname} uid=${uid} euid=0 tty=${tty} ruser=${ruser} rhost=${rhost} ${known ? ` user=${name}` : ''}`;
	if (asker.failures?.first(name, about) ?? true)
		yield* log.write('notice', `${prefix} authentication failure; ${about}`);
	return false;
}

/** What common-account says: null when the account may be used. */
export function* accountProblem(name: string): Sys<'expired' | 'change' | null> {
	const entry = yield* getspnam(name);
	const today = Math.floor((yield* time()) / DAY);
	if (entry && entry.expire !== '' && today >= Number(entry.expire)) return 'expired';
	return entry?.lastChange === '0' ? 'change' : null;
}

export function* openSession({ service, log }: Asker, name: string): Sys<void> {
	const { uid } = yield* getcred();
	const user = yield* getpwnam(name);
	/* the login name: that of the real user, where audit does not know better */
	const by = uid === 0 ? '' : ((yield* getpwuid(uid))?.name ?? '');
	yield* log.write(
		'info',
		`pam_unix(${service}:session): session opened for user ${name}(uid=${user?.uid ?? 0}) by ${by}(uid=${uid})`
	);
}

export function* closeSession({ service, log }: Asker, name: string): Sys<void> {
	yield* log.write('info', `pam_unix(${service}:session): session closed for user ${name}`);
}

export function* failDelay(): Sys<void> {
	yield* sleep(FAIL_DELAY);
}

/**
 * Who may log in with which password (passdb) and whose rights a user then has (userdb).
 *
 * Reads: the file of `passwd-file`, /etc/shadow and /etc/passwd, anew at each question.
 * Not simulated: SQL, LDAP, Lua, checkpassword, PAM's modules (the driver `pam` asks /etc/shadow), master users, extra
 * fields but `nopassword`.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { md5, sha256 } from '../coreutils/digest';
import { crypt } from '../libc/crypt';
import { encodeBase64 } from '../libc/base64';
import { getpwnam } from '../libc/passwd';
import { readText } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import type { Configuration, Section } from './configuration';

export type Verdict = 'ok' | 'mismatch' | 'unknown';

/** What a database said, and words for the log. */
export interface Answer {
	readonly verdict: Verdict;
	/** "passwd-file" */
	readonly driver: string;
	/** the file that cannot be read */
	readonly missing?: string;
	/** the password as it is stored, with its scheme */
	readonly stored?: { readonly scheme: string; readonly text: string };
}

export interface MailUser {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
	readonly home: string;
}

interface Arguments {
	readonly options: ReadonlyMap<string, string>;
	readonly path: string;
}

function argumentsOf(section: Section): Arguments {
	const options = new Map<string, string>();
	let path = '';
	for (const word of (section.values.get('args') ?? '').split(/\s+/)) {
		const at = word.indexOf('=');
		if (at > 0 && !word.startsWith('/')) options.set(word.slice(0, at), word.slice(at + 1));
		else if (word !== '') path = word;
	}
	return { options, path };
}

/** `%u` the user, `%n` without its domain, `%d` the domain; `L` makes small letters. */
export function expandUser(text: string, user: string, more: Readonly<Record<string, string>> = {}): string {
	const at = user.indexOf('@');
	const values: Readonly<Record<string, string>> = {
		u: user,
		n: at < 0 ? user : user.slice(0, at),
		d: at < 0 ? '' : user.slice(at + 1),
		...more
	};
	return text.replace(/%(L?)([a-z%])/g, (all, lower: string, letter: string) => {
		const value = letter === '%' ? '%' : values[letter];
		return value === undefined ? all : lower ? value.toLowerCase() : value;
	});
}

type Line = readonly string[];

/** The line of a user in a file like /etc/passwd; null when there is none. @throws Errno */
function* lineOf(path: string, user: string): Sys<Line | null> {
	for (const line of (yield* readText(path)).split('\n')) {
		if (line.startsWith('#')) continue;
		const fields = line.split(':');
		if (fields[0] === user) return fields;
	}
	return null;
}

function schemeOf(stored: string, usual: string): { scheme: string; text: string } {
	const marked = /^\{([A-Za-z0-9.-]+)\}(.*)$/s.exec(stored);
	return marked
		? { scheme: marked[1]!.toUpperCase(), text: marked[2]! }
		: { scheme: usual.toUpperCase(), text: stored };
}

const bytesOf = (hex: string): Uint8Array =>
	Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));

const SCHEMES: Readonly<Record<string, (password: string, stored: string) => boolean>> = {
	PLAIN: (password, stored) => password === stored,
	CLEAR: (password, stored) => password === stored,
	CLEARTEXT: (password, stored) => password === stored,
	'PLAIN-MD5': (password, stored) => md5(encode(password)) === stored.toLowerCase(),
	SHA256: (password, stored) => encodeBase64(bytesOf(sha256(encode(password)))) === stored,
	CRYPT: (password, stored) => crypt(password, stored) === stored,
	'SHA512-CRYPT': (password, stored) => crypt(password, stored) === stored,
	'SHA256-CRYPT': (password, stored) => crypt(password, stored) === stored
};

export function passwordFits(password: string, stored: { scheme: string; text: string }): boolean {
	return SCHEMES[stored.scheme]?.(password, stored.text) ?? false;
}

function* fileAnswer(driver: string, path: string, user: string, scheme: string): Sys<Answer> {
	let line: Line | null;
	try {
		line = yield* lineOf(path, user);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (driver === 'passwd-file') return { verdict: 'unknown', driver, missing: path };
		return { verdict: 'unknown', driver };
	}
	if (!line) return { verdict: 'unknown', driver };
	return { verdict: 'ok', driver, stored: schemeOf(line[1] ?? '', scheme) };
}

type Driver = (section: Section, user: string) => Sys<Answer>;

const PASSDB: Readonly<Record<string, Driver>> = {
	*'passwd-file'(section, user) {
		const { options, path } = argumentsOf(section);
		const name = expandUser(options.get('username_format') ?? '%u', user);
		return yield* fileAnswer('passwd-file', expandUser(path, user), name, options.get('scheme') ?? 'CRYPT');
	},
	*pam(_section, user) {
		return yield* fileAnswer('pam', '/etc/shadow', user, 'CRYPT');
	},
	*shadow(_section, user) {
		return yield* fileAnswer('shadow', '/etc/shadow', user, 'CRYPT');
	},
	*passwd(_section, user) {
		return yield* fileAnswer('passwd', '/etc/passwd', user, 'CRYPT');
	},
	*static(section) {
		const { options } = argumentsOf(section);
		return { verdict: 'ok', driver: 'static', stored: schemeOf(options.get('password') ?? '', 'PLAIN') };
	}
};

/** The files of `passwd-file` that cannot be read, with the reason: auth says so when it starts. */
export function* unreadableFiles(configuration: Configuration): Sys<string[]> {
	const out: string[] = [];
	for (const section of configuration.sections('passdb')) {
		const { path } = argumentsOf(section);
		if (section.values.get('driver') !== 'passwd-file' || path.includes('%')) continue;
		try {
			yield* readText(path);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			out.push(`passwd-file ${path}:open(${path}) failed: ${strerror(thrown)}`);
		}
	}
	return out;
}

export const isKnownPassdb = (driver: string): boolean => Object.hasOwn(PASSDB, driver);

/** Asks the databases in turn: the first that knows the user and, when given, the password. */
export function* lookupPassword(
	configuration: Configuration,
	user: string,
	fits: (answer: Answer) => boolean
): Sys<Answer[]> {
	const answers: Answer[] = [];
	for (const section of configuration.sections('passdb')) {
		const driver = PASSDB[section.values.get('driver') ?? ''];
		if (!driver) continue;
		const found = yield* driver(section, user);
		const answer: Answer = found.verdict === 'ok' && !fits(found) ? { ...found, verdict: 'mismatch' } : found;
		answers.push(answer);
		if (answer.verdict === 'ok') break;
	}
	return answers;
}

function numbered(text: string | undefined, otherwise: number): number {
	return text !== undefined && /^\d+$/.test(text) ? Number(text) : otherwise;
}

/** @returns null when no userdb knows the user, with the driver that was asked last */
export function* lookupUser(configuration: Configuration, user: string): Sys<MailUser | string> {
	let asked = 'userdb';
	for (const section of configuration.sections('userdb')) {
		asked = section.values.get('driver') ?? '';
		const { options, path } = argumentsOf(section);
		if (asked === 'passwd') {
			const found = yield* getpwnam(user);
			if (found) return { name: user, uid: found.uid, gid: found.gid, home: found.home };
		} else if (asked === 'static') {
			const owner = yield* getpwnam(options.get('uid') ?? '');
			const uid = owner?.uid ?? numbered(options.get('uid'), -1);
			const gid = numbered(options.get('gid'), owner?.gid ?? uid);
			if (uid >= 0) return { name: user, uid, gid, home: expandUser(options.get('home') ?? '', user) };
		} else if (asked === 'passwd-file') {
			const line = yield* lineOrNull(expandUser(path, user), user);
			if (line) return { name: user, uid: numbered(line[2], -1), gid: numbered(line[3], -1), home: line[5] ?? '' };
		}
	}
	return asked;
}

function* lineOrNull(path: string, user: string): Sys<Line | null> {
	try {
		return yield* lineOf(path, user);
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

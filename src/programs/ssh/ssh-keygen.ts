/**
 * ssh-keygen(1) of OpenSSH 9.2p1: keys for users and hosts (of the toy kind, `keys.ts`), fingerprints, known_hosts.
 *
 * Does: a new key (-t, -f, -N, -C, -q), -A (the host keys that are missing), -l (fingerprint), -y (public half),
 *       -F HOST and -R HOST (find and remove in known_hosts).
 * Not simulated: pass phrases (what is typed is taken and not kept), random art, certificates, other formats.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getpwuid } from '../libc/passwd';
import { print, printError, readText, writeFile } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { access, chmod, getcred, mkdir, rename, uname } from '../libc/unistd';
import { ask } from './ask';
import {
	fingerprint,
	fromBase64,
	kindOf,
	KINDS,
	loadPrivateKey,
	makeKey,
	parseKnownHosts,
	publicLine,
	savePrivateKey,
	type Kind
} from './keys';

const OPTIONS = new OptionTable([
	'A',
	'b=',
	'C=',
	'f=',
	'F=',
	'h',
	'l',
	'N=',
	'P=',
	'q',
	'R=',
	't=',
	'y',
	'v',
	'a=',
	'H',
	'p',
	'E='
]);
const HOST_KINDS: readonly Kind[] = ['rsa', 'ecdsa', 'ed25519'];
const USAGE = `usage: ssh-keygen [-q] [-a rounds] [-b bits] [-C comment] [-f output_keyfile]
                  [-m format] [-N new_passphrase] [-O option]
                  [-t dsa | ecdsa | ecdsa-sk | ed25519 | ed25519-sk | rsa]
                  [-w provider] [-Z cipher]
`;

function* exists(path: string): Sys<boolean> {
	try {
		yield* access(path, {});
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}

export const sshKeygen: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`${thrown.message}\n${USAGE}`);
		return 1;
	}
	const self = yield* getpwuid((yield* getcred()).uid);
	const home = self?.home ?? '/';
	const comment = parsed.get('C') ?? `${self?.name ?? 'root'}@${(yield* uname()).nodename.split('.')[0]!}`;
	try {
		if (parsed.has('A')) return yield* hostKeys(comment);
		const known = parsed.get('f') ?? `${home}/.ssh/known_hosts`;
		if (parsed.has('R')) return yield* removeHost(known, parsed.get('R')!);
		if (parsed.has('F')) return yield* findHost(known, parsed.get('F')!);
		if (parsed.has('l')) return yield* showFingerprint(parsed.get('f') ?? `${home}/.ssh/id_rsa`);
		if (parsed.has('y')) return yield* showPublic(parsed.get('f') ?? `${home}/.ssh/id_rsa`);
		return yield* newKey(parsed, home, comment);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError(`ssh-keygen: ${strerror(thrown)}\r\n`);
		return 255;
	}
};

function* hostKeys(comment: string): Sys<number> {
	const made: string[] = [];
	for (const kind of HOST_KINDS) {
		const path = `/etc/ssh/ssh_host_${kind}_key`;
		if (yield* exists(path)) continue;
		const key = yield* makeKey(kind);
		yield* savePrivateKey(path, key, comment);
		yield* writeFile(`${path}.pub`, publicLine(key, comment), 0o644);
		made.push(KINDS[kind].label);
	}
	if (made.length > 0) yield* print(`ssh-keygen: generating new host keys: ${made.join(' ')} \n`);
	return 0;
}

function* newKey(parsed: Parsed, home: string, comment: string): Sys<number> {
	const kind = (parsed.get('t') ?? 'rsa') as Kind;
	if (!(kind in KINDS)) {
		yield* printError(`unknown key type ${kind}\r\n`);
		return 255;
	}
	const quiet = parsed.has('q');
	if (!quiet) yield* print(`Generating public/private ${kind} key pair.\n`);
	const standard = `${home}/.ssh/id_${kind}`;
	const path =
		parsed.get('f') ?? ((yield* ask(`Enter file in which to save the key (${standard}): `, true)) || standard);
	if (path === standard && !(yield* exists(`${home}/.ssh`))) {
		yield* mkdir(`${home}/.ssh`, 0o700);
		if (!quiet) yield* print(`Created directory '${home}/.ssh'.\n`);
	}
	if (yield* exists(path)) {
		yield* print(`${path} already exists.\n`);
		if (((yield* ask('Overwrite (y/n)? ', true)) ?? 'n')[0] !== 'y') return 1;
	}
	if (!parsed.has('N')) {
		const first = yield* ask('Enter passphrase (empty for no passphrase): ', false);
		const second = yield* ask('Enter same passphrase again: ', false);
		if (first !== second) {
			yield* printError('Passphrases do not match.  Try again.\n');
			return 1;
		}
	}
	const key = yield* makeKey(kind);
	yield* savePrivateKey(path, key, comment);
	yield* writeFile(`${path}.pub`, publicLine(key, comment), 0o644);
	if (quiet) return 0;
	yield* print(`Your identification has been saved in ${path}\nYour public key has been saved in ${path}.pub\n`);
	yield* print(`The key fingerprint is:\n${fingerprint(key.blob)} ${comment}\n`);
	return 0;
}

function* showFingerprint(path: string): Sys<number> {
	const file = path.endsWith('.pub') ? path : `${path}.pub`;
	const [, key = '', comment = 'no comment'] = (yield* readText((yield* exists(file)) ? file : path)).trim().split(' ');
	const blob = fromBase64(key);
	const { bits, label } = KINDS[kindOf(blob)];
	yield* print(`${bits} ${fingerprint(blob)} ${comment} (${label})\n`);
	return 0;
}

function* showPublic(path: string): Sys<number> {
	const key = yield* loadPrivateKey(path);
	if (!key) {
		yield* printError(`${path}: No such file or directory\r\n`);
		return 255;
	}
	yield* print(publicLine(key, '').replace(/ \n$/, '\n'));
	return 0;
}

function* findHost(path: string, host: string): Sys<number> {
	const text = yield* readText(path);
	const rows = parseKnownHosts(text).filter(({ names }) => names.includes(host));
	for (const { line } of rows) yield* print(`# Host ${host} found: line ${line} \n${text.split('\n')[line - 1]!}\n`);
	return rows.length > 0 ? 0 : 1;
}

function* removeHost(path: string, host: string): Sys<number> {
	const text = yield* readText(path);
	const lines = parseKnownHosts(text)
		.filter(({ names }) => names.includes(host))
		.map(({ line }) => line);
	if (lines.length === 0) {
		yield* printError(`Host ${host} not found in ${path}\r\n`);
		return 255;
	}
	for (const line of lines) yield* print(`# Host ${host} found: line ${line}\n`);
	yield* rename(path, `${path}.old`);
	const kept = text.split('\n').filter((_, index) => !lines.includes(index + 1));
	yield* writeFile(path, kept.join('\n'), 0o600);
	yield* chmod(path, 0o600);
	yield* print(`${path} updated.\nOriginal contents retained as ${path}.old\n`);
	return 0;
}

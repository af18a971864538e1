/**
 * Is that the host it says it is? ssh's memory of keys: ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts.
 *
 * Does: asks about an unknown key, refuses a changed one loudly, remembers; takes the host's further keys once there is a
 *       login (UpdateHostKeys).
 * Not simulated: hashed names (Debian's HashKnownHosts), revoked keys, @cert-authority.
 */
import type { Sys } from '#kernel/syscalls';
import { appendFile, readText, writeFile } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { mkdir, rename } from '../libc/unistd';
import { ask } from './ask';
import { fingerprint, fromBase64, kindOf, KINDS, parseKnownHosts, toBase64, type KnownHost } from './keys';
import { Fatal, say, type Call } from './ssh';

const SYSTEM_FILE = '/etc/ssh/ssh_known_hosts';
const STANDARD_PORT = 22;
const userFile = ({ home }: Call): string => `${home}/.ssh/known_hosts`;

function nameOf({ host, settings }: Call): string {
	return settings.port === STANDARD_PORT ? host : `[${host}]:${settings.port}`;
}

function* known(path: string): Sys<KnownHost[]> {
	try {
		return parseKnownHosts(yield* readText(path));
	} catch (thrown) {
		errnoOf(thrown);
		return [];
	}
}

/** @returns whether further keys of the host are to be learned. Throws `Fatal` when the key is not believed */
export function* checkHostKey(it: Call, blob: Uint8Array): Sys<boolean> {
	const name = nameOf(it);
	const own = (yield* known(userFile(it))).filter(({ names }) => names.includes(name));
	const rows = [...own, ...(yield* known(SYSTEM_FILE)).filter(({ names }) => names.includes(name))];
	const kind = KINDS[kindOf(blob)];
	const key = toBase64(blob);
	if (rows.some((row) => row.key === key)) return own.length === 1;
	/* the last of the host's lines is the one that ssh complains about */
	if (rows.some((row) => row.kind === kind.name)) return yield* refuseChanged(it, blob, rows.at(-1)!);
	const { strict, batch } = it.settings;
	if (strict === 'yes') {
		yield* say(`No ${kind.label} host key is known for ${name} and you have requested strict checking.`);
		throw new Fatal('Host key verification failed.');
	}
	if (strict === 'ask' && (batch || !(yield* confirm(it, blob)))) throw new Fatal('Host key verification failed.');
	yield* remember(it, kind.name, key);
	yield* say(`Warning: Permanently added '${name}' (${kind.label}) to the list of known hosts.`);
	return true;
}

function* confirm(it: Call, blob: Uint8Array): Sys<boolean> {
	const shown = fingerprint(blob);
	let question =
		`\rThe authenticity of host '${nameOf(it)} (${it.address})' can't be established.\n` +
		`${KINDS[kindOf(blob)].label} key fingerprint is ${shown}.\n` +
		`This key is not known by any other names.\n` +
		`Are you sure you want to continue connecting (yes/no/[fingerprint])? `;
	for (;;) {
		const answer = yield* ask(question, true);
		if (answer === null || answer === '' || answer.toLowerCase() === 'no') return false;
		if (answer.toLowerCase() === 'yes' || answer === shown) return true;
		question = "\rPlease type 'yes', 'no' or the fingerprint: ";
	}
}

function* refuseChanged(it: Call, blob: Uint8Array, { line, key }: KnownHost): Sys<boolean> {
	const name = nameOf(it);
	const { label } = KINDS[kindOf(blob)];
	const rule = '@'.repeat(59);
	for (const text of [
		rule,
		'@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
		rule,
		'IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!',
		'Someone could be eavesdropping on you right now (man-in-the-middle attack)!',
		'It is also possible that a host key has just been changed.',
		`The fingerprint for the ${label} key sent by the remote host is\n${fingerprint(blob)}.`,
		'Please contact your system administrator.',
		`Add correct host key in ${userFile(it)} to get rid of this message.`,
		`Offending ${KINDS[kindOf(fromBase64(key))].label} key in ${userFile(it)}:${line}`,
		'  remove with:',
		`  ssh-keygen -f "${userFile(it)}" -R "${name}"`
	])
		yield* say(text);
	if (it.settings.strict === 'no') {
		yield* say('Password authentication is disabled to avoid man-in-the-middle attacks.');
		throw new Fatal(`${it.settings.user}@${it.host}: Permission denied (publickey,password).`);
	}
	yield* say(`Host key for ${name} has changed and you have requested strict checking.`);
	throw new Fatal('Host key verification failed.');
}

function* remember(it: Call, kind: string, key: string): Sys<void> {
	try {
		yield* mkdir(`${it.home}/.ssh`, 0o700);
	} catch (thrown) {
		errnoOf(thrown);
	}
	try {
		yield* appendFile(userFile(it), `${nameOf(it)} ${kind} ${key}\n`, 0o644);
	} catch (thrown) {
		errnoOf(thrown);
		yield* say(`Failed to add the host to the list of known hosts (${userFile(it)}).`);
	}
}

/** The host's other keys, now that it has been believed. */
export function* learnHostKeys(it: Call, keys: readonly string[]): Sys<void> {
	const rows = (yield* known(userFile(it))).filter(({ names }) => names.includes(nameOf(it)));
	const fresh = keys.filter((key) => !rows.some((row) => row.key === key));
	if (fresh.length === 0) return;
	const path = userFile(it);
	try {
		const text = yield* readText(path);
		const lines = fresh.map((key) => `${nameOf(it)} ${KINDS[kindOf(fromBase64(key))].name} ${key}\n`);
		yield* rename(path, `${path}.old`);
		yield* writeFile(path, text + lines.join(''), 0o600);
	} catch (thrown) {
		errnoOf(thrown);
	}
}

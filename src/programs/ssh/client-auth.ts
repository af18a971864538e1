/** How ssh proves who it is: keys of ~/.ssh first, then the password, asked for on the terminal (RFC 4252). */
import type { Sys } from '#kernel/syscalls';
import { printError } from '../libc/stdio';
import { stat } from '../libc/unistd';
import { errnoOf } from '../libc/strerror';
import { ask } from './ask';
import { loadPrivateKey, toBase64 } from './keys';
import { Fatal, say, type Call } from './ssh';
import { field, MSG } from './transport';

/** @returns the method that was taken. Throws `Fatal` when none was */
export function* prove(it: Call): Sys<'publickey' | 'password' | 'none'> {
	const { settings } = it;
	const first = yield* offer(it, 'none');
	if (first === null) return 'none';
	let methods: Exclude<Answer, null> = first;
	if (settings.publickey && methods.includes('publickey'))
		for (const path of settings.identities) {
			const key = yield* loadPrivateKey(path);
			if (!key) continue;
			const wanted = yield* offer(it, 'publickey', toBase64(key.blob));
			if (wanted !== 'wanted' || !(yield* isPrivate(path))) continue;
			const proved = yield* offer(it, 'publickey', key.kind, key.seed);
			if (proved === null) return 'publickey';
			methods = proved;
		}
	for (let tries = 1; tries <= settings.tries; tries++) {
		if (!settings.password || settings.batch || !methods.includes('password')) break;
		if (tries > 1) yield* say('Permission denied, please try again.');
		const word = yield* ask(`\r${settings.user}@${it.host}'s password: `, false);
		const answer = yield* offer(it, 'password', word ?? '');
		if (answer === null) return 'password';
		methods = answer;
	}
	const left = methods === 'wanted' ? 'publickey,password' : methods.join(',');
	throw new Fatal(`${settings.user}@${it.host}: Permission denied (${left}).`);
}

/** null: that was it. "wanted": the key would do. Else the methods that are left */
type Answer = string[] | 'wanted' | null;

function* offer(it: Call, method: string, ...proof: readonly (string | Uint8Array)[]): Sys<Answer> {
	const { transport, settings, address } = it;
	yield* transport.send(MSG.USERAUTH_REQUEST, settings.user, method, ...proof);
	for (;;) {
		const message = yield* transport.receive();
		if (message.type === MSG.USERAUTH_SUCCESS) return null;
		if (message.type === MSG.USERAUTH_PK_OK) return 'wanted';
		if (message.type === MSG.USERAUTH_FAILURE) return field(message, 0).split(',');
		if (message.type === MSG.USERAUTH_BANNER) yield* printError(field(message, 0));
		if (message.type !== MSG.DISCONNECT) continue;
		const where = `${address} port ${settings.port}`;
		yield* say(`Received disconnect from ${where}:${field(message, 0)}: ${field(message, 1)}`);
		throw new Fatal(`Disconnected from ${where}`);
	}
}

/** A private key that others may read is not used. */
function* isPrivate(path: string): Sys<boolean> {
	let mode: number;
	try {
		({ mode } = yield* stat(path));
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
	if ((mode & 0o077) === 0) return true;
	const rule = '@'.repeat(59);
	for (const text of [
		rule,
		'@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @',
		rule,
		`Permissions 0${(mode & 0o777).toString(8)} for '${path}' are too open.`,
		'It is required that your private key files are NOT accessible by others.',
		'This private key will be ignored.',
		`Load key "${path}": bad permissions`
	])
		yield* say(text);
	return false;
}

/**
 * Keys of SSH as files and as text: host keys, users' keys, known_hosts, authorized_keys.
 *
 * NOT REAL CRYPTOGRAPHY: a private key is a random seed, its public half the seed's SHA-256. Who has the public half
 * cannot make the private one, and that is all that the lessons need. Files have the real ones' form and modes.
 * Not simulated: pass phrases, certificates, hashed names in known_hosts (Debian's HashKnownHosts).
 */
import type { Sys } from '#kernel/syscalls';
import { sha256 } from '../libc/sha2';
import { readText, writeFile } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { chmod, getrandom } from '../libc/unistd';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SEED = 32;

/** Kinds of keys: the name in files, and how many bytes the public half shows. */
export const KINDS = {
	rsa: { name: 'ssh-rsa', label: 'RSA', size: 391, bits: 3072 },
	ecdsa: { name: 'ecdsa-sha2-nistp256', label: 'ECDSA', size: 81, bits: 256 },
	ed25519: { name: 'ssh-ed25519', label: 'ED25519', size: 36, bits: 256 }
} as const;
export type Kind = keyof typeof KINDS;

export function toBase64(bytes: Uint8Array): string {
	let out = '';
	for (let at = 0; at < bytes.length; at += 3) {
		const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
		const left = bytes.length - at;
		for (let i = 0; i < 4; i++) out += i > left ? '=' : LETTERS[(group >> (18 - 6 * i)) & 63]!;
	}
	return out;
}

export function fromBase64(text: string): Uint8Array {
	const out: number[] = [];
	let value = 0;
	let bits = 0;
	for (const letter of text) {
		const digit = LETTERS.indexOf(letter);
		if (digit < 0) continue;
		value = ((value << 6) | digit) & 0xffffff;
		bits += 6;
		if (bits < 8) continue;
		bits -= 8;
		out.push((value >> bits) & 0xff);
	}
	return Uint8Array.from(out);
}

/** The public half: the kind's name and numbers that only the seed gives. */
export function publicKey(kind: Kind, seed: Uint8Array): Uint8Array {
	const { name, size } = KINDS[kind];
	const out = new Uint8Array(4 + name.length + size);
	new DataView(out.buffer).setUint32(0, name.length);
	out.set(encode(name), 4);
	let digest = sha256(seed);
	for (let at = 4 + name.length; at < out.length; at += digest.length) {
		out.set(digest.subarray(0, out.length - at), at);
		digest = sha256(digest);
	}
	/* the length of the number that follows */
	new DataView(out.buffer).setUint32(4 + name.length, size - 4);
	return out;
}

export function kindOf(blob: Uint8Array): Kind {
	const name = decode(blob.subarray(4, 4 + blob[3]!));
	return (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind].name === name) ?? 'ed25519';
}

export function fingerprint(blob: Uint8Array): string {
	return `SHA256:${toBase64(sha256(blob)).replace(/=+$/, '')}`;
}

const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';
const MAGIC = 'openssh-key-v1\0';

export interface PrivateKey {
	readonly kind: Kind;
	readonly seed: Uint8Array;
	readonly blob: Uint8Array;
}

export function* makeKey(kind: Kind): Sys<PrivateKey> {
	const seed = yield* getrandom(SEED);
	return { kind, seed, blob: publicKey(kind, seed) };
}

export function* savePrivateKey(path: string, { kind, seed }: PrivateKey, comment: string): Sys<void> {
	const text = toBase64(encode(`${MAGIC}${kind}\0${toBase64(seed)}\0${comment}`)).replace(/(.{70})/g, '$1\n');
	yield* writeFile(path, `${BEGIN}\n${text.replace(/\n$/, '')}\n${END}\n`, 0o600);
	yield* chmod(path, 0o600);
}

export function publicLine({ kind, blob }: PrivateKey, comment: string): string {
	return `${KINDS[kind].name} ${toBase64(blob)} ${comment}\n`;
}

/** @returns undefined when there is no such key */
export function* loadPrivateKey(path: string): Sys<PrivateKey | undefined> {
	let text: string;
	try {
		text = yield* readText(path);
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
	const body = text
		.split('\n')
		.filter((line) => !line.startsWith('-----'))
		.join('');
	const [, kind, seed] = decode(fromBase64(body)).split('\0');
	if (kind === undefined || seed === undefined || !(kind in KINDS)) return undefined;
	const bytes = fromBase64(seed);
	return { kind: kind as Kind, seed: bytes, blob: publicKey(kind as Kind, bytes) };
}

/** A line of known_hosts: names, kind, key. */
export interface KnownHost {
	readonly line: number;
	readonly names: readonly string[];
	readonly kind: string;
	readonly key: string;
}

export function parseKnownHosts(text: string): KnownHost[] {
	return text.split('\n').flatMap((line, index) => {
		const [names, kind, key] = line.trim().split(/\s+/);
		if (names === undefined || names === '' || names.startsWith('#') || key === undefined || kind === undefined)
			return [];
		return [{ line: index + 1, names: names.split(','), kind, key }];
	});
}

/** The keys of authorized_keys; options in front of a key are passed over. */
export function parseAuthorizedKeys(text: string): string[] {
	return text
		.split('\n')
		.filter((line) => !line.trimStart().startsWith('#'))
		.flatMap((line) => /(?:^|\s)(?:ssh-rsa|ssh-ed25519|ecdsa-sha2-\S+)\s+(\S+)/.exec(line)?.[1] ?? []);
}

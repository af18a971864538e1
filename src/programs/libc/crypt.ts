/**
 * crypt(3) for the passwords of /etc/shadow: `$6$` (SHA-512) and `$5$` (SHA-256) as specified by Ulrich Drepper, 2007.
 *
 * Not simulated: yescrypt (`$y$`), MD5 and DES; no password fits such an entry.
 */
import { sha256, sha512 } from './sha2';
import { encode } from './text';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ROUNDS = { least: 1000, usual: 5000, most: 999_999_999 };
/** more would keep the page busy */
const ROUNDS_BORNE = 20_000;
const SALT_LENGTH = 16;

interface Method {
	readonly digest: (bytes: Uint8Array) => Uint8Array;
	readonly size: number;
	/** the bytes of each group of characters, and how many characters the last group has */
	readonly groups: readonly (readonly number[])[];
}

/** Each group is the one before, turned by one and moved by that much. */
function turned(count: number, first: readonly number[], step: number, size: number): number[][] {
	const groups: number[][] = [];
	let group = [...first];
	for (let i = 0; i < count; i++) {
		groups.push(group);
		group = group.map((at) => (at + step) % size);
	}
	return groups;
}

const METHODS: Readonly<Record<string, Method>> = {
	'5': { digest: sha256, size: 32, groups: [...turned(10, [0, 10, 20], 21, 30), [31, 30]] },
	'6': { digest: sha512, size: 64, groups: [...turned(21, [0, 21, 42], 22, 63), [63]] }
};

function joined(...parts: readonly Uint8Array[]): Uint8Array {
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

/** `bytes` over and over, `length` of them. */
function repeated(bytes: Uint8Array, length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length]!);
}

/** @param setting salt and method, or a whole entry of /etc/shadow. @returns undefined for other methods */
export function crypt(password: string, setting: string): string | undefined {
	const match = /^\$([56])\$(?:rounds=(\d+)\$)?([^$]*)/.exec(setting);
	const method = match && METHODS[match[1]!];
	if (!match || !method) return undefined;
	const { size } = method;
	const hash = (...parts: readonly Uint8Array[]): Uint8Array => method.digest(joined(...parts));
	const given = match[2];
	const rounds = given === undefined ? ROUNDS.usual : Math.min(Math.max(Number(given), ROUNDS.least), ROUNDS.most);
	if (rounds > ROUNDS_BORNE) return undefined;
	const saltText = match[3]!.slice(0, SALT_LENGTH);
	const key = encode(password);
	const salt = encode(saltText);
	const b = hash(key, salt, key);
	const parts = [key, salt, repeated(b, key.length)];
	for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? b : key);
	let state = hash(...parts);
	const p = repeated(hash(...Array.from(key, () => key)), key.length);
	const s = repeated(hash(...Array.from({ length: 16 + state[0]! }, () => salt)), salt.length);
	for (let i = 0; i < rounds; i++)
		state = hash(i & 1 ? p : state, i % 3 ? s : new Uint8Array(0), i % 7 ? p : new Uint8Array(0), i & 1 ? state : p);
	return `$${match[1]}$${given === undefined ? '' : `rounds=${rounds}$`}${saltText}$${text(state.subarray(0, size), method.groups)}`;
}

function text(bytes: Uint8Array, groups: Method['groups']): string {
	let out = '';
	for (const group of groups) {
		let value = group.reduce((sum, at) => (sum << 8) | bytes[at]!, 0);
		for (let i = 0; i <= group.length; i++) {
			out += ALPHABET[value & 63];
			value >>= 6;
		}
	}
	return out;
}

/**
 * SASL mechanisms of the auth process: PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195).
 *
 * A mechanism is a conversation: it yields challenges through `ask` and ends with a name and a test for the password
 * that the database has. Not simulated: DIGEST-MD5, SCRAM, NTLM, GSSAPI, OAUTH, ANONYMOUS, EXTERNAL.
 */
import { md5 } from '../coreutils/digest';
import { encode, decode } from '../libc/text';
import { passwordFits, type Answer } from './passdb';

/** What a client has proved, if the password is the stored one. */
export interface Claim {
	readonly user: string;
	/** whose rights are wished, when that is somebody else */
	readonly as: string;
	readonly fits: (answer: Answer) => boolean;
}

/** Wants a response to the challenge, or says what came of it: a claim, or null for a response that makes no sense. */
export type Step = { readonly challenge: Uint8Array } | { readonly claim: Claim | null };

export interface Exchange {
	/** @param response null when the client sent none with its request */
	next(response: Uint8Array | null): Step;
}

export interface Mechanism {
	readonly name: string;
	/** words of the MECH line */
	readonly flags: readonly string[];
	readonly start: (challenge: () => string) => Exchange;
}

const claimOf = (user: string, as: string, password: string): Step => ({
	claim: { user, as, fits: ({ stored }) => stored !== undefined && passwordFits(password, stored) }
});

const plain = (): Exchange => ({
	next(response) {
		if (response === null) return { challenge: new Uint8Array(0) };
		const parts = decode(response).split('\0');
		if (parts.length !== 3) return { claim: null };
		return claimOf(parts[1]!, parts[0]!, parts[2]!);
	}
});

const login = (): Exchange => {
	let user: string | null = null;
	return {
		next(response) {
			if (response === null) return { challenge: encode('Username:') };
			if (user !== null) return claimOf(user, '', decode(response));
			user = decode(response);
			return { challenge: encode('Password:') };
		}
	};
};

const BLOCK = 64;

/** HMAC-MD5 (RFC 2104), as hexadecimal digits. */
export function hmacMd5(key: Uint8Array, text: Uint8Array): string {
	const bytes = (hex: string): number[] => hex.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
	const short = key.length > BLOCK ? Uint8Array.from(bytes(md5(key))) : key;
	const padded = (mark: number): number[] => Array.from({ length: BLOCK }, (_, i) => (short[i] ?? 0) ^ mark);
	const inner = bytes(md5(Uint8Array.from([...padded(0x36), ...text])));
	return md5(Uint8Array.from([...padded(0x5c), ...inner]));
}

const cramMd5 = (challenge: () => string): Exchange => {
	const text = challenge();
	return {
		next(response) {
			if (response === null) return { challenge: encode(text) };
			const words = decode(response);
			const at = words.lastIndexOf(' ');
			if (at < 0) return { claim: null };
			const digest = words.slice(at + 1);
			const fits = ({ stored }: Answer): boolean =>
				stored !== undefined &&
				/^(PLAIN|CLEAR|CLEARTEXT)$/.test(stored.scheme) &&
				hmacMd5(encode(stored.text), encode(text)) === digest;
			return { claim: { user: words.slice(0, at), as: '', fits } };
		}
	};
};

export const MECHANISMS: readonly Mechanism[] = [
	{ name: 'PLAIN', flags: ['plaintext'], start: plain },
	{ name: 'LOGIN', flags: ['plaintext'], start: login },
	{ name: 'CRAM-MD5', flags: ['dictionary', 'active'], start: cramMd5 }
];

/**
 * The transport of SSH (RFC 4253): version lines in clear, key exchange, then packets that nobody on the wire can read.
 *
 * NOT REAL CRYPTOGRAPHY. The packets have SSH's shape (length, padding, type; KEXINIT with the real lists of names), and
 * after NEWKEYS every byte is mixed with a stream made from both sides' random numbers: a learner sees that there is a
 * connection, how much goes each way and when, and nothing else. Whoever runs this code could read it. What stands inside
 * the packets is fields with their lengths, not RFC 4254's own coding; there are no windows and no second keys.
 */
import type { Sys } from '#kernel/syscalls';
import { sha256 } from '../libc/sha2';
import { errnoOf } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { getrandom, read, write } from '../libc/unistd';

export const VERSION = 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10';
/** longest version line, RFC 4253 4.2 */
const LINE = 255;
const BLOCK = 8;
const MAC = 16;
const CHUNK = 32_768;
const PACKET_MOST = 262_144;
const COOKIE = 16;
const EPHEMERAL = 32;

/** Message numbers (RFC 4250, 4.1). */
export const MSG = {
	DISCONNECT: 1,
	SERVICE_REQUEST: 5,
	SERVICE_ACCEPT: 6,
	KEXINIT: 20,
	NEWKEYS: 21,
	KEX_ECDH_INIT: 30,
	KEX_ECDH_REPLY: 31,
	USERAUTH_REQUEST: 50,
	USERAUTH_FAILURE: 51,
	USERAUTH_SUCCESS: 52,
	USERAUTH_BANNER: 53,
	USERAUTH_PK_OK: 60,
	GLOBAL_REQUEST: 80,
	CHANNEL_REQUEST: 98,
	CHANNEL_DATA: 94,
	CHANNEL_EXTENDED_DATA: 95,
	CHANNEL_EOF: 96,
	CHANNEL_CLOSE: 97
} as const;

export interface Message {
	readonly type: number;
	readonly fields: readonly Uint8Array[];
}

export const field = (message: Message, index: number): string => decode(message.fields[index] ?? new Uint8Array(0));

/** The other side has gone: `how` says whether it said goodbye to the connection or cut it. */
export class PeerGone {
	constructor(readonly how: 'closed' | 'reset') {}
}

const NAMES = [
	'sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256',
	'ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256',
	'chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com',
	'umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com',
	'none,zlib@openssh.com'
];

/** A stream of bytes from a key: xoshiro128, which anybody could run backwards. */
class Keystream {
	readonly #state: Int32Array;
	#word = 0;
	#left = 0;

	constructor(key: Uint8Array) {
		this.#state = new Int32Array(sha256(key).slice().buffer, 0, 4);
	}

	next(): number {
		if (this.#left === 0) {
			this.#word = this.#step();
			this.#left = 4;
		}
		this.#left--;
		const byte = this.#word & 0xff;
		this.#word >>>= 8;
		return byte;
	}

	#step(): number {
		const s = this.#state;
		const sum = Math.imul(s[1]!, 5);
		const result = Math.imul((sum << 7) | (sum >>> 25), 9);
		const t = s[1]! << 9;
		s[2] = s[2]! ^ s[0]!;
		s[3] = s[3]! ^ s[1]!;
		s[1] = s[1]! ^ s[2]!;
		s[0] = s[0]! ^ s[3]!;
		s[2] = s[2]! ^ t;
		s[3] = (s[3]! << 11) | (s[3]! >>> 21);
		return result;
	}
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

function withLength(bytes: Uint8Array): Uint8Array {
	const out = new Uint8Array(bytes.length + 4);
	new DataView(out.buffer).setUint32(0, bytes.length);
	out.set(bytes, 4);
	return out;
}

export class Transport {
	#buffer: Uint8Array = new Uint8Array(0);
	#sending: Keystream | undefined;
	#receiving: Keystream | undefined;
	/** written together: the reply and NEWKEYS travel in one segment */
	#held: Uint8Array[] | undefined;
	/** how much at the buffer's beginning is deciphered */
	#clear = 0;
	readonly #random: Uint8Array[] = [];
	/** "SSH-2.0-OpenSSH_9.2p1 …" */
	peerVersion = '';
	sent = 0;
	received = 0;

	constructor(
		readonly fd: number,
		readonly role: 'client' | 'server'
	) {}

	*sendVersion(): Sys<void> {
		yield* this.#write(encode(`${VERSION}\r\n`));
	}

	/** @returns false when it is none of SSH's */
	*readVersion(): Sys<boolean> {
		for (;;) {
			const end = this.#buffer.indexOf(10);
			if (end >= 0) {
				this.peerVersion = decode(this.#buffer.subarray(0, end)).replace(/\r$/, '');
				this.#buffer = this.#buffer.subarray(end + 1);
				return this.peerVersion.startsWith('SSH-2.0-');
			}
			if (this.#buffer.length > LINE) return false;
			yield* this.fill();
		}
	}

	/** KEXINIT and what follows it, up to both sides' NEWKEYS. @param key the server's host key, of the server. @returns the server's */
	*exchangeKeys(key: Uint8Array | undefined): Sys<Uint8Array> {
		const cookie = yield* getrandom(COOKIE);
		yield* this.send(MSG.KEXINIT, cookie, ...NAMES);
		const theirs = yield* this.expect(MSG.KEXINIT);
		const own = yield* getrandom(EPHEMERAL);
		let hostKey = key ?? new Uint8Array(0);
		let other: Uint8Array;
		if (this.role === 'client') {
			yield* this.send(MSG.KEX_ECDH_INIT, own);
			const reply = yield* this.expect(MSG.KEX_ECDH_REPLY);
			hostKey = reply.fields[0] ?? hostKey;
			other = reply.fields[1] ?? own;
		} else {
			other = (yield* this.expect(MSG.KEX_ECDH_INIT)).fields[0] ?? own;
			this.#held = [];
			yield* this.send(MSG.KEX_ECDH_REPLY, hostKey, own, yield* getrandom(2 * EPHEMERAL));
		}
		const [first, second] = this.role === 'client' ? [own, other] : [other, own];
		const cookies = this.role === 'client' ? [cookie, theirs.fields[0]!] : [theirs.fields[0]!, cookie];
		this.#random.push(...cookies, first, second);
		return hostKey;
	}

	/** From here on nothing can be read on the wire. */
	*takeKeys(): Sys<void> {
		yield* this.send(MSG.NEWKEYS);
		const held = this.#held;
		this.#held = undefined;
		if (held) yield* this.#write(joined(held));
		this.#sending = this.#stream(this.role);
		yield* this.expect(MSG.NEWKEYS);
		this.#receiving = this.#stream(this.role === 'client' ? 'server' : 'client');
	}

	#stream(direction: string): Keystream {
		return new Keystream(joined([...this.#random, encode(direction)]));
	}

	*send(type: number, ...fields: readonly (Uint8Array | string)[]): Sys<void> {
		const bytes = fields.map((one) => withLength(typeof one === 'string' ? encode(one) : one));
		const payload = joined([Uint8Array.of(type), ...bytes]);
		const padding = BLOCK - ((payload.length + 5) % BLOCK) + 4;
		const packet = joined([
			Uint8Array.of(0, 0, 0, 0, padding),
			payload,
			this.#sending ? new Uint8Array(padding) : yield* getrandom(padding)
		]);
		new DataView(packet.buffer).setUint32(0, packet.length - 4);
		yield* this.#write(this.#sending ? encipher(this.#sending, packet) : packet);
	}

	*#write(bytes: Uint8Array): Sys<void> {
		if (this.#held) {
			this.#held.push(bytes);
			return;
		}
		this.sent += bytes.length;
		try {
			yield* write(this.fd, bytes);
		} catch (thrown) {
			throw new PeerGone(errnoOf(thrown).code === 'ECONNRESET' ? 'reset' : 'closed');
		}
	}

	/** Waits for more bytes. Throws `PeerGone`. */
	*fill(): Sys<void> {
		let part: Uint8Array;
		try {
			part = yield* read(this.fd, CHUNK);
		} catch (thrown) {
			const { code } = errnoOf(thrown);
			if (code === 'EINTR') throw thrown;
			throw new PeerGone(code === 'ECONNRESET' ? 'reset' : 'closed');
		}
		if (part.length === 0) throw new PeerGone('closed');
		this.received += part.length;
		this.#buffer = joined([this.#buffer, part]);
	}

	/** A whole packet that has come, if there is one. */
	take(): Message | undefined {
		if (this.#buffer.length < 5) return undefined;
		if (this.#receiving) this.#decipher(4);
		const length = new DataView(this.#buffer.buffer, this.#buffer.byteOffset).getUint32(0);
		if (length > PACKET_MOST) throw new PeerGone('closed');
		const whole = 4 + length + (this.#receiving ? MAC : 0);
		if (this.#buffer.length < whole) return undefined;
		if (this.#receiving) this.#decipher(whole);
		const packet = this.#buffer.subarray(0, 4 + length);
		const message = parse(packet.subarray(5, packet.length - packet[4]!));
		this.#buffer = this.#buffer.slice(whole);
		this.#clear = 0;
		return message;
	}

	#decipher(upTo: number): void {
		for (; this.#clear < upTo; this.#clear++)
			this.#buffer[this.#clear] = this.#buffer[this.#clear]! ^ this.#receiving!.next();
	}

	*receive(): Sys<Message> {
		for (;;) {
			const message = this.take();
			if (message) return message;
			yield* this.fill();
		}
	}

	*expect(type: number): Sys<Message> {
		const message = yield* this.receive();
		if (message.type === type) return message;
		throw new PeerGone('closed');
	}
}

function encipher(stream: Keystream, packet: Uint8Array): Uint8Array {
	const out = new Uint8Array(packet.length + MAC);
	out.set(packet);
	for (let at = 0; at < out.length; at++) out[at] = out[at]! ^ stream.next();
	return out;
}

function parse(payload: Uint8Array): Message {
	const fields: Uint8Array[] = [];
	const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
	for (let at = 1; at + 4 <= payload.length;) {
		const length = view.getUint32(at);
		fields.push(payload.slice(at + 4, at + 4 + length));
		at += 4 + length;
	}
	return { type: payload[0] ?? 0, fields };
}

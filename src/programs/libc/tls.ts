/**
 * Transport Layer Security as it looks on a wire (RFC 8446): TLS 1.3, X25519, AES-256-GCM, one certificate.
 *
 * Does: the records and handshake messages with the sizes of a real connection (ClientHello, ServerHello, change cipher
 *       spec, then only "application data"); the content of what follows cannot be read in the packets.
 * Trusts: nobody's name: a certificate is shown and not verified; `TlsStream.peerName` says whose it is.
 * Not simulated: cryptography. The key is derived from what both sides said in clear, so whoever knows this file could
 *       read along, and nothing here protects anything outside the simulation. No resumption, no client certificates,
 *       no older versions, no alerts but "close notify" and "protocol version".
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { sha256 } from '../coreutils/digest';
import { getrandom, poll, read, write } from './unistd';

export class TlsError {
	constructor(readonly text: string) {}
}

export interface TlsOptions {
	/** microseconds of silence, -1 for ever */
	readonly timeout: number;
	/** of a server: whose certificate it shows; of a client: the name asked for (SNI) */
	readonly name: string;
	/** the certificate that a server shows (DER); without one it shows its name alone */
	readonly certificate?: Uint8Array;
}

/** the other side hung up amidst the handshake */
export const UNEXPECTED_END = 'unexpected eof while reading';
export const TLS_VERSION = 'TLSv1.3';
export const TLS_CIPHER = 'TLS_AES_256_GCM_SHA384';
export const TLS_BITS = 256;

const RECORD = { change: 20, alert: 21, handshake: 22, data: 23 } as const;
const MESSAGE = { clientHello: 1, serverHello: 2 } as const;
const RECORD_MOST = 16_384;
const TAG = 16;
/** sizes of a server's hidden handshake messages: extensions, certificate of RSA 2048, its signature, finished */
const FLIGHT = { extensions: 10, certificate: 830, verify: 264, finished: 52 } as const;
const EXTENSION = { name: 0, groups: 10, formats: 11, signatures: 13, ticket: 35, versions: 43, modes: 45, share: 51 };
const CIPHERS = [
	0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x009e, 0x00ff
];
const SIGNATURES = [0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0804, 0x0805, 0x0806, 0x0401];
const CLOSE_NOTIFY = Uint8Array.of(1, 0);

const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
const u24 = (value: number): number[] => [(value >> 16) & 0xff, ...u16(value)];
const sized16 = (bytes: readonly number[]): number[] => [...u16(bytes.length), ...bytes];
const extension = (type: number, body: readonly number[]): number[] => [...u16(type), ...sized16(body)];

function record(type: number, body: Uint8Array, version = 0x0303): Uint8Array {
	const out = new Uint8Array(5 + body.length);
	out.set([type, ...u16(version), ...u16(body.length)]);
	out.set(body, 5);
	return out;
}

const message = (type: number, body: readonly number[]): Uint8Array =>
	Uint8Array.from([type, ...u24(body.length), ...body]);

function clientHello(random: Uint8Array, session: Uint8Array, share: Uint8Array, name: string): Uint8Array {
	const letters = [...name].map((char) => char.charCodeAt(0) & 0x7f);
	const extensions = [
		...(/[a-z]/i.test(name) ? extension(EXTENSION.name, sized16([0, ...sized16(letters)])) : []),
		...extension(EXTENSION.formats, [3, 0, 1, 2]),
		...extension(EXTENSION.groups, sized16([0x1d, 0x17, 0x1e, 0x19, 0x18].flatMap((group) => u16(group)))),
		...extension(EXTENSION.ticket, []),
		...extension(EXTENSION.signatures, sized16(SIGNATURES.flatMap(u16))),
		...extension(EXTENSION.versions, [4, 3, 4, 3, 3]),
		...extension(EXTENSION.modes, [1, 1]),
		...extension(EXTENSION.share, sized16([...u16(0x1d), ...sized16([...share])]))
	];
	return message(MESSAGE.clientHello, [
		...u16(0x0303),
		...random,
		session.length,
		...session,
		...sized16(CIPHERS.flatMap(u16)),
		1,
		0,
		...sized16(extensions)
	]);
}

function serverHello(random: Uint8Array, session: Uint8Array, share: Uint8Array): Uint8Array {
	const extensions = [
		...extension(EXTENSION.versions, u16(0x0304)),
		...extension(EXTENSION.share, [...u16(0x1d), ...sized16([...share])])
	];
	return message(MESSAGE.serverHello, [
		...u16(0x0303),
		...random,
		session.length,
		...session,
		...u16(CIPHERS[0]!),
		0,
		...sized16(extensions)
	]);
}

/** The random bytes and the session id of a hello; null when it is none. */
function openHello(bytes: Uint8Array, type: number): { random: Uint8Array; session: Uint8Array } | null {
	if (bytes[0] !== type || bytes.length < 39) return null;
	return { random: bytes.slice(6, 38), session: bytes.slice(39, 39 + bytes[38]!) };
}

/** Bytes that look like noise: the same for both sides, another sequence for each record. */
class Noise {
	#state: Uint32Array;

	constructor(seed: Uint8Array) {
		const hex = sha256(seed);
		this.#state = Uint32Array.from({ length: 4 }, (_, i) => Number.parseInt(hex.slice(8 * i, 8 * i + 8), 16) | 1);
	}

	/** xoshiro128** */
	#next(): number {
		const s = this.#state;
		const turned = Math.imul(s[1]!, 5);
		const out = Math.imul((turned << 7) | (turned >>> 25), 9);
		const t = s[1]! << 9;
		s[2]! ^= s[0]!;
		s[3]! ^= s[1]!;
		s[1]! ^= s[2]!;
		s[0]! ^= s[3]!;
		s[2]! ^= t;
		s[3] = (s[3]! << 11) | (s[3]! >>> 21);
		return out;
	}

	mask(bytes: Uint8Array): Uint8Array {
		const out = new Uint8Array(bytes.length);
		let word = 0;
		for (let i = 0; i < bytes.length; i++) {
			if (i % 4 === 0) word = this.#next();
			out[i] = bytes[i]! ^ ((word >>> (8 * (i % 4))) & 0xff);
		}
		return out;
	}
}

/** Records of a descriptor. */
class Records {
	#input = new Uint8Array(0);

	constructor(
		readonly fd: number,
		readonly timeout: number
	) {}

	get complete(): boolean {
		const input = this.#input;
		return input.length >= 5 && input.length >= 5 + ((input[3]! << 8) | input[4]!);
	}

	/** The next record; null at the end. @throws TlsError */
	*next(): Sys<{ readonly type: number; readonly body: Uint8Array } | null> {
		for (;;) {
			const type = this.#input[0];
			if (type !== undefined && (type < RECORD.change || type > RECORD.data))
				throw new TlsError('wrong version number');
			if (this.complete) break;
			if ((yield* poll([{ fd: this.fd, read: true }], this.timeout)).length === 0) throw new TlsError('timeout');
			const part = yield* read(this.fd, 65_536);
			if (part.length === 0) return null;
			const joined = new Uint8Array(this.#input.length + part.length);
			joined.set(this.#input);
			joined.set(part, this.#input.length);
			this.#input = joined;
		}
		const length = (this.#input[3]! << 8) | this.#input[4]!;
		const type = this.#input[0]!;
		const body = this.#input.slice(5, 5 + length);
		this.#input = this.#input.subarray(5 + length);
		return { type, body };
	}
}

/** An established connection. */
export class TlsStream {
	readonly version = TLS_VERSION;
	readonly cipher = TLS_CIPHER;

	constructor(
		readonly records: Records,
		private readonly incoming: Noise,
		private readonly outgoing: Noise,
		/** the name in the server's certificate */
		readonly peerName: string,
		/** the server's certificate (DER); empty when it showed none */
		readonly peerCertificate = new Uint8Array(0)
	) {}

	/** Whether bytes have come that `read` gives without waiting. */
	get pending(): boolean {
		return this.records.complete;
	}

	/** What has come; nothing at the end. @throws TlsError */
	*read(): Sys<Uint8Array> {
		for (;;) {
			const next = yield* this.records.next();
			if (next === null) return new Uint8Array(0);
			if (next.type !== RECORD.data) continue;
			const { type, body } = this.open(next.body);
			if (type === RECORD.alert) return new Uint8Array(0);
			if (type === RECORD.data) return body;
		}
	}

	*write(bytes: Uint8Array): Sys<void> {
		for (let at = 0; at < bytes.length || at === 0; at += RECORD_MOST)
			yield* write(this.records.fd, this.seal(RECORD.data, bytes.subarray(at, at + RECORD_MOST)));
	}

	/** Says that nothing more comes. */
	*end(): Sys<void> {
		try {
			yield* write(this.records.fd, this.seal(RECORD.alert, CLOSE_NOTIFY));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** The inner type stands behind the content, then the tag. */
	seal(type: number, body: Uint8Array): Uint8Array {
		const inner = new Uint8Array(body.length + 1 + TAG);
		inner.set(body);
		inner[body.length] = type;
		return record(RECORD.data, this.outgoing.mask(inner));
	}

	open(body: Uint8Array): { type: number; body: Uint8Array } {
		const inner = this.incoming.mask(body);
		return { type: inner[body.length - TAG - 1] ?? 0, body: inner.subarray(0, Math.max(0, body.length - TAG - 1)) };
	}
}

function noises(a: Uint8Array, b: Uint8Array): readonly [client: Noise, server: Noise] {
	const seed = (mark: number): Uint8Array => Uint8Array.from([...a, ...b, mark]);
	return [new Noise(seed(1)), new Noise(seed(2))];
}

const changed = (): Uint8Array => record(RECORD.change, Uint8Array.of(1));

function joined(...parts: readonly Uint8Array[]): Uint8Array {
	return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A client's handshake. @throws TlsError, Errno */
export function* tlsConnect(fd: number, options: TlsOptions): Sys<TlsStream> {
	const random = yield* getrandom(32);
	const hello = clientHello(random, yield* getrandom(32), yield* getrandom(32), options.name);
	yield* write(fd, record(RECORD.handshake, hello, 0x0301));
	const records = new Records(fd, options.timeout);
	const first = yield* records.next();
	if (first === null) throw new TlsError(UNEXPECTED_END);
	const answer = first.type === RECORD.handshake ? openHello(first.body, MESSAGE.serverHello) : null;
	if (!answer) throw new TlsError('wrong version number');
	const [client, server] = noises(random, answer.random);
	const stream = new TlsStream(records, server, client, '');
	let name = '';
	let certificate = new Uint8Array(0);
	for (let messages = 0; messages < 4;) {
		const next = yield* records.next();
		if (next === null) throw new TlsError(UNEXPECTED_END);
		if (next.type !== RECORD.data) continue;
		const { body } = stream.open(next.body);
		if (++messages !== 2) continue;
		const end = 1 + (body[0] ?? 0);
		name = String.fromCharCode(...body.subarray(1, end));
		certificate = body.slice(end + 2, end + 2 + (((body[end] ?? 0) << 8) | (body[end + 1] ?? 0)));
	}
	const finished = stream.seal(RECORD.handshake, new Uint8Array(FLIGHT.finished));
	yield* write(fd, joined(changed(), finished));
	return new TlsStream(records, server, client, name, certificate);
}

/** A server's handshake. @throws TlsError, Errno */
export function* tlsAccept(fd: number, options: TlsOptions): Sys<TlsStream> {
	const records = new Records(fd, options.timeout);
	const first = yield* records.next();
	if (first === null) throw new TlsError(UNEXPECTED_END);
	const hello = first.type === RECORD.handshake ? openHello(first.body, MESSAGE.clientHello) : null;
	if (!hello) throw new TlsError('wrong version number');
	const random = yield* getrandom(32);
	const [client, server] = noises(hello.random, random);
	const stream = new TlsStream(records, client, server, '');
	const name = options.name.slice(0, 255);
	const shown = options.certificate?.subarray(0, RECORD_MOST - 300) ?? new Uint8Array(0);
	const head = [name.length, ...[...name].map((char) => char.charCodeAt(0) & 0x7f), ...u16(shown.length)];
	const certificate = new Uint8Array(Math.max(shown.length > 0 ? 0 : FLIGHT.certificate, head.length + shown.length));
	certificate.set(head);
	certificate.set(shown, head.length);
	const flight = [
		record(RECORD.handshake, serverHello(random, hello.session, yield* getrandom(32))),
		changed(),
		stream.seal(RECORD.handshake, new Uint8Array(FLIGHT.extensions)),
		stream.seal(RECORD.handshake, certificate),
		stream.seal(RECORD.handshake, new Uint8Array(FLIGHT.verify)),
		stream.seal(RECORD.handshake, new Uint8Array(FLIGHT.finished))
	];
	yield* write(fd, joined(...flight));
	for (;;) {
		const next = yield* records.next();
		if (next === null) throw new TlsError(UNEXPECTED_END);
		if (next.type === RECORD.alert) throw new TlsError('alert received');
		if (next.type !== RECORD.data) continue;
		stream.open(next.body);
		return stream;
	}
}

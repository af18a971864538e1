/**
 * Certificates and keys in PEM files (RFC 7468, RFC 5280), as far as someone who is shown one tells them apart.
 *
 * Does: the blocks of a PEM file; of a certificate its names, whether it signed itself, and the kind and size of its key.
 * Trusts: what is written: no signature is checked, no validity period.
 */
import { decodeBase64 } from './base64';

export interface PemBlock {
	/** "CERTIFICATE", "PRIVATE KEY", "RSA PRIVATE KEY" */
	readonly label: string;
	readonly bytes: Uint8Array;
}

export interface Certificate {
	readonly bytes: Uint8Array;
	/** the subject's common name; '' when it has none */
	readonly name: string;
	readonly alternativeNames: readonly string[];
	readonly isSelfSigned: boolean;
	/** distinguished names, as hexadecimal digits of their DER */
	readonly subject: string;
	readonly issuer: string;
	/** "RSA-PSS (2048 bits)", "ECDSA (prime256v1)": how its owner signs in TLS 1.3 */
	readonly signature: string;
	/** "SHA256" */
	readonly digest: string;
}

export function pemBlocks(text: string): PemBlock[] {
	const out: PemBlock[] = [];
	for (const [, label, body] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g)) {
		const bytes = decodeBase64(body!.replace(/\s+/g, ''));
		if (bytes) out.push({ label: label!, bytes });
	}
	return out;
}

const TAG = { integer: 2, bits: 3, octets: 4, oid: 6, sequence: 0x30, set: 0x31 } as const;

interface Node {
	readonly tag: number;
	readonly body: Uint8Array;
	/** with tag and length */
	readonly all: Uint8Array;
}

/** The elements of a constructed one (X.690, DER); what is cut short ends the list. */
function elements(bytes: Uint8Array): Node[] {
	const out: Node[] = [];
	for (let at = 0; at + 2 <= bytes.length;) {
		const start = at;
		const tag = bytes[at++]!;
		let length = bytes[at++]!;
		if (length > 0x80) {
			const count = length & 0x7f;
			length = 0;
			for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? 0);
		}
		if (at + length > bytes.length) break;
		out.push({ tag, body: bytes.subarray(at, at + length), all: bytes.subarray(start, at + length) });
		at += length;
	}
	return out;
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

const OID = { rsa: '2a864886f70d010101', ec: '2a8648ce3d0201', commonName: '550403', alternative: '551d11' } as const;
const CURVES: Readonly<Record<string, readonly [name: string, digest: string]>> = {
	'2a8648ce3d030107': ['prime256v1', 'SHA256'],
	'2b81040022': ['secp384r1', 'SHA384'],
	'2b81040023': ['secp521r1', 'SHA512']
};

function commonName(name: Node): string {
	for (const set of elements(name.body))
		for (const pair of elements(set.body)) {
			const [type, value] = elements(pair.body);
			if (type && value && hex(type.body) === OID.commonName) return latin(value.body);
		}
	return '';
}

function keyOf(info: Node): Pick<Certificate, 'signature' | 'digest'> | null {
	const [algorithm, key] = elements(info.body);
	if (!algorithm || !key) return null;
	const [kind, parameter] = elements(algorithm.body);
	if (kind && hex(kind.body) === OID.rsa) {
		const modulus = elements(elements(key.body.subarray(1))[0]?.body ?? new Uint8Array(0))[0];
		if (modulus?.tag !== TAG.integer) return null;
		const digits = hex(modulus.body).replace(/^0+/, '');
		const bits = 4 * digits.length - (Math.clz32(Number.parseInt(digits[0] ?? '0', 16)) - 28);
		return { signature: `RSA-PSS (${bits} bits)`, digest: 'SHA256' };
	}
	const curve = kind && hex(kind.body) === OID.ec && parameter ? CURVES[hex(parameter.body)] : undefined;
	return curve ? { signature: `ECDSA (${curve[0]})`, digest: curve[1] } : null;
}

function alternativeNames(parts: readonly Node[]): string[] {
	const extensions = parts.find(({ tag }) => tag === 0xa3);
	const out: string[] = [];
	for (const extension of extensions ? elements(elements(extensions.body)[0]?.body ?? new Uint8Array(0)) : []) {
		const fields = elements(extension.body);
		const value = fields.at(-1);
		if (!fields[0] || hex(fields[0].body) !== OID.alternative || value?.tag !== TAG.octets) continue;
		for (const name of elements(elements(value.body)[0]?.body ?? new Uint8Array(0)))
			if (name.tag === 0x82) out.push(latin(name.body));
	}
	return out;
}

/** Null when it is none, or its key is of a kind that is not known here. */
export function parseCertificate(bytes: Uint8Array): Certificate | null {
	const outer = elements(bytes)[0];
	const inner = outer?.tag === TAG.sequence ? elements(outer.body)[0] : undefined;
	if (inner?.tag !== TAG.sequence) return null;
	const all = elements(inner.body);
	const parts = all[0]?.tag === 0xa0 ? all.slice(1) : all;
	const [, , issuer, , subject, info] = parts;
	const key = info ? keyOf(info) : null;
	if (!issuer || !subject || !key) return null;
	return {
		bytes,
		name: commonName(subject),
		alternativeNames: alternativeNames(parts),
		isSelfSigned: hex(issuer.all) === hex(subject.all),
		subject: hex(subject.all),
		issuer: hex(issuer.all),
		...key
	};
}

/** The first certificate of a PEM file's text. */
export function certificateIn(text: string): Certificate | null {
	const block = pemBlocks(text).find(({ label }) => label === 'CERTIFICATE');
	return block ? parseCertificate(block.bytes) : null;
}

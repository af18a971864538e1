/** The data of DNS records as text, in the form of zone files (RFC 1035 5.1) and dig. */
import { formatIpv4Address } from './address';
import { fieldsOf, type FieldKind, type Rdata } from './dns-types';

/** A character string in quotes, as zone files and dig write it. */
export function quoteString(text: string): string {
	const inside = text.replace(/[^ -~]|["\\]/g, (character) =>
		/[ -~]/.test(character) ? `\\${character}` : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
	);
	return `"${inside}"`;
}

const FIELD_TEXT: Partial<Record<FieldKind, (value: never) => string>> = {
	ipv4: (value: number) => formatIpv4Address(value),
	string: (value: string) => quoteString(value),
	strings: (value: readonly string[]) => value.map(quoteString).join(' '),
	bytes: (value: Uint8Array) => `\\# ${value.length}${value.length ? ` ${inWords(hexText(value))}` : ''}`,
	'long-string': (value: string) => quoteString(value),
	hex: (value: Uint8Array) => inWords(hexText(value)),
	base64: (value: Uint8Array) => inWords(base64Text(value))
};

/** Long data is written in words of 56 characters. */
const WORD = 56;

function inWords(text: string): string {
	return text.match(new RegExp(`.{1,${WORD}}`, 'g'))?.join(' ') ?? '';
}

function hexText(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
		.join('')
		.toUpperCase();
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648 4 */
export function base64Text(bytes: Uint8Array): string {
	let text = '';
	for (let i = 0; i < bytes.length; i += 3) {
		const [a, b, c] = [bytes[i]!, bytes[i + 1] ?? 0, bytes[i + 2] ?? 0];
		const bits = (a << 16) | (b << 8) | c;
		for (let j = 0; j < 4; j++) text += i + j > bytes.length ? '=' : BASE64[(bits >> (18 - 6 * j)) & 63]!;
	}
	return text;
}

/** The bytes of base 64 text; undefined when it is none. */
export function base64Bytes(text: string): Uint8Array | undefined {
	const digits = text.replace(/={1,2}$/, '');
	if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*$/.test(digits)) return undefined;
	const bytes: number[] = [];
	for (let i = 0, bits = 0, count = 0; i < digits.length; i++) {
		bits = ((bits << 6) | BASE64.indexOf(digits[i]!)) & 0xffff;
		count += 6;
		if (count < 8) continue;
		count -= 8;
		bytes.push((bits >> count) & 255);
	}
	return Uint8Array.from(bytes);
}

/** The data of any record as RFC 3597 writes it: "\# 4 C0A84B02". */
export function genericText(bytes: Uint8Array): string {
	return FIELD_TEXT.bytes!(bytes as never);
}

/** The data of a record in the form of zone files: "10 halo.example.org." */
export function rdataText(record: Rdata): string {
	const values = record as unknown as Record<string, never>;
	return fieldsOf(record.type)
		.map(([name, kind]) => FIELD_TEXT[kind]?.(values[name]!) ?? String(values[name] as unknown))
		.join(' ');
}

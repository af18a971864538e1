/**
 * UTF-8 with nothing lost: a byte that is not part of valid UTF-8 is the lone surrogate U+DC00 + byte (PEP 383,
 * "surrogateescape"). Pure functions, the same in every environment.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function decode(bytes: Uint8Array): string {
	if (bytes.length < 32) {
		let ascii = '';
		let i = 0;
		for (; i < bytes.length && bytes[i]! < 0x80; i++) ascii += String.fromCharCode(bytes[i]!);
		if (i === bytes.length) return ascii;
	}
	try {
		return strict.decode(bytes);
	} catch {
		return decodeEscaping(bytes);
	}
}

function decodeEscaping(bytes: Uint8Array): string {
	let out = '';
	for (let i = 0; i < bytes.length;) {
		const length = sequenceLength(bytes, i);
		if (length === 0) out += String.fromCharCode(0xdc00 + bytes[i++]!);
		else {
			out += strict.decode(bytes.subarray(i, i + length));
			i += length;
		}
	}
	return out;
}

/** Bytes of the valid UTF-8 sequence at `at`, 0 if there is none (RFC 3629). */
function sequenceLength(bytes: Uint8Array, at: number): number {
	const first = bytes[at]!;
	if (first < 0x80) return 1;
	const length =
		first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
	if (length === 0 || at + length > bytes.length) return 0;
	const second = bytes[at + 1]!;
	if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
	if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
	for (let i = 1; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
	return length;
}

export function encode(text: string): Uint8Array {
	if (!/[\udc80-\udcff]/.test(text)) return encoder.encode(text);
	const out: number[] = [];
	for (const character of text) {
		const code = character.codePointAt(0)!;
		if (code >= 0xdc80 && code <= 0xdcff) out.push(code - 0xdc00);
		else out.push(...encoder.encode(character));
	}
	return Uint8Array.from(out);
}

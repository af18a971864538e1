/**
 * Strings of a rule as text: their length in bytes, and how `iptables-save` quotes them.
 *
 * A string of the command line is UTF-8 with stray bytes as lone surrogates (`kernel/text.ts`).
 */

/** Bytes of the text in UTF-8. */
export function byteLength(text: string): number {
	let length = 0;
	for (const character of text) {
		const code = character.codePointAt(0)!;
		if (code >= 0xdc80 && code <= 0xdcff) length += 1;
		else length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	}
	return length;
}

/** Cut to at most `bytes` bytes, at a character's end. */
export function cutBytes(text: string, bytes: number): string {
	let length = 0;
	let at = 0;
	for (const character of text) {
		length += byteLength(character);
		if (length > bytes) break;
		at += character.length;
	}
	return text.slice(0, at);
}

/** As it stands in a saved rule: bare if made of letters, digits, _ and -, else in double quotes with \ before " ' \ */
export function quoted(text: string): string {
	return /^[-_0-9a-z]+$/i.test(text) ? text : `"${text.replace(/["'\\]/g, '\\$&')}"`;
}

/** The bytes of a text; a stray byte of the command line is a lone surrogate. */
export function textBytes(text: string): number[] {
	const bytes: number[] = [];
	for (const character of text) {
		const code = character.codePointAt(0)!;
		if (code < 0x80) bytes.push(code);
		else if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code & 0xff);
		else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
		else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
		else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
	}
	return bytes;
}

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

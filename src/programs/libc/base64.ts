/** Base64 (RFC 4648, 4) of bytes, as mail, authentication and TLS use it: no line breaks. */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function encodeBase64(bytes: Uint8Array): string {
	let out = '';
	for (let at = 0; at < bytes.length; at += 3) {
		const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
		const bits = (a << 16) | (b << 8) | c;
		const letters = [18, 12, 6, 0].map((shift) => LETTERS[(bits >> shift) & 63]!).join('');
		const left = bytes.length - at;
		out += left >= 3 ? letters : letters.slice(0, left + 1).padEnd(4, '=');
	}
	return out;
}

/** @returns null when it is no base64 */
export function decodeBase64(text: string): Uint8Array | null {
	if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
	const body = text.replace(/=+$/, '');
	const out = new Uint8Array(Math.floor((body.length * 3) / 4));
	let bits = 0;
	let held = 0;
	let at = 0;
	for (const letter of body) {
		bits = ((bits << 6) | LETTERS.indexOf(letter)) & 0xffff;
		held += 6;
		if (held < 8) continue;
		held -= 8;
		out[at++] = (bits >> held) & 0xff;
	}
	return out;
}

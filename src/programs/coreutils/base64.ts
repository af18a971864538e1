/** base64(1) and base32(1) (RFC 4648). */
import type { Main } from '#kernel/syscalls';
import { quote } from './quote';
import { atMost, Fatal, utility } from './utility';

const ALPHABETS = {
	base64: { letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', bits: 6, group: 4 },
	base32: { letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', bits: 5, group: 8 }
} as const;
type Alphabet = (typeof ALPHABETS)[keyof typeof ALPHABETS];

function encodeBytes(bytes: Uint8Array, { letters, bits, group }: Alphabet): string {
	let out = '';
	let pending = 0;
	let held = 0;
	for (const byte of bytes) {
		pending = ((pending << 8) | byte) & 0xffff;
		held += 8;
		for (; held >= bits; held -= bits) out += letters[(pending >> (held - bits)) & ((1 << bits) - 1)];
	}
	if (held > 0) out += letters[(pending << (bits - held)) & ((1 << bits) - 1)];
	return out + '='.repeat((group - (out.length % group)) % group);
}

/** @returns what could be decoded, and whether all could */
function decodeText(text: string, { letters, bits, group }: Alphabet): { bytes: Uint8Array; valid: boolean } {
	const out: number[] = [];
	for (let at = 0; at < text.length; at += group) {
		const block = text.slice(at, at + group);
		const body = block.replace(/=+$/, '');
		let pending = 0;
		let held = 0;
		for (const letter of body) {
			const value = letters.indexOf(letter);
			if (value < 0) return { bytes: Uint8Array.from(out), valid: false };
			pending = ((pending << bits) | value) & 0xffff;
			held += bits;
			if (held < 8) continue;
			held -= 8;
			out.push((pending >> held) & 0xff);
		}
		if (block.length !== group || held >= bits) return { bytes: Uint8Array.from(out), valid: false };
	}
	return { bytes: Uint8Array.from(out), valid: true };
}

function coder(alphabet: Alphabet): Main {
	return utility(['d|decode', 'i|ignore-garbage', 'w|wrap='], function* (tool, options) {
		const given = options.get('wrap') ?? '76';
		if (!/^\d+$/.test(given)) throw new Fatal(`invalid wrap size: ${quote(given)}`);
		atMost(options, 1);
		const path = options.operands[0] ?? '-';
		if (!options.has('decode')) {
			const bytes = yield* tool.input(path);
			if (!bytes) return;
			const text = encodeBytes(bytes, alphabet);
			const width = Number(given);
			if (width === 0) yield* tool.print(text);
			else for (let at = 0; at < text.length; at += width) yield* tool.print(`${text.slice(at, at + width)}\n`);
			return;
		}
		const text = yield* tool.inputText(path);
		if (text === undefined) return;
		const wanted = options.has('ignore-garbage')
			? [...text].filter((letter) => alphabet.letters.includes(letter) || letter === '=').join('')
			: text.replace(/\n/g, '');
		const { bytes, valid } = decodeText(wanted, alphabet);
		yield* tool.print(bytes);
		if (!valid) throw new Fatal('invalid input');
	});
}

export const base64 = coder(ALPHABETS.base64);
export const base32 = coder(ALPHABETS.base32);

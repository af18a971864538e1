import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from './text';

describe('text', () => {
	it('loses no byte', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void expect(encode(decode(bytes))).toEqual(bytes))
		);
	});

	it('is UTF-8 where it can be', () => {
		fc.assert(
			fc.property(
				fc.string({ unit: 'grapheme' }),
				(text) => void expect(decode(new TextEncoder().encode(text))).toBe(text)
			)
		);
	});

	it.each([
		[[0xff], '\udcff'],
		[[0x61, 0xc3], 'a\udcc3'],
		[[0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
		[[0xc0, 0x80], '\udcc0\udc80']
	])('%j', (bytes, text) => expect(decode(Uint8Array.from(bytes))).toBe(text));
});

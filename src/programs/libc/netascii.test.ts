import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decode, encode } from '#kernel/text';
import { FromNetwork, toNetwork } from './netascii';

function fromNetwork(...chunks: readonly string[]): [text: string, bare: number] {
	const text = new FromNetwork();
	const parts = chunks.map((chunk) => decode(text.take(encode(chunk))));
	return [parts.join('') + decode(text.end()), text.bare];
}

it.each([
	[['a\r\nb\r\n'], 'a\nb\n', 0],
	[['a\r', '\nb'], 'a\nb', 0],
	[['a\nb\r\n'], 'a\nb\n', 1],
	[['a\rb\r\r\n'], 'a\rb\r\n', 0],
	[['a\r'], 'a\r', 0]
])('%j comes as %j with %i bare newlines', (chunks, text, bare) => {
	expect(fromNetwork(...chunks)).toEqual([text, bare]);
});

it('what was sent comes back, in whatever parts', () => {
	const letter = fc.constantFrom('a', '\n', '\r');
	fc.assert(
		fc.property(fc.string({ unit: letter }), fc.nat(20), (text, at) => {
			const sent = decode(toNetwork(encode(text)));
			expect(fromNetwork(sent.slice(0, at), sent.slice(at))).toEqual([text, 0]);
		})
	);
});

import { deflateSync, strToU8 } from 'fflate';
import { describe, expect, test } from 'vitest';
import { fromHash, ShareError, toLink } from './share';

const inputs = [
	{ time: 1, input: { kind: 'terminal' as const, host: 'halo', id: 'halo:1', user: 'root', rows: 24, columns: 80 } },
	{ time: 2, input: { kind: 'keys' as const, id: 'halo:1', text: 'postfix reload\r ü 鍵' } }
];
const hashOf = (value: unknown) =>
	'#w=' + Buffer.from(deflateSync(strToU8(JSON.stringify(value)))).toString('base64url');

describe('share links', () => {
	test('what goes in comes out', () => {
		const link = toLink('mail/relay/open-relay', inputs, new URL('https://example.org/lessons/x/?a=1'));
		expect(fromHash(new URL(link).hash, 'mail/relay/open-relay')).toEqual(inputs);
	});
	test('an address without a sitting', () => expect(fromHash('#other', 'a')).toBeNull());
	test.each([
		['damaged text', '#w=%%%'],
		['damaged packing', '#w=AAAABBBBCCCC'],
		['another version', hashOf({ v: 2, path: 'a', inputs: [] })],
		['an unknown input', hashOf({ v: 1, path: 'a', inputs: [{ time: 1, input: { kind: 'launch' } }] })],
		['another lesson', hashOf({ v: 1, path: 'b', inputs: [] })],
		['null', hashOf(null)],
		['too long', '#w=' + 'A'.repeat(70_000)],
		['a bomb', hashOf({ v: 1, path: 'a', inputs: [], filler: ' '.repeat(3_000_000) })]
	])('%s is refused', (_name, hash) => expect(() => fromHash(hash, 'a')).toThrow(ShareError));
});

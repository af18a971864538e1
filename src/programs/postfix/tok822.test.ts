import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecords, RecordWriter } from './queue-file';
import { addressesIn, externalize, internalize, parse, quote822, unquote822 } from './tok822';

describe('addresses in headers', () => {
	it.each([
		['anna', ['anna']],
		['Michael <michael@example.org>', ['michael@example.org']],
		['anna@example.org, "B, ob" <bob@example.net>', ['anna@example.org', 'bob@example.net']],
		['friends: anna, joe;', ['anna', 'joe']],
		['anna (the one) @example.org', ['anna@example.org']]
	])('%s', (text, expected) => {
		expect(addressesIn(parse(text)).map((token) => internalize(token.tokens))).toEqual(expected);
	});

	it('writes a list again, one address a line', () => {
		expect(externalize(parse('A <a@b>,c@d'), true)).toBe('A <a@b>,\nc@d');
	});

	it('quoting is undone by unquoting', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 1 }), (local) => {
				fc.pre(!local.startsWith('@') && !/[\r\n]/.test(local));
				expect(unquote822(quote822(`${local}@example.org`))).toBe(`${local}@example.org`);
			})
		);
	});
});

describe('records of a queue file', () => {
	it('come back as they were written', () => {
		const record = fc.tuple(fc.constantFrom('N', 'L', 'A', 'R'), fc.string({ maxLength: 300 }));
		fc.assert(
			fc.property(fc.array(record), (records) => {
				const out = new RecordWriter();
				for (const [type, data] of records) out.put(type, data);
				expect(parseRecords(out.bytes())!.map(({ type, data }) => [type, data])).toEqual(records);
			})
		);
	});
});

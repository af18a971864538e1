import { describe, expect, it } from 'vitest';
import { ArithmeticError, evaluate } from './arithmetic';
import { expandBraces } from './brace';
import { Pattern } from './pattern';
import { splitFields } from './split';

const noVariables = { get: () => undefined, set: () => undefined };

describe('arithmetic', () => {
	it.each([
		['1+2*3', 7n],
		['-2**2', 4n],
		['2**3**2', 512n],
		['-7/2', -3n],
		['9223372036854775807+1', -9223372036854775808n],
		['0x1F', 31n],
		['2#1011', 11n],
		['64#_', 63n],
		['1?10:20', 10n],
		['3>2>1', 0n],
		['99999999999999999999', 7766279631452241919n]
	])('%s', (text, value) => expect(evaluate(text, noVariables)).toBe(value));
	it.each([
		['1+', '1+: syntax error: operand expected (error token is "+")'],
		['2 3', '2 3: syntax error in expression (error token is "3")'],
		['1/0', '1/0: division by 0 (error token is "0")'],
		['09+1', '09: value too great for base (error token is "09")'],
		['1 = 2', '1 = 2: attempted assignment to non-variable (error token is "= 2")']
	])('%s', (text, message) => {
		try {
			evaluate(text, noVariables);
			expect.unreachable();
		} catch (thrown) {
			expect((thrown as ArithmeticError).message).toBe(message);
		}
	});
});

describe('braces', () => {
	it.each([
		['a{b,c}d', 'abd acd'],
		['{1..10..3}', '1 4 7 10'],
		['{01..03}', '01 02 03'],
		['{x,y{1..3},z}', 'x y1 y2 y3 z'],
		['{}', '{}'],
		['\\{a,b}', '\\{a,b}'],
		['${a}{1,2}', '${a}1 ${a}2']
	])('%s', (raw, words) => expect(expandBraces(raw).join(' ')).toBe(words));
	it('does not exhaust memory', () => expect(() => expandBraces('{1..999999999}')).toThrow());
});

describe('patterns', () => {
	it.each([
		['*.txt', 'a.txt', true],
		['[!a-c]?', 'dx', true],
		['[[:digit:]]*', '7up', true],
		['@(jpg|jpeg)', 'jpeg', true],
		['!(*.txt)', 'a.txt', false],
		['a\\*b', 'a*b', true],
		['[a', '[a', true]
	])('%s on %s', (pattern, text, matches) =>
		expect(new Pattern(pattern, { extglob: true }).matches(text)).toBe(matches)
	);
	it('takes no exponential time', () =>
		expect(new Pattern('*a*a*a*a*a*a*a*a*a*a*b').matches('a'.repeat(2000))).toBe(false));
});

describe('splitting', () => {
	const split = (text: string, ifs: string) =>
		splitFields([{ text, kind: 'expanded' }], ifs).map((field) => field.map((part) => part.text).join(''));
	it.each([
		[',a,,b,', ',', ['', 'a', '', 'b']],
		['a : b:c', ' :', ['a', 'b', 'c']],
		['  a  b ', ' \t\n', ['a', 'b']]
	])('%s', (text, ifs, fields) => expect(split(text, ifs)).toEqual(fields));
});

import { describe, expect, it } from 'vitest';
import { Regex, RegexError, type RegexOptions } from './regex';

const E: RegexOptions = { extended: true };
const rows: [string, RegexOptions, string, (string | undefined)[] | null][] = [
	['a|ab', E, 'xab', ['ab']],
	['a\\|ab', {}, 'xab', ['ab']],
	['a|ab', {}, 'a|ab', ['a|ab']],
	['*a', {}, 'x*a', ['*a']],
	['^*a', {}, '*a', ['*a']],
	['a\\{2,3\\}', {}, 'caaaat', ['aaa']],
	['a{2}', E, 'caaaat', ['aa']],
	['a{2}', {}, 'a{2}', ['a{2}']],
	['\\(a*\\)b\\1', {}, 'aabaa', ['aabaa', 'aa']],
	['(.)\\1', E, 'hello', ['ll', 'l']],
	['\\<is\\>', {}, 'this is', ['is']],
	['\\bis\\b', {}, 'this is', ['is']],
	['[[:digit:]]+', E, 'ab12', ['12']],
	['[]a]*', {}, ']a]', [']a]']],
	['[^]a]', {}, ']ab', ['b']],
	['[a\\]', {}, '\\', ['\\']],
	['a^b', {}, 'a^b', ['a^b']],
	['a$b', {}, 'a$b', ['a$b']],
	['^', {}, 'abc', ['']],
	['(a)|(b)', E, 'b', ['b', undefined, 'b']],
	['x*', E, 'yx', ['']],
	['é.', {}, 'aéß', ['éß']],
	['HeL', { ignoreCase: true }, 'xhEl', ['hEl']],
	['b$', { newline: true }, 'ab\ncd', ['b']],
	['a.b', { newline: true }, 'a\nb', null],
	['a.b', {}, 'a\nb', ['a\nb']],
	['a{1', { extended: true, dialect: 'grep' }, 'xa{1', ['a{1']],
	['*a', { extended: true, dialect: 'grep' }, 'a', ['a']],
	['a**', E, 'baaa', ['']],
	['()', E, 'x', ['', '']],
	['\\.$', {}, 'a.', ['.']]
];

describe('Regex', () => {
	it.each(rows)('%s %j on %s', (pattern, options, text, groups) => {
		expect(new Regex(pattern, options).exec(text)?.groups ?? null).toEqual(groups);
	});

	it.each([
		['[a', {}, 'Unmatched [, [^, [:, [., or [='],
		['\\(a', {}, 'Unmatched ( or \\('],
		['a\\)', {}, 'Unmatched ) or \\)'],
		['(a', E, 'Unmatched ( or \\('],
		['a)', E, 'Unmatched ) or \\)'],
		['a\\', {}, 'Trailing backslash'],
		['\\1', {}, 'Invalid back reference'],
		['[z-a]', {}, 'Invalid range end'],
		['[[:foo:]]', {}, 'Invalid character class name'],
		['*a', E, 'Invalid preceding regular expression'],
		['a\\{2,1\\}', {}, 'Invalid content of \\{\\}'],
		['a\\{1', {}, 'Unmatched \\{']
	] as [string, RegexOptions, string][])('refuses %s', (pattern, options, message) => {
		expect(() => new Regex(pattern, options)).toThrowError(expect.objectContaining(new RegexError(message)) as never);
	});

	it('gives up on patterns that explode', () => {
		expect(new Regex('\\(a*\\)*\\1b').exec('a'.repeat(60))).toBeNull();
	});

	it('searches on from a place without forgetting where the line begins', () => {
		expect(new Regex('^a').exec('aa', 1)).toBeNull();
		expect(new Regex('a').exec('aa', 1)?.start).toBe(1);
	});
});

import { expect, test } from 'vitest';
import { match } from './patterns';
import { parseRecipes } from './recipes';

const HEAD = 'From joe@x  Sun Nov 22 12:00:00 2026\nSubject: [list] hello World\nFrom: joe@x\nTo: anna@example.org\n\n';

test.each([
	['^subject:.*\\[list\\]', false, true],
	['hello world', true, false],
	['^TO_anna', false, true],
	['^TO_bob', false, false],
	['^FROM_DAEMON', false, false],
	['^^From joe', false, true],
	['^^Subject', false, false]
])('%s', (pattern, caseSensitive, expected) => {
	expect(match(pattern, HEAD, caseSensitive) !== null).toBe(expected);
});

test('what the mark is before goes to MATCH', () => {
	expect(match('^Subject: \\/.*', HEAD, false)?.marked).toBe('[list] hello World');
});

test('a recipe has flags, a lock, conditions and an action', () => {
	const [set, recipe] = parseRecipes('X="a\nb"\n# note\n:0 Bc: lock\n* one\n* ! two \\\n  three\n| cat\n');
	expect(set).toEqual({ kind: 'assignment', name: 'X', value: '"a\nb"' });
	expect(recipe).toEqual({
		kind: 'recipe',
		flags: new Set(['B', 'c']),
		lock: 'lock',
		conditions: [{ text: 'one' }, { text: '! two three' }],
		action: { kind: 'pipe', text: ' cat', into: null }
	});
});

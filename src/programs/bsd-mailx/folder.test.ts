import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Folder, parseMbox } from './folder';
import { ListError, parseList } from './message-list';

const BOX =
	'From a@b  Sun Nov 22 10:00:00 2026\nFrom: A <a@b>\nSubject: one\n\nhi\nFrom here\n\nFrom c@d  Sun Nov 22 11:00:00 2026\nStatus: RO\n\ntwo\n\n';

test('a "From " line with a time behind an empty line begins a message', () => {
	const [one, two, ...rest] = parseMbox(BOX);
	expect(rest).toEqual([]);
	expect([one!.sender, one!.lines, one!.isNew, one!.read]).toEqual(['a@b', 7, true, false]);
	expect([two!.sender, two!.body, two!.isNew, two!.read]).toEqual(['c@d', 'two\n\n', false, true]);
});

test('what was touched has a Status line when it is written', () => {
	const [one] = parseMbox(BOX);
	one!.touch();
	one!.isNew = false;
	expect(one!.written()).toContain('Subject: one\nStatus: RO\n\nhi\n>From here\n');
});

test.each([
	['1-2', [1, 2]],
	['$', [2]],
	['*', [1, 2]],
	['a@', [1]],
	['/ONE', [1]],
	[':n', [1]],
	['3', '3: Invalid message number'],
	[':y', 'Unknown colon modifier ":y"'],
	['zed', 'No applicable messages from {zed}']
])('the list %s', (words, result) => {
	const folder = new Folder('x', true, parseMbox(BOX), 0);
	try {
		expect(parseList(words.split(' '), folder, false)).toEqual(result);
	} catch (thrown) {
		if (!(thrown instanceof ListError)) throw thrown;
		expect(thrown.message).toBe(result);
	}
});

test('any text is some messages', () => {
	const line = fc.oneof(fc.constant('From a@b  Sun Nov 22 10:00:00 2026'), fc.constant(''), fc.string());
	fc.assert(
		fc.property(fc.array(line), (lines) => {
			const messages = parseMbox(lines.join('\n'));
			for (const message of messages) {
				message.touch();
				message.written();
				expect(message.fromLine).toMatch(/^From /);
			}
		})
	);
});

import { describe, expect, it } from 'vitest';
import { composeMessage } from './message';

const PARTS = {
	date: 'Sun, 22 Nov 2026 19:48:44 +0000',
	messageId: '20261122194844.021067@vm',
	to: 'anna@example.org',
	from: 'a@example.edu',
	body: 'This is a test mailing',
	headers: [],
	added: []
};
/** as the real swaks 20201014.0 wrote it */
const REAL = [
	'Date: Sun, 22 Nov 2026 19:48:44 +0000',
	'To: anna@example.org',
	'From: a@example.edu',
	'Subject: test Sun, 22 Nov 2026 19:48:44 +0000',
	'Message-Id: <20261122194844.021067@vm>',
	'X-Mailer: swaks v20201014.0 jetmore.org/john/code/swaks/',
	'',
	'This is a test mailing',
	'',
	''
];

describe('the test message', () => {
	it('is the template', () => expect(composeMessage(PARTS)).toEqual(REAL));
	it('has its headers replaced', () =>
		expect(composeMessage({ ...PARTS, headers: ['Subject: x y'], body: 'Hello' })).toEqual(
			REAL.map((line) =>
				line.startsWith('Subject') ? 'Subject: x y' : line === 'This is a test mailing' ? 'Hello' : line
			)
		));
});

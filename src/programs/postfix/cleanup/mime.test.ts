import { describe, expect, it } from 'vitest';
import { MimeParts, type Place } from './mime';

/** Where each line of a message stands. */
function places(message: string): Place[] {
	const parts = new MimeParts(100, 2048);
	return message.split('\n').map((line) => {
		const at = parts.place;
		if (at === 'body') parts.bodyLine(line);
		else {
			const header = /^([\w-]+):(.*)/.exec(line);
			if (header) parts.header(header[1]!.toLowerCase(), header[2]!);
			else parts.endOfHeaders(line === '');
		}
		return at;
	});
}

describe('MimeParts', () => {
	it.each([
		['plain', 'Subject: a\n\n--b\nname: x', ['primary', 'primary', 'body', 'body']],
		[
			'two parts, the end, what follows',
			'Content-Type: multipart/mixed; boundary="b"\n\nhead\n--b\nA: 1\n\ntext\n--b\nB: 2\n\n--b--\n--b\nC: 3',
			[
				...['primary', 'primary', 'body', 'body', 'multipart', 'multipart', 'body', 'body'],
				...['multipart', 'multipart', 'body', 'body', 'body']
			]
		],
		[
			'an attached message',
			'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: in\n\n--b\nA: 1',
			['primary', 'primary', 'body', 'multipart', 'multipart', 'nested', 'nested', 'body', 'multipart']
		],
		[
			'a digest',
			'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\ntext',
			['primary', 'primary', 'body', 'multipart', 'nested', 'nested', 'body']
		]
	])('%s', (_name, message, expected) => {
		expect(places(message)).toEqual(expected);
	});
});

import { describe, expect, it } from 'vitest';
import { breakDown, mailDate, strftime, syslogTime } from './strftime';

const time = Date.UTC(2002, 2, 4, 9, 12, 31) * 1000 + 123_456;

describe('strftime', () => {
	it.each([
		['%a %b %e %T %Z %Y', 'Mon Mar  4 09:12:31 UTC 2002'],
		['%F %-d|%_m|%03d|%^a|%#Z', '2002-03-04 4| 3|004|MON|utc'],
		['%j %U %W %V %G %u %w', '063 09 09 10 2002 1 1'],
		['%I %l %k %p %P %r', '09  9  9 AM am 09:12:31 AM'],
		['%s.%N %3N %z %:z', '1015233151.123456000 123 +0000 +00:00'],
		['%% %Q %C %y %D %R', '% %Q 20 02 03/04/02 09:12']
	])('%s', (format, expected) => {
		expect(strftime(format, breakDown(time))).toBe(expected);
	});

	it('writes the dates of logs and mails', () => {
		expect(syslogTime(time)).toBe('Mar  4 09:12:31');
		expect(mailDate(time)).toBe('Mon, 4 Mar 2002 09:12:31 +0000 (UTC)');
	});
});

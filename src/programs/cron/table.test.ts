import { describe, expect, it } from 'vitest';
import { breakDown } from '../libc/strftime';
import { commandOf, CrontabError, isDue, parseCrontab } from './table';

/** as Debian 12's crontab -n said */
const ERRORS: readonly [string, string][] = [
	['61 * * * * x\n', '0: bad minute'],
	['* * * * x\n', '1: bad day-of-week'],
	['* 25 * * * x\n', '0: bad hour'],
	['* * 0 * * x\n', '0: bad day-of-month'],
	['* * * foo * x\n', '0: bad month'],
	['* * * * 8 x\n', '0: bad day-of-week'],
	['A=b\n@hourly x\n@nonsense y\n', '2: bad time specifier'],
	['1-5/0 * * * * x\n', '0: bad minute'],
	['5/10 * * * * x\n', '0: bad minute']
];

function at(time: string): ReturnType<typeof breakDown> {
	return breakDown(Date.parse(time) * 1000);
}

describe('crontab(5)', () => {
	it.each(ERRORS)('%j', (text, said) => {
		try {
			parseCrontab(text);
			expect.unreachable();
		} catch (thrown) {
			const { line, problem } = thrown as CrontabError;
			expect(`${line}: ${problem}`).toBe(said);
		}
	});

	it.each([['*/70 * * * * x\n'], ['5-3 * * * * x\n'], ['* * * * *\n'], ['A = "b c"\n# x\n\n']])('takes %j', (text) => {
		expect(() => parseCrontab(text)).not.toThrow();
	});

	// 2026-03-04 is a Wednesday
	it.each([
		['*/30 * * * *', '2026-03-04T09:30:00Z', true],
		['*/30 * * * *', '2026-03-04T09:31:00Z', false],
		['0 9 1 * wed', '2026-03-04T09:00:00Z', true],
		['0 9 1 * *', '2026-03-04T09:00:00Z', false],
		['0 9 * mar 3', '2026-03-04T09:00:00Z', true],
		['0 0 * * 7', '2026-03-08T00:00:00Z', true],
		['@hourly', '2026-03-04T09:00:00Z', true]
	])('%s at %s: %s', (times, time, due) => {
		expect(isDue(parseCrontab(`${times} x\n`)[0]!, at(time))).toBe(due);
	});

	it('settings hold for the lines below them; % begins the input', () => {
		const [first, second] = parseCrontab('@reboot x\nMAILTO=""\n0 0 * * * date +\\%F; cat%a%b\n');
		expect(first!.settings.size).toBe(0);
		expect(second!.settings.get('MAILTO')).toBe('');
		expect(commandOf(second!)).toEqual({ command: 'date +%F; cat', input: 'a\nb\n' });
	});
});

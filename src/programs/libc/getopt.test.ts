import { describe, expect, it } from 'vitest';
import { getopt, OptionTable, UsageError } from './getopt';

const table = new OptionTable(['n|number', 'w|width=', 'color|colour=?', 'no-clobber', 'no-target', 'v']);
const read = (...argv: string[]) => getopt(['x', ...argv], table);

describe('getopt', () => {
	it('permutes, bundles and takes arguments in every form', () => {
		const parsed = read('a', '-nw5', 'b', '--width', '6', '--wid=7', '--colour', '-v', '--', '-n');
		expect(parsed.operands).toEqual(['a', 'b', '-n']);
		expect(parsed.options.map(({ name, value }) => [name, value])).toEqual([
			['number', undefined],
			['width', '5'],
			['width', '6'],
			['width', '7'],
			['colour', undefined],
			['v', undefined]
		]);
	});

	it.each([
		['-z', "invalid option -- 'z'"],
		['--zed', "unrecognized option '--zed'"],
		['--zed=1', "unrecognized option '--zed'"],
		['-w', "option requires an argument -- 'w'"],
		['--wid', "option '--width' requires an argument"],
		['--numb=1', "option '--number' doesn't allow an argument"],
		['--no', "option '--no' is ambiguous; possibilities: '--no-clobber' '--no-target'"]
	])('refuses %s', (word, message) => {
		expect(() => read(word)).toThrowError(expect.objectContaining(new UsageError(message)) as never);
	});
});

import { describe, expect, it } from 'vitest';
import { runMain } from '#kernel/fixture';
import { nc } from './nc';

/* the words of netcat-openbsd 1.219 */
describe('nc without a network', () => {
	it.each([
		[['nc', '127.0.0.1'], 'nc: missing port number\n'],
		[['nc', '-l'], 'nc: missing port number\n'],
		[['nc', '127.0.0.1', 'abc'], 'nc: port number invalid: abc\n'],
		[['nc', '-w', 'x', '127.0.0.1', '1'], 'nc: timeout invalid: x\n']
	])('%j', (argv, err) => {
		const result = runMain((_argv, env) => nc(argv, env));
		expect(result).toMatchObject({ status: 1, err });
	});
});

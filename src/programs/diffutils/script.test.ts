import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editScript } from './script';

/** Runs a computation whose only calls are `preempt`. */
function finish<T>(computation: Generator<unknown, T, unknown>): T {
	for (;;) {
		const { done, value } = computation.next();
		if (done) return value;
	}
}

const file = fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 40 });

test('a script turns the first file into the second', () => {
	fc.assert(
		fc.property(file, file, (first, second) => {
			const out = [...first];
			for (const { from0, deleted, from1, inserted } of finish(editScript([first, second])).toReversed())
				out.splice(from0, deleted, ...second.slice(from1, from1 + inserted));
			expect(out).toEqual(second);
		})
	);
});

test('equal files need no change', () => {
	expect(finish(editScript([['a', 'b'], ['a', 'b']]))).toEqual([]); // prettier-ignore
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from './queue';

/** push at a time, cancel the n-th pushed, or pop */
const operation = fc.oneof(
	fc.record({ push: fc.integer({ min: 0, max: 50 }) }),
	fc.record({ cancel: fc.nat(40) }),
	fc.constant({ pop: true as const })
);

describe('EventQueue', () => {
	it('hands out by time, then by order of arrival, and never what was cancelled', () => {
		fc.assert(
			fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
				const queue = new EventQueue();
				const model: { at: number; n: number }[] = [];
				const ids: number[] = [];
				const ran: number[] = [];
				for (const step of operations) {
					if ('push' in step) {
						const n = ids.length;
						ids.push(queue.push(step.push, () => ran.push(n)));
						model.push({ at: step.push, n });
					} else if ('cancel' in step) {
						if (ids[step.cancel] === undefined) continue;
						queue.cancel(ids[step.cancel]!);
						const at = model.findIndex(({ n }) => n === step.cancel);
						if (at >= 0) model.splice(at, 1);
					} else {
						model.sort((a, b) => a.at - b.at || a.n - b.n);
						const next = model.shift();
						expect(queue.nextTime()).toBe(next?.at ?? Infinity);
						queue.pop()?.();
						if (next) expect(ran.at(-1)).toBe(next.n);
					}
					expect(queue.size).toBe(model.length);
				}
			})
		);
	});
});

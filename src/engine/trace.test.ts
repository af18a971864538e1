import { describe, expect, it } from 'vitest';
import { Trace, TraceHash } from './trace';

function filled(count: number, capacity: number): Trace {
	const trace = new Trace(capacity);
	for (let i = 0; i < count; i++) trace.emit(i * 10, { kind: 'test.event', host: String(i) });
	return trace;
}

describe('Trace', () => {
	it('keeps the newest events, and their numbers', () => {
		const trace = filled(25, 10);
		expect(trace.count).toBe(25);
		expect([...trace.since()].map((recorded) => recorded.sequence)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
		expect(trace.at(14)).toBeUndefined();
		expect(trace.at(17)?.event.host).toBe('17');
		expect([...trace.since(23)]).toHaveLength(2);
	});

	it('tells listeners until they leave', () => {
		const trace = new Trace();
		const heard: number[] = [];
		const leave = trace.listen((recorded) => heard.push(recorded.sequence));
		trace.emit(0, { kind: 'a', host: '' });
		leave();
		trace.emit(0, { kind: 'b', host: '' });
		expect(heard).toEqual([0]);
	});

	it('has a hash that every byte of every event changes', () => {
		const digest = (bytes: Uint8Array, time = 0): string => {
			const hash = new TraceHash();
			hash.add({ sequence: 0, time, event: { kind: 'k', host: 'h', bytes } as never });
			return hash.digest();
		};
		expect(digest(Uint8Array.of(1, 2))).toBe(digest(Uint8Array.of(1, 2)));
		expect(digest(Uint8Array.of(1, 2))).not.toBe(digest(Uint8Array.of(1, 3)));
		expect(digest(Uint8Array.of(1, 2))).not.toBe(digest(Uint8Array.of(1, 2), 1));
	});
});

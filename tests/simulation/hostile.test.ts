/** What a learner may type: endless loops, floods, fork bombs. The world goes on, and Ctrl-C works. */
import { describe, expect, it } from 'vitest';
import { World } from '../../src/world/world';
import type { WorldSpec } from '../../src/world/spec';

const SECOND = 1_000_000;
const spec: WorldSpec = {
	name: 'bare',
	seed: 1,
	start: '2026-03-04T09:10:00Z',
	settle: 1,
	hosts: [{ name: 'bare', hostname: 'bare', kind: 'computer', at: [0, 0], interfaces: [], users: [{ name: 'anna' }] }],
	links: []
};

/** Types a line, lets it run for two virtual seconds, presses Ctrl-C, and asks for a sign of life. */
function survive(line: string): { text: string; seconds: number } {
	const start = performance.now();
	const world = new World(spec);
	world.apply({ kind: 'terminal', host: 'bare', id: 't', user: 'anna', rows: 24, columns: 80 });
	world.runUntil(world.now + SECOND);
	world.apply({ kind: 'keys', id: 't', text: `${line}\r` });
	let text = '';
	const run = (time: number): void => {
		for (let i = 0; i < 20; i++) {
			world.runUntil(world.now + time / 20);
			text += world
				.takeOutput()
				.output.map(({ bytes }) => new TextDecoder().decode(bytes))
				.join('');
			text = text.slice(-20_000);
		}
	};
	run(2 * SECOND);
	world.apply({ kind: 'keys', id: 't', text: '\x03' });
	run(SECOND);
	/* what kills the real shell (a recursion without end) may end the terminal: then a second one answers */
	if (world.terminal('t') === undefined)
		world.apply({ kind: 'terminal', host: 'bare', id: 't2', user: 'anna', rows: 24, columns: 80 });
	run(SECOND);
	world.apply({ kind: 'keys', id: world.terminal('t') ? 't' : 't2', text: 'echo al""ive\r' });
	run(3 * SECOND);
	return { text, seconds: (performance.now() - start) / 1000 };
}

describe('a terminal survives', () => {
	it.each([
		['an endless loop', 'while :; do :; done'],
		['yes', 'yes'],
		['yes into a file', 'yes > /tmp/full'],
		['a pipeline without end', 'cat /dev/zero | tr "\\0" x | cat > /dev/null'],
		['a deep recursion', 'f() { f; }; f'],
		['a string that doubles', 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'],
		['a brace expansion without end', 'echo {1..999999999}'],
		['a syntax error', 'if then ) fi'],
		['ten megabytes pasted', `echo ${'x'.repeat(10_000_000)}`]
	])(
		'%s',
		(_name, line) => {
			const { text, seconds } = survive(line);
			expect(text).toContain('alive');
			expect(seconds).toBeLessThan(60);
		},
		120_000
	);

	it('a fork bomb', () => {
		const { text } = survive('b() { b | b & }; b');
		expect(text).toMatch(/Resource temporarily unavailable|alive/);
	}, 120_000);
});

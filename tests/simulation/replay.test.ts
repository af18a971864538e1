/** Same seed and inputs, same trace; a fork leaves no trace in the world it came from; idle time costs nothing. */
import { describe, expect, it } from 'vitest';
import { TraceHash } from '../../src/engine/trace';
import { World } from '../../src/world/world';
import { lessonAt, OPEN_RELAY } from './lesson-world';

const lesson = lessonAt(OPEN_RELAY);
const SECOND = 1_000_000;

function hashOf(world: World): string {
	const hash = new TraceHash();
	for (const recorded of world.engine.trace.since()) hash.add(recorded);
	return hash.digest();
}

function play(): World {
	const world = World.ofLesson(lesson.start);
	world.apply({ kind: 'terminal', host: 'halo', id: 'halo:1', user: 'root', rows: 24, columns: 80 });
	world.runUntil(world.now + SECOND);
	for (const key of 'tail -n 3 /var/log/maillog\r') {
		world.apply({ kind: 'keys', id: 'halo:1', text: key });
		world.runUntil(world.now + 50_000);
	}
	world.runUntil(world.now + 40 * SECOND);
	return world;
}

describe('a world', () => {
	it('is the same again with the same seed and inputs', () => {
		const first = play();
		const again = World.replay(lesson.start, first.inputs, first.now);
		expect(hashOf(again)).toBe(hashOf(first));
		expect(first.engine.trace.count).toBeGreaterThan(500);
	});

	it('is another one with another seed', () => {
		const other = World.ofLesson({ ...lesson.start, world: { ...lesson.start.world, seed: 2 } });
		expect(hashOf(other)).not.toBe(hashOf(World.ofLesson(lesson.start)));
	});

	it('shows what a terminal prints', () => {
		const world = play();
		const text = world
			.takeOutput()
			.output.map(({ bytes }) => new TextDecoder().decode(bytes))
			.join('');
		expect(text).toContain('root@halo:~# ');
		expect(text).toContain('postfix/');
	});

	it('answers to the same bytes whether it ran in one go or in steps', () => {
		const whole = play();
		const stepped = World.replay(lesson.start, whole.inputs.slice(0, 5));
		for (const { time, input } of whole.inputs.slice(5)) {
			while (stepped.engine.nextTime() <= time) stepped.engine.step();
			stepped.runUntil(time);
			stepped.apply(input);
		}
		stepped.runUntil(whole.now);
		expect(hashOf(stepped)).toBe(hashOf(whole));
	});
});

/** The same seed and inputs give the same trace, to the byte, in Node and in a browser. */
import { expect, test } from '@playwright/test';
import { TraceHash } from '../../src/engine/trace';
import type { FromWorker, TimedInput, ToWorker } from '../../src/world/door';
import { World } from '../../src/world/world';
import { lessonAt, OPEN_RELAY } from '../simulation/lesson-world';
import { openLesson } from './workbench';

const SECOND = 1_000_000;

test('the trace is the same in Node and in the browser', async ({ page }) => {
	const lesson = lessonAt(OPEN_RELAY);
	const ready = World.ofLesson(lesson.start).ready;
	const inputs: TimedInput[] = [
		{ time: ready, input: { kind: 'terminal', host: 'halo', id: 'halo:1', user: 'root', rows: 24, columns: 80 } },
		{
			time: ready + SECOND,
			input: {
				kind: 'keys',
				id: 'halo:1',
				text: 'postfix reload; echo hello | mail -s x bob@example.net; ping -c 2 ns\r'
			}
		}
	];
	const until = ready + 30 * SECOND;
	const hash = new TraceHash();
	const world = World.replay(lesson.start, inputs, until);
	for (const recorded of world.engine.trace.since()) hash.add(recorded);
	expect(world.engine.trace.count).toBeGreaterThan(500);

	await page.addInitScript(() => {
		const Real = Worker;
		// remembers where the page's own worker comes from, and the lesson that the page gave it
		window.Worker = class extends Real {
			constructor(url: string | URL, options?: WorkerOptions) {
				super(url, options);
				if (String(url).includes('/worker-')) Object.assign(window, { worldUrl: String(url) });
			}
			override postMessage(message: { type: string; lesson?: unknown }, ...rest: never[]): void {
				if (message.type === 'open') Object.assign(window, { worldLesson: message.lesson });
				super.postMessage(message, ...rest);
			}
		};
	});
	await openLesson(page);
	const inBrowser = await page.evaluate(
		({ inputs, until }) =>
			new Promise<string>((resolve, reject) => {
				const { worldUrl, worldLesson } = window as unknown as { worldUrl: string; worldLesson: never };
				const worker = new Worker(worldUrl, { type: 'module' });
				const say = (message: ToWorker): void => worker.postMessage(message);
				worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
					if (data.type === 'opened') say({ type: 'ask', id: 1, question: { ask: 'traceHash' } });
					else if (data.type === 'answer') resolve(String(data.value));
					else if (data.type === 'failed') reject(new Error(data.message));
				};
				say({ type: 'open', lesson: worldLesson, inputs, until });
			}),
		{ inputs, until }
	);
	expect(inBrowser).toBe(hash.digest());
});

/**
 * `npm run bench`: figures, and their ratios to the micro-benchmarks in `anchors/` run beside them on the same machine.
 * Nothing in the tests depends on them; the goals are ratios, since machines differ.
 */
import { existsSync } from 'node:fs';
import { EventQueue } from '../../src/engine/queue';
import { measure, THeap } from './anchors/bench.mjs';
import { packetsPerSecond } from './packets';
import { firstPageBytes, secondsToPrompt } from './page';

interface Row {
	readonly what: string;
	readonly value: string;
	readonly goal: string;
	readonly ratio: string;
}

function events(): { ours: number; anchor: number } {
	const PENDING = 1000;
	const BATCH = 5000;
	const queue = new EventQueue();
	let ran = 0;
	let seed = 42;
	const random = (): number => (seed = (seed * 1664525 + 1013904223) >>> 0) / 4294967296;
	const task = (): void => {
		ran++;
	};
	for (let i = 0; i < PENDING; i++) queue.push(random(), task);
	const ours = measure(
		() => {
			for (let i = 0; i < BATCH; i++) {
				const time = queue.nextTime();
				queue.pop()!();
				queue.push(time + random(), task);
			}
		},
		BATCH,
		100,
		800
	).best;
	const heap = new THeap(PENDING + 8);
	for (let i = 0; i < PENDING; i++) heap.push(random(), i & 1);
	const anchor = measure(
		() => {
			for (let i = 0; i < BATCH; i++) {
				const value = heap.pop();
				heap.push(heap.t! + random(), value);
			}
		},
		BATCH,
		100,
		800
	).best;
	if (ran === 0) throw new Error('no task ran');
	return { ours, anchor };
}

function thousands(value: number): string {
	return Math.round(value).toLocaleString('en');
}

async function main(): Promise<void> {
	const rows: Row[] = [];
	const queue = events();
	rows.push({
		what: 'events a second (1,000 pending)',
		value: thousands(queue.ours),
		goal: '0.3',
		ratio: (queue.ours / queue.anchor).toFixed(2)
	});
	const packets = packetsPerSecond();
	rows.push({
		what: 'packets a second through three hosts, trace on',
		value: thousands(packets),
		goal: '50,000',
		ratio: (packets / queue.anchor).toFixed(4)
	});
	if (existsSync('build/index.html')) {
		const bytes = firstPageBytes();
		rows.push({
			what: 'JavaScript of the first page, gzip',
			value: `${(bytes / 1000).toFixed(1)} kB`,
			goal: 'under 150 kB',
			ratio: '–'
		});
		const { best, median } = await secondsToPrompt();
		rows.push({
			what: `first shell prompt, Chromium, median (best ${best.toFixed(2)} s)`,
			value: `${median.toFixed(2)} s`,
			goal: 'under 1 s',
			ratio: '–'
		});
	} else process.stdout.write('No build/ here: run npm run build for the figures of the page.\n');
	for (const { what, value, goal, ratio } of rows)
		process.stdout.write(
			`${what.padEnd(50)} ${value.padStart(12)}   goal ${goal.padEnd(14)} ratio to anchor ${ratio}\n`
		);
}

await main();

/**
 * `npm run bench`: figures, and their ratios to the micro-benchmarks in `anchors/` run beside them on the same machine.
 * Nothing in the tests depends on them; the goals are ratios, since machines differ.
 */
import { existsSync } from 'node:fs';
import { EventQueue } from '../../src/engine/queue';
import { measure, THeap } from './anchors/bench.mjs';
import { fiveDaysOfRetries, largeTable, mailqMilliseconds, mailsPerSecond, virtualSecondsPerSecond } from './mail';
import { packetsPerSecond } from './packets';
import { bytesPerConnection, restoreMilliseconds } from './restore';
import { rulesPerSecond } from './rules';
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

/** The firewall: goals of the rules are a ratio, those of the packets are the kernel's order of magnitude. */
function firewallRows(anchor: number): Row[] {
	const rules = [10, 100, 1_000, 10_000].map((count): Row => {
		const { ours, anchor: typed } = rulesPerSecond(count);
		return {
			what: `rules tried a second, ${thousands(count)} in the chain`,
			value: `${(ours / 1e6).toFixed(0)} M`,
			goal: count === 10_000 ? '0.25, 45 M' : '–',
			ratio: (ours / typed).toFixed(2)
		};
	});
	const packets = [false, true].map((tracking): Row => {
		const rate = packetsPerSecond({ rules: 100, tracking });
		return {
			what: `the same, 100 + 100 rules, tracking ${tracking ? 'on' : 'off'}`,
			value: thousands(rate),
			goal: tracking ? '50,000' : '100,000',
			ratio: (rate / anchor).toFixed(4)
		};
	});
	return [
		...rules,
		...packets,
		{
			what: 'iptables-restore of 10,000 rules',
			value: `${restoreMilliseconds().toFixed(0)} ms`,
			goal: 'under 200 ms',
			ratio: '–'
		},
		{ what: 'memory of a tracked connection', value: `${bytesPerConnection().toFixed(0)} bytes`, goal: '–', ratio: '–' }
	];
}

/** Postfix; `real-mail.sh` gives the figure of the real one for the first row. */
function mailRows(): Row[] {
	const { build, lookups } = largeTable();
	const row = (what: string, value: string, goal: string): Row => ({ what, value, goal, ratio: '–' });
	return [
		row('mails a second through two hops', mailsPerSecond().toFixed(0), 'real Postfix'),
		row('virtual seconds a second, three hosts', thousands(virtualSecondsPerSecond()), '1,000'),
		row('five virtual days of retries', `${fiveDaysOfRetries().toFixed(0)} ms`, 'under 500 ms'),
		row('mailq of 10,000 messages', `${mailqMilliseconds().toFixed(0)} ms`, '–'),
		row('postmap of 100,000 lines', `${build.toFixed(0)} ms`, '–'),
		row('look-ups a second in that table', thousands(lookups), '–')
	];
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
	rows.push(...firewallRows(queue.anchor), ...mailRows());
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

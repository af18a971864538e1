/**
 * What can begin before the page's own code is there: the script at the top of the page (`app.html`) has started the
 * world's worker already, and the browser's memory of the lesson is read while the panels are still on their way.
 */
import { recall, recallLayout, type Layout, type LessonRecord } from '../lesson/progress';

export interface Recalled {
	readonly record: LessonRecord;
	/** an unreadable record had to be dropped */
	readonly dropped: boolean;
	readonly layout: Layout | null;
}

const WORKBENCH = /\/(?:(lessons|embed)\/(.+?)|(sandbox))\/?$/;

let spare: Worker | null = null;
let recalled: { readonly path: string; readonly memory: Promise<Recalled> } | null = null;

declare global {
	interface Window {
		/** the worker that the script at the top of the page started; null when it could not be loaded */
		world?: Worker | null;
	}
}

const make = (): Worker => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

async function remembered(path: string): Promise<Recalled> {
	const [{ record, dropped }, layout] = await Promise.all([recall(path), recallLayout(path)]);
	return { record, dropped, layout };
}

/** Called once, by the first script of a page that was opened at this address. */
export function begin(address: string): void {
	const found = WORKBENCH.exec(address);
	if (!found) return;
	spare = window.world ?? make();
	window.world = null;
	if (found[1] === 'embed') return;
	const path = found[2] ?? found[3]!;
	recalled = { path, memory: remembered(path) };
}

/** The worker that waits already, or a fresh one. */
export function takeWorker(): Worker {
	const worker = spare ?? make();
	spare = null;
	return worker;
}

/** What the browser remembers of that lesson. */
export function recalledOf(path: string): Promise<Recalled> {
	const memory = recalled?.path === path ? recalled.memory : remembered(path);
	recalled = null;
	return memory;
}

/** The first script of a page: what takes longest begins here, and what can wait does. */
import { dev } from '$app/environment';
import { base } from '$app/paths';
import { begin } from '#ui/door/early.ts';

begin(location.pathname);

/** Filling the cache for offline use takes the processor for a while: not before the first prompt (ms). */
const CALM = 3000;

async function keepOffline(): Promise<void> {
	await navigator.serviceWorker.register(`${base}/service-worker.js`);
	const { active } = await navigator.serviceWorker.ready;
	// what this page has fetched so far went past the service worker
	active?.postMessage({ keep: performance.getEntriesByType('resource').map(({ name }) => name) });
}

if (!dev && 'serviceWorker' in navigator) setTimeout(() => void keepOffline().catch(() => undefined), CALM);

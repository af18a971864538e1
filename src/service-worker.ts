/// <reference lib="webworker" />
/**
 * Works offline once loaded: pages, scripts and fonts are kept at the first visit; Monaco and xterm.js (over 1 MB) when
 * they are first used. Nothing else is fetched by a page, so nothing else is answered here.
 */
import { build, files, prerendered, version } from '$service-worker';

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `postern-${version}`;
/** chunks over this many bytes are not fetched ahead; the names are hashes, so size is not known here: only entry points are */
const EAGER = /\/immutable\/(?:entry|assets\/.*\.css|nodes)\b/;
/** the scripts of the world's worker; the editor's are over 1 MB and come when they are used */
const WORLD = /\/immutable\/workers\/(?!editor)/;
const ahead = [...build.filter((path) => EAGER.test(path)), ...files, ...prerendered];

worker.addEventListener('install', (event) => {
	event.waitUntil(
		caches
			.open(CACHE)
			.then((cache) => Promise.allSettled(ahead.map((path) => cache.add(path))))
			.then(() => worker.skipWaiting())
	);
});

worker.addEventListener('activate', (event) => {
	event.waitUntil(
		caches
			.keys()
			.then((keys) => Promise.all(keys.filter((key) => key !== CACHE).map((key) => caches.delete(key))))
			.then(() => worker.clients.claim())
	);
});

/** A page that was there first names what it has fetched: of that, our own hashed files are kept. */
worker.addEventListener('message', (event) => {
	const { keep } = (event.data ?? {}) as { keep?: unknown };
	if (!Array.isArray(keep)) return;
	const own = keep.map(String).filter((url) => url.startsWith(`${location.origin}/`) && url.includes('/immutable/'));
	// a page does not see what its world has fetched
	if (own.some((url) => WORLD.test(url))) own.push(...build.filter((path) => WORLD.test(path)));
	event.waitUntil(caches.open(CACHE).then((cache) => Promise.allSettled(own.map((url) => cache.add(url)))));
});

worker.addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== 'GET' || url.origin !== location.origin) return;
	event.respondWith(answer(request, url));
});

/** Hashed files from the cache first; pages from the net first, so that a new version shows at once. */
async function answer(request: Request, url: URL): Promise<Response> {
	const cache = await caches.open(CACHE);
	// module requests carry Origin, and servers send Vary: the same bytes all the same
	const kept = () => cache.match(request, { ignoreVary: true, ignoreSearch: request.mode === 'navigate' });
	if (url.pathname.includes('/immutable/')) {
		const found = await kept();
		if (found) return found;
	}
	try {
		const response = await fetch(request);
		if (response.ok && response.type === 'basic') void cache.put(request, response.clone());
		return response;
	} catch (error) {
		const found = await kept();
		if (found) return found;
		throw error;
	}
}

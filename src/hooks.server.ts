/**
 * While pages are made: names the world's worker, and what it is to run, at the top of each page that has a workbench. The
 * script below it (`app.html`) starts both, so that the world boots while the page's own code is still on its way.
 */
import type { Handle } from '@sveltejs/kit';
import { base } from '$app/paths';
import worker from '#ui/door/worker.ts?worker&url';
import { lessonAt, sandbox } from '#ui/lesson/lessons.ts';
import type { LessonStart } from '#world/door';

async function startOf(route: string | null, path: string | undefined): Promise<LessonStart | undefined> {
	if (route === '/sandbox') return sandbox().start;
	if (route !== '/lessons/[...path]' && route !== '/embed/[...path]') return undefined;
	return (await lessonAt((path ?? '').replace(/\/$/, '')))?.start;
}

/** Addresses are relative, as all are: a site may stand in any folder. */
function markup(start: LessonStart, pathname: string): string {
	const up = '../'.repeat(pathname.slice(base.length).split('/').length - 2) || './';
	const json = JSON.stringify(start).replaceAll('<', '\\u003c');
	return `<script type="application/json" id="start" data-worker="${up}${worker.slice(base.length + 1)}">${json}</script>`;
}

export const handle: Handle = async ({ event, resolve }) => {
	const start = await startOf(event.route.id, event.params.path);
	const written = start ? markup(start, event.url.pathname) : '';
	return resolve(event, {
		// fonts that a page asks for at once; the others come when their letters do
		preload: ({ type, path }) =>
			type === 'js' || type === 'css' || (type === 'font' && /sans-latin-wght|mono-latin-400/.test(path)),
		transformPageChunk: ({ html }) => html.replace('%start%', () => written)
	});
};

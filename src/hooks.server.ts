/** At build time only: which fonts a page asks for at once. The others come when their letters do. */
import type { Handle } from '@sveltejs/kit';

export const handle: Handle = ({ event, resolve }) =>
	resolve(event, {
		preload: ({ type, path }) =>
			type === 'js' || type === 'css' || (type === 'font' && /sans-latin-wght|mono-latin-400/.test(path))
	});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// the theme script of app.html is the one inline script that is not SvelteKit's: allowed by its hash
const inline =
	/<script>([\s\S]*?)<\/script>/.exec(readFileSync(new URL('./src/app.html', import.meta.url), 'utf8'))?.[1] ?? '';
const themeHash = /** @type {`sha256-${string}`} */ (`sha256-${createHash('sha256').update(inline).digest('base64')}`);

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		adapter: adapter({ fallback: '404.html' }),
		paths: { relative: true },
		// hooks.client.ts registers it, once the page has what it needs at once
		serviceWorker: { register: false },
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['none'],
				'script-src': ['self', themeHash],
				'worker-src': ['self'],
				// Monaco and xterm.js put their style sheets and measured positions in by script
				'style-src': ['self', 'unsafe-inline'],
				'img-src': ['self', 'data:'],
				'font-src': ['self', 'data:'],
				'connect-src': ['self'],
				'manifest-src': ['self'],
				'base-uri': ['none'],
				'form-action': ['none'],
				'object-src': ['none']
			}
		}
	}
};

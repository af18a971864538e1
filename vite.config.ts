import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';
import { lessonsPlugin } from './scripts/lessons-plugin.ts';

export default defineConfig({
	plugins: [lessonsPlugin(), sveltekit()],
	worker: { format: 'es', plugins: () => [lessonsPlugin()] },
	test: {
		include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
		environment: 'node',
		/* no test is about time; a busy machine is slow */
		testTimeout: 120_000
	}
});

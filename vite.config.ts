import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';
import { lessonsPlugin } from './scripts/lessons-plugin.ts';
import { programsPlugin } from './scripts/programs-plugin.ts';

export default defineConfig({
	plugins: [lessonsPlugin(), programsPlugin({ later: false }), sveltekit()],
	worker: { format: 'es', plugins: () => [lessonsPlugin(), programsPlugin({ later: true })] },
	test: {
		include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
		environment: 'node',
		setupFiles: ['tests/seed.ts'],
		/* no test is about time; a busy machine is slow */
		testTimeout: 120_000
	}
});

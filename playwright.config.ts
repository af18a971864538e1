/** Browser tests: the built pages, served as by `npm start`, in one Chromium. `npm run build` comes first. */
import { defineConfig, devices } from '@playwright/test';
import { launchOptions } from './scripts/chromium.ts';

const PORT = Number(process.env.PORT ?? 4173);

export default defineConfig({
	testDir: 'tests/browser',
	testMatch: '*.spec.ts',
	fullyParallel: false,
	workers: 1,
	retries: 0,
	timeout: 60_000,
	expect: { timeout: 15_000 },
	reporter: process.env.CI ? 'line' : 'list',
	use: { baseURL: `http://localhost:${PORT}`, trace: 'off', launchOptions: launchOptions() },
	projects: [{ name: 'chromium', use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } } }],
	webServer: {
		command: `node scripts/serve.mjs --port ${PORT}`,
		port: PORT,
		reuseExistingServer: !process.env.CI
	}
});

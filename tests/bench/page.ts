/** The page's figures: what the first page loads, and how long a lesson takes to a shell prompt in a real Chromium. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import { launchOptions } from '../../scripts/chromium';

const PORT = 4179;
const LESSON = 'lessons/mail/relay/open-relay';

/** Scripts that `build/index.html` names, compressed. */
export function firstPageBytes(): number {
	const html = readFileSync('build/index.html', 'utf8');
	const scripts = new Set(
		[...html.matchAll(/(?:href|src|import\()\s*[=(]?\s*"\.?\/?(_app\/[^"]+\.js)"/g)].map(([, path]) => path!)
	);
	let bytes = 0;
	for (const path of scripts) bytes += gzipSync(readFileSync(`build/${path}`)).length;
	return bytes;
}

/** Best of three cold loads, seconds from navigation to a prompt in the terminal. */
export async function secondsToPrompt(): Promise<number> {
	const server = spawn(
		process.execPath,
		['node_modules/vite/bin/vite.js', 'preview', '--port', String(PORT), '--strictPort'],
		{ stdio: 'ignore' }
	);
	const browser = await chromium.launch(launchOptions());
	try {
		let best = Infinity;
		for (let i = 0; i < 3; i++) {
			const page = await browser.newPage();
			for (let tries = 0; tries < 50; tries++)
				try {
					await page.goto(`http://localhost:${PORT}/`, { timeout: 2000 });
					break;
				} catch {
					await page.waitForTimeout(200);
				}
			await page.context().clearCookies();
			const start = performance.now();
			await page.goto(`http://localhost:${PORT}/${LESSON}`);
			await page.locator('.xterm-rows', { hasText: 'root@halo' }).first().waitFor({ timeout: 60_000 });
			best = Math.min(best, (performance.now() - start) / 1000);
			await page.close();
		}
		return best;
	} finally {
		await browser.close();
		server.kill();
	}
}

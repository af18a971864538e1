/**
 * Which Chromium drives the browser tests: CHROMIUM_PATH, else Playwright's own if it was downloaded, else the system's,
 * else Chrome by channel. One place, used by playwright.config.ts and by scripts.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

export function findChromium(): string | undefined {
	const named = process.env.CHROMIUM_PATH;
	if (named) return named;
	if (existsSync(chromium.executablePath())) return chromium.executablePath();
	const folders = (process.env.PATH ?? '').split(delimiter);
	return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

export const launchArguments = (): string[] => [
	...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--no-first-run'
];

export const launchOptions = () => {
	const executablePath = findChromium();
	return {
		executablePath,
		channel: executablePath ? undefined : ('chrome' as const),
		args: launchArguments()
	};
};

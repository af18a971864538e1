/**
 * Makes sure that a browser for the tests is there. Nothing to do when one is found; on Debian as root, apt installs
 * Chromium; elsewhere Playwright downloads its own. (Ubuntu's package is a snap stub, so it counts as elsewhere.)
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

const folders = (process.env.PATH ?? '').split(delimiter);
const onPath = ['chromium', 'chromium-browser', 'google-chrome']
	.flatMap((name) => folders.map((folder) => join(folder, name)))
	.find((path) => existsSync(path));
const found = process.env.CHROMIUM_PATH ?? (existsSync(chromium.executablePath()) ? chromium.executablePath() : onPath);

if (found) {
	console.log(`browser: ${found}`);
} else {
	const run = (/** @type {string} */ command, /** @type {string[]} */ args) =>
		execFileSync(command, args, { stdio: 'inherit' });
	const debian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
	if (debian && process.getuid?.() === 0) {
		run('apt-get', ['update', '-q']);
		run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium']);
	} else {
		run(process.execPath, ['node_modules/@playwright/test/cli.js', 'install', 'chromium']);
	}
}

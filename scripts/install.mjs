/** Installs what is missing: dependencies by `npm ci` when node_modules does not match the lock file. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

export function run(command, args, options = {}) {
	const result = spawnSync(command, args, { stdio: 'inherit', ...options });
	if (result.error) throw result.error;
	return result.status ?? 1;
}

export function installMissing() {
	const installed = 'node_modules/.package-lock.json';
	if (existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs) return;
	process.stdout.write('Installing dependencies (npm ci) …\n');
	if (run('npm', ['ci', '--no-audit', '--no-fund']) !== 0) {
		process.stderr.write('npm ci failed: its own message above says why. Nothing else was changed.\n');
		process.exit(1);
	}
}

/** The local command-line tools without npx in between. */
export function tool(name, ...args) {
	return run(process.execPath, [`node_modules/${name}`, ...args]);
}

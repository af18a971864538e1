/**
 * `npm test`: installs what is missing and runs everything, cheapest first. Stops at the first stage that fails.
 * `npm test -- unit lessons` runs only those stages.
 */
import { installMissing, run, tool } from './install.mjs';

const CONFORMANCE = ['tests/conformance/run.ts', '--failing', 'tests/conformance/failing.txt', 'tests/conformance'];

const STAGES = [
	['sync', () => tool('@sveltejs/kit/svelte-kit.js', 'sync')],
	['format', () => tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')],
	['lint', () => tool('eslint/bin/eslint.js', '.')],
	[
		'types',
		() =>
			tool('svelte-check/bin/svelte-check', '--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human')
	],
	['layers', () => tool('dependency-cruiser/bin/dependency-cruise.mjs', 'src', '--config', '.dependency-cruiser.cjs')],
	['unit', () => tool('vitest/vitest.mjs', 'run')],
	['conformance', () => tool('tsx/dist/cli.mjs', ...CONFORMANCE)],
	['lessons', () => tool('tsx/dist/cli.mjs', 'tests/lessons/prove.ts')],
	['build', () => tool('vite/bin/vite.js', 'build', '--logLevel', 'warn')],
	['browser', () => run(process.execPath, ['scripts/ensure-browser.mjs']) || tool('@playwright/test/cli.js', 'test')]
];

installMissing();
const wanted = process.argv.slice(2);
for (const [name, stage] of STAGES) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	process.stdout.write(`\n── ${name}\n`);
	const start = performance.now();
	const status = stage();
	const seconds = ((performance.now() - start) / 1000).toFixed(1);
	process.stdout.write(`── ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s\n`);
	if (status !== 0) process.exit(status);
}

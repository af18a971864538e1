import globals from 'globals';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
	{
		ignores: [
			'build/',
			'.svelte-kit/',
			'node_modules/',
			'playwright-report/',
			'test-results/',
			'static/',
			'tests/bench/anchors/',
			'.dependency-cruiser.cjs'
		]
	},
	...ts.configs.recommended,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			'no-undef': 'off',
			'no-console': 'error',
			eqeqeq: 'error',
			/* an Errno is what a failed call throws; it is no Error on purpose (no stack to capture) */
			'@typescript-eslint/only-throw-error': 'off',
			'@typescript-eslint/no-non-null-assertion': 'off',
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }
			],
			/* a program may end without a single call */
			'require-yield': 'off',
			/* a generator cannot be an arrow function: inside one `this` needs a name */
			'@typescript-eslint/no-this-alias': 'off'
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } }
	},
	{ files: ['scripts/**', 'tests/**'], rules: { 'no-console': 'off' } }
);

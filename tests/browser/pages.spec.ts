/** Pages of text: readable without scripts, light, and without findings of axe in both themes. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { LESSON, openLesson } from './workbench';

const PAGES = ['/', '/lessons/', '/404-not-here/'];

for (const colorScheme of ['light', 'dark'] as const) {
	test.describe(colorScheme, () => {
		test.use({ colorScheme });
		for (const path of PAGES)
			test(`axe finds nothing on ${path}`, async ({ page }) => {
				await page.goto(path);
				await expect(page.locator('h1')).toBeVisible();
				expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
			});
		test('axe finds nothing on a lesson', async ({ page }) => {
			await openLesson(page);
			await expect(page.locator('.monaco-editor').first()).toBeVisible();
			expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
		});
		test('axe finds nothing on an embed', async ({ page }) => {
			await page.goto(LESSON.replace('/lessons/', '/embed/'));
			await expect(page.getByRole('button', { name: 'halo, 192.168.75.2' })).toBeVisible();
			expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
		});
	});
}

test('the first page asks for little: no editor, no terminal, no world', async ({ page }) => {
	const scripts: { url: string; size: number }[] = [];
	page.on('response', async (response) => {
		if (response.url().endsWith('.js')) scripts.push({ url: response.url(), size: (await response.body()).length });
	});
	await page.goto('/', { waitUntil: 'networkidle' });
	await expect(page.getByRole('link', { name: 'Start the first lesson' })).toBeVisible();
	expect(scripts.reduce((sum, each) => sum + each.size, 0)).toBeLessThan(300_000);
	expect(scripts.filter((each) => /worker|monaco|xterm/i.test(each.url.replace(/service-worker\.js$/, '')))).toEqual(
		[]
	);
	const styles = await page.evaluate(() => [...document.styleSheets].map((sheet) => sheet.href ?? ''));
	expect(styles.filter((href) => /monaco|xterm/i.test(href))).toEqual([]);
});

test.describe('without scripts', () => {
	test.use({ javaScriptEnabled: false });
	test('the prose of a lesson is there', async ({ page }) => {
		await page.goto(LESSON);
		await expect(page.getByRole('heading', { name: 'Who may relay through halo?' }).first()).toBeVisible();
		await expect(page.getByText('carries mail from anybody to anybody')).toBeVisible();
	});
});

test('a narrow screen shows one place at a time, and nothing is wider than it', async ({ page }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto(LESSON);
	await expect(page.getByRole('tab', { name: 'Watch' })).toBeEnabled();
	for (const [tab, place] of [
		['Watch', 'Watch'],
		['Why', 'Why'],
		['Terminal', 'Terminal'],
		['Editor', 'Editor'],
		['Lesson', 'Lesson']
	] as const) {
		await page.getByRole('tab', { name: tab }).first().click();
		await expect(page.getByRole('region', { name: place, exact: true })).toBeVisible();
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
	}
});

test('the theme that was chosen stays', async ({ page }) => {
	await page.goto('/');
	await page.getByRole('button', { name: 'Switch to dark' }).click();
	await page.reload();
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	await expect(page.getByRole('button', { name: 'Switch to light' })).toBeVisible();
});

test('a damaged share link is told, and the page stays', async ({ page }) => {
	await page.goto(`${LESSON}#w=AAAAnonsense`);
	await expect(page.getByRole('alert').filter({ hasText: 'The link is damaged' })).toBeVisible();
	await expect(page.locator('.xterm-rows').first()).toContainText('root@halo', { timeout: 30_000 });
});

/** A packet that a firewall drops: from Why to the rule, to the packets that it counted, to one packet's walk. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { openLesson, screen, type } from './workbench';

const LESSON = '/lessons/filter/state/answers-only/';

test('a dropped packet is walked through, rule by rule', async ({ page }) => {
	test.setTimeout(120_000);
	await openLesson(page, LESSON, 'gate');
	await type(page, 'spammer:1', 'hping3 -c 1 -S -s 81 -p 22 192.168.75.10');
	await expect(screen(page, 'spammer:1')).toContainText('100% packet loss', { timeout: 30_000 });

	// Why names the policy, and leads to it
	const why = page.getByRole('region', { name: 'Why' });
	await expect(why.locator('.verdict')).toContainText('Dropped');
	await why.getByRole('button', { name: 'filter FORWARD', exact: true }).click();
	await expect(page.getByRole('tab', { name: 'Firewall' })).toHaveAttribute('aria-selected', 'true');
	const policy = page.getByRole('button', { name: 'policy DROP' });
	await expect(policy).toHaveAttribute('aria-pressed', 'true');

	// from the policy to the packet that it decided, and to its walk
	const packet = page.locator('.packet');
	await expect(packet).toHaveCount(1);
	await packet.click();
	await expect(page.getByText('Dropped by the policy of FORWARD (table filter)')).toBeVisible();
	const second = page.getByRole('row').filter({ hasText: '--sport 80' });
	await expect(second).toContainText('No match: source port 81 is not 80');
	await expect(second.locator('.no')).toHaveText('-m tcp --sport 80');
	await expect(second.locator('.yes')).toHaveText('-p tcp');
	expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

	// a rule back: which command put it there
	await page.keyboard.press(',');
	await expect(second).toHaveAttribute('aria-current', 'step');
	await expect(second).toContainText('-A FORWARD -p tcp -m tcp --sport 80 -j ACCEPT');
	await page.keyboard.press('Escape');
	await expect(page.getByRole('button', { name: '-p tcp -m tcp --sport 80 -j ACCEPT' })).toBeVisible();
});

test('rules in the editor are marked by the real parser', async ({ page }) => {
	await openLesson(page, LESSON, 'gate');
	const editor = page.locator('.monaco-editor').first();
	await expect(editor).toContainText('COMMIT');
	await editor.locator('.view-line', { hasText: '--sport' }).click();
	await page.keyboard.press('Home');
	await page.keyboard.press('Shift+End');
	await page.keyboard.insertText('-A FORWARD -p tcp --sprot 80 -j ACCEPT');
	await expect(editor.locator('.squiggly-error')).toBeVisible();
});

test('time steps by firewall: each packet is shown from the first rule that it meets', async ({ page }) => {
	await openLesson(page, LESSON, 'gate');
	await page.getByRole('tab', { name: 'Firewall' }).click();
	await page.getByRole('radio', { name: 'Step', exact: true }).click();
	await page.getByLabel('Step by').selectOption('by firewall');
	await type(page, 'spammer:1', 'hping3 -c 1 -S -s 80 -p 22 192.168.75.10');
	await page.getByRole('button', { name: 'Step', exact: true }).click();
	/* Why may name the same chain by then: the walk's own heading is meant */
	const watch = page.getByRole('tabpanel', { name: 'Firewall' });
	await expect(watch.getByText('filter FORWARD', { exact: true })).toBeVisible();
	await expect(page.getByRole('row').filter({ hasText: '-s 192.168.75.0/28' })).toHaveAttribute('aria-current', 'step');
	await page.keyboard.press('.');
	await expect(page.getByRole('row').filter({ hasText: '--sport 80' })).toHaveAttribute('aria-current', 'step');
});

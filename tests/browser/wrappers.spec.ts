/** A refused connection: from Why to the doorman's walk, to the line in the editor; a client tried in a fork. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { openLesson, screen, type } from './workbench';

/** relay serves pop3 behind tcpd */
const LESSON = '/lessons/filter/rule-sets/dial-up/';

test('a refused client is followed through the tables, and its line is mended', async ({ page }) => {
	test.setTimeout(120_000);
	await openLesson(page, LESSON, 'hearth');
	await type(page, 'relay:1', `echo 'popper: LOCAL, .isp.com EXCEPT dial77.isp.com' > /etc/hosts.allow`);
	await type(page, 'relay:1', `echo 'ALL: PARANOID, ALL' > /etc/hosts.deny`);
	await type(page, 'hearth:1', 'iptables -P INPUT ACCEPT; nc -w 3 relay.isp.com 110 < /dev/null; echo status $?');
	await expect(screen(page, 'hearth:1')).toContainText(/status \d/, { timeout: 30_000 });

	// Why tells it, and leads to the walk
	const why = page.getByRole('region', { name: 'Why' });
	await expect(why.locator('.verdict')).toContainText('popper for dial77.isp.com');
	await expect(why.getByRole('button', { name: 'hosts.deny:1' })).toBeVisible();
	await why.getByRole('button', { name: `The doorman's walk` }).click();
	await expect(page.getByRole('tab', { name: 'Wrappers' })).toHaveAttribute('aria-selected', 'true');
	const walk = page.getByRole('group', { name: 'The walk' });
	await expect(walk.getByText('Refused by line 1 of hosts.deny')).toBeVisible();
	const rule = walk.getByRole('listitem').filter({ hasText: 'Decided here' }).last();
	await expect(rule).toHaveAttribute('aria-current', 'step');
	await expect(rule).toContainText('PARANOID: dial77.isp.com leads back to its address');
	await expect(walk).toContainText('EXCEPT dial77.isp.com: it is dial77.isp.com');
	expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

	// a step back; then the rule that would have let it in, in the editor
	await page.keyboard.press(',');
	await expect(rule).toHaveCount(0);
	await walk.getByRole('button', { name: 'hosts.allow:1' }).last().click();
	const editor = page.locator('.monaco-editor').first();
	await expect(editor).toContainText('EXCEPT');

	// mended and saved, the same client is tried in a fork
	await editor.locator('.view-line').first().click();
	await page.keyboard.press('Home');
	await page.keyboard.press('Shift+End');
	await page.keyboard.insertText('popper: .isp.com : allwo');
	await expect(editor.locator('.squiggly-error')).toBeVisible();
	await page.keyboard.press('Shift+Home');
	await page.keyboard.insertText('popper: .isp.com : allow');
	await expect(editor.locator('.squiggly-error')).toBeHidden();
	await page.keyboard.press('Control+s');
	await expect(page.getByRole('button', { name: 'Save' })).toBeHidden();
	await walk.getByRole('button', { name: 'Ask again now' }).click();
	await expect(walk.getByText('Let in by line 1 of hosts.allow')).toBeVisible({ timeout: 15_000 });
	await expect(walk).toContainText('tried in a fork, nobody came');

	// the tester, for a stranger; the world itself saw one connection
	await page.getByRole('combobox', { name: 'Client' }).fill('198.51.100.66');
	await page.getByRole('button', { name: 'Try in a fork' }).click();
	await expect(walk.getByText('Refused by line 1 of hosts.deny')).toBeVisible({ timeout: 15_000 });
	await expect(page.locator('.list .row')).toHaveCount(1);
	await page.keyboard.press('Escape');
	const rules = page.getByRole('group', { name: 'The rules' });
	await rules.getByRole('button', { name: 'ALL: PARANOID, ALL' }).click();
	await expect(page.locator('.list .row')).toHaveCount(1);
});

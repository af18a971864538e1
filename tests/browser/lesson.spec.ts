/** A lesson by hand: keys in the terminal, an edit in the editor, the checks; and what protects a learner's work. */
import { expect, test } from '@playwright/test';
import { openLesson, screen, type } from './workbench';

test('a shell answers', async ({ page }) => {
	await openLesson(page);
	await type(page, 'halo:1', 'echo $((6*7)) > /tmp/x; cat /tmp/x; hostname');
	await expect(screen(page, 'halo:1')).toContainText('halo.example.org');
	await expect(screen(page, 'halo:1')).toContainText('42');
});

test('an endless loop ends with Ctrl-C', async ({ page }) => {
	await openLesson(page);
	await type(page, 'halo:1', 'while true; do :; done');
	await page.waitForTimeout(1500);
	await page.keyboard.press('Control+c');
	await type(page, 'halo:1', 'echo again: $?');
	await expect(screen(page, 'halo:1')).toContainText('again: 130');
});

test('the lesson is solved by hand', async ({ page }) => {
	test.setTimeout(120_000);
	await openLesson(page);
	await page.getByRole('button', { name: 'Check', exact: true }).click();
	await expect(page.getByRole('button', { name: 'Check again' })).toBeVisible({ timeout: 60_000 });
	await expect(page.getByText('5 of 5', { exact: true })).toBeHidden();

	const editor = page.locator('.monaco-editor').first();
	await expect(editor).toContainText('mynetworks');
	await editor.locator('.view-line', { hasText: 'mynetworks' }).click();
	await page.keyboard.press('Home');
	await page.keyboard.press('Shift+End');
	await page.keyboard.insertText('mynetworks = 192.168.75.0/28 10.150.134.15');
	await expect(page.getByText('Not saved', { exact: true })).toBeVisible();
	await page.keyboard.press('Control+s');
	await expect(page.getByText('Saved, not read')).toBeVisible();

	await type(page, 'halo:1', 'postfix reload');
	await expect(screen(page, 'halo:1')).toContainText('refreshing the Postfix mail system');
	await expect(page.getByText('This version is running')).toBeVisible();
	await page.getByRole('button', { name: 'Check again' }).click();
	await expect(page.getByText('5 of 5', { exact: true })).toBeVisible({ timeout: 60_000 });

	// it is remembered, and so is what was typed
	await page.goto('/lessons/');
	await expect(page.getByRole('link', { name: /Who may relay through halo\?/ })).toContainText('solved');
	await openLesson(page);
	await expect(screen(page, 'halo:1')).toContainText('postfix reload', { timeout: 30_000 });
});

test('the editor suggests parameters', async ({ page }) => {
	await openLesson(page);
	const editor = page.locator('.monaco-editor').first();
	await expect(editor).toContainText('mynetworks');
	await editor.locator('.view-line').first().click();
	await page.keyboard.press('Control+End');
	await page.keyboard.type('smtpd_rel');
	await page.keyboard.press('Control+Space');
	await expect(page.locator('.suggest-widget.visible')).toContainText('smtpd_relay_restrictions');
});

test('a world that does not answer is started again without the last input', async ({ page }) => {
	await page.addInitScript(() => {
		const Real = Worker;
		// a worker that hears nothing any more once a tilde was typed
		window.Worker = class extends Real {
			#deaf = false;
			override postMessage(
				message: { type: string; input?: { kind: string; text?: string }; question?: { ask: string } },
				...rest: never[]
			): void {
				if (message.type === 'input' && message.input?.kind === 'keys' && message.input.text?.includes('~'))
					this.#deaf = true;
				// a quick question without an answer buys the worker no time
				const unheard = message.type === 'ask' && message.question?.ask === 'reading';
				if (!this.#deaf && !unheard) super.postMessage(message, ...rest);
			}
		};
	});
	await openLesson(page);
	await expect(page.locator('.monaco-editor').first()).toBeVisible();
	await type(page, 'halo:1', 'echo before');
	await expect(screen(page, 'halo:1')).toContainText('before');
	await page.locator('[data-terminal="halo:1"] textarea').focus();
	await page.keyboard.type('echo ~');
	await expect(page.getByRole('alert').filter({ hasText: 'The world stopped answering' })).toBeVisible({
		timeout: 15_000
	});
	await expect(screen(page, 'halo:1')).toContainText('echo before');
	await type(page, 'halo:1', 'echo after');
	await expect(screen(page, 'halo:1')).toContainText('after');
});

test('time goes back, and on again', async ({ page }) => {
	await openLesson(page);
	await type(page, 'halo:1', 'echo first');
	await expect(screen(page, 'halo:1')).toContainText('first');
	await page.getByRole('slider', { name: 'Time' }).press('Home');
	await expect(page.getByText('Time stands')).toBeVisible();
	await expect(screen(page, 'halo:1')).not.toContainText('first');
	await page.getByRole('button', { name: 'Go to now' }).first().click();
	await expect(screen(page, 'halo:1')).toContainText('first');
});

test('the keyboard reaches every place', async ({ page }) => {
	await openLesson(page);
	await expect(page.locator('.monaco-editor').first()).toBeVisible();
	await page.locator('[data-terminal="halo:1"] textarea').focus();
	await page.keyboard.press('Control+Shift+M');
	await expect
		.poll(() => page.evaluate(() => document.activeElement?.closest('[data-place]')?.getAttribute('data-place')))
		.toBe('edit');
	const seen = new Set<string>();
	for (let i = 0; i < 6; i++) {
		await page.keyboard.press('F6');
		seen.add(
			(await page.evaluate(() => document.activeElement?.closest('[data-place]')?.getAttribute('data-place'))) ?? ''
		);
	}
	expect([...seen].sort()).toEqual(['edit', 'lesson', 'time', 'type', 'watch', 'why']);
});

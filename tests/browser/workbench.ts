/** What the browser tests do again and again in the workbench. */
import { expect, type Page } from '@playwright/test';

export const LESSON = '/lessons/mail/relay/open-relay/';

/** Opens a lesson and waits for the first prompt. @param host of the terminal in front, which is root's */
export async function openLesson(page: Page, path = LESSON, host = 'halo'): Promise<void> {
	await page.goto(path);
	await expect(screen(page, `${host}:1`)).toContainText(`root@${host}`, { timeout: 30_000 });
}

/** The rows of a terminal, as text. */
export const screen = (page: Page, id: string) => page.locator(`[data-terminal="${id}"] .xterm-rows`);

/** Types a line into the terminal of that host, and Enter. */
export async function type(page: Page, id: string, line: string): Promise<void> {
	await page
		.getByRole('tab', { name: new RegExp(`^${id.split(':')[0]!.replaceAll('.', '\\.')}`) })
		.first()
		.click();
	await page.locator(`[data-terminal="${id}"] .xterm-screen`).click();
	await page.keyboard.type(line);
	await page.keyboard.press('Enter');
}

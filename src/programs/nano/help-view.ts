/** The help text (^G) on the screen. */
import type { Sys } from '#kernel/syscalls';
import type { Editor } from './editor';
import { HELP } from './help';
import * as view from './view';

export function* help(editor: Editor): Sys<void> {
	const { rows, columns } = editor.screen;
	let top = 0;
	for (;;) {
		const title = 'Main nano help text';
		const shown = HELP.slice(top, top + rows - 3).map((line) => line.slice(0, columns));
		while (shown.length < rows - 3) shown.push('');
		const bar = `${view.titleBar('', false, columns).slice(0, 4)}${title.padStart(Math.floor((columns + title.length) / 2)).padEnd(columns)}`;
		yield* editor.screen.draw(
			[
				bar,
				...shown,
				...view.shortcutLines(
					[
						['^L', 'Refresh'],
						['^X', 'Close']
					],
					columns
				)
			],
			{ row: 1, column: 0 }
		);
		const key = yield* editor.screen.key();
		if (key === null || key === '^X' || key === 'q' || key === '^G') return;
		if (key === 'Down' || key === '^N') top++;
		if (key === 'Up' || key === '^P') top--;
		if (key === 'PageDown' || key === '^V' || key === ' ') top += rows - 5;
		if (key === 'PageUp' || key === '^Y') top -= rows - 5;
		top = Math.max(0, Math.min(HELP.length - 1, top));
	}
}

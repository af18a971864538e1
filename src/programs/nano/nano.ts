/**
 * nano(1) 7.2: the editor for everyone.
 *
 * Does: the usual keys (`commands.ts`), search and replace (`search.ts`), cut and paste of lines, undo (`editor.ts`),
 *       reading and writing files (`files.ts`).
 * Not simulated: spelling, justifying, syntax colours, the mark, several buffers, regular expressions, nanorc.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { print, printError, STDIN, STDOUT } from '../libc/stdio';
import { isTerminal, Screen } from '../ncurses/screen';
import { press } from './commands';
import { Editor } from './editor';
import { load } from './files';

export const nano: Main = function* (argv) {
	const operands = argv.slice(1).filter((word) => !/^-./.test(word));
	if (argv.includes('--version') || argv.includes('-V')) {
		yield* print(' GNU nano, version 7.2\n');
		return 0;
	}
	if (!(yield* isTerminal(STDIN)) || !(yield* isTerminal(STDOUT))) {
		yield* printError('Standard input is not a terminal\n');
		return 1;
	}
	const jump = /^\+(\d+)(?:,(\d+))?$/.exec(operands[0] ?? '');
	if (jump) operands.shift();
	const editor = new Editor(new Screen(STDIN, STDOUT), argv.includes('-v') || argv.includes('--view'));
	yield* editor.screen.open();
	yield* load(editor, operands[0] ?? '');
	if (jump) editor.buffer.moveTo(Number(jump[1]) - 1, Number(jump[2] ?? 1) - 1);
	yield* run(editor);
	yield* editor.screen.close();
	return 0;
};

function* run(editor: Editor): Sys<void> {
	while (!editor.done) {
		yield* editor.draw();
		const key = yield* editor.screen.key();
		if (key === null) return;
		yield* press(editor, key);
	}
}

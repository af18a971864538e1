/** What `set -x` writes: PS4 and the text of a command. */
import type { Sys } from '#kernel/syscalls';
import { expandPrompt } from './prompt';
import type { Shell } from './shell';

export function* trace(shell: Shell, text: string): Sys<void> {
	if (!shell.option('xtrace')) return;
	yield* shell.writeError(`${yield* tracePrefix(shell)}${text}\n`);
}

export function* tracePrefix(shell: Shell): Sys<string> {
	const status = shell.status;
	const text = yield* expandPrompt(shell, shell.parameter('PS4') ?? '+ ');
	shell.status = status;
	const first = Array.from(text)[0] ?? '';
	return first.repeat(Math.max(0, shell.traceDepth - 1)) + text;
}

/** The shell at a terminal: keys in, what stands on the screen after them. */
import { describe, expect, it } from 'vitest';
import { machine } from '#kernel/fixture';
import type { Main } from '#kernel/syscalls';
import { decode, encode } from '#kernel/text';
import { cat } from '../coreutils/cat';
import { sleep } from '../coreutils/sleep';
import { Paper } from '../ncurses/fixture';
import { bash } from './bash';

const ROWS = 10;
const COLUMNS = 30;

/** @returns the rows that are not empty after the keys, each typed when the last has been answered */
function shown(keys: readonly string[]): string[] {
	const shell: Main = (_argv, env) => bash(['-bash'], env);
	const host = machine({ shell, cat, sleep });
	host.disk.mkdir('/root');
	host.disk.writeFile('/etc/passwd', 'root:x:0:0:root:/root:/bin/shell\n');
	host.disk.writeFile('/root/.profile', "PS1='$ '\nPATH=/bin\n");
	host.disk.writeFile('/root/two words', 'inside\n');
	const paper = new Paper(ROWS, COLUMNS);
	const terminal = host.openTerminal({ id: 'a:1', user: 'root', rows: ROWS, columns: COLUMNS });
	terminal.onOutput((bytes) => paper.feed(decode(bytes)));
	const pass = (): void => void host.engine.runUntil(host.engine.now + 300_000);
	pass();
	for (const key of keys) {
		terminal.type(encode(key));
		pass();
	}
	return paper
		.text()
		.split('\n')
		.filter((row) => row !== '');
}

const UP = '\x1b[A';
const DOWN = '\x1b[B';

describe('at a terminal', () => {
	const dialogs: [what: string, keys: string[], rows: string[]][] = [
		['history expansion', ['echo a\r', '!!\r'], ['$ echo a', 'a', '$ !!', 'echo a', 'a', '$']],
		['last word', ['echo a b\r', 'echo !$\r'], ['$ echo a b', 'a b', '$ echo !$', 'echo b', 'b', '$']],
		['up', ['echo 1\r', 'echo 2\r', UP, UP, DOWN], ['$ echo 1', '1', '$ echo 2', '2', '$ echo 2']],
		['search', ['echo q\r', 'true\r', '\x12', 'q'], ['$ echo q', 'q', '$ true', "(reverse-i-search)`q': echo q"]],
		['completion', ['cat tw\t', '\r'], ['$ cat two\\ words', 'inside', '$']],
		['Ctrl-C', ['echo x', '\x03', 'echo $?\r'], ['$ echo x^C', '$ echo $?', '130', '$']],
		['a job', ['cat\r', '\x1a'], ['$ cat', '^Z', '[1]+  Stopped', 'cat', '$']],
		['in the background', ['sleep 0.1 &\r', '\r'], ['$ sleep 0.1 &', '[1] 3', '$', '[1]+  Done', 'sleep 0.1', '$']],
		[
			'a line of two rows',
			['echo 01234567890123456789012345\r'],
			['$ echo 01234567890123456789012', '345', '01234567890123456789012345', '$']
		]
	];
	it.each(dialogs)('%s', (_what, keys, rows) => {
		expect(shown(keys)).toEqual(rows);
	});
});

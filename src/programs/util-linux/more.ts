/**
 * more(1) of util-linux 2.38: a text page by page, downwards; a plain copy when standard output is no terminal.
 *
 * Does: space, Return, d, b, q, /pattern, =, h; the percentage in the prompt; several files with their names.
 * Not simulated: options, editing, reading on while a pipe is open.
 */
import { Errno, S, type Main, type Sys } from '#kernel/syscalls';
import { compile } from '../less/pager';
import { print, printError, readAll, readFile, STDIN, STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { stat, tcgetattr, tcsetattr, winsize, write } from '../libc/unistd';
import { isTerminal, layOut, openTerminal, Screen } from '../ncurses/screen';

export const more: Main = function* (argv) {
	const files = argv.slice(1).filter((word) => !/^[-+]./.test(word));
	const toTerminal = yield* isTerminal(STDOUT);
	if (files.length === 0) {
		if (yield* isTerminal(STDIN)) {
			yield* printError("more: bad usage\nTry 'more --help' for more information.\n");
			return 1;
		}
		yield* showBytes(yield* readAll(STDIN), toTerminal);
		return 0;
	}
	for (const name of files) {
		try {
			if (((yield* stat(name)).mode & S.IFMT) === S.IFDIR) {
				yield* print(`\n*** ${name}: directory ***\n\n`);
				continue;
			}
			const bytes = yield* readFile(name);
			if (files.length > 1 || !toTerminal) yield* heading(name, files.length);
			if (!(yield* showBytes(bytes, toTerminal))) return 0;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* printError(`more: cannot open ${name}: ${strerror(thrown)}\n`);
		}
	}
	return 0;
};

function* heading(name: string, count: number): Sys<void> {
	if (count > 1) yield* print(`::::::::::::::\n${name}\n::::::::::::::\n`);
}

/** @returns false when the reader has left */
function* showBytes(bytes: Uint8Array, toTerminal: boolean): Sys<boolean> {
	if (!toTerminal) {
		if (bytes.length > 0) yield* write(STDOUT, bytes);
		return true;
	}
	const input = (yield* isTerminal(STDIN)) ? STDIN : yield* openTerminal();
	const before = yield* tcgetattr(input);
	yield* tcsetattr(input, { canonical: false, echo: false });
	const staying = yield* pages(decode(bytes), new Screen(input, STDOUT));
	yield* tcsetattr(input, { canonical: before.canonical, echo: before.echo });
	return staying;
}

function* pages(text: string, screen: Screen): Sys<boolean> {
	const lines = text.replace(/\n$/, '').split('\n');
	const sizes = lines.map((line) => line.length + 1);
	const total = Math.max(1, text.length);
	const { rows, columns } = yield* winsize(STDOUT);
	const window = Math.max(2, rows || 24) - 1;
	let at = 0;
	let wanted = window;
	for (;;) {
		let room = wanted;
		let shown = '';
		while (at < lines.length && room > 0) {
			room -= Math.max(1, Math.ceil(layOut(lines[at]!).cells.length / (columns || 80)));
			shown += `${lines[at++]!}\n`;
		}
		yield* print(shown);
		if (at >= lines.length) return true;
		const read = sizes.slice(0, at).reduce((sum, size) => sum + size, 0);
		yield* print(`\x1b[7m--More--(${Math.floor((100 * read) / total)}%)\x1b[27m`);
		const key = yield* screen.key();
		yield* print('\r\x1b[K');
		if (key === null || key === 'q' || key === 'Q' || key === '^C') return false;
		if (key === 'Enter' || key === '^J' || key === 'j') wanted = 1;
		else if (key === 'd' || key === '^D') wanted = 11;
		else if (key === 'b' || key === '^B') {
			at = Math.max(0, at - 2 * window);
			wanted = window;
		} else if (key === '/') {
			at = yield* search(lines, at, screen);
			wanted = window;
		} else if (key === '=') {
			yield* print(`${at}\n`);
			wanted = 0;
		} else wanted = key === ' ' || key === 'f' || key === 'PageDown' ? window : 0;
	}
}

/** @returns the line to go on with: two above the match */
function* search(lines: readonly string[], at: number, screen: Screen): Sys<number> {
	let text = '';
	yield* print('/');
	for (;;) {
		const key = yield* screen.key();
		if (key === null || key === 'Escape') return at;
		if (key === 'Enter' || key === '^J') break;
		if (key === 'Backspace') text = text.slice(0, -1);
		else if ([...key].length === 1) text += key;
		yield* print(`\r\x1b[K/${text}`);
	}
	yield* print('\r\x1b[K');
	const pattern = compile(text, false);
	const found = pattern ? lines.findIndex((line, index) => index >= at && pattern(line).length > 0) : -1;
	if (found < 0) {
		yield* print('\x1b[7mPattern not found\x1b[27m\n');
		return at;
	}
	yield* print('...skipping\n');
	return Math.max(at, found - 2);
}

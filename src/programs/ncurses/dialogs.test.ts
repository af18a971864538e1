/** Programs that use the whole terminal, driven by keys; compared with the real ones at the same size. */
import { describe, expect, it } from 'vitest';
import { machine } from '#kernel/fixture';
import type { Main } from '#kernel/syscalls';
import { decode, encode } from '#kernel/text';
import { less } from '../less/less';
import { more } from '../util-linux/more';
import { Paper } from './fixture';

const numbers = (from: number, to: number): string[] =>
	Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
const FILES: Readonly<Record<string, string>> = { '/tmp/f': `${numbers(1, 100).join('\n')}\n`, '/tmp/short': 'a\nb\n' };

function sit(main: Main, argv: readonly string[]) {
	const shell: Main = (_argv, env) => main(argv, env);
	const host = machine({ shell });
	host.disk.mkdir('/root');
	host.disk.writeFile('/etc/passwd', 'root:x:0:0:root:/root:/bin/shell\n');
	for (const [path, text] of Object.entries(FILES)) host.disk.writeFile(path, text);
	const paper = new Paper(8, 60);
	const terminal = host.openTerminal({ id: 'a:1', user: 'root', rows: 8, columns: 60 });
	let closed = false;
	terminal.onOutput((bytes) => paper.feed(decode(bytes)));
	terminal.onClose(() => (closed = true));
	const pass = (): void => void host.engine.runUntil(host.engine.now + 200_000);
	pass();
	return {
		paper,
		isClosed: () => closed,
		type(keys: string): void {
			terminal.type(encode(keys));
			pass();
		}
	};
}

describe('less', () => {
	const dialogs: [keys: string, rows: string[]][] = [
		['', [...numbers(1, 7), '/tmp/f']],
		[' ', [...numbers(8, 14), ':']],
		['\r', [...numbers(2, 8), ':']],
		['jjk', [...numbers(2, 8), ':']],
		['G', [...numbers(94, 100), '(END)']],
		['Gg', [...numbers(1, 7), ':']],
		['Gb', [...numbers(87, 93), ':']],
		['50g', [...numbers(50, 56), ':']],
		['/55\r', [...numbers(55, 61), ':']],
		['/1\rn', [...numbers(11, 17), ':']],
		['/zzz\r', [...numbers(1, 7), 'Pattern not found  (press RETURN)']],
		['G?42\r', [...numbers(42, 48), ':']]
	];
	it.each(dialogs)('after the keys %j', (keys, rows) => {
		const seat = sit(less, ['less', '/tmp/f']);
		seat.type(keys);
		expect(numbers(1, 8).map((row) => seat.paper.row(Number(row)))).toEqual(rows);
	});

	it('fills the screen below a short text with tildes and ends with q', () => {
		const seat = sit(less, ['less', '/tmp/short']);
		expect(seat.paper.text()).toBe('a\nb\n~\n~\n~\n~\n~\n/tmp/short');
		seat.type('q');
		expect(seat.isClosed()).toBe(true);
	});
});

describe('more', () => {
	it.each([
		['', [...numbers(1, 7), '--More--(4%)']],
		[' ', [...numbers(8, 14), '--More--(11%)']],
		[' \r', [...numbers(9, 15), '--More--(12%)']]
	])('after the keys %j', (keys, rows) => {
		const seat = sit(more, ['more', '/tmp/f']);
		seat.type(keys);
		expect(numbers(1, 8).map((row) => seat.paper.row(Number(row)))).toEqual(rows);
	});
});

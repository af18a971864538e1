import { describe, expect, it } from 'vitest';
import { machine } from '#kernel/fixture';
import type { Main } from '#kernel/syscalls';
import { decode, encode } from '#kernel/text';
import { Paper } from '../ncurses/fixture';
import { nano } from './nano';

/** Opens nano on a file at a terminal of 80 × 24. */
function sit(content: string | null, name = '/tmp/main.cf') {
	const shell: Main = (_argv, env) => nano(['nano', name], env);
	const host = machine({ shell });
	host.disk.mkdir('/root');
	host.disk.writeFile('/etc/passwd', 'root:x:0:0:root:/root:/bin/shell\n');
	if (content !== null) host.disk.writeFile('/tmp/main.cf', content);
	const paper = new Paper();
	const terminal = host.openTerminal({ id: 'a:1', user: 'root', rows: 24, columns: 80 });
	terminal.onOutput((bytes) => paper.feed(decode(bytes)));
	const pass = (): void => void host.engine.runUntil(host.engine.now + 200_000);
	pass();
	return {
		paper,
		file: () => host.disk.readText('/tmp/main.cf'),
		type(text: string): void {
			terminal.type(encode(text));
			pass();
		}
	};
}

const TEXT = 'relayhost =\nmydestination = $myhostname\n\tindented\n';

/* compared with nano 7.2 in a terminal of the same size */
describe('nano', () => {
	it('shows title, text, message and shortcuts', () => {
		const { paper } = sit(TEXT);
		expect(paper.row(1)).toBe(`  GNU nano 7.2${' '.repeat(22)}/tmp/main.cf`);
		expect(paper.row(2)).toBe('relayhost =');
		expect(paper.row(4)).toBe('        indented');
		expect(paper.row(22).trim()).toBe('[ Read 3 lines ]');
		expect(paper.row(23)).toBe('^G Help      ^O Write Out ^W Where Is  ^K Cut       ^T Execute   ^C Location');
		expect(paper.row(24)).toBe('^X Exit      ^R Read File ^\\ Replace   ^U Paste     ^J Justify   ^/ Go To Line');
		expect(paper.cursor).toEqual([2, 1]);
	});

	it.each([
		['typing and ^S', 'abc\r\x13', 'abc\nrelayhost =\nmydestination = $myhostname\n\tindented\n', '[ Wrote 4 lines ]'],
		['^O asks for the name', 'x\x0f\r', `x${TEXT}`, '[ Wrote 3 lines ]'],
		[
			'cut, paste twice',
			'\x0b\x0b\x15\x15\x13',
			'relayhost =\nmydestination = $myhostname\n'.repeat(2) + '\tindented\n',
			'[ Wrote 5 lines ]'
		],
		['cut at the end', '\x1b/\x0b', TEXT, '[ Nothing was cut ]'],
		['undo', 'abc\x1bu', TEXT, '[ Undid addition ]'],
		['search', '\x17INDENT\r\x13', TEXT, '[ Wrote 3 lines ]'],
		['search for what is not there', '\x17zzzz\r', TEXT, '[ "zzzz" not found ]'],
		['replace all', '\x1chost\rnew\ra\x13', TEXT.replaceAll('host', 'new'), '[ Wrote 3 lines ]'],
		['location', '\x1b[B\x1b[C\x1b[C\x03', TEXT, '[ line  2/4 (50%), col  3/28 ( 10%), char 14/50 (28%) ]'],
		[
			'line joined with Backspace',
			'\x1b[B\x7f\x13',
			'relayhost =mydestination = $myhostname\n\tindented\n',
			'[ Wrote 2 lines ]'
		],
		['go to a line', '\x1f3\rx\x13', TEXT.replace('\t', 'x\t'), '[ Wrote 3 lines ]']
	])('%s', (_what, keys, content, message) => {
		const seat = sit(TEXT);
		seat.type(keys);
		expect(seat.paper.row(22).trim()).toBe(message);
		expect(seat.file()).toBe(content);
	});

	it('asks before changes are lost', () => {
		const seat = sit(TEXT);
		seat.type('a\x18');
		expect(seat.paper.row(22)).toBe('Save modified buffer?');
		expect(seat.paper.row(24)).toBe(' N No           ^C Cancel');
		seat.type('y\r');
		expect(seat.file()).toBe(`a${TEXT}`);
	});

	it('begins a new file', () => {
		const seat = sit(null);
		expect(seat.paper.row(22).trim()).toBe('[ New File ]');
		seat.type('hello\x18y\r');
		expect(seat.file()).toBe('hello\n');
	});

	it('says when the directory is missing', () => {
		const seat = sit(null, '/nosuchdir/x');
		expect(seat.paper.row(22).trim()).toBe("[ Directory '/nosuchdir' does not exist ]");
		seat.type('a\x0f\r');
		expect(seat.paper.row(22).trim()).toBe('[ Error writing /nosuchdir/x: No such file or directory ]');
	});
});

import { describe, expect, it } from 'vitest';
import { print } from '#programs/libc/stdio';
import {
	fork,
	getpgid,
	getpid,
	kill,
	open,
	read,
	setpgid,
	signal,
	sleep,
	takeSignals,
	tcgetpgrp,
	tcsetattr,
	tcsetpgrp,
	ttyname,
	wait,
	winsize,
	write
} from '#programs/libc/unistd';
import { machine, outcome } from '../fixture';
import type { Host, HostTerminal } from '../host';
import { O, SIGNAL, type Main } from '../syscalls';
import { decode, encode } from '../text';

interface Seat {
	readonly host: Host;
	readonly terminal: HostTerminal;
	/** what was printed so far */
	screen(): string;
	closed(): boolean;
	/** types and lets 100 ms pass */
	type(text: string): void;
	pass(milliseconds?: number): void;
}

/** A terminal whose login shell is the given program. */
function sit(shell: Main): Seat {
	const host = machine({ shell });
	host.disk.writeFile('/etc/passwd', 'root:x:0:0:root:/root:/bin/shell\nanna:x:1001:1001::/home/anna:/bin/shell\n');
	host.disk.mkdir('/home/anna', { uid: 1001, gid: 1001 });
	const terminal = host.openTerminal({ id: 'a:1', user: 'anna', rows: 24, columns: 80 });
	let screen = '';
	let closed = false;
	terminal.onOutput((bytes) => (screen += decode(bytes)));
	terminal.onClose(() => (closed = true));
	const pass = (milliseconds = 100): void => void host.engine.runUntil(host.engine.now + milliseconds * 1000);
	pass();
	return {
		host,
		terminal,
		screen: () => screen,
		closed: () => closed,
		type: (text) => {
			terminal.type(encode(text));
			pass();
		},
		pass
	};
}

/** Shows each line that it reads, with its end of file as <>. */
const echoLines: Main = function* () {
	for (let count = 0; count < 3; count++) yield* print(`<${decode(yield* read(0, 100))}>`);
	return 0;
};

const DEL = '\x7f';

/* compared with a pseudo-terminal of Linux 6.18 */
describe('a line', () => {
	const lines: [what: string, typed: string, screen: string][] = [
		['return is newline, and newline goes out as CR NL', 'ab\r', 'ab\r\n<ab\r\n>'],
		['DEL takes a character', `abc${DEL}${DEL}x\r`, 'abc\b \b\b \bx\r\n<ax\r\n>'],
		['DEL on an empty line does nothing', `${DEL}x\r`, 'x\r\n<x\r\n>'],
		['DEL takes a whole UTF-8 character', `aü${DEL}\r`, 'aü\b \b\r\n<a\r\n>'],
		['^U takes the line', 'abc\x15x\r', 'abc\b \b\b \b\b \bx\r\n<x\r\n>'],
		['^W stops at what is no letter', 'a/b-c  \x17\r', 'a/b-c  \b \b\b \b\b \b\r\n<a/b-\r\n>'],
		['DEL goes back over a tab', `a\tb${DEL}${DEL}\r`, `a\tb\b \b${'\b'.repeat(7)}\r\n<a\r\n>`],
		['^H is a character like others', 'a\b\r', 'a^H\r\n<a\b\r\n>'],
		['^R shows the line again', 'ab\x12c\r', 'ab^R\r\nabc\r\n<abc\r\n>'],
		['^W takes a word', 'one two \x17x\r', 'one two \b \b\b \b\b \b\b \bx\r\n<one x\r\n>'],
		['control characters are shown with ^', '\x01\r', '^A\r\n<\x01\r\n>'],
		['^V takes the next key as it is', '\x16\x03\r', '^\b^C\r\n<\x03\r\n>'],
		['^D gives what is there', 'ab\x04', 'ab<ab>'],
		['^D on an empty line is the end of the file', '\x04', '<>'],
		['nothing is read before the line ends', 'ab', 'ab'],
		['one read, one line', 'a\rb\r', 'a\r\nb\r\n<a\r\n><b\r\n>']
	];
	it.each(lines)('%s', (_what, typed, screen) => {
		const seat = sit(echoLines);
		seat.type(typed);
		expect(seat.screen()).toBe(screen);
	});

	it('is bounded at 4,096 bytes', () => {
		const seat = sit(function* () {
			yield* print(String((yield* read(0, 10_000)).length));
			return 0;
		});
		seat.type('x'.repeat(5000));
		seat.type('\r');
		expect(seat.screen().endsWith('\r\n4096')).toBe(true);
	});

	it('in raw mode every key is there at once and unchanged', () => {
		const seat = sit(function* () {
			yield* tcsetattr(0, { canonical: false, echo: false, signals: false, crToNl: false, nlToCrnl: false });
			for (let i = 0; i < 2; i++) yield* print(`<${JSON.stringify(decode(yield* read(0, 100)))}>\n`);
			return 0;
		});
		seat.type('\x03');
		seat.type('\x1b[A\r');
		expect(seat.screen()).toBe('<"\\u0003">\n<"\\u001b[A\\r">\n');
	});
});

describe('keys that send signals', () => {
	const child = (then: Main): Main =>
		function* () {
			for (const name of ['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGTTOU'] as const) yield* signal(SIGNAL[name], 'ignore');
			const pid = yield* fork(function* () {
				for (const name of ['SIGINT', 'SIGQUIT', 'SIGTSTP'] as const) yield* signal(SIGNAL[name], 'default');
				yield* setpgid(0, 0);
				return yield* then([], new Map());
			});
			yield* setpgid(pid, pid);
			yield* tcsetpgrp(0, pid);
			const status = yield* wait(pid, { untraced: true });
			yield* tcsetpgrp(0, yield* getpid());
			yield* print(`${status!.kind} ${'signal' in status! ? status.signal : ''}`);
			yield* kill(-pid, SIGNAL.SIGKILL);
			return 0;
		};

	it.each([
		['^C', '\x03', '^Csignalled 2'],
		['^\\', '\x1c', '^\\signalled 3'],
		['^Z', '\x1a', '^Zstopped 20']
	])('%s reaches the foreground group, not the shell', (_name, key, screen) => {
		const seat = sit(
			child(function* () {
				for (;;) yield* sleep(1e9);
			})
		);
		seat.type(key);
		expect(seat.screen()).toBe(screen);
	});

	it('^C drops the line that was begun', () => {
		const seat = sit(function* () {
			yield* signal(SIGNAL.SIGINT, 'catch');
			yield* outcome(read(0, 100));
			yield* takeSignals();
			yield* print(`<${decode(yield* read(0, 100))}>`);
			return 0;
		});
		seat.type('abc\x03');
		seat.type('de\r');
		expect(seat.screen()).toBe('abc^Cde\r\n<de\r\n>');
	});

	it('a background process that reads is stopped', () => {
		const seat = sit(function* () {
			const pid = yield* fork(function* () {
				yield* setpgid(0, 0);
				yield* read(0, 10);
				return 0;
			});
			const status = yield* wait(pid, { untraced: true });
			yield* print(`${status!.kind} ${'signal' in status! ? status.signal : ''}`);
			yield* tcsetpgrp(0, pid);
			yield* kill(pid, SIGNAL.SIGCONT);
			yield* wait(pid);
			return 0;
		});
		expect(seat.screen()).toBe('stopped 21');
		seat.type('x\r');
		expect(seat.closed()).toBe(true);
	});

	it('^S holds the output back, ^Q lets it go', () => {
		const seat = sit(function* () {
			for (let i = 0; i < 3; i++) {
				yield* sleep(1_000_000);
				yield* print(`${i}`);
			}
			return 0;
		});
		seat.type('\x13');
		seat.pass(5000);
		expect(seat.screen()).toBe('');
		seat.type('\x11');
		seat.pass(5000);
		expect(seat.screen()).toBe('012');
	});
});

describe('a terminal', () => {
	it('belongs to its user and is the session’s own', () => {
		const seat = sit(function* (argv, env) {
			const tty = yield* open('/dev/tty', O.RDWR);
			const { rows, columns } = yield* winsize(tty);
			yield* print(`${argv[0]} ${yield* ttyname(0)} ${rows} ${columns} ${env.get('HOME')} ${env.get('TERM')} `);
			yield* print(String((yield* tcgetpgrp(tty)) === (yield* getpgid(0))));
			return 0;
		});
		expect(seat.screen()).toBe('-shell /dev/pts/0 24 80 /home/anna xterm-256color true');
		expect(seat.closed()).toBe(true);
		expect(seat.host.disk.exists('/dev/pts/0')).toBe(false);
	});

	it('tells of a new size', () => {
		const seat = sit(function* () {
			yield* signal(SIGNAL.SIGWINCH, 'catch');
			yield* outcome(sleep(1e12));
			yield* print(`${(yield* winsize(0)).columns}`);
			return 0;
		});
		seat.terminal.resize(30, 100);
		seat.pass();
		expect(seat.screen()).toBe('100');
	});

	it('hangs up: the session gets SIGHUP', () => {
		const seat = sit(function* () {
			yield* fork(function* () {
				for (;;) yield* sleep(1e9);
			});
			for (;;) yield* sleep(1e9);
		});
		expect(seat.host.processes().length).toBe(2);
		seat.terminal.hangup();
		seat.pass();
		expect(seat.host.processes().length).toBe(0);
		expect(seat.closed()).toBe(true);
	});

	it('holds back a program that prints without end', () => {
		const seat = sit(function* () {
			const bytes = encode('y\n'.repeat(4096));
			for (;;) yield* write(1, bytes);
		});
		seat.pass(1000);
		expect(seat.screen().length).toBeGreaterThan(1_000_000);
		expect(seat.screen().length).toBeLessThan(4_000_000);
		seat.type('\x03');
		seat.pass(1000);
		expect(seat.closed()).toBe(true);
	});
});

/**
 * watch(1) of procps-ng 4.0.2: a command again and again, its output on a full screen.
 *
 * Does: -n, -t, -e, -g, -x; the heading with interval, command, host and time.
 * Not simulated: differences (-d is taken and shows nothing special), colours, beeps.
 */
import { type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { print, printError, readAll, STDIN, STDOUT } from '../libc/stdio';
import { exitStatus, spawn } from '../libc/spawn';
import { breakDown, strftime } from '../libc/strftime';
import { decode } from '../libc/text';
import { close, dup2, pipe, poll, time, uname, wait } from '../libc/unistd';
import { layOut, Screen } from './screen';

const OPTIONS = new OptionTable([
	'b|beep',
	'c|color',
	'd|differences=?',
	'e|errexit',
	'g|chgexit',
	'q|equexit=',
	'n|interval=',
	'p|precise',
	't|no-title',
	'w|no-wrap',
	'x|exec',
	'h|help',
	'v|version'
]);
const USAGE = `
Usage:
 watch [options] command

Options:
  -b, --beep             beep if command has a non-zero exit
  -c, --color            interpret ANSI color and style sequences
  -d, --differences[=<permanent>]
                         highlight changes between updates
  -e, --errexit          exit if command has a non-zero exit
  -g, --chgexit          exit when output from command changes
  -q, --equexit <cycles>
                         exit when output from command does not change
  -n, --interval <secs>  seconds to wait between updates
  -p, --precise          attempt run command in precise intervals
  -t, --no-title         turn off header
  -w, --no-wrap          turn off line wrapping
  -x, --exec             pass command to exec instead of "sh -c"

 -h, --help     display this help and exit
 -v, --version  output version information and exit

For more details see watch(1).
`;

export const watch: Main = function* (argv, env) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS, { posix: true });
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`watch: ${thrown.message}\n${USAGE}`);
		return 1;
	}
	if (parsed.has('version')) {
		yield* print('watch from procps-ng 4.0.2\n');
		return 0;
	}
	if (parsed.has('help') || parsed.operands.length === 0) {
		if (parsed.has('help')) yield* print(USAGE);
		else yield* printError(USAGE);
		return parsed.has('help') ? 0 : 1;
	}
	const seconds = Number(parsed.get('interval') ?? 2);
	if (!Number.isFinite(seconds)) {
		yield* printError(`watch: failed to parse argument: '${parsed.get('interval')!}'\n`);
		return 1;
	}
	const screen = new Screen(STDIN, STDOUT);
	// Keys are of no interest, but Ctrl-C ends it.
	yield* screen.open();
	const status = yield* repeat(parsed, Math.max(0.1, seconds), screen, env);
	yield* screen.close();
	return status;
};

function* repeat(parsed: Parsed, seconds: number, screen: Screen, env: ReadonlyMap<string, string>): Sys<number> {
	const { nodename } = yield* uname();
	let before: string | undefined;
	for (;;) {
		const { text, status } = yield* output(parsed, env);
		yield* draw(parsed, seconds, screen, nodename, text);
		if (parsed.has('errexit') && status !== 0) return status;
		if (parsed.has('chgexit') && before !== undefined && before !== text) return 0;
		before = text;
		const end = (yield* time()) + seconds * 1e6;
		for (let left = seconds * 1e6; left > 0; left = end - (yield* time())) {
			if ((yield* poll([{ fd: STDIN, read: true }], left)).length === 0) break;
			const key = yield* screen.key();
			if (key === '^C' || key === null) return 130;
			if (key === 'Resize') break;
		}
	}
}

function* draw(parsed: Parsed, seconds: number, screen: Screen, host: string, text: string): Sys<void> {
	const { rows, columns } = screen;
	const lines: string[] = [];
	if (!parsed.has('no-title')) {
		const left = `Every ${seconds.toFixed(1)}s: ${parsed.operands.join(' ')}`;
		const right = `${host}: ${strftime('%a %b %e %H:%M:%S %Y', breakDown(yield* time()))}`;
		const room = columns - right.length - 1;
		lines.push(
			left.length > room
				? `${left.slice(0, Math.max(0, room - 3))}... ${right}`
				: left.padEnd(columns - right.length) + right,
			''
		);
	}
	for (const line of text.replace(/\n$/, '').split('\n')) {
		const { cells } = layOut(line);
		for (let at = 0; at === 0 || at < cells.length; at += columns) lines.push(cells.slice(at, at + columns).join(''));
	}
	yield* screen.draw(lines.slice(0, rows), { row: rows - 1, column: columns - 1 });
}

function* output(parsed: Parsed, env: ReadonlyMap<string, string>): Sys<{ text: string; status: number }> {
	const [from, to] = yield* pipe();
	const { operands } = parsed;
	const argv = parsed.has('exec') ? ['env', '--', ...operands] : ['sh', '-c', operands.join(' ')];
	const pid = yield* spawn(parsed.has('exec') ? '/usr/bin/env' : '/bin/sh', argv, env, {
		*prepare() {
			yield* dup2(to, 1);
			yield* dup2(to, 2);
			yield* close(to);
			yield* close(from);
		}
	});
	yield* close(to);
	const text = decode(yield* readAll(from));
	yield* close(from);
	const ended = yield* wait(pid);
	return { text, status: ended ? exitStatus(ended) : 0 };
}

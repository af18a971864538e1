/**
 * Running a command with a mail on its standard input (pipe_command(3)), as a user, and reading sysexits(3).
 *
 * The text of the exit status is Postfix's; a command that prints has its first words quoted in the report.
 */
import { Errno, O, type Sys, type WaitStatus } from '#kernel/syscalls';
import { decode, encode } from '../libc/text';
import {
	chdir,
	close,
	dup2,
	exec,
	fork,
	pipe,
	poll,
	read,
	setgid,
	setgroups,
	setuid,
	setfl,
	wait,
	write
} from '../libc/unistd';
import type { Dsn } from './delivery';

const SYSEXITS: Readonly<Record<number, readonly [dsn: string, text: string]>> = {
	64: ['5.3.5', 'command line usage error'],
	65: ['5.6.0', 'data format error'],
	66: ['5.3.0', 'cannot open input'],
	67: ['5.1.1', 'user unknown'],
	68: ['5.1.2', 'host name unknown'],
	69: ['5.3.0', 'service unavailable'],
	70: ['5.3.0', 'internal software error'],
	71: ['4.3.0', 'system resource problem'],
	72: ['5.3.5', 'critical OS file missing'],
	73: ['5.2.0', "can't create user output file"],
	74: ['5.3.0', 'input/output error'],
	75: ['4.3.0', 'temporary failure'],
	76: ['5.5.0', 'remote error in protocol'],
	77: ['5.7.0', 'permission denied'],
	78: ['5.3.5', 'local configuration error']
};

export interface CommandOptions {
	readonly argv: readonly string[];
	/** as messages name it */
	readonly title: string;
	readonly uid: number;
	readonly gid: number;
	readonly directory: string;
	readonly env: ReadonlyMap<string, string>;
	readonly input: string;
}

/** @returns null for success */
export function* pipeCommand(options: CommandOptions): Sys<Dsn | null> {
	const [inRead, inWrite] = yield* pipe();
	const [outRead, outWrite] = yield* pipe();
	const child = yield* fork(function* () {
		yield* dup2(inRead, 0);
		yield* dup2(outWrite, 1);
		yield* dup2(outWrite, 2);
		for (let fd = 3; fd < 40; fd++) {
			try {
				yield* close(fd);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
			}
		}
		try {
			yield* setgroups([]);
			yield* setgid(options.gid);
			yield* setuid(options.uid);
			if (options.directory) yield* chdir(options.directory);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		return yield* runCommand(options);
	});
	yield* close(inRead);
	yield* close(outWrite);
	yield* feed(inWrite, encode(options.input), outRead);
	yield* close(inWrite);
	let output = '';
	for (;;) {
		const part = yield* read(outRead, 4096);
		if (part.length === 0) break;
		if (output.length < 1024) output += decode(part);
	}
	yield* close(outRead);
	const status = yield* wait(child);
	return outcome(options.title, status, output.replace(/[^\x20-\x7e\x80-\uffff]/g, ' '));
}

/** What the end of a command means (pipe_command.c): its own "D.S.N text", sysexits(3), or a bounce. */
function outcome(title: string, ended: WaitStatus | null, output: string): Dsn | null {
	const said = output === '' ? '' : `. Command output: ${output}`;
	const failed = (status: string, text: string, detail: string): Dsn => ({
		status,
		text,
		diagnosticType: 'x-unix',
		diagnostic: output === '' ? detail : output
	});
	if (ended?.kind === 'signalled')
		return failed('4.3.0', `Command died with signal ${ended.signal}: "${title}"${said}`, SYSEXITS[70]![1]);
	if (ended?.kind !== 'exited' || ended.status === 0) return null;
	const own = /^([45]\.\d{1,3}\.\d{1,3})(?: +(.*))?$/s.exec(output);
	if (own) return { status: own[1]!, text: own[2] ?? '', diagnosticType: 'x-unix', diagnostic: own[2] ?? '' };
	const row = SYSEXITS[ended.status];
	if (row) return failed(row[0], row[1] + said, row[1]);
	const detail = `unknown mail system error ${ended.status}`;
	return failed('5.3.0', `Command died with status ${ended.status}: "${title}"${said}`, detail);
}

/** The command itself: without shell syntax directly, else by /bin/sh. A missing program gives 75, a temporary failure. */
function* runCommand(options: CommandOptions): Sys<number> {
	const attempt = function* (path: string, argv: readonly string[]): Sys<void> {
		try {
			yield* exec(path, argv, options.env);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	};
	if (options.argv.length > 1 || /^[A-Za-z0-9_.,/+@%:=-]+( |$)/.test(options.argv[0]!)) {
		const words = options.argv.length > 1 ? options.argv : options.argv[0]!.split(' ').filter((word) => word !== '');
		const plain = options.argv.length > 1 || !/[^A-Za-z0-9_.,/+@%:= -]/.test(options.argv[0]!);
		if (plain) {
			if (words[0]!.includes('/')) yield* attempt(words[0]!, words);
			else
				for (const directory of ['/usr/bin', '/bin', '/usr/sbin', '/sbin'])
					yield* attempt(`${directory}/${words[0]}`, words);
			return 75;
		}
	}
	yield* attempt('/bin/sh', ['sh', '-c', options.argv.join(' ')]);
	return 75;
}

/** Writes without getting stuck on a command that does not read. */
function* feed(fd: number, bytes: Uint8Array, output: number): Sys<void> {
	yield* setfl(fd, O.NONBLOCK | O.WRONLY);
	for (let at = 0; at < bytes.length;) {
		const ready = yield* poll(
			[
				{ fd, write: true },
				{ fd: output, read: true }
			],
			-1
		);
		const mine = ready.find((one) => one.fd === fd);
		if (!mine) return;
		try {
			at += yield* write(fd, bytes.subarray(at, at + 4096));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'EAGAIN') return;
		}
	}
}

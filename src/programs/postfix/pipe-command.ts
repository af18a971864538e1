/**
 * Running a command with a mail on its standard input (pipe_command(3)), as a user, and reading sysexits(3).
 *
 * The text of the exit status is Postfix's; a command that prints has its first words quoted in the report.
 */
import { Errno, O, SIGNAL, type Sys, type WaitStatus } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { syslog } from '../libc/syslog';
import { decode, encode } from '../libc/text';
import {
	chdir,
	close,
	dup2,
	exec,
	fork,
	kill,
	pipe,
	poll,
	read,
	setgid,
	setgroups,
	setpgid,
	setuid,
	setfl,
	time,
	wait,
	write
} from '../libc/unistd';
import type { Dsn } from './delivery';

const SYSEXITS: Readonly<Record<number, readonly [dsn: string, text: string]>> = {
	64: ['5.3.0', 'command line usage error'],
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
	/** who complains when the command cannot be executed: "pipe" */
	readonly program: string;
	/** argv is executed as it is, never by a shell */
	readonly direct?: boolean;
	/** microseconds that it may take (command_time_limit) */
	readonly timeLimit: number;
	readonly argv: readonly string[];
	/** as messages name it */
	readonly title: string;
	readonly uid: number;
	readonly gid: number;
	readonly directory: string;
	readonly env: ReadonlyMap<string, string>;
	readonly input: string;
}

export interface CommandResult {
	/** null for success */
	readonly failure: Dsn | null;
	/** the first of what it printed, on one line */
	readonly output: string;
}

export function* pipeCommand(options: CommandOptions): Sys<CommandResult> {
	const [inRead, inWrite] = yield* pipe();
	const [outRead, outWrite] = yield* pipe();
	const child = yield* fork(function* () {
		yield* dup2(inRead, 0);
		yield* dup2(outWrite, 1);
		yield* dup2(outWrite, 2);
		yield* setpgid(0, 0);
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
	const until = (yield* time()) + options.timeLimit;
	const said = yield* converse(inWrite, encode(options.input), outRead, until);
	const late = said === null;
	const output = said ?? '';
	if (late) yield* killGroup(child);
	yield* close(outRead);
	const status = yield* wait(child);
	const line = output.replace(/[^\x20-\x7e\x80-\uffff]/g, ' ');
	return { failure: outcome(options.title, status, line, late), output: line };
}

/** What the end of a command means (pipe_command.c): its own "D.S.N text", sysexits(3), or a bounce. */
function* killGroup(child: number): Sys<void> {
	for (const pid of [-child, child]) {
		try {
			yield* kill(pid, SIGNAL.SIGKILL);
		} catch (thrown) {
			errnoOf(thrown);
		}
	}
}

function outcome(title: string, ended: WaitStatus | null, output: string, late: boolean): Dsn | null {
	const said = output === '' ? '' : `. Command output: ${output}`;
	const failed = (status: string, text: string, detail: string): Dsn => ({
		status,
		text,
		diagnosticType: 'x-unix',
		diagnostic: output === '' ? detail : output
	});
	if (late) return failed('4.3.0', `Command time limit exceeded: "${title}"${said}`, SYSEXITS[75]![1]);
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
	let problem = 'No such file or directory';
	const attempt = function* (path: string, argv: readonly string[]): Sys<void> {
		try {
			yield* exec(path, argv, options.env);
		} catch (thrown) {
			problem = strerror(errnoOf(thrown));
		}
	};
	const complain = function* (name: string): Sys<number> {
		const text = `${options.program}: fatal: ${options.direct ? 'pipe_command: ' : ''}execvp ${name}: ${problem}`;
		yield* write(2, encode(`${text}\n`));
		yield* syslog({ ident: options.program, facility: 'mail' }, 'crit', text.slice(options.program.length + 2));
		return 75;
	};
	if (options.direct || options.argv.length > 1 || /^[A-Za-z0-9_.,/+@%:=-]+( |$)/.test(options.argv[0]!)) {
		const words =
			options.direct || options.argv.length > 1
				? options.argv
				: options.argv[0]!.split(' ').filter((word) => word !== '');
		const plain = options.direct || options.argv.length > 1 || !/[^A-Za-z0-9_.,/+@%:= -]/.test(options.argv[0]!);
		if (plain) {
			if (words[0]!.includes('/')) yield* attempt(words[0]!, words);
			else
				for (const directory of ['/usr/bin', '/bin', '/usr/sbin', '/sbin'])
					yield* attempt(`${directory}/${words[0]}`, words);
			/* a bare word that is no program may be the shell's own */
			if (options.direct || words[0]!.includes('/')) return yield* complain(words[0]!);
		}
	}
	yield* attempt('/bin/sh', ['sh', '-c', options.argv.join(' ')]);
	return 75;
}

const OUTPUT_KEPT = 1024;

/**
 * Feeds the command and hears what it says, whichever comes first, until it closes its output.
 * @returns the first of what it said; null when the time is over
 */
function* converse(input: number, bytes: Uint8Array, output: number, until: number): Sys<string | null> {
	yield* setfl(input, O.NONBLOCK | O.WRONLY);
	let at = 0;
	let feeding = true;
	let said = '';
	const stop = function* (): Sys<void> {
		feeding = false;
		yield* close(input);
	};
	for (;;) {
		if (feeding && at >= bytes.length) yield* stop();
		const watched = [{ fd: output, read: true }, ...(feeding ? [{ fd: input, write: true }] : [])];
		const ready = yield* poll(watched, Math.max(0, until - (yield* time())));
		if (ready.length === 0) {
			if (feeding) yield* stop();
			return null;
		}
		for (const { fd } of ready) {
			if (fd === output) {
				const part = yield* read(output, 4096);
				if (part.length === 0) {
					if (feeding) yield* stop();
					return said;
				}
				if (said.length < OUTPUT_KEPT) said += decode(part);
				continue;
			}
			try {
				at += yield* write(input, bytes.subarray(at, at + 4096));
			} catch (thrown) {
				/* a command that reads no more may still mean well */
				if (errnoOf(thrown).code !== 'EAGAIN') yield* stop();
			}
		}
	}
}

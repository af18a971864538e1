/** break continue return exit logout shift eval . source exec : true false let test [ times getopts */
import type { Sys } from '#kernel/syscalls';
import { Errno, O, S } from '#kernel/syscalls';
import { decode } from '#kernel/text';
import { strerror } from '../../libc/strerror';
import { readAll } from '../../libc/stdio';
import { close, fstat, open, times } from '../../libc/unistd';
import { BreakLoop, CommandFailure, ContinueLoop, AbandonShell, ExitShell, ReturnFrom } from '../control';
import { evaluateText } from '../expand/expand';
import { runText } from '../reader';
import { candidates, execProgram, findCommand } from '../simple';
import type { Shell } from '../shell';
import { testBuiltin } from '../test-command';
import { runExitTrap } from '../traps';
import { options, usage, type Builtin } from './options';

/** A count for break, continue, shift, exit, return. */
function* numeric(shell: Shell, text: string): Sys<number | null> {
	if (/^\s*[+-]?\d+\s*$/.test(text)) return Number(text);
	yield* shell.complain(shell.dash ? `Illegal number: ${text}` : `${text}: numeric argument required`);
	return null;
}

const loop = (name: 'break' | 'continue'): Builtin =>
	function* (shell, argv) {
		if (shell.loops === 0) {
			if (!shell.dash) yield* shell.complain("only meaningful in a `for', `while', or `until' loop");
			return 0;
		}
		let levels = 1;
		if (argv[1] !== undefined) {
			const count = yield* numeric(shell, argv[1]);
			if (count === null) throw new ExitShell(shell.dash ? 2 : 128);
			if (argv.length > 2) {
				yield* shell.complain('too many arguments');
				throw new BreakLoop(Infinity);
			}
			if (count < 1) {
				yield* shell.complain(`${argv[1]}: loop count out of range`);
				throw new BreakLoop(Infinity);
			}
			levels = Math.min(count, shell.loops);
		}
		throw name === 'break' ? new BreakLoop(levels) : new ContinueLoop(levels);
	};

const returnBuiltin: Builtin = function* (shell, argv) {
	let status = shell.status;
	if (argv[1] !== undefined) {
		const number = yield* numeric(shell, argv[1]);
		status = number === null ? 2 : number & 255;
	}
	if (shell.functionDepth === 0 && shell.sourceDepth === 0) {
		if (shell.dash) throw new ExitShell(status);
		yield* shell.complain("can only `return' from a function or sourced script");
		return argv[1] === undefined ? 1 : status === 0 ? 1 : status;
	}
	throw new ReturnFrom(status);
};

const exit: Builtin = function* (shell, argv) {
	if (argv[0] === 'logout' && !shell.login) {
		yield* shell.complain("not login shell: use `exit'");
		return 1;
	}
	if (argv[0] === 'exit' && shell.interactive && shell.subshell === 0)
		yield* shell.writeError(shell.login ? 'logout\n' : 'exit\n');
	const stopped = shell.interactive && shell.jobs.list.some((job) => job.state === 'Stopped');
	if (stopped && !shell.exitWarned) {
		yield* shell.writeError('There are stopped jobs.\n');
		shell.exitWarned = true;
		return 1;
	}
	if (argv[1] === undefined) throw new ExitShell(shell.status);
	const number = yield* numeric(shell, argv[1]);
	if (number !== null && argv.length > 2) {
		yield* shell.complain('too many arguments');
		return 1;
	}
	throw new ExitShell(number === null ? 2 : number & 255);
};

const shift: Builtin = function* (shell, argv) {
	const count = argv[1] === undefined ? 1 : yield* numeric(shell, argv[1]);
	if (count === null) return shell.dash ? 2 : 1;
	if (count < 0) {
		yield* shell.complain(`${argv[1]}: shift count out of range`);
		return 1;
	}
	if (count > shell.args.length) {
		if (shell.dash) {
			yield* shell.complain("can't shift that many");
			throw new AbandonShell(2);
		}
		if (shell.shopt('shift_verbose')) yield* shell.complain(`${count}: shift count out of range`);
		return 1;
	}
	shell.args = shell.args.slice(count);
	return 0;
};

const evaluateBuiltin: Builtin = function* (shell, argv) {
	const text = argv.slice(argv[1] === '--' ? 2 : 1).join(' ');
	if (text.trim() === '') return 0;
	const saved = shell.builtin;
	shell.builtin = '';
	try {
		return yield* runText(shell, text, { name: 'eval', line: shell.line });
	} finally {
		shell.builtin = saved;
	}
};

const source: Builtin = function* (shell, argv) {
	const rest = argv[1] === '--' ? argv.slice(2) : argv.slice(1);
	const name = rest[0];
	if (name === undefined) {
		yield* shell.complain('filename argument required');
		yield* usage(shell);
	}
	let path = name!;
	if (!path.includes('/')) {
		const found = yield* candidates(shell, path);
		if (found[0] !== undefined) path = found[0];
		else if (shell.dash) {
			yield* shell.complain(`${path}: not found`);
			throw new AbandonShell(127);
		}
	}
	let text: string;
	try {
		const fd = yield* open(path, O.RDONLY);
		if (((yield* fstat(fd)).mode & S.IFMT) === S.IFDIR) {
			yield* close(fd);
			yield* shell.complain(`${name}: is a directory`);
			return 1;
		}
		text = decode(yield* readAll(fd));
		yield* close(fd);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (shell.dash) {
			yield* shell.complain(`cannot open ${name}: ${thrown.code === 'ENOENT' ? 'No such file' : strerror(thrown)}`);
			throw new AbandonShell(2);
		}
		yield* shell.message(`${name}: ${strerror(thrown)}`);
		return 1;
	}
	const saved = { args: shell.args, line: shell.line, loops: shell.loops, builtin: shell.builtin };
	if (rest.length > 1) shell.args = rest.slice(1);
	const given = shell.args;
	shell.frames.push({ function: 'source', file: path, line: shell.line, args: [] });
	shell.sourceDepth++;
	shell.builtin = '';
	try {
		return yield* runText(shell, text, { name: path });
	} catch (thrown) {
		if (thrown instanceof ReturnFrom) return thrown.status;
		throw thrown;
	} finally {
		shell.sourceDepth--;
		shell.frames.pop();
		shell.line = saved.line;
		shell.builtin = saved.builtin;
		if (rest.length > 1 && shell.args === given) shell.args = saved.args;
		else if (rest.length > 1) shell.args = saved.args;
	}
};

const exec: Builtin = function* (shell, argv) {
	const { flags, values, rest } = yield* options(shell, argv, 'cla:');
	if (rest.length === 0) return 0;
	const name = rest[0]!;
	const path = name.includes('/') ? name : yield* findCommand(shell, name);
	yield* shell.flush();
	let status = 127;
	if (path === null) yield* shell.complain(shell.dash ? `${name}: not found` : `${name}: not found`);
	else {
		const environment = flags.has('c') ? new Map<string, string>() : shell.variables.environment();
		const zero = (flags.has('l') ? '-' : '') + (values.get('a') ?? name);
		const absolute = path.startsWith('/')
			? path
			: `${(shell.variables.get('PWD')?.scalar ?? '').replace(/\/$/, '')}/${path.replace(/^\.\//, '')}`;
		if (!shell.dash) environment.set('_', path);
		shell.builtin = '';
		status = yield* execProgram(
			shell,
			shell.dash ? path : path.startsWith('/') ? path : absolute,
			[zero, ...rest.slice(1)],
			environment,
			shell.dash ? name : absolute
		);
		shell.builtin = 'exec';
		if (!shell.dash && status === 126) yield* shell.complain(`${absolute}: cannot execute: Permission denied`);
		else if (!shell.dash) yield* shell.complain(`${absolute}: cannot execute: No such file or directory`);
	}
	if (shell.interactive || shell.shopt('execfail')) return status;
	void runExitTrap;
	throw new ExitShell(status);
};

const letBuiltin: Builtin = function* (shell, argv) {
	const rest = argv[1] === '--' ? argv.slice(2) : argv.slice(1);
	if (rest.length === 0) {
		yield* shell.complain('expression expected');
		return 1;
	}
	let value = 0n;
	for (const expression of rest) {
		try {
			value = yield* evaluateText(shell, expression, 'let');
		} catch (thrown) {
			if (thrown instanceof CommandFailure) return 1;
			throw thrown;
		}
	}
	return value === 0n ? 1 : 0;
};

const timesBuiltin: Builtin = function* (shell) {
	const cpu = yield* times();
	const show = (microseconds: number) =>
		`${Math.floor(microseconds / 60_000_000)}m${((microseconds % 60_000_000) / 1_000_000).toFixed(3)}s`;
	shell.print(`${show(cpu.user)} ${show(cpu.system)}\n${show(cpu.childUser)} ${show(cpu.childSystem)}\n`);
	return 0;
};

const getopts: Builtin = function* (shell, argv) {
	const rest = argv[1] === '--' ? argv.slice(2) : argv.slice(1);
	if (rest.length < 2) yield* usage(shell);
	const [letters, name] = rest as [string, string];
	const args = rest.length > 2 ? rest.slice(2) : shell.args;
	const at = shell.getoptsAt;
	const silent = letters.startsWith(':');
	const complain = !silent && shell.parameter('OPTERR') !== '0';
	const finish = function* (status: number, letter: string, argument: string | null): Sys<number> {
		const { index, offset } = at;
		yield* shell.assign(name, letter);
		if (argument === null) shell.variables.unset('OPTARG');
		else yield* shell.assign('OPTARG', argument);
		yield* shell.assign('OPTIND', String(index));
		shell.getoptsAt = { index, offset, args: '' };
		return status;
	};
	const word = args[at.index - 1];
	if (at.offset === 0) {
		if (word === undefined || word[0] !== '-' || word === '-') return yield* finish(1, '?', null);
		if (word === '--') {
			at.index++;
			return yield* finish(1, '?', null);
		}
		at.offset = 1;
	}
	const letter = word?.[at.offset];
	if (word === undefined || letter === undefined) {
		at.offset = 0;
		return yield* finish(1, '?', null);
	}
	at.offset++;
	const known = letter === ':' ? -1 : letters.indexOf(letter);
	const ended = at.offset >= word.length;
	const advance = () => {
		at.index++;
		at.offset = 0;
	};
	if (known < 0) {
		if (ended) advance();
		if (complain)
			yield* shell.writeError(
				shell.dash ? `Illegal option -${letter}\n` : `${shell.zero}: illegal option -- ${letter}\n`
			);
		return yield* finish(0, '?', silent ? letter : null);
	}
	if (letters[known + 1] !== ':') {
		if (ended) advance();
		return yield* finish(0, letter, null);
	}
	if (!ended) {
		const argument = word.slice(at.offset);
		advance();
		return yield* finish(0, letter, argument);
	}
	advance();
	const argument = args[at.index - 1];
	if (argument === undefined) {
		if (complain)
			yield* shell.writeError(
				shell.dash ? `No arg for -${letter} option\n` : `${shell.zero}: option requires an argument -- ${letter}\n`
			);
		return yield* finish(0, silent ? ':' : '?', silent ? letter : null);
	}
	at.index++;
	return yield* finish(0, letter, argument);
};

const succeed: Builtin = function* () {
	return 0;
};

const fail: Builtin = function* () {
	return 1;
};

export const FLOW: readonly (readonly [string, Builtin])[] = [
	['break', loop('break')],
	['continue', loop('continue')],
	['return', returnBuiltin],
	['exit', exit],
	['logout', exit],
	['shift', shift],
	['eval', evaluateBuiltin],
	['.', source],
	['source', source],
	['exec', exec],
	[':', succeed],
	['true', succeed],
	['false', fail],
	['let', letBuiltin],
	['test', testBuiltin],
	['[', testBuiltin],
	['times', timesBuiltin],
	['getopts', getopts]
];

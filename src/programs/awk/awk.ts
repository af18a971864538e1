/**
 * awk(1): Debian's awk is mawk 1.3.4 20200120.
 *
 * Reads the program from its arguments or from -f files, input from the files named and standard input.
 * Trusts nothing: loops give others their turn, texts and arrays have a limit.
 *
 * Not simulated: -W dump, -W exec, -W interactive, -W sprintf, -W random.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { printError, print, readAll } from '../libc/stdio';
import { close, time } from '../libc/unistd';
import { assignment } from './assignment';
import { fromArgument, fromBytes, toBytes } from './bytes';
import { FatalError, RuntimeError } from './errors';
import { Interpreter } from './interpreter';
import { parse } from './parser';
import { Problems, unescape } from './scanner';
import { openInput } from './streams';
import type { AwkProgram } from './tree';
import { Input } from './value';
import { write } from '../libc/unistd';

const USAGE = `Usage: mawk [Options] [Program] [file ...]

Program:
    The -f option value is the name of a file containing program text.
    If no -f option is given, a "--" ends option processing; the following
    parameters are the program text.

Options:
    -f program-file  Program  text is read from file instead of from the
                     command-line.  Multiple -f options are accepted.
    -F value         sets the field separator, FS, to value.
    -v var=value     assigns value to program variable var.
    --               unambiguous end of options.

    Implementation-specific options are prefixed with "-W".  They can be
    abbreviated:

    -W version       show version information and exit.
    -W dump          show assembler-like listing of program and exit.
    -W help          show this message and exit.
    -W interactive   set unbuffered output, line-buffered input.
    -W exec file     use file as program as well as last option.
    -W random=number set initial random seed.
    -W sprintf=number adjust size of sprintf buffer.
    -W posix_space   do not consider "\\n" a space.
    -W usage         show this message and exit.
`;

const VERSION = `mawk 1.3.4 20200120
Copyright 2008-2019,2020, Thomas E. Dickey
Copyright 1991-1996,2014, Michael D. Brennan

`;
const LIMITS = `random-funcs:       srandom/random
regex-funcs:        internal
compiled limits:
sprintf buffer      8192
maximum-integer     2147483647
`;

/** Long options of gawk that are named and then passed over. */
const TOLERATED: ReadonlySet<string> = new Set(['--lint', '--lint-old', '--posix', '--re-interval', '--traditional']);

interface Options {
	readonly files: readonly string[];
	readonly assignments: readonly string[];
	readonly separator: string | undefined;
	/** what follows the options */
	readonly operands: readonly string[];
	readonly warnings: readonly string[];
}

/** Nothing to run: texts to show and a status. */
class Done {
	constructor(
		readonly out: string,
		readonly err: string,
		readonly status: number
	) {}
}

function options(argv: readonly string[], name: string): Options {
	const files: string[] = [];
	const assignments: string[] = [];
	const warnings: string[] = [];
	let separator: string | undefined;
	let at = 1;
	const bad = (option: string): Done => new Done('', `${warnings.join('')}${name}: not an option: ${option}\n`, 2);
	if (argv.length <= 1) throw new Done('', USAGE, 0);
	while (argv[at]?.startsWith('-')) {
		const argument = argv[at]!;
		if (argument === '-') break;
		if (argument === '--') {
			at++;
			break;
		}
		if (argument.startsWith('--')) {
			if (!TOLERATED.has(argument)) throw bad(argument);
			warnings.push(`${name}: not an option: ${argument}\n`);
			at++;
			continue;
		}
		const letter = argument[1]!;
		if (!'WFvf'.includes(letter)) throw bad(argument);
		const glued = argument.length > 2;
		if (!glued && at + 1 >= argv.length) throw new Done('', `${name}: option ${argument} lacks argument\n`, 2);
		const value = glued ? argument.slice(2) : argv[at + 1]!;
		at += glued ? 1 : 2;
		if (letter === 'F') separator = unescape(value);
		else if (letter === 'v') assignments.push(value);
		else if (letter === 'f') files.push(value);
		else {
			if (/^v/i.test(value)) throw new Done(VERSION, LIMITS, 0);
			if (/^[hu]/i.test(value)) throw new Done('', USAGE, 0);
			if (!/^[idersp]/i.test(value)) warnings.push(`${name}: vacuous option: -W ${value}\n`);
		}
	}
	return { files, assignments, separator, operands: argv.slice(at), warnings };
}

function* programText(files: readonly string[]): Sys<string> {
	let source = '';
	for (const file of files) {
		const fd = yield* openInput(file);
		if (typeof fd === 'string') throw new FatalError(`cannot open ${file} (${fd})`);
		source += fromBytes(yield* readAll(fd));
		if (fd > 2) yield* close(fd);
		if (!source.endsWith('\n')) source += '\n';
	}
	return source;
}

function* prepare(
	awk: Interpreter,
	name: string,
	given: Options,
	operands: readonly string[],
	env: ReadonlyMap<string, string>
): Sys<void> {
	const globals = awk.program.globals;
	const argv = awk.array(globals.get('ARGV')!);
	[name, ...operands].forEach((operand, i) => {
		argv.find(i, true, '%.6g')!.value = i === 0 ? operand : new Input(operand);
	});
	awk.cell('ARGC').value = operands.length + 1;
	const environ = awk.array(globals.get('ENVIRON')!);
	for (const [key, value] of env) environ.find(fromArgument(key), true, '%.6g')!.value = new Input(fromArgument(value));
	if (given.separator !== undefined) awk.record.setSpecial('FS', given.separator);
	for (const text of given.assignments)
		if (!assignment(awk, text)) throw new FatalError(`improper assignment: -v ${text}`);
}

function* run(
	program: AwkProgram,
	name: string,
	prepared: (awk: Interpreter) => Sys<void>,
	env: ReadonlyMap<string, string>
): Sys<number> {
	const awk = new Interpreter(program, env, yield* time());
	let status: number;
	let message = '';
	try {
		yield* prepared(awk);
		status = yield* awk.run();
	} catch (thrown) {
		message = explain(thrown, name, awk);
		status = 2;
	}
	if (message !== '') yield* write(2, toBytes(message));
	try {
		yield* awk.streams.closeOutputs();
	} catch (thrown) {
		yield* write(2, toBytes(explain(thrown, name, awk)));
		status = 2;
	}
	return status;
}

function explain(thrown: unknown, name: string, awk: Interpreter): string {
	if (thrown instanceof RuntimeError)
		return `${name}: ${thrown.bare ? '' : 'run time error: '}${thrown.message}\n${awk.where()}`;
	if (thrown instanceof FatalError) return `${name}: ${thrown.message}\n`;
	throw thrown;
}

export const awk: Main = function* (argv, env) {
	const path = argv[0] ?? 'mawk';
	const name = path.slice(path.lastIndexOf('/') + 1);
	try {
		const given = options(argv.map(fromArgument), name);
		yield* printError(given.warnings.join(''));
		const { files } = given;
		if (files.length === 0 && given.operands.length === 0) return 0;
		const source = files.length > 0 ? yield* programText(files) : `${given.operands[0]!}\n`;
		const operands = files.length > 0 ? given.operands : given.operands.slice(1);
		const problems = new Problems(files[0]);
		const program = parse(source, problems);
		if (!program) {
			yield* write(2, toBytes(problems.messages.map((message) => `${name}: ${message}\n`).join('')));
			return 2;
		}
		return yield* run(program, name, (awk) => prepare(awk, name, given, operands, env), env);
	} catch (thrown) {
		if (thrown instanceof FatalError) {
			yield* write(2, toBytes(`${name}: ${thrown.message}\n`));
			return 2;
		}
		if (!(thrown instanceof Done)) throw thrown;
		yield* print(thrown.out);
		yield* printError(thrown.err);
		return thrown.status;
	}
};

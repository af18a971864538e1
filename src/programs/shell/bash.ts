/**
 * bash, and dash under the name sh: options, where commands come from, start-up files.
 *
 * Reads /etc/profile, ~/.bash_profile, ~/.bash_login or ~/.profile as a login shell; /etc/bash.bashrc and ~/.bashrc as an interactive
 * one. Not simulated: restricted mode, POSIX mode beyond the option, --rcfile of several files, mail checks.
 */
import { Errno, O, S, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { decode } from '#kernel/text';
import { readAll } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import {
	close,
	fstat,
	getcred,
	getcwd,
	getpgid,
	getpid,
	getppid,
	open,
	setpgid,
	signal,
	stat,
	tcgetattr,
	time,
	uname
} from '../libc/unistd';
import { getpwuid } from '../libc/passwd';
import { setOption } from './builtins/variables';
import { loadHistory, saveHistory } from './history';
import { runToEnd } from './process';
import { InteractiveLines, StandardInputLines } from './lines';
import { LONG_OPTIONS } from './options';
import { runLines, runText } from './reader';
import { BASH_VERSION, Shell } from './shell';
import { IndexedArray, Variable } from './variables';
import { takeTerminal } from './foreground';
import type { Dialect } from './syntax/tokens';
import { ReturnFrom, AbandonLine } from './control';

export const bash: Main = (argv, env) => start(argv, env, 'bash');
export const dash: Main = (argv, env) => start(argv, env, 'dash');

interface Invocation {
	command: string | null;
	interactive: boolean;
	login: boolean;
	stdin: boolean;
	norc: boolean;
	noprofile: boolean;
	rest: string[];
	/** a message and status that end the shell at once */
	end?: { readonly text: string; readonly status: number; readonly error: boolean };
}

const LONG: Readonly<Record<string, (invocation: Invocation) => void>> = {
	'--login': (invocation) => (invocation.login = true),
	'--norc': (invocation) => (invocation.norc = true),
	'--noprofile': (invocation) => (invocation.noprofile = true),
	'--noediting': () => undefined,
	'--posix': () => undefined,
	'--version': (invocation) =>
		(invocation.end = {
			text: `GNU bash, version ${BASH_VERSION} (x86_64-pc-linux-gnu)\nCopyright (C) 2022 Free Software Foundation, Inc.\nLicense GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>\n\nThis is free software; you are free to change and redistribute it.\nThere is NO WARRANTY, to the extent permitted by law.\n`,
			status: 0,
			error: false
		})
};

function* start(argv: readonly string[], env: ReadonlyMap<string, string>, dialect: Dialect): Sys<number> {
	const shell = new Shell(argv[0] ?? dialect, dialect);
	if (shell.dash) shell.options = new Set();
	shell.pid = shell.mainPid = yield* getpid();
	const invocation = readOptions(shell, argv);
	if (invocation.end) {
		if (invocation.end.error) yield* shell.writeError(invocation.end.text);
		else {
			shell.print(invocation.end.text);
			yield* shell.flush();
		}
		return invocation.end.status;
	}
	yield* setVariables(shell, env);
	return yield* runToEnd(shell, run(shell, invocation));
}

function readOptions(shell: Shell, argv: readonly string[]): Invocation {
	const invocation: Invocation = {
		command: null,
		interactive: false,
		login: shell.name.startsWith('-'),
		stdin: false,
		norc: false,
		noprofile: false,
		rest: []
	};
	let wantsCommand = false;
	let at = 1;
	for (; at < argv.length; at++) {
		const word = argv[at]!;
		if (word === '--' || word === '-') {
			at++;
			break;
		}
		if (word.startsWith('--') && !shell.dash) {
			if (word === '--rcfile' || word === '--init-file') {
				at++;
				continue;
			}
			const apply = LONG[word];
			if (apply === undefined) {
				invocation.end = { text: `${shell.shellName}: ${word}: invalid option\n`, status: 2, error: true };
				return invocation;
			}
			apply(invocation);
			continue;
		}
		if (!/^[-+]./.test(word)) break;
		for (const letter of word.slice(1)) {
			if (letter === 'c') wantsCommand = true;
			else if (letter === 'i') invocation.interactive = true;
			else if (letter === 'l') invocation.login = true;
			else if (letter === 's') invocation.stdin = true;
			else if (letter === 'o' || letter === 'O') {
				const name = argv[++at];
				if (name !== undefined && letter === 'o') setOption(shell, name, word[0] === '-');
				else if (name !== undefined) shell.shopts.set(name, word[0] === '-');
			} else {
				const found = LONG_OPTIONS.find(([short]) => short === letter);
				if (found === undefined) {
					invocation.end = {
						text: shell.dash
							? `${shell.name}: 0: Illegal option -${letter}\n`
							: `${shell.shellName}: ${word[0]}${letter}: invalid option\n`,
						status: 2,
						error: true
					};
					return invocation;
				}
				setOption(shell, found[1], word[0] === '-');
			}
		}
	}
	invocation.rest = argv.slice(at);
	if (wantsCommand) {
		if (invocation.rest.length === 0) {
			invocation.end = {
				text: shell.dash
					? `${shell.name}: 0: -c requires an argument\n`
					: `${shell.shellName}: -c: option requires an argument\n`,
				status: 2,
				error: true
			};
			return invocation;
		}
		invocation.command = invocation.rest.shift()!;
	}
	return invocation;
}

function* setVariables(shell: Shell, env: ReadonlyMap<string, string>): Sys<void> {
	const set = (name: string, value: string, exported = false) => {
		const variable = new Variable();
		variable.value = value;
		variable.exported = exported;
		shell.variables.globals.set(name, variable);
		return variable;
	};
	for (const [name, value] of env) if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name !== '_') set(name, value, true);
	const { uid, euid, groups, gid } = yield* getcred();
	shell.startTime = shell.secondsBase = shell.clock = yield* time();
	set('IFS', ' \t\n');
	set('OPTIND', '1');
	set('PS4', '+ ');
	if (!env.has('PATH')) set('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
	const known = env.get('PWD');
	const directory = known !== undefined && (yield* sameDirectory(known)) ? known : yield* currentDirectory();
	set('PWD', directory, env.has('PWD') || !shell.dash);
	shell.ppid = yield* getppid();
	shell.lastArgument = shell.name;
	if (shell.dash) {
		set('PPID', String(shell.ppid));
		return;
	}
	if (!env.has('OLDPWD')) {
		const variable = new Variable();
		variable.exported = true;
		shell.variables.globals.set('OLDPWD', variable);
	}
	set('SHLVL', String((Number(env.get('SHLVL') ?? 0) || 0) + 1), true);
	if (!env.has('SHELL')) set('SHELL', (yield* getpwuid(uid))?.shell ?? '/bin/sh');
	set(
		'BASH',
		shell.name.startsWith('-')
			? (env.get('SHELL') ?? '/bin/bash')
			: shell.name.includes('/')
				? shell.name
				: ((yield* searchScript(shell, shell.name)) ?? '/bin/bash')
	);
	set('BASH_VERSION', BASH_VERSION);
	set('HOSTNAME', (yield* uname()).nodename);
	set('HOSTTYPE', 'x86_64');
	set('MACHTYPE', 'x86_64-pc-linux-gnu');
	set('OSTYPE', 'linux-gnu');
	set('OPTERR', '1');
	set('UID', String(uid)).readonly = true;
	set('EUID', String(euid)).readonly = true;
	set('PPID', String(shell.ppid)).readonly = true;
	for (const name of ['UID', 'EUID', 'PPID']) shell.variables.globals.get(name)!.integer = true;
	const array = (name: string, values: readonly string[]) => {
		const variable = new Variable();
		variable.value = new IndexedArray(values);
		shell.variables.globals.set(name, variable);
		return variable;
	};
	array('GROUPS', [gid, ...groups.filter((group) => group !== gid)].map(String));
	array('BASH_VERSINFO', ['5', '2', '15', '1', 'release', 'x86_64-pc-linux-gnu']).readonly = true;
}

function* sameDirectory(path: string): Sys<boolean> {
	try {
		if (!path.startsWith('/')) return false;
		return (yield* stat(path)).inode === (yield* stat('.')).inode;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function* currentDirectory(): Sys<string> {
	try {
		return yield* getcwd();
	} catch (thrown) {
		if (thrown instanceof Errno) return '/';
		throw thrown;
	}
}

function* run(shell: Shell, invocation: Invocation): Sys<number> {
	const { command, rest } = invocation;
	const terminal =
		command === null && (rest.length === 0 || invocation.stdin) && (yield* isTerminal(0)) && (yield* isTerminal(2));
	shell.login = invocation.login;
	shell.shopts.set('login_shell', invocation.login);
	if (invocation.interactive || terminal) yield* becomeInteractive(shell);
	if (invocation.login && !invocation.noprofile) yield* runProfiles(shell);
	if (shell.interactive && !invocation.login && !invocation.norc && !shell.dash) {
		yield* runFile(shell, '/etc/bash.bashrc');
		yield* runFile(shell, `${shell.parameter('HOME') ?? ''}/.bashrc`);
	}
	if (command !== null) {
		shell.commandString = true;
		if (rest[0] !== undefined) shell.name = rest[0];
		shell.input = { name: '-c' };
		shell.args = rest.slice(1);
		return yield* runText(shell, command, { name: '-c', disposable: true });
	}
	if (rest.length > 0 && !invocation.stdin) return yield* runScript(shell, rest);
	shell.args = rest;
	shell.fromStdin = true;
	if (!shell.interactive) return yield* runLines(shell, new StandardInputLines(shell));
	return yield* interact(shell);
}

/* ---- scripts ---- */

function* runScript(shell: Shell, rest: readonly string[]): Sys<number> {
	let path = rest[0]!;
	let bytes: Uint8Array;
	try {
		let fd: number;
		try {
			fd = yield* open(path, O.RDONLY);
		} catch (thrown) {
			if (!(thrown instanceof Errno) || thrown.code !== 'ENOENT' || path.includes('/') || shell.dash) throw thrown;
			const found = yield* searchScript(shell, path);
			if (found === null) throw thrown;
			path = found;
			fd = yield* open(path, O.RDONLY);
		}
		if (((yield* fstat(fd)).mode & S.IFMT) === S.IFDIR) {
			yield* shell.writeError(
				shell.dash ? `${shell.name}: 0: cannot open ${path}: Is a directory\n` : `${path}: ${path}: Is a directory\n`
			);
			return shell.dash ? 2 : 126;
		}
		bytes = yield* readAll(fd);
		yield* close(fd);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (shell.dash) {
			yield* shell.writeError(
				`${shell.name}: 0: cannot open ${path}: ${thrown.code === 'ENOENT' ? 'No such file' : strerror(thrown)}\n`
			);
			return 2;
		}
		yield* shell.writeError(`${shell.shellName}: ${path}: ${strerror(thrown)}\n`);
		return thrown.code === 'ENOENT' ? 127 : 126;
	}
	if (
		!shell.dash &&
		bytes.subarray(0, 80).includes(0) &&
		!decode(bytes.subarray(0, 80))
			.split('\n')[0]!
			.replaceAll('\0', '\u0001')
			.match(/^[\t\x20-\x7e]*$/)
	) {
		yield* shell.writeError(`${path}: ${path}: cannot execute binary file\n`);
		return 126;
	}
	shell.name = path;
	shell.scriptFile = path;
	shell.args = rest.slice(1);
	return yield* runText(shell, decode(bytes), { name: path });
}

function* searchScript(shell: Shell, name: string): Sys<string | null> {
	for (const directory of (shell.parameter('PATH') ?? '').split(':')) {
		const candidate = `${directory}/${name}`;
		try {
			if (((yield* stat(candidate)).mode & S.IFMT) === S.IFREG) return candidate;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	return null;
}

/* ---- interactive ---- */

function* isTerminal(fd: number): Sys<boolean> {
	try {
		yield* tcgetattr(fd);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function* becomeInteractive(shell: Shell): Sys<void> {
	shell.interactive = true;
	shell.interactiveShell = true;
	for (const option of ['emacs', 'histexpand', 'history', 'monitor']) shell.options.add(option);
	shell.shopts.set('expand_aliases', true);
	for (const ignored of [SIGNAL.SIGTERM, SIGNAL.SIGQUIT, SIGNAL.SIGTSTP, SIGNAL.SIGTTIN, SIGNAL.SIGTTOU])
		yield* signal(ignored, 'ignore');
	yield* signal(SIGNAL.SIGINT, 'catch');
	shell.caught.add(SIGNAL.SIGINT);
	if (yield* isTerminal(0)) {
		shell.terminal = 0;
		shell.jobControl = true;
		try {
			if ((yield* getpgid(0)) !== shell.pid) yield* setpgid(0, shell.pid);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		shell.processGroup = yield* getpgid(0);
		yield* takeTerminal(shell, shell.processGroup);
	}
	const set = (name: string, value: string) => {
		if (shell.variables.get(name) === undefined) shell.variables.obtain(name).value = value;
	};
	set('PS1', shell.dash ? '$ ' : '\\s-\\v\\$ ');
	set('PS2', '> ');
	set('HISTFILE', `${shell.parameter('HOME') ?? ''}/.bash_history`);
	set('HISTSIZE', '500');
	set('HISTFILESIZE', '500');
	const uid = (yield* getcred()).euid;
	if (shell.dash && uid === 0 && shell.parameter('PS1') === '$ ') shell.variables.obtain('PS1').value = '# ';
}

function* runProfiles(shell: Shell): Sys<void> {
	yield* runFile(shell, '/etc/profile');
	const home = shell.parameter('HOME') ?? '';
	for (const name of shell.dash ? ['.profile'] : ['.bash_profile', '.bash_login', '.profile'])
		if (yield* runFile(shell, `${home}/${name}`)) return;
}

/** Sources a start-up file. @returns whether there is one */
function* runFile(shell: Shell, path: string): Sys<boolean> {
	let text: string;
	try {
		const fd = yield* open(path, O.RDONLY);
		text = decode(yield* readAll(fd));
		yield* close(fd);
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
	shell.frames.push({ function: 'source', file: path, line: 0, args: [] });
	shell.sourceDepth++;
	try {
		yield* runText(shell, text, { name: path });
	} catch (thrown) {
		if (!(thrown instanceof ReturnFrom || thrown instanceof AbandonLine)) throw thrown;
	} finally {
		shell.sourceDepth--;
		shell.frames.pop();
	}
	return true;
}

function* interact(shell: Shell): Sys<number> {
	yield* loadHistory(shell);
	const lines = new InteractiveLines(shell);
	try {
		return yield* lines.run();
	} finally {
		yield* saveHistory(shell);
	}
}

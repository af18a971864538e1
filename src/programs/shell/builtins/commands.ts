/** type command builtin hash help enable umask ulimit history caller */
import type { Sys } from '#kernel/syscalls';
import { umask as umaskCall } from '../../libc/unistd';
import { candidates, executeArgv, builtinOf, findCommand, isExecutable } from '../simple';
import type { Shell } from '../shell';
import { printFunction } from '../syntax/print';
import { BUILTIN_NAMES, SPECIAL } from './names';
import { options, USAGE, type Builtin } from './options';
import { saveHistory } from '../history';
import { quoteReusable } from '../quote';

const KEYWORDS = new Set(
	'if then else elif fi do done case esac while until for select function time in { } ! [[ ]] coproc'.split(' ')
);
const DASH_KEYWORDS = new Set('if then else elif fi do done case esac while until for in { } !'.split(' '));

interface Found {
	readonly kind: 'alias' | 'keyword' | 'function' | 'builtin' | 'file';
	readonly path?: string;
	readonly hashed?: boolean;
}

function* findAll(shell: Shell, name: string, all: boolean, onlyFiles: boolean, standard = false): Sys<Found[]> {
	const found: Found[] = [];
	if (!onlyFiles) {
		if (shell.aliases.has(name) && (shell.shopt('expand_aliases') || shell.dash)) found.push({ kind: 'alias' });
		if ((shell.dash ? DASH_KEYWORDS : KEYWORDS).has(name)) found.push({ kind: 'keyword' });
		if (shell.functions.has(name)) found.push({ kind: 'function' });
		if (builtinOf(shell, name)) found.push({ kind: 'builtin' });
		if (found.length > 0 && !all) return found.slice(0, 1);
	}
	if (name.includes('/')) {
		if (yield* isExecutable(name)) found.push({ kind: 'file', path: name });
		return found;
	}
	const hashed = shell.hash.get(name);
	if (hashed && !all) return [...found, { kind: 'file', path: hashed.path, hashed: true }];
	for (const path of yield* candidates(shell, name, standard)) {
		if (!(yield* isExecutable(path))) continue;
		found.push({ kind: 'file', path });
		if (!all) break;
	}
	return found;
}

function describe(shell: Shell, name: string, found: Found): string {
	switch (found.kind) {
		case 'alias':
			return shell.dash
				? `${name} is an alias for ${shell.aliases.get(name)}\n`
				: `${name} is aliased to \`${shell.aliases.get(name)}'\n`;
		case 'keyword':
			return `${name} is a shell keyword\n`;
		case 'function': {
			if (shell.dash) return `${name} is a shell function\n`;
			const stored = shell.functions.get(name)!;
			return `${name} is a function\n${printFunction(name, stored.body, stored.source.text)}\n`;
		}
		case 'builtin':
			return shell.dash && SPECIAL.has(name) ? `${name} is a special shell builtin\n` : `${name} is a shell builtin\n`;
		case 'file':
			return found.hashed
				? shell.dash
					? `${name} is a tracked alias for ${found.path}\n`
					: `${name} is hashed (${found.path})\n`
				: `${name} is ${found.path}\n`;
	}
}

const type: Builtin = function* (shell, argv) {
	const { flags, rest } = shell.dash
		? { flags: new Set<string>(), rest: argv.slice(1) }
		: yield* options(shell, argv, 'afptP');
	let status = 0;
	for (const name of rest) {
		const found = yield* findAll(shell, name, flags.has('a'), flags.has('P'));
		const shown = flags.has('f') ? found.filter((each) => each.kind !== 'function') : found;
		if (shown.length === 0) {
			status = shell.dash ? 127 : 1;
			if (shell.dash) shell.print(`${name}: not found\n`);
			else if (!flags.has('t') && !flags.has('p') && !flags.has('P')) yield* shell.complain(`${name}: not found`);
			continue;
		}
		for (const each of shown) {
			if (flags.has('t')) shell.print(`${each.kind}\n`);
			else if (flags.has('p') || flags.has('P')) {
				if (each.kind === 'file') shell.print(`${each.path}\n`);
			} else shell.print(describe(shell, name, each));
		}
	}
	return status;
};

const command: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'pvV');
	if (!flags.has('v') && !flags.has('V')) return yield* executeArgv(shell, rest, flags.has('p'));
	let status = rest.length === 0 ? 0 : shell.dash ? 127 : 1;
	for (const name of rest) {
		const [found] = yield* findAll(shell, name, false, false, flags.has('p'));
		if (found === undefined) {
			if (flags.has('V')) {
				if (shell.dash) shell.print(`${name}: not found\n`);
				else yield* shell.complain(`${name}: not found`);
			}
			continue;
		}
		status = 0;
		if (flags.has('V')) shell.print(describe(shell, name, found));
		else if (found.kind === 'alias') shell.print(`alias ${name}=${quoteReusable(shell.aliases.get(name)!)}\n`);
		else shell.print(`${found.kind === 'file' ? found.path : name}\n`);
	}
	return status;
};

const builtin: Builtin = function* (shell, argv) {
	const rest = argv[1] === '--' ? argv.slice(2) : argv.slice(1);
	if (rest[0] === undefined) return 0;
	if (builtinOf(shell, rest[0])) return yield* executeArgv(shell, rest);
	yield* shell.complain(`${rest[0]}: not a shell builtin`);
	return 1;
};

const hash: Builtin = function* (shell, argv) {
	const { flags, values, rest } = yield* options(shell, argv, 'dlrtp:');
	if (flags.has('r')) shell.hash.clear();
	if (rest.length === 0 && !flags.has('r')) {
		if (shell.hash.size === 0) {
			if (!flags.has('l') && !shell.dash) shell.print('hash: hash table empty\n');
		} else if (flags.has('l'))
			for (const [name, { path }] of shell.hash) shell.print(`builtin hash -p ${path} ${name}\n`);
		else if (shell.dash) for (const { path } of shell.hash.values()) shell.print(`${path}\n`);
		else {
			shell.print('hits\tcommand\n');
			for (const { path, hits } of shell.hash.values()) shell.print(`${String(hits).padStart(4)}\t${path}\n`);
		}
		return 0;
	}
	let status = 0;
	for (const name of rest) {
		const known = shell.hash.get(name);
		if (flags.has('t') || flags.has('d')) {
			if (!known) {
				yield* shell.complain(`${name}: not found`);
				status = 1;
			} else if (flags.has('d')) shell.hash.delete(name);
			else shell.print(rest.length > 1 ? `${name}\t${known.path}\n` : `${known.path}\n`);
			continue;
		}
		const path = values.get('p') ?? (builtinOf(shell, name) ? null : yield* findCommand(shell, name));
		if (path !== null) shell.hash.set(name, { path, hits: 0 });
		else if (!builtinOf(shell, name)) {
			yield* shell.complain(`${name}: not found`);
			status = 1;
		}
	}
	return status;
};

const help: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'dms');
	if (rest.length === 0) {
		shell.print(
			"GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\nThese shell commands are defined internally.  Type `help' to see this list.\n\n"
		);
		for (const name of BUILTIN_NAMES) shell.print(` ${USAGE[name] ?? name}\n`);
		return 0;
	}
	let status = 0;
	for (const name of rest) {
		if (BUILTIN_NAMES.includes(name)) shell.print(`${name}: ${USAGE[name] ?? name}\n`);
		else {
			yield* shell.complain(
				`no help topics match \`${name}'.  Try \`help help' or \`man -k ${name}' or \`info ${name}'.`
			);
			status = 1;
		}
	}
	void flags;
	return status;
};

const enable: Builtin = function* (shell, argv) {
	const { rest } = yield* options(shell, argv, 'adnpsf:');
	if (rest.length === 0) for (const name of BUILTIN_NAMES) shell.print(`enable ${name}\n`);
	for (const name of rest)
		if (!BUILTIN_NAMES.includes(name)) {
			yield* shell.complain(`${name}: not a shell builtin`);
			return 1;
		}
	return 0;
};

/* ---- umask, ulimit ---- */

const umask: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'pS');
	const current = yield* umaskCall(0o22);
	yield* umaskCall(current);
	const word = rest[0];
	if (word === undefined) {
		const part = (shift: number) => ['r', 'w', 'x'].filter((_, i) => !((current >> (shift + 2 - i)) & 1)).join('');
		const text = flags.has('S') ? `u=${part(6)},g=${part(3)},o=${part(0)}` : current.toString(8).padStart(4, '0');
		shell.print(flags.has('p') ? `umask ${flags.has('S') ? '-S ' : ''}${text}\n` : `${text}\n`);
		return 0;
	}
	let mask: number | null = null;
	if (/^[0-9]/.test(word)) {
		if (/^[0-7]+$/.test(word) && parseInt(word, 8) <= 0o7777) mask = parseInt(word, 8) & 0o777;
		else {
			yield* shell.complain(shell.dash ? `Illegal number: ${word}` : `${word}: octal number out of range`);
			return shell.dash ? 2 : 1;
		}
	} else mask = symbolicMask(word, current);
	if (mask === null) {
		const bad = /[^ugoarwxXst=+,-]/.exec(word)?.[0] ?? word[0]!;
		yield* shell.complain(
			shell.dash
				? `Illegal mode: ${word}`
				: /^[ugoa]*[-+=]/.test(word)
					? `\`${bad}': invalid symbolic mode character`
					: `\`${bad}': invalid symbolic mode operator`
		);
		return 1;
	}
	yield* umaskCall(mask);
	return 0;
};

function symbolicMask(text: string, mask: number): number | null {
	let allowed = ~mask & 0o777;
	for (const clause of text.split(',')) {
		const match = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause);
		if (!match) return null;
		let bits = 0;
		for (const letter of match[3]!) bits |= { r: 4, w: 2, x: 1, X: 1, s: 0, t: 0 }[letter]!;
		const who = match[1] === '' ? 'a' : match[1]!;
		for (const shift of [6, 3, 0]) {
			if (!who.includes('a') && !who.includes({ 6: 'u', 3: 'g', 0: 'o' }[shift]!)) continue;
			if (match[2] === '=') allowed = (allowed & ~(7 << shift)) | (bits << shift);
			else if (match[2] === '+') allowed |= bits << shift;
			else allowed &= ~(bits << shift);
		}
	}
	return ~allowed & 0o777;
}

/** letter, what `ulimit -a` calls it, its unit, its value on Debian 12 */
const LIMITS: readonly (readonly [string, string, string, string])[] = [
	['R', 'real-time non-blocking time', '(microseconds, -R)', 'unlimited'],
	['c', 'core file size', '(blocks, -c)', '0'],
	['d', 'data seg size', '(kbytes, -d)', 'unlimited'],
	['e', 'scheduling priority', '(-e)', '0'],
	['f', 'file size', '(blocks, -f)', 'unlimited'],
	['i', 'pending signals', '(-i)', '15423'],
	['l', 'max locked memory', '(kbytes, -l)', '8192'],
	['m', 'max memory size', '(kbytes, -m)', 'unlimited'],
	['n', 'open files', '(-n)', '1024'],
	['p', 'pipe size', '(512 bytes, -p)', '8'],
	['q', 'POSIX message queues', '(bytes, -q)', '819200'],
	['r', 'real-time priority', '(-r)', '0'],
	['s', 'stack size', '(kbytes, -s)', '8192'],
	['t', 'cpu time', '(seconds, -t)', 'unlimited'],
	['u', 'max user processes', '(-u)', '15423'],
	['v', 'virtual memory', '(kbytes, -v)', 'unlimited'],
	['x', 'file locks', '(-x)', 'unlimited']
];

/** Not simulated: limits are shown, and what is set is not enforced. */
const ulimit: Builtin = function* (shell, argv) {
	const letters = LIMITS.map(([letter]) => letter).join('');
	const word = argv[1] ?? '';
	if (
		word.startsWith('-') &&
		/[^SHa0-9]/.test(word.slice(1)) &&
		![...word.slice(1).replace(/[0-9]+$/, '')].every((letter) => 'SHa'.includes(letter) || letters.includes(letter))
	)
		yield* options(shell, argv, 'SHa' + letters);
	const chosen = [...word.replace(/^-|[0-9]+$/g, '')].filter((letter) => letters.includes(letter));
	if (word.includes('a') && word.startsWith('-')) {
		for (const [, name, unit, value] of LIMITS) shell.print(`${name.padEnd(28)}${unit.padStart(20)} ${value}\n`);
		return 0;
	}
	if (argv[2] !== undefined || /[0-9]$/.test(word)) return 0;
	for (const letter of chosen.length === 0 ? ['f'] : chosen)
		shell.print(`${LIMITS.find(([each]) => each === letter)![3]}\n`);
	return 0;
};

/* ---- history, caller ---- */

const history: Builtin = function* (shell, argv) {
	const { flags, values, rest } = yield* options(shell, argv, 'cd:anrwps');
	if (flags.has('c')) shell.history = [];
	else if (flags.has('d')) shell.history.splice(Number(values.get('d')) - 1, 1);
	else if (flags.has('w') || flags.has('a')) yield* saveHistory(shell);
	else if (flags.has('s')) shell.history.push(rest.join(' '));
	else if (!flags.has('p') && !flags.has('r') && !flags.has('n')) {
		if (rest[0] !== undefined && !/^\d+$/.test(rest[0])) {
			yield* shell.complain(`${rest[0]}: numeric argument required`);
			return 1;
		}
		const count = rest[0] === undefined ? shell.history.length : Number(rest[0]);
		const start = Math.max(0, shell.history.length - count);
		for (let i = start; i < shell.history.length; i++)
			shell.print(`${String(i + 1).padStart(5)}  ${shell.history[i]}\n`);
	}
	return 0;
};

const caller: Builtin = function* (shell, argv) {
	const depth = Number(argv[1] ?? 0);
	const frame = shell.frames[shell.frames.length - 1 - depth];
	if (frame === undefined) return 1;
	const outer = shell.frames[shell.frames.length - 2 - depth];
	const file = outer?.file ?? shell.scriptFile ?? 'NULL';
	shell.print(
		argv[1] === undefined ? `${frame.line} ${file}\n` : `${frame.line} ${outer?.function ?? 'main'} ${file}\n`
	);
	return 0;
};

export const COMMANDS: readonly (readonly [string, Builtin])[] = [
	['type', type],
	['command', command],
	['builtin', builtin],
	['hash', hash],
	['help', help],
	['enable', enable],
	['umask', umask],
	['ulimit', ulimit],
	['history', history],
	['caller', caller]
];

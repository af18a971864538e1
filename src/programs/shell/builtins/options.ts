/** What the builtins share: their type, options (internal_getopt), usage lines. */
import type { Assignment } from 'unbash';
import type { Sys } from '#kernel/syscalls';
import { CommandFailure } from '../control';
import type { Shell } from '../shell';

/** @param declared compound assignments among the arguments (declare a=(…)), by their place */
export type Builtin = (shell: Shell, argv: readonly string[], declared: ReadonlyMap<number, Assignment>) => Sys<number>;

export const USAGE: Readonly<Record<string, string>> = {
	alias: 'alias [-p] [name[=value] ... ]',
	bg: 'bg [job_spec ...]',
	builtin: 'builtin [shell-builtin [arg ...]]',
	caller: 'caller [expr]',
	cd: 'cd [-L|[-P [-e]] [-@]] [dir]',
	command: 'command [-pVv] command [arg ...]',
	declare: 'declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]',
	dirs: 'dirs [-clpv] [+N] [-N]',
	disown: 'disown [-h] [-ar] [jobspec ... | pid ...]',
	enable: 'enable [-a] [-dnps] [-f filename] [name ...]',
	eval: 'eval [arg ...]',
	exec: 'exec [-cl] [-a name] [command [argument ...]] [redirection ...]',
	export: 'export [-fn] [name[=value] ...] or export -p',
	fg: 'fg [job_spec]',
	getopts: 'getopts optstring name [arg ...]',
	hash: 'hash [-lr] [-p pathname] [-dt] [name ...]',
	help: 'help [-dms] [pattern ...]',
	history: 'history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]',
	jobs: 'jobs [-lnprs] [jobspec ...] or jobs -x command [args]',
	kill: 'kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]',
	let: 'let arg [arg ...]',
	local: 'local [option] name[=value] ...',
	mapfile: 'mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]',
	popd: 'popd [-n] [+N | -N]',
	printf: 'printf [-v var] format [arguments]',
	pushd: 'pushd [-n] [+N | -N | dir]',
	pwd: 'pwd [-LP]',
	read: 'read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]',
	readarray: 'readarray [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]',
	readonly: 'readonly [-aAf] [name[=value] ...] or readonly -p',
	return: 'return [n]',
	set: 'set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]',
	shopt: 'shopt [-pqsu] [-o] [optname ...]',
	source: 'source filename [arguments]',
	'.': '. filename [arguments]',
	suspend: 'suspend [-f]',
	trap: 'trap [-lp] [[arg] signal_spec ...]',
	type: 'type [-afptP] name [name ...]',
	typeset: 'typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]',
	ulimit: 'ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]',
	umask: 'umask [-p] [-S] [mode]',
	unalias: 'unalias [-a] name [name ...]',
	unset: 'unset [-f] [-v] [-n] [name ...]',
	wait: 'wait [-fn] [-p var] [id ...]',
	break: 'break [n]',
	continue: 'continue [n]',
	exit: 'exit [n]',
	shift: 'shift [n]'
};

export interface Options {
	readonly flags: ReadonlySet<string>;
	readonly values: ReadonlyMap<string, string>;
	readonly rest: string[];
}

/** @param letters as getopt(3): "ab:"; @throws CommandFailure(2) after the complaint and the usage */
export function* options(shell: Shell, argv: readonly string[], letters: string, plus = ''): Sys<Options> {
	const flags = new Set<string>();
	const values = new Map<string, string>();
	let at = 1;
	for (; at < argv.length; at++) {
		const word = argv[at]!;
		if (word === '--') {
			at++;
			break;
		}
		if (plus !== '' && /^\+./.test(word)) {
			for (const letter of word.slice(1)) {
				if (!plus.includes(letter)) yield* invalidOption(shell, `+${letter}`);
				flags.add(`+${letter}`);
			}
			continue;
		}
		if (word[0] !== '-' || word === '-') break;
		for (let i = 1; i < word.length; i++) {
			const letter = word[i]!;
			const known = letter === ':' ? -1 : letters.indexOf(letter);
			if (known < 0) yield* invalidOption(shell, `-${letter}`);
			if (letters[known + 1] !== ':') {
				flags.add(letter);
				continue;
			}
			let value: string | undefined = word.slice(i + 1);
			if (value === '') value = argv[++at];
			if (value === undefined) {
				yield* shell.complain(`-${letter}: option requires an argument`);
				yield* usage(shell);
			}
			flags.add(letter);
			values.set(letter, value!);
			break;
		}
	}
	return { flags, values, rest: argv.slice(at) };
}

export function* invalidOption(shell: Shell, option: string): Sys<never> {
	if (shell.dash) {
		yield* shell.complain(`Illegal option ${option}`);
		throw new CommandFailure(2);
	}
	yield* shell.complain(`${option}: invalid option`);
	return yield* usage(shell);
}

export function* usage(shell: Shell): Sys<never> {
	yield* shell.writeError(`${shell.builtin}: usage: ${USAGE[shell.builtin] ?? shell.builtin}\n`);
	throw new CommandFailure(2);
}

export const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

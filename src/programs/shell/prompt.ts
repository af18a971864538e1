/** Prompts: the backslash escapes of PS1 (PROMPTING in bash(1)), then expansion as in double quotes. */
import type { Sys } from '#kernel/syscalls';
import { getcred, time, ttyname, uname } from '../libc/unistd';
import { getpwuid } from '../libc/passwd';
import { Errno } from '#kernel/syscalls';
import { expandString } from './expand/expand';
import { BASH_VERSION, type Shell } from './shell';
import { breakDown, strftime } from '../libc/strftime';

export function* expandPrompt(shell: Shell, text: string): Sys<string> {
	let out = '';
	for (let at = 0; at < text.length; at++) {
		const c = text[at]!;
		if (c !== '\\' || at + 1 >= text.length) {
			out += c;
			continue;
		}
		const letter = text[++at]!;
		const octal = /^[0-7]{1,3}/.exec(text.slice(at));
		if (octal) {
			out += String.fromCharCode(parseInt(octal[0], 8));
			at += octal[0].length - 1;
			continue;
		}
		if (letter === 'D' && text[at + 1] === '{') {
			const end = text.indexOf('}', at);
			out += strftime(text.slice(at + 2, end) || '%X', breakDown(yield* time()));
			at = end;
			continue;
		}
		const escape = ESCAPES[letter];
		out += escape === undefined ? '\\' + letter : yield* escape(shell);
	}
	if (!/[$`\\]/.test(out) || !shell.shopt('promptvars')) return out;
	return yield* expandString(shell, out, { mode: 'heredoc' });
}

const fixed = (text: string) =>
	function* (): Sys<string> {
		return text;
	};

const date = (format: string) =>
	function* (): Sys<string> {
		return strftime(format, breakDown(yield* time()));
	};

const ESCAPES: Readonly<Record<string, (shell: Shell) => Sys<string>>> = {
	a: fixed('\x07'),
	e: fixed('\x1b'),
	n: fixed('\n'),
	r: fixed('\r'),
	'[': fixed(''),
	']': fixed(''),
	'\\': fixed('\\\\'),
	d: date('%a %b %d'),
	t: date('%H:%M:%S'),
	T: date('%I:%M:%S'),
	'@': date('%I:%M %p'),
	A: date('%H:%M'),
	s: function* (shell) {
		return shell.shellName.replace(/^-/, '');
	},
	v: fixed('5.2'),
	V: fixed(BASH_VERSION.replace(/\(.*/, '')),
	h: function* () {
		return (yield* uname()).nodename.replace(/\..*/, '');
	},
	H: function* () {
		return (yield* uname()).nodename;
	},
	u: function* () {
		const { euid } = yield* getcred();
		return (yield* getpwuid(euid))?.name ?? 'I have no name!';
	},
	$: function* () {
		return (yield* getcred()).euid === 0 ? '#' : '\\$';
	},
	w: function* (shell) {
		return abbreviated(shell);
	},
	W: function* (shell) {
		const directory = abbreviated(shell);
		return directory === '/' ? '/' : directory.replace(/^.*\//, '');
	},
	j: function* (shell) {
		return String(shell.jobs.list.length);
	},
	l: function* () {
		try {
			return (yield* ttyname(0)).replace(/^.*\//, '');
		} catch (thrown) {
			if (thrown instanceof Errno) return 'tty';
			throw thrown;
		}
	},
	'!': function* (shell) {
		return String(shell.history.length + 1);
	},
	'#': function* (shell) {
		return String(shell.promptCount);
	}
};

function abbreviated(shell: Shell): string {
	const directory = shell.variables.get('PWD')?.scalar ?? '';
	const home = shell.variables.get('HOME')?.scalar;
	if (home === undefined || home === '' || home === '/') return directory;
	return directory === home ? '~' : directory.startsWith(home + '/') ? '~' + directory.slice(home.length) : directory;
}

/** ~/.bash_history and the ! expansions (HISTORY EXPANSION in bash(1)): !!, !n, !-n, !str, !?str, !$, ^old^new. */
import { Errno, type Sys } from '#kernel/syscalls';
import { readText, writeFile } from '../libc/stdio';
import type { Shell } from './shell';

const SIZE_MAX = 2000;

function file(shell: Shell): string | undefined {
	return shell.parameter('HISTFILE');
}

export function* loadHistory(shell: Shell): Sys<void> {
	const path = file(shell);
	if (!path) return;
	try {
		shell.history = (yield* readText(path))
			.split('\n')
			.filter((line) => line !== '')
			.slice(-SIZE_MAX);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

export function* saveHistory(shell: Shell): Sys<void> {
	const path = file(shell);
	if (!path) return;
	try {
		yield* writeFile(path, shell.history.slice(-SIZE_MAX).join('\n') + (shell.history.length > 0 ? '\n' : ''), 0o600);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

/** Adds a command as HISTCONTROL says (ignoredups, ignorespace). */
export function remember(shell: Shell, text: string): void {
	const line = oneLine(text.replace(/\n+$/, ''));
	if (line.trim() === '') return;
	const control = shell.parameter('HISTCONTROL') ?? '';
	if (/ignore(space|both)/.test(control) && line.startsWith(' ')) return;
	if (/ignore(dups|both)/.test(control) && shell.history[shell.history.length - 1] === line) return;
	shell.history.push(line);
	if (shell.history.length > SIZE_MAX) shell.history.shift();
}

/** A command of several lines is kept as one (cmdhist), unless quotes or a here-document need their newlines. */
function oneLine(text: string): string {
	if (!text.includes('\n') || /["'`\\]|<</.test(text)) return text;
	return text
		.split('\n')
		.reduce(
			(joined, line) =>
				joined +
				(/(^|[\s;])(do|then|else|if|elif|while|until|in|\{)\s*$|[;&|({]\s*$/.test(joined) ? ' ' : '; ') +
				line.trimStart()
		);
}

export interface HistoryExpansion {
	readonly text: string;
	readonly changed: boolean;
	/** `!foo: event not found` */
	readonly error?: string;
}

export function expandHistory(line: string, history: readonly string[]): HistoryExpansion {
	const quick = /^\^([^^]*)\^([^^]*)\^?$/.exec(line);
	if (quick) {
		const last = history[history.length - 1] ?? '';
		if (!last.includes(quick[1]!)) return { text: line, changed: false, error: `:s${line}: substitution failed` };
		return { text: last.replace(quick[1]!, () => quick[2]!), changed: true };
	}
	let out = '';
	let changed = false;
	let single = false;
	let double = false;
	for (let at = 0; at < line.length;) {
		const c = line[at]!;
		if (c === '\\') {
			out += line.slice(at, at + 2);
			at += 2;
			continue;
		}
		if (c === "'" && !double) single = !single;
		if (c === '"' && !single) double = !double;
		if (
			c !== '!' ||
			single ||
			/^!($|[\s=(]|"$)/.test(line.slice(at)) ||
			(double && line[at + 1] === '"') ||
			out.endsWith('$') ||
			out.endsWith('${') ||
			out.endsWith('[')
		) {
			out += c;
			at++;
			continue;
		}
		const match = /^!(!|-?\d+|\$|\*|\?[^?\n]+\??|[^\s:;&|<>()"']+)/.exec(line.slice(at))!;
		const event = findEvent(match[1]!, history);
		if (event === undefined) return { text: line, changed: false, error: `${match[0]}: event not found` };
		out += event;
		at += match[0].length;
		changed = true;
	}
	return { text: out, changed };
}

function findEvent(text: string, history: readonly string[]): string | undefined {
	const last = history[history.length - 1];
	if (text === '!') return last;
	if (text === '$') return last?.split(/\s+/).pop();
	if (text === '*') return last?.split(/\s+/).slice(1).join(' ');
	if (/^-?\d+$/.test(text))
		return Number(text) < 0 ? history[history.length + Number(text)] : history[Number(text) - 1];
	if (text.startsWith('?'))
		return [...history].reverse().find((line) => line.includes(text.slice(1).replace(/\?$/, '')));
	return [...history].reverse().find((line) => line.startsWith(text));
}

/** echo, yes, true and false. The shell has its own echo; this is /usr/bin/echo. */
import type { Main } from '#kernel/syscalls';
import { print } from '../libc/stdio';
import { encode } from '../libc/text';
import { write } from '../libc/unistd';

const ESCAPES: Readonly<Record<string, string>> = {
	a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\'
}; // prettier-ignore

/** @returns the text, and whether \c ended the output */
export function expandEscapes(text: string): { text: string; ended: boolean } {
	let out = '';
	for (let i = 0; i < text.length; i++) {
		if (text[i] !== '\\' || i + 1 >= text.length) {
			out += text[i];
			continue;
		}
		const letter = text[++i]!;
		if (letter === 'c') return { text: out, ended: true };
		const number =
			letter === '0'
				? /^[0-7]{1,3}/.exec(text.slice(i + 1))
				: letter === 'x'
					? /^[0-9a-fA-F]{1,2}/.exec(text.slice(i + 1))
					: null;
		if (number) {
			out += byteCharacter(Number.parseInt(number[0], letter === '0' ? 8 : 16) & 0xff);
			i += number[0].length;
		} else if (letter === '0') out += '\0';
		else out += ESCAPES[letter] ?? `\\${letter}`;
	}
	return { text: out, ended: false };
}

/** A byte as text holds it (`libc/text`). */
function byteCharacter(byte: number): string {
	return String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
}

export const echo: Main = function* (argv) {
	let newline = true;
	let escapes = false;
	let at = 1;
	for (; at < argv.length && /^-[neE]+$/.test(argv[at]!); at++) {
		for (const letter of argv[at]!.slice(1)) {
			if (letter === 'n') newline = false;
			else escapes = letter === 'e';
		}
	}
	const text = argv.slice(at).join(' ');
	const shown = escapes ? expandEscapes(text) : { text, ended: false };
	yield* print(shown.text + (newline && !shown.ended ? '\n' : ''));
	return 0;
};

export const yes: Main = function* (argv) {
	const line = `${argv.length > 1 ? argv.slice(1).join(' ') : 'y'}\n`;
	const bytes = encode(line.repeat(Math.ceil(4096 / line.length)));
	for (;;) yield* write(1, bytes);
};

export const trueMain: Main = function* () {
	return 0;
};

export const falseMain: Main = function* () {
	return 1;
};

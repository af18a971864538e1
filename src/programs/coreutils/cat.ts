/** cat, tac and nl: files one after the other, backwards, numbered. */
import { O, type Sys } from '#kernel/syscalls';
import { Regex } from '../libc/regex';
import { STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { close, fstat, open, read } from '../libc/unistd';
import { quoteFile } from './quote';
import { splitLines, type Tool, utility } from './utility';
import { isRegular } from './modes';

const CHUNK = 65_536;

interface CatFormat {
	readonly number: 'all' | 'nonblank' | 'none';
	readonly squeeze: boolean;
	readonly ends: boolean;
	readonly tabs: boolean;
	readonly nonprinting: boolean;
}

/** What cat carries from one file into the next. */
interface CatState {
	line: number;
	blank: boolean;
	atStart: boolean;
}

export const cat = utility(
	[
		'A|show-all',
		'b|number-nonblank',
		'e',
		'E|show-ends',
		'n|number',
		's|squeeze-blank',
		't',
		'T|show-tabs',
		'u',
		'v|show-nonprinting'
	],
	function* (tool, options) {
		const all = options.has('show-all');
		const format: CatFormat = {
			number: options.has('number-nonblank') ? 'nonblank' : options.has('number') ? 'all' : 'none',
			squeeze: options.has('squeeze-blank'),
			ends: all || options.has('e') || options.has('show-ends'),
			tabs: all || options.has('t') || options.has('show-tabs'),
			nonprinting: all || options.has('e') || options.has('t') || options.has('show-nonprinting')
		};
		const plain = format.number === 'none' && !format.squeeze && !format.ends && !format.tabs && !format.nonprinting;
		const state: CatState = { line: 0, blank: false, atStart: true };
		for (const path of options.operands.length > 0 ? options.operands : ['-']) {
			yield* catFile(tool, path, plain ? (bytes) => bytes : (bytes) => transform(bytes, format, state));
		}
	},
	{ synopsis: 'cat [OPTION]... [FILE]...' }
);

function* catFile(tool: Tool, path: string, change: (bytes: Uint8Array) => Uint8Array): Sys<void> {
	let fd = STDIN;
	try {
		if (path !== '-') fd = yield* open(path, O.RDONLY);
		if (yield* sameAsOutput(fd)) {
			yield* tool.complain(`${quoteFile(path)}: input file is output file`);
			return;
		}
		for (;;) {
			const bytes = yield* read(fd, CHUNK);
			if (bytes.length === 0) break;
			yield* tool.print(change(bytes));
			yield* tool.flush();
		}
	} catch (thrown) {
		yield* tool.complain(`${quoteFile(path)}: ${strerror(errnoOf(thrown))}`);
	} finally {
		if (fd !== STDIN) yield* close(fd);
	}
}

function* sameAsOutput(fd: number): Sys<boolean> {
	const output = yield* fstat(1);
	if (!isRegular(output.mode)) return false;
	const input = yield* fstat(fd);
	return isRegular(input.mode) && input.inode === output.inode && input.size > 0 && input.ctime === output.ctime;
}

function transform(bytes: Uint8Array, format: CatFormat, state: CatState): Uint8Array {
	const out: number[] = [];
	const put = (text: string): void => {
		for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i));
	};
	for (const byte of bytes) {
		if (byte === 10) {
			if (state.atStart) {
				if (format.squeeze && state.blank) continue;
				state.blank = true;
				if (format.number === 'all') put(lineNumber(++state.line));
			}
			put(format.ends ? '$\n' : '\n');
			state.atStart = true;
			continue;
		}
		if (state.atStart && format.number !== 'none') put(lineNumber(++state.line));
		state.atStart = false;
		state.blank = false;
		if (byte === 9) put(format.tabs ? '^I' : '\t');
		else if (format.nonprinting) put(visible(byte));
		else out.push(byte);
	}
	return Uint8Array.from(out);
}

const lineNumber = (number: number): string => `${String(number).padStart(6)}\t`;

/** ^X and M- notation. */
export function visible(byte: number): string {
	if (byte >= 128) return `M-${visible(byte - 128)}`;
	if (byte === 127) return '^?';
	return byte < 32 ? `^${String.fromCharCode(byte + 64)}` : String.fromCharCode(byte);
}

export const tac = utility(['b|before', 'r|regex', 's|separator='], function* (tool, options) {
	const separator = options.get('separator') ?? '\n';
	for (const path of options.operands.length > 0 ? options.operands : ['-']) {
		const text = yield* tool.inputText(path, (error) => `failed to open ${quoteFile(path)} for reading: ${error}`);
		if (text === undefined) continue;
		const parts = text.split(separator);
		const last = parts.pop()!;
		const records = parts.map((part) => part + separator);
		if (last !== '') records.push(last);
		yield* tool.print(records.reverse().join(''));
	}
});

export const nl = utility(
	[
		'b|body-numbering=',
		'd|section-delimiter=',
		'f|footer-numbering=',
		'h|header-numbering=',
		'i|line-increment=',
		'l|join-blank-lines=',
		'n|number-format=',
		'p|no-renumber',
		's|number-separator=',
		'v|starting-line-number=',
		'w|number-width='
	],
	function* (tool, options) {
		const body = options.get('body-numbering') ?? 't';
		const step = Number(options.get('line-increment') ?? 1);
		const width = Number(options.get('number-width') ?? 6);
		const separator = options.get('number-separator') ?? '\t';
		const format = options.get('number-format') ?? 'rn';
		const blanksJoined = Number(options.get('join-blank-lines') ?? 1);
		let number = Number(options.get('starting-line-number') ?? 1);
		let blanks = 0;
		const pattern = body.startsWith('p') ? new Regex(body.slice(1)) : undefined;
		for (const path of options.operands.length > 0 ? options.operands : ['-']) {
			for (const line of splitLines((yield* tool.inputText(path)) ?? '')) {
				blanks = line === '' ? blanks + 1 : 0;
				const counted =
					body === 'a'
						? line !== '' || blanks % blanksJoined === 0
						: pattern
							? pattern.test(line)
							: body === 't' && line !== '';
				if (counted) {
					const digits = String(number);
					const shown = format === 'ln' ? digits.padEnd(width) : digits.padStart(width, format === 'rz' ? '0' : ' ');
					yield* tool.print(`${shown}${separator}${line}\n`);
					number += step;
				} else yield* tool.print(`${' '.repeat(width + separator.length)}${line}\n`);
			}
		}
	}
);

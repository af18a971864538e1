/** wc(1): lines, words, characters, bytes and the longest line. */
import type { Sys } from '#kernel/syscalls';
import { S } from '#kernel/syscalls';
import { decode } from '../libc/text';
import { lstat, stat } from '../libc/unistd';
import { quoteFile } from './quote';
import { attempt, splitLines, type Tool, utility } from './utility';

const COUNTS = ['lines', 'words', 'chars', 'bytes', 'max-line-length'] as const;
type Counts = Record<(typeof COUNTS)[number], number>;

const none = (): Counts => ({ lines: 0, words: 0, chars: 0, bytes: 0, 'max-line-length': 0 });

export const wc = utility(
	['c|bytes', 'm|chars', 'l|lines', 'w|words', 'L|max-line-length', 'files0-from=', 'total='],
	function* (tool, options) {
		const chosen = COUNTS.filter((count) => options.has(count));
		const shown = chosen.length > 0 ? chosen : (['lines', 'words', 'bytes'] as const);
		const listFile = options.get('files0-from');
		const listed = listFile === undefined ? [] : splitLines((yield* tool.inputText(listFile)) ?? '', '\0');
		const operands = [...options.operands, ...listed];
		const files = operands.length > 0 ? operands : ['-'];
		const width = yield* columnWidth(operands, shown.length);
		const total = none();
		for (const path of files) {
			const counts = yield* countFile(tool, path);
			if (!counts) continue;
			for (const name of COUNTS) {
				total[name] = name === 'max-line-length' ? Math.max(total[name], counts[name]) : total[name] + counts[name];
			}
			yield* tool.print(row(counts, shown, width, operands.length > 0 ? quoteLine(path) : undefined));
		}
		if (files.length > 1) yield* tool.print(row(total, shown, width, 'total'));
	}
);

const quoteLine = (path: string): string => (path.includes('\n') ? quoteFile(path) : path);

function row(counts: Counts, shown: readonly (keyof Counts)[], width: number, name: string | undefined): string {
	const numbers = shown.map((count) => String(counts[count]).padStart(width)).join(' ');
	return `${numbers}${name === undefined ? '' : ` ${name}`}\n`;
}

/** Wide enough for the sum of the sizes; 7 where a size cannot be known; 1 for a single number. */
function* columnWidth(files: readonly string[], counts: number): Sys<number> {
	if (files.length <= 1 && counts === 1) return 1;
	let width = 1;
	let sum = 0;
	for (const path of files.length > 0 ? files : ['-']) {
		const found =
			path === '-'
				? yield* attempt(stat('/dev/stdin'))
				: ((yield* attempt(stat(path))) ?? (yield* attempt(lstat(path))));
		if (!found) {
			if (path === '-') width = 7;
			continue;
		}
		if ((found.mode & S.IFMT) === S.IFREG) sum += found.size;
		else width = 7;
	}
	return Math.max(width, String(sum).length);
}

function* countFile(tool: Tool, path: string): Sys<Counts | undefined> {
	const bytes = yield* tool.input(path, (error) => `${quoteFile(path)}: ${error}`);
	if (bytes) return count(bytes);
	// what could be opened but not read counts as empty
	const found = yield* attempt(stat(path));
	return found && (found.mode & S.IFMT) === S.IFDIR ? none() : undefined;
}

function count(bytes: Uint8Array): Counts {
	const text = decode(bytes);
	let characters = 0;
	let lines = 0;
	let words = 0;
	let longest = 0;
	let column = 0;
	let inWord = false;
	for (const character of text) {
		const code = character.codePointAt(0)!;
		const invalid = code >= 0xdc80 && code <= 0xdcff;
		if (!invalid) characters++;
		if (code === 10 || code === 13 || code === 12) {
			if (code === 10) lines++;
			longest = Math.max(longest, column);
			column = 0;
		} else if (code === 9) column += 8 - (column % 8);
		else if (code >= 32 && !invalid) column++;
		const blank = code === 32 || (code >= 9 && code <= 13) || code === 0xa0;
		if (blank) inWord = false;
		else if (!inWord && code >= 32 && !invalid) {
			words++;
			inWord = true;
		}
	}
	return { lines, words, chars: characters, bytes: bytes.length, 'max-line-length': Math.max(longest, column) };
}

/** cut(1), paste(1), fold(1) and tee(1). */
import { O } from '#kernel/syscalls';
import { expandEscapes } from './echo';
import { STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { open, read, write } from '../libc/unistd';
import { quote, quoteFile } from './quote';
import { splitLines, UsageError, utility } from './utility';

type Range = readonly [first: number, last: number];

function parseRanges(text: string, fields: boolean): Range[] {
	return text.split(/[, \t]/).map((item): Range => {
		const found = /^(\d*)(-?)(\d*)$/.exec(item);
		if (!found) throw new UsageError(`invalid ${fields ? 'field value' : 'byte/character position'} ${quote(item)}`);
		const [, low, dash, high] = found as unknown as [string, string, string, string];
		if (low === '' && dash === '')
			throw new UsageError(fields ? 'fields are numbered from 1' : 'byte/character positions are numbered from 1');
		if (low === '' && high === '') throw new UsageError('invalid range with no endpoint: -');
		const first = low === '' ? 1 : Number(low);
		const last = dash === '' ? first : high === '' ? Infinity : Number(high);
		if (first === 0 || last === 0)
			throw new UsageError(fields ? 'fields are numbered from 1' : 'byte/character positions are numbered from 1');
		if (last < first) throw new UsageError(`invalid decreasing range`);
		return [first, last];
	});
}

export const cut = utility(
	[
		'b|bytes=',
		'c|characters=',
		'd|delimiter=',
		'f|fields=',
		'n',
		'complement',
		's|only-delimited',
		'output-delimiter=',
		'z|zero-terminated'
	],
	function* (tool, options) {
		const kinds = options.options.filter(({ name }) => ['bytes', 'characters', 'fields'].includes(name));
		if (kinds.length === 0) throw new UsageError('you must specify a list of bytes, characters, or fields');
		if (kinds.length > 1) throw new UsageError('only one type of list may be specified');
		const fields = kinds[0]!.name === 'fields';
		const delimiter = options.get('delimiter') ?? '\t';
		if (options.has('delimiter') && [...delimiter].length > 1)
			throw new UsageError('the delimiter must be a single character');
		if (!fields && options.has('delimiter'))
			throw new UsageError('an input delimiter may be specified only when operating on fields');
		if (!fields && options.has('only-delimited'))
			throw new UsageError('suppressing non-delimited lines makes sense\n\tonly when operating on fields');
		const ranges = parseRanges(kinds[0]!.value!, fields);
		const wanted = (index: number): boolean =>
			ranges.some(([first, last]) => index >= first && index <= last) !== options.has('complement');
		const separator = delimiter === '' ? '\0' : delimiter;
		const joiner = options.get('output-delimiter');
		const end = options.has('zero-terminated') ? '\0' : '\n';
		const starts = new Set(ranges.map(([first]) => first));
		const cutLine = (line: string): string | undefined => {
			if (fields) {
				if (!line.includes(separator)) return options.has('only-delimited') ? undefined : line;
				return line
					.split(separator)
					.filter((_field, i) => wanted(i + 1))
					.join(joiner ?? separator);
			}
			const bytes = encode(line);
			const out: number[] = [];
			bytes.forEach((byte, i) => {
				if (!wanted(i + 1)) return;
				if (joiner !== undefined && out.length > 0 && (starts.has(i + 1) || !wanted(i))) out.push(...encode(joiner));
				out.push(byte);
			});
			return decode(Uint8Array.from(out));
		};
		for (const path of options.operands.length > 0 ? options.operands : ['-']) {
			const text = yield* tool.inputText(path);
			for (const line of splitLines(text ?? '', end)) {
				const out = cutLine(line);
				if (out !== undefined) yield* tool.print(out + end);
			}
		}
	}
);

export const paste = utility(['d|delimiters=', 's|serial', 'z|zero-terminated'], function* (tool, options) {
	const marks = [...expandEscapes((options.get('delimiters') ?? '\t').replaceAll('\\0', '\u{e000}')).text].map(
		(mark) => (mark === '\u{e000}' ? '' : mark)
	);
	const end = options.has('zero-terminated') ? '\0' : '\n';
	const mark = (i: number): string => (marks.length === 0 ? '' : marks[i % marks.length]!);
	const operands = options.operands.length > 0 ? options.operands : ['-'];
	const stdin = operands.includes('-') ? splitLines((yield* tool.inputText('-')) ?? '', end) : [];
	const files: { lines: readonly string[]; next: () => string | undefined }[] = [];
	let at = 0;
	for (const path of operands) {
		if (path === '-') files.push({ lines: stdin, next: () => stdin[at++] });
		else {
			const text = yield* tool.inputText(path);
			if (text === undefined) return options.has('serial') ? undefined : 1;
			const lines = splitLines(text, end);
			let i = 0;
			files.push({ lines, next: () => lines[i++] });
		}
	}
	if (options.has('serial')) {
		for (const { lines } of files)
			yield* tool.print(lines.map((line, i) => (i > 0 ? mark(i - 1) : '') + line).join('') + end);
		return undefined;
	}
	for (;;) {
		const row = files.map(({ next }) => next());
		if (row.every((cell) => cell === undefined)) return undefined;
		yield* tool.print(row.map((cell, i) => (i > 0 ? mark(i - 1) : '') + (cell ?? '')).join('') + end);
	}
});

export const fold = utility(['b|bytes', 's|spaces', 'w|width='], function* (tool, options) {
	const width = Number(options.get('width') ?? 80);
	if (!(width > 0)) throw new UsageError(`invalid number of columns: ${quote(options.get('width')!)}`);
	for (const path of options.operands.length > 0 ? options.operands : ['-']) {
		const text = (yield* tool.inputText(path)) ?? '';
		let out = '';
		let line = '';
		let column = 0;
		const advance = (character: string): number => {
			if (options.has('bytes')) return column + encode(character).length;
			if (character === '\b') return Math.max(0, column - 1);
			if (character === '\r') return 0;
			return character === '\t' ? column + 8 - (column % 8) : column + encode(character).length;
		};
		for (const character of text) {
			if (character === '\n') {
				out += `${line}\n`;
				line = '';
				column = 0;
				continue;
			}
			while (advance(character) > width && line !== '') {
				const blank = options.has('spaces') ? Math.max(line.lastIndexOf(' '), line.lastIndexOf('\t')) : -1;
				const rest = blank >= 0 ? line.slice(blank + 1) : '';
				out += `${blank >= 0 ? line.slice(0, blank + 1) : line}\n`;
				line = '';
				column = 0;
				for (const kept of rest) {
					column = advance(kept);
					line += kept;
				}
			}
			column = advance(character);
			line += character;
		}
		yield* tool.print(out + line);
	}
});

export const tee = utility(['a|append', 'i|ignore-interrupts', 'p', 'output-error=?'], function* (tool, options) {
	const outputs: { path: string; fd: number }[] = [];
	for (const path of options.operands) {
		try {
			outputs.push({
				path,
				fd: yield* open(path, O.WRONLY | O.CREAT | (options.has('append') ? O.APPEND : O.TRUNC), 0o666)
			});
		} catch (thrown) {
			yield* tool.complain(`${quoteFile(path)}: ${strerror(errnoOf(thrown))}`);
		}
	}
	for (;;) {
		const bytes = yield* read(STDIN, 65_536);
		if (bytes.length === 0) return;
		yield* tool.print(bytes);
		yield* tool.flush();
		for (const { path, fd } of outputs) {
			try {
				yield* write(fd, bytes);
			} catch (thrown) {
				yield* tool.complain(`${quoteFile(path)}: ${strerror(errnoOf(thrown))}`);
			}
		}
	}
});

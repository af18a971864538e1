/**
 * split(1) and truncate(1).
 *
 * Not simulated: split --filter and -u.
 */
import { O, type Main, type Sys } from '#kernel/syscalls';
import { readAll, writeFile } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { close, fstat, ftruncate, open, stat } from '../libc/unistd';
import { parseSize } from './numbers';
import { quote, quoteShell } from './quote';
import { atMost, Fatal, type Parsed, UsageError, utility } from './utility';

const ALPHABETS = { letters: 'abcdefghijklmnopqrstuvwxyz', 'numeric-suffixes': '0123456789', 'hex-suffixes': '0123456789abcdef' } as const; // prettier-ignore

/** The names of the pieces: xaa, xab … xyz, xzaaa when the length was not given. */
class Names {
	#index: number;

	constructor(
		readonly prefix: string,
		readonly alphabet: string,
		readonly length: number | undefined,
		readonly ending: string,
		start: number
	) {
		this.#index = start;
	}

	next(): string {
		const { alphabet } = this;
		const base = alphabet.length;
		let index = this.#index++;
		let length = this.length ?? 2;
		let lead = '';
		if (this.length === undefined) {
			// as soon as the first digit would be the last one, two digits more
			for (
				let room = base ** length - base ** (length - 1);
				index >= room;
				room = base ** length - base ** (length - 1)
			) {
				index -= room;
				lead += alphabet.at(-1);
				length++;
			}
		} else if (index >= base ** length) throw new Fatal('output file suffixes exhausted');
		let suffix = '';
		for (let i = 0; i < length; i++) {
			suffix = alphabet[index % base]! + suffix;
			index = Math.floor(index / base);
		}
		return this.prefix + lead + suffix + this.ending;
	}
}

function amount(options: Parsed, name: string, what: string): number | undefined {
	const given = options.get(name);
	if (given === undefined) return undefined;
	const value = parseSize(given);
	if (value === undefined) throw new Fatal(`invalid number of ${what}: ${quote(given)}`);
	if (value <= 0) throw new Fatal(`invalid number of ${what}: ${quote(given)}: Numerical result out of range`);
	return value;
}

/** Pieces of at most so many lines. */
function byLines(all: Uint8Array, count: number, end: number): Uint8Array[] {
	const pieces: Uint8Array[] = [];
	for (let at = 0; at < all.length;) {
		let stop = at;
		for (let line = 0; line < count && stop < all.length; line++) {
			const newline = all.indexOf(end, stop);
			stop = newline < 0 ? all.length : newline + 1;
		}
		pieces.push(all.subarray(at, stop));
		at = stop;
	}
	return pieces;
}

function byBytes(all: Uint8Array, count: number): Uint8Array[] {
	const pieces: Uint8Array[] = [];
	for (let at = 0; at < all.length; at += count) pieces.push(all.subarray(at, at + count));
	return pieces;
}

/** -C: whole lines of together at most so many bytes; a longer line is cut. */
function byLineBytes(all: Uint8Array, count: number, end: number): Uint8Array[] {
	const pieces: Uint8Array[] = [];
	for (let at = 0; at < all.length;) {
		const limit = Math.min(all.length, at + count);
		const newline = all.lastIndexOf(end, limit - 1);
		const stop = limit === all.length || newline < at ? limit : newline + 1;
		pieces.push(all.subarray(at, stop));
		at = stop;
	}
	return pieces;
}

/** -n N: pieces of equal size; -n l/N: the lines that begin in each of them. */
function byChunks(all: Uint8Array, count: number, lines: boolean, end: number): Uint8Array[] {
	const size = Math.floor(all.length / count);
	const bound = (i: number): number => (i >= count ? all.length : i * size);
	if (!lines) return Array.from({ length: count }, (_, i) => all.subarray(bound(i), bound(i + 1)));
	const starts = Array.from({ length: count + 1 }, (_, i) => {
		if (i === 0 || bound(i) >= all.length) return bound(i);
		const newline = all.indexOf(end, bound(i) - 1);
		return newline < 0 ? all.length : newline + 1;
	});
	return Array.from({ length: count }, (_, i) => all.subarray(starts[i]!, Math.max(starts[i]!, starts[i + 1]!)));
}

const runSplit = utility(
	['a|suffix-length=', 'additional-suffix=', 'b|bytes=', 'C|line-bytes=', 'd', 'numeric-suffixes=?', 'x', 'hex-suffixes=?', 'e|elide-empty-files', 'filter=', 'l|lines=', 'n|number=', 't|separator=', 'u|unbuffered', 'verbose'], // prettier-ignore
	function* (tool, options) {
		const kinds = options.options.filter(({ name }) => ['bytes', 'line-bytes', 'lines', 'number'].includes(name));
		const bytes = amount(options, 'bytes', 'bytes');
		const lineBytes = amount(options, 'line-bytes', 'bytes');
		const lines = amount(options, 'lines', 'lines');
		if (kinds.length > 1) throw new UsageError('cannot split in more than one way');
		const chunks = options.get('number');
		const found = chunks === undefined ? undefined : /^(l\/|r\/)?(\d+)$/.exec(chunks);
		if (found === null) throw new Fatal(`invalid number of chunks: ${quote(chunks!)}`);
		const length = options.get('suffix-length');
		if (length !== undefined && !/^\d+$/.test(length)) throw new Fatal(`invalid suffix length: ${quote(length)}`);
		atMost(options, 2);
		const [input = '-', prefix = 'x'] = options.operands;
		const numeric = options.last('d', 'numeric-suffixes', 'x', 'hex-suffixes');
		const kind = numeric === undefined ? 'letters' : numeric === 'd' || numeric === 'numeric-suffixes' ? 'numeric-suffixes' : 'hex-suffixes'; // prettier-ignore
		const start = options.get(kind);
		const names = new Names(prefix, ALPHABETS[kind], length === undefined || length === '0' ? (start === undefined ? undefined : 2) : Number(length), options.get('additional-suffix') ?? '', Number.parseInt(start ?? '0', kind === 'hex-suffixes' ? 16 : 10)); // prettier-ignore
		const all = yield* readInput(input);
		const end = options.get('separator')?.charCodeAt(0) ?? 10;
		let pieces: Uint8Array[];
		if (bytes !== undefined) pieces = byBytes(all, bytes);
		else if (lineBytes !== undefined) pieces = byLineBytes(all, lineBytes, end);
		else if (found) pieces = byChunks(all, Number(found[2]), found[1] !== undefined, end);
		else pieces = byLines(all, lines ?? 1000, end);
		for (const piece of pieces) {
			if (piece.length === 0 && options.has('elide-empty-files')) continue;
			const name = names.next();
			if (options.has('verbose')) yield* tool.print(`creating file ${quoteShell(name)}\n`);
			try {
				yield* writeFile(name, piece);
			} catch (thrown) {
				throw new Fatal(`${name}: ${strerror(errnoOf(thrown))}`);
			}
		}
	}
);

/** "-5" of old is -l 5. */
export const split: Main = (argv, env) =>
	runSplit(
		argv.map((word, i) =>
			i > 0 && /^-\d+$/.test(word) && !/^-[aln]$/.test(argv[i - 1]!) ? `-l${word.slice(1)}` : word
		),
		env
	);

function* readInput(path: string): Sys<Uint8Array> {
	if (path === '-') return yield* readAll(0);
	let fd: number;
	try {
		fd = yield* open(path, O.RDONLY);
	} catch (thrown) {
		throw new Fatal(`cannot open ${quoteShell(path)} for reading: ${strerror(errnoOf(thrown))}`);
	}
	try {
		return yield* readAll(fd);
	} catch (thrown) {
		throw new Fatal(`${path}: ${strerror(errnoOf(thrown))}`);
	} finally {
		yield* close(fd);
	}
}

const RELATIVE: Readonly<Record<string, (old: number, size: number) => number>> = {
	'+': (old, size) => old + size,
	'-': (old, size) => Math.max(0, old - size),
	'<': (old, size) => Math.min(old, size),
	'>': (old, size) => Math.max(old, size),
	'/': (old, size) => Math.floor(old / size) * size,
	'%': (old, size) => Math.ceil(old / size) * size
};

export const truncate = utility(['c|no-create', 'o|io-blocks', 'r|reference=', 's|size='], function* (tool, options) {
	const given = options.get('size')?.trim();
	const reference = options.get('reference');
	const mode = given !== undefined && given[0]! in RELATIVE ? given[0]! : '';
	const size = given === undefined ? undefined : parseSize(given.slice(mode.length).trim());
	if (given !== undefined && size === undefined) throw new Fatal(`Invalid number: ${quote(given.slice(mode.length))}`);
	if ((mode === '/' || mode === '%') && size === 0) throw new Fatal('division by zero');
	if (given === undefined && reference === undefined) throw new UsageError(`you must specify either ${quote('--size')} or ${quote('--reference')}`); // prettier-ignore
	if (given !== undefined && reference !== undefined && mode === '') throw new UsageError(`you must specify a relative ${quote('--size')} with ${quote('--reference')}`); // prettier-ignore
	if (options.has('io-blocks') && given === undefined) throw new UsageError(`${quote('--io-blocks')} was specified but ${quote('--size')} was not`); // prettier-ignore
	if (options.operands.length === 0) throw new UsageError('missing file operand');
	let base: number | undefined;
	if (reference !== undefined) {
		try {
			base = (yield* stat(reference)).size;
		} catch (thrown) {
			throw new Fatal(`cannot stat ${quoteShell(reference)}: ${strerror(errnoOf(thrown))}`);
		}
	}
	for (const path of options.operands) {
		let fd: number;
		try {
			fd = yield* open(path, O.WRONLY | O.NONBLOCK | (options.has('no-create') ? 0 : O.CREAT), 0o666);
		} catch (thrown) {
			const error = errnoOf(thrown);
			if (!(options.has('no-create') && error.code === 'ENOENT'))
				yield* tool.complain(`cannot open ${quoteShell(path)} for writing: ${strerror(error)}`);
			continue;
		}
		const wanted = (size ?? base!) * (options.has('io-blocks') ? 4096 : 1);
		const target = mode === '' ? wanted : RELATIVE[mode]!(base ?? (yield* fstat(fd)).size, wanted);
		try {
			yield* ftruncate(fd, target);
		} catch (thrown) {
			yield* tool.complain(`failed to truncate ${quoteShell(path)} at ${target} bytes: ${strerror(errnoOf(thrown))}`);
		}
		yield* close(fd);
	}
});

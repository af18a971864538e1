/** cmp(1) of diffutils 3.8: the first byte that differs, or all of them. */
import { O, S, type Sys } from '#kernel/syscalls';
import { parseSize } from '../coreutils/numbers';
import { Fatal, type Parsed, UsageError, utility } from '../coreutils/utility';
import { printError, readAll } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { close, fstat, open, stat } from '../libc/unistd';

const TROUBLE = 2;

/** As cat -v shows it: ^A, M-a. */
function visible(byte: number): string {
	const high = byte >= 128 ? 'M-' : '';
	const low = byte & 127;
	if (low < 32) return `${high}^${String.fromCharCode(low + 64)}`;
	return high + (low === 127 ? '^?' : String.fromCharCode(low));
}

const octal = (byte: number): string => byte.toString(8).padStart(3);

function amount(text: string, option: string): number {
	const value = parseSize(text);
	if (value === undefined || value < 0) throw new UsageError(`invalid --${option} value '${text}'`);
	return value;
}

/** "10" or "10:20", and the third and fourth operand */
function skips(options: Parsed): [number, number] {
	const given = options.get('ignore-initial');
	const [first, second] = given?.split(':') ?? [];
	const both = first === undefined ? 0 : amount(first, 'ignore-initial');
	const own: [number, number] = [both, second === undefined ? both : amount(second, 'ignore-initial')];
	for (const i of [0, 1] as const) {
		const operand = options.operands[2 + i];
		if (operand !== undefined) own[i] = Math.max(own[i], amount(operand, 'ignore-initial'));
	}
	return own;
}

function* content(path: string): Sys<Uint8Array> {
	try {
		if (path === '-') return yield* readAll(0);
		const fd = yield* open(path, O.RDONLY);
		try {
			return yield* readAll(fd);
		} finally {
			yield* close(fd);
		}
	} catch (thrown) {
		throw new Fatal(`${path}: ${strerror(errnoOf(thrown))}`, TROUBLE);
	}
}

/** of a file that has no size, such as a pipe, -l leaves room for any offset */
const OFFSET_MAX = 9_223_372_036_854_775_807n;

function* sizeOf(path: string): Sys<number> {
	const found = yield* path === '-' ? fstat(0) : stat(path);
	return (found.mode & S.IFMT) === S.IFREG ? found.size : Infinity;
}

export const cmp = utility(
	['b|print-bytes', 'i|ignore-initial=', 'l|verbose', 'n|bytes=', 's|quiet|silent', 'v', 'c|old-print-bytes'],
	function* (tool, options) {
		const { operands } = options;
		const [one, two = '-'] = operands;
		if (one === undefined) throw new UsageError(`missing operand after '${options.options.at(-1)?.as ?? tool.name}'`);
		if (operands.length > 4) throw new UsageError(`extra operand '${operands[4]!}'`);
		const skip = skips(options);
		const most = options.has('bytes') ? amount(options.get('bytes')!, 'bytes') : Infinity;
		const [verbose, silent] = [options.has('verbose'), options.has('silent')];
		if (verbose && silent) throw new UsageError('options -l and -s are incompatible');
		const print = options.has('print-bytes') || options.has('old-print-bytes');
		const files = [yield* content(one), one === '-' && two === '-' ? new Uint8Array(0) : yield* content(two)];
		if (one === two && skip[0] === skip[1]) return 0;
		const [a, b] = files.map((bytes, i) => bytes.subarray(skip[i]!, most === Infinity ? undefined : skip[i]! + most));
		const common = Math.min(a!.length, b!.length);
		const sizes = [yield* sizeOf(one), yield* sizeOf(two)];
		const known = sizes.map((size, i) => size - skip[i]!);
		const width = String(Math.min(...known, most) === Infinity ? OFFSET_MAX : Math.min(Math.max(...known.filter(Number.isFinite)), most)).length; // prettier-ignore
		let line = 1;
		let different = false;
		let lastNewline = true;
		for (let i = 0; i < common; i++) {
			const [x, y] = [a![i]!, b![i]!];
			if (x !== y) {
				different = true;
				if (silent) return 1;
				const bytes = (gap: string): string => (print ? `${octal(x)} ${visible(x).padEnd(gap === '' ? 0 : 4)} ${octal(y)} ${visible(y)}` : `${octal(x)} ${octal(y)}`); // prettier-ignore
				if (!verbose) {
					const shown = print ? ` is ${bytes('')}` : '';
					yield* tool.print(`${one} ${two} differ: byte ${i + 1}, line ${line}${shown}\n`);
					return 1;
				}
				yield* tool.print(`${String(i + 1).padStart(width)} ${bytes(' ')}\n`);
			}
			lastNewline = x === 10;
			if (lastNewline) line++;
		}
		if (a!.length === b!.length) return different ? 1 : 0;
		yield* tool.flush();
		if (!silent) {
			const short = a!.length < b!.length ? one : two;
			const place = verbose ? '' : lastNewline ? `, line ${line - 1}` : `, in line ${line}`;
			yield* printError(`${tool.name}: EOF on ${short} ${common === 0 ? 'which is empty' : `after byte ${common}${place}`}\n`); // prettier-ignore
		}
		return 1;
	},
	{ usageStatus: TROUBLE, version: 'GNU diffutils) 3.8', namedTry: true }
);

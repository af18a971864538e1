/** head(1): the first lines or bytes of files. */
import { O, type Sys } from '#kernel/syscalls';
import { printError, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { close, open, read } from '../libc/unistd';
import { sizeArgument } from './numbers';
import { quoteShell } from './quote';
import { join, type Tool, utility } from './utility';
import type { Main } from '#kernel/syscalls';

interface Amount {
	readonly unit: 'lines' | 'bytes';
	readonly count: number;
	/** all but the last `count` */
	readonly fromEnd: boolean;
}

const CHUNK = 8192;

const run = utility(
	['c|bytes=', 'n|lines=', 'q|quiet', 'silent', 'v|verbose', 'z|zero-terminated'],
	function* (tool, options) {
		const unit = options.last('lines', 'bytes') === 'bytes' ? 'bytes' : 'lines';
		const given = options.get(unit) ?? '10';
		const fromEnd = given.startsWith('-');
		const count = sizeArgument(fromEnd ? given.slice(1) : given, `invalid number of ${unit}`);
		const files = options.operands.length > 0 ? options.operands : ['-'];
		const quiet = options.has('quiet') || options.has('silent');
		const headers = options.has('verbose') || (files.length > 1 && !quiet);
		let first = true;
		for (const path of files) {
			const fd = yield* openInput(tool, path);
			if (fd === undefined) continue;
			if (headers) yield* tool.print(`${first ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`);
			first = false;
			try {
				yield* copy(tool, fd, { unit, count, fromEnd }, options.has('zero-terminated') ? 0 : 10);
			} catch (thrown) {
				yield* tool.complain(`error reading ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
			}
			if (fd !== STDIN) yield* close(fd);
		}
	}
);

/** "-5" and "-5c" of old are -n 5 and -c 5. */
export const head: Main = (argv, env) => {
	const old = /^-(\d+)([bckm]?)([qvz]*)$/.exec(argv[1] ?? '');
	if (!old) return obsolete(argv, env);
	const bytes = old[2] !== '' ? '-c' : '-n';
	const unit = { b: 'b', k: 'K', m: 'M', c: '', '': '' }[old[2] as 'b'];
	const letters = [...old[3]!].map((letter) => `-${letter}`);
	return run([argv[0]!, ...letters, bytes, old[1]! + unit, ...argv.slice(2)], env);
};

/** "-5x": digits and a letter that is none of theirs */
function obsolete(argv: readonly string[], env: ReadonlyMap<string, string>): Sys<number> {
	const wrong = /^-\d+[bcklmqvz]*([^bcklmqvz])/su.exec(argv[1] ?? '')?.[1];
	return wrong === undefined ? run(argv, env) : trailing(argv, wrong);
}

function* trailing(argv: readonly string[], letter: string): Sys<number> {
	yield* printError(
		`${argv[0]!}: invalid trailing option -- ${letter}\nTry '${argv[0]!} --help' for more information.\n`
	);
	return 1;
}

export function* openInput(tool: Tool, path: string): Sys<number | undefined> {
	if (path === '-') return STDIN;
	try {
		return yield* open(path, O.RDONLY);
	} catch (thrown) {
		yield* tool.complain(`cannot open ${quoteShell(path)} for reading: ${strerror(errnoOf(thrown))}`);
		return undefined;
	}
}

function* copy(tool: Tool, fd: number, amount: Amount, end: number): Sys<void> {
	if (amount.fromEnd) return yield* allButLast(tool, fd, amount, end);
	let left = amount.count;
	while (left > 0) {
		const bytes = yield* read(fd, amount.unit === 'bytes' ? Math.min(left, CHUNK) : CHUNK);
		if (bytes.length === 0) return;
		if (amount.unit === 'bytes') {
			yield* tool.print(bytes);
			left -= bytes.length;
			continue;
		}
		let at = 0;
		while (left > 0) {
			const newline = bytes.indexOf(end, at);
			if (newline < 0) break;
			at = newline + 1;
			left--;
		}
		yield* tool.print(left === 0 ? bytes.subarray(0, at) : bytes);
	}
}

function* allButLast(tool: Tool, fd: number, { unit, count }: Amount, end: number): Sys<void> {
	const parts: Uint8Array[] = [];
	let length = 0;
	for (;;) {
		const part = yield* read(fd, CHUNK);
		if (part.length === 0) break;
		parts.push(part);
		length += part.length;
	}
	const all = join(parts, length);
	if (unit === 'bytes') return yield* tool.print(all.subarray(0, Math.max(0, length - count)));
	let stop = length;
	for (let i = 0; i < count && stop > 0; i++) stop = all.lastIndexOf(end, stop - 2) + 1;
	yield* tool.print(all.subarray(0, stop));
}

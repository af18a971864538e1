/** xargs(1): command lines from standard input. Lacks -P (one at a time, whatever it says), -p. */
import { O, type Main } from '#kernel/syscalls';
import { Tool } from '../coreutils/utility';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { printError, readAll, readFile, STDIN } from '../libc/stdio';
import { decode, encode } from '../libc/text';
import { dup2, open } from '../libc/unistd';
import { runCommand } from './find';

const OPTIONS = new OptionTable(['0|null', 'a|arg-file=', 'd|delimiter=', 'E=', 'e|eof=?', 'I=', 'i|replace=?', 'L|max-lines=', 'l=?', 'n|max-args=', 'P|max-procs=', 'p|interactive', 'r|no-run-if-empty', 's|max-chars=', 't|verbose', 'x|exit']); // prettier-ignore

/** Words with quotes and backslashes, by lines. */
function splitWords(text: string): string[][] {
	const lines: string[][] = [];
	let line: string[] = [];
	let word: string | undefined;
	for (let i = 0; i < text.length; i++) {
		const character = text[i]!;
		if (character === "'" || character === '"') {
			const end = text.indexOf(character, i + 1);
			if (end < 0 || text.slice(i, end).includes('\n')) throw new UsageError(`unmatched ${character === '"' ? 'double' : 'single'} quote; by default quotes are special to xargs unless you use the -0 option`); // prettier-ignore
			word = (word ?? '') + text.slice(i + 1, end);
			i = end;
		} else if (character === '\\' && i + 1 < text.length) word = (word ?? '') + text[++i]!;
		else if (character === '\n' || character === ' ' || character === '\t') {
			if (word !== undefined) line.push(word);
			word = undefined;
			if (character === '\n' && line.length > 0) {
				lines.push(line);
				line = [];
			}
		} else word = (word ?? '') + character;
	}
	if (word !== undefined) line.push(word);
	if (line.length > 0) lines.push(line);
	return lines;
}

/** bytes of a command line without -s */
const MAX_CHARS = 131_072;

/** As many words a command as -n and -s allow; each takes its bytes and one more. */
function batches(command: readonly string[], words: readonly string[], most: number, room: number): string[][] {
	const size = (word: string): number => encode(word).length + 1;
	const base = command.reduce((sum, word) => sum + size(word), 0);
	const commands: string[][] = [];
	let now: string[] = [];
	let used = base;
	for (const word of words) {
		if (base + size(word) > room) throw new UsageError('cannot fit single argument within argument list size limit');
		if (now.length > 0 && (now.length >= most || used + size(word) > room)) {
			commands.push([...command, ...now]);
			now = [];
			used = base;
		}
		now.push(word);
		used += size(word);
	}
	commands.push([...command, ...now]);
	return commands;
}

export const xargs: Main = function* (argv, env) {
	const tool = new Tool('xargs', env);
	try {
		const options = getopt(argv, OPTIONS, { posix: true });
		const file = options.get('arg-file');
		const text = decode(file === undefined ? yield* readAll(STDIN) : yield* readFile(file));
		const replace = options.has('I')
			? options.get('I')!
			: options.has('replace')
				? (options.get('replace') ?? '{}')
				: undefined;
		const delimiter = options.has('null')
			? '\0'
			: options.get('delimiter')?.replace('\\n', '\n').replace('\\0', '\0').replace('\\t', '\t');
		const separated = (mark: string): string[][] =>
			text
				.split(mark)
				.filter((item, i, all) => i < all.length - 1 || item !== '')
				.map((item) => [item]);
		const lines = delimiter !== undefined ? separated(delimiter) : replace !== undefined ? splitWords(text).map((words) => [words.join(' ')]) : splitWords(text); // prettier-ignore
		const command = options.operands.length > 0 ? options.operands : ['echo'];
		const words = lines.flat();
		const commands: string[][] = [];
		const perLine = options.get('max-lines');
		const most = Number(options.get('max-args') ?? Infinity);
		if (replace !== undefined)
			for (const [item] of lines) commands.push(command.map((part) => part.replaceAll(replace, item!)));
		else if (perLine !== undefined) {
			for (let i = 0; i < lines.length; i += Number(perLine))
				commands.push([...command, ...lines.slice(i, i + Number(perLine)).flat()]);
		} else if (words.length === 0) {
			if (!options.has('no-run-if-empty')) commands.push([...command]);
		} else commands.push(...batches(command, words, most, Number(options.get('max-chars') ?? MAX_CHARS)));
		let result = 0;
		for (const one of commands) {
			if (options.has('verbose')) yield* printError(`${one.join(' ')}\n`);
			const status = yield* runCommand(one, env, (name, error) => `xargs: ${name}: ${error}\n`, function* () {
				yield* dup2(yield* open('/dev/null', O.RDONLY), STDIN);
			}); // prettier-ignore
			if (status === 127 || status === 126) return status;
			if (status === 255) {
				yield* printError(`xargs: ${one[0]}: exited with status 255; aborting\n`);
				return 124;
			}
			if (status !== 0) result = 123;
		}
		return result;
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* tool.complain(thrown.message);
		return 1;
	}
};

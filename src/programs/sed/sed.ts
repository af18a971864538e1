/**
 * sed(1) of GNU (4.9): the command line; the script is read by `script.ts` and run by `machine.ts`.
 *
 * Does: all commands of GNU sed but e (and s///e), which start a shell; -n -e -f -E -i -s -z -u --posix.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { Tool } from '../coreutils/utility';
import { getopt, OptionTable, type Parsed, UsageError } from '../libc/getopt';
import { printError, readAll, readText, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { Machine, Quit } from './machine';
import { parseScript, SedError } from './script';

const OPTIONS = new OptionTable(['n|quiet|silent', 'e|expression=', 'f|file=', 'E|r|regexp-extended', 'i|in-place=?', 'l|line-length=', 's|separate', 'u|unbuffered', 'z|null-data', 'posix', 'debug', 'sandbox', 'follow-symlinks', 'b|binary', 'help', 'version']); // prettier-ignore
// prettier-ignore
const USAGE = `${[
	'Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...',
	'',
	'  -n, --quiet, --silent',
	'                 suppress automatic printing of pattern space',
	'      --debug',
	'                 annotate program execution',
	'  -e script, --expression=script',
	'                 add the script to the commands to be executed',
	'  -f script-file, --file=script-file',
	'                 add the contents of script-file to the commands to be executed',
	'  --follow-symlinks',
	'                 follow symlinks when processing in place',
	'  -i[SUFFIX], --in-place[=SUFFIX]',
	'                 edit files in place (makes backup if SUFFIX supplied)',
	'  -l N, --line-length=N',
	"                 specify the desired line-wrap length for the `l' command",
	'  --posix',
	'                 disable all GNU extensions.',
	'  -E, -r, --regexp-extended',
	'                 use extended regular expressions in the script',
	'                 (for portability use POSIX -E).',
	'  -s, --separate',
	'                 consider files as separate rather than as a single,',
	'                 continuous long stream.',
	'      --sandbox',
	'                 operate in sandbox mode (disable e/r/w commands).',
	'  -u, --unbuffered',
	'                 load minimal amounts of data from the input files and flush',
	'                 the output buffers more often',
	'  -z, --null-data',
	'                 separate lines by NUL characters',
	'      --help     display this help and exit',
	'      --version  output version information and exit',
	'',
	'If no -e, --expression, -f, or --file option is given, then the first',
	'non-option argument is taken as the sed script to interpret.  All',
	'remaining arguments are names of input files; if no input files are',
	'specified, then the standard input is read.',
	'',
	'GNU sed home page: <https://www.gnu.org/software/sed/>.',
	'General help using GNU software: <https://www.gnu.org/gethelp/>.'
].join('\n')}\n`;

export const sed: Main = function* (argv, env) {
	const tool = new Tool('sed', env);
	try {
		const options = getopt(argv, OPTIONS);
		if (options.has('version')) {
			yield* tool.print('sed (GNU sed) 4.9\n');
			yield* tool.flush();
			return 0;
		}
		const operands = [...options.operands];
		const pieces = yield* piecesOf(options, operands);
		if (!pieces) {
			yield* printError(USAGE);
			return 1;
		}
		let silent = options.has('silent');
		if (/^#n(\n|$)/.test(pieces[0]!.text)) silent = true;
		const extended = options.has('regexp-extended');
		const commands = parseScript(pieces, { extended, posix: options.has('posix') });
		const machine = new Machine(tool, commands, options, silent, operands.length > 0 ? operands : ['-']);
		const status = yield* machine.run();
		yield* tool.flush();
		return status === 0 ? tool.status : status;
	} catch (thrown) {
		if (thrown instanceof Quit) return thrown.status;
		yield* tool.flush();
		if (thrown instanceof UsageError) yield* printError(`sed: ${thrown.message}\n${USAGE}`);
		else if (thrown instanceof SedError) yield* printError(`sed: ${thrown.message}\n`);
		else throw thrown;
		return thrown instanceof SedError ? thrown.status : 1;
	}
};

function* piecesOf(options: Parsed, operands: string[]): Sys<{ text: string; name: string }[] | undefined> {
	const pieces: { text: string; name: string }[] = [];
	for (const { name, value } of options.options) {
		if (name === 'expression') pieces.push({ text: value!, name: `-e expression #${pieces.length + 1}` });
		if (name === 'file') {
			try {
				const text = value === '-' ? decode(yield* readAll(STDIN)) : yield* readText(value!);
				pieces.push({ text: text.replace(/\n$/, ''), name: value! });
			} catch (thrown) {
				throw new SedError(`couldn't open file ${value}: ${strerror(errnoOf(thrown))}`);
			}
		}
	}
	if (pieces.length > 0) return pieces;
	const first = operands.shift();
	return first === undefined ? undefined : [{ text: first, name: '-e expression #1' }];
}

/** chmod(1). */
import { S, type Main, type Stat, type Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { chmod as chmodCall, lstat, readdir, stat, umask } from '../libc/unistd';
import { changeMode, isDirectory, isLink, type ModeChange, modeString, parseMode } from './modes';
import { quote, quoteFile, quoteShell } from './quote';
import { attempt, Fatal, type Parsed, type Tool, UsageError, utility } from './utility';

/** A mode that begins with a minus is no option: "-x", "-rwx". */
const MODE_OPTION = /^-[rwxXstugoa,+=-]*[rwxXstugo]/;

const run = utility(
	[
		'c|changes',
		'f|silent|quiet',
		'v|verbose',
		'R|recursive',
		'reference=',
		'preserve-root',
		'no-preserve-root',
		'mode-operand='
	],
	function* (tool, options) {
		const given = options.all('mode-operand').join(',');
		const reference = options.get('reference');
		const operands = [...options.operands];
		const text = given !== '' ? given : reference === undefined ? operands.shift() : undefined;
		if (text === undefined && reference === undefined) throw new UsageError('missing operand');
		if (operands.length === 0) {
			throw new UsageError(text === undefined ? 'missing operand' : `missing operand after ${quote(text)}`);
		}
		let change: ModeChange | undefined;
		if (reference !== undefined) {
			const found = yield* attempt(stat(reference));
			if (!found) throw new Fatal(`failed to get attributes of ${quoteShell(reference)}: ${strerror('ENOENT')}`);
			change = { clauses: [], octal: found.mode & 0o7777 };
		} else change = parseMode(text!);
		if (!change) throw new UsageError(`invalid mode: ${quote(text!)}`);
		const mask = yield* umask(0);
		yield* umask(mask);
		for (const path of operands) yield* changeOne(tool, options, path, change, mask, true, given);
	}
);

export const chmod: Main = (argv, env) => {
	let modes = false;
	const words = argv.map((word, i) => {
		if (i === 0 || modes || !MODE_OPTION.test(word) || word.startsWith('--')) return word;
		modes = true;
		return `--mode-operand=${word}`;
	});
	return run(words, env);
};

function* changeOne(
	tool: Tool,
	options: Parsed,
	path: string,
	change: ModeChange,
	mask: number,
	commandLine: boolean,
	given: string
): Sys<void> {
	// prettier-ignore
	const quiet = options.has('quiet');
	let found: Stat;
	try {
		found = yield* commandLine ? stat(path) : lstat(path);
	} catch (thrown) {
		const error = errnoOf(thrown);
		const link = yield* attempt(lstat(path));
		const dangling = link && isLink(link.mode) && error.code === 'ENOENT';
		const message = dangling ? `cannot operate on dangling symlink ${quoteShell(path)}` : `cannot access ${quoteShell(path)}: ${strerror(error)}`; // prettier-ignore
		if (quiet) tool.status = 1;
		else yield* tool.complain(message);
		return;
	}
	if (isLink(found.mode)) return;
	const wanted = changeMode(change, found.mode, mask);
	try {
		yield* chmodCall(path, wanted);
		yield* report(tool, options, path, found.mode & 0o7777, wanted);
		if (given !== '' && !commandLine) yield* noSurprise(tool, path, change, found, wanted);
	} catch (thrown) {
		const message = `changing permissions of ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`;
		if (quiet) tool.status = 1;
		else yield* tool.complain(message);
		return;
	}
	if (given !== '' && commandLine) yield* noSurprise(tool, path, change, found, wanted);
	if (!options.has('recursive') || !isDirectory(found.mode)) return;
	try {
		for (const { name } of yield* readdir(path)) {
			yield* changeOne(tool, options, `${path.replace(/\/+$/, '')}/${name}`, change, mask, false, given);
		}
	} catch (thrown) {
		const error = strerror(errnoOf(thrown));
		if (!quiet) yield* tool.complain(`cannot read directory ${quoteShell(path)}: ${error}`);
	}
}

/** A mode taken from an option ("chmod -x f") may give less than it seems, because of the umask; chmod says so. */
function* noSurprise(tool: Tool, path: string, change: ModeChange, found: Stat, wanted: number): Sys<void> {
	const naive = changeMode(change, found.mode, 0);
	if ((wanted & ~naive) === 0) return;
	const letters = (mode: number): string => modeString(S.IFREG | mode).slice(1);
	yield* tool.complain(`${quoteFile(path)}: new permissions are ${letters(wanted)}, not ${letters(naive)}`);
}

function* report(tool: Tool, options: Parsed, path: string, before: number, after: number): Sys<void> {
	const changed = before !== after;
	const show = options.has('verbose') || (options.has('changes') && changed);
	if (!show) return;
	const words = (mode: number): string => `${mode.toString(8).padStart(4, '0')} (${modeString(mode).slice(1)})`;
	if (changed) yield* tool.print(`mode of ${quoteShell(path)} changed from ${words(before)} to ${words(after)}\n`);
	else yield* tool.print(`mode of ${quoteShell(path)} retained as ${words(after)}\n`);
}

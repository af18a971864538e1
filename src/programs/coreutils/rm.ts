/** rm and unlink: files and trees go. Without -f it asks about what is write-protected, when a terminal is there to ask. */
import type { Stat, Sys } from '#kernel/syscalls';
import { LineReader, printError, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { access, lstat, readdir, rmdir, unlink as unlinkCall } from '../libc/unistd';
import { isDirectory, isLink, typeName } from './modes';
import { quoteShell } from './quote';
import { atMost, attempt, isatty, needOperands, type Parsed, type Tool, utility } from './utility';

interface RmOptions {
	readonly force: boolean;
	readonly ask: 'always' | 'once' | 'protected';
	readonly recursive: boolean;
	readonly emptyDirectories: boolean;
	readonly verbose: boolean;
	readonly terminal: boolean;
}

export const rm = utility(
	[
		'd|dir',
		'f|force',
		'i',
		'I',
		'interactive=?',
		'one-file-system',
		'no-preserve-root',
		'preserve-root=?',
		'r|R|recursive',
		'v|verbose'
	],
	function* (tool, options) {
		const force = options.last('force', 'i', 'I', 'interactive') === 'force';
		if (options.operands.length === 0 && force) return;
		needOperands(options);
		const rmOptions: RmOptions = {
			force,
			ask: askOf(options),
			recursive: options.has('recursive'),
			emptyDirectories: options.has('dir'),
			verbose: options.has('verbose'),
			terminal: yield* isatty(STDIN)
		};
		const reader = new LineReader(STDIN);
		const { operands } = options;
		if (rmOptions.ask === 'once' && (operands.length > 3 || rmOptions.recursive)) {
			const count = `${operands.length} argument${operands.length === 1 ? '' : 's'}`;
			const question = `remove ${count}${rmOptions.recursive ? ' recursively' : ''}? `;
			if (!(yield* confirm(tool, question, reader))) return;
		}
		for (const path of operands) yield* removeOperand(tool, path, rmOptions, reader, options.has('no-preserve-root'));
	},
	{ synopsis: 'rm [OPTION]... [FILE]...' }
);

function askOf(options: Parsed): RmOptions['ask'] {
	const given = options.last('force', 'i', 'I', 'interactive');
	if (given === 'i') return 'always';
	if (given === 'I') return 'once';
	if (given !== 'interactive') return 'protected';
	const when = options.get('interactive') ?? 'always';
	if (['never', 'no', 'none'].includes(when)) return 'protected';
	return when === 'once' ? 'once' : 'always';
}

export function* confirm(tool: Tool, question: string, reader: LineReader): Sys<boolean> {
	yield* tool.flush();
	yield* printError(`${tool.name}: ${question}`);
	const line = yield* reader.line();
	return line !== null && /^[yY]/.test(decode(line));
}

function* removeOperand(tool: Tool, path: string, options: RmOptions, reader: LineReader, rootToo: boolean): Sys<void> {
	const last = path.replace(/\/+$/, '').split('/').at(-1)!;
	if (options.recursive && (last === '.' || last === '..')) {
		yield* tool.complain(`refusing to remove '.' or '..' directory: skipping ${quoteShell(path)}`);
		return;
	}
	if (options.recursive && /^\/+$/.test(path) && !rootToo) {
		yield* tool.complain(`it is dangerous to operate recursively on ${quoteShell('/')}`);
		yield* tool.complain('use --no-preserve-root to override this failsafe');
		return;
	}
	yield* remove(tool, path, options, reader);
}

/** @returns whether it is gone */
function* remove(tool: Tool, path: string, options: RmOptions, reader: LineReader): Sys<boolean> {
	let found: Stat;
	try {
		found = yield* lstat(path);
	} catch (thrown) {
		const error = errnoOf(thrown);
		if (options.force && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return true;
		yield* cannotRemove(tool, path, strerror(error));
		return false;
	}
	if (isDirectory(found.mode)) return yield* removeTree(tool, path, options, reader);
	if (!(yield* mayRemove(tool, path, found, options, reader))) return false;
	try {
		yield* unlinkCall(path);
	} catch (thrown) {
		yield* cannotRemove(tool, path, strerror(errnoOf(thrown)));
		return false;
	}
	if (options.verbose) yield* tool.print(`removed ${quoteShell(path)}\n`);
	return true;
}

function* removeTree(tool: Tool, path: string, options: RmOptions, reader: LineReader): Sys<boolean> {
	if (!options.recursive && !options.emptyDirectories) {
		yield* cannotRemove(tool, path, strerror('EISDIR'));
		return false;
	}
	let names: string[] = [];
	try {
		names = (yield* readdir(path)).map((entry) => entry.name);
	} catch (thrown) {
		const error = errnoOf(thrown);
		// an unreadable directory goes when it is empty
		const gone = yield* attempt(rmdir(path));
		if (gone === undefined && (yield* attempt(lstat(path)))) {
			yield* cannotRemove(tool, path, strerror(error));
			return false;
		}
		return true;
	}
	if (options.recursive && names.length > 0) {
		if (options.ask === 'always' && !(yield* confirm(tool, `descend into directory ${quoteShell(path)}? `, reader)))
			return false;
		let all = true;
		for (const name of names) {
			if (!(yield* remove(tool, `${path.replace(/\/+$/, '')}/${name}`, options, reader))) all = false;
		}
		if (!all) return false;
	}
	if (options.ask === 'always' && !(yield* confirm(tool, `remove directory ${quoteShell(path)}? `, reader)))
		return false;
	try {
		yield* rmdir(path);
	} catch (thrown) {
		yield* cannotRemove(tool, path, strerror(errnoOf(thrown)));
		return false;
	}
	if (options.verbose) yield* tool.print(`removed directory ${quoteShell(path)}\n`);
	return true;
}

function* cannotRemove(tool: Tool, path: string, error: string): Sys<void> {
	yield* tool.complain(`cannot remove ${quoteShell(path)}: ${error}`);
}

function* mayRemove(tool: Tool, path: string, found: Stat, options: RmOptions, reader: LineReader): Sys<boolean> {
	const type = typeName(found.mode, found.size);
	if (options.ask === 'always') return yield* confirm(tool, `remove ${type} ${quoteShell(path)}? `, reader);
	if (options.force || !options.terminal || isLink(found.mode)) return true;
	try {
		yield* access(path, { write: true });
		return true;
	} catch (thrown) {
		if (errnoOf(thrown).code !== 'EACCES') return true;
		return yield* confirm(tool, `remove write-protected ${type} ${quoteShell(path)}? `, reader);
	}
}

export const unlink = utility([], function* (tool, options) {
	needOperands(options);
	atMost(options, 1);
	const [path] = options.operands as [string];
	try {
		yield* unlinkCall(path);
	} catch (thrown) {
		yield* tool.complain(`cannot unlink ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
	}
});

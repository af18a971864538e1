/** mkdir, rmdir and mkfifo. */
import { S, type Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import {
	chmod,
	mkdir as makeDirectory,
	mkfifo as makeFifo,
	rmdir as removeDirectory,
	stat,
	umask
} from '../libc/unistd';
import { changeMode, isDirectory, parseMode } from './modes';
import { quote, quoteShell } from './quote';
import { attempt, Fatal, needOperands, type Tool, utility } from './utility';

export const mkdir = utility(['m|mode=', 'p|parents', 'v|verbose', 'Z|context=?'], function* (tool, options) {
	needOperands(options);
	const mask = yield* umask(0);
	yield* umask(mask);
	const modeText = options.get('mode');
	const change = modeText === undefined ? undefined : parseMode(modeText);
	if (modeText !== undefined && !change) throw new Fatal(`invalid mode ${quote(modeText)}`);
	const mode = change ? changeMode(change, S.IFDIR | 0o777, mask) : undefined;
	for (const path of options.operands) {
		if (options.has('parents')) {
			if (!(yield* makeParents(tool, path, options.has('verbose'), mask))) continue;
		}
		yield* makeOne(tool, path, mode, options.has('parents'), options.has('verbose'));
	}
});

function* makeOne(tool: Tool, path: string, mode: number | undefined, parents: boolean, verbose: boolean): Sys<void> {
	try {
		yield* makeDirectory(path, mode ?? 0o777);
		if (verbose) yield* tool.print(`${tool.name}: created directory ${quoteShell(path)}\n`);
		if (mode !== undefined) yield* chmod(path, mode);
	} catch (thrown) {
		const error = errnoOf(thrown);
		const there = parents ? yield* attempt(stat(path)) : undefined;
		if (there && isDirectory(there.mode)) return;
		yield* tool.complain(`cannot create directory ${quote(path)}: ${strerror(error)}`);
	}
}

function* makeParents(tool: Tool, path: string, verbose: boolean, mask: number): Sys<boolean> {
	const names = path.split('/');
	for (let i = 1; i < names.length; i++) {
		const parent = names.slice(0, i).join('/');
		if (parent === '' || names.slice(i).every((name) => name === '')) continue;
		try {
			yield* makeDirectory(parent, 0o777);
			// -p gives its owner what is needed to go on
			if (mask & 0o300) yield* chmod(parent, (0o777 & ~mask) | 0o300);
			if (verbose) yield* tool.print(`${tool.name}: created directory ${quoteShell(parent)}\n`);
		} catch (thrown) {
			const error = errnoOf(thrown);
			const there = yield* attempt(stat(parent));
			if (there && isDirectory(there.mode)) continue;
			yield* tool.complain(`cannot create directory ${quote(parent)}: ${strerror(there ? 'ENOTDIR' : error)}`);
			return false;
		}
	}
	return true;
}

export const rmdir = utility(['ignore-fail-on-non-empty', 'p|parents', 'v|verbose'], function* (tool, options) {
	needOperands(options);
	for (const operand of options.operands) {
		let path = operand;
		for (;;) {
			if (options.has('verbose')) yield* tool.print(`${tool.name}: removing directory, ${quoteShell(path)}\n`);
			try {
				yield* removeDirectory(path);
			} catch (thrown) {
				const error = errnoOf(thrown);
				if (error.code === 'ENOTEMPTY' && options.has('ignore-fail-on-non-empty')) break;
				yield* tool.complain(
					`failed to remove ${path === operand ? '' : 'directory '}${quoteShell(path)}: ${strerror(error)}`
				);
				break;
			}
			const slash = path.replace(/\/+$/, '').lastIndexOf('/');
			if (!options.has('parents') || slash <= 0) break;
			path = path.slice(0, slash);
		}
	}
});

export const mkfifo = utility(['m|mode=', 'Z|context=?'], function* (tool, options) {
	needOperands(options);
	const modeText = options.get('mode');
	const change = modeText === undefined ? undefined : parseMode(modeText);
	if (modeText !== undefined && !change) throw new Fatal('invalid mode');
	for (const path of options.operands) {
		try {
			yield* makeFifo(path, 0o666);
			if (change) yield* chmod(path, changeMode(change, 0o666, 0));
		} catch (thrown) {
			yield* tool.complain(`cannot create fifo ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
		}
	}
});

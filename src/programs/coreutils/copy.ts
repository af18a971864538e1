/** Copying and moving files and trees (coreutils' copy.c), for cp, mv and install. */
import { Errno, O, S, type Stat, type Sys } from '#kernel/syscalls';
import type { LineReader } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import {
	access, chmod, chown, close, link, lstat, mkdir, mkfifo, open, read, readdir, readlink, realpath, rename, rmdir, stat, symlink, unlink, utimes, write
} from '../libc/unistd'; // prettier-ignore
import { type BackupKind, makeBackup } from './backup';
import { isDirectory, isLink, isRegular, modeString } from './modes';
import { quoteShell } from './quote';
import { confirm } from './rm';
import { attempt, type Tool } from './utility';

export interface CopyOptions {
	readonly move: boolean;
	readonly recursive: boolean;
	/** symbolic links as source */
	readonly follow: 'always' | 'command-line' | 'never';
	readonly preserve: ReadonlySet<string>;
	readonly overwrite: 'always' | 'ask' | 'never';
	readonly force: boolean;
	/** only when the source is newer */
	readonly update: boolean;
	readonly verbose: boolean;
	readonly backup: { readonly kind: BackupKind; readonly suffix: string };
	readonly link: 'hard' | 'symbolic' | undefined;
	readonly attributesOnly: boolean;
	readonly removeFirst: boolean;
	readonly umask: number;
	readonly terminal: boolean;
}

const CHUNK = 65_536;

export class Copier {
	/** first copy of each file with several names, for --preserve=links */
	#copied = new Map<number, string>();

	constructor(
		readonly tool: Tool,
		readonly options: CopyOptions,
		readonly reader: LineReader
	) {}

	*copy(source: string, target: string): Sys<boolean> {
		return yield* this.#copy(source, target, true);
	}

	*#fail(text: string): Sys<false> {
		yield* this.tool.complain(text);
		return false;
	}

	*#copy(source: string, target: string, commandLine: boolean): Sys<boolean> {
		const { options } = this;
		const followed = options.follow === 'always' || (options.follow === 'command-line' && commandLine);
		let from: Stat;
		try {
			from = yield* followed ? stat(source) : lstat(source);
		} catch (thrown) {
			return yield* this.#fail(`cannot stat ${quoteShell(source)}: ${strerror(errnoOf(thrown))}`);
		}
		if (isDirectory(from.mode) && !options.recursive) {
			return yield* this.#fail(`-r not specified; omitting directory ${quoteShell(source)}`);
		}
		const to = yield* attempt(lstat(target));
		const toTarget = to && isLink(to.mode) && !options.move ? yield* attempt(stat(target)) : to;
		const existing = options.move || !isLink(from.mode) ? (toTarget ?? to) : to;
		if (existing) {
			const answer = yield* this.#mayReplace(source, from, target, existing, to!);
			if (answer !== 'go') return answer === 'skip';
		}
		return yield* this.#place(source, from, target, existing, to);
	}

	*#mayReplace(source: string, from: Stat, target: string, to: Stat, toLink: Stat): Sys<'go' | 'skip' | 'fail'> {
		const { options } = this;
		const same = from.inode === to.inode && (!isLink(toLink.mode) || !isLink(from.mode) || from.inode === toLink.inode);
		if (same && options.backup.kind === 'none' && !(options.removeFirst && isLink(toLink.mode))) {
			if (options.move && source !== target && !(yield* sameName(source, target)) && !isDirectory(from.mode))
				return 'go';
			if (options.link === 'hard' && source !== target) return 'skip';
			yield* this.#fail(`${quoteShell(source)} and ${quoteShell(target)} are the same file`);
			return 'fail';
		}
		if (options.update && to.mtime >= from.mtime && !isDirectory(from.mode)) return 'skip';
		if (options.overwrite === 'never') return 'skip';
		if (isDirectory(to.mode) && !isDirectory(from.mode)) {
			yield* this.#fail(`cannot overwrite directory ${quoteShell(target)} with non-directory`);
			return 'fail';
		}
		if (!isDirectory(to.mode) && isDirectory(from.mode) && options.backup.kind === 'none') {
			yield* this.#fail(
				options.move
					? `cannot overwrite non-directory ${quoteShell(target)} with directory ${quoteShell(source)}`
					: `cannot overwrite non-directory ${quoteShell(target)} with directory ${quoteShell(source)}`
			);
			return 'fail';
		}
		if (isDirectory(from.mode) && !options.move) return 'go';
		return yield* this.#confirmed(target, to);
	}

	*#confirmed(target: string, to: Stat): Sys<'go' | 'skip'> {
		const { overwrite, move, force, terminal } = this.options;
		if (overwrite === 'ask') return (yield* this.#ask(target, to)) ? 'go' : 'skip';
		if (move && !force && terminal && !isLink(to.mode) && !(yield* writable(target))) {
			return (yield* this.#ask(target, to)) ? 'go' : 'skip';
		}
		return 'go';
	}

	*#ask(target: string, to: Stat): Sys<boolean> {
		const protectedTarget = !isLink(to.mode) && !(yield* writable(target));
		const mode = `${(to.mode & 0o7777).toString(8).padStart(4, '0')} (${modeString(to.mode).slice(1)})`;
		const { move } = this.options;
		const question = !protectedTarget
			? `overwrite ${quoteShell(target)}? `
			: move
				? `replace ${quoteShell(target)}, overriding mode ${mode}? `
				: `unwritable ${quoteShell(target)} (mode ${mode}); try anyway? `;
		return yield* confirm(this.tool, question, this.reader);
	}

	*#place(source: string, from: Stat, target: string, existing: Stat | undefined, to: Stat | undefined): Sys<boolean> {
		const { options } = this;
		let backup: string | undefined;
		try {
			if (to && !(isDirectory(from.mode) && !options.move)) backup = yield* makeBackup(target, options.backup);
		} catch (thrown) {
			return yield* this.#fail(`cannot backup ${quoteShell(target)}: ${strerror(errnoOf(thrown))}`);
		}
		if (options.move) return yield* this.#move(source, from, target, backup);
		const there = backup === undefined ? existing : undefined;
		const linkThere = backup === undefined ? to : undefined;
		let done: boolean;
		if (isDirectory(from.mode)) done = yield* this.#directory(source, from, target, there);
		else done = yield* this.#file(source, from, target, there, linkThere);
		if (done && options.verbose && !isDirectory(from.mode)) yield* this.#report('', source, target, backup);
		return done;
	}

	*#report(what: string, source: string, target: string, backup: string | undefined): Sys<void> {
		const note = backup === undefined ? '' : ` (backup: ${quoteShell(backup)})`;
		yield* this.tool.print(`${what}${quoteShell(source)} -> ${quoteShell(target)}${note}\n`);
	}

	*#move(source: string, from: Stat, target: string, backup: string | undefined): Sys<boolean> {
		try {
			yield* rename(source, target);
		} catch (thrown) {
			const error = errnoOf(thrown);
			if (error.code === 'EXDEV') return yield* this.#moveAcross(source, from, target);
			if (error.code === 'EINVAL') {
				return yield* this.#fail(
					`cannot move ${quoteShell(source)} to a subdirectory of itself, ${quoteShell(target)}`
				);
			}
			return yield* this.#fail(`cannot move ${quoteShell(source)} to ${quoteShell(target)}: ${strerror(error)}`);
		}
		if (this.options.verbose) yield* this.#report('renamed ', source, target, backup);
		return true;
	}

	*#moveAcross(source: string, from: Stat, target: string): Sys<boolean> {
		const copier = new Copier(this.tool, { ...this.options, move: false, overwrite: 'always', backup: { kind: 'none', suffix: '' } }, this.reader); // prettier-ignore
		if (!(yield* copier.copy(source, target))) return false;
		return yield* this.#removeTree(source, from);
	}

	*#removeTree(path: string, found: Stat): Sys<boolean> {
		try {
			if (!isDirectory(found.mode)) yield* unlink(path);
			else {
				for (const { name } of yield* readdir(path)) {
					yield* this.#removeTree(`${path}/${name}`, yield* lstat(`${path}/${name}`));
				}
				yield* rmdir(path);
			}
			return true;
		} catch (thrown) {
			return yield* this.#fail(`cannot remove ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
		}
	}

	*#directory(source: string, from: Stat, target: string, existing: Stat | undefined): Sys<boolean> {
		const inside = yield* attempt(realpath(source));
		const parent = yield* attempt(realpath(target.replace(/\/+$/, '').split('/').slice(0, -1).join('/') || (target.startsWith('/') ? '/' : '.'))); // prettier-ignore
		if (inside !== undefined && parent !== undefined && `${parent}/`.startsWith(`${inside}/`)) {
			return yield* this.#fail(`cannot copy a directory, ${quoteShell(source)}, into itself, ${quoteShell(target)}`);
		}
		const mode = this.options.preserve.has('mode') ? from.mode & 0o7777 : from.mode & 0o777 & ~this.options.umask;
		if (!existing) {
			try {
				yield* mkdir(target, mode | 0o700);
			} catch (thrown) {
				return yield* this.#fail(`cannot create directory ${quoteShell(target)}: ${strerror(errnoOf(thrown))}`);
			}
			if (this.options.verbose) yield* this.#report('', source, target, undefined);
		}
		let done = true;
		try {
			for (const { name } of yield* readdir(source)) {
				if (
					!(yield* this.#copy(`${source.replace(/\/+$/, '')}/${name}`, `${target.replace(/\/+$/, '')}/${name}`, false))
				)
					done = false;
			}
		} catch (thrown) {
			done = yield* this.#fail(`cannot access ${quoteShell(source)}: ${strerror(errnoOf(thrown))}`);
		}
		if (!existing && ((mode | 0o700) & 0o7777) !== (mode & 0o7777)) yield* attempt(chmod(target, mode));
		yield* this.#preserve(from, target);
		return done;
	}

	*#file(
		source: string,
		from: Stat,
		target: string,
		existing: Stat | undefined,
		link_: Stat | undefined
	): Sys<boolean> {
		const { options } = this;
		if (link_ && !existing && isLink(link_.mode)) {
			return yield* this.#fail(`not writing through dangling symlink ${quoteShell(target)}`);
		}
		if (options.link || isLink(from.mode) || (existing && options.removeFirst)) {
			if (link_) {
				const error = options.link && !options.force && !options.removeFirst ? 'EEXIST' : yield* removed(target);
				if (error && options.link)
					return yield* this.#linkFailed(source, target, error === 'EEXIST' ? 'EEXIST' : error);
				if (error) return yield* this.#fail(`cannot remove ${quoteShell(target)}: ${strerror(error)}`);
			}
		}
		if (options.link) return yield* this.#linkTo(source, target);
		const known = options.preserve.has('links') && from.links > 1 ? this.#copied.get(from.inode) : undefined;
		if (known !== undefined) {
			yield* removed(target);
			return (yield* attempt(link(known, target))) !== null;
		}
		if (from.links > 1) this.#copied.set(from.inode, target);
		const done = isRegular(from.mode)
			? yield* this.#content(source, from, target, existing && !options.removeFirst ? existing : undefined)
			: yield* this.#special(source, from, target);
		if (done) yield* this.#preserve(from, target);
		return done;
	}

	*#linkTo(source: string, target: string): Sys<boolean> {
		try {
			if (this.options.link === 'hard') yield* link(source, target);
			else yield* symlink(source, target);
			return true;
		} catch (thrown) {
			return yield* this.#linkFailed(source, target, errnoOf(thrown).code);
		}
	}

	*#linkFailed(source: string, target: string, code: Parameters<typeof strerror>[0]): Sys<boolean> {
		if (this.options.link === 'hard') {
			return yield* this.#fail(
				`cannot create hard link ${quoteShell(target)} to ${quoteShell(source)}: ${strerror(code)}`
			);
		}
		return yield* this.#fail(
			`cannot create symbolic link ${quoteShell(target)} to ${quoteShell(source)}: ${strerror(code)}`
		);
	}

	*#special(source: string, from: Stat, target: string): Sys<boolean> {
		try {
			if (isLink(from.mode)) {
				yield* symlink(yield* readlink(source), target);
				return true;
			}
			if ((from.mode & S.IFMT) === S.IFIFO && this.options.recursive) {
				yield* mkfifo(target, from.mode & 0o777);
				return true;
			}
		} catch (thrown) {
			const what = isLink(from.mode) ? 'symbolic link' : 'fifo';
			return yield* this.#fail(`cannot create ${what} ${quoteShell(target)}: ${strerror(errnoOf(thrown))}`);
		}
		return yield* this.#content(source, from, target, yield* attempt(stat(target)));
	}

	*#content(source: string, from: Stat, target: string, existing: Stat | undefined): Sys<boolean> {
		let input: number;
		try {
			input = yield* open(source, O.RDONLY);
		} catch (thrown) {
			return yield* this.#fail(`cannot open ${quoteShell(source)} for reading: ${strerror(errnoOf(thrown))}`);
		}
		try {
			const output = yield* this.#openTarget(from, target, existing);
			if (output === undefined) return false;
			try {
				for (;;) {
					const bytes = this.options.attributesOnly ? new Uint8Array(0) : yield* read(input, CHUNK);
					if (bytes.length === 0) break;
					yield* write(output, bytes);
				}
			} finally {
				yield* close(output);
			}
			return true;
		} catch (thrown) {
			return yield* this.#fail(`error writing ${quoteShell(target)}: ${strerror(errnoOf(thrown))}`);
		} finally {
			yield* close(input);
		}
	}

	*#openTarget(from: Stat, target: string, existing: Stat | undefined): Sys<number | undefined> {
		const mode = from.mode & 0o777;
		try {
			if (!existing) return yield* open(target, O.WRONLY | O.CREAT | O.EXCL, mode);
			return yield* open(target, O.WRONLY | (this.options.attributesOnly ? 0 : O.TRUNC));
		} catch (thrown) {
			let error = errnoOf(thrown);
			if (existing && this.options.force && (yield* removed(target)) === undefined) {
				try {
					if (this.options.verbose) yield* this.tool.print(`removed ${quoteShell(target)}\n`);
					return yield* open(target, O.WRONLY | O.CREAT | O.EXCL, mode);
				} catch (again) {
					error = errnoOf(again);
				}
			}
			if (error.code === 'EISDIR' && target.endsWith('/')) error = new Errno('ENOTDIR');
			yield* this.#fail(`cannot create regular file ${quoteShell(target)}: ${strerror(error)}`);
			return undefined;
		}
	}

	*#preserve(from: Stat, target: string): Sys<void> {
		const { preserve } = this.options;
		const follow = !isLink(from.mode);
		if (preserve.has('timestamps')) yield* attempt(utimes(target, from.atime, from.mtime, follow));
		let owned = true;
		if (preserve.has('ownership')) {
			try {
				yield* chown(target, from.uid, from.gid, follow);
			} catch (thrown) {
				errnoOf(thrown);
				owned = false;
				yield* attempt(chown(target, -1, from.gid, follow));
			}
		}
		// set-id bits go when the owner could not be kept
		if (preserve.has('mode') && follow) yield* attempt(chmod(target, from.mode & (owned ? 0o7777 : 0o1777)));
	}
}

function* sameName(a: string, b: string): Sys<boolean> {
	return (yield* attempt(realpath(a))) === (yield* attempt(realpath(b)));
}

function* writable(path: string): Sys<boolean> {
	try {
		yield* access(path, { write: true });
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}

/** @returns why it could not be removed */
function* removed(path: string): Sys<ReturnType<typeof errnoOf>['code'] | undefined> {
	try {
		yield* unlink(path);
		return undefined;
	} catch (thrown) {
		return errnoOf(thrown).code;
	}
}

/**
 * cp, mv and install: the command lines. What is copied and how is `copy.ts`.
 *
 * Not simulated: --sparse and --reflink (accepted), --context.
 */
import type { Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { chmod, chown, mkdir, stat, umask } from '../libc/unistd';
import { getgrnam, getpwnam } from '../libc/passwd';
import { LineReader, STDIN } from '../libc/stdio';
import { backupOf } from './backup';
import { Copier, type CopyOptions } from './copy';
import { changeMode, isDirectory, parseMode } from './modes';
import { quote, quoteShell } from './quote';
import { attempt, Fatal, isatty, type Parsed, type Tool, UsageError, utility } from './utility';

interface Destination {
	readonly sources: readonly string[];
	/** the target of each source */
	readonly targets: readonly string[];
}

const lastName = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) || '/';

/** Which source goes where: the rules that cp, mv and ln share. */
export function* destinationsOf(options: Parsed, name = lastName): Sys<Destination> {
	const { operands } = options;
	const directory = options.get('target-directory');
	if (operands.length === 0) throw new UsageError('missing file operand');
	if (directory !== undefined) {
		const found = yield* attempt(stat(directory));
		if (!found || !isDirectory(found.mode)) {
			throw new Fatal(`target directory ${quoteShell(directory)}: ${strerror(found ? 'ENOTDIR' : 'ENOENT')}`);
		}
		return { sources: operands, targets: operands.map((source) => joinPath(directory, name(source))) };
	}
	if (operands.length === 1) throw new UsageError(`missing destination file operand after ${quoteShell(operands[0]!)}`);
	const last = operands.at(-1)!;
	const sources = operands.slice(0, -1);
	if (options.has('no-target-directory')) {
		if (sources.length > 1) throw new UsageError(`extra operand ${quote(operands[2]!)}`);
		return { sources, targets: [last] };
	}
	let error: string | undefined;
	try {
		const found = yield* stat(last);
		if (isDirectory(found.mode)) return { sources, targets: sources.map((source) => joinPath(last, name(source))) };
		error = strerror('ENOTDIR');
	} catch (thrown) {
		error = strerror(errnoOf(thrown));
	}
	if (sources.length > 1) throw new Fatal(`target ${quoteShell(last)}: ${error}`);
	return { sources, targets: [last] };
}

export function joinPath(directory: string, name: string): string {
	return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

const COMMON = ['backup=?', 'b', 'f|force', 'i|interactive', 'n|no-clobber', 'strip-trailing-slashes', 'S|suffix=', 't|target-directory=', 'T|no-target-directory', 'u|update=?', 'v|verbose', 'Z|context=?']; // prettier-ignore

function* baseOptions(tool: Tool, options: Parsed): Sys<CopyOptions> {
	const overwrite = options.last('force', 'interactive', 'no-clobber');
	const mask = yield* umask(0);
	yield* umask(mask);
	return {
		move: false,
		recursive: false,
		follow: 'always',
		preserve: new Set(),
		overwrite: overwrite === 'interactive' ? 'ask' : overwrite === 'no-clobber' ? 'never' : 'always',
		force: options.has('force'),
		update: options.has('update'),
		verbose: options.has('verbose'),
		backup: backupOf(tool, options),
		link: undefined,
		attributesOnly: false,
		removeFirst: false,
		umask: mask,
		terminal: yield* isatty(STDIN)
	};
}

const PRESERVABLE = ['mode', 'ownership', 'timestamps', 'links', 'context', 'xattr'];

export const cp = utility(
	[...COMMON, 'a|archive', 'attributes-only', 'copy-contents', 'd', 'H', 'l|link', 'L|dereference', 'P|no-dereference', 'p', 'preserve=?', 'no-preserve=', 'parents', 'R|r|recursive', 'reflink=?', 'remove-destination', 'sparse=', 's|symbolic-link', 'x|one-file-system'], // prettier-ignore
	function* (tool, options) {
		const recursive = options.has('recursive') || options.has('archive');
		const preserve = new Set<string>();
		for (const { name, value } of options.options) {
			if (name === 'archive') PRESERVABLE.forEach((what) => preserve.add(what));
			if (name === 'p' || (name === 'preserve' && value === undefined)) ['mode', 'ownership', 'timestamps'].forEach((what) => preserve.add(what)); // prettier-ignore
			if (name === 'd') preserve.add('links');
			if (name === 'preserve') value?.split(',').forEach((what) => (what === 'all' ? PRESERVABLE : [what]).forEach((one) => preserve.add(one))); // prettier-ignore
			if (name === 'no-preserve') value!.split(',').forEach((what) => preserve.delete(what));
		}
		const dereference = options.last('H', 'dereference', 'no-dereference', 'archive', 'd');
		const follow = dereference === undefined ? (recursive ? 'never' : 'always') : dereference === 'H' ? 'command-line' : dereference === 'dereference' ? 'always' : 'never'; // prettier-ignore
		const copier = new Copier(
			tool,
			{
				...(yield* baseOptions(tool, options)),
				recursive,
				follow,
				preserve,
				link: options.has('link') ? 'hard' : options.has('symbolic-link') ? 'symbolic' : undefined,
				attributesOnly: options.has('attributes-only'),
				removeFirst: options.has('remove-destination')
			},
			new LineReader(STDIN)
		);
		const { sources, targets } = yield* destinationsOf(options);
		const parents = options.has('parents');
		if (parents) {
			const directory = options.get('target-directory') ?? options.operands.at(-1)!;
			for (const source of sources) yield* copyWithParents(tool, copier, source, directory);
			return;
		}
		for (const [i, source] of sources.entries()) {
			// "dir/." copies what is in the directory
			const whole = /(^|\/)\.$/.test(source) && targets[i]!.endsWith('/.') ? targets[i]!.slice(0, -2) : targets[i]!;
			yield* copier.copy(source, whole);
		}
	},
	{ synopsis: 'cp [OPTION]... [-T] SOURCE DEST' }
);

function* copyWithParents(tool: Tool, copier: Copier, source: string, directory: string): Sys<void> {
	const names = source.replace(/^\/+/, '').split('/').slice(0, -1);
	let path = directory;
	for (const name of names) {
		path = joinPath(path, name);
		yield* attempt(mkdir(path, 0o777));
	}
	yield* copier.copy(source, joinPath(directory, source.replace(/^\/+/, '')));
}

export const mv = utility(
	[...COMMON, 'debug', 'exchange', 'no-copy'],
	function* (tool, options) {
		const { sources, targets } = yield* destinationsOf(options);
		const base = yield* baseOptions(tool, options);
		const copier = new Copier(tool, { ...base, move: true, recursive: true, follow: 'never', preserve: new Set(PRESERVABLE) }, new LineReader(STDIN)); // prettier-ignore
		for (const [i, source] of sources.entries()) yield* copier.copy(source, targets[i]!);
	},
	{ synopsis: 'mv [OPTION]... [-T] SOURCE DEST' }
);

export const install = utility(
	['backup=?', 'b', 'c', 'C|compare', 'd|directory', 'D', 'g|group=', 'm|mode=', 'o|owner=', 'p|preserve-timestamps', 's|strip', 'S|suffix=', 't|target-directory=', 'T|no-target-directory', 'v|verbose'], // prettier-ignore
	function* (tool, options) {
		const modeText = options.get('mode') ?? '755';
		const change = parseMode(modeText);
		if (!change) throw new Fatal(`invalid mode ${quote(modeText)}`);
		const uid = yield* ownerId(options.get('owner'));
		const gid = yield* groupId(options.get('group'));
		const finish = function* (path: string): Sys<void> {
			yield* chmod(path, changeMode(change, 0, 0));
			if (uid !== -1 || gid !== -1) yield* chown(path, uid, gid);
		};
		if (options.has('directory')) {
			if (options.operands.length === 0) throw new UsageError('missing file operand');
			for (const path of options.operands) {
				yield* makeAll(tool, path);
				yield* finish(path);
			}
			return;
		}
		if (options.has('D')) {
			const target = options.get('target-directory') ?? options.operands.at(-1)!.split('/').slice(0, -1).join('/');
			if (target) yield* makeAll(tool, target);
		}
		const { sources, targets } = yield* destinationsOf(options);
		const base = yield* baseOptions(tool, options);
		const preserve = new Set(options.has('preserve-timestamps') ? ['timestamps'] : []);
		const copier = new Copier(tool, { ...base, preserve, removeFirst: true }, new LineReader(STDIN));
		for (const [i, source] of sources.entries())
			if (yield* copier.copy(source, targets[i]!)) yield* finish(targets[i]!);
	}
);

function* makeAll(tool: Tool, path: string): Sys<void> {
	const names = path.split('/');
	for (let i = 1; i <= names.length; i++) {
		const part = names.slice(0, i).join('/');
		if (part === '' || (yield* attempt(stat(part)))) continue;
		try {
			yield* mkdir(part, 0o755);
		} catch (thrown) {
			yield* tool.complain(`cannot create directory ${quote(part)}: ${strerror(errnoOf(thrown))}`);
		}
	}
}

function* ownerId(name: string | undefined): Sys<number> {
	if (name === undefined) return -1;
	const entry = yield* getpwnam(name);
	if (entry) return entry.uid;
	if (/^\d+$/.test(name)) return Number(name);
	throw new Fatal(`invalid user ${quote(name)}`);
}

function* groupId(name: string | undefined): Sys<number> {
	if (name === undefined) return -1;
	const entry = yield* getgrnam(name);
	if (entry) return entry.gid;
	if (/^\d+$/.test(name)) return Number(name);
	throw new Fatal(`invalid group ${quote(name)}`);
}

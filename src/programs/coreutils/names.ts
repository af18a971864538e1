/** basename, dirname, mktemp, which and pathchk: names of files. */
import { O, type Main, type Sys } from '#kernel/syscalls';
import { print, printError } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { access, close, getrandom, lstat, mkdir, open, stat } from '../libc/unistd';
import { isRegular } from './modes';
import { quote, quoteShell } from './quote';
import { attempt, Fatal, needOperands, UsageError, utility } from './utility';

function baseName(path: string): string {
	const clean = path.replace(/\/+$/, '');
	if (clean === '') return path === '' ? '' : '/';
	return clean.slice(clean.lastIndexOf('/') + 1);
}

export const basename = utility(
	['a|multiple', 's|suffix=', 'z|zero'],
	function* (tool, options) {
		needOperands(options);
		const many = options.has('multiple') || options.has('suffix');
		const { operands } = options;
		if (!many && operands.length > 2) throw new UsageError(`extra operand ${quote(operands[2]!)}`);
		const suffix = many ? (options.get('suffix') ?? '') : (operands[1] ?? '');
		for (const path of many ? operands : [operands[0]!]) {
			const name = baseName(path);
			const short = suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
			yield* tool.print(short + (options.has('zero') ? '\0' : '\n'));
		}
	},
	{ posix: true }
);

export const dirname = utility(['z|zero'], function* (tool, options) {
	needOperands(options);
	for (const path of options.operands) {
		const clean = path.replace(/\/+$/, '');
		const slash = clean.lastIndexOf('/');
		const directory =
			clean === '' && path !== '' ? '/' : slash < 0 ? '.' : clean.slice(0, slash).replace(/\/+$/, '') || '/';
		yield* tool.print(directory + (options.has('zero') ? '\0' : '\n'));
	}
});

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export const mktemp = utility(
	['d|directory', 'u|dry-run', 'q|quiet', 'p|tmpdir=?', 'suffix=', 't'],
	function* (tool, options) {
		const given = options.operands[0];
		if (options.operands.length > 1) throw new UsageError('too many templates');
		const template = (given ?? 'tmp.XXXXXXXXXX') + (options.get('suffix') ?? '');
		const found = /^(.*?)(X+)([^X]*)$/s.exec(template);
		if (!found || found[2]!.length < 3) throw new Fatal(`too few X's in template ${quote(template)}`);
		const directory = options.get('tmpdir') ?? tool.env.get('TMPDIR') ?? '/tmp';
		const inDirectory = given === undefined || options.has('t') || options.has('tmpdir');
		for (let attempts = 0; ; attempts++) {
			const letters = [...(yield* getrandom(found[2]!.length))].map((byte) => LETTERS[byte % LETTERS.length]!).join('');
			const name = found[1]! + letters + found[3]!;
			const path = inDirectory ? `${directory}/${name}` : name;
			try {
				if (options.has('dry-run')) {
					if (yield* attempt(lstat(path))) continue;
				} else if (options.has('directory')) yield* mkdir(path, 0o700);
				else yield* close(yield* open(path, O.RDWR | O.CREAT | O.EXCL, 0o600));
				yield* tool.print(`${path}\n`);
				return;
			} catch (thrown) {
				const error = errnoOf(thrown);
				if (error.code === 'EEXIST' && attempts < 100) continue;
				const what = options.has('directory') ? 'directory' : 'file';
				const message = `failed to create ${what} via template ${quote(inDirectory ? `${directory}/${template}` : template)}: ${strerror(error)}`;
				throw new Fatal(options.has('quiet') ? undefined : message);
			}
		}
	}
);

/** which(1) of debianutils. */
export const which: Main = function* (argv, env) {
	let all = false;
	let status = 0;
	const names = argv.slice(1);
	while (names[0]?.startsWith('-')) {
		const option = names.shift()!;
		if (option === '-a') all = true;
		else if (option !== '--') {
			yield* printError(`Illegal option ${option}\nUsage: ${argv[0]} [-a] args\n`);
			return 2;
		}
	}
	if (names.length === 0) return 1;
	for (const name of names) {
		const places = name.includes('/') ? [''] : (env.get('PATH') ?? '').split(':').map((place) => `${place || '.'}/`);
		let found = false;
		for (const place of places) {
			if (!(yield* isExecutable(place + name))) continue;
			found = true;
			yield* print(`${place}${name}\n`);
			if (!all) break;
		}
		if (!found) status = 1;
	}
	return status;
};

function* isExecutable(path: string): Sys<boolean> {
	try {
		if (!isRegular((yield* stat(path)).mode)) return false;
		yield* access(path, { execute: true });
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}

export const pathchk = utility(['p', 'P', 'portability'], function* (tool, options) {
	needOperands(options);
	for (const path of options.operands) {
		const long = path.split('/').find((name) => name.length > 255);
		if (path === '') yield* tool.complain(`${quoteShell('')}: ${strerror('ENOENT')}`);
		else if (long)
			yield* tool.complain(`limit 255 exceeded by length ${long.length} of file name component ${quote(long)}`);
	}
});

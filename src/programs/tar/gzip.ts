/**
 * gzip(1), gunzip and zcat 1.12: files in place, or standard input to standard output. Mode and time are kept.
 *
 * Not simulated: -r, -l, -v, -t, levels of compression, questions before overwriting.
 */
import { gunzipSync, gzipSync } from 'fflate';
import { O, S, type Main, type Sys } from '#kernel/syscalls';
import { printError, readAll, readFile, STDIN, STDOUT } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { chmod, close, lstat, open, unlink, utimes, write } from '../libc/unistd';

interface Options {
	readonly decompress: boolean;
	readonly toStdout: boolean;
	readonly keep: boolean;
	readonly force: boolean;
}

function isGzip(bytes: Uint8Array): boolean {
	return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** @returns undefined after a complaint */
function* convert(bytes: Uint8Array, name: string, options: Options, seconds: number): Sys<Uint8Array | undefined> {
	if (!options.decompress) return gzipSync(bytes, { mtime: Math.max(seconds, 315_532_800) * 1000 });
	if (isGzip(bytes)) {
		try {
			return gunzipSync(bytes);
		} catch {
			yield* printError(`\ngzip: ${name}: unexpected end of file\n`);
			return undefined;
		}
	}
	yield* printError(`\ngzip: ${name}: not in gzip format\n`);
	return undefined;
}

function* one(path: string, options: Options): Sys<number> {
	try {
		const stat = yield* lstat(path);
		const type = stat.mode & S.IFMT;
		if (type === S.IFDIR) {
			yield* printError(`gzip: ${path} is a directory -- ignored\n`);
			return 2;
		}
		if (type === S.IFLNK && !options.toStdout && !options.force) {
			yield* printError(`gzip: ${path}: Too many levels of symbolic links\n`);
			return 1;
		}
		if (!options.toStdout && options.decompress !== path.endsWith('.gz')) {
			yield* printError(
				options.decompress
					? `gzip: ${path}: unknown suffix -- ignored\n`
					: `gzip: ${path} already has .gz suffix -- unchanged\n`
			);
			return 2;
		}
		const made = yield* convert(yield* readFile(path), path, options, Math.floor(stat.mtime / 1e6));
		if (!made) return 1;
		if (options.toStdout) {
			yield* write(STDOUT, made);
			return 0;
		}
		const target = options.decompress ? path.slice(0, -3) : `${path}.gz`;
		const fd = yield* open(target, O.WRONLY | O.CREAT | (options.force ? O.TRUNC : O.EXCL), 0o600);
		yield* write(fd, made);
		yield* close(fd);
		yield* chmod(target, stat.mode & 0o777);
		yield* utimes(target, stat.atime, stat.mtime);
		if (!options.keep) yield* unlink(path);
		return 0;
	} catch (thrown) {
		const error = errnoOf(thrown);
		if (error.code === 'EEXIST') {
			const target = options.decompress ? path.slice(0, -3) : `${path}.gz`;
			yield* printError(`gzip: ${target} already exists;\tnot overwritten\n`);
			return 2;
		}
		const shown = error.code === 'ENOENT' && options.decompress && !path.endsWith('.gz') ? `${path}.gz` : path;
		yield* printError(`gzip: ${shown}: ${strerror(error)}\n`);
		return 1;
	}
}

function program(decompress: boolean, toStdout: boolean): Main {
	return function* (argv) {
		const flags = argv
			.slice(1)
			.filter((argument) => /^-./.test(argument))
			.join('');
		const files = argv.slice(1).filter((argument) => !/^-./.test(argument));
		const options: Options = {
			decompress: decompress || flags.includes('d'),
			toStdout: toStdout || flags.includes('c'),
			keep: flags.includes('k'),
			force: flags.includes('f')
		};
		if (files.length === 0 || files[0] === '-') {
			const made = yield* convert(yield* readAll(STDIN), 'stdin', options, 0);
			if (!made) return 1;
			yield* write(STDOUT, made);
			return 0;
		}
		let status = 0;
		for (const file of files) status = Math.max(status, yield* one(file, options));
		return status;
	};
}

export const gzip = program(false, false);
export const gunzip = program(true, false);
export const zcat = program(true, true);

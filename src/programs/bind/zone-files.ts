/** Reading zones and configurations with the files that they include: the file system's side of the pure parsers. */
import { Errno, type Sys } from '#kernel/syscalls';
import { readText } from '../libc/stdio';
import { stat } from '../libc/unistd';
import { S } from '#kernel/syscalls';
import { loadZone, type LoadedZone, type LoadOptions } from './load-zone';
import { parseNamedConf, type ParsedConfiguration } from './named-conf';

/** null when it cannot be read. */
export function* readOptional(path: string): Sys<string | null> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

export function joinPath(directory: string, path: string): string {
	return path.startsWith('/') ? path : `${directory.replace(/\/$/, '')}/${path}`;
}

/**
 * @param path as messages name it
 * @param directory what it and included files are relative to
 */
export function* readZone(
	origin: string,
	path: string,
	directory: string,
	options: Omit<LoadOptions, 'files'> = {}
): Sys<LoadedZone> {
	const text = yield* readOptional(joinPath(directory, path));
	const included = new Map<string, string | null>();
	for (;;) {
		const loaded = loadZone(origin, path, text, { ...options, files: (name) => included.get(name) });
		if (loaded.missing.length === 0) return loaded;
		for (const name of loaded.missing) included.set(name, yield* readOptional(joinPath(directory, name)));
	}
}

export function* readNamedConf(path: string): Sys<ParsedConfiguration | undefined> {
	const text = yield* readOptional(path);
	if (text === null) return undefined;
	const included = new Map<string, string | null>();
	const directories = new Map<string, boolean>();
	const asked: string[] = [];
	for (;;) {
		asked.length = 0;
		const parsed = parseNamedConf(
			text,
			path,
			(name) => included.get(name),
			(name) => {
				if (!directories.has(name)) asked.push(name);
				return directories.get(name) ?? true;
			}
		);
		if (parsed.missing.length === 0 && asked.length === 0) return parsed;
		for (const name of asked) directories.set(name, yield* isDirectory(name));
		for (const name of parsed.missing) included.set(name, yield* readOptional(name));
	}
}

function* isDirectory(path: string): Sys<boolean> {
	try {
		return ((yield* stat(path)).mode & S.IFMT) === S.IFDIR;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

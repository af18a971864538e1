/**
 * `hash:` and `btree:`, tables indexed by postmap and postalias (dict_db(3)).
 *
 * Reads: PATH.db when the table is opened; an open table keeps what it read, as the real one keeps its descriptor.
 * Warns: when the index is older than its source file.
 * Lacks: locks between postmap and readers; a rebuilt index is noticed by `changed`, on which daemons start anew.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import type { Messages } from '../errors';
import { readFile } from '../../libc/stdio';
import { strerror } from '../../libc/strerror';
import { stat, time } from '../../libc/unistd';
import { type Dict, type OpenFlags, OpenFailure } from './dict';
import { decodeIndex } from './index-file';

/** A source file that was changed just now is no reason to warn, in microseconds. */
const PATIENCE = 100_000_000;

export function* openHash(type: string, path: string, messages: Messages, flags: OpenFlags): Sys<Dict> {
	const indexPath = `${path}.db`;
	let bytes: Uint8Array;
	let mtime: number;
	let inode: number;
	try {
		bytes = yield* readFile(indexPath);
		({ mtime, inode } = yield* stat(indexPath));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new OpenFailure(`open database ${indexPath}: ${strerror(thrown)}`);
	}
	const entries = decodeIndex(bytes);
	if (!entries) throw new OpenFailure(`open database ${indexPath}: Invalid argument`);
	yield* warnIfOlder(path, mtime, messages);
	const fold = flags.fold !== false;
	return {
		name: `${type}:${path}`,
		type,
		patterns: false,
		*lookup(key) {
			const entry = entries.get(fold ? key.toLowerCase() : key);
			return entry
				? { value: entry.value, source: { kind: 'file', host: '', path, line: entry.line, item: key } }
				: null;
		},
		*entries() {
			return [...entries].map(([key, { value }]) => [key, value] as const);
		},
		*changed() {
			try {
				const now = yield* stat(indexPath);
				return now.mtime !== mtime || now.inode !== inode;
			} catch (thrown) {
				if (thrown instanceof Errno) return true;
				throw thrown;
			}
		}
	};
}

function* warnIfOlder(path: string, indexed: number, messages: Messages): Sys<void> {
	try {
		const source = yield* stat(path);
		const seconds = (value: number): number => Math.floor(value / 1e6);
		if (seconds(source.mtime) > seconds(indexed) && source.mtime < (yield* time()) - PATIENCE)
			yield* messages.warn(`database ${path}.db is older than source file ${path}`);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

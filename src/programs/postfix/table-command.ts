/**
 * What postmap(1) and postalias(1) share: options, queries, deletions, listing, and writing the `.db` file. They differ in
 * how they read the source file and in how they print a key.
 *
 * Reads: the source file or standard input, main.cf. Writes: PATH.db, with the source file's owner and no more
 * permissions than it.
 * Not simulated: `-F` (values that name files), `-b`, `-h`, `-m` (keys from a message); other index types than hash and btree.
 */
import { Errno, O, S, type Stat, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { LineReader, print, readAll, readFile } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { close, fstat, getcred, open, setegid, seteuid, stat, write } from '../libc/unistd';
import { openConfig, CONFIG_DIRECTORY, type Config } from './config';
import { DictError, openDict, TYPE_NAMES, type Dict } from './dict/index';
import { decodeIndex, encodeIndex, type IndexEntry } from './dict/index-file';
import { Fatal, Messages, Warnings } from './errors';

const INDEXED = ['hash', 'btree'];

export interface Builder {
	/** @param key as written, folded here unless -f was given. @param line 0: no line of its own */
	add(key: string, value: string, line: number): void;
	/** the same for a key that stays as it is */
	addExact(key: string, value: string): void;
}

export interface TableCommand {
	/** getopt letters */
	readonly options: readonly string[];
	readonly usage: string;
	/** between key and value: "\t" or ":\t" */
	readonly separator: string;
	/** @param path for messages: the file or "stdin" */
	parse(text: string, path: string, warn: (text: string) => void, builder: Builder, config: Config): Sys<void>;
}

/** What becomes of a key that is there already. */
type Duplicates = 'warn' | 'replace' | 'ignore';

export function* tableCommand(
	command: TableCommand,
	argv: readonly string[],
	env: ReadonlyMap<string, string>
): Sys<number> {
	const name = argv[0]!.replace(/^.*\/(?=.)/, '');
	const messages = Messages.toStderr(name);
	return yield* messages.guard(function* () {
		const parsed = yield* options(command, argv, name, messages);
		const directory = parsed.get('c') ?? env.get('MAIL_CONFIG') ?? CONFIG_DIRECTORY;
		const config = yield* openConfig(name, messages, { directory });
		const tables = parsed.operands.map((operand) => typed(operand, config));
		const run = new Run(command, config, parsed);
		if (parsed.has('s')) return tables.length > 0 ? yield* run.list(tables[0]!) : 1;
		if (tables.length === 0) throw new Fatal(`usage: ${name} ${command.usage}`);
		const key = parsed.get('q') ?? parsed.get('d');
		if (parsed.has('q')) return key === '-' ? yield* run.queries(tables) : yield* run.query(tables, key!);
		if (parsed.has('d')) return yield* run.remove(tables, key!);
		for (const table of tables) yield* run.build(table);
		return 0;
	});
}

function* options(command: TableCommand, argv: readonly string[], name: string, messages: Messages): Sys<Parsed> {
	try {
		const parsed = getopt(argv, new OptionTable(command.options), { posix: true });
		let jobs = 0;
		for (const option of parsed.options) {
			if (!'sqd'.includes(option.name)) continue;
			if (jobs++ > 0)
				throw new Fatal(option.name === 's' ? 'specify only one of -s or -q or -d' : 'specify only one of -s -q or -d');
		}
		return parsed;
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* messages.plain(thrown.message);
		throw new Fatal(`usage: ${name} ${command.usage}`);
	}
}

interface TableName {
	readonly type: string;
	readonly path: string;
}

function typed(operand: string, config: Config): TableName {
	const colon = operand.indexOf(':');
	if (colon < 0) return { type: config.text('default_database_type'), path: operand };
	return { type: operand.slice(0, colon), path: operand.slice(colon + 1) };
}

class Run {
	readonly #messages: Messages;
	readonly #fold: boolean;
	readonly #duplicates: Duplicates;

	constructor(
		readonly command: TableCommand,
		readonly config: Config,
		readonly options: Parsed
	) {
		this.#messages = config.messages;
		this.#fold = !options.has('f');
		const last = options.last('r', 'w');
		this.#duplicates = last === 'r' ? 'replace' : last === 'w' ? 'ignore' : 'warn';
	}

	*#open({ type, path }: TableName): Sys<Dict> {
		return yield* openDict(`${type}:${path}`, this.#messages, { fold: this.#fold });
	}

	*#warnEmpty(dict: Dict, key: string): Sys<void> {
		yield* this.#messages.warn(`table ${dict.name}: key ${key}: empty string result is not allowed`);
		yield* this.#messages.warn(`table ${dict.name} should return NO RESULT in case of NOT FOUND`);
	}

	*#entries(dict: Dict): Sys<readonly (readonly [key: string, value: string])[]> {
		try {
			return yield* dict.entries!();
		} catch (thrown) {
			if (thrown instanceof DictError) throw new Fatal(`table ${dict.name}: sequence error: Application error`);
			throw thrown;
		}
	}

	*#look(dict: Dict, key: string): Sys<string | null> {
		try {
			const found = yield* dict.lookup(key);
			if (found?.value === '') yield* this.#warnEmpty(dict, key);
			return found ? found.value : null;
		} catch (thrown) {
			if (thrown instanceof DictError) throw new Fatal(`table ${dict.name}: query error: Application error`);
			throw thrown;
		}
	}

	*query(tables: readonly TableName[], key: string): Sys<number> {
		for (const table of tables) {
			const value = yield* this.#look(yield* this.#open(table), key);
			if (value === null) continue;
			yield* print(`${value}\n`);
			return 0;
		}
		return 1;
	}

	*queries(tables: readonly TableName[]): Sys<number> {
		const dicts: Dict[] = [];
		const reader = new LineReader(0);
		let out = '';
		for (let line = yield* reader.line(); line !== null; line = yield* reader.line()) {
			const key = decode(line).replace(/\n$/, '');
			for (const [index, table] of tables.entries()) {
				dicts[index] ??= yield* this.#open(table);
				const value = yield* this.#look(dicts[index], key);
				if (value === null) continue;
				out += `${key}${this.command.separator}${value}\n`;
				break;
			}
		}
		yield* print(out);
		return out === '' ? 1 : 0;
	}

	*list(table: TableName): Sys<number> {
		if (table.type === 'proxy') throw new Fatal("can't sequence maps via the proxy service");
		const dict = yield* this.#open(table);
		if (!dict.entries) throw new Fatal(`table ${dict.name}: sequence operation is not supported`);
		const entries = yield* this.#entries(dict);
		for (const [key, value] of entries) {
			if (key === '') yield* this.#messages.warn(`table ${dict.name}: empty lookup key value is not allowed`);
			else if (value === '') yield* this.#warnEmpty(dict, key);
		}
		yield* print(entries.map(([key, value]) => `${key}${this.command.separator}${value}\n`).join(''));
		return 0;
	}

	*remove(tables: readonly TableName[], key: string): Sys<number> {
		const keys =
			key === '-'
				? decode(yield* readAll(0))
						.split('\n')
						.filter((line) => line !== '')
				: [key];
		let found = false;
		for (const { type, path } of tables) {
			if (!INDEXED.includes(type)) {
				if (!TYPE_NAMES.includes(type)) throw new Fatal(`unsupported dictionary type: ${type}`);
				throw new Fatal(`${type}:${path} map requires O_RDONLY access mode`);
			}
			const entries = yield* existing(`${path}.db`, true);
			const before = entries.size;
			for (const one of keys) entries.delete(this.#fold ? one.toLowerCase() : one);
			if (entries.size === before) continue;
			found = true;
			const fd = yield* openForWriting(`${path}.db`, 0o644);
			yield* write(fd, encodeIndex(type, entries));
			yield* close(fd);
		}
		return found ? 0 : 1;
	}

	*build({ type, path }: TableName): Sys<void> {
		if (type === 'proxy') throw new Fatal("can't create maps via the proxy service");
		const incremental = this.options.has('i');
		const fd = incremental ? 0 : yield* openSource(path);
		const source = yield* fstat(fd);
		const regular = (source.mode & S.IFMT) === S.IFREG;
		const mode = regular && !this.options.has('p') ? 0o644 & ~(~source.mode & 0o077) : 0o644;
		if (!this.options.has('o') && !incremental) yield* becomeOwner(source);
		if (!INDEXED.includes(type)) {
			const what = TYPE_NAMES.includes(type)
				? `${type} does not support bulk-mode creation.`
				: `${type}. Is the postfix-${type} package installed?`;
			throw new Fatal(`unsupported dictionary type: ${what}`);
		}
		const index = `${path}.db`;
		const entries = incremental ? yield* existing(index, false) : new Map<string, IndexEntry>();
		const target = yield* openForWriting(index, mode);
		const text = decode(yield* readAll(fd));
		const warnings = new Warnings();
		const builder = this.#builder(entries, index, incremental, warnings.add);
		yield* this.command.parse(text, incremental ? 'stdin' : path, warnings.add, builder, this.config);
		yield* warnings.flush(this.#messages);
		yield* write(target, encodeIndex(type, entries));
		yield* close(target);
		if (!incremental) yield* close(fd);
	}

	#builder(
		entries: Map<string, IndexEntry>,
		index: string,
		incremental: boolean,
		warn: (text: string) => void
	): Builder {
		const put = (key: string, entry: IndexEntry, how: Duplicates): void => {
			if (!entries.has(key) || how === 'replace') entries.set(key, entry);
			else if (how === 'warn') warn(`${index}: duplicate entry: "${key}"`);
		};
		return {
			add: (key, value, line) =>
				put(this.#fold ? key.toLowerCase() : key, { value, line: incremental ? 0 : line }, this.#duplicates),
			addExact: (key, value) => put(key, { value, line: 0 }, incremental ? 'replace' : this.#duplicates)
		};
	}
}

/** root works as the source file's owner, so that the index belongs to the same user. */
function* becomeOwner(source: Stat): Sys<void> {
	const me = yield* getcred();
	if (me.uid !== 0 || (source.uid === me.euid && source.gid === me.egid)) return;
	yield* setegid(source.gid);
	yield* seteuid(source.uid);
}

function* openSource(path: string): Sys<number> {
	try {
		return yield* open(path, O.RDONLY);
	} catch (thrown) {
		if (thrown instanceof Errno) throw new Fatal(`open ${path}: ${strerror(thrown)}`);
		throw thrown;
	}
}

/** What is in an index; nothing when there is none. */
function* existing(path: string, required: boolean): Sys<Map<string, IndexEntry>> {
	try {
		return decodeIndex(yield* readFile(path)) ?? new Map<string, IndexEntry>();
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (thrown.code === 'ENOENT' && !required) return new Map();
		throw new Fatal(`open database ${path}: ${strerror(thrown)}`);
	}
}

function* openForWriting(path: string, mode: number): Sys<number> {
	try {
		return yield* open(path, O.WRONLY | O.CREAT | O.TRUNC, mode);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		let exists = true;
		try {
			yield* stat(path);
		} catch {
			exists = false;
		}
		throw new Fatal(`open ${exists ? '' : 'database '}${path}: ${strerror(thrown)}`);
	}
}

/**
 * sysctl(8), procps 4.0.2: the kernel's settings, one by one, by patterns, from files.
 *
 * Reads: /proc/sys, and with -p and --system /etc/sysctl.conf and the files of the sysctl.d directories.
 * Does: reads all files first (a line that is none is told at once), then writes; a setting that is not there is an error
 *       unless its line begins with "-" or -e was given.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { isDirectory } from '../coreutils/modes';
import { attempt } from '../coreutils/utility';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { Regex, RegexError } from '../libc/regex';
import { print, printError, readAll, readText, STDIN, writeFile } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { readdir, stat } from '../libc/unistd';

const ROOT = '/proc/sys/';
const DEFAULT_FILE = '/etc/sysctl.conf';
/** of files of the same name the first counts */
const DIRECTORIES = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d', '/lib/sysctl.d'];

const OPTIONS = new OptionTable([
	...['A|X|a|all', 'deprecated', 'dry-run', 'b|binary', 'e|ignore', 'N|names', 'n|values', 'p|f|load=?', 'system'],
	...['r|pattern=', 'q|quiet', 'w|write', 'o', 'x', 'd|h|help', 'V|version']
]);
const USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -A                   alias of -a
  -X                   alias of -a
      --deprecated     include deprecated parameters to listing
      --dry-run        Print the key and values but do not write
  -b, --binary         print value without new line
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variable(s)
  -p, --load[=<file>]  read values from file
  -f                   alias of -p
      --system         read values from all system directories
  -r, --pattern <expression>
                       select setting that match expression
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable
  -o                   does nothing
  -x                   does nothing
  -d                   alias of -h

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see sysctl(8).
`;

interface Setting {
	/** as it is shown: net.ipv4.ip_forward */
	readonly key: string;
	readonly path: string;
	readonly value: string;
	/** the line began with "-" */
	readonly forgiving: boolean;
}

/** The first separator says which of the two forms it is; in the other one dots and slashes change places. */
function slashes(name: string): string {
	const first = /[./]/.exec(name)?.[0];
	return first === '.' ? swap(name) : name;
}

function swap(name: string): string {
	return name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}

function pathOf(name: string): string {
	return ROOT + slashes(name);
}

function keyOf(path: string): string {
	return swap(path.slice(ROOT.length));
}

export const sysctl: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`sysctl: ${thrown.message}\n`);
		yield* print(USAGE);
		return 0;
	}
	if (parsed.has('help')) {
		yield* print(USAGE);
		return 0;
	}
	if (parsed.has('version')) {
		yield* print('sysctl from procps-ng 4.0.2\n');
		return 0;
	}
	const pattern = parsed.get('pattern');
	try {
		return yield* new Sysctl(parsed, pattern === undefined ? undefined : new Regex(pattern, { extended: true })).run();
	} catch (thrown) {
		if (!(thrown instanceof RegexError)) throw thrown;
		yield* printError(`sysctl: ${pattern}: ${thrown.message}\n`);
		return 1;
	}
};

class Sysctl {
	#status = 0;

	constructor(
		readonly parsed: Parsed,
		readonly pattern: Regex | undefined
	) {}

	*run(): Sys<number> {
		const { parsed } = this;
		if (parsed.has('all')) {
			yield* this.#tree(ROOT.slice(0, -1));
			return this.#status;
		}
		if (parsed.has('system')) return yield* this.#system();
		if (parsed.has('load')) return yield* this.#load();
		if (parsed.operands.length > 0) return yield* this.#operands();
		yield* printError(
			parsed.has('write') || parsed.has('quiet')
				? "sysctl: no variables specified\nTry `sysctl --help' for more information.\n"
				: USAGE
		);
		return 1;
	}

	*#operands(): Sys<number> {
		for (const operand of this.parsed.operands) {
			if (!operand.includes('=') && !this.parsed.has('write')) yield* this.#show(operand);
			else {
				const setting = parseLine(operand);
				if (!setting) {
					yield* printError('sysctl: command line(0): invalid syntax, continuing...\n');
					return 1;
				}
				yield* this.#write(setting);
			}
		}
		return this.#status;
	}

	/* ---- files ----------------------------------------------------------------------------------------------------- */

	*#load(): Sys<number> {
		const named = this.parsed.get('load');
		const files = [...(named === undefined ? [] : [named]), ...this.parsed.operands];
		const settings: Setting[] = [];
		for (const file of files.length === 0 ? [DEFAULT_FILE] : files) settings.push(...(yield* this.#read(file)));
		for (const setting of settings) yield* this.#write(setting);
		return this.#status;
	}

	*#system(): Sys<number> {
		const settings: Setting[] = [];
		for (const file of [...(yield* systemFiles()), DEFAULT_FILE]) {
			if (file === DEFAULT_FILE && !(yield* attempt(stat(file)))) continue;
			yield* print(`* Applying ${file} ...\n`);
			settings.push(...(yield* this.#read(file)));
		}
		for (const setting of settings) yield* this.#write(setting);
		return this.#status;
	}

	*#read(file: string): Sys<Setting[]> {
		let text: string;
		try {
			text = file === '-' ? decode(yield* readAll(STDIN)) : yield* readText(file);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* printError(`sysctl: cannot open "${file}": ${strerror(thrown)}\n`);
			this.#status = 1;
			return [];
		}
		const settings: Setting[] = [];
		for (const [index, line] of text.split('\n').entries()) {
			if (/^\s*([#;]|$)/.test(line)) continue;
			const setting = parseLine(line);
			if (!setting) {
				yield* printError(`sysctl: ${file}(${index + 1}): invalid syntax, continuing...\n`);
			} else settings.push(setting);
		}
		return settings;
	}

	/* ---- writing --------------------------------------------------------------------------------------------------- */

	*#write({ key, path, value, forgiving }: Setting): Sys<void> {
		if (this.pattern && !this.pattern.test(key)) return;
		if (path === ROOT) return yield* this.#fail(`Path is not under ${ROOT}: ${path}`, forgiving);
		try {
			const { mode } = yield* stat(path);
			if ((mode & 0o222) === 0) {
				yield* printError(`sysctl: setting key "${key}": Invalid argument\n`);
				return;
			}
			if (!this.parsed.has('dry-run')) yield* writeFile(path, `${value}\n`);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code === 'ENOENT') {
				if (!this.parsed.has('ignore')) yield* this.#fail(`cannot stat ${path}: ${strerror(thrown)}`, forgiving);
			} else if (thrown.code === 'EACCES' || thrown.code === 'EPERM')
				yield* this.#fail(`permission denied on key "${key}"`, forgiving);
			else yield* this.#fail(`setting key "${key}": ${strerror(thrown)}`, forgiving);
			return;
		}
		if (this.parsed.has('quiet')) return;
		const bare = this.parsed.has('values') || this.parsed.has('names');
		yield* print(bare ? `${value}\n` : `${key} = ${value}\n`);
	}

	*#fail(message: string, forgiving = false): Sys<void> {
		yield* printError(`sysctl: ${message}\n`);
		if (!forgiving) this.#status = 1;
	}

	/* ---- showing --------------------------------------------------------------------------------------------------- */

	*#show(name: string): Sys<void> {
		if (name === '') {
			yield* printError('sysctl: "" is an unknown key\n');
			this.#status = 255;
			return;
		}
		const path = pathOf(name);
		const found = yield* attempt(stat(path));
		if (!found) {
			if (!this.parsed.has('ignore')) yield* this.#fail(`cannot stat ${path}: ${strerror('ENOENT')}`);
		} else if (isDirectory(found.mode)) yield* this.#tree(path.replace(/\/$/, ''));
		else yield* this.#one(path, false);
	}

	*#tree(directory: string): Sys<void> {
		const entries = (yield* attempt(readdir(directory))) ?? [];
		for (const { name, type } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1)))
			if (isDirectory(type)) yield* this.#tree(`${directory}/${name}`);
			else yield* this.#one(`${directory}/${name}`, true);
	}

	/** @param listed one of many: what only can be written is passed over */
	*#one(path: string, listed: boolean): Sys<void> {
		const key = keyOf(path);
		if (this.pattern && !this.pattern.test(key)) return;
		if (this.parsed.has('names')) return yield* print(`${key}\n`);
		let text: string;
		try {
			text = (yield* readText(path)).replace(/\n$/, '');
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (listed && thrown.code === 'EACCES' && ((yield* stat(path)).mode & 0o444) === 0) return;
			if (thrown.code === 'EACCES') return yield* this.#fail(`permission denied on key '${key}'`);
			return yield* this.#fail(`reading key "${key}": ${strerror(thrown)}`);
		}
		const head = this.parsed.has('values') || this.parsed.has('binary') ? '' : `${key} = `;
		const end = this.parsed.has('binary') ? '' : '\n';
		for (const line of text.split('\n')) yield* print(`${head}${line}${end}`);
	}
}

/** "net.ipv4.ip_forward = 1": undefined without an equals sign */
function parseLine(line: string): Setting | undefined {
	const text = line.trim();
	const forgiving = text.startsWith('-');
	const equals = text.indexOf('=');
	if (equals < 0) return undefined;
	const name = text.slice(forgiving ? 1 : 0, equals).trim();
	const path = pathOf(name);
	return { key: keyOf(path), path, value: text.slice(equals + 1).trim(), forgiving };
}

/** The files of the directories, in the order of their names. */
export function* systemFiles(): Sys<string[]> {
	const files = new Map<string, string>();
	for (const directory of DIRECTORIES)
		for (const { name } of (yield* attempt(readdir(directory))) ?? [])
			if (name.endsWith('.conf') && !files.has(name)) files.set(name, `${directory}/${name}`);
	return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

/**
 * find(1) of GNU findutils 4.9: walks trees and evaluates an expression for each file.
 *
 * Lacks: -ls, -fprint and its kin, -fstype, -regex types other than the default (emacs, read as basic), -newerXY but mm.
 */
import { S, type Main, type Stat, type Sys } from '#kernel/syscalls';
import { globMatches } from '../coreutils/glob';
import { changeMode, isDirectory, modeString, parseMode } from '../coreutils/modes';
import { attempt, Tool } from '../coreutils/utility';
import { expandEscapes } from '../coreutils/echo';
import { getgrent, getgrnam, getpwent, getpwnam } from '../libc/passwd';
import { Regex } from '../libc/regex';
import { breakDown, strftime } from '../libc/strftime';
import { LineReader, printError, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { exitStatus, spawn } from '../libc/spawn';
import { access, lstat, readdir, readlink, rmdir, stat, time, unlink, wait } from '../libc/unistd';

class Trouble {
	constructor(readonly message: string) {}
}

interface Found {
	readonly path: string;
	readonly name: string;
	readonly depth: number;
	readonly start: string;
	readonly stat: Stat;
}

type Test = (file: Found) => Sys<boolean>;

const TYPES: Readonly<Record<string, number>> = {
	f: S.IFREG,
	d: S.IFDIR,
	l: S.IFLNK,
	p: S.IFIFO,
	s: S.IFSOCK,
	b: S.IFBLK,
	c: S.IFCHR
};
const LETTERS = new Map(Object.entries(TYPES).map(([letter, type]) => [type, letter]));
const DAY = 86_400e6;
const quote = (text: string): string => `‘${text}’`;

export const find: Main = function* (argv, env) {
	const tool = new Tool('find', env);
	try {
		const finder = new Finder(tool, env);
		return yield* finder.main(argv.slice(1));
	} catch (thrown) {
		if (!(thrown instanceof Trouble)) throw thrown;
		yield* tool.flush();
		yield* printError(`find: ${thrown.message}\n`);
		return 1;
	}
};

class Finder {
	#follow: 'P' | 'L' | 'H' = 'P';
	#minimum = 0;
	#maximum = Infinity;
	#depthFirst = false;
	#oneSystem = false;
	#acts = false;
	#prune = false;
	#words: string[] = [];
	#at = 0;
	#now = 0;
	readonly #batches: { argv: string[]; paths: string[] }[] = [];
	readonly #reader = new LineReader(STDIN);

	constructor(
		readonly tool: Tool,
		readonly env: ReadonlyMap<string, string>
	) {}

	*main(words: string[]): Sys<number> {
		while (/^-[PLH]$|^-O\d$|^-D/.test(words[0] ?? '')) {
			const option = words.shift()!;
			if (/^-[PLH]$/.test(option)) this.#follow = option[1] as 'P';
			if (option === '-D') words.shift();
		}
		const starts: string[] = [];
		while (words.length > 0 && !/^-./.test(words[0]!) && !['!', '(', ')', ','].includes(words[0]!))
			starts.push(words.shift()!);
		this.#words = words;
		this.#now = yield* time();
		let test: Test | undefined;
		if (words.length > 0) {
			test = yield* this.#list();
			if (this.#at < words.length) throw new Trouble(words[this.#at] === ')' ? "invalid expression; you have too many ')'" : `paths must precede expression: \`${words[this.#at]}'`); // prettier-ignore
		}
		const print: Test = (file) => this.#print(`${file.path}\n`);
		const whole: Test = !test ? print : this.#acts ? test : both(test, print);
		for (const start of starts.length > 0 ? starts : ['.']) {
			try {
				yield* this.#start(start, whole);
			} catch (thrown) {
				if (thrown !== QUIT) throw thrown;
				break;
			}
		}
		for (const batch of this.#batches) yield* this.#runBatch(batch);
		yield* this.tool.flush();
		return this.tool.status;
	}

	*#print(text: string): Sys<boolean> {
		yield* this.tool.print(text);
		return true;
	}

	/* ---- the walk ---- */

	*#start(path: string, test: Test): Sys<void> {
		try {
			const found = yield* this.#look(path, true);
			yield* this.#visit(
				{ path, name: path.replace(/\/+$/, '').split('/').at(-1) || '/', depth: 0, start: path, stat: found },
				test
			);
		} catch (thrown) {
			yield* this.tool.complain(`${quote(path)}: ${strerror(errnoOf(thrown))}`);
		}
	}

	*#look(path: string, top: boolean): Sys<Stat> {
		if (this.#follow === 'P' || (this.#follow === 'H' && !top)) return yield* lstat(path);
		return (yield* attempt(stat(path))) ?? (yield* lstat(path));
	}

	*#visit(file: Found, test: Test): Sys<void> {
		this.#prune = false;
		const inRange = file.depth >= this.#minimum;
		if (!this.#depthFirst && inRange) yield* test(file);
		if (isDirectory(file.stat.mode) && file.depth < this.#maximum && (!this.#prune || this.#depthFirst))
			yield* this.#descend(file, test);
		if (this.#depthFirst && inRange) yield* test(file);
	}

	*#descend(file: Found, test: Test): Sys<void> {
		let names: string[];
		try {
			names = (yield* readdir(file.path)).map((entry) => entry.name);
		} catch (thrown) {
			yield* this.tool.complain(`${quote(file.path)}: ${strerror(errnoOf(thrown))}`);
			return;
		}
		for (const name of names) {
			const path = file.path.endsWith('/') ? file.path + name : `${file.path}/${name}`;
			try {
				const found = yield* this.#look(path, false);
				yield* this.#visit({ path, name, depth: file.depth + 1, start: file.start, stat: found }, test);
			} catch (thrown) {
				yield* this.tool.complain(`${quote(path)}: ${strerror(errnoOf(thrown))}`);
			}
		}
	}

	/* ---- the expression ---- */

	*#list(): Sys<Test> {
		let left = yield* this.#or();
		while (this.#words[this.#at] === ',') {
			this.#at++;
			const [first, second] = [left, yield* this.#or()];
			left = function* (file) {
				yield* first(file);
				return yield* second(file);
			};
		}
		return left;
	}

	*#or(): Sys<Test> {
		let left = yield* this.#and();
		while (['-o', '-or'].includes(this.#words[this.#at] ?? '')) {
			this.#at++;
			const [first, second] = [left, yield* this.#and()];
			left = function* (file) {
				return (yield* first(file)) || (yield* second(file));
			};
		}
		return left;
	}

	*#and(): Sys<Test> {
		let left = yield* this.#not();
		for (;;) {
			const word = this.#words[this.#at];
			if (word === '-a' || word === '-and') this.#at++;
			else if (word === undefined || ['-o', '-or', ')', ','].includes(word)) return left;
			left = both(left, yield* this.#not());
		}
	}

	*#not(): Sys<Test> {
		const word = this.#words[this.#at++];
		if (word === '!' || word === '-not') {
			const inner = yield* this.#not();
			return function* (file) {
				return !(yield* inner(file));
			};
		}
		if (word === '(') {
			const inner = yield* this.#list();
			if (this.#words[this.#at++] !== ')')
				throw new Trouble("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
			return inner;
		}
		if (word === undefined) throw new Trouble(`expected an expression after ${quote(this.#words.at(-1)!)}`);
		if (!word.startsWith('-')) throw new Trouble(`paths must precede expression: \`${word}'`);
		return yield* this.#primary(word);
	}

	#argument(word: string): string {
		const value = this.#words[this.#at++];
		if (value === undefined) throw new Trouble(`missing argument to \`${word}'`);
		return value;
	}

	/** +n, -n, n */
	#number(word: string, text = this.#argument(word)): (value: number) => boolean {
		const found = /^([-+]?)(\d+(?:\.\d+)?)$/.exec(text);
		if (!found) throw new Trouble(`invalid argument \`${text}' to \`${word}'`);
		const number = Number(found[2]);
		return found[1] === '+'
			? (value) => value > number
			: found[1] === '-'
				? (value) => value < number
				: (value) => value === number;
	}

	*#primary(word: string): Sys<Test> {
		const test = (predicate: (file: Found) => boolean): Test =>
			function* (file) {
				return predicate(file);
			};
		switch (word) {
			case '-name':
			case '-iname': {
				const pattern = this.#argument(word);
				return test(({ name }) => globMatches(pattern, name, false, word === '-iname'));
			}
			case '-path':
			case '-wholename':
			case '-ipath': {
				const pattern = this.#argument(word);
				return test(({ path }) => globMatches(pattern, path, false, word === '-ipath'));
			}
			case '-regex':
			case '-iregex': {
				const regex = new Regex(this.#argument(word), { ignoreCase: word === '-iregex' });
				return test(({ path }) => regex.matchesWhole(path));
			}
			case '-lname':
			case '-ilname': {
				const pattern = this.#argument(word);
				return function* ({ path }) {
					const target = yield* attempt(readlink(path));
					return target !== undefined && globMatches(pattern, target, false, word === '-ilname');
				};
			}
			case '-type':
			case '-xtype':
				return this.#typeTest(word);
			case '-user':
			case '-group':
			case '-uid':
			case '-gid':
			case '-nouser':
			case '-nogroup':
				return yield* this.#ownerTest(word);
			case '-size':
				return this.#sizeTest();
			case '-empty':
				return function* ({ path, stat: found }) {
					if (isDirectory(found.mode)) return ((yield* attempt(readdir(path))) ?? [0]).length === 0;
					return (found.mode & S.IFMT) === S.IFREG && found.size === 0;
				};
			case '-perm':
				return this.#permissionTest();
			case '-links': {
				const matches = this.#number(word);
				return test(({ stat: found }) => matches(found.links));
			}
			case '-inum': {
				const matches = this.#number(word);
				return test(({ stat: found }) => matches(found.inode));
			}
			case '-samefile': {
				const path = this.#argument(word);
				const found = yield* attempt(lstat(path));
				if (!found) throw new Trouble(`${quote(path)}: ${strerror('ENOENT')}`);
				return test((file) => file.stat.inode === found.inode);
			}
			case '-newer':
			case '-newermm':
			case '-anewer':
			case '-cnewer': {
				const path = this.#argument(word);
				const found = yield* attempt(stat(path));
				if (!found) throw new Trouble(`${quote(path)}: ${strerror('ENOENT')}`);
				const field = word === '-anewer' ? 'atime' : word === '-cnewer' ? 'ctime' : 'mtime';
				return test((file) => file.stat[field] > found.mtime);
			}
			case '-mtime':
			case '-atime':
			case '-ctime':
			case '-mmin':
			case '-amin':
			case '-cmin': {
				const field = `${word[1]}time` as 'mtime';
				const unit = word.endsWith('min') ? 60e6 : DAY;
				const text = this.#argument(word);
				const matches = this.#number(word, text);
				const minutes = word.endsWith('min');
				return test(({ stat: found }) => {
					const age = (this.#now - found[field]) / unit;
					return matches(minutes && text.startsWith('-') ? age : minutes && text.startsWith('+') ? age : minutes ? Math.ceil(age) : Math.floor(age)); // prettier-ignore
				});
			}
			case '-readable':
			case '-writable':
			case '-executable': {
				const mode = { '-readable': { read: true }, '-writable': { write: true }, '-executable': { execute: true } }[
					word
				];
				return function* ({ path }) {
					try {
						yield* access(path, mode);
						return true;
					} catch (thrown) {
						errnoOf(thrown);
						return false;
					}
				};
			}
			case '-true':
				return test(() => true);
			case '-false':
				return test(() => false);
			default:
				return this.#actionOrOption(word, test);
		}
	}

	#typeTest(word: string): Test {
		const letters = this.#argument(word).split(',');
		for (const letter of letters) {
			if (!(letter in TYPES)) throw new Trouble(letter.length > 1 ? `Must separate multiple arguments to ${word} using: ','` : `Unknown argument to ${word}: ${letter}`); // prettier-ignore
		}
		const types = letters.map((letter) => TYPES[letter]!);
		const following = this.#follow === 'L';
		return function* (file) {
			let { mode } = file.stat;
			if (word === '-xtype')
				mode = ((yield* attempt(following ? lstat(file.path) : stat(file.path))) ?? file.stat).mode;
			return types.includes(mode & S.IFMT);
		};
	}

	*#ownerTest(word: string): Sys<Test> {
		const users = new Set((yield* getpwent()).map((entry) => entry.uid));
		const groups = new Set((yield* getgrent()).map((entry) => entry.gid));
		let matches: (found: Stat) => boolean;
		if (word === '-nouser') matches = (found) => !users.has(found.uid);
		else if (word === '-nogroup') matches = (found) => !groups.has(found.gid);
		else if (word === '-uid' || word === '-gid') {
			const number = this.#number(word);
			matches = (found) => number(word === '-uid' ? found.uid : found.gid);
		} else {
			const name = this.#argument(word);
			const user = word === '-user';
			const id = user ? (yield* getpwnam(name))?.uid : (yield* getgrnam(name))?.gid;
			if (id === undefined && !/^\d+$/.test(name)) throw new Trouble(`${quote(name)} is not the name of ${user ? 'a known user' : 'an existing group'}`); // prettier-ignore
			const wanted = id ?? Number(name);
			matches = (found) => (user ? found.uid : found.gid) === wanted;
		}
		return function* ({ stat: found }) {
			return matches(found);
		};
	}

	#sizeTest(): Test {
		const text = this.#argument('-size');
		const units: Record<string, number> = { b: 512, c: 1, w: 2, k: 1024, M: 1_048_576, G: 1_073_741_824 };
		const unit = units[text.at(-1)!] ?? 512;
		if (!/^[-+]?\d+[bcwkMG]?$/.test(text)) throw new Trouble(`Invalid argument \`${text}' to -size`);
		const matches = this.#number('-size', text.replace(/[bcwkMG]$/, ''));
		return function* ({ stat: found }) {
			return matches(Math.ceil(found.size / unit));
		};
	}

	#permissionTest(): Test {
		const text = this.#argument('-perm');
		const mark = /^[-/]/.exec(text)?.[0];
		const change = parseMode(mark ? text.slice(1) : text);
		if (!change) throw new Trouble(`invalid mode ${quote(text)}`);
		const wanted = changeMode(change, 0, 0);
		return function* ({ stat: found }) {
			const mode = found.mode & 0o7777;
			if (mark === '-') return (mode & wanted) === wanted;
			return mark === '/' ? wanted === 0 || (mode & wanted) !== 0 : mode === wanted;
		};
	}

	#actionOrOption(word: string, test: (predicate: (file: Found) => boolean) => Test): Test {
		switch (word) {
			case '-maxdepth':
			case '-mindepth': {
				const text = this.#argument(word);
				if (!/^\d+$/.test(text))
					throw new Trouble(`Expected a positive decimal integer argument to ${word}, but got ${quote(text)}`);
				if (word === '-maxdepth') this.#maximum = Number(text);
				else this.#minimum = Number(text);
				return test(() => true);
			}
			case '-depth':
			case '-d':
				this.#depthFirst = true;
				return test(() => true);
			case '-xdev':
			case '-mount':
				this.#oneSystem = true;
				return test(() => true);
			case '-follow':
				this.#follow = 'L';
				return test(() => true);
			case '-daystart':
			case '-noleaf':
			case '-warn':
			case '-nowarn':
			case '-ignore_readdir_race':
				return test(() => true);
			case '-prune':
				return test(() => {
					this.#prune = true;
					return true;
				});
			case '-quit':
				this.#acts = true;
				return test(() => {
					throw QUIT;
				});
			case '-print':
			case '-print0': {
				this.#acts = true;
				const end = word === '-print' ? '\n' : '\0';
				return (file) => this.#print(file.path + end);
			}
			case '-printf': {
				this.#acts = true;
				const format = this.#argument(word);
				const finder = this;
				return function* (file) {
					yield* finder.tool.print(yield* finder.#format(format, file));
					return true;
				};
			}
			case '-delete':
				this.#acts = this.#depthFirst = true;
				return (file) => this.#delete(file);
			case '-exec':
			case '-execdir':
			case '-ok':
			case '-okdir':
				this.#acts = true;
				return this.#exec(word);
			default:
				throw new Trouble(`unknown predicate \`${word}'`);
		}
	}

	*#delete(file: Found): Sys<boolean> {
		if (file.path === '.') return true;
		try {
			yield* isDirectory(file.stat.mode) ? rmdir(file.path) : unlink(file.path);
			return true;
		} catch (thrown) {
			yield* this.tool.complain(`cannot delete ${quote(file.path)}: ${strerror(errnoOf(thrown))}`);
			return false;
		}
	}

	#exec(word: string): Test {
		const argv: string[] = [];
		for (;;) {
			const next = this.#words[this.#at++];
			if (next === undefined) throw new Trouble(`missing argument to \`${word}'`);
			if (next === ';') break;
			if (next === '+' && argv.at(-1) === '{}') {
				const batch = { argv: argv.slice(0, -1), paths: [] as string[] };
				this.#batches.push(batch);
				return function* ({ path }) {
					batch.paths.push(path);
					return true;
				};
			}
			argv.push(next);
		}
		if (argv.length === 0) throw new Trouble(`missing argument to \`${word}'`);
		const finder = this;
		return function* ({ path }) {
			const words = argv.map((part) => part.replaceAll('{}', path));
			if (word.startsWith('-ok')) {
				yield* finder.tool.flush();
				yield* printError(`< ${argv[0]} ... ${path} > ? `);
				const answer = yield* finder.#reader.line();
				if (answer === null || !/^[yY]/.test(decode(answer))) return false;
			}
			return (yield* finder.#run(words)) === 0;
		};
	}

	*#runBatch({ argv, paths }: { argv: readonly string[]; paths: readonly string[] }): Sys<void> {
		if (paths.length > 0 && (yield* this.#run([...argv, ...paths])) !== 0) this.tool.status = 1;
	}

	*#run(argv: readonly string[]): Sys<number> {
		yield* this.tool.flush();
		return yield* runCommand(argv, this.env, (name, error) => `find: ${quote(name)}: ${error}\n`);
	}

	*#format(format: string, file: Found): Sys<string> {
		const { stat: found, path } = file;
		const users = new Map((yield* getpwent()).map((entry) => [entry.uid, entry.name]));
		const groups = new Map((yield* getgrent()).map((entry) => [entry.gid, entry.name]));
		const link = (found.mode & S.IFMT) === S.IFLNK ? ((yield* attempt(readlink(path))) ?? '') : '';
		const target = yield* attempt(stat(path));
		const times = { A: found.atime, C: found.ctime, T: found.mtime };
		const slash = path.lastIndexOf('/');
		const values: Readonly<Record<string, string | number>> = {
			'%': '%', p: path, f: file.name, h: slash < 0 ? '.' : path.slice(0, slash) || '', P: path.slice(file.start.length).replace(/^\//, ''), H: file.start, d: file.depth,
			s: found.size, m: (found.mode & 0o7777).toString(8), M: modeString(found.mode), y: LETTERS.get(found.mode & S.IFMT) ?? 'U', Y: link !== '' && !target ? 'N' : (LETTERS.get((target ?? found).mode & S.IFMT) ?? 'U'),
			u: users.get(found.uid) ?? found.uid, U: found.uid, g: groups.get(found.gid) ?? found.gid, G: found.gid, i: found.inode, n: found.links, k: found.blocks / 2, b: found.blocks, l: link,
			t: strftime('%a %b %e %H:%M:%S.%N0 %Y', breakDown(found.mtime)), a: strftime('%a %b %e %H:%M:%S.%N0 %Y', breakDown(found.atime)), c: strftime('%a %b %e %H:%M:%S.%N0 %Y', breakDown(found.ctime))
		}; // prettier-ignore
		return expandEscapes(format.replace(/\\(\d)/g, '\\0$1')).text.replace(
			/%([-0 +#]*)(\d*)(?:([ACT])(.)|([a-zA-Z%]))/g,
			(_whole, flags: string, width: string, which: 'A' | undefined, how: string, letter: string) => {
				// prettier-ignore
				let text = String(values[letter] ?? '');
				if (which) text = how === '@' ? `${Math.floor(times[which] / 1e6)}.0000000000` : how === 'S' ? strftime('%S.%N0', breakDown(times[which])) : strftime(`%${how}`, breakDown(times[which])); // prettier-ignore
				return flags.includes('-')
					? text.padEnd(Number(width))
					: text.padStart(Number(width), flags.includes('0') ? '0' : ' ');
			}
		);
	}
}

function both(first: Test, second: Test): Test {
	return function* (file) {
		return (yield* first(file)) && (yield* second(file));
	};
}

/** Runs a command found by PATH and waits for it. */
export function* runCommand(
	argv: readonly string[],
	env: ReadonlyMap<string, string>,
	message: (name: string, error: string) => string,
	prepare?: () => Sys<void>
): Sys<number> {
	// prettier-ignore
	const name = argv[0]!;
	const places = name.includes('/')
		? ['']
		: (env.get('PATH') ?? '/bin:/usr/bin').split(':').map((place) => `${place}/`);
	for (const place of places) {
		if ((yield* attempt(stat(place + name))) === undefined) continue;
		const pid = yield* spawn(place + name, argv, env, prepare ? { prepare } : {});
		const status = yield* wait(pid);
		return status === null ? 0 : exitStatus(status);
	}
	yield* printError(message(name, strerror('ENOENT')));
	return 127;
}

/** Thrown by -quit: the search ends at once, even within an expression. */
const QUIT = Symbol('quit');

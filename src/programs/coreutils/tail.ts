/**
 * tail(1): the last lines or bytes of files, and with -f what is added to them.
 *
 * -f looks once a second (or every -s seconds), as the real program does where inotify is missing; -F goes on with a new
 * file of the same name.
 */
import { O, S, type Main, type Stat, type Sys } from '#kernel/syscalls';
import { printError, readAll, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { close, fstat, kill, lseek, open, read, sleep, stat } from '../libc/unistd';
import { openInput } from './head';
import { parseDuration, sizeArgument } from './numbers';
import { quote, quoteShell } from './quote';
import { attempt, Fatal, type Tool, utility } from './utility';

interface Amount {
	readonly unit: 'lines' | 'bytes';
	readonly count: number;
	/** "+3": from the third on */
	readonly fromStart: boolean;
}

interface Followed {
	readonly path: string;
	fd: number | undefined;
	inode: number;
	size: number;
	/** its loss has been reported */
	missing: boolean;
}

const CHUNK = 65_536;
const SECOND = 1_000_000;

const run = utility(
	[
		'c|bytes=', 'f', 'follow=?', 'F', 'n|lines=', 'max-unchanged-stats=', 'pid=', 'q|quiet', 'silent', 'retry', 's|sleep-interval=', 'v|verbose', 'z|zero-terminated'
	], // prettier-ignore
	function* (tool, options) {
		const unit = options.last('lines', 'bytes') === 'bytes' ? 'bytes' : 'lines';
		const given = options.get(unit) ?? '10';
		const number = /^[-+]/.test(given) ? given.slice(1) : given;
		const amount: Amount = {
			unit,
			fromStart: given.startsWith('+'),
			count: sizeArgument(number, `invalid number of ${unit}`)
		};
		const files = options.operands.length > 0 ? options.operands : ['-'];
		const quiet = options.has('quiet') || options.has('silent');
		const headers = options.has('verbose') || (files.length > 1 && !quiet);
		const follow = options.has('f') || options.has('F') || options.has('follow');
		const byName = options.has('F') || options.get('follow') === 'name';
		const printer = new Printer(tool, headers);
		const followed: Followed[] = [];
		for (const path of files) {
			const fd = yield* openInput(tool, path);
			if (fd === undefined) {
				if (byName && (options.has('F') || options.has('retry')))
					followed.push({ path, fd, inode: 0, size: 0, missing: true });
				continue;
			}
			yield* printer.header(path);
			yield* printTail(tool, fd, path, amount, options.has('zero-terminated') ? 0 : 10);
			const found = yield* fstat(fd);
			if (follow && (found.mode & S.IFMT) !== S.IFIFO)
				followed.push({ path, fd, inode: found.inode, size: found.size, missing: false });
			else if (fd !== STDIN) yield* close(fd);
		}
		if (!follow) return;
		if (followed.length === 0) {
			if (tool.status === 0) return;
			throw new Fatal('no files remaining');
		}
		const interval = parseDuration(options.get('sleep-interval') ?? '1');
		if (interval === undefined) throw new Fatal(`invalid number of seconds: ${quote(options.get('sleep-interval')!)}`);
		yield* tool.flush();
		const pid = options.get('pid');
		yield* followAll(
			tool,
			printer,
			followed,
			byName,
			Math.max(interval, SECOND / 100),
			pid === undefined ? undefined : Number(pid)
		);
	}
);

/** "-5", "+5", "-5f" of old. */
export const tail: Main = (argv, env) => {
	const old = /^([-+])(\d+)([lcb]?)(f?)$/.exec(argv[1] ?? '');
	if (!old || (old[1] === '+' && argv.length > 3)) {
		const digit = /^-[a-zA-Z]*(\d)/.exec(argv[1] ?? '')?.[1];
		return digit !== undefined && !/^-[cns]/.test(argv[1]!) ? invalidContext(argv[0]!, digit) : run(argv, env);
	}
	const count = (old[1] === '+' ? '+' : '') + old[2] + (old[3] === 'b' ? 'b' : '');
	const rest = [old[3] === 'c' || old[3] === 'b' ? '-c' : '-n', count, ...(old[4] ? ['-f'] : []), ...argv.slice(2)];
	return run([argv[0]!, ...rest], env);
};

function* invalidContext(name: string, digit: string): Sys<number> {
	yield* printError(`${name}: option used in invalid context -- ${digit}\n`);
	return 1;
}

class Printer {
	#last: string | undefined;

	constructor(
		readonly tool: Tool,
		readonly headers: boolean
	) {}

	*header(path: string): Sys<void> {
		if (!this.headers || this.#last === path) return;
		yield* this.tool.print(
			`${this.#last === undefined ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`
		);
		this.#last = path;
	}
}

function* printTail(tool: Tool, fd: number, path: string, amount: Amount, end: number): Sys<void> {
	try {
		const all = yield* readAll(fd);
		yield* tool.print(all.subarray(startOf(all, amount, end)));
	} catch (thrown) {
		yield* tool.complain(`error reading ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
	}
}

function startOf(all: Uint8Array, { unit, count, fromStart }: Amount, end: number): number {
	if (unit === 'bytes') return fromStart ? Math.max(0, count - 1) : Math.max(0, all.length - count);
	if (fromStart) {
		let at = 0;
		for (let line = 1; line < count; line++) {
			const newline = all.indexOf(end, at);
			if (newline < 0) return all.length;
			at = newline + 1;
		}
		return at;
	}
	if (count === 0) return all.length;
	let at = all.length;
	for (let line = 0; line < count && at > 0; line++) at = at < 2 ? 0 : all.lastIndexOf(end, at - 2) + 1;
	return at;
}

function* followAll(
	tool: Tool,
	printer: Printer,
	files: readonly Followed[],
	byName: boolean,
	interval: number,
	pid: number | undefined
): Sys<void> {
	for (;;) {
		for (const file of files) {
			if (byName) yield* lookAgain(tool, file);
			if (file.fd !== undefined) yield* printNew(tool, printer, file);
		}
		yield* tool.flush();
		if (pid !== undefined && !(yield* isAlive(pid))) return;
		yield* sleep(interval);
	}
}

function* isAlive(pid: number): Sys<boolean> {
	try {
		yield* kill(pid, 0);
		return true;
	} catch (thrown) {
		return errnoOf(thrown).code === 'EPERM';
	}
}

function* printNew(tool: Tool, printer: Printer, file: Followed): Sys<void> {
	const found = yield* fstat(file.fd!);
	if (found.size < file.size) {
		yield* tool.warn(`${file.path}: file truncated`);
		yield* lseek(file.fd!, 0, 'set');
	}
	for (;;) {
		const bytes = yield* read(file.fd!, CHUNK);
		if (bytes.length === 0) break;
		yield* printer.header(file.path);
		yield* tool.print(bytes);
	}
	file.size = found.size;
}

/** -F: is the name still this file? */
function* lookAgain(tool: Tool, file: Followed): Sys<void> {
	let found: Stat | undefined;
	try {
		found = yield* stat(file.path);
	} catch (thrown) {
		if (!file.missing)
			yield* tool.warn(`${quoteShell(file.path)} has become inaccessible: ${strerror(errnoOf(thrown))}`);
		file.missing = true;
		return;
	}
	if (found.inode === file.inode) {
		file.missing = false;
		return;
	}
	const fd = yield* attempt(open(file.path, O.RDONLY));
	if (fd === undefined) return;
	const what = file.missing ? 'has appeared' : 'has been replaced';
	yield* tool.warn(`${quoteShell(file.path)} ${what};  following new file`);
	if (file.fd !== undefined) yield* close(file.fd);
	Object.assign(file, { fd, inode: found.inode, size: 0, missing: false });
}

/**
 * ps(1) of procps 4: snapshots of the processes, with UNIX (-ef), BSD (aux) and GNU options.
 *
 * Lacks: threads, sorting by more than one key, security and namespace columns.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { Tool } from '../coreutils/utility';
import { getgrent, getpwent } from '../libc/passwd';
import { printError, readText } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { attempt } from '../coreutils/utility';
import { getcred, getpid, time, ttyname, uptime, winsize } from '../libc/unistd';
import { commandLine, type ProcessInfo, readProcesses } from './processes';

interface Context {
	readonly users: ReadonlyMap<number, string>;
	readonly groups: ReadonlyMap<number, string>;
	/** microseconds since 1970 */
	readonly now: number;
	readonly boot: number;
	/** KiB */
	readonly memory: number;
	/** depth of each process in the tree, for f and --forest */
	readonly tree: ReadonlyMap<number, string> | undefined;
}

interface Column {
	readonly header: string;
	readonly width: number;
	readonly right?: boolean;
	readonly value: (process: ProcessInfo, context: Context) => string;
}

const user = (uid: number, { users }: Context, width = 8): string => {
	const name = users.get(uid) ?? String(uid);
	return name.length > width ? `${name.slice(0, width - 1)}+` : name;
};
const right = (header: string, width: number, value: Column['value']): Column => ({
	header,
	width,
	right: true,
	value
});
const left = (header: string, width: number, value: Column['value']): Column => ({ header, width, value });

function clock(seconds: number): string {
	const two = (n: number): string => String(n).padStart(2, '0');
	const total = Math.floor(seconds);
	return `${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
}
function shortClock(seconds: number): string {
	const total = Math.floor(seconds);
	return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, '0')}`;
}
function elapsed(seconds: number): string {
	const total = Math.max(0, Math.floor(seconds));
	const two = (n: number): string => String(n).padStart(2, '0');
	const days = Math.floor(total / 86_400);
	const hours = Math.floor(total / 3600) % 24;
	const rest = `${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
	return days > 0 ? `${days}-${two(hours)}:${rest}` : hours > 0 ? `${two(hours)}:${rest}` : rest;
}
function startTime(process: ProcessInfo, { now, boot }: Context): string {
	const started = boot + process.started * 1e6;
	const [a, b] = [breakDown(started), breakDown(now)];
	if (a.year !== b.year) return String(a.year);
	return strftime(a.yearday === b.yearday ? '%H:%M' : '%b%d', a);
}
function percent(process: ProcessInfo, { now, boot }: Context): string {
	const alive = (now - boot) / 1e6 - process.started;
	return (alive > 0 ? Math.min(99.9, (process.cpu / alive) * 100) : 0).toFixed(1);
}
function status(process: ProcessInfo): string {
	const nice = process.nice < 0 ? '<' : process.nice > 0 ? 'N' : '';
	const leader = process.sid === process.pid ? 's' : '';
	return process.state + nice + leader + (process.foreground === process.pgid && process.tty !== '?' ? '+' : '');
}
const args = (process: ProcessInfo, { tree }: Context): string => (tree?.get(process.pid) ?? '') + commandLine(process);
const comm = (process: ProcessInfo, { tree }: Context): string => (tree?.get(process.pid) ?? '') + process.comm + (process.state === 'Z' ? ' <defunct>' : ''); // prettier-ignore

const COLUMNS: Readonly<Record<string, Column>> = {
	pid: right('PID', 7, (p) => String(p.pid)),
	ppid: right('PPID', 7, (p) => String(p.ppid)),
	pgid: right('PGID', 7, (p) => String(p.pgid)),
	sid: right('SID', 7, (p) => String(p.sid)),
	tpgid: right('TPGID', 7, (p) => String(p.foreground)),
	uid: right('UID', 5, (p) => String(p.euid)),
	gid: right('GID', 5, (p) => String(p.gid)),
	user: left('USER', 8, (p, c) => user(p.euid, c)),
	ruser: left('RUSER', 8, (p, c) => user(p.uid, c)),
	group: left('GROUP', 8, (p, c) => c.groups.get(p.gid) ?? String(p.gid)),
	pcpu: right('%CPU', 4, percent),
	pmem: right('%MEM', 4, (p, c) => ((p.rss / c.memory) * 100).toFixed(1)),
	vsz: right('VSZ', 6, (p) => String(p.vsz)),
	rss: right('RSS', 5, (p) => String(p.rss)),
	tty: left('TT', 8, (p) => p.tty),
	stat: left('STAT', 4, status),
	s: left('S', 1, (p) => p.state),
	c: right('C', 2, (p, c) => String(Math.floor(Number(percent(p, c))))),
	ni: right('NI', 3, (p) => String(p.nice)),
	pri: right('PRI', 3, (p) => String(19 - p.nice)),
	nlwp: right('NLWP', 4, (p) => String(p.threads)),
	start_time: right('START', 5, startTime),
	stime: left('STIME', 5, startTime),
	lstart: right('STARTED', 24, (p, c) => strftime('%a %b %e %H:%M:%S %Y', breakDown(c.boot + p.started * 1e6))),
	etime: right('ELAPSED', 11, (p, c) => elapsed((c.now - c.boot) / 1e6 - p.started)),
	etimes: right('ELAPSED', 7, (p, c) => String(Math.floor((c.now - c.boot) / 1e6 - p.started))),
	time: right('TIME', 8, (p) => clock(p.cpu)),
	bsdtime: right('TIME', 6, (p) => shortClock(p.cpu)),
	wchan: left('WCHAN', 6, () => '-'),
	f: right('F', 1, (p) => (p.uid === 0 ? '4' : '0')),
	addr: left('ADDR', 4, () => '-'),
	sz: right('SZ', 5, (p) => String(Math.round(p.vsz / 4))),
	comm: left('COMMAND', 15, comm),
	args: left('COMMAND', 27, args)
};
const ALIASES: Readonly<Record<string, string>> = {
	'%cpu': 'pcpu', '%mem': 'pmem', tt: 'tty', tname: 'tty', state: 's', cmd: 'args', command: 'args', ucmd: 'comm', ucomm: 'comm', vsize: 'vsz', rssize: 'rss', rsz: 'rss',
	euid: 'uid', euser: 'user', egroup: 'group', egid: 'gid', pgrp: 'pgid', sess: 'sid', session: 'sid', nice: 'ni', cputime: 'time', start: 'start_time', bsdstart: 'start_time', thcount: 'nlwp'
}; // prettier-ignore

const with_ = (name: string, header: string, width?: number): Column => ({
	...COLUMNS[name]!,
	header,
	width: width ?? COLUMNS[name]!.width
});
const LAYOUTS: Readonly<Record<string, readonly Column[]>> = {
	plain: [COLUMNS.pid!, with_('tty', 'TTY'), COLUMNS.time!, with_('comm', 'CMD')],
	full: [with_('user', 'UID'), COLUMNS.pid!, COLUMNS.ppid!, COLUMNS.c!, COLUMNS.stime!, with_('tty', 'TTY'), COLUMNS.time!, with_('args', 'CMD')],
	long: [COLUMNS.f!, COLUMNS.s!, COLUMNS.uid!, COLUMNS.pid!, COLUMNS.ppid!, COLUMNS.c!, COLUMNS.pri!, COLUMNS.ni!, COLUMNS.addr!, COLUMNS.sz!, COLUMNS.wchan!, with_('tty', 'TTY'), COLUMNS.time!, with_('comm', 'CMD')],
	bsd: [COLUMNS.pid!, with_('tty', 'TTY'), COLUMNS.stat!, COLUMNS.bsdtime!, COLUMNS.args!],
	user: [COLUMNS.user!, COLUMNS.pid!, COLUMNS.pcpu!, COLUMNS.pmem!, COLUMNS.vsz!, COLUMNS.rss!, with_('tty', 'TTY'), COLUMNS.stat!, COLUMNS.start_time!, COLUMNS.bsdtime!, COLUMNS.args!],
	jobs: [COLUMNS.pid!, COLUMNS.pgid!, COLUMNS.sid!, with_('tty', 'TTY'), COLUMNS.time!, with_('comm', 'CMD')]
}; // prettier-ignore

interface Query {
	everyone: boolean;
	withTerminal: boolean;
	bsd: boolean;
	layout: string;
	columns: Column[];
	pids: Set<number>;
	parents: Set<number>;
	users: Set<string>;
	commands: Set<string>;
	terminals: Set<string>;
	forest: boolean;
	header: boolean;
	wide: boolean;
	sort: string | undefined;
	running: boolean;
}

class BadUsage {
	constructor(readonly message: string) {}
}

const list = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

function addColumns(query: Query, text: string): void {
	const parts = text.split(/[\s,]+/);
	for (let i = 0; i < parts.length; i++) {
		const equals = parts[i]!.indexOf('=');
		const name = equals < 0 ? parts[i]! : parts[i]!.slice(0, equals);
		if (name === '') continue;
		const column = COLUMNS[ALIASES[name] ?? name];
		if (!column) throw new BadUsage('unknown user-defined format specifier "' + name + '"');
		if (equals < 0) {
			const header = { args: 'COMMAND', cmd: 'CMD', ucmd: 'CMD', tty: 'TT', tname: 'TTY', stime: 'STIME', start: 'STARTED', cputime: 'TIME', state: 'S' }[name]; // prettier-ignore
			query.columns.push({ ...column, header: header ?? column.header });
		} else {
			const header = [parts[i]!.slice(equals + 1), ...parts.slice(i + 1)].join(',').trim();
			query.columns.push({
				...column,
				header,
				width: header === '' ? (column.right ? column.width : column.width) : Math.max(column.width, header.length)
			});
			break;
		}
	}
	if (query.columns.length > 0 && query.columns.every((column) => column.header === '')) query.header = false;
}

function parseQuery(argv: readonly string[]): Query {
	const query: Query = {
		everyone: false, withTerminal: false, bsd: false, layout: 'plain', columns: [], pids: new Set(), parents: new Set(), users: new Set(),
		commands: new Set(), terminals: new Set(), forest: false, header: true, wide: false, sort: undefined, running: false
	}; // prettier-ignore
	for (let i = 1; i < argv.length; i++) {
		const word = argv[i]!;
		const argument = (rest: string): string => {
			const value = rest !== '' ? rest : argv[++i];
			if (value === undefined) throw new BadUsage('list of process IDs must follow ' + word);
			return value;
		};
		if (word.startsWith('--')) longOption(query, word.slice(2), () => argument(''));
		else if (word.startsWith('-') && word !== '-') unixOptions(query, word.slice(1), argument);
		else if (/^\d/.test(word)) list(word).forEach((pid) => query.pids.add(Number(pid)));
		else bsdOptions(query, word, argument);
	}
	return query;
}

function longOption(query: Query, text: string, next: () => string): void {
	const [name, given] = text.split(/=(.*)/s) as [string, string | undefined];
	const value = (): string => given ?? next();
	switch (name) {
		case 'forest':
			query.forest = true;
			break;
		case 'no-headers':
		case 'no-heading':
			query.header = false;
			break;
		case 'sort':
			query.sort = value();
			break;
		case 'pid':
			list(value()).forEach((pid) => query.pids.add(Number(pid)));
			break;
		case 'ppid':
			list(value()).forEach((pid) => query.parents.add(Number(pid)));
			break;
		case 'user':
			list(value()).forEach((name_) => query.users.add(name_));
			break;
		case 'format':
			addColumns(query, value());
			break;
		default:
			throw new BadUsage('unknown gnu long option');
	}
}

function unixOptions(query: Query, letters: string, argument: (rest: string) => string): void {
	for (let i = 0; i < letters.length; i++) {
		const letter = letters[i]!;
		const rest = letters.slice(i + 1);
		const sets: Record<string, Set<string>> = { u: query.users, U: query.users, C: query.commands, t: query.terminals };
		if (letter === 'e' || letter === 'A') query.everyone = true;
		else if (letter === 'a' || letter === 'd') query.everyone = query.withTerminal = true;
		else if (letter === 'f') query.layout = 'full';
		else if (letter === 'F') query.layout = 'full';
		else if (letter === 'l') query.layout = 'long';
		else if (letter === 'j') query.layout = 'jobs';
		else if (letter === 'H') query.forest = true;
		else if (letter === 'w') query.wide = true;
		else if (letter === 'y' || letter === 'N') continue;
		else if (letter === 'x') query.everyone = true;
		else if (letter === 'o' || letter === 'p' || letter in sets) {
			const value = argument(rest);
			if (letter === 'o') addColumns(query, value);
			else if (letter === 'p') list(value).forEach((pid) => query.pids.add(Number(pid)));
			else list(value).forEach((name) => sets[letter]!.add(name.replace(/^\/dev\//, '')));
			return;
		} else throw new BadUsage('unsupported SysV option');
	}
}

function bsdOptions(query: Query, letters: string, argument: (rest: string) => string): void {
	query.bsd = true;
	if (query.layout === 'plain') query.layout = 'bsd';
	for (let i = 0; i < letters.length; i++) {
		const letter = letters[i]!;
		if (letter === 'a') query.users.add('*');
		else if (letter === 'x') query.withTerminal = true;
		else if (letter === 'u') query.layout = 'user';
		else if (letter === 'l') query.layout = 'long';
		else if (letter === 'j') query.layout = 'jobs';
		else if (letter === 'w') query.wide = true;
		else if (letter === 'f') query.forest = true;
		else if (letter === 'h') query.header = false;
		else if (letter === 'r') query.running = true;
		else if (letter === 'e' || letter === 'c') continue;
		else if (letter === 'o' || letter === 'p' || letter === 'U' || letter === 't') {
			const value = argument(letters.slice(i + 1));
			if (letter === 'o') addColumns(query, value);
			else if (letter === 'p') list(value).forEach((pid) => query.pids.add(Number(pid)));
			else (letter === 'U' ? query.users : query.terminals).add(value);
			return;
		} else throw new BadUsage('unsupported option (BSD syntax)');
	}
}

export const ps: Main = function* (argv, env) {
	const tool = new Tool('ps', env);
	let query: Query;
	try {
		query = parseQuery(argv);
	} catch (thrown) {
		if (!(thrown instanceof BadUsage)) throw thrown;
		yield* printError(`error: ${thrown.message}\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n`); // prettier-ignore
		return 1;
	}
	const context = yield* contextOf();
	const all = yield* readProcesses();
	const chosen = yield* choose(query, all, context);
	const ordered = query.forest ? chosen : sorted(chosen, query.sort);
	const forest = query.forest ? treeOrder(ordered) : undefined;
	const columns = query.columns.length > 0 ? query.columns : LAYOUTS[query.layout]!;
	const terminal = yield* tool.isTerminal();
	const width = terminal && !query.wide ? ((yield* attempt(winsize(1)))?.columns ?? 80) : Infinity;
	const shown = forest ? forest.map(([process]) => process) : ordered;
	const full = { ...context, tree: forest && new Map(forest.map(([process, mark]) => [process.pid, mark])) };
	if (query.header) yield* tool.print(`${line(columns, (column) => column.header, width)}\n`);
	for (const process of shown) yield* tool.print(`${line(columns, (column) => column.value(process, full), width)}\n`);
	yield* tool.flush();
	return shown.length > 0 ? 0 : 1;
};

function line(columns: readonly Column[], text: (column: Column) => string, width: number): string {
	let out = '';
	let wanted = 0;
	columns.forEach((column, i) => {
		const value = text(column);
		const last = i === columns.length - 1;
		if (i > 0) {
			out += ' ';
			wanted++;
		}
		wanted += column.width;
		// a value that ran over makes the next column start later and be narrower
		const room = Math.max(0, wanted - out.length);
		out += column.right ? value.padStart(room) : last ? value : value.padEnd(room);
	});
	return out.slice(0, width === Infinity ? undefined : width);
}

function* contextOf(): Sys<Context> {
	const now = yield* time();
	const meminfo = (yield* attempt(readText('/proc/meminfo'))) ?? '';
	return {
		users: new Map((yield* getpwent()).map((entry) => [entry.uid, entry.name])),
		groups: new Map((yield* getgrent()).map((entry) => [entry.gid, entry.name])),
		now,
		boot: now - (yield* uptime()),
		memory: Number(/^MemTotal:\s+(\d+)/m.exec(meminfo)?.[1] ?? 1_048_576),
		tree: undefined
	};
}

function* choose(query: Query, all: readonly ProcessInfo[], context: Context): Sys<ProcessInfo[]> {
	const { pids, parents, users, commands, terminals } = query;
	const names = [...users].filter((name) => name !== '*');
	const selective = pids.size + parents.size + names.length + commands.size + terminals.size > 0;
	const byUser = (process: ProcessInfo): boolean => names.some((name) => name === String(process.euid) || context.users.get(process.euid) === name); // prettier-ignore
	if (selective && !query.everyone && !users.has('*')) {
		return all.filter((process) => pids.has(process.pid) || parents.has(process.ppid) || byUser(process) || commands.has(process.comm) || terminals.has(process.tty)); // prettier-ignore
	}
	if (query.everyone)
		return query.withTerminal && !query.bsd ? all.filter((p) => p.tty !== '?' && p.sid !== p.pid) : [...all];
	const { euid } = yield* getcred();
	const own = (yield* attempt(ttyname(0)))?.replace(/^\/dev\//, '') ?? all.find(({ pid }) => pid === undefined)?.tty;
	const me = yield* getpid();
	const tty = all.find(({ pid }) => pid === me)?.tty ?? own ?? '?';
	if (!query.bsd) return all.filter((process) => process.euid === euid && process.tty === tty);
	return all.filter((process) => {
		if (query.running && process.state !== 'R') return false;
		if (!users.has('*') && process.euid !== euid) return false;
		return query.withTerminal || process.tty !== '?';
	});
}

function sorted(processes: readonly ProcessInfo[], key: string | undefined): ProcessInfo[] {
	if (key === undefined) return [...processes];
	const descending = key.startsWith('-');
	const name = ALIASES[key.replace(/^[-+]/, '')] ?? key.replace(/^[-+]/, '');
	const values: Record<string, (p: ProcessInfo) => number | string> = { pid: (p) => p.pid, ppid: (p) => p.ppid, rss: (p) => p.rss, pmem: (p) => p.rss, vsz: (p) => p.vsz, pcpu: (p) => p.cpu, time: (p) => p.cpu, comm: (p) => p.comm, args: commandLine, user: (p) => p.euid, uid: (p) => p.euid, start_time: (p) => p.started }; // prettier-ignore
	const value = values[name] ?? ((p: ProcessInfo) => p.pid);
	return [...processes].sort((a, b) => {
		const [x, y] = [value(a), value(b)];
		return (x < y ? -1 : x > y ? 1 : 0) * (descending ? -1 : 1);
	});
}

function treeOrder(processes: readonly ProcessInfo[]): [ProcessInfo, string][] {
	const shown = new Set(processes.map(({ pid }) => pid));
	const out: [ProcessInfo, string][] = [];
	const walk = (process: ProcessInfo, front: string, mark: string, top: boolean): void => {
		out.push([process, mark]);
		const children = processes.filter(({ ppid, pid }) => ppid === process.pid && pid !== process.pid);
		children.forEach((child, i) => {
			const last = i === children.length - 1;
			const base = top ? ' ' : front;
			walk(child, `${base}${last ? ' ' : '|'}   `, `${base}\\_ `, false);
		});
	};
	for (const process of processes) if (!shown.has(process.ppid)) walk(process, '', '', true);
	return out;
}

/**
 * /proc/PID: a process as files (proc(5)).
 *
 * Simulated as far as ps, top, pgrep, start-stop-daemon and learners look: cmdline, comm, environ, stat, statm, status,
 * limits, mounts, cwd, exe, root, fd. Memory figures are made up, but the same for the same program.
 */
import type { Kernel } from '../kernel';
import { isSocket, type OpenFile } from '../open-file';
import { Errno, O, type Disposition } from '../syscalls';
import { encode } from '../text';
import type { Process } from '../process/process';
import { MAX_DESCRIPTORS } from '../process/process';
import { MAX_PROCESSES } from '../process/table';
import { SocketNode, type Inode, type Jump, type Openers, type Volume } from './inode';
import { MadeDirectory, MadeFile, MadeLink, type Owner } from './made';
import type { InodeFile } from './open-files';
import type { Viewer } from './viewer';
import { RegularFile } from './inode';

interface Context {
	readonly kernel: Kernel;
	readonly volume: Volume;
	readonly openers: Openers;
}

/** USER_HZ */
const TICK = 10_000;

const STATE: Readonly<Record<Process['state'], string>> = {
	ready: 'R (running)',
	running: 'R (running)',
	blocked: 'S (sleeping)',
	zombie: 'Z (zombie)',
	gone: 'X (dead)'
};

function stateOf(process: Process): string {
	return process.stopped && process.state !== 'zombie' ? 'T (stopped)' : STATE[process.state];
}

type File = readonly [mode: number, content: (process: Process, context: Context) => string];

const FILES: Readonly<Record<string, File>> = {
	cmdline: [0o444, ({ argv, state }) => (state === 'zombie' ? '' : argv.map((word) => `${word}\0`).join(''))],
	comm: [0o644, ({ command }) => `${command}\n`],
	environ: [0o400, ({ env }) => [...env].map(([name, value]) => `${name}=${value}\0`).join('')],
	stat: [0o444, statLine],
	statm: [0o444, (process) => `${pages(process) * 2} ${pages(process)} ${pages(process) >> 1} 5 0 90 0\n`],
	status: [0o444, statusText],
	limits: [0o444, () => LIMITS],
	mounts: [0o444, (_process, { kernel }) => mountsText(kernel)],
	loginuid: [0o644, () => '4294967295'],
	oom_score: [0o444, () => '666\n'],
	oom_score_adj: [0o644, () => '0\n'],
	wchan: [0o444, () => '0'],
	cgroup: [0o444, () => '0::/\n']
};

const NAMES = [...Object.keys(FILES), 'cwd', 'exe', 'root', 'fd'].sort();

export function processDirectory(context: Context, process: Process): MadeDirectory {
	const { volume, openers } = context;
	const owner: Owner = { uid: process.credentials.euid, gid: process.credentials.egid };
	const link = (read: () => string, leap: () => Jump | undefined): MadeLink =>
		new MadeLink(
			volume,
			(who) => (guard(who, process), read()),
			(who) => (guard(who, process), leap()),
			0o777,
			owner
		);
	const { root } = context.kernel.files;
	const find = (name: string): Inode | undefined => {
		if (process.state === 'gone') return undefined;
		switch (name) {
			case 'cwd':
				return link(
					() => process.cwd.path() + (process.cwd.removed ? ' (deleted)' : ''),
					() => ({ inode: process.cwd, path: process.cwd.path() })
				);
			case 'root':
				return link(
					() => process.root.path(),
					() => ({ inode: process.root ?? root, path: '/' })
				);
			case 'exe':
				return link(
					() => executableOf(process),
					() => undefined
				);
			case 'fd':
				return descriptorDirectory(context, process, owner);
		}
		const file = Object.hasOwn(FILES, name) ? FILES[name]! : undefined;
		return file && new MadeFile(volume, () => file[1](process, context), file[0], owner);
	};
	return new MadeDirectory(volume, openers, find, () => NAMES, 0o555, owner);
}

/** ptrace_may_access: another user's links are closed. */
function guard(who: Viewer, process: Process): void {
	const { euid } = who.credentials;
	const { uid, euid: theirs, suid } = process.credentials;
	if (euid !== 0 && who !== process && !(euid === uid && euid === theirs && euid === suid)) throw new Errno('EACCES');
}

function executableOf(process: Process): string {
	if (process.path === '' || process.state === 'zombie') throw new Errno('ENOENT');
	return process.path;
}

function descriptorDirectory({ volume, openers }: Context, process: Process, owner: Owner): MadeDirectory {
	const find = (name: string): Inode | undefined => {
		const file = /^\d+$/.test(name) ? process.descriptors[Number(name)]?.file : undefined;
		if (!file) return undefined;
		const access = file.flags & O.ACCMODE;
		const mode = access === O.RDONLY ? 0o500 : access === O.WRONLY ? 0o300 : 0o700;
		const inode = (): Inode => {
			if ('inode' in file && typeof (file as InodeFile).inode === 'object') return (file as InodeFile).inode;
			return new SocketNode(volume, 0o777, owner.uid, owner.gid, undefined);
		};
		return new MadeLink(
			volume,
			(who) => (guard(who, process), nameOf(file)),
			(who) => (guard(who, process), { inode: inode(), path: file.name }),
			mode,
			owner,
			64
		);
	};
	const names = (): string[] => Object.keys(process.descriptors).filter((fd) => process.descriptors[Number(fd)]);
	return new MadeDirectory(volume, openers, find, names, 0o500, owner);
}

function nameOf(file: OpenFile): string {
	if (!isSocket(file) && 'inode' in file) {
		const { inode } = file as InodeFile;
		if (inode instanceof RegularFile && inode.links === 0) return `${file.name} (deleted)`;
	}
	return file.name;
}

/** Made up: 4 KiB pages that it has in memory. */
function pages(process: Process): number {
	let sum = 600;
	for (const byte of encode(process.path)) sum = (sum * 31 + byte) % 1500;
	return 500 + sum;
}

function ticks(microseconds: number): number {
	return Math.floor(microseconds / TICK);
}

function statLine(process: Process, { kernel }: Context): string {
	const { pid, command, pgid, session, nice } = process;
	const terminal = session.terminal && kernel.terminals.inodeOf(session.terminal);
	const fields = [
		pid,
		`(${command})`,
		stateOf(process)[0]!,
		process.parent?.pid ?? 0,
		pgid,
		session.id,
		terminal?.rdev ?? 0,
		session.terminal?.foreground || -1,
		4194304,
		pages(process),
		0,
		0,
		0,
		ticks(process.userTime),
		ticks(process.systemTime),
		ticks(process.childUserTime),
		ticks(process.childSystemTime),
		20 + nice,
		nice,
		1,
		0,
		ticks(Math.max(0, process.startedAt - kernel.bootTime)),
		process.state === 'zombie' ? 0 : pages(process) * 8192,
		process.state === 'zombie' ? 0 : pages(process),
		'18446744073709551615'
	];
	const signals = [masks(process, 'ignore'), masks(process, 'catch')].map((mask) => String(mask & 0x7fffffffn));
	// startcode … kstkeip, pending and blocked; then sigcatch, wchan, nswap, cnswap, exit_signal 17, processor … exit_code
	const rest = [...zeros(5), 0, 0, ...signals, ...zeros(3), 17, ...zeros(14)];
	return `${[...fields, ...rest].join(' ')}\n`;
}

function zeros(count: number): number[] {
	return new Array<number>(count).fill(0);
}

function masks(process: Process, kind: Disposition): bigint {
	let mask = 0n;
	for (const [signal, disposition] of process.dispositions) if (disposition === kind) mask |= 1n << BigInt(signal - 1);
	return mask;
}

function statusText(process: Process, _context: Context): string {
	const { credentials: ids, pid, pgid, session } = process;
	const hex = (mask: bigint): string => mask.toString(16).padStart(16, '0');
	const capabilities = hex(ids.euid === 0 ? 0x1ffffffffffn : 0n);
	const size = pages(process) * 4;
	const kilobytes = (value: number): string => `${String(value).padStart(8)} kB`;
	const memory: [string, string][] =
		process.state === 'zombie'
			? []
			: [
					['VmPeak', kilobytes(size * 2)],
					['VmSize', kilobytes(size * 2)],
					['VmLck', kilobytes(0)],
					['VmPin', kilobytes(0)],
					['VmHWM', kilobytes(size)],
					['VmRSS', kilobytes(size)],
					['VmSwap', kilobytes(0)]
				];
	const rows: [string, string | number][] = [
		['Name', process.command],
		['Umask', process.mask.toString(8).padStart(4, '0')],
		['State', stateOf(process)],
		['Tgid', pid],
		['Ngid', 0],
		['Pid', pid],
		['PPid', process.parent?.pid ?? 0],
		['TracerPid', 0],
		['Uid', [ids.uid, ids.euid, ids.suid, ids.euid].join('\t')],
		['Gid', [ids.gid, ids.egid, ids.sgid, ids.egid].join('\t')],
		['FDSize', 64],
		['Groups', `${[...ids.groups].sort((a, b) => a - b).join(' ')} `],
		['NStgid', pid],
		['NSpid', pid],
		['NSpgid', pgid],
		['NSsid', session.id],
		...memory,
		['Threads', 1],
		['SigQ', '0/7823'],
		['SigPnd', hex(0n)],
		['ShdPnd', hex(0n)],
		['SigBlk', hex(0n)],
		['SigIgn', hex(masks(process, 'ignore'))],
		['SigCgt', hex(masks(process, 'catch'))],
		['CapInh', hex(0n)],
		['CapPrm', capabilities],
		['CapEff', capabilities],
		['CapBnd', hex(0x1ffffffffffn)],
		['CapAmb', hex(0n)],
		['NoNewPrivs', 0],
		['Seccomp', 0],
		['Cpus_allowed', 1],
		['Cpus_allowed_list', 0]
	];
	return rows.map(([name, value]) => `${name}:\t${value}\n`).join('');
}

const LIMIT_ROWS: readonly (readonly [string, string | number, string | number, string])[] = [
	['Max cpu time', 'unlimited', 'unlimited', 'seconds'],
	['Max file size', 'unlimited', 'unlimited', 'bytes'],
	['Max data size', 'unlimited', 'unlimited', 'bytes'],
	['Max stack size', 8388608, 'unlimited', 'bytes'],
	['Max core file size', 0, 'unlimited', 'bytes'],
	['Max resident set', 'unlimited', 'unlimited', 'bytes'],
	['Max processes', MAX_PROCESSES, MAX_PROCESSES, 'processes'],
	['Max open files', MAX_DESCRIPTORS, MAX_DESCRIPTORS, 'files'],
	['Max locked memory', 8388608, 8388608, 'bytes'],
	['Max address space', 'unlimited', 'unlimited', 'bytes'],
	['Max file locks', 'unlimited', 'unlimited', 'locks'],
	['Max pending signals', 7823, 7823, 'signals'],
	['Max msgqueue size', 819200, 819200, 'bytes'],
	['Max nice priority', 0, 0, ''],
	['Max realtime priority', 0, 0, ''],
	['Max realtime timeout', 'unlimited', 'unlimited', 'us']
];

const LIMITS = [['Limit', 'Soft Limit', 'Hard Limit', 'Units'] as const, ...LIMIT_ROWS]
	.map(
		([name, soft, hard, unit]) =>
			`${name.padEnd(25)} ${String(soft).padEnd(20)} ${String(hard).padEnd(20)} ${unit.padEnd(10)}\n`
	)
	.join('');

export function mountsText(kernel: Kernel): string {
	const rows = kernel.files.mounts();
	return rows.map(({ device, path, type, options }) => `${device} ${path} ${type} ${options} 0 0\n`).join('');
}

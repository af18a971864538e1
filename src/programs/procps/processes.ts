/** The processes as /proc shows them (proc(5)): what ps, pgrep, pkill, killall and top read. */
import type { Sys } from '#kernel/syscalls';
import { attempt } from '../coreutils/utility';
import { readText } from '../libc/stdio';
import { readdir } from '../libc/unistd';

/** ticks a second in /proc/PID/stat */
const HZ = 100;

export interface ProcessInfo {
	readonly pid: number;
	readonly ppid: number;
	readonly pgid: number;
	readonly sid: number;
	/** "pts/0", or "?" */
	readonly tty: string;
	/** foreground process group of its terminal, -1 for none */
	readonly foreground: number;
	/** R, S, T, Z … */
	readonly state: string;
	/** at most 15 characters */
	readonly comm: string;
	/** empty for a zombie */
	readonly argv: readonly string[];
	readonly uid: number;
	readonly euid: number;
	readonly gid: number;
	readonly nice: number;
	readonly threads: number;
	/** seconds */
	readonly cpu: number;
	/** seconds after boot */
	readonly started: number;
	/** KiB */
	readonly vsz: number;
	readonly rss: number;
}

function terminalName(device: number): string {
	if (device === 0) return '?';
	const major = device >> 8;
	if (major === 136) return `pts/${device & 255}`;
	return major === 5 ? 'console' : `tty${device & 63}`;
}

export function parseProcess(stat: string, status: string, cmdline: string): ProcessInfo | undefined {
	const found = /^(\d+) \(([^]*)\) (\S) (.*)/.exec(stat);
	if (!found) return undefined;
	const numbers = found[4]!.trim().split(' ').map(Number);
	const field = (name: string): number[] =>
		(new RegExp(`^${name}:\\s*(.*)`, 'm').exec(status)?.[1] ?? '').split(/\s+/).map(Number);
	const [uid = 0, euid = 0] = field('Uid');
	return {
		pid: Number(found[1]),
		comm: found[2]!,
		state: found[3]!,
		ppid: numbers[0]!,
		pgid: numbers[1]!,
		sid: numbers[2]!,
		tty: terminalName(numbers[3]!),
		foreground: numbers[4]!,
		cpu: ((numbers[10] ?? 0) + (numbers[11] ?? 0)) / HZ,
		nice: numbers[15] ?? 0,
		threads: numbers[16] ?? 1,
		started: (numbers[18] ?? 0) / HZ,
		vsz: Math.round((numbers[19] ?? 0) / 1024),
		rss: (numbers[20] ?? 0) * 4,
		argv: cmdline.split('\0').slice(0, -1),
		uid,
		euid,
		gid: field('Gid')[1] ?? 0
	};
}

export function* readProcess(pid: number): Sys<ProcessInfo | undefined> {
	const stat = yield* attempt(readText(`/proc/${pid}/stat`));
	const status = yield* attempt(readText(`/proc/${pid}/status`));
	if (stat === undefined || status === undefined) return undefined;
	return parseProcess(stat, status, (yield* attempt(readText(`/proc/${pid}/cmdline`))) ?? '');
}

/** All, by pid. */
export function* readProcesses(): Sys<ProcessInfo[]> {
	const pids = (yield* readdir('/proc')).map((entry) => entry.name).filter((name) => /^\d+$/.test(name));
	const all: ProcessInfo[] = [];
	for (const pid of pids.map(Number).sort((a, b) => a - b)) {
		const found = yield* readProcess(pid);
		if (found) all.push(found);
	}
	return all;
}

export function commandLine(process: ProcessInfo): string {
	if (process.argv.length === 0) return process.state === 'Z' ? `[${process.comm}] <defunct>` : `[${process.comm}]`;
	return process.argv.join(' ');
}

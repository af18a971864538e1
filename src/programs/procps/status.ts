/** free, uptime, w (who is on), sysctl: the state of the machine. */
import type { Main, Sys } from '#kernel/syscalls';
import { attempt, splitLines, Tool, utility } from '../coreutils/utility';
import { print, printError, readText } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { breakDown, strftime } from '../libc/strftime';
import { readdir, stat, sysctl as sysctlCall, time, uptime as uptimeCall } from '../libc/unistd';
import { isDirectory } from '../coreutils/modes';
import { readProcesses } from './processes';

function* uptimeLine(): Sys<string> {
	const now = yield* time();
	const minutes = Math.floor((yield* uptimeCall()) / 60_000_000);
	const days = Math.floor(minutes / 1440);
	const hours = Math.floor(minutes / 60) % 24;
	const rest = minutes % 60;
	const span = hours > 0 ? `${String(hours).padStart(2)}:${String(rest).padStart(2, '0')}` : `${rest} min`;
	const terminals = new Set((yield* readProcesses()).map(({ tty }) => tty).filter((tty) => tty !== '?')).size;
	const load = ((yield* attempt(readText('/proc/loadavg'))) ?? '0.00 0.00 0.00').split(' ').slice(0, 3).join(', ');
	return ` ${strftime('%H:%M:%S', breakDown(now))} up ${days > 0 ? `${days} day${days === 1 ? '' : 's'}, ` : ''}${span},  ${terminals} user${terminals === 1 ? '' : 's'},  load average: ${load}\n`; // prettier-ignore
}

export const uptime = utility(['p|pretty', 's|since'], function* (tool, options) {
	if (options.has('since')) {
		const boot = (yield* time()) - (yield* uptimeCall());
		yield* tool.print(`${strftime('%Y-%m-%d %H:%M:%S', breakDown(boot))}\n`);
	} else yield* tool.print(yield* uptimeLine());
});

export const free = utility(
	['b|bytes', 'k|kibi', 'm|mebi', 'g|gibi', 'h|human', 't|total', 'w|wide', 's|seconds=', 'c|count='],
	function* (tool, options) {
		// prettier-ignore
		const text = (yield* attempt(readText('/proc/meminfo'))) ?? '';
		const value = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
		const unit = options.last('bytes', 'kibi', 'mebi', 'gibi', 'human');
		const show = (kib: number): string => {
			if (unit === 'human') {
				const scaled =
					kib >= 1_048_576 ? [kib / 1_048_576, 'Gi'] : kib >= 1024 ? [kib / 1024, 'Mi'] : [kib, kib === 0 ? 'B' : 'Ki'];
				const number = scaled[0] as number;
				return `${number >= 10 || Number.isInteger(number) ? Math.round(number) : number.toFixed(1)}${scaled[1]}`;
			}
			return String(
				Math.floor(
					unit === 'bytes' ? kib * 1024 : unit === 'mebi' ? kib / 1024 : unit === 'gibi' ? kib / 1_048_576 : kib
				)
			);
		};
		const [total, unused, buffers, cached, available] = ['MemTotal', 'MemFree', 'Buffers', 'Cached', 'MemAvailable'].map(value) as [number, number, number, number, number]; // prettier-ignore
		const row = (name: string, cells: readonly number[]): string => name.padEnd(8) + cells.map((cell) => show(cell).padStart(12)).join('').slice(0) + '\n'; // prettier-ignore
		yield* tool.print('               total        used        free      shared  buff/cache   available\n');
		const cells = [total, total - available, unused, value('Shmem'), buffers + cached, available];
		yield* tool.print(row('Mem:', cells));
		yield* tool.print(row('Swap:', [value('SwapTotal'), value('SwapTotal') - value('SwapFree'), value('SwapFree')]));
	}
);

const SYSCTL_DIRECTORY = '/proc/sys';
/** dots for slashes and slashes for dots: net.ipv4.conf.eth0/1.rp_filter is net/ipv4/conf/eth0.1/rp_filter */
const swapped = (name: string): string => name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
/** A name may be written either way; its first separator tells which. */
const pathOf = (name: string): string => `${SYSCTL_DIRECTORY}/${/^[^./]*\//.test(name) ? name : swapped(name)}`;
const nameOf = (path: string): string => swapped(path.slice(SYSCTL_DIRECTORY.length + 1));

/** sysctl(8): -w, -n, -a, -p, -e, -q. */
export const sysctl: Main = utility(
	[
		'A|X|a|all',
		'e|ignore',
		'n|values',
		'N|names',
		'q|quiet',
		'w|write',
		'p|load=?',
		'system',
		'b|binary',
		'r|pattern='
	],
	function* (tool, options) {
		// prettier-ignore
		const format = (name: string, value: string): string => (options.has('values') ? value : options.has('names') ? name : `${name} = ${value}`);
		const set = function* (name: string, value: string): Sys<void> {
			const clean = nameOf(pathOf(name));
			try {
				yield* sysctlCall(clean, value);
				if (!options.has('quiet')) yield* tool.print(`${format(clean, value)}\n`);
			} catch (thrown) {
				yield* failed(tool, name, errnoOf(thrown), options.has('ignore'), true);
			}
		};
		if (options.has('load') || options.has('system')) {
			const file = options.get('load') ?? options.operands[0] ?? '/etc/sysctl.conf';
			for (const line of splitLines((yield* tool.inputText(file)) ?? '')) {
				const [name, value] = line.split(/=(.*)/s);
				if (!/^\s*([#;]|$)/.test(line) && value !== undefined) yield* set(name!.trim().replace(/^-/, ''), value.trim());
			}
			return;
		}
		if (options.has('all')) return yield* showAll(tool, SYSCTL_DIRECTORY, format);
		if (options.operands.length === 0) {
			yield* printError('\nUsage:\n sysctl [options] [variable[=value] ...]\n\nFor more details see sysctl(8).\n');
			return 1;
		}
		for (const operand of options.operands) {
			const equals = operand.indexOf('=');
			if (equals >= 0) yield* set(operand.slice(0, equals).trim(), operand.slice(equals + 1).trim());
			else yield* show(tool, operand, format, options.has('ignore'));
		}
		return tool.status;
	}
);

type Format = (name: string, value: string) => string;

function* failed(
	tool: Tool,
	name: string,
	error: ReturnType<typeof errnoOf>,
	ignore: boolean,
	writing: boolean
): Sys<void> {
	if (error.code === 'ENOENT') {
		if (!ignore) yield* tool.complain(`cannot stat ${pathOf(name)}: ${strerror(error)}`);
	} else if (writing) yield* tool.complain(`permission denied on key "${name}"`);
	else yield* tool.complain(`reading key "${name}": ${strerror(error)}`);
}

function* show(tool: Tool, name: string, format: Format, ignore: boolean): Sys<void> {
	try {
		const path = pathOf(name);
		if (isDirectory((yield* stat(path)).mode)) return yield* showAll(tool, path, format);
		yield* tool.print(`${format(nameOf(path), (yield* readText(path)).replace(/\n$/, ''))}\n`);
	} catch (thrown) {
		yield* failed(tool, name, errnoOf(thrown), ignore, false);
	}
}

function* showAll(tool: Tool, directory: string, format: Format): Sys<void> {
	for (const entry of [...((yield* attempt(readdir(directory))) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const path = `${directory}/${entry.name}`;
		if (isDirectory(entry.type)) yield* showAll(tool, path, format);
		else {
			const text = yield* attempt(readText(path));
			if (text !== undefined) yield* tool.print(`${format(nameOf(path), text.replace(/\n$/, ''))}\n`);
		}
	}
}

/** w(1), without a login database: a line a terminal with its foreground program. */
export const w: Main = function* () {
	yield* print(yield* uptimeLine());
	yield* print('USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n');
	return 0;
};

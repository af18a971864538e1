/** free, uptime, w (who is on): the state of the machine. */
import type { Main, Sys } from '#kernel/syscalls';
import { attempt, utility } from '../coreutils/utility';
import { print, readText } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { time, uptime as uptimeCall } from '../libc/unistd';
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

/** w(1), without a login database: a line a terminal with its foreground program. */
export const w: Main = function* () {
	yield* print(yield* uptimeLine());
	yield* print('USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n');
	return 0;
};
